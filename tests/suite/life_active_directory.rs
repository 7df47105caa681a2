//! The operator's main test: a group's whole life in Active Directory, as `kubectl` shows it. The real binary, the real
//! API server, a domain controller over LDAPS with an authority of its own, and PostgreSQL.

use serde_json::{Value, json};

use crate::cluster::{Cluster, condition, members};
use crate::company::{config_map, object, secret, server};
use crate::harness::postgres::Database;
use crate::harness::{Postgres, SambaAd};

const PEOPLE: &str = "OU=People,DC=example,DC=test";
const GROUPS: &str = "OU=Groups,DC=example,DC=test";
const ARCHIVE: &str = "OU=Archive,DC=example,DC=test";

fn domain() -> SambaAd {
    let units = [PEOPLE, GROUPS, ARCHIVE].map(|unit| format!("dn: {unit}\nobjectClass: organizationalUnit\n\n"));
    let domain = SambaAd::builder().entries(&units.concat()).start();
    for (name, account) in [("Ada Lovelace", "ada"), ("Bob Boole", "bob"), ("Cy Curry", "cy")] {
        domain.add_user(PEOPLE, name, account, &format!("mail: {account}@example.test"));
    }
    domain.add_group(GROUPS, "Analysts", &[&person("Ada Lovelace"), &person("Bob Boole")]);
    domain
}

fn person(name: &str) -> String {
    format!("CN={name},{PEOPLE}")
}

fn directory(domain: &SambaAd) -> [Value; 3] {
    // Tombstones are read by administrators alone.
    let administrator = domain.administrator();
    let spec = json!({
        "baseDN": SambaAd::BASE,
        "ldap": {
            "servers": [domain.address()],
            "tls": {"caRef": {"name": "corp-ca"}},
            "auth": {"simple": {"secretRef": {"name": "corp-bind"}}},
        },
    });
    let bind = json!({"username": administrator.principal, "password": administrator.password});
    [
        secret("corp-bind", bind),
        config_map("corp-ca", "ca.crt", domain.certificates().ca()),
        object("Directory", "corp", spec),
    ]
}

fn problems(status: &Value) -> Vec<&str> {
    let problems = status["problems"].as_array().map(Vec::as_slice).unwrap_or_default();
    problems.iter().filter_map(|problem| problem["kind"].as_str()).collect()
}

/// The store's id of a group.
fn id(database: &Database<'_>, group: &str) -> String {
    database.sql(&format!("SELECT id FROM groups WHERE name = '{group}'")).trim().to_owned()
}

fn sync(groups: &[&str], interval: &str) -> Value {
    crate::company::sync("teams", groups, &json!({"interval": interval}))
}

