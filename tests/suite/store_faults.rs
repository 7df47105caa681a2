//! Faults of the store: what `sync -f` says then, and what the store looks like afterwards. The name of a test is the
//! name of its row in the table of faults in docs/.

use std::fs::{self, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use directory_group_sync::run::error::{Consequence, Error};
use directory_group_sync::store::UserStore as _;
use directory_group_sync::store::sql::{SqlSettings, SqlStore};
use directory_group_sync::sync::found::Found;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, raw_sql};

use crate::harness::postgres::Database;
use crate::harness::{Postgres, environment};
use crate::postgres_proxy::{Message, PostgresProxy, Verdict};
use crate::store_contract::groups;
use crate::sync_files::{Group, Person, SyncFiles, printed};

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
    store: SqlStore,
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

fn store_at(url: &str) -> SqlStore {
    SqlStore::new(SqlSettings { url: url.into(), authorities: None, allow_sqlite: true }).unwrap()
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

// PostgreSQL: reaching it.

#[tokio::test]
async fn postgres_refuses_connections() {
    let scene = scene("refused").await;
    let url = clear_text(&scene.database.url().replace(&scene.database.server().address(), "127.0.0.1:1"));
    scene.files.name_store(&url, "");
    assert_fails(&scene.files, "StoreUnreachable", &["connecting to 127.0.0.1:1"]);
    scene.go_direct();
    scene.is_unchanged_and_goes_on().await;
}

#[tokio::test]
async fn postgres_does_not_answer() {
    let scene = scene("silent").await;
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap().to_string();
    let url = clear_text(&scene.database.url().replace(&scene.database.server().address(), &address));
    scene.files.name_store(&format!("{url}&connect_timeout=1"), "");
    assert_fails(&scene.files, "StoreUnreachable", &[&address, "no answer within 1 s"]);
    scene.go_direct();
    scene.is_unchanged_and_goes_on().await;
}

#[tokio::test]
async fn postgres_refuses_the_password() {
    let scene = scene("password").await;
    scene.files.name_store(&clear_text(&scene.database.url().replace("correct%20horse", "s3cret")), "");
    let (code, text) = scene.files.sync();
    assert!(!text.contains("s3cret"), "{text}");
    assert_failed(&(code, text), "StoreAccessDenied", &["password authentication failed"]);
    scene.go_direct();
    scene.is_unchanged_and_goes_on().await;
}

#[tokio::test]
async fn postgres_has_no_such_database() {
    let scene = scene("nowhere").await;
    scene.files.name_store(&clear_text(&format!("{}x", scene.database.url())), "");
    assert_fails(&scene.files, "StoreMisconfigured", &["does not exist"]);
    scene.go_direct();
    scene.is_unchanged_and_goes_on().await;
}

#[tokio::test]
async fn postgres_has_no_connection_left() {
    let scene = scene("connections").await;
    let mut session = scene.session().await;
    let name = scene.database.name();
    run(&mut session, &format!("ALTER DATABASE {name} CONNECTION LIMIT 0")).await;
    assert_fails(&scene.files, "StoreUnreachable", &["too many connections"]);
    run(&mut session, &format!("ALTER DATABASE {name} CONNECTION LIMIT -1")).await;
    scene.is_unchanged_and_goes_on().await;
}

// PostgreSQL: in the middle of a run.

#[tokio::test]
async fn postgres_is_killed_in_the_middle_of_a_run() {
    for moment in ["SAVEPOINT directory_sync_part", "COMMIT"] {
        let server = Arc::new(Mutex::new(Postgres::start(&[])));
        let (url, address) = {
            let server = server.lock().unwrap();
            let database = server.database("killed");
            (clear_text(&database.url()), server.address())
        };
        let (files, store) = (SyncFiles::new(&url), store_at(&url));
        fill(&files);
        let before = store.read().await.unwrap();
        let killed = Arc::clone(&server);
        let proxy = PostgresProxy::start(&address, move |message| {
            if message.begins(moment) {
                killed.lock().unwrap().kill();
            }
            Verdict::Forward
        });
        files.name_store(&url.replace(&address, &proxy.address()), "");
        assert_fails(&files, "StoreUnreachable", &[]);
        files.name_store(&url, "");
        assert_fails(&files, "StoreUnreachable", &["connecting to"]);
        server.lock().unwrap().resume();
        assert_eq!(store.read().await.unwrap(), before);
        files.sync_writes();
        assert_eq!(groups(&store).await, SYNCED_AFTER);
    }
}

#[tokio::test]
async fn postgres_ends_the_session_in_the_middle_of_a_run() {
    let scene = scene("terminated").await;
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE datname = current_database() AND application_name = 'directory-group-sync'";
    let _proxy = scene.watch(once_before(&scene.database, "COMMIT", end));
    assert_fails(&scene.files, "StoreUnreachable", &["writing to the store"]);
    scene.is_unchanged_and_goes_on().await;
}

/// The one fault after which everything is written: the run cannot know it, the next one finds it.
#[tokio::test]
async fn the_answer_to_the_commit_is_lost() {
    let scene = scene("lost").await;
    let _proxy =
        scene.watch(|message| if message.begins("COMMIT") { Verdict::ForwardAndCut } else { Verdict::Forward });
    assert_fails(&scene.files, "StoreUnreachable", &["writing to the store"]);
    assert_eq!(groups(&scene.store).await, SYNCED_AFTER);
    scene.go_direct();
    assert_eq!(scene.files.sync().0, Some(0));
}

/// Whatever is missing from an answer, the read fails.
#[tokio::test]
async fn the_answer_to_a_read_is_cut_at_any_byte() {
    let scene = scene("cut").await;
    let mut lengths = 0;
    for length in (0..).step_by(41) {
        let proxy = PostgresProxy::cutting(&scene.database.server().address(), length);
        match store_at(&proxy.url(&scene.database)).read().await {
            Ok(found) => {
                assert_eq!(found, scene.before, "after {length} bytes");
                break;
            }
            Err(error) => {
                let error = Error::from(error);
                assert_eq!(error.consequence(), Consequence::Retry, "after {length} bytes: {error}");
            }
        }
        lengths += 1;
    }
    assert!(lengths > 20, "an answer has more bytes than {lengths} steps");
}

#[tokio::test]
async fn a_statement_takes_longer_than_the_server_allows() {
    let scene = scene("slow").await;
    let name = scene.database.name();
    scene.database.sql(&format!(
        "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$;
         CREATE TRIGGER slow BEFORE UPDATE ON groups FOR EACH ROW EXECUTE FUNCTION wait();
         ALTER ROLE {name} SET statement_timeout = '2s'"
    ));
    assert_fails(&scene.files, "StoreUnreachable", &["writing to the store", "statement timeout"]);
    scene.database.sql(&format!("DROP TRIGGER slow ON groups; ALTER ROLE {name} RESET statement_timeout"));
    scene.is_unchanged_and_goes_on().await;
}

// PostgreSQL: what others hold.

#[tokio::test]
async fn a_table_is_locked_against_reading() {
    let scene = scene("locked").await;
    let mut session = scene.session().await;
    run(&mut session, "BEGIN; LOCK TABLE groups IN ACCESS EXCLUSIVE MODE").await;
    let words = ["reading the store", "lock timeout: another program's open transaction locks"];
    let child = scene.files.command().stdout(std::process::Stdio::piped()).spawn().unwrap();
    let error = Error::from(scene.store.read().await.unwrap_err());
    assert_eq!(error.consequence(), Consequence::Retry, "{error}");
    assert_failed(&printed(&child.wait_with_output().unwrap()), "StoreUnreachable", &words);
    run(&mut session, "ROLLBACK").await;
    scene.is_unchanged_and_goes_on().await;
}

#[tokio::test]
async fn a_row_is_locked_against_writing() {
    let scene = scene("row").await;
    let mut session = scene.session().await;
    run(&mut session, "BEGIN; SELECT * FROM groups WHERE name = 'Alpha' FOR UPDATE").await;
    let words = ["writing to the store", "lock timeout: another program's open transaction locks"];
    assert_fails(&scene.files, "StoreUnreachable", &words);
    run(&mut session, "ROLLBACK").await;
    scene.is_unchanged_and_goes_on().await;
}

#[tokio::test]
async fn another_run_holds_the_lock() {
    let scene = scene("busy").await;
    let other = scene.store.begin().await.unwrap();
    assert_fails(&scene.files, "Progressing", &["another run writes to this store now"]);
    other.rehearse(&scene.before, &Vec::new().into()).await.unwrap();
    scene.is_unchanged_and_goes_on().await;
}

#[tokio::test]
async fn a_clash_comes_between_the_two_reads() {
    let scene = scene("between").await;
    let clash = "INSERT INTO groups (name) VALUES ('GAMMA'); INSERT INTO users (username) VALUES ('Cy')";
    let _proxy = scene.watch(once_before(&scene.database, "BEGIN", clash));
    let (code, text) = scene.files.sync();
    assert_eq!(code, Some(5), "{text}");
    assert!(text.contains("default/teams: SyncedWithProblems: ") && text.contains("\"Gamma\""), "{text}");
    assert_eq!(groups(&scene.store).await, ["Analysts: ada", "Beta: bob", "GAMMA: "]);
    scene.database.sql("DELETE FROM groups WHERE name = 'GAMMA'; DELETE FROM users WHERE username = 'Cy'");
    scene.files.sync_writes();
    assert_eq!(groups(&scene.store).await, SYNCED_AFTER);
}

#[tokio::test]
async fn a_clash_comes_between_the_second_read_and_the_commit() {
    let scene = scene("twin").await;
    let clash = "INSERT INTO groups (name) VALUES ('GAMMA')";
    let _proxy = scene.watch(once_before(&scene.database, "COMMIT", clash));
    scene.files.sync_writes();
    let with_twin = ["Analysts: ada", "Beta: bob", "Gamma: cy", "GAMMA: "];
    // The person's group may have got the smaller id.
    let sorted = |mut groups: Vec<String>| {
        groups.sort_unstable_by_key(|group| group.to_lowercase());
        groups.sort_by_key(|group| group.starts_with("GAMMA"));
        groups
    };
    assert_eq!(sorted(groups(&scene.store).await), with_twin);
    let (code, text) = scene.files.sync();
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("SyncedWithProblems") && text.contains("\"Gamma\": clashes with"), "{text}");
    assert_eq!(sorted(groups(&scene.store).await), with_twin);
}

