//! What the commands without a cluster take, say and end with.

use std::process::Command;

use serde_json::json;

use crate::company::BASE;
use crate::harness::{OpenLdap, binary, command, folder};
use crate::ldap_files::{LdapFiles, in_clear};
use crate::sync_files::{Group, Person, SyncFiles, printed};
use crate::whole_run::Store;

const PEOPLE: [Person<'static>; 3] = [("1", "ada"), ("2", "bob"), ("3", "cy")];
const GROUPS: [Group<'static>; 1] = [("A", "Alpha", &["ada", "bob", "cy"])];
const ALPHA: &str = "groups: [{name: Alpha}]";
const ALPHA_AND_NOTHING: &str = "groups: [{name: Alpha}, {name: Betta}]";

fn run(files: &SyncFiles, arguments: &[&str]) -> (Option<i32>, String) {
    let path = files.folder().join("sync.yaml").display().to_string();
    printed(&command::output(&mut binary::command(&[&["sync", "-f", &path], arguments].concat()), ""))
}

/// Code 6 alerts cron as long as something needs an administrator, also on days on which something changes.
#[test]
fn six_says_that_something_needs_fixing() {
    let files = SyncFiles::for_sqlite();
    files.write_directory(&PEOPLE, &GROUPS);
    let url = "sqlite:store.db";
    files.write_manifest(url, ALPHA_AND_NOTHING, "", "");
    let ends = |arguments: &[&str], code: i32, word: &str| {
        let (ended, text) = run(&files, arguments);
        assert_eq!(ended, Some(code), "{text}");
        assert!(text.contains(word), "{word}: {text}");
    };
    ends(&["--preview", "--exit-code"], 3, "Previewed");
    ends(&["--exit-code"], 6, "1 group created");
    ends(&["--exit-code"], 6, "nothing written");
    ends(&["--preview", "--exit-code"], 6, "Betta");
    ends(&[], 0, "SyncedWithProblems");
    files.write_manifest(url, ALPHA, "", "");
    ends(&["--exit-code"], 0, "Synced");
    files.write_directory(&PEOPLE, &[("A", "Alpha", &["ada", "bob"])]);
    ends(&["--exit-code"], 5, "1 member removed");
}

#[test]
fn an_approval_that_matches_nothing_is_answered() {
    let files = SyncFiles::for_sqlite();
    files.write_directory(&PEOPLE, &GROUPS);
    files.write_manifest("sqlite:store.db", ALPHA, "limits: {memberRemovals: {percent: 0, allow: 0}}", "");
    let wrong = "ffffffffffffffffffffffffffffffff";
    assert_eq!(run(&files, &[]).0, Some(0));
    let (code, text) = run(&files, &["--approve", wrong]);
    assert_eq!(code, Some(2), "{text}");
    assert!(
        text.ends_with(&format!("the approval \"{wrong}\" matches no held changes, because none are held\n")),
        "{text}"
    );

    files.write_directory(&PEOPLE, &[("A", "Alpha", &["ada", "bob"])]);
    let (code, text) = run(&files, &["--approve", wrong]);
    assert_eq!(code, Some(3), "{text}");
    let said = "the hash of the held changes is ";
    let hash = text.split(said).nth(1).unwrap_or_else(|| panic!("{text}")).trim().to_owned();
    assert!(
        text.contains("default/teams: the approval \"ffff") && text.contains(&format!("--approve {hash}")),
        "{text}"
    );
    // What programs read stays what it is.
    let mut command = files.command();
    let output = command.args(["-o", "json", "--approve", wrong]).output().unwrap();
    assert!(serde_json::from_slice::<serde_json::Value>(&output.stdout).is_ok(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains(&hash), "{output:?}");

    let (code, text) = run(&files, &["--exit-code", "--approve", &hash]);
    assert_eq!(code, Some(5), "{text}");
    assert!(!text.contains("matches no held"), "{text}");
    assert_eq!(run(&files, &["--approve", &hash]).0, Some(2), "the approval was for one time");
}

#[test]
fn files_without_a_sync_are_told() {
    let files = SyncFiles::for_sqlite();
    let path = files.folder().join("sync.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    let without = text.rsplit_once("---\n").unwrap().0;
    std::fs::write(&path, without).unwrap();
    for said in [run(&files, &[]), files.check()] {
        assert_eq!(said.0, Some(2), "{said:?}");
        assert!(said.1.ends_with(
            "the files contain no DirectoryGroupSync, so there is nothing to synchronize: specify the file that contains it\n"
        ));
    }
    assert!(files.check().1.contains("Directory default/corp: ok: "), "what there is, is tried");
}

#[test]
fn a_key_that_a_secret_does_not_have_is_told_with_those_that_it_has() {
    let files = SyncFiles::for_sqlite();
    let path = files.folder().join("sync.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("key: url", "key: uri")).unwrap();
    let (code, text) = run(&files, &[]);
    assert_eq!(code, Some(2), "{text}");
    assert!(
        text.contains("Secret bi has no key \"uri\"; it has 1 other key: correct the key in the reference"),
        "{text}"
    );
}

/// What `kubectl get … -o yaml` prints is taken as it is, and a folder as `kubectl apply -f` takes it.
#[test]
fn what_kubectl_prints_is_synchronized() {
    let files = SyncFiles::for_sqlite();
    files.write_directory(&PEOPLE, &GROUPS);
    let path = files.folder().join("sync.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let metadata = json!({"uid": "6b0a", "resourceVersion": "7", "generation": 2, "creationTimestamp": "2026-11-27T13:00:00Z",
        "managedFields": [{"manager": "kubectl", "operation": "Update", "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {}}}]});
    let items: Vec<serde_json::Value> = serde_yaml::Deserializer::from_str(&text)
        .map(|document| {
            let mut item: serde_json::Value = serde::Deserialize::deserialize(document).unwrap();
            item["metadata"].as_object_mut().unwrap().extend(metadata.as_object().unwrap().clone());
            if item["kind"] == "DirectoryGroupSync" {
                item["status"] = json!({"observedGeneration": 2, "conditions": [], "fieldOfANewerVersion": 1});
            }
            item
        })
        .collect();
    let list = json!({"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}, "items": items});
    folder::write(files.folder(), "dump.yml", &serde_yaml::to_string(&list).unwrap());
    let folder = files.folder().display().to_string();
    let run = |file: &str| printed(&binary::command(&["sync", "--exit-code", "-f", file]).output().unwrap());
    let (code, text) = run(&folder);
    assert_eq!(code, Some(5), "{text}");
    folder::write(files.folder(), "dump.json", &list.to_string());
    assert_eq!(run(&format!("{folder}/dump.json")).0, Some(0));
    let mut list = list;
    list["items"][3]["spec"]["intervall"] = json!("5m");
    folder::write(files.folder(), "dump.json", &list.to_string());
    let (code, text) = run(&format!("{folder}/dump.json"));
    assert_eq!(code, Some(2), "{text}");
    let problem = "dump.json, document 1, item 4: DirectoryGroupSync default/teams: spec.intervall: unknown field; did you \
                   mean `interval`?\n";
    assert!(text.ends_with(problem), "{text}");
    // A file with another ending that looks like a manifest is reported.
    folder::write(files.folder(), "sync.yaml.txt", &text_of_ours());
    std::fs::remove_file(files.folder().join("dump.json")).unwrap();
    let (code, text) = run(&folder);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("sync.yaml.txt is skipped: "), "{text}");
}

fn text_of_ours() -> String {
    "apiVersion: directorysync.dev/v1alpha1\nkind: Directory\n".to_owned()
}

fn ldap_run(files: &LdapFiles, servers: &[&str]) -> String {
    let sync = json!({"groups": [{"filter": "(objectClass=*)"}]});
    let mut command: Command = files.command(&in_clear(servers), &sync, &[]);
    printed(&command::output(&mut command, "")).1
}

#[test]
fn a_server_that_cannot_be_reached_is_told_once() {
    let ldap = OpenLdap::builder(BASE).start();
    let files = LdapFiles::new(Store::new(), BASE, &ldap.administrator(), ldap.password());
    let text = ldap_run(&files, &["127.0.0.1:1"]);
    assert_eq!(text.matches("connecting to 127.0.0.1:1: the connection was refused").count(), 1, "{text}");
    assert!(text.starts_with("default/teams: DirectoryUnreachable: "), "{text}");
    // If another server answers, only a warning reports it.
    let text = ldap_run(&files, &["127.0.0.1:1", &ldap.address()]);
    assert!(text.contains("WARN") && text.contains("cannot use directory server"), "{text}");
    assert_eq!(text.matches("connecting to 127.0.0.1:1: the connection was refused").count(), 1, "{text}");
}
