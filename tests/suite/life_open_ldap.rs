//! A group's whole life on OpenLDAP and SQLite, through `sync -f` as an administrator runs it.

use serde_json::json;
use sqlx::ConnectOptions as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use crate::entries::{SUFFIX, group, person, person_dn, units};
use crate::harness::OpenLdap;
use crate::ldap_life::{change, kinds};

/// Hides every entry that says so from everybody but the administrator.
const ACCESS: &str = "access to filter=(description=hidden) by * none\naccess to attrs=userPassword by anonymous auth\n\
                      access to * by users read by anonymous auth";

type Life = crate::ldap_life::Life<OpenLdap>;

impl Life {
    fn begin() -> Self {
        let entries = units(&["people", "groups", "archive"])
            + &["reader", "ada", "bob", "cy"].map(person).concat()
            + &group("Analysts", &["ada", "bob"])
            + &group("Editors", &["ada"]);
        let directory = OpenLdap::builder(SUFFIX).database(ACCESS).entries(&entries).start();
        let (address, authority) = (directory.tls_address(), directory.certificates().ca().to_owned());
        Self::new(directory, address, &authority, (&person_dn("reader"), "pw"))
    }
}

#[tokio::test]
async fn a_group_lives_from_its_import_to_its_deletion() {
    let life = Life::begin();

    // A preview creates nothing.
    let preview = life.sync(&["--preview", "-o", "yaml"]);
    assert_eq!(preview.status.code(), Some(3), "{}", String::from_utf8_lossy(&preview.stderr));
    assert!(!life.files.store.file().exists());

    // Imported, with the accounts of its members and no others.
    let status = life.status(5);
    assert_eq!(status["lastRun"]["result"], "SyncedWithProblems", "{status:#}");
    assert_eq!(status["lastChange"]["groups"]["created"], 2);
    assert_eq!(status["lastChange"]["accounts"]["created"], 2);
    assert_eq!(kinds(&status), ["NotFound"], "Writers is no group yet");
    assert_eq!(life.group("Analysts").await.unwrap(), "Analysts: ada bob");

    // No change, no write.
    let before = life.octets();
    let status = life.status(0);
    assert_eq!(status["lastRun"]["groups"]["unchanged"], 2);
    assert!(status["lastChange"].is_null());
    assert!(life.octets() == before, "the store is not as it was");

    // Renamed and moved: the same group, renamed in place, and still selected by the name that it had.
    let rename = format!(
        "dn: cn=Analysts,ou=groups,{SUFFIX}\nchangetype: modrdn\nnewrdn: cn=BI Analysts\ndeleteoldrdn: 1\n\
         newsuperior: ou=archive,{SUFFIX}\n"
    );
    life.directory.modify(&rename);
    let status = life.status(5);
    assert_eq!(
        status["lastChange"]["groups"],
        serde_json::json!({"created": 0, "adopted": 0, "modified": 1, "deleted": 0, "released": 0})
    );
    assert_eq!(life.group("BI Analysts").await.unwrap(), "BI Analysts: ada bob");
    assert_eq!(life.group("Analysts").await, None);

    // One joins whose account does not exist, one leaves.
    let members = format!(
        "add: member\nmember: uid=cy,ou=people,{SUFFIX}\n-\ndelete: member\nmember: uid=bob,ou=people,{SUFFIX}\n"
    );
    life.directory.modify(&change("cn=BI Analysts,ou=archive", &members));
    let status = life.status(5);
    assert_eq!(status["lastChange"]["members"], serde_json::json!({"added": 1, "removed": 1}));
    assert_eq!(status["lastChange"]["accounts"]["created"], 1);
    assert_eq!(life.group("BI Analysts").await.unwrap(), "BI Analysts: ada cy");

    // A member whose entry may no longer be read stays, and is counted.
    life.directory.modify(&change("uid=cy,ou=people", "add: description\ndescription: hidden\n"));
    let status = life.status(0);
    assert_eq!(status["current"]["unresolved"], 1, "{status:#}");
    assert!(kinds(&status).contains(&"Unresolved"));
    assert_eq!(life.group("BI Analysts").await.unwrap(), "BI Analysts: ada cy");
    life.directory.modify(&change("uid=cy,ou=people", "delete: description\n"));
    assert_eq!(life.status(0)["current"]["unresolved"], 0);

    // A duplicate appears: a group was created by hand with a name that a directory group needs. The others go on.
    let mut store: SqliteConnection =
        SqliteConnectOptions::new().filename(life.files.store.file()).connect().await.unwrap();
    sqlx::query("INSERT INTO groups (name) VALUES ('writers')").execute(&mut store).await.unwrap();
    life.directory.modify(&group("Writers", &["ada"]));
    let status = life.status(0);
    assert_eq!(status["duplicates"][0]["name"], "Writers", "{status:#}");
    let clashes_with = status["duplicates"][0]["clashesWith"].as_str().unwrap();
    assert!(clashes_with.starts_with("the local group \"writers\""), "{clashes_with}");
    assert_eq!(status["lastRun"]["groups"]["duplicated"], 1);
    assert_eq!(status["lastRun"]["groups"]["unchanged"], 2);

    // It clears by itself once the conflict is gone.
    sqlx::query("DELETE FROM groups WHERE name = 'writers'").execute(&mut store).await.unwrap();
    let status = life.status(5);
    assert_eq!(status["lastRun"]["result"], "Synced", "{status:#}");
    assert_eq!(life.group("Writers").await.unwrap(), "Writers: ada");

    // Deleted in the directory: OpenLDAP keeps no tombstone, so nothing proves it, and the group stays, listed.
    life.directory.tools().delete(&format!("cn=BI Analysts,ou=archive,{SUFFIX}"));
    let status = life.status(0);
    assert_eq!(status["current"]["missing"], 1, "{status:#}");
    assert_eq!(kinds(&status), ["Missing"]);
    assert_eq!(life.group("BI Analysts").await.unwrap(), "BI Analysts: ada cy");
    let before = life.octets();
    assert_eq!(life.status(0)["current"]["missing"], 1);
    assert!(life.octets() == before, "that it is missing is written once");
}

