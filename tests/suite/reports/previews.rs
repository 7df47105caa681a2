//! A run prints "nothing written" exactly if no octet of the store changed, and a preview prints what the run prints.

use std::fs;

use super::{Person, execute, person, run, write_directory};
use crate::sync_files::SyncFiles;

const PEOPLE: [Person<'static>; 3] = [
    person("ada", "ada", "ada@corp.example"),
    person("bob", "bob", "bob@corp.example"),
    person("cy", "cy", "cy@corp.example"),
];

/// The lines that a preview or a run printed about groups, accounts and links.
fn stories(text: &str) -> Vec<&str> {
    let story = |line: &&str| ["  group ", "  account ", "  links "].iter().any(|start| line.starts_with(start));
    text.lines().filter(story).collect()
}

/// Previews, runs, and runs again. Every line and every exit code must fit what the file says.
fn step(files: &SyncFiles, arguments: &[&str], told: &[&str]) {
    let (code, preview, written) = run(files, &[arguments, &["--preview"]].concat());
    assert!(!written, "a preview wrote: {preview}");
    let (run_code, text, written) = run(files, arguments);
    assert_eq!(code, if written { 3 } else { 0 }, "{preview}\n{text}");
    assert_eq!(run_code, if written { 5 } else { 0 }, "{preview}\n{text}");
    assert_eq!(text.contains("nothing written"), !written, "{text}");
    assert_eq!(preview.contains("nothing would change"), !written, "{preview}");
    assert_eq!(stories(&preview), stories(&text), "a preview tells what the run tells");
    assert_eq!(!told.is_empty(), written, "{text}");
    for line in told {
        assert!(text.lines().any(|said| said.trim_start() == *line), "{line}: {text}");
    }
    let (code, text, written) = run(files, arguments);
    assert!(code == 0 && !written && text.contains("nothing written"), "{code} {written}: {text}");
}

#[tokio::test]
async fn what_is_written_is_told_and_what_is_told_is_written() {
    let files = SyncFiles::for_sqlite();
    let url = "sqlite:store.db";
    write_directory(&files, &PEOPLE, &[("", "BI", &["ada", "bob"]), ("", "HR", &["cy"])]);
    step(
        &files,
        &[],
        &["group \"BI\": created, 2 added (ada, bob)", "2 groups created, 3 accounts created, 3 members added"],
    );

    // Released, as it leaves the selection, and synchronized again.
    files.name_store(url, "exclude: [{name: HR}]");
    step(
        &files,
        &[],
        &[
            "group \"HR\": released (kept as is, no longer synced)",
            "links updated: 1 group (BI)",
            "1 group released, 1 link updated",
        ],
    );
    files.name_store(url, "");
    step(&files, &[], &["group \"HR\": synchronized again", "1 group adopted, 1 link updated"]);

    // An entry that moves changes nothing but its link.
    write_directory(&files, &PEOPLE, &[("ou=new,", "BI", &["ada", "bob"]), ("", "HR", &["cy"])]);
    step(&files, &[], &["links updated: 1 group (BI)", "1 link updated"]);

    // A username and an e-mail address change in the directory.
    let people = [
        person("ada", "ada.l", "ada@corp.example"),
        person("bob", "bob", "b@corp.example"),
        person("cy", "cy", "cy@corp.example"),
    ];
    write_directory(&files, &people, &[("ou=new,", "BI", &["ada.l", "bob"]), ("", "HR", &["cy"])]);
    step(
        &files,
        &[],
        &[
            "account \"ada.l\": updated, renamed from \"ada\", display name changed",
            "account \"bob\": updated, e-mail address changed from \"bob@corp.example\" to \"b@corp.example\"",
            "2 accounts updated (2 renamed)",
        ],
    );

    // Another installation takes all of it over.
    let owner = "standalone/default/teams";
    files.name_store(url, &format!("adoption: {{fromOwners: [{owner}]}}"));
    approve_claim(&files, &run(&files, &["--installation-id", "east"]).1);
    step(
        &files,
        &["--installation-id", "east"],
        &[
            "group \"BI\": adopted from standalone/default/teams",
            "account \"cy\": adopted from standalone/default/teams",
            "2 groups adopted, 3 accounts adopted",
        ],
    );

    // A store that has the dashboard's tables alone: everything is there and nothing is linked.
    let forget = "DELETE FROM user_links; DELETE FROM group_links";
    execute(&files.sqlite(), forget).await;
    files.name_store(url, "adoption: {groups: ByName, accounts: ByUsername}");
    step(
        &files,
        &[],
        &[
            "group \"BI\": adopted",
            "group \"HR\": adopted",
            "account \"ada.l\": adopted",
            "account \"bob\": adopted",
            "account \"cy\": adopted",
            "2 groups adopted, 3 accounts adopted",
        ],
    );
    step(&files, &[], &[]);
}

/// A file of another installation is another directory, until the DashboardServer's owner says that it is not.
fn approve_claim(files: &SyncFiles, said: &str) {
    let (_, hash) = said.split_once("directorysync.dev/approve: ").expect(said);
    let hash: String = hash.chars().filter(|c| *c != '"').take_while(char::is_ascii_hexdigit).collect();
    let path = files.folder().join("sync.yaml");
    let annotated = format!("kind: DashboardServer\nmetadata: {{annotations: {{directorysync.dev/approve: {hash}}}, ");
    let manifest = fs::read_to_string(&path).unwrap().replace("kind: DashboardServer\nmetadata: {", &annotated);
    fs::write(&path, manifest).unwrap();
}

/// A preview is to be read as a whole, whatever its length.
#[tokio::test]
async fn a_preview_names_every_account_that_it_adopts() {
    let files = SyncFiles::for_sqlite();
    let names: Vec<String> = (0..100).map(|number| format!("user{number:03}")).collect();
    let people: Vec<Person<'_>> = names.iter().map(|name| Person { id: name, username: name, email: None }).collect();
    let members: Vec<&str> = names.iter().map(String::as_str).collect();
    write_directory(&files, &people, &[("", "All", &members)]);
    files.sync_writes();
    execute(&files.sqlite(), "DELETE FROM user_links; DELETE FROM group_links").await;
    files.name_store("sqlite:store.db", "adoption: {groups: ByName, accounts: ByUsername}");
    let before = fs::read(files.sqlite()).unwrap();
    let (code, text, _) = run(&files, &["--preview"]);
    assert_eq!((code, fs::read(files.sqlite()).unwrap() == before), (3, true), "{text}");
    for name in &names {
        assert!(text.contains(&format!("  account \"{name}\": adopted\n")), "{name}: {text}");
    }
}
