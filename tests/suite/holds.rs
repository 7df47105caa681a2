//! Held removals: what is shown, and what an approval does.

use serde_json::{Value, json};

use crate::cluster::{Cluster, condition, members};
use crate::company::{config_map, directory, exported, object, server, sync};
use crate::harness::{Postgres, binary, command, folder};

/// The hash of nothing that is held.
const WRONG: &str = "ffffffffffffffffffffffffffffffff";

/// Whatever is removed is held.
fn limits() -> Value {
    json!({"memberRemovals": {"percent": 0, "allow": 0}, "groupDeletions": {"percent": 0, "allow": 0}})
}

#[test]
fn held_removals_wait_for_exactly_their_approval() {
    let database = Postgres::shared().database("holds");
    let cluster = Cluster::start("holds");
    let company = |groups: &[(&str, &[&str])]| {
        cluster.apply(&[config_map("corp", "company.ldif", &exported(groups))]);
        cluster.run("dgs/teams")
    };
    cluster.apply(&directory(&[("Analysts", &["ada", "bob", "eve"]), ("Editors", &["ada"])]));
    cluster.apply(&server(&database));
    let spec = json!({"interval": "1h", "limits": limits()});
    cluster.apply(&[sync("teams", &["Analysts", "Editors"], &spec)]);
    cluster.wait_for("dgs/teams", "Synced");
    assert_eq!(cluster.kubectl(&["get", "dgsplan", "-o", "name"]), "");

    // Additions go on, removals wait.
    let status = company(&[("Analysts", &["ada", "cy", "eve"]), ("Editors", &["ada"])]);
    let ready = condition(&status, "Ready");
    assert_eq!((&ready["status"], &ready["reason"]), (&json!("True"), &json!("Held")), "{status:#}");
    assert_eq!(condition(&status, "Held")["status"], "True");
    assert!(condition(&status, "Stalled").is_null(), "everything else was applied: {status:#}");
    assert_eq!(status["lastRun"]["result"], "Held");
    assert_eq!(
        (&status["lastRun"]["members"]["added"], &status["lastRun"]["members"]["removed"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(members(&database, "Analysts").unwrap(), ["ada", "bob", "cy", "eve"]);
    let first = status["plan"].clone();
    // The addition has changed the whole that the reason speaks of, and nothing else.
    let status = cluster.run("dgs/teams");
    let plan = status["plan"].clone();
    assert_eq!((&plan["hash"], &plan["heldSinceTime"]), (&first["hash"], &first["heldSinceTime"]));
    assert_eq!(plan["members"]["removed"], 1, "{plan:#}");
    let hash = plan["hash"].as_str().unwrap().to_owned();
    let command =
        format!("kubectl annotate --overwrite -n {} dgs/teams directorysync.dev/approve={hash}", cluster.namespace);
    assert!(condition(&status, "Ready")["message"].as_str().unwrap().ends_with(&command), "{status:#}");

    // At length, in an object that goes with the sync.
    let at_length = cluster.get("dgsplan/teams");
    assert_eq!(at_length["hash"], hash, "{at_length:#}");
    assert_eq!(at_length["heldSinceTime"], plan["heldSinceTime"]);
    assert_eq!((&at_length["removals"], at_length["changes"].as_array().unwrap().len()), (&json!(1), 1));
    assert!(at_length["spec"].is_null(), "nobody asks for a plan: {at_length:#}");
    assert_eq!(at_length["metadata"]["ownerReferences"][0]["uid"], cluster.get("dgs/teams")["metadata"]["uid"]);
    assert_eq!(plan["planRef"]["name"], "teams");
    let table = cluster.kubectl(&["get", "dgsplan"]);
    let columns: Vec<_> = table.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(columns, ["NAME", "HASH", "REMOVALS", "SINCE", "AGE"]);

    // As long as the same removals are held nothing changes; neither a run nor another approval writes the plan again.
    let says = |status: &Value, text: &str| condition(status, "Held")["message"].as_str().unwrap().contains(text);
    cluster.kubectl(&["annotate", "dgs", "teams", &format!("directorysync.dev/approve={WRONG}")]);
    let answer = format!("the approval \"{WRONG}\" matches no held changes; the hash of the held changes is {hash}");
    let answered = cluster.wait("dgs/teams", "the approval is answered", |status| says(status, &answer));
    assert_eq!(answered["lastRun"], status["lastRun"], "no run was needed for that");
    let status = cluster.run("dgs/teams");
    assert!(status["plan"] == plan && says(&status, &answer), "{status:#}");
    let told = cluster.events("teams").into_iter().filter(|(reason, _)| reason == "ApprovalUnmatched");
    assert_eq!(told.map(|(_, note)| note).collect::<Vec<_>>(), [answer], "said once");
    let version = |object: &Value| object["metadata"]["resourceVersion"].clone();
    assert_eq!(version(&cluster.get("dgsplan/teams")), version(&at_length));
    let writes = cluster.requests().into_iter().filter(|request| request.object.resource == "directorygroupsyncplans");
    assert_eq!(writes.map(|request| request.verb).collect::<Vec<_>>(), ["patch", "patch"], "never read");
    assert_eq!(members(&database, "Analysts").unwrap(), ["ada", "bob", "cy", "eve"]);

    // Another removal: an approval of the first ones alone applies nothing.
    cluster.apply(&[config_map(
        "corp",
        "company.ldif",
        &exported(&[("Analysts", &["ada", "cy"]), ("Editors", &["ada"])]),
    )]);
    let approve = |hash: &str| {
        let annotation = format!("directorysync.dev/approve={hash}");
        cluster.kubectl(&["annotate", "--overwrite", "dgs/teams", &annotation]);
    };
    approve(&hash);
    let status = cluster.wait("dgs/teams", "another hash", |status| {
        status["plan"]["hash"].is_string() && status["plan"]["hash"] != hash.as_str()
    });
    assert_eq!(status["plan"]["heldSinceTime"], plan["heldSinceTime"], "the hold goes on");
    assert_eq!(status["plan"]["members"]["removed"], 2, "{status:#}");
    assert_eq!(members(&database, "Analysts").unwrap(), ["ada", "bob", "cy", "eve"]);

    // The approval of what is shown runs at once.
    let hash = status["plan"]["hash"].as_str().unwrap().to_owned();
    approve(&hash);
    cluster.kubectl(&["wait", "--for=condition=Held=false", "--timeout=60s", "dgs/teams"]);
    let status = cluster.wait_for("dgs/teams", "Synced");
    assert!(status["plan"].is_null() && condition(&status, "Stalled").is_null(), "{status:#}");
    assert_eq!(status["lastApprovedHash"], hash.as_str());
    assert!(!says(&status, "matches no held"), "the used one is not a mistake: {status:#}");
    assert_eq!(status["lastChange"]["members"]["removed"], 2);
    assert_eq!(members(&database, "Analysts").unwrap(), ["ada", "cy"]);
    assert_eq!(cluster.kubectl(&["get", "dgsplan", "-o", "name"]), "");

    // The same removals later are another hold: the approval that is still there does nothing.
    company(&[("Analysts", &["ada", "bob", "cy", "eve"]), ("Editors", &["ada"])]);
    let status = company(&[("Analysts", &["ada", "cy"]), ("Editors", &["ada"])]);
    assert_eq!(condition(&status, "Ready")["reason"], "Held", "{status:#}");
    assert_ne!(status["plan"]["hash"], hash.as_str());
    assert_eq!(members(&database, "Analysts").unwrap(), ["ada", "bob", "cy", "eve"]);
    // It ends by itself when the directory shows them again.
    let status = company(&[("Analysts", &["ada", "bob", "cy", "eve"]), ("Editors", &["ada"])]);
    assert_eq!(condition(&status, "Ready")["reason"], "Synced", "{status:#}");
    assert_eq!(cluster.kubectl(&["get", "dgsplan", "-o", "name"]), "");

    let told = cluster.events("teams");
    let reasons: Vec<&str> = told.iter().map(|(reason, _)| reason.as_str()).collect();
    for reason in ["Held", "Approved", "HoldEnded"] {
        assert!(reasons.contains(&reason), "{told:?}");
    }
    let people = ["ada", "bob", "cy", "eve"];
    assert!(!told.iter().any(|(_, note)| note.split_whitespace().any(|word| people.contains(&word))), "{told:?}");
}

#[test]
fn a_directory_that_shows_no_group_at_all_stalls() {
    let database = Postgres::shared().database("vanished");
    let cluster = Cluster::start("vanished");
    cluster.apply(&directory(&[("Analysts", &["ada"]), ("Editors", &["ada"])]));
    cluster.apply(&server(&database));
    let spec = json!({"interval": "1h", "prune": {"confirmAfter": "0s"}});
    cluster.apply(&[sync("teams", &["Analysts", "Editors"], &spec)]);
    cluster.wait_for("dgs/teams", "Synced");

    cluster.apply(&[config_map("corp", "company.ldif", &exported(&[]))]);
    let status = cluster.run("dgs/teams");
    let ready = condition(&status, "Ready");
    assert_eq!((&ready["status"], &ready["reason"]), (&json!("False"), &json!("Held")), "{status:#}");
    assert_eq!(condition(&status, "Stalled")["reason"], "Held");
    assert_eq!((&condition(&status, "Held")["status"], &status["lastRun"]["result"]), (&json!("True"), &json!("Held")));
    assert_eq!(members(&database, "Analysts").unwrap(), ["ada"]);

    cluster.apply(&directory(&[("Analysts", &["ada"]), ("Editors", &["ada"])]));
    let status = cluster.run("dgs/teams");
    assert_eq!(condition(&status, "Ready")["reason"], "Synced", "{status:#}");
    assert_eq!(condition(&status, "Held")["status"], "False");
}

#[test]
fn a_plan_that_a_killed_operator_left_behind_goes() {
    let database = Postgres::shared().database("leftover");
    let mut cluster = Cluster::start("leftover");
    cluster.apply(&directory(&[("Analysts", &["ada"])]));
    cluster.apply(&server(&database));
    cluster.apply(&[sync("teams", &["Analysts"], &json!({"interval": "1h"}))]);
    cluster.wait_for("dgs/teams", "Synced");
    cluster.stop();
    let leftover = json!({"apiVersion": "directorysync.dev/v1alpha1", "kind": "DirectoryGroupSyncPlan",
        "metadata": {"name": "teams"}, "hash": "ab", "removals": 1, "reasons": [], "changes": []});
    cluster.apply(&[leftover]);
    assert_ne!(cluster.kubectl(&["get", "dgsplan", "-o", "name"]), "");
    cluster.resume();
    cluster.run("dgs/teams");
    assert_eq!(cluster.kubectl(&["get", "dgsplan", "-o", "name"]), "");
}

#[test]
fn files_are_approved_on_the_command_line() {
    let folder = folder::temporary("held");
    let file = folder.path().join("teams.yaml");
    let company = folder.path().join("company.ldif");
    let documents = [
        object("Directory", "corp", json!({"baseDN": crate::company::BASE, "ldif": {"path": "company.ldif"}})),
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "bi-db"},
            "stringData": {"url": "sqlite:store.db"}}),
        object("DashboardServer", "bi", json!({"sql": {"secretKeyRef": {"name": "bi-db", "key": "url"}}})),
        sync("teams", &["Analysts"], &json!({"limits": limits()})),
    ];
    let text: Vec<String> = documents.iter().map(Value::to_string).collect();
    std::fs::write(&file, text.join("\n---\n")).unwrap();
    let run = |arguments: &[&str]| {
        let path = file.display().to_string();
        let mut command = binary::command(&[&["sync", "-f", &path], arguments].concat());
        let output = command::output(&mut command, "");
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    };
    let write = |members: &[&str]| std::fs::write(&company, exported(&[("Analysts", members)])).unwrap();
    write(&["ada", "bob"]);
    assert_eq!(run(&[]).0, 0);

    write(&["ada", "cy"]);
    let (code, said) = run(&["--exit-code"]);
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("1 membership removal needs approval") && said.contains("bob"), "{said}");
    let hash = said.split("--approve ").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    assert!(said.contains(&format!("directory-group-sync sync -f {} --approve {hash}", file.display())), "{said}");
    assert_eq!(run(&["--approve", "ffffffffffffffffffffffffffffffff"]).0, 3);
    assert_eq!(run(&["--preview"]).0, 3);
    assert_eq!(run(&["--exit-code", "--approve", &hash]).0, 5);
    assert_eq!(run(&["--exit-code"]).0, 0);
}
