//! A hostile database server can make a run fail; it cannot crash it, hang it or exhaust it. Each attack is met by the
//! program itself, whose memory and time are taken. `cargo test --test suite sql_attack -- --nocapture` prints the table.

mod table;

use std::io::Read as _;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, raw_sql};

use crate::harness::measured::{self, Measured};
use crate::harness::{binary, folder};
use crate::scripted_postgres::{Moment, ScriptedPostgres, Talk};
use crate::sync_files::{SyncFiles, printed};
use crate::whole_run::Store;

pub(crate) use self::table::reasons;
use self::table::{Attack, attacks, memory_attacks};

/// What the attacks may take beside what a run takes that reads an empty store, in MiB: what the largest message takes
/// twice, and a little more.
const MOST_MEMORY: u64 = 160;
/// What they may take beside the time-out that ends them.
const MOST_TIME: Duration = Duration::from_secs(30);
/// `spec.timeout` of the attacked where nothing else ends it, in seconds: the shortest.
const TIMEOUT: u64 = 10;
const MIB: u64 = 1 << 20;

/// The table of docs/internals/security-figures.md; `--nocapture` shows it.
#[allow(clippy::print_stdout, reason = "the test runner keeps it unless it is asked for")]
fn tell(line: &str) {
    println!("{line}");
}

/// Runs `sync -f` with the store at this URL.
fn sync(url: &str, timeout: u64, program: impl FnOnce(&[&str]) -> Command) -> Measured {
    let files = SyncFiles::new(url);
    files.name_store(url, &format!("timeout: {timeout}s"));
    let manifest = files.folder().join("sync.yaml").display().to_string();
    measured::run(program(&["sync", "-f", &manifest]).stderr(Stdio::piped()))
}

/// The peak of a run whose store is a file that is not there, in MiB.
fn idle() -> u64 {
    let store = Store::new();
    let quiet = sync(&format!("sqlite:{}", store.file().display()), 60, binary::command);
    assert_eq!(quiet.output.status.code(), Some(0), "{}", printed(&quiet.output).1);
    quiet.peak / MIB
}

fn meet(attack: &Attack, most_memory: u64, program: impl FnOnce(&[&str]) -> Command) {
    let Attack { name, reason, says, moment, ends, .. } = attack;
    let server = ScriptedPostgres::start(*moment, attack.talk.clone());
    let timeout = if ends.is_zero() { 60 } else { TIMEOUT };
    let run = sync(&server.url, timeout, program);
    let (peak, seconds) = (run.peak / MIB, run.elapsed.as_secs_f64());
    tell(&format!("| {name} | {peak} MiB | {seconds:.1} s | {says} |"));
    let (code, said) = printed(&run.output);
    assert_eq!(code, Some(1), "{name}:\n{said}");
    assert!(said.starts_with(&format!("default/teams: {reason}: ")), "{name}: not {reason}:\n{said}");
    assert!(said.replace('\n', " ").contains(says), "{name}: not `{says}`:\n{said}");
    assert!(peak < most_memory, "{name}: {peak} MiB");
    assert!(run.elapsed < *ends + MOST_TIME, "{name}: {seconds} s");
    let reads = ["SELECT", "BEGIN READ ONLY", "SET LOCAL", "COPY (", "COMMIT"];
    for statement in server.statements() {
        assert!(reads.iter().any(|read| statement.trim_start().starts_with(read)), "{name}: {statement}");
    }
}

#[test]
fn no_attack_takes_more_than_a_little_memory_and_time() {
    let idle = idle();
    tell("| attack | peak memory | time until the run fails | what it says |\n|---|---|---|---|");
    tell(&format!("| none: an empty store | {idle} MiB | | |"));
    for attack in attacks() {
        meet(&attack, idle + MOST_MEMORY, binary::command);
    }
}

#[test]
fn a_check_of_a_database_that_falls_silent_ends() {
    let silence: Talk = Arc::new(|stream| stream.read_to_end(&mut Vec::new()).map(drop));
    let server = ScriptedPostgres::start(Moment::Statement, silence);
    let files = SyncFiles::new(&server.url);
    let (code, said) = files.check();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("StoreUnreachable") && said.contains("no answer within 30 s"), "{said}");
}

#[tokio::test]
async fn a_file_with_a_text_of_a_gigabyte_is_not_loaded() {
    let files = SyncFiles::for_sqlite();
    files.write_directory(&[("1", "ada")], &[("A", "Alpha", &["ada"])]);
    files.sync_writes();
    let mut store = SqliteConnectOptions::new().filename(files.sqlite()).connect().await.unwrap();
    raw_sql("UPDATE users SET phone = zeroblob(300000000)").execute(&mut store).await.unwrap();
    store.close().await.unwrap();
    let manifest = files.folder().join("sync.yaml").display().to_string();
    let run = measured::run(binary::command(&["sync", "-f", &manifest]).stderr(Stdio::piped()));
    let (code, said) = printed(&run.output);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.starts_with("default/teams: StoreUnexpected: ") && said.contains("reading users: a text of"),
        "{said}"
    );
    assert!(run.peak / MIB < MOST_MEMORY, "{} MiB", run.peak / MIB);
}

#[test]
fn a_database_that_fills_the_memory_fails_the_run_before_the_kernel_ends_it() {
    const MEMORY: u64 = 256;
    let folder = folder::temporary("memory");
    let fake = folder::write(folder.path(), "meminfo", &format!("MemTotal: {} kB\n", MEMORY * 1024));
    for attack in memory_attacks() {
        // In a mount namespace of its own the program finds a machine with as much memory as the chart gives it.
        meet(&attack, MEMORY + idle(), |arguments| {
            let mut command = Command::new("unshare");
            command.args(["--mount", "sh", "-c", "mount --bind \"$0\" /proc/meminfo && exec \"$@\""]);
            command.arg(&fake).arg(binary::path()).args(arguments);
            command
        });
    }
}
