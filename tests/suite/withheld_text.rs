//! Rule `withheld-text`: private texts in every Secret, `ConfigMap` and file that a resource can name, broken in many ways.
//! None of them reaches the output of a command, a status, an event or a log.

use serde_json::{Value, json};

use crate::cluster::{Cluster, condition};
use crate::company::{BASE, config_map, exported, object, secret, sync};
use crate::harness::{Certificates, binary, folder};

/// What is searched for, in any case. None of our words has it.
const PRIVATE: &str = "k4n4ry";

/// Private texts as somebody's Secret or file may have them.
fn texts() -> Vec<String> {
    let pem = Certificates::new().client("reader");
    let (certificate, key) = (pem.certificate, pem.key);
    let lines: Vec<&str> = certificate.lines().collect();
    let broken = |middle: &str| [lines[0], middle, lines[lines.len() - 1]].join("\n");
    vec![
        PRIVATE.to_owned(),
        format!("PATH={PRIVATE}\0HOME={PRIVATE}\0"),
        format!("user: {PRIVATE}\npassword: {PRIVATE}\n"),
        format!("{PRIVATE}: {PRIVATE}\n"),
        format!("{PRIVATE};range=0-1: x\n"),
        format!("dn: {PRIVATE}\n{PRIVATE}:: ?\n\n"),
        format!("dn: cn=a,dc=x\nchangetype: {PRIVATE}\n"),
        format!("dn: cn=a,dc=x\n{PRIVATE}:< file:///{PRIVATE}\n\n"),
        format!("ref: ldap://{PRIVATE}/{BASE}??sub\n"),
        format!("search: 2\nresult: {PRIVATE}\n"),
        format!("version: {PRIVATE}\n"),
        format!("{}\n\ndn: {PRIVATE}\nobjectClass: person\nentryUUID: {PRIVATE}\n\n", exported(&[("Team", &["ada"])])),
        format!("-----BEGIN {PRIVATE}\n"),
        format!("-----BEGIN CERTIFICATE----- {PRIVATE}\n{PRIVATE}\n-----END {PRIVATE}-----\n"),
        broken(PRIVATE),
        broken(&format!("{PRIVATE}!\n{PRIVATE}")),
        broken("MAA="),
        format!("{key}\n{PRIVATE}"),
        format!("{{\"{PRIVATE}\": \"{PRIVATE}\""),
        format!("https://{PRIVATE}:{PRIVATE}@{PRIVATE}/{PRIVATE}"),
        format!("postgres://{PRIVATE}"),
        format!("postgres://u:{PRIVATE}/x@127.0.0.1:1/{PRIVATE}"),
        format!("postgres://u@127.0.0.1:1/d?{PRIVATE}=1"),
        format!("postgres://u@127.0.0.1:1/d?sslmode={PRIVATE}"),
        format!("postgres://u:{PRIVATE}@127.0.0.1:1/d"),
        format!("mysql://{PRIVATE}"),
        String::new(),
    ]
}

/// The resources, each of which names one of these objects, with the names of all Directories.
fn resources(index: usize, key: &str) -> (Vec<Value>, Vec<String>) {
    let (private, map) = (format!("private-{index}"), format!("map-{index}"));
    let ldap = |more: Value| {
        let mut ldap = json!({"servers": ["127.0.0.1:1"], "auth": {"anonymous": {}}});
        ldap.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"baseDN": BASE, "ldap": ldap})
    };
    let of = |kind: &str, name: &str| json!({"baseDN": BASE, "ldif": {kind: {"name": name, "key": key}}});
    let ca = |kind: &str, name: &str| json!({"caRef": {"kind": kind, "name": name, "key": key}});
    let directories = [
        of("secretKeyRef", &private),
        of("configMapKeyRef", &map),
        of("secretKeyRef", &format!("{private}-pair")),
        ldap(json!({"tls": ca("Secret", &private)})),
        ldap(json!({"tls": ca("ConfigMap", &map)})),
        ldap(json!({"auth": {"simple": {"secretRef": {"name": format!("{private}-pair")}}}})),
        ldap(json!({"auth": {"external": {"secretRef": {"name": format!("{private}-pair")}}}})),
        ldap(json!({"auth": {"simple": {"secretRef": {"name": private}}}})),
    ];
    let servers = [
        json!({"sql": {"secretKeyRef": {"name": private, "key": key}}}),
        json!({"sql": {"secretKeyRef": {"name": format!("{private}-pair"), "key": "url"}, "tls": ca("Secret", &private)}}),
        json!({"sql": {"secretKeyRef": {"name": private, "key": "none"}}}),
    ];
    let mut objects = Vec::new();
    let mut names = Vec::new();
    for (number, spec) in directories.into_iter().enumerate() {
        let name = format!("d-{index}-{number}");
        objects.push(object("Directory", &name, spec));
        names.push(name);
    }
    for (number, spec) in servers.into_iter().enumerate() {
        objects.push(object("DashboardServer", &format!("s-{index}-{number}"), spec));
    }
    (objects, names)
}

/// The objects with a private text.
fn private(index: usize, key: &str, text: &str) -> Vec<Value> {
    let pair = json!({"username": text, "password": text, "tls.crt": text, "tls.key": text, PRIVATE: text,
        "url": "postgres://u@127.0.0.1:1/d"});
    let mut objects = vec![
        secret(&format!("private-{index}"), json!({key: text, PRIVATE: text})),
        secret(&format!("private-{index}-pair"), pair),
    ];
    if !text.contains('\0') {
        objects.push(config_map(&format!("map-{index}"), key, text));
    }
    objects
}

