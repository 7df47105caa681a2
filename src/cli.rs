//! The command line: its arguments, and what they start.

mod installation_id;
mod operator;

use std::io::{IsTerminal as _, Read as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use tokio::runtime::Runtime;
use tokio::task::JoinError;

use crate::api::crd::crd_files;
use crate::manifest::{MAX_FILE, Manifest, Source, load};
use crate::runtime::state_folder::state_folder;
use crate::runtime::telemetry::{self, LogFormat};
use crate::standalone::links::Links;
use crate::standalone::refusals::Refusals;
use crate::standalone::{CommandOutput, Exit, INSTALLATION, Output, check, sync};
use crate::sync::escape::visible;

/// Keeps the groups and accounts of a dashboard server in sync with groups of a directory.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    /// What to log to standard error: a level, or directives such as `info,directory_group_sync=debug`.
    #[arg(long, global = true, env = "LOG_LEVEL", default_value = "warn")]
    log_level: String,
    /// The format of log lines.
    #[arg(long, global = true, env = "LOG_FORMAT", value_enum, default_value_t)]
    log_format: LogFormat,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run every DirectoryGroupSync in the files once, without a cluster.
    ///
    /// A password that the directory has refused is not tried again for half an hour,
    /// or until the file with its Secret changes. This is remembered in
    /// $XDG_STATE_HOME/directory-group-sync (~/.local/state/directory-group-sync).
    ///
    /// Exit codes:
    ///   0  the store is in sync, or changes were applied
    ///   1  a run failed
    ///   2  the files or the command line are invalid
    ///   3  changes are held, or in a preview changes are pending
    ///   4  the store refused some writes
    /// With --exit-code also, instead of 0:
    ///   5  changes were applied
    ///   6  problems or duplicates are listed, which have to be fixed
    /// With several syncs, the first of 2, 1, 4, 3, 6, 5, 0 that occurs.
    #[command(verbatim_doc_comment)]
    Sync(SyncArguments),
    /// Try everything that `sync` does, without a change.
    ///
    /// Connects to every Directory and DashboardServer in the files, and starts and
    /// undoes a write in every store. Then rehearses every DirectoryGroupSync: reads
    /// the directory and the store, makes the plan, writes it, and undoes the write.
    ///
    /// Exit codes:
    ///   0  `sync` would succeed
    ///   1  `sync` would fail
    ///   2  the files or the command line are invalid
    ///   4  the store would refuse some writes
    /// With --exit-code also, instead of 0:
    ///   6  there are warnings, such as a selector that selects nothing
    #[command(verbatim_doc_comment)]
    Check(CheckArguments),
    /// Print the custom resource definitions.
    Crds,
    /// Run in a cluster: watch the resources and keep every DirectoryGroupSync in sync.
    Operator(operator::Arguments),
}

#[derive(Debug, Args)]
struct Files {
    /// A file, a folder (its files *.yaml, *.yml and *.json), or - for standard input. Can be used several times.
    #[arg(short = 'f', long = "filename", value_name = "FILES", required = true, num_args = 1..)]
    filename: Vec<PathBuf>,
    /// The first part of owners' names in the store. If several machines use one store, specify another value on each,
    /// so that syncs of the same name are not mistaken for each other.
    #[arg(long, env = "INSTALLATION_ID", default_value = INSTALLATION, value_parser = installation_id::parse)]
    installation_id: String,
    /// The file with the links between groups of the directory and of a dashboard server that cannot store them itself.
    /// Machines that write to one dashboard server must share the file. A database stores its links itself.
    #[arg(long, env = "LINKS", value_name = "FILE")]
    links: Option<PathBuf>,
    /// Create the file of --links, because no run has written to the dashboard server yet.
    #[arg(long, requires = "links")]
    new_links: bool,
}

impl Files {
    fn links(&self) -> Links {
        Links::in_file(self.links.clone(), self.new_links)
    }

    /// The shell command that synchronizes the same files again.
    fn command(&self) -> String {
        let files: Vec<String> = self.filename.iter().map(|path| quoted(&path.to_string_lossy())).collect();
        let installation = if self.installation_id == INSTALLATION {
            String::new()
        } else {
            format!(" --installation-id {}", quoted(&self.installation_id))
        };
        let links = self.links.as_ref().map(|path| format!(" --links {}", quoted(&path.to_string_lossy())));
        format!("directory-group-sync sync -f {}{installation}{}", files.join(" "), links.unwrap_or_default())
    }
}

/// A word, quoted for a POSIX shell if necessary.
fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:@%+=,".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[derive(Debug, Args)]
struct SyncArguments {
    #[command(flatten)]
    files: Files,
    /// Write nothing, whatever spec.mode is, and print what would change.
    #[arg(long)]
    preview: bool,
    /// Apply the held changes with this hash, if they are still the same. The exit code is 3 if other changes are held, and 2
    /// if no changes are held.
    #[arg(long, value_name = "HASH", conflicts_with = "preview")]
    approve: Option<String>,
    /// The format of results.
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
    /// Exit with 6 instead of 0 if problems or duplicates are listed, otherwise with 5 if changes were applied.
    #[arg(long)]
    exit_code: bool,
}

