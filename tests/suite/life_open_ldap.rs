//! A group's whole life on OpenLDAP and SQLite, through `sync -f` as a person runs it.

use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Row as _};
use tempfile::TempDir;

use crate::harness::{OpenLdap, binary, folder};

const SUFFIX: &str = "dc=example,dc=test";

/// Hides every entry that says so from everybody but the administrator.
const ACCESS: &str = "access to filter=(description=hidden) by * none\naccess to attrs=userPassword by anonymous auth\n\
                      access to * by users read by anonymous auth";

/// A directory, a store, and the files that tie them together.
struct Life {
    directory: OpenLdap,
    folder: TempDir,
}

impl Life {
    fn begin() -> Self {
        let mut entries = String::new();
        for unit in ["people", "groups", "archive"] {
            entries.push_str(&format!("dn: ou={unit},{SUFFIX}\nobjectClass: organizationalUnit\nou: {unit}\n\n"));
        }
        entries.extend(["reader", "ada", "bob", "cy"].map(person));
        entries.push_str(&group("Analysts", &["ada", "bob"]));
        entries.push_str(&group("Editors", &["ada"]));
        let directory = OpenLdap::builder(SUFFIX).database(ACCESS).entries(&entries).start();
        let life = Self { directory, folder: folder::temporary("life") };
        life.write();
        life
    }

    /// The files of the sync: both groups by name, everything else as it is by default.
    fn write(&self) {
        let ca = self.directory.certificates().ca().replace('\n', "\n    ");
        let address = self.directory.tls_address();
        let manifest = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: ca}}\ndata:\n  ca.crt: |\n    {ca}\n---\n\
             apiVersion: v1\nkind: Secret\nmetadata: {{name: bind}}\n\
             stringData: {{username: 'uid=reader,ou=people,{SUFFIX}', password: pw}}\n---\n\
             apiVersion: v1\nkind: Secret\nmetadata: {{name: store}}\nstringData: {{url: 'sqlite:store.db'}}\n---\n\
             apiVersion: directorysync.dev/v1alpha1\nkind: Directory\nmetadata: {{name: ldap}}\nspec:\n  \
             baseDN: {SUFFIX}\n  ldap:\n    servers: ['{address}']\n    \
             tls: {{caRef: {{kind: ConfigMap, name: ca, key: ca.crt}}}}\n    \
             auth: {{simple: {{secretRef: {{name: bind}}}}}}\n---\n\
             apiVersion: directorysync.dev/v1alpha1\nkind: DashboardServer\nmetadata: {{name: bi}}\nspec:\n  \
             sql: {{secretKeyRef: {{name: store, key: url}}}}\n---\n\
             apiVersion: directorysync.dev/v1alpha1\nkind: DirectoryGroupSync\nmetadata: {{name: teams}}\nspec:\n  \
             directoryRef: {{name: ldap}}\n  dashboardServerRef: {{name: bi}}\n  \
             groups: [{{name: Analysts}}, {{name: Editors}}, {{name: Writers}}]\n"
        );
        folder::write(self.folder.path(), "sync.yaml", &manifest);
    }

    fn store(&self) -> PathBuf {
        self.folder.path().join("store.db")
    }

    fn sync(&self, arguments: &[&str]) -> Output {
        let files = self.folder.path().join("sync.yaml");
        let mut command = binary::command(&["sync", "-f", &files.display().to_string()]);
        command.args(arguments).output().unwrap()
    }

    /// Runs once, expects this exit code, and returns the status.
    fn status(&self, code: i32) -> Value {
        let output = self.sync(&["-o", "json", "--exit-code"]);
        let errors = String::from_utf8_lossy(&output.stderr);
        let printed = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(code), "{printed}\n{errors}");
        let objects: Value = serde_json::from_str(&printed).unwrap();
        objects[0]["status"].clone()
    }

    async fn open(&self) -> SqliteConnection {
        SqliteConnectOptions::new().filename(self.store()).connect().await.unwrap()
    }

    /// The usernames in a store group, or nothing if there is no such group.
    async fn members(&self, group: &str) -> Option<Vec<String>> {
        let mut store = self.open().await;
        let id: i64 = sqlx::query("SELECT id FROM groups WHERE name = ?")
            .bind(group)
            .fetch_optional(&mut store)
            .await
            .unwrap()?
            .get(0);
        let members = "SELECT username FROM users JOIN group_members ON user_id = id WHERE group_id = ? ORDER BY 1";
        let rows = sqlx::query(members).bind(id).fetch_all(&mut store).await.unwrap();
        Some(rows.iter().map(|row| row.get(0)).collect())
    }
}

