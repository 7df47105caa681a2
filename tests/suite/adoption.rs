//! Who decides what a sync may take over: rules `allowed-adoption` and `ownership`.

use std::fs;

use serde_json::{Value, json};

use crate::cluster::{Cluster, condition, members};
use crate::company::{directory, server, sync};
use crate::harness::Postgres;
use crate::reports::execute;
use crate::sync_files::{SyncFiles, printed};

const GROUPS: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob"])];

/// Rule `allowed-adoption`.
#[test]
fn nothing_is_adopted_that_the_dashboard_server_does_not_allow() {
    let files = SyncFiles::for_sqlite();
    files.write_directory(&[("ada", "ada")], &[("Team", "Team", &["ada"])]);
    for (adoption, field) in [
        ("groups: ByName, accounts: ByUsername", "spec.adoption.groups"),
        ("accounts: ByEmail", "spec.adoption.accounts"),
        ("fromOwners: [standalone/default/others]", "spec.adoption.fromOwners"),
    ] {
        for allows in [false, true] {
            files.name_store("sqlite:store.db", &format!("mode: Preview, adoption: {{{adoption}}}"));
            let path = files.folder().join("sync.yaml");
            let manifest = fs::read_to_string(&path).unwrap();
            assert!(manifest.contains("allowAdoption: true"), "{manifest}");
            if !allows {
                fs::write(&path, manifest.replace("  allowAdoption: true\n", "")).unwrap();
            }
            let (code, text) = files.sync();
            let refusal = format!(
                "AdoptionNotAllowed: DirectoryGroupSync {field}: the DashboardServer \"bi\" does not allow to take over \
                 existing groups and accounts: remove {field}, or set spec.allowAdoption of the DashboardServer to true"
            );
            assert_eq!(text.contains(&refusal), !allows, "{text}");
            assert_eq!(code, Some(if allows { 3 } else { 2 }), "{text}");
            let (code, text) = files.check();
            assert_eq!((text.contains(&refusal), code == Some(2)), (!allows, !allows), "{code:?}: {text}");
        }
    }
}

/// Rule `allowed-adoption`: the sync stalls, and runs once its server allows what it asks for.
#[test]
fn a_sync_waits_for_its_dashboard_server_to_allow_adoption() {
    let database = Postgres::shared().database("allow_adoption");
    let cluster = Cluster::start("allow-adoption");
    cluster.apply(&directory(GROUPS));
    cluster.apply(&server(&database));
    cluster.apply(&[sync("teams", &["Analysts"], &json!({}))]);
    cluster.wait_for("dgs/teams", "Synced");
    database.sql("DELETE FROM user_links");
    database.sql("DELETE FROM group_links");

    let adoption = json!({"groups": "ByName", "accounts": "ByUsername"});
    cluster.patch("dgs/teams", &json!({"spec": {"adoption": adoption}}));
    let status = cluster.wait_for("dgs/teams", "AdoptionNotAllowed");
    assert_eq!(condition(&status, "Ready")["status"], "False", "{status:#}");
    assert_eq!(condition(&status, "Stalled")["status"], "True", "{status:#}");
    assert_eq!(database.sql("SELECT count(*) FROM group_links").trim(), "0");

    cluster.patch("dash/bi", &json!({"spec": {"allowAdoption": true}}));
    let status = cluster.wait_for("dgs/teams", "Synced");
    let change = &status["lastChange"];
    assert_eq!((&change["groups"]["adopted"], &change["accounts"]["adopted"]), (&json!(1), &json!(2)), "{status:#}");
    let events = cluster.events("teams");
    assert!(events.iter().any(|(_, text)| text.contains("1 group adopted, 2 accounts adopted")), "{events:?}");
    assert_eq!(database.sql("SELECT count(*) FROM group_links").trim(), "1");
}

/// Rule `adoption-by-email`: nobody takes an account over unseen.
#[tokio::test]
async fn an_adoption_by_email_names_both_names_and_says_what_it_trusts() {
    let files = SyncFiles::for_sqlite();
    files.write_directory(&[("zoe", "zoe")], &[("Team", "Team", &["zoe"])]);
    files.sync_writes();
    execute(&files.sqlite(), "DELETE FROM user_links; UPDATE users SET username = 'boss', email = 'zoe@corp.example'")
        .await;
    files.name_store("sqlite:store.db", "adoption: {accounts: ByEmail}");
    let story = "  account \"zoe\": adopted by its e-mail address, renamed from \"boss\"\n";
    let trusts = "accounts are adopted by their e-mail addresses: whoever may change an address in the directory can take \
                  over the account that has it";
    let (code, preview) = printed(&files.command().arg("--preview").output().unwrap());
    assert_eq!(code, Some(3), "{preview}");
    assert!(preview.contains(story) && preview.contains(trusts), "{preview}");
    let output = files.command().args(["-o", "json"]).output().unwrap();
    let status = &serde_json::from_slice::<Value>(&output.stdout).unwrap()[0]["status"];
    let accounts = &status["lastChange"]["accounts"];
    assert_eq!((&accounts["adopted"], &accounts["renamed"]), (&json!(1), &json!(1)), "{status:#}");
}

/// Rule `adoption-by-email`: however many there are, none is left out.
#[tokio::test]
async fn a_run_names_every_account_that_it_adopts_or_renames() {
    let files = SyncFiles::for_sqlite();
    let names: Vec<String> = (0..60).map(|number| format!("user{number:03}")).collect();
    let people: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), name.as_str())).collect();
    let members: Vec<&str> = names.iter().map(String::as_str).collect();
    files.write_directory(&people, &[("All", "All", &members)]);
    files.sync_writes();
    execute(&files.sqlite(), "DELETE FROM user_links; UPDATE users SET username = 'old-' || username").await;
    files.name_store(
        "sqlite:store.db",
        "adoption: {accounts: ByEmail}, limits: {accountRenames: {allow: 100, percent: 100, max: 100}}",
    );
    let (_, text) = files.sync();
    for name in &names {
        let story = format!("account \"{name}\": adopted by its e-mail address, renamed from \"old-{name}\"\n");
        assert!(text.contains(&story), "{story}: {text}");
    }
}

/// Rule `ownership`.
#[test]
fn nobody_takes_the_groups_of_a_sync_that_exists() {
    let database = Postgres::shared().database("living_owner");
    let cluster = Cluster::start("living-owner");
    cluster.apply(&directory(GROUPS));
    cluster.apply(&server(&database));
    cluster.patch("dash/bi", &json!({"spec": {"allowAdoption": true}}));
    cluster.apply(&[sync("first", &["Analysts"], &json!({}))]);
    cluster.wait_for("dgs/first", "Synced");
    let owner = database.sql("SELECT owner FROM group_links");

    let named = json!({"adoption": {"fromOwners": [owner.trim()]}});
    cluster.apply(&[sync("second", &["Analysts"], &named)]);
    let status = cluster.wait_for("dgs/second", "SyncedWithProblems");
    assert_eq!(status["problems"][0]["kind"], "OwnedElsewhere", "{status:#}");
    assert_eq!(database.sql("SELECT owner FROM group_links"), owner);

    cluster.kubectl(&["delete", "dgs", "first"]);
    cluster.run("dgs/second");
    cluster.wait_for("dgs/second", "Synced");
    assert_ne!(database.sql("SELECT owner FROM group_links"), owner);
    assert_eq!(members(&database, "Analysts").unwrap(), ["ada", "bob"]);
}