#[tokio::test]
async fn a_clash_meets_a_unique_name_of_the_owners() {
    let scene = scene("unique").await;
    scene.database.sql("CREATE UNIQUE INDEX one_name ON groups (lower(name))");
    let clash = "INSERT INTO groups (name) VALUES ('GAMMA')";
    let _proxy = scene.watch(once_before(&scene.database, "SAVEPOINT directory_sync_plan", clash));
    let (code, text) = scene.files.sync();
    assert_eq!(code, Some(4), "{text}");
    assert!(text.contains("refused \"Gamma\"") && text.contains("one_name"), "{text}");
    let mut groups = groups(&scene.store).await;
    groups.sort_unstable();
    assert_eq!(groups, ["Analysts: ada", "Beta: bob", "GAMMA: "]);
}

#[tokio::test]
async fn a_preview_tells_what_the_store_would_refuse() {
    let scene = scene("preview").await;
    scene.database.sql(
        "CREATE UNIQUE INDEX one_letter ON groups (left(name, 1));
         INSERT INTO groups (name) VALUES ('Guests')",
    );
    let before = scene.store.read().await.unwrap();
    let refused = "refused \"Gamma\"";
    let (code, text) = printed(&scene.files.command().arg("--preview").output().unwrap());
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains(refused) && text.contains("one_letter"), "{text}");
    assert_eq!(scene.store.read().await.unwrap(), before);
    let (code, text) = scene.files.sync();
    assert_eq!(code, Some(4), "{text}");
    assert!(text.contains(refused) && text.contains("one_letter"), "{text}");
}

