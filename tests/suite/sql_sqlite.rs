//! The SQL user store in a SQLite file.

use std::path::PathBuf;

use directory_group_sync::store::sql::{self, SqlSettings};
use directory_group_sync::store::{Applied, Error};
use directory_group_sync::sync::found::AccountRef;
use directory_group_sync::sync::plan::{Change, Plan};
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Row as _, raw_sql};
use tempfile::TempDir;

use crate::harness::folder;
use crate::sql_contract::{self, SqlFixture, UNIQUE_NAMES, hold_sql_contract, statement};
use crate::store_contract::{
    self, ByHand, Fixture, Store, Unstopped, account_link, apply, begin_when_free, begun_when_free, create_account,
    hold_contract, usernames,
};

struct SqliteFile {
    folder: TempDir,
}

fn file(test: &str) -> SqliteFile {
    SqliteFile { folder: folder::temporary(test) }
}

impl SqliteFile {
    fn path(&self) -> PathBuf {
        self.folder.path().join("store.db")
    }

    /// Runs statements on a connection of another program, which asks for foreign keys or does not.
    fn run(&self, statements: &str, foreign_keys: bool) -> Vec<SqliteRow> {
        let options = SqliteConnectOptions::new().filename(self.path()).create_if_missing(true);
        // A SQLite connection works on a thread of its own, so that waiting for it needs no runtime.
        futures::executor::block_on(async {
            let mut connection = options.foreign_keys(foreign_keys).connect().await.unwrap();
            raw_sql(AssertSqlSafe(statements)).fetch_all(&mut connection).await.unwrap()
        })
    }
}

impl Fixture for SqliteFile {
    fn store(&self) -> Store {
        let url = format!("sqlite:{}", self.path().display()).into();
        sql::open(SqlSettings { url, authorities: None, allow_sqlite: true }).unwrap()
    }

    fn by_hand(&self, edit: &ByHand<'_>) {
        self.sql(&statement(edit));
    }

    fn have_unique_names(&self) -> &'static str {
        self.sql(UNIQUE_NAMES);
        "unique_names"
    }

    fn is_untouched(&self) -> bool {
        self.tables() == 0
    }
}

impl SqlFixture for SqliteFile {
    fn sql(&self, statements: &str) {
        self.run(statements, true);
    }

    fn number(&self, statement: &str) -> i64 {
        self.run(statement, true)[0].get(0)
    }