/// The syncs of all of them.
fn syncs(index: usize, directories: &[String]) -> Vec<Value> {
    let sync = |(number, directory): (usize, &String)| {
        let server = format!("s-{index}-{}", number % 3);
        let over = json!({"directoryRef": {"name": directory}, "dashboardServerRef": {"name": server}});
        sync(&format!("sync-{index}-{number}"), &["Team"], &over)
    };
    directories.iter().enumerate().map(sync).collect()
}

#[track_caller]
fn is_withheld(said: &str, what: &str) {
    let said = said.to_lowercase();
    if let Some(place) = said.find(PRIVATE) {
        let around: String = said[..place].chars().rev().take(200).collect::<Vec<_>>().into_iter().rev().collect();
        panic!("{what}: …{around}{PRIVATE}…");
    }
    // As a list of octets, which a library's error may have.
    let octets = format!("{:?}", PRIVATE.as_bytes());
    assert!(!said.contains(octets.trim_matches(['[', ']'])), "{what}: {said}");
}

#[test]
fn a_command_says_nothing_of_what_it_cannot_read() {
    for (index, text) in texts().iter().enumerate() {
        let folder = folder::temporary("withheld");
        folder::write(folder.path(), "private.txt", text);
        let (mut objects, mut directories) = resources(index, "key");
        let by_path =
            |name: &str, path: &str| object("Directory", name, json!({"baseDN": BASE, "ldif": {"path": path}}));
        objects.push(by_path("path", "private.txt"));
        directories.push("path".to_owned());
        objects.extend(private(index, "key", text));
        objects.extend(syncs(index, &directories));
        let all = objects.iter().map(Value::to_string).collect::<Vec<_>>().join("\n---\n");
        let file = folder::write(folder.path(), "all.yaml", &all);
        for arguments in [
            &["check", "--log-level", "trace"][..],
            &["sync", "--preview", "--log-level", "trace", "-o", "json"],
            &["sync", "--log-level", "trace", "--log-format", "json"],
        ] {
            let mut command = binary::command(&[arguments, &["-f", &file.display().to_string()]].concat());
            let output = command.env("XDG_STATE_HOME", folder.path()).output().unwrap();
            assert_ne!(output.status.code(), Some(0), "{output:?}");
            let said =
                [output.stdout, output.stderr].map(|octets| String::from_utf8_lossy(&octets).into_owned()).concat();
            assert!(said.contains(&format!("sync-{index}-7")), "the resources themselves are right: {said}");
            is_withheld(&said, &format!("{arguments:?} of {text:?}"));
        }
        // A foreign file that somebody takes for resources.
        let foreign = folder.path().join("private.txt").display().to_string();
        for what in ["check", "sync"] {
            let output = binary::command(&[what, "-f", &foreign, "--log-level", "trace"]).output().unwrap();
            let said =
                [output.stdout, output.stderr].map(|octets| String::from_utf8_lossy(&octets).into_owned()).concat();
            is_withheld(&said, &format!("{what} of the file {text:?}"));
        }
    }
}

#[test]
fn an_operator_says_nothing_of_what_it_cannot_read() {
    let cluster = Cluster::start("withheld");
    let mut all = Vec::new();
    // Each kind of text once: the commands above have tried all of them in the same code.
    for (index, text) in texts().iter().enumerate().step_by(3) {
        let (objects, directories) = resources(index, "key");
        all.extend(private(index, "key", text));
        all.extend(objects);
        // First, because a Directory to which no sync refers is not probed.
        all.splice(0..0, syncs(index, &directories));
    }
    for object in &mut all {
        object["metadata"]["namespace"] = cluster.namespace.clone().into();
    }
    let list = json!({"apiVersion": "v1", "kind": "List", "items": all}).to_string();
    let folder = folder::temporary("withheld");
    let file = folder::write(folder.path(), "all.json", &list);
    cluster.kubectl(&["create", "-f", &file.display().to_string()]);
    crate::harness::wait::until("every object has a status", std::time::Duration::from_mins(3), || {
        let list: Value = serde_json::from_str(&cluster.kubectl(&["get", "dgs,dir,dash", "-o", "json"])).unwrap();
        let items = list["items"].as_array().unwrap();
        items.iter().all(|item| {
            let ready = condition(&item["status"], "Ready");
            let is_sync = item["kind"] == "DirectoryGroupSync";
            (is_sync && !item["status"].is_null()) || ready["status"] == "False" || ready["status"] == "True"
        })
    });
    let mut objects: Value = serde_json::from_str(&cluster.kubectl(&["get", "dgs,dir,dash", "-o", "json"])).unwrap();
    let items = objects["items"].as_array_mut().unwrap();
    for item in items {
        is_withheld(&item["status"].to_string(), &item["metadata"]["name"].to_string());
        assert!(!item["status"].is_null());
    }
    let events: Value = serde_json::from_str(&cluster.kubectl(&["get", "events.events.k8s.io", "-o", "json"])).unwrap();
    for event in events["items"].as_array().unwrap() {
        is_withheld(&event["note"].to_string(), "an event");
    }
    is_withheld(&cluster.log(), "the log");
}
