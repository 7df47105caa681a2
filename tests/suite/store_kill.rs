//! A run that is killed anywhere leaves a store that the next run completes: nothing of ours looks local, nothing local
//! looks ours.
//!
//! PostgreSQL: the process is killed before each message of the run's transaction reaches the server, one run after the
//! other, until a run gets through. SQLite: the process is ended by the kernel at each page of a file that it would
//! write (`RLIMIT_FSIZE`), journal and database alike, and killed at growing delays after its journal appears.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::store_contract::Store;
use directory_group_sync::store::sql::{self, SqlSettings};
use directory_group_sync::sync::found::{AccountRef, Found};
use directory_group_sync::sync::link::{AccountLink, GroupLink};
use jiff::Timestamp;
use nix::sys::signal::Signal;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, raw_sql};

use crate::harness::postgres::Database;
use crate::harness::{Postgres, wait};
use crate::postgres_proxy::{PostgresProxy, Verdict};
use crate::sync_files::{Group, Person, SyncFiles};

/// Unused accounts are removed at once: noticed by one run, deactivated by the next, deleted by the third.
const PRUNE: &str = "prune: {accounts: Delete, accountsAfter: 0s}, members: KeepLocal,";

const PEOPLE: [Person<'static>; 7] =
    [("1", "ada"), ("2", "bob"), ("3", "cy"), ("4", "dan"), ("5", "gone"), ("6", "going"), ("7", "leaver")];

/// Rows that were added by hand among ours, with names that the directory does not have.
const LOCAL: &str = "
    INSERT INTO users (username, email) VALUES ('local', 'local@corp.example');
    INSERT INTO groups (name) VALUES ('Local');
    INSERT INTO group_members (group_id, user_id)
        SELECT g.id, u.id FROM groups AS g, users AS u
        WHERE (g.name, u.username) IN (('Local', 'local'), ('Local', 'ada'), ('Alpha', 'local'))";

/// Runs that make the store what the run that is killed finds: accounts in every state on their way out.
fn live_until_now(files: &SyncFiles, write_local: impl Fn()) {
    let (beta, gamma): (Group<'_>, Group<'_>) = (("B", "Beta", &["bob", "cy"]), ("C", "Gamma", &["cy", "dan"]));
    let delta: Group<'_> = ("D", "Delta", &["leaver"]);
    files.write_directory(&PEOPLE, &[("A", "Alpha", &["ada", "bob", "gone", "going"]), beta, gamma, delta]);
    files.sync_writes();
    write_local();
    for members in [&["ada", "bob", "going"][..], &["ada", "bob"]] {
        files.write_directory(&PEOPLE, &[("A", "Alpha", members), beta, gamma, delta]);
        files.sync_writes();
    }
}

/// What the directory then holds: names swapped, names that come free taken, people and groups new and gone, members
/// changed. The run that follows makes a change of nearly every kind.
fn everything_changes(files: &SyncFiles) {
    let people = [
        ("1", "bob"),
        ("2", "ada"),
        ("3", "cyril"),
        ("4", "dan"),
        ("5", "gone"),
        ("6", "going"),
        ("7", "leaver"),
        ("8", "eve"),
    ];
    let groups: [Group<'_>; 4] = [
        ("A", "Beta", &["ada", "eve"]),
        ("B", "Alpha", &["bob", "cyril", "dan"]),
        ("D", "Gamma", &["dan"]),
        ("E", "Epsilon", &["eve", "bob"]),
    ];
    files.write_directory(&people, &groups);
}

/// What a store holds, without the ids and times that differ from one store to the other.
fn portrait(found: &Found) -> Vec<String> {
    let masked = |time: Option<Timestamp>| time.map(|_| Timestamp::UNIX_EPOCH);
    let username =
        |account: &AccountRef| found.accounts[account.0 as usize].attributes.username.as_deref().unwrap_or("-");
    let accounts = found.accounts.iter().map(|account| {
        let link = account.link.clone().map(|link| AccountLink { unused_since: masked(link.unused_since), ..link });
        format!("account {:?}, active {}, {link:?}", account.attributes, account.active)
    });
    let groups = found.groups.iter().map(|group| {
        let link = group.link.clone().map(|link| GroupLink {
            missing_since: masked(link.missing_since),
            empty_since: masked(link.empty_since),
            ..link
        });
        let mut members: Vec<_> = group.members.iter().map(username).collect();
        members.sort_unstable();
        format!("group {:?} {:?}, {members:?}, {link:?}", group.name, group.description)
    });
    let directories = found
        .directories
        .iter()
        .map(|known| format!("directory_id {} with {} servers", known.directory_id, known.servers.len()));
    let mut portrait: Vec<String> = accounts.chain(groups).chain(directories).collect();
    portrait.sort_unstable();
    portrait
}

/// Nothing of ours looks local, nothing local looks ours.
fn only_what_a_person_made_is_local(found: &Found, made: &[&str]) {
    let groups = found.groups.iter().filter(|group| group.link.is_none()).map(|group| &*group.name);
    let accounts = found.accounts.iter().filter(|account| account.link.is_none());
    let usernames = accounts.map(|account| account.attributes.username.as_deref().unwrap_or("-"));
    let mut local: Vec<_> = groups.chain(usernames).collect();
    local.sort_unstable();
    assert_eq!(local, made);
}

/// The two runs that are killed: the first of a store, and one that changes everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Run {
    First,
    Later,
}

