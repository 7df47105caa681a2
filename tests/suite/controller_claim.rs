//! Two namespaces lead one store, and each says that its directory is the same.

use serde_json::{Value, json};

use crate::cluster::{Cluster, condition, members};
use crate::company::{config_map, directory, exported, ldap_directory, ldif, linked_directory, reader, server, sync};
use crate::harness::postgres::Database;
use crate::harness::{Link, OpenLdap, Postgres};
use crate::space::Space;

const APPROVE: &str = "directorysync.dev/approve";

/// An operator for its own namespace and for these others.
fn started<const N: usize>(test: &str, others: [&str; N]) -> (Cluster, [Space; N]) {
    let cluster = Cluster::prepare(test);
    let others = others.map(|name| cluster.neighbor(&format!("{test}-{name}")));
    let namespaces = others.iter().map(|space| space.namespace.as_str()).collect::<Vec<_>>().join(",");
    (cluster.with(&["--namespaces", &namespaces]).started(), others)
}

/// All that belongs to the first namespace: accounts, groups, memberships, links, claims.
fn rows(database: &Database<'_>) -> Vec<String> {
    let tables = ["users", "groups", "group_members", "user_links", "group_links", "directory_claims"];
    tables.map(|table| database.sql(&format!("SELECT t FROM {table} AS t ORDER BY t::text"))).into()
}

fn reason(status: &Value) -> &str {
    condition(status, "Ready")["reason"].as_str().unwrap_or_default()
}

/// Rule `claimed-directory-id`: row 09 of the attacks, an account and a group that nobody leads any more included.
#[test]
fn a_directory_that_shows_the_ids_of_another_namespaces_takes_nothing_over() {
    let database = Postgres::shared().database("claim_ldif");
    let (first, [second]) = started("claim", ["evil"]);
    first.apply(&directory(&[("Analysts", &["ada", "boss"]), ("Left", &["boss"])]));
    first.apply(&server(&database));
    first.apply(&[sync("teams", &["Analysts", "Left"], &json!({"interval": "1h"}))]);
    first.wait_for("dgs/teams", "Synced");
    // The group is released, and the account is a member of no group that is in sync.
    first.apply(&directory(&[("Analysts", &["ada"]), ("Left", &["boss"])])[..1]);
    first.patch("dgs/teams", &json!({"spec": {"groups": [{"name": "Analysts"}]}}));
    first.wait("dgs/teams", "released", |status| status["lastChange"]["groups"]["released"] == 1);
    let before = rows(&database);

    let stolen = exported(&[("Analysts", &["ada"]), ("Left", &["boss"])])
        .replace("uid: boss", "uid: mallory")
        .replace("mail: boss@corp.example", "mail: mallory@evil.example");
    let [_, evil] = directory(&[]);
    second.apply(&[config_map("corp", "company.ldif", &stolen), evil]);
    second.apply(&server(&database));
    let syncs = [("one", "Analysts"), ("two", "Left")];
    for (name, group) in syncs {
        second.apply(&[sync(name, &[group], &json!({"interval": "1h"}))]);
    }
    let mut hashes = Vec::new();
    for (name, _) in syncs {
        let status = second.wait_for(&format!("dgs/{name}"), "DirectoryIDClaimed");
        assert_eq!(condition(&status, "Stalled")["reason"], "DirectoryIDClaimed", "{status:#}");
        let hash = status["plan"]["hash"].as_str().unwrap().to_owned();
        let message = condition(&status, "Ready")["message"].as_str().unwrap().to_owned();
        let command = format!("kubectl annotate --overwrite -n {} dash/bi {APPROVE}={hash}", second.namespace);
        for part in [&*first.namespace, &command, "Correct the Directory"] {
            assert!(message.contains(part), "`{part}` in {message}");
        }
        hashes.push(hash);
    }
    assert_eq!(rows(&database), before, "nothing was written");
    assert_eq!(hashes[0], hashes[1], "one approval is enough for a namespace");

    // An approval of the sync decides nothing: whoever owns the dashboard server does.
    second.kubectl(&["annotate", "dgs", "two", &format!("{APPROVE}={}", hashes[0])]);
    assert_eq!(reason(&second.run("dgs/two")), "DirectoryIDClaimed");
    second.kubectl(&["annotate", "dgs", "two", &format!("{APPROVE}-")]);
    assert_eq!(rows(&database), before, "nothing was written");

    second.kubectl(&["annotate", "dash", "bi", &format!("{APPROVE}={}", hashes[0])]);
    second.wait_for("dgs/two", "Synced");
    let status = second.wait("dgs/one", "goes on", |status| reason(status) == "SyncedWithProblems");
    assert_eq!(status["problems"][0]["kind"], "OwnedElsewhere", "{status:#}");
    assert_eq!(members(&database, "Left").unwrap(), ["mallory"]);
    assert_eq!(status["plan"], json!(null));

    // It is remembered, so the annotation may go.
    second.kubectl(&["annotate", "dash", "bi", &format!("{APPROVE}-")]);
    assert_eq!(reason(&second.run("dgs/two")), "Synced");
    assert_eq!(reason(&first.run("dgs/teams")), "Synced");
}

