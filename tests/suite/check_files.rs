//! `check -f` fails wherever `sync -f` would, says how to fix it, and writes nothing. The name of a test is the name of
//! its row in docs/internals/fault-matrix.md.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use serde_json::json;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, raw_sql};

use crate::company::{BASE, ldif, reader};
use crate::harness::postgres::Database;
use crate::harness::{OpenLdap, Postgres, binary, command, environment};
use crate::ldap_files::{LdapFiles, trusted};
use crate::sync_files::{Group, Person, SyncFiles, printed};
use crate::whole_run::Store;

const PEOPLE: [Person<'static>; 2] = [("1", "ada"), ("2", "bob")];
const GROUPS: [Group<'static>; 1] = [("A", "Alpha", &["ada", "bob"])];

fn clear_text(url: &str) -> String {
    format!("{url}?sslmode=disable")
}

fn files_for(database: &Database<'_>) -> SyncFiles {
    let files = SyncFiles::new(&clear_text(&database.url()));
    files.write_directory(&PEOPLE, &GROUPS);
    files
}

fn files_for_sqlite() -> SyncFiles {
    let files = SyncFiles::for_sqlite();
    files.write_directory(&PEOPLE, &GROUPS);
    files
}

/// The check says all of this and ends with this code.
fn assert_said((code, text): &(Option<i32>, String), expected: i32, words: &[&str]) {
    assert_eq!(*code, Some(expected), "{text}");
    for word in words {
        assert!(text.contains(word), "`{word}` in {text}");
    }
}

#[test]
fn nothing_is_written_and_it_says_what_was_tried() {
    let database = Postgres::shared().database("check");
    let (files, sqlite) = (files_for(&database), files_for_sqlite());
    let read = "Directory default/corp: ok: read the file; directory id entryUUID:";
    let began = "DashboardServer default/bi: ok: connected, started a write and undid it; ";
    let rehearsed = "DirectoryGroupSync default/teams: ok: read the directory and the store, and rehearsed the run: ";
    let new = format!("{rehearsed}1 group created, 2 accounts created, 2 members added\n");
    assert_said(&files.check(), 0, &[read, &format!("{began}PostgreSQL 1"), &new]);
    assert_said(&sqlite.check(), 0, &[read, &format!("{began}SQLite 3"), &new]);
    assert!(database.content().is_empty(), "no table is left");
    let mut left: Vec<_> = fs::read_dir(sqlite.folder()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort_unstable();
    assert_eq!(left, ["corp.ldif", "sync.yaml"], "no file is left");

    for files in [&files, &sqlite] {
        files.sync_writes();
        files.write_directory(&PEOPLE, &[("A", "Alpha", &["ada"])]);
    }
    let (rows, octets) = (database.content(), fs::read(sqlite.sqlite()).unwrap());
    for files in [&files, &sqlite] {
        assert_said(&files.check(), 0, &[&format!("{rehearsed}1 group modified, 1 member removed\n")]);
    }
    assert_eq!((database.content(), fs::read(sqlite.sqlite()).unwrap()), (rows, octets));
    for files in [&files, &sqlite] {
        files.sync_writes();
        assert_said(&files.check(), 0, &[&format!("{rehearsed}nothing would change\n")]);
    }
}

#[test]
fn rights_are_missing() {
    let database = Postgres::shared().database("check_rights");
    let weak = Postgres::shared().database("check_weak");
    let files = files_for(&database);
    files.sync_writes();
    database.sql(&format!("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {}", weak.name()));
    let url = clear_text(&database.url().replacen(database.name(), weak.name(), 1));
    files.name_store(&url, "");
    // Even while there is nothing to write.
    let (code, text) = files.check();
    let grant = format!("GRANT INSERT, UPDATE, DELETE ON public.users TO {};", weak.name());
    let words = ["DashboardServer default/bi: StoreAccessDenied: ", &grant, "not tried, because DashboardServer"];
    assert_said(&(code, text.clone()), 1, &words);
    // A run that has something to write says the same.
    files.write_directory(&PEOPLE, &[("A", "Alpha", &["ada"])]);
    assert_said(&files.sync(), 1, &["default/teams: StoreAccessDenied: ", "permission denied", &grant]);

    // An administrator who runs what the message says has fixed it.
    let statements = text.split("let an administrator run: ").nth(1).unwrap().lines().next().unwrap();
    database.sql(statements);
    assert_said(&files.check(), 0, &[]);
    files.sync_writes();
}

#[test]
fn the_database_only_takes_reads() {
    let server = Postgres::shared();
    for is_filled in [false, true] {
        let database = server.database(&format!("check_reads_{is_filled}"));
        let files = files_for(&database);
        if is_filled {
            files.sync_writes();
        }
        database.sql(&format!("ALTER DATABASE {} SET default_transaction_read_only = on", database.name()));
        let words =
            ["DashboardServer default/bi: StoreAccessDenied: ", "name the primary in the URL, or turn the setting off"];
        assert_said(&files.check(), 1, &words);
    }
}

#[test]
fn the_server_is_a_standby() {
    let mut server = Postgres::start(&[]);
    let files = files_for(&server.database("check_standby"));
    files.sync_writes();
    server.stop();
    server.demote();
    server.resume();
    assert_said(&files.check(), 1, &["DashboardServer default/bi: StoreAccessDenied: ", "it is a standby"]);
}

/// The check as an account that file permissions bind, which the administrator's are not.
fn bound_by_permissions(check: &Command) -> (Option<i32>, String) {
    let mut command = Command::new(check.get_program());
    if environment::is_root() {
        command = Command::new("setpriv");
        command.arg("--bounding-set=-dac_override,-dac_read_search").arg(check.get_program());
    }
    printed(&command.args(check.get_args()).output().unwrap())
}

#[test]
fn a_sqlite_file_or_its_folder_may_not_be_written() {
    let refused = "DashboardServer default/bi: StoreAccessDenied: ";
    let permit = |path: &std::path::Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    // It is not there yet.
    let files = files_for_sqlite();
    permit(files.folder(), 0o555);
    let words = [refused, "creating a file beside", "the account needs the right to write the folder"];
    assert_said(&bound_by_permissions(&files.check_command()), 1, &words);
    permit(files.folder(), 0o755);
    files.sync_writes();
    // It is in sync, so that a run would write nothing.
    let words = [refused, "readonly database: the account needs the right to write the file and its folder"];
    permit(&files.sqlite(), 0o444);
    assert_said(&bound_by_permissions(&files.check_command()), 1, &words);
    permit(&files.sqlite(), 0o644);
    permit(files.folder(), 0o555);
    assert_said(&bound_by_permissions(&files.check_command()), 1, &words);
    permit(files.folder(), 0o755);
    assert_said(&files.check(), 0, &[]);
}

#[tokio::test]
async fn tables_are_views() {
    let database = Postgres::shared().database("check_views");
    let files = files_for(&database);
    database.sql("CREATE TABLE people (id bigint, username text); CREATE VIEW users AS SELECT * FROM people");
    let words = ["StoreMisconfigured: ", "users is a view, and a run needs a table of this name"];
    assert_said(&files.check(), 1, &words);
    assert_said(&files.sync(), 1, &words);
    database.sql("DROP VIEW users; CREATE MATERIALIZED VIEW groups AS SELECT * FROM people");
    assert_said(&files.check(), 1, &["groups is a materialized view"]);
    database.sql("DROP MATERIALIZED VIEW groups; CREATE SEQUENCE users");
    assert_said(&files.check(), 1, &["users is a sequence"]);
    database.sql("DROP SEQUENCE users");
    assert_said(&files.check(), 0, &[]);

    let files = files_for_sqlite();
    let options = SqliteConnectOptions::new().filename(files.sqlite()).create_if_missing(true);
    let mut session = options.connect().await.unwrap();
    let view = "CREATE TABLE people (id INTEGER); CREATE VIEW group_members AS SELECT * FROM people";
    raw_sql(view).execute(&mut session).await.unwrap();
    let words = ["StoreMisconfigured: ", "group_members is a view"];
    assert_said(&files.check(), 1, &words);
    assert_said(&files.sync(), 1, &words);
}

#[test]
fn the_store_refuses_an_account() {
    let database = Postgres::shared().database("check_refuses");
    let files = files_for(&database);
    files.sync_writes();
    database.sql("ALTER TABLE users ADD CONSTRAINT no_cy CHECK (username <> 'cy')");
    files.write_directory(&[PEOPLE[0], PEOPLE[1], ("3", "cy")], &[("A", "Alpha", &["ada", "cy"])]);
    let words = ["PartiallySynced: the store would refuse 1 write", "would be refused: \"cy\": ", "no_cy"];
    assert_said(&files.check(), 4, &words);
    assert_eq!(files.sync().0, Some(4));
    // It may be empty, too.
    database.sql("DELETE FROM groups; DELETE FROM users");
    assert_said(&files.check(), 4, &words);
    assert_eq!(database.sql("SELECT count(*) FROM users").trim(), "0");
}

#[test]
fn the_account_that_reads_has_a_size_limit() {
    let ldap = OpenLdap::builder(BASE)
        .entries(&ldif(&[("Analysts", &["ada", "bob", "cy", "eve"])]))
        .entries(&reader("pw"))
        .database(&format!("limits dn.exact=\"cn=reader,{BASE}\" size=3"))
        .start();
    let files =
        LdapFiles::new(Store::new(), BASE, &format!("cn=reader,{BASE}"), "pw").trusting(ldap.certificates().ca());
    let sync = json!({"groups": [{"filter": "(objectClass=*)"}]});
    let as_check = |arguments: &[&str]| binary::command(&[&["check"], &arguments[1..]].concat());
    let mut command = files.command_of(&trusted(&[&ldap.tls_address()]), &sync, &[], as_check);
    let said = printed(&command::output(&mut command, ""));
    let words = [
        "Directory default/corp: ok: connected, signed in and found the bases",
        "DirectoryGroupSync default/teams: \
                  DirectoryReadIncomplete: ",
        "size=unlimited",
    ];
    assert_said(&said, 1, &words);
}

#[test]
fn no_entry_has_an_attribute() {
    let files = files_for_sqlite();
    let (url, groups) = ("sqlite:store.db", "groups: [{name: Alpha}]");
    let of_users = |attributes: &str| format!("  users: {{attributes: {{{attributes}}}}}\n");
    files.write_manifest(url, groups, "", &of_users("username: samaccountname"));
    let words = [
        "DirectoryGroupSync default/teams: DirectoryMisconfigured: ",
        "spec.users.attributes.username: none of the 2 users that were read has the attribute \"samaccountname\"",
    ];
    assert_said(&files.check(), 1, &words);
    files.write_manifest(url, groups, "", "  groups: {attributes: {name: title}}\n");
    assert_said(&files.check(), 1, &["spec.groups.attributes.name: no group has the attribute \"title\""]);
    files.write_manifest(url, "groups: [{filter: (cn=Al*)}]", "", "  groups: {attributes: {name: title}}\n");
    assert_said(&files.check(), 1, &["spec.groups.attributes.name: the only group", "\"title\""]);
    // What is optional is a warning, and only where somebody asked for it.
    files.write_manifest(url, groups, "", &of_users("phone: telefonnummer"));
    assert_said(&files.check(), 6, &["teams: ok: ", "warning: spec.users.attributes.phone: ", "\"telefonnummer\""]);
    files.write_manifest(url, groups, "", "");
    assert_said(&files.check(), 0, &[]);
}

#[test]
fn a_selector_selects_nothing() {
    let files = files_for_sqlite();
    for item in ["name: Alhpa", "filter: (cnn=Al*)", "dn: 'cn=Alhpa,dc=corp,dc=example'"] {
        files.write_manifest("sqlite:store.db", &format!("groups: [{{name: Alpha}}, {{{item}}}]"), "", "");
        let warning =
            format!("    warning: NotFound: the selector {} matches no directory group", item.replace('\'', ""));
        assert_said(&files.check(), 6, &["teams: ok: ", &warning]);
        let path = files.folder().join("sync.yaml").display().to_string();
        let output = binary::command(&["check", "-f", &path]).output().unwrap();
        assert_said(&printed(&output), 0, &[&warning]);
    }
}

#[test]
fn a_filter_cannot_be_used() {
    let files = files_for_sqlite();
    let filters = |filter: &str, over: &str| {
        files.write_manifest("sqlite:store.db", &format!("groups: [{{filter: '{filter}'}}]"), "", over);
        files.check()
    };
    let said = filters("(&(cn=BI *)(objectClass=group)", "");
    let words =
        ["spec.groups[0].filter: `(&(cn=BI *)(objectClass=group)` is not a search filter (RFC 4515): character 31: "];
    assert_said(&said, 2, &words);
    assert_said(
        &filters("(cn=Al*)", "  users: {filter: '(uid=a))'}\n"),
        2,
        &["spec.users.filter: `(uid=a))` is not a search filter"],
    );
    // It is one, and this directory cannot evaluate it.
    assert_said(&filters("(cn:1.2.3:=a)", ""), 1, &["spec.groups[0].filter"]);
}