impl Run {
    fn prepare(self, files: &SyncFiles, write_local: impl Fn()) {
        if self == Self::Later {
            live_until_now(files, write_local);
        }
        everything_changes(files);
    }

    const fn local(self) -> &'static [&'static str] {
        match self {
            Self::First => &[],
            Self::Later => &["Local", "local"],
        }
    }
}

// PostgreSQL.

fn postgres_store(database: &Database<'_>) -> Store {
    let url = format!("{}?sslmode=disable", database.url()).into();
    sql::open(SqlSettings { url, authorities: None, allow_sqlite: false }).unwrap()
}

fn postgres_files(database: &Database<'_>) -> SyncFiles {
    let url = format!("{}?sslmode=disable", database.url());
    let files = SyncFiles::new(&url);
    files.name_store(&url, PRUNE);
    files
}

/// A store that was never disturbed, after the run.
async fn undisturbed_postgres(run: Run) -> Vec<String> {
    let database = Postgres::shared().database("undisturbed");
    let files = postgres_files(&database);
    run.prepare(&files, || drop(database.sql(LOCAL)));
    files.sync_writes();
    portrait(&postgres_store(&database).read().await.unwrap())
}

/// The run that is to be killed, and before which message.
#[derive(Default)]
struct Victim {
    child: Option<Child>,
    before: usize,
}

