//! What a run says is what the store holds: lines, counts, gauges and exit codes, against the store itself.

mod hostile;
mod previews;
mod refusals;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, raw_sql};

use crate::company::{BASE, uuid};
use crate::harness::folder;
use crate::sync_files::{SyncFiles, printed};

/// A person with a username and perhaps an e-mail address; the id is of the first.
struct Person<'a> {
    id: &'a str,
    username: &'a str,
    email: Option<&'a str>,
}

/// People who have an address.
const fn person(id: &'static str, username: &'static str, email: &'static str) -> Person<'static> {
    Person { id, username, email: Some(email) }
}

impl Person<'_> {
    fn without_email(self) -> Self {
        Self { email: None, ..self }
    }
}

/// Writes a directory of these people and groups, each with the unit that it is in and its members' usernames.
fn write_directory(files: &SyncFiles, people: &[Person<'_>], groups: &[(&str, &str, &[&str])]) {
    let mut text = format!("dn: {BASE}\nobjectClass: domain\ndc: corp\nentryUUID: {}\n\n", uuid("directory_id"));
    for Person { id, username, email } in people {
        let _ = write!(
            text,
            "dn: uid={username},{BASE}\nobjectClass: inetOrgPerson\nuid: {username}\ncn: {username}\nsn: x\nentryUUID: {}\n",
            uuid(id)
        );
        if let Some(email) = email {
            text.push_str(&format!("mail: {email}\n"));
        }
        text.push('\n');
    }
    for (unit, name, members) in groups {
        let id = uuid(name);
        let _ = write!(text, "dn: cn={name},{unit}{BASE}\nobjectClass: groupOfNames\ncn: {name}\nentryUUID: {id}\n");
        members.iter().for_each(|member| text.push_str(&format!("member: uid={member},{BASE}\n")));
        text.push('\n');
    }
    let entries = people.len() + groups.len() + 1;
    let _ = write!(text, "# search result\nsearch: 2\nresult: 0 Success\n\n# numEntries: {entries}\n");
    folder::write(files.folder(), "corp.ldif", &text);
}

/// A run with these arguments: its exit code, all that it printed, and whether the SQLite file is another one now.
fn run(files: &SyncFiles, arguments: &[&str]) -> (i32, String, bool) {
    let content = || fs::read(files.sqlite()).unwrap_or_default();
    let before = content();
    let (code, text) = printed(&files.command().args(arguments).output().unwrap());
    (code.unwrap(), text, content() != before)
}

/// The status that a run of the files ends with.
fn status(files: &SyncFiles) -> Value {
    let output = files.command().args(["-o", "json"]).output().unwrap();
    serde_json::from_slice::<Value>(&output.stdout).unwrap()[0]["status"].take()
}

/// Does this to a SQLite file.
pub(crate) async fn execute(file: &Path, statements: &str) {
    let mut store = SqliteConnectOptions::new().filename(file).connect().await.unwrap();
    raw_sql(AssertSqlSafe(statements.to_owned())).execute(&mut store).await.unwrap();
}