#[test]
fn namespaces_share_a_directory_by_its_address_or_by_its_authority() {
    let groups: &[(&str, &[&str])] = &[("Analysts", &["ada"]), ("Editors", &["ada"]), ("Sales", &["ada"])];
    let ldap = OpenLdap::builder("dc=corp,dc=example").entries(&ldif(groups)).entries(&reader("pw")).start();
    let link = Link::to(&ldap.tls_address());
    let database = Postgres::shared().database("claim_ldap");
    let (first, [address, authority, neither]) = started("share", ["address", "authority", "neither"]);
    let lead = |space: &Space, directory: &[Value], group: &str| {
        space.apply(directory);
        space.apply(&server(&database));
        space.apply(&[sync("teams", &[group], &json!({"interval": "1h"}))]);
    };
    // The same certificates, whose text is another one.
    let with_other_authority = |[bind, mut ca, directory]: [Value; 3]| {
        ca["data"]["ca.crt"] = format!("{0}\n{0}", ca["data"]["ca.crt"].as_str().unwrap()).into();
        [bind, ca, directory]
    };
    lead(&first, &ldap_directory("corp", &ldap, "pw"), "Analysts");
    first.wait_for("dgs/teams", "Synced");

    lead(&address, &with_other_authority(ldap_directory("corp", &ldap, "pw")), "Editors");
    address.wait_for("dgs/teams", "Synced");
    lead(&authority, &linked_directory("corp", &ldap, &link), "Sales");
    authority.wait_for("dgs/teams", "Synced");
    // Neither this address nor this authority is the first one's, whatever another address of the list is.
    let mut both = with_other_authority(linked_directory("corp", &ldap, &link));
    both[2]["spec"]["ldap"]["servers"] = json!([link.address(), ldap.tls_address()]);
    lead(&neither, &both, "Analysts");
    let status = neither.wait_for("dgs/teams", "DirectoryIDClaimed");
    let message = condition(&status, "Ready")["message"].as_str().unwrap();
    assert!(message.contains(&link.address()) && !message.contains(&ldap.tls_address()), "{message}");

    // The first one moves there and goes on, and then its address is known.
    first.apply(&with_other_authority(linked_directory("corp", &ldap, &link)));
    let moved = |status: &Value| status["directoryGeneration"] == 2 && reason(status) == "Synced";
    first.wait("dir/corp", "probed", |status| status["observedGeneration"] == 2);
    first.run("dgs/teams");
    first.wait("dgs/teams", "moved", moved);
    assert_eq!(reason(&neither.run("dgs/teams")), "SyncedWithProblems");
    assert_eq!(reason(&address.run("dgs/teams")), "Synced", "the former address stays known");
}