fn person(name: &str) -> String {
    format!(
        "dn: uid={name},ou=people,{SUFFIX}\nobjectClass: inetOrgPerson\nuid: {name}\ncn: {name}\nsn: {name}\n\
         mail: {name}@example.test\nuserPassword: pw\n\n"
    )
}

fn group(name: &str, members: &[&str]) -> String {
    let mut entry = format!("dn: cn={name},ou=groups,{SUFFIX}\nobjectClass: groupOfNames\ncn: {name}\n");
    for member in members {
        entry.push_str(&format!("member: uid={member},ou=people,{SUFFIX}\n"));
    }
    entry + "\n"
}

fn change(dn: &str, lines: &str) -> String {
    format!("dn: {dn},{SUFFIX}\nchangetype: modify\n{lines}\n")
}

fn octets(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

fn kinds(status: &Value) -> Vec<&str> {
    status["problems"].as_array().into_iter().flatten().filter_map(|problem| problem["kind"].as_str()).collect()
}

#[tokio::test]
async fn a_group_lives_from_its_import_to_its_deletion() {
    let life = Life::begin();

    // Nothing is made by a preview.
    let preview = life.sync(&["--preview", "-o", "yaml"]);
    assert_eq!(preview.status.code(), Some(3), "{}", String::from_utf8_lossy(&preview.stderr));
    assert!(!life.store().exists());

    // Imported, with the accounts of its members and of nobody else.
    let status = life.status(5);
    assert_eq!(status["lastRun"]["result"], "SyncedWithProblems", "{status:#}");
    assert_eq!(status["lastChange"]["groups"]["created"], 2);
    assert_eq!(status["lastChange"]["accounts"]["created"], 2);
    assert_eq!(kinds(&status), ["NotFound"], "Writers is no group yet");
    assert_eq!(life.members("Analysts").await.unwrap(), ["ada", "bob"]);

    // No change, no write.
    let before = octets(&life.store());
    let status = life.status(0);
    assert_eq!(status["lastRun"]["groups"]["unchanged"], 2);
    assert!(status["lastChange"].is_null());
    assert_eq!(octets(&life.store()), before);

    // Renamed and moved: the same group, renamed in place, and still selected by the name that it had.
    let rename = format!(
        "dn: cn=Analysts,ou=groups,{SUFFIX}\nchangetype: modrdn\nnewrdn: cn=BI Analysts\ndeleteoldrdn: 1\n\
         newsuperior: ou=archive,{SUFFIX}\n"
    );
    life.directory.modify(&rename);
    let status = life.status(5);
    assert_eq!(
        status["lastChange"]["groups"],
        serde_json::json!({"created": 0, "modified": 1, "deleted": 0, "released": 0})
    );
    assert_eq!(life.members("BI Analysts").await.unwrap(), ["ada", "bob"]);
    assert_eq!(life.members("Analysts").await, None);

    // One joins whose account does not exist, one leaves.
    let members = format!(
        "add: member\nmember: uid=cy,ou=people,{SUFFIX}\n-\ndelete: member\nmember: uid=bob,ou=people,{SUFFIX}\n"
    );
    life.directory.modify(&change("cn=BI Analysts,ou=archive", &members));
    let status = life.status(5);
    assert_eq!(status["lastChange"]["members"], serde_json::json!({"added": 1, "removed": 1}));
    assert_eq!(status["lastChange"]["accounts"]["created"], 1);
    assert_eq!(life.members("BI Analysts").await.unwrap(), ["ada", "cy"]);

    // A member whose entry may no longer be read stays, and is counted.
    life.directory.modify(&change("uid=cy,ou=people", "add: description\ndescription: hidden\n"));
    let status = life.status(0);
    assert_eq!(status["current"]["unresolved"], 1, "{status:#}");
    assert!(kinds(&status).contains(&"Unresolved"));
    assert_eq!(life.members("BI Analysts").await.unwrap(), ["ada", "cy"]);
    life.directory.modify(&change("uid=cy,ou=people", "delete: description\n"));
    assert_eq!(life.status(0)["current"]["unresolved"], 0);

    // A duplicate appears: somebody made a group by hand whose name a directory group wants. Its siblings go on.
    let mut store = life.open().await;
    sqlx::query("INSERT INTO groups (name) VALUES ('writers')").execute(&mut store).await.unwrap();
    life.directory.modify(&group("Writers", &["ada"]));
    let status = life.status(0);
    assert_eq!(status["duplicates"][0]["name"], "Writers", "{status:#}");
    assert_eq!(status["duplicates"][0]["clashesWith"], "the local group \"writers\"");
    assert_eq!(status["lastRun"]["groups"]["duplicated"], 1);
    assert_eq!(status["lastRun"]["groups"]["unchanged"], 2);

    // It clears by itself once the clash is gone.
    sqlx::query("DELETE FROM groups WHERE name = 'writers'").execute(&mut store).await.unwrap();
    let status = life.status(5);
    assert_eq!(status["lastRun"]["result"], "Synced", "{status:#}");
    assert_eq!(life.members("Writers").await.unwrap(), ["ada"]);

    // Deleted in the directory: OpenLDAP keeps no tombstone, so nothing proves it, and the group stays, listed.
    life.directory.tools().delete(&format!("cn=BI Analysts,ou=archive,{SUFFIX}"));
    let status = life.status(0);
    assert_eq!(status["current"]["missing"], 1, "{status:#}");
    assert_eq!(kinds(&status), ["Missing"]);
    assert_eq!(life.members("BI Analysts").await.unwrap(), ["ada", "cy"]);
    let before = octets(&life.store());
    assert_eq!(life.status(0)["current"]["missing"], 1);
    assert_eq!(octets(&life.store()), before, "that it is missing is written once");
}

#[tokio::test]
async fn a_read_that_fails_changes_nothing_and_says_why() {
    let mut life = Life::begin();
    life.status(5);
    let before = octets(&life.store());
    life.directory.stop();
    let status = life.status(1);
    assert_eq!(status["conditions"][0]["reason"], "DirectoryUnreachable", "{status:#}");
    assert_eq!(octets(&life.store()), before);
}

/// Hides an entry from the account that reads.
fn hide(life: &Life, dn: &str) {
    life.directory.modify(&change(dn, "add: description\ndescription: hidden\n"));
}

#[tokio::test]
async fn an_access_rule_that_hides_everybody_empties_no_group_and_one_that_hides_all_groups_deletes_none() {
    let life = Life::begin();
    life.status(5);
    for person in ["ada", "bob", "cy"] {
        hide(&life, &format!("uid={person},ou=people"));
    }
    let before = octets(&life.store());
    let status = life.status(0);
    assert_eq!(status["current"]["unresolved"], 3, "{status:#}");
    assert!(kinds(&status).contains(&"Unresolved"));
    assert_eq!(octets(&life.store()), before);

    for group in ["Analysts", "Editors"] {
        hide(&life, &format!("cn={group},ou=groups"));
    }
    let status = life.status(3);
    assert_eq!(status["conditions"][0]["reason"], "Held", "{status:#}");
    assert_eq!(status["plan"]["groups"]["deleted"], 2);
    assert_eq!(life.members("Analysts").await.unwrap(), ["ada", "bob"]);

    // A person may know better, and approves exactly that.
    let hash = status["plan"]["hash"].as_str().unwrap();
    assert_eq!(life.sync(&["--approve", "0123456789abcdef"]).status.code(), Some(3));
    assert_eq!(life.sync(&["--approve", hash]).status.code(), Some(0));
    assert_eq!(life.members("Analysts").await, None);
}

#[tokio::test]
async fn a_group_that_is_found_nowhere_is_deleted_once_it_is_confirmed_beside_a_witness() {
    let life = Life::begin();
    life.status(5);
    life.directory.tools().delete(&format!("cn=Editors,ou=groups,{SUFFIX}"));
    let status = life.status(0);
    assert_eq!((kinds(&status), &status["current"]["missing"]), (vec!["Missing", "NotFound"], &1.into()), "{status:#}");

    let path = life.folder.path().join("sync.yaml");
    let manifest = std::fs::read_to_string(&path).unwrap() + "  prune: {confirmAfter: 0s}\n";
    std::fs::write(&path, manifest).unwrap();
    let status = life.status(5);
    assert_eq!(status["lastChange"]["groups"]["deleted"], 1, "{status:#}");
    assert_eq!(life.members("Editors").await, None);
    assert_eq!(life.members("Analysts").await.unwrap(), ["ada", "bob"]);
}

#[tokio::test]
async fn removals_beyond_a_limit_are_held_and_told() {
    let life = Life::begin();
    life.status(5);
    let path = life.folder.path().join("sync.yaml");
    let manifest = std::fs::read_to_string(&path).unwrap() + "  limits: {memberRemovals: {percent: 0, floor: 0}}\n";
    std::fs::write(&path, manifest).unwrap();
    life.directory
        .modify(&change("cn=Analysts,ou=groups", &format!("delete: member\nmember: uid=bob,ou=people,{SUFFIX}\n")));
    let before = octets(&life.store());
    let status = life.status(3);
    assert_eq!(status["conditions"][0]["reason"], "Held", "{status:#}");
    assert_eq!(status["plan"]["members"]["removed"], 1);
    assert_eq!(octets(&life.store()), before);
}
