//! The command line: what was typed, and what is meant by it.

mod operator;

use std::io::{IsTerminal as _, Read as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use tokio::runtime::Runtime;
use tokio::task::JoinError;

use crate::api::crd::crd_files;
use crate::manifest::{Manifest, Source, load};
use crate::runtime::state_folder::state_folder;
use crate::runtime::telemetry::{self, LogFormat};
use crate::standalone::refusals::Refusals;
use crate::standalone::{Exit, INSTALLATION, Output, Said, check, sync};
use crate::sync::escape::visible;

/// Keeps the groups and accounts of a dashboard server equal to groups of a directory.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    /// What to log on standard error: a level, or directives such as `info,directory_group_sync=debug`.
    #[arg(long, global = true, env = "LOG_LEVEL", default_value = "warn")]
    log_level: String,
    /// How to log.
    #[arg(long, global = true, env = "LOG_FORMAT", value_enum, default_value_t)]
    log_format: LogFormat,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run every DirectoryGroupSync of the files once, with no cluster.
    ///
    /// Exit codes: 0 in step or applied, 1 failed, 2 wrong files or usage, 3 removals are held (or in a preview changes are
    /// pending), 4 some writes failed. With --exit-code also 5 applied, and 6 in step or applied, but something needs
    /// fixing: problems or duplicates are listed. Of several syncs the worst counts: 2, 1, 4, 3, 6, 5, 0.
    ///
    /// A password that the directory refused is not tried again for half an hour, or until the file with its Secret
    /// changes. That is remembered in $XDG_STATE_HOME/directory-group-sync (~/.local/state/directory-group-sync).
    Sync(SyncArguments),
    /// Try all that `sync` does and write nothing.
    ///
    /// Connects to every Directory and DashboardServer of the files, begins to write to each store, and rehearses every
    /// DirectoryGroupSync: reads the directory and the store, makes the plan, writes it and undoes it.
    ///
    /// Exit codes: 0 `sync` would work, 1 it would fail, 2 wrong files or usage, 4 the store would refuse some writes. With
    /// --exit-code also 6: there are warnings, such as a selector that selects nothing.
    Check(CheckArguments),
    /// Print the custom resource definitions.
    Crds,
    /// Run in a cluster: watch the resources and keep every DirectoryGroupSync in step.
    Operator(operator::Arguments),
}

#[derive(Debug, Args)]
struct Files {
    /// A file, a folder (its files *.yaml, *.yml and *.json), or - for standard input; may be given several times.
    #[arg(short = 'f', long = "filename", value_name = "FILES", required = true, num_args = 1..)]
    filename: Vec<PathBuf>,
    /// The first part of the names of owners in the store; give each machine that shares a store its own where the names
    /// of syncs may meet.
    #[arg(long, env = "INSTALLATION_ID", default_value = INSTALLATION)]
    installation_id: String,
}

impl Files {
    /// The command that synchronizes the same files again, as a shell takes it.
    fn command(&self) -> String {
        let files: Vec<String> = self.filename.iter().map(|path| quoted(&path.to_string_lossy())).collect();
        let installation = if self.installation_id == INSTALLATION {
            String::new()
        } else {
            format!(" --installation-id {}", quoted(&self.installation_id))
        };
        format!("directory-group-sync sync -f {}{installation}", files.join(" "))
    }
}

/// A word as a POSIX shell takes it.
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
    /// Write nothing, whatever spec.mode says, and tell what would change.
    #[arg(long)]
    preview: bool,
    /// Apply the held removals that have this hash, if they are still the same ones. Ends with 3 where others are held, and
    /// with 2 where nothing is.
    #[arg(long, value_name = "HASH", conflicts_with = "preview")]
    approve: Option<String>,
    /// How to print results.
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
    /// End with 6 instead of 0 when something needs fixing, else with 5 when changes were applied.
    #[arg(long)]
    exit_code: bool,
}

#[derive(Debug, Args)]
struct CheckArguments {
    #[command(flatten)]
    files: Files,
    /// End with 6 instead of 0 when there are warnings.
    #[arg(long)]
    exit_code: bool,
}

/// Does what the command line says.
///
/// # Errors
/// What no command expects: logs that cannot start, standard output that is closed.
pub fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    telemetry::start(&cli.log_level, cli.log_format)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match cli.command {
        Command::Sync(arguments) => {
            let Some(manifest) = read(&arguments.files)? else { return Ok(ExitCode::from(Exit::Invalid.code(false))) };
            let in_detail = arguments.exit_code;
            let said = on_a_worker(&runtime, async move {
                let command = arguments.files.command();
                let request = sync::Request {
                    preview: arguments.preview,
                    approve: arguments.approve.as_deref(),
                    installation: &arguments.files.installation_id,
                    output: arguments.output,
                    command: &command,
                };
                sync::sync(&manifest, &request, &Refusals::kept_in(state_folder())).await
            })?;
            end(&said, in_detail)
        }
        Command::Check(arguments) => {
            let Some(manifest) = read(&arguments.files)? else { return Ok(ExitCode::from(Exit::Invalid.code(false))) };
            let in_detail = arguments.exit_code;
            let said = on_a_worker(&runtime, async move {
                let installation = &arguments.files.installation_id;
                check::check(&manifest, installation, &Refusals::kept_in(state_folder())).await
            })?;
            end(&said, in_detail)
        }
        Command::Operator(arguments) => on_a_worker(&runtime, operator::run(arguments))?,
        Command::Crds => {
            let files = crd_files()?;
            print(&files.into_iter().map(|(_, text)| text).collect::<String>())?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Runs where the runtime's other tasks do. `block_on` alone has a thread of its own, which every entry that a directory
/// sends would wake.
fn on_a_worker<T: Send + 'static>(
    runtime: &Runtime,
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, JoinError> {
    runtime.block_on(runtime.spawn(work))
}

/// The objects of the files, or every problem on standard error.
fn read(files: &Files) -> anyhow::Result<Option<Manifest>> {
    let mut sources = Vec::with_capacity(files.filename.len());
    for path in &files.filename {
        if path.as_os_str() == "-" {
            let mut input = std::io::stdin().lock();
            if input.is_terminal() {
                writeln!(std::io::stderr(), "reading YAML from the terminal, end it with Ctrl-D")?;
            }
            let mut text = String::new();
            input.read_to_string(&mut text)?;
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

/// Prints what a command has to say and ends with its code.
fn end(said: &Said, in_detail: bool) -> anyhow::Result<ExitCode> {
    print(&said.results)?;
    std::io::stderr().write_all(visible(&said.aside, true).as_bytes())?;
    Ok(ExitCode::from(said.exit.code(in_detail)))
}

/// The last net: whatever was not escaped where it became part of a text is escaped here.
fn print(text: &str) -> std::io::Result<()> {
    std::io::stdout().write_all(visible(text, true).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_one_that_a_shell_and_this_program_take() {
        let files = |paths: &[&str], installation: &str| Files {
            filename: paths.iter().map(PathBuf::from).collect(),
            installation_id: installation.to_owned(),
        };
        assert_eq!(files(&["a.yaml", "b"], INSTALLATION).command(), "directory-group-sync sync -f a.yaml b");
        let command = files(&["it's here/"], "east").command();
        assert_eq!(command, r"directory-group-sync sync -f 'it'\''s here/' --installation-id east");
        let typed = ["directory-group-sync", "sync", "-f", "it's here/", "--installation-id", "east", "--approve", "x"];
        assert!(Cli::try_parse_from(typed).is_ok());
    }
}