#[test]
fn a_group_lives_from_its_import_to_its_deletion() {
    let domain = domain();
    let database = Postgres::shared().database("life");
    let cluster = Cluster::start("life");
    cluster.apply(&directory(&domain));
    cluster.apply(&server(&database));

    // Imported, with the accounts of its members and no others.
    cluster.apply(&[sync(&["Analysts"], "1h")]);
    let status = cluster.wait_for("dgs/teams", "Synced");
    assert_eq!(status["lastChange"]["groups"]["created"], 1, "{status:#}");
    assert_eq!(status["lastChange"]["accounts"]["created"], 2);
    assert_eq!(members(&database, "Analysts").unwrap(), ["ada", "bob"]);
    let first = id(&database, "Analysts");
    let known = cluster.get("dir/corp")["status"].clone();
    assert_eq!(known["directoryID"], format!("objectGUID:{}", domain.guid(SambaAd::BASE)), "{known:#}");
    assert_eq!((known["bind"]["state"].as_str(), known["servers"].as_array().unwrap().len()), (Some("Accepted"), 1));

    // Renamed in the directory: renamed in place.
    let analysts = format!("CN=Analysts,{GROUPS}");
    domain.modify(&format!("dn: {analysts}\nchangetype: modrdn\nnewrdn: CN=Data Analysts\ndeleteoldrdn: 1"));
    let status = cluster.run("dgs/teams");
    assert_eq!(status["lastRun"]["groups"]["modified"], 1, "{status:#}");
    assert_eq!(id(&database, "Data Analysts"), first);

    // Moved to another unit: nothing to do, and still selected.
    let renamed = format!("CN=Data Analysts,{GROUPS}");
    domain.modify(&format!(
        "dn: {renamed}\nchangetype: modrdn\nnewrdn: CN=Data Analysts\ndeleteoldrdn: 1\nnewsuperior: {ARCHIVE}"
    ));
    let group = format!("CN=Data Analysts,{ARCHIVE}");
    let status = cluster.run("dgs/teams");
    assert_eq!(
        (&status["lastRun"]["groups"]["unchanged"], &status["current"]["groups"]),
        (&json!(1), &json!(1)),
        "{status:#}"
    );

    // A member added whose account does not exist, and one removed.
    domain.modify(&format!("dn: {group}\nchangetype: modify\nadd: member\nmember: {}", person("Cy Curry")));
    let status = cluster.run("dgs/teams");
    assert_eq!(
        (&status["lastChange"]["accounts"]["created"], &status["lastChange"]["members"]["added"]),
        (&json!(1), &json!(1))
    );
    domain.modify(&format!("dn: {group}\nchangetype: modify\ndelete: member\nmember: {}", person("Bob Boole")));
    let status = cluster.run("dgs/teams");
    assert_eq!(status["lastChange"]["members"]["removed"], 1, "{status:#}");
    assert_eq!(members(&database, "Data Analysts").unwrap(), ["ada", "cy"]);

    // A member whose entry may no longer be read is not a leaver.
    domain.add_access_rule(&person("Cy Curry"), "(D;;RP;;;SID)", &domain.administrator().dn);
    let status = cluster.run("dgs/teams");
    assert_eq!(status["current"]["unresolved"], 1, "{status:#}");
    assert_eq!(condition(&status, "Ready")["reason"], "SyncedWithProblems");
    assert_eq!(problems(&status), ["Unresolved"]);
    assert_eq!(members(&database, "Data Analysts").unwrap(), ["ada", "cy"]);

    // A duplicate appears, and clears by itself once the conflict is gone.
    database.sql("INSERT INTO groups (name) VALUES ('Engineers')");
    domain.add_group(GROUPS, "Engineers", &[&person("Ada Lovelace")]);
    cluster.apply(&[sync(&["Analysts", "Engineers"], "1h")]);
    let status = cluster.wait("dgs/teams", "generation 2 ran", |status| status["observedGeneration"] == 2);
    assert_eq!(condition(&status, "DuplicatesPresent")["status"], "True", "{status:#}");
    assert_eq!((&status["duplicates"][0]["name"], &status["current"]["duplicated"]), (&json!("Engineers"), &json!(1)));
    assert!(members(&database, "Engineers").unwrap().is_empty(), "the local one is not touched");
    database.sql("UPDATE groups SET name = 'Old Engineers' WHERE name = 'Engineers'");
    let status = cluster.run("dgs/teams");
    assert_eq!(condition(&status, "DuplicatesPresent")["status"], "False", "{status:#}");
    assert_eq!(members(&database, "Engineers").unwrap(), ["ada"]);

    // Deleted in the directory: its tombstone is the proof.
    domain.delete(&group);
    let status = cluster.run("dgs/teams");
    assert_eq!(status["lastChange"]["groups"]["deleted"], 1, "{status:#}");
    assert_eq!(members(&database, "Data Analysts"), None);
    assert_eq!(database.sql("SELECT count(*) FROM users").trim(), "3", "accounts stay");
    // Now no group has the name that the selector asks for.
    assert_eq!(problems(&cluster.run("dgs/teams")), ["NotFound"]);
    assert!(cluster.kubectl(&["get", "dgs", "teams"]).contains("SyncedWithProblems"));

    // A run that finds nothing to do writes nothing to the store, and one status.
    cluster.apply(&[sync(&["Engineers"], "10s")]);
    cluster.wait("dgs/teams", "generation 3 ran", |status| status["observedGeneration"] == 3);
    cluster.one_quiet_run("teams", &database);
    let told: Vec<_> = cluster.events("teams").into_iter().map(|(_, note)| note).collect();
    assert!(told.iter().any(|note| note.contains("\"Data Analysts\" deleted")), "{told:?}");
    assert!(!told.iter().any(|note| ["ada", "bob", "Curry"].iter().any(|person| note.contains(person))), "{told:?}");
    assert!(cluster.log().is_empty() || !cluster.log().contains(&domain.administrator().password));
}