    fn tables(&self) -> i64 {
        if !self.path().exists() {
            return 0;
        }
        self.number("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    }
}

hold_contract! { file }

hold_sql_contract! { file }

const DASHBOARD: &str = "
    CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, username VARCHAR(80), email VARCHAR(80),
        first_name TEXT, last_name TEXT, display_name TEXT, phone TEXT, active BOOLEAN, is_admin INT);
    CREATE TABLE groups (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, description TEXT);
    CREATE TABLE group_members (user_id INT, group_id INT)";

#[tokio::test]
async fn a_dashboards_own_tables_are_used_as_they_are() {
    sql_contract::a_dashboards_own_tables_are_used_as_they_are(&file("own_tables"), DASHBOARD).await;
}

#[tokio::test]
async fn ids_that_may_come_again_are_refused() {
    let file = file("ids");
    file.sql(&DASHBOARD.replace(" AUTOINCREMENT", ""));
    let error = begun_when_free(&file.store(), &Unstopped).await.err().unwrap();
    assert!(matches!(&error, Error::Configuration { problem, .. } if problem.contains("AUTOINCREMENT")), "{error}");
}

#[tokio::test]
async fn a_read_of_a_file_that_is_not_there_makes_none() {
    let file = file("absent");
    file.store().read().await.unwrap();
    file.store().probe().await.unwrap();
    assert!(!file.path().exists());
}

#[tokio::test]
async fn a_rehearsal_leaves_a_new_file_empty() {
    let file = file("rehearsal");
    let plan = Plan::from(vec![create_account(0, 21, "ada")]);
    assert_eq!(store_contract::rehearse(&file.store(), &plan).await, Applied::default());
    assert_eq!(std::fs::metadata(file.path()).unwrap().len(), 0);
    assert_eq!(std::fs::read_dir(file.folder.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn a_foreign_key_that_an_owner_defers_fails_a_rehearsal_as_it_fails_a_run() {
    let file = file("deferred");
    let store = file.store();
    store_contract::two_groups_and_three_accounts(&store).await;
    file.sql(
        "CREATE TABLE pages (user_id INTEGER REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED);
         INSERT INTO pages SELECT id FROM users WHERE username = 'cy'",
    );
    let before = store.read().await.unwrap();
    let plan = Plan::from(vec![Change::DeleteAccount { account: AccountRef(2) }]);
    let rehearsed = begin_when_free(&store).await.rehearse(&before, &plan).await.unwrap_err();
    let applied = begin_when_free(&store).await.apply(&before, &plan).await.unwrap_err();
    assert_eq!(rehearsed.to_string(), applied.to_string());
    assert!(applied.to_string().contains("FOREIGN KEY"), "{applied}");
    assert_eq!(store.read().await.unwrap(), before);
}

#[tokio::test]
async fn links_of_a_table_that_was_made_again_are_refused() {
    let file = file("made_again");
    let store = file.store();
    store_contract::two_groups_and_three_accounts(&store).await;
    file.run(
        "DROP TABLE users;
         CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, username TEXT, email TEXT, first_name TEXT,
             last_name TEXT, display_name TEXT, phone TEXT, active INTEGER);
         INSERT INTO users (username) VALUES ('root')",
        false,
    );
    for error in [store.read().await.unwrap_err(), begun_when_free(&store, &Unstopped).await.err().unwrap()] {
        assert!(matches!(&error, Error::Configuration { .. }) && error.to_string().contains("made again"), "{error}");
    }
    assert_eq!(file.number("SELECT count(*) FROM user_links"), 3);
    // As the documentation fixes it: everything is local, and no link is left.
    file.sql(
        "DROP TABLE user_links; DROP TABLE group_links; DROP TABLE directory_servers; DROP TABLE directory_claims;
         DROP TABLE known_directories; DROP TABLE directory_sync_schema",
    );
    assert!(store.read().await.unwrap().accounts.iter().all(|account| account.link.is_none()));
}

#[tokio::test]
async fn what_another_program_deletes_without_foreign_keys_is_gone() {
    let file = file("foreign_keys");
    let store = file.store();
    store_contract::two_groups_and_three_accounts(&store).await;
    file.run("DELETE FROM users WHERE username = 'bob'; DELETE FROM groups WHERE name = 'beta'", false);
    assert_eq!(store_contract::groups(&store).await, ["alpha: ada"]);
    // The external id of bob's link is free again.
    assert_eq!(apply(&store, vec![create_account(2, 22, "bob")]).await, Applied::default());
    assert_eq!(usernames(&store).await, ["ada", "cy", "bob"]);
}

#[tokio::test]
async fn the_words_of_a_trigger_are_not_repeated() {
    let file = file("trigger");
    let store = file.store();
    store_contract::two_groups_and_three_accounts(&store).await;
    file.sql(
        "CREATE TRIGGER t BEFORE UPDATE ON users WHEN NEW.username = 'x'
         BEGIN SELECT RAISE(ABORT, 'eve@corp.example has it'); END",
    );
    let changes = vec![
        store_contract::rename_account(0, "x"),
        Change::LinkAccount { account: AccountRef(2), link: account_link(24, "cy") },
    ];
    let applied = apply(&store, changes).await;
    assert_eq!(applied.refused[0].message, "a trigger refused it");
    assert_eq!(store.read().await.unwrap().accounts[2].link, Some(account_link(24, "cy")));
}

#[tokio::test]
async fn what_is_no_database_is_named() {
    let file = file("junk");
    std::fs::write(file.path(), "not a database at all, but long enough to have a header of its own".repeat(20))
        .unwrap();
    assert!(matches!(file.store().read().await, Err(Error::Configuration { .. })));
    let url = format!("sqlite:{}/none/store.db", file.folder.path().display()).into();
    let store = sql::open(SqlSettings { url, authorities: None, allow_sqlite: true }).unwrap();
    for error in [store.read().await.unwrap_err(), store.probe().await.unwrap_err()] {
        assert!(error.to_string().contains("does not exist"), "{error}");
    }
}
