//! A directory, a store and files full of characters that move cursors, turn the direction of writing or cannot be
//! seen: none of them reaches a terminal, a log or another program.

use std::fmt::Write as _;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{execute, run};
use crate::company::{BASE, uuid};
use crate::harness::{binary, folder};
use crate::sync_files::SyncFiles;

/// Terminals act on the first, the others deceive readers.
const MARKS: [&str; 9] =
    ["\u{1b}[2K\r", "\u{1b}]0x\u{7}", "\n", "\u{7f}", "\u{9b}2J", "\u{202e}", "\u{200b}", "\u{2028}", "\u{e0041}"];

/// Nothing but lines of visible characters.
#[track_caller]
fn is_harmless(text: &str) {
    let harmful = |c: &char| {
        (c.is_control() && *c != '\n')
            || matches!(*c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
    };
    let found: Vec<char> = text.chars().filter(harmful).collect();
    assert!(found.is_empty(), "{found:?} in {text:?}");
}

fn line(attribute: &str, value: &str) -> String {
    format!("{attribute}:: {}\n", STANDARD.encode(value))
}

/// Groups and people with each mark in their names, attributes and member values.
fn hostile_directory(files: &SyncFiles) {
    let mut text = format!("dn: {BASE}\nobjectClass: domain\ndc: corp\nentryUUID: {}\n\n", uuid("directory_id"));
    for (index, mark) in MARKS.iter().enumerate() {
        let (user, group) = (format!("uid=u{mark}{index},{BASE}"), format!("cn=g{mark}{index},{BASE}"));
        let _ = write!(
            text,
            "{}objectClass: inetOrgPerson\nsn: x\nentryUUID: {}\n",
            line("dn", &user),
            uuid(&format!("u{index}"))
        );
        for attribute in ["uid", "mail", "givenName", "telephoneNumber"] {
            text.push_str(&line(attribute, &format!("a{mark}{index}")));
        }
        let _ = write!(
            text,
            "\n{}objectClass: groupOfNames\nentryUUID: {}\n",
            line("dn", &group),
            uuid(&format!("g{index}"))
        );
        text.push_str(&[line("cn", &format!("g{mark}{index}")), line("description", mark)].concat());
        text.push_str(
            &[line("member", &user), line("member", &format!("uid=gone{mark},{BASE}")), "\n".to_owned()].concat(),
        );
        // A group that may be written, with all users and a value without an entry.
        let name = format!("dn: cn=fine{index},{BASE}\nobjectClass: groupOfNames\ncn: fine{index}\n");
        let _ = write!(text, "{name}entryUUID: {}\n{}", uuid(&format!("f{index}")), line("description", mark));
        text.push_str(
            &[line("member", &user), line("member", &format!("uid=gone{mark},{BASE}")), "\n".to_owned()].concat(),
        );
    }
    folder::write(files.folder(), "corp.ldif", &text);
}

#[tokio::test]
async fn nothing_that_nobody_can_see_reaches_a_terminal_or_a_log() {
    let files = SyncFiles::for_sqlite();
    hostile_directory(&files);
    let logs = ["--log-level", "debug"];
    let (code, text, written) = run(&files, &logs);
    assert!(code == 6 && written, "{code}: {text}");
    is_harmless(&text);
    assert!(text.contains(r"contains the character \u{1b}"), "{text}");

    // The store holds such names too: they are told as they leave.
    for (index, mark) in MARKS.iter().enumerate() {
        let name = format!("local{mark}{index}").replace('\'', "''");
        let insert = format!(
            "INSERT INTO users (username) VALUES ('{name}'); INSERT INTO group_members (group_id, user_id)
             SELECT groups.id, last_insert_rowid() FROM groups WHERE name = 'fine{index}'"
        );
        execute(&files.sqlite(), &insert).await;
    }
    for arguments in [&["--preview"][..], &["--preview", "-o", "json"], &["--preview", "-o", "yaml"], &[]] {
        let (_, text, _) = run(&files, &[&logs, arguments].concat());
        is_harmless(&text);
        assert!(text.contains(r"u{1b}") && text.contains("u{202e}"), "{arguments:?}: {text}");
    }
    let json = files.command().args(["--log-format", "json", "--log-level", "debug", "-o", "json"]).output().unwrap();
    is_harmless(&String::from_utf8(json.stdout.clone()).unwrap());
    is_harmless(&String::from_utf8(json.stderr).unwrap());
    serde_json::from_slice::<serde_json::Value>(&json.stdout).unwrap();
}

#[test]
fn a_file_that_is_wrong_is_named_harmlessly() {
    for mark in MARKS {
        let folder = folder::temporary("hostile");
        let name = format!("a{mark}.yaml");
        let escaped = serde_json::Value::from(mark).to_string();
        let wrong = [
            format!("{escaped}: 1\n"),
            format!("apiVersion: {escaped}\nkind: Secret\nmetadata: {{name: {escaped}}}\n"),
            format!(
                "apiVersion: directorysync.dev/v1alpha1\nkind: Directory\nmetadata: {{name: {escaped}}}\nspec: {{{escaped}: 1, baseDN: {escaped}}}\n"
            ),
            format!("a: [1\n{escaped}: 2"),
        ];
        for text in wrong {
            folder::write(folder.path(), &name, &text);
            let path = folder.path().join(&name);
            for verb in ["sync", "check"] {
                let output = Command::new(binary::path()).args([verb, "-f"]).arg(&path).output().unwrap();
                assert_eq!(output.status.code(), Some(2), "{output:?}");
                is_harmless(&String::from_utf8([output.stdout, output.stderr].concat()).unwrap());
            }
        }
        let missing = folder.path().join(format!("none{mark}.yaml"));
        let output = Command::new(binary::path()).args(["sync", "-f"]).arg(&missing).output().unwrap();
        is_harmless(&String::from_utf8([output.stdout, output.stderr].concat()).unwrap());
    }
}

#[test]
fn settings_that_are_wrong_are_quoted_harmlessly() {
    let files = SyncFiles::for_sqlite();
    files.write_directory(&[("ada", "ada")], &[("Team", "Team", &["ada"])]);
    for mark in MARKS {
        let escaped = |text: &str| serde_json::Value::from(format!("{text}{mark}x")).to_string();
        for over in [
            format!("groups: [{{name: {}}}]", escaped("Team")),
            format!("groups: [{{filter: {}}}]", escaped("(cn=a")),
            format!("groups: [{{dn: {}}}]", escaped("cn=a")),
            format!("nameTemplate: {}", escaped("{name}")),
            format!("adoption: {{fromOwners: [{}]}}", escaped("standalone/a/b")),
            format!("schedule: {}", escaped("* *")),
        ] {
            files.name_store("sqlite:store.db", "");
            let path = files.folder().join("sync.yaml");
            let text = std::fs::read_to_string(&path).unwrap();
            let text = if over.starts_with("groups") {
                text.replace("groups: [{filter: (objectClass=groupOfNames)}]", &over)
            } else {
                text.replace("groups: [{filter", &format!("{over},\n  groups: [{{filter"))
            };
            std::fs::write(&path, text).unwrap();
            is_harmless(&run(&files, &[]).1);
        }
    }
}