// PostgreSQL: what it may be.

#[tokio::test]
async fn the_role_may_not_write() {
    let scene = scene("writer").await;
    let reader = Postgres::shared().database("reader");
    let (owner, name) = (scene.database.name(), reader.name());
    scene.database.sql(&format!("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}"));
    scene.files.name_store(&clear_text(&scene.database.url().replacen(owner, name, 1)), "");
    assert_fails(&scene.files, "StoreAccessDenied", &["writing to the store", "permission denied"]);
    scene.go_direct();
    scene.is_unchanged_and_goes_on().await;
}

#[tokio::test]
async fn rows_are_hidden_by_a_policy() {
    let scene = scene("policy").await;
    scene.database.sql(
        "ALTER TABLE users ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
         CREATE POLICY hidden ON users USING (username <> 'bob')",
    );
    assert_fails(&scene.files, "StoreAccessDenied", &["reading the store", "row-level security policy"]);
    scene.database.sql("ALTER TABLE users DISABLE ROW LEVEL SECURITY");
    scene.is_unchanged_and_goes_on().await;
}

#[tokio::test]
async fn the_database_only_takes_reads() {
    let scene = scene("reads").await;
    let name = scene.database.name();
    scene.database.sql(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on"));
    assert_fails(&scene.files, "StoreAccessDenied", &["only takes reads", "default_transaction_read_only"]);
    let reset = format!("ALTER DATABASE {name} RESET default_transaction_read_only");
    scene.database.sql(&format!("BEGIN READ WRITE; {reset}; COMMIT"));
    scene.is_unchanged_and_goes_on().await;
}

#[tokio::test]
async fn the_server_is_a_standby() {
    let mut server = Postgres::start(&[]);
    let url = clear_text(&server.database("standby").url());
    let (files, store) = (SyncFiles::new(&url), store_at(&url));
    fill(&files);
    let before = store.read().await.unwrap();
    server.stop();
    server.demote();
    server.resume();
    assert_fails(&files, "StoreAccessDenied", &["only takes reads", "standby"]);
    assert_eq!(store.read().await.unwrap(), before);
}

// What people do to the tables.

#[tokio::test]
async fn a_link_is_damaged() {
    let scene = scene("damaged").await;
    let whole = scene.database.sql("SELECT external_id FROM group_links WHERE name = 'Alpha'");
    scene.database.sql("UPDATE group_links SET external_id = 'entryUUID:12' WHERE name = 'Alpha'");
    assert_fails(&scene.files, "StoreUnexpected", &["reading group_links", "`12` is not an external id"]);
    scene.database.sql(&format!("UPDATE group_links SET external_id = '{}' WHERE name = 'Alpha'", whole.trim()));
    scene.is_unchanged_and_goes_on().await;
}

#[tokio::test]
async fn the_schema_is_a_newer_programs() {
    let scene = scene("newer").await;
    scene.database.sql("INSERT INTO directory_sync_schema (version) VALUES (99)");
    assert_fails(&scene.files, "StoreMisconfigured", &["version 99", "use a newer one"]);
    scene.database.sql("DELETE FROM directory_sync_schema WHERE version = 99");
    scene.is_unchanged_and_goes_on().await;
}

#[tokio::test]
async fn a_table_of_links_is_gone() {
    let scene = scene("part").await;
    scene.database.sql("ALTER TABLE group_links RENAME TO put_away");
    assert_fails(&scene.files, "StoreMisconfigured", &["lacks these tables: group_links"]);
    scene.database.sql("ALTER TABLE put_away RENAME TO group_links");
    scene.is_unchanged_and_goes_on().await;
}

#[tokio::test]
async fn a_table_was_made_again_under_its_links() {
    let scene = scene("again").await;
    scene.database.sql(
        "CREATE TABLE put_away AS SELECT * FROM groups;
         ALTER TABLE group_members DROP CONSTRAINT group_members_group_id_fkey;
         DROP TABLE groups CASCADE;
         CREATE TABLE groups (id bigserial PRIMARY KEY, name text, description text);
         INSERT INTO groups (name) VALUES ('Nobody''s')",
    );
    assert_fails(&scene.files, "StoreMisconfigured", &["made again"]);
    scene.database.sql(
        "DELETE FROM groups; INSERT INTO groups SELECT * FROM put_away;
         SELECT setval('groups_id_seq', (SELECT max(id) FROM groups));
         ALTER TABLE group_links ADD FOREIGN KEY (group_id) REFERENCES groups (id) ON DELETE CASCADE",
    );
    scene.is_unchanged_and_goes_on().await;
}

/// Section 5, rule 7.
#[tokio::test]
async fn a_person_deletes_linked_rows() {
    let scene = scene("vanished").await;
    scene.database.sql("DELETE FROM groups WHERE name = 'Beta'; DELETE FROM users WHERE username IN ('ada', 'bob')");
    scene.files.sync_writes();
    let mut groups = groups(&scene.store).await;
    groups.sort_unstable();
    assert_eq!(groups, SYNCED_AFTER);
    let found = scene.store.read().await.unwrap();
    assert!(found.groups.iter().all(|group| group.link.is_some()), "{found:?}");
    assert!(found.accounts.iter().all(|account| account.link.is_some()), "{found:?}");
    let newest = scene.before.accounts.iter().map(|account| account.id).max();
    assert!(found.accounts.iter().all(|account| Some(account.id) > newest), "an id came again: {found:?}");
}

// SQLite.

/// A file that one run has filled, and a directory that has changed since.
struct FileScene {
    files: SyncFiles,
    store: SqlStore,
    before: Found,
}

impl FileScene {
    async fn begin() -> Self {
        let files = SyncFiles::for_sqlite();
        fill(&files);
        let store = files.sqlite_store();
        let before = store.read().await.unwrap();
        Self { files, store, before }
    }

    async fn session(&self) -> SqliteConnection {
        SqliteConnectOptions::new().filename(self.files.sqlite()).connect().await.unwrap()
    }

    async fn is_unchanged_and_goes_on(&self) {
        assert_eq!(self.store.read().await.unwrap(), self.before);
        self.files.sync_writes();
        assert_eq!(groups(&self.store).await, SYNCED_AFTER);
        assert_eq!(self.files.sync().0, Some(0), "then there is nothing left to do");
    }

    /// The run as an account that file permissions bind, which the administrator's are not.
    fn sync_bound_by_permissions(&self) -> (Option<i32>, String) {
        let sync = self.files.command();
        if !environment::is_root() {
            return self.files.sync();
        }
        let mut command = Command::new("setpriv");
        command.arg("--bounding-set=-dac_override,-dac_read_search").arg(sync.get_program()).args(sync.get_args());
        printed(&command.output().unwrap())
    }
}

#[tokio::test]
async fn sqlite_is_locked_against_writing() {
    let scene = FileScene::begin().await;
    let mut session = scene.session().await;
    raw_sql("BEGIN IMMEDIATE").execute(&mut session).await.unwrap();
    assert_fails(&scene.files, "Progressing", &["another run writes to this store now"]);
    raw_sql("ROLLBACK").execute(&mut session).await.unwrap();
    scene.is_unchanged_and_goes_on().await;
}

#[tokio::test]
async fn sqlite_is_locked_against_reading() {
    let scene = FileScene::begin().await;
    let mut session = scene.session().await;
    raw_sql("BEGIN EXCLUSIVE").execute(&mut session).await.unwrap();
    assert_fails(&scene.files, "Progressing", &["another run writes to this store now"]);
    raw_sql("ROLLBACK").execute(&mut session).await.unwrap();
    scene.is_unchanged_and_goes_on().await;
}

fn permit(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[tokio::test]
async fn sqlite_may_not_be_written() {
    let scene = FileScene::begin().await;
    permit(&scene.files.sqlite(), 0o444);
    let words = ["readonly database: the account needs the right to write the file and its folder"];
    assert_failed(&scene.sync_bound_by_permissions(), "StoreAccessDenied", &words);
    permit(&scene.files.sqlite(), 0o644);
    scene.is_unchanged_and_goes_on().await;
}

#[tokio::test]
async fn sqlite_may_not_make_its_journal() {
    let scene = FileScene::begin().await;
    permit(scene.files.folder(), 0o555);
    let words = ["readonly database: the account needs the right to write the file and its folder"];
    assert_failed(&scene.sync_bound_by_permissions(), "StoreAccessDenied", &words);
    permit(scene.files.folder(), 0o755);
    scene.is_unchanged_and_goes_on().await;
}

#[tokio::test]
async fn sqlite_has_no_room_left() {
    let scene = FileScene::begin().await;
    let sync = scene.files.command();
    // A write behind the limit fails, where the signal that it sends too is ignored.
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; exec prlimit --fsize=4096:4096 \"$@\"", "sh"]);
    let output = command.arg(sync.get_program()).args(sync.get_args()).output().unwrap();
    assert_failed(&printed(&output), "StoreUnreachable", &["writing to the store", "disk"]);
    scene.is_unchanged_and_goes_on().await;
}

