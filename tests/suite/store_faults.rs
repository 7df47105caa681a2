//! Faults of the store: what `sync -f` says then, and what the store looks like afterwards. The name of a test is the
//! name of its row in the table of faults in docs/.

mod course;
mod server;
mod sqlite;
mod tables;

use std::sync::Arc;

use crate::store_contract::Store;
use directory_group_sync::store::sql::{self, SqlSettings};
use directory_group_sync::sync::found::Found;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, raw_sql};

use crate::harness::Postgres;
use crate::harness::postgres::Database;
use crate::postgres_proxy::{Message, PostgresProxy, Verdict};
use crate::store_contract::groups;
use crate::sync_files::{Group, Person, SyncFiles};

const PEOPLE: [Person<'static>; 3] = [("1", "ada"), ("2", "bob"), ("3", "cy")];
const BEFORE: [Group<'static>; 2] = [("A", "Alpha", &["ada", "bob"]), ("B", "Beta", &["bob"])];
/// A rename, a leaver, a new group and a new account.
const AFTER: [Group<'static>; 3] = [("A", "Analysts", &["ada"]), ("B", "Beta", &["bob"]), ("C", "Gamma", &["cy"])];
const SYNCED_BEFORE: [&str; 2] = ["Alpha: ada bob", "Beta: bob"];
const SYNCED_AFTER: [&str; 3] = ["Analysts: ada", "Beta: bob", "Gamma: cy"];

/// A store that one run has filled, and a directory that has changed since.
struct Scene<'s> {
    database: Arc<Database<'s>>,
    files: SyncFiles,
    store: Store,
    before: Found,
}

async fn scene(test: &str) -> Scene<'static> {
    scene_on(Postgres::shared(), test).await
}

async fn scene_on<'s>(server: &'s Postgres, test: &str) -> Scene<'s> {
    let database = Arc::new(server.database(test));
    let url = clear_text(&database.url());
    let (files, store) = (SyncFiles::new(&url), store_at(&url));
    fill(&files);
    let before = store.read().await.unwrap();
    assert_eq!(groups(&store).await, SYNCED_BEFORE);
    Scene { database, files, store, before }
}

fn fill(files: &SyncFiles) {
    files.write_directory(&PEOPLE, &BEFORE);
    files.sync_writes();
    files.write_directory(&PEOPLE, &AFTER);
}

fn clear_text(url: &str) -> String {
    format!("{url}?sslmode=disable")
}

fn store_at(url: &str) -> Store {
    sql::open(SqlSettings { url: url.into(), authorities: None, allow_sqlite: true }).unwrap()
}

/// The run fails for this reason, with these words and without a password.
fn assert_fails(files: &SyncFiles, reason: &str, words: &[&str]) {
    assert_failed(&files.sync(), reason, words);
}

fn assert_failed((code, text): &(Option<i32>, String), reason: &str, words: &[&str]) {
    assert_eq!(*code, Some(1), "{text}");
    assert!(text.starts_with(&format!("default/teams: {reason}: using the dashboard server's store: ")), "{text}");
    for word in words {
        assert!(text.contains(word), "`{word}` in {text}");
    }
    assert!(!text.contains("correct"), "{text}");
}

impl Scene<'_> {
    /// Once the fault is over: nothing was written, and the next run does it all.
    async fn is_unchanged_and_goes_on(&self) {
        assert_eq!(self.store.read().await.unwrap(), self.before);
        self.files.sync_writes();
        assert_eq!(groups(&self.store).await, SYNCED_AFTER);
        assert_eq!(self.files.sync().0, Some(0), "then there is nothing left to do");
    }

    /// A session of somebody else.
    async fn session(&self) -> PgConnection {
        PgConnection::connect(&clear_text(&self.database.url())).await.unwrap()
    }

    /// Has the next runs go by way of a proxy whose messages a test sees.
    fn watch(&self, watch: impl FnMut(&Message<'_>) -> Verdict + Send + 'static) -> PostgresProxy {
        let proxy = PostgresProxy::start(&self.database.server().address(), watch);
        self.files.name_store(&proxy.url(&self.database), "");
        proxy
    }

    /// The end of the watching.
    fn go_direct(&self) {
        self.files.name_store(&clear_text(&self.database.url()), "");
    }
}

/// Runs statements of somebody else once, just before the server gets the message.
fn once_before(
    database: &Arc<Database<'static>>,
    message: &'static str,
    statements: &'static str,
) -> impl FnMut(&Message<'_>) -> Verdict + Send + 'static {
    let (database, mut is_done) = (Arc::clone(database), false);
    move |seen| {
        if !is_done && seen.begins(message) {
            is_done = true;
            database.sql(statements);
        }
        Verdict::Forward
    }
}

async fn run(session: &mut PgConnection, statements: &str) {
    raw_sql(AssertSqlSafe(statements)).execute(session).await.unwrap();
}