#[tokio::test]
async fn a_read_that_fails_changes_nothing_and_says_why() {
    let mut life = Life::begin();
    life.status(5);
    let before = life.octets();
    life.directory.stop();
    let status = life.status(1);
    assert_eq!(status["conditions"][0]["reason"], "DirectoryUnreachable", "{status:#}");
    assert!(life.octets() == before, "the store is not as it was");
}

/// Hides an entry from the bind account.
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
    let before = life.files.store.content().await.of_the_dashboard();
    let status = life.status(0);
    assert_eq!(status["current"]["unresolved"], 3, "{status:#}");
    assert!(kinds(&status).contains(&"Unresolved"));
    let after = life.files.store.content().await.of_the_dashboard();
    assert_eq!(before.changes_to(&after), [""; 0]);
    let noted = life.octets();
    life.status(0);
    assert!(life.octets() == noted, "that they are missing is written once");

    for group in ["Analysts", "Editors"] {
        hide(&life, &format!("cn={group},ou=groups"));
    }
    let status = life.status(3);
    assert_eq!(status["conditions"][0]["reason"], "Held", "{status:#}");
    assert_eq!(status["plan"]["groups"]["deleted"], 2);
    assert_eq!(life.group("Analysts").await.unwrap(), "Analysts: ada bob");

    // An administrator may know better, and approves exactly that.
    let hash = status["plan"]["hash"].as_str().unwrap();
    assert_eq!(life.sync(&["--approve", "0123456789abcdef"]).status.code(), Some(3));
    assert_eq!(life.sync(&["--approve", hash]).status.code(), Some(0));
    assert_eq!(life.group("Analysts").await, None);
}

#[tokio::test]
async fn a_group_that_is_found_nowhere_is_deleted_once_it_is_confirmed_beside_a_witness() {
    let mut life = Life::begin();
    life.status(5);
    life.directory.tools().delete(&format!("cn=Editors,ou=groups,{SUFFIX}"));
    let status = life.status(0);
    assert_eq!((kinds(&status), &status["current"]["missing"]), (vec!["Missing", "NotFound"], &1.into()), "{status:#}");

    life.sync["prune"] = json!({"confirmAfter": "0s"});
    let status = life.status(5);
    assert_eq!(status["lastChange"]["groups"]["deleted"], 1, "{status:#}");
    assert_eq!(life.group("Editors").await, None);
    assert_eq!(life.group("Analysts").await.unwrap(), "Analysts: ada bob");
}

#[tokio::test]
async fn a_name_that_is_left_over_from_a_deleted_person_is_believed_once_it_is_confirmed_beside_a_witness() {
    let mut life = Life::begin();
    life.status(5);
    // Without the overlay refint, the group still has Bob's name as a value.
    life.directory.tools().delete(&person_dn("bob"));
    let status = life.status(0);
    assert_eq!((kinds(&status), &status["current"]["unresolved"]), (vec!["Unresolved", "NotFound"], &1.into()));
    let message = status["problems"][0]["message"].as_str().unwrap();
    assert!(message.contains(&person_dn("bob")) && message.contains("that still does not find them"), "{message}");
    assert_eq!(life.group("Analysts").await.unwrap(), "Analysts: ada bob");
    let before = life.octets();
    life.status(0);
    assert_eq!(life.octets(), before, "that he is missing is written once");

    life.sync["prune"] = json!({"confirmAfter": "0s"});
    // No other user with an account is shown, although the bind account is.
    hide(&life, "uid=ada,ou=people");
    life.status(0);
    assert_eq!(life.group("Analysts").await.unwrap(), "Analysts: ada bob");

    life.directory.modify(&change("uid=ada,ou=people", "delete: description\n"));
    let status = life.status(5);
    assert_eq!(status["lastChange"]["members"], json!({"added": 0, "removed": 1}), "{status:#}");
    assert_eq!(life.group("Analysts").await.unwrap(), "Analysts: ada");
    assert_eq!(life.status(0)["current"]["unresolved"], 1, "the name is still there, and listed");
}

#[tokio::test]
async fn removals_beyond_a_limit_are_held_and_told() {
    let mut life = Life::begin();
    life.status(5);
    life.sync["limits"] = json!({"memberRemovals": {"percent": 0, "allow": 0}});
    life.directory
        .modify(&change("cn=Analysts,ou=groups", &format!("delete: member\nmember: uid=bob,ou=people,{SUFFIX}\n")));
    let before = life.octets();
    let status = life.status(3);
    assert_eq!(status["conditions"][0]["reason"], "Held", "{status:#}");
    assert_eq!(status["plan"]["members"]["removed"], 1);
    assert!(life.octets() == before, "the store is not as it was");
}