/// Kills one run after the other, each a message later than the one before, until one gets through. Returns how many
/// were killed.
async fn kill_before_every_message(run: Run) -> usize {
    let database = Postgres::shared().database("killed");
    let files = postgres_files(&database);
    run.prepare(&files, || drop(database.sql(LOCAL)));
    let store = postgres_store(&database);
    let before = store.read().await.unwrap();

    let victim = Arc::new(Mutex::new(Victim::default()));
    let watched = Arc::clone(&victim);
    let proxy = PostgresProxy::start(&database.server().address(), move |message| {
        let mut victim = watched.lock().unwrap();
        if message.number != victim.before {
            return Verdict::Forward;
        }
        let child = victim.child.as_mut().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        Verdict::Cut
    });
    files.name_store(&proxy.url(&database), PRUNE);
    for killed in 0.. {
        {
            let mut victim = victim.lock().unwrap();
            let mut command = files.command();
            victim.child = Some(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
            victim.before = killed + 1;
        }
        let status = end_of(|| victim.lock().unwrap().child.as_mut().unwrap().try_wait().unwrap());
        if status.code() == Some(5) {
            let after = store.read().await.unwrap();
            only_what_a_person_made_is_local(&after, run.local());
            assert_eq!(portrait(&after), undisturbed_postgres(run).await);
            return killed;
        }
        assert_eq!(status.signal(), Some(Signal::SIGKILL as i32), "before message {}", killed + 1);
        wait_for_backends(&database);
        let left = store.read().await.unwrap();
        only_what_a_person_made_is_local(&left, run.local());
        assert_eq!(left, before, "killed before message {}", killed + 1);
    }
    unreachable!("a run has an end");
}

fn end_of(ask: impl FnMut() -> Option<ExitStatus>) -> ExitStatus {
    wait::poll(Duration::from_mins(1), ask).expect("a run ends within a minute")
}

/// Until the server has seen that the killed client is gone.
fn wait_for_backends(database: &Database<'_>) {
    let ours = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                AND application_name = 'directory-group-sync'";
    wait::until("the killed run's backend ends", Duration::from_secs(30), || database.sql(ours).trim() == "0");
}

// A connection of this process ends on another thread, while this one waits for the backends.
#[tokio::test(flavor = "multi_thread")]
async fn postgres_killed_before_every_statement_of_a_first_run() {
    let killed = kill_before_every_message(Run::First).await;
    assert!(killed > 20, "a first run creates tables, groups, accounts and members: {killed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_killed_before_every_statement_of_a_run_that_changes_everything() {
    let killed = kill_before_every_message(Run::Later).await;
    assert!(killed > 40, "changes of every kind take more statements than {killed}");
}

/// The one moment after which everything is there: killed when the server has the commit.
#[tokio::test]
async fn postgres_killed_before_the_answer_to_the_commit() {
    let database = Postgres::shared().database("answer");
    let files = postgres_files(&database);
    Run::Later.prepare(&files, || drop(database.sql(LOCAL)));
    let victim = Arc::new(Mutex::new(Victim::default()));
    let watched = Arc::clone(&victim);
    let proxy = PostgresProxy::start(&database.server().address(), move |message| {
        if !message.begins("COMMIT") {
            return Verdict::Forward;
        }
        let mut victim = watched.lock().unwrap();
        let child = victim.child.as_mut().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        Verdict::ForwardAndCut
    });
    files.name_store(&proxy.url(&database), PRUNE);
    victim.lock().unwrap().child = Some(files.command().stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let status = end_of(|| victim.lock().unwrap().child.as_mut().unwrap().try_wait().unwrap());
    assert_eq!(status.signal(), Some(Signal::SIGKILL as i32));
    wait_for_backends(&database);
    let after = postgres_store(&database).read().await.unwrap();
    only_what_a_person_made_is_local(&after, Run::Later.local());
    assert_eq!(portrait(&after), undisturbed_postgres(Run::Later).await);
}

// SQLite.

/// Rows of a dashboard server's own, so that our pages stand behind more bytes than a run's journal takes.
const FILLER: &str = "
    CREATE TABLE pages (text);
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40)
        INSERT INTO pages SELECT hex(randomblob(2000)) FROM n";

fn sqlite_files(run: Run) -> SyncFiles {
    let files = SyncFiles::for_sqlite();
    files.name_store("sqlite:store.db", PRUNE);
    if run == Run::Later {
        sqlite(&files, FILLER);
    }
    run.prepare(&files, || sqlite(&files, LOCAL));
    files
}

fn sqlite(files: &SyncFiles, statements: &str) {
    let options = SqliteConnectOptions::new().filename(files.sqlite()).create_if_missing(true);
    futures::executor::block_on(async {
        let mut connection = options.connect().await.unwrap();
        raw_sql(AssertSqlSafe(statements)).execute(&mut connection).await.unwrap();
    });
}

async fn undisturbed_sqlite(run: Run) -> Vec<String> {
    let files = sqlite_files(run);
    files.sync_writes();
    portrait(&files.sqlite_store().read().await.unwrap())
}

/// Ends one run after the other at the first byte of a file that it would write behind a limit, each limit a page
/// further, until a run gets through. Returns how many left a journal to roll back and a file of a part of the pages.
async fn end_at_every_page(run: Run) -> usize {
    const PAGE: u64 = 4096;
    let files = sqlite_files(run);
    let journal = files.folder().join("store.db-journal");
    let before = files.sqlite_store().read().await.unwrap();
    let mut torn = 0;
    for limit in (0..).map(|page| page * PAGE / 2) {
        let bytes = fs::read(files.sqlite()).unwrap_or_default();
        let sync = files.command();
        let mut command = Command::new("prlimit");
        command.arg(format!("--fsize={limit}:{limit}")).arg("--core=0:0").arg(sync.get_program()).args(sync.get_args());
        let output = command.output().unwrap();
        if output.status.code() == Some(5) {
            let after = files.sqlite_store().read().await.unwrap();
            only_what_a_person_made_is_local(&after, run.local());
            assert_eq!(portrait(&after), undisturbed_sqlite(run).await);
            return torn;
        }
        assert_eq!(output.status.signal(), Some(Signal::SIGXFSZ as i32), "limit {limit}: {output:?}");
        torn += usize::from(journal.exists() && fs::read(files.sqlite()).unwrap_or_default() != bytes);
        let left = files.sqlite_store().read().await.unwrap();
        only_what_a_person_made_is_local(&left, run.local());
        assert_eq!(left, before, "ended at byte {limit}");
    }
    unreachable!("a run has an end");
}

#[tokio::test]
async fn sqlite_ended_at_every_page_of_a_first_run() {
    assert!(end_at_every_page(Run::First).await > 5, "the file grows page by page");
}

#[tokio::test]
async fn sqlite_ended_at_every_page_of_a_run_that_changes_everything() {
    assert!(end_at_every_page(Run::Later).await > 5, "pages are overwritten one by one");
}

/// Moments that no page marks: between the last page and the end of the journal, which is the commit, and after it.
#[tokio::test]
async fn sqlite_killed_at_growing_delays_after_its_journal_appears() {
    let files = sqlite_files(Run::Later);
    let journal = files.folder().join("store.db-journal");
    let before = files.sqlite_store().read().await.unwrap();
    let bytes = fs::read(files.sqlite()).unwrap();
    let expected = undisturbed_sqlite(Run::Later).await;
    for delay in (0..25).map(|step| Duration::from_micros(step * 200)) {
        let mut child = files.command().stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // A busy loop: a journal exists for a few milliseconds.
        while !journal.exists() && child.try_wait().unwrap().is_none() {
            std::hint::spin_loop();
        }
        let seen = Instant::now();
        while seen.elapsed() < delay {
            std::hint::spin_loop();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let left = files.sqlite_store().read().await.unwrap();
        only_what_a_person_made_is_local(&left, Run::Later.local());
        if left == before {
            files.sync_writes();
        }
        assert_eq!(portrait(&files.sqlite_store().read().await.unwrap()), expected, "killed after {delay:?}");
        fs::write(files.sqlite(), &bytes).unwrap();
    }
}