#[tokio::test]
async fn sqlite_is_damaged() {
    let scene = FileScene::begin().await;
    let bytes = fs::read(scene.files.sqlite()).unwrap();
    let mut damaged = bytes.clone();
    damaged[4096..].fill(0xff);
    fs::write(scene.files.sqlite(), &damaged).unwrap();
    assert_fails(&scene.files, "StoreUnexpected", &["malformed: restore it from a backup"]);
    assert_eq!(fs::read(scene.files.sqlite()).unwrap(), damaged);
    fs::write(scene.files.sqlite(), &bytes).unwrap();
    scene.is_unchanged_and_goes_on().await;
}

#[tokio::test]
async fn sqlite_is_no_database() {
    let scene = FileScene::begin().await;
    let bytes = fs::read(scene.files.sqlite()).unwrap();
    fs::write(scene.files.sqlite(), "a text and no database ".repeat(100)).unwrap();
    assert_fails(&scene.files, "StoreMisconfigured", &["file is not a database"]);
    fs::write(scene.files.sqlite(), &bytes).unwrap();
    scene.is_unchanged_and_goes_on().await;
}

#[tokio::test]
async fn sqlite_folder_is_gone() {
    let scene = FileScene::begin().await;
    scene.files.name_store("sqlite:gone/store.db", "");
    assert_fails(&scene.files, "StoreMisconfigured", &["gone does not exist; create it"]);
    assert!(!scene.files.folder().join("gone").exists());
    scene.files.name_store("sqlite:store.db", "");
    scene.is_unchanged_and_goes_on().await;
}

#[tokio::test]
async fn sqlite_link_is_damaged() {
    let scene = FileScene::begin().await;
    let mut session = scene.session().await;
    let damage = "UPDATE user_links SET realm = substr(realm, 2) WHERE username = 'bob'";
    raw_sql(damage).execute(&mut session).await.unwrap();
    assert_fails(&scene.files, "StoreUnexpected", &["reading user_links", "is not an external id"]);
    let mend = "UPDATE user_links SET realm = 'e' || realm WHERE username = 'bob'";
    raw_sql(mend).execute(&mut session).await.unwrap();
    scene.is_unchanged_and_goes_on().await;
}