#[derive(Debug, Args)]
struct CheckArguments {
    #[command(flatten)]
    files: Files,
    /// Exit with 6 instead of 0 if there are warnings.
    #[arg(long)]
    exit_code: bool,
}

/// Runs the command.
///
/// # Errors
/// Those that no command handles: logging cannot start, or standard output is closed.
pub fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    telemetry::start(&cli.log_level, cli.log_format)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match cli.command {
        Command::Sync(arguments) => {
            let Some(manifest) = read(&arguments.files)? else { return Ok(ExitCode::from(Exit::Invalid.code(false))) };
            let is_detailed = arguments.exit_code;
            let output = on_a_worker(&runtime, async move {
                let command = arguments.files.command();
                let request = sync::Request {
                    preview: arguments.preview,
                    approve: arguments.approve.as_deref(),
                    installation: &arguments.files.installation_id,
                    output: arguments.output,
                    links: &arguments.files.links(),
                    command: &command,
                };
                sync::sync(&manifest, &request, &Refusals::stored_in(state_folder())).await
            })?;
            end(&output, is_detailed)
        }
        Command::Check(arguments) => {
            let Some(manifest) = read(&arguments.files)? else { return Ok(ExitCode::from(Exit::Invalid.code(false))) };
            let is_detailed = arguments.exit_code;
            let output = on_a_worker(&runtime, async move {
                let installation = &arguments.files.installation_id;
                let links = arguments.files.links();
                Box::pin(check::check(&manifest, installation, &Refusals::stored_in(state_folder()), &links)).await
            })?;
            end(&output, is_detailed)
        }
        Command::Operator(arguments) => on_a_worker(&runtime, operator::run(arguments))?,
        Command::Crds => {
            let files = crd_files()?;
            print(&files.into_iter().map(|(_, text)| text).collect::<String>())?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Runs the work on a thread of the runtime's other tasks. `block_on` alone uses a thread of its own, which every entry
/// from the directory would wake.
fn on_a_worker<T: Send + 'static>(
    runtime: &Runtime,
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, JoinError> {
    runtime.block_on(runtime.spawn(work))
}

/// The objects in the files. If there are problems, it prints all of them to standard error.
fn read(files: &Files) -> anyhow::Result<Option<Manifest>> {
    let mut sources = Vec::with_capacity(files.filename.len());
    for path in &files.filename {
        if path.as_os_str() == "-" {
            let input = std::io::stdin().lock();
            if input.is_terminal() {
                writeln!(std::io::stderr(), "reading YAML from the terminal; press Ctrl-D at the end")?;
            }
            let mut text = String::new();
            // One octet more shows that there are more.
            input.take(MAX_FILE + 1).read_to_string(&mut text)?;
            sources.push(Source::Text { name: "-".to_owned(), text });
        } else {
            sources.push(Source::Path(path.clone()));
        }
    }
    match load(&sources) {
        Ok(manifest) => Ok(Some(manifest)),
        Err(problems) => {
            for problem in problems {
                writeln!(std::io::stderr(), "{}", visible(&problem.to_string(), true))?;
            }
            Ok(None)
        }
    }
}

/// Prints the results of a command and returns its exit code.
fn end(output: &CommandOutput, is_detailed: bool) -> anyhow::Result<ExitCode> {
    print(&output.results)?;
    std::io::stderr().write_all(visible(&output.notes, true).as_bytes())?;
    Ok(ExitCode::from(output.exit.code(is_detailed)))
}

/// Escapes everything once more, in case a text was not escaped where it became part of a message.
fn print(text: &str) -> std::io::Result<()> {
    std::io::stdout().write_all(visible(text, true).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_valid_for_a_shell_and_for_this_program() {
        let files = |paths: &[&str], installation: &str| Files {
            filename: paths.iter().map(PathBuf::from).collect(),
            installation_id: installation.to_owned(),
            links: None,
            new_links: false,
        };
        assert_eq!(files(&["a.yaml", "b"], INSTALLATION).command(), "directory-group-sync sync -f a.yaml b");
        let command = files(&["it's here/"], "east").command();
        assert_eq!(command, r"directory-group-sync sync -f 'it'\''s here/' --installation-id east");
        let with_links = Files { links: Some("my links".into()), new_links: true, ..files(&["a.yaml"], INSTALLATION) };
        assert_eq!(with_links.command(), "directory-group-sync sync -f a.yaml --links 'my links'");
        let typed = ["directory-group-sync", "sync", "-f", "it's here/", "--installation-id", "east", "--approve", "x"];
        assert!(Cli::try_parse_from(typed).is_ok());
    }
}
