//! The program as people run it without a cluster: from an LDIF file into a site.

use std::fmt::Write as _;
use std::fs;
use std::process::Output;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::Bold;
use crate::company::{BASE, closed, object, secret, uuid};
use crate::harness::bold_bi::{PASSWORD, SITE, USERNAME};
use crate::harness::{binary, folder};
use crate::program::merge;

/// A person of the directory. The id stays the same whatever else changes.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) id: &'static str,
    pub(super) uid: String,
    pub(super) mail: Option<String>,
    pub(super) given_name: &'static str,
    pub(super) phone: &'static str,
}

/// A group of the directory, with the ids of its members.
#[derive(Debug, Clone)]
pub(super) struct Team {
    pub(super) id: String,
    pub(super) cn: String,
    pub(super) ou: &'static str,
    pub(super) description: &'static str,
    pub(super) members: Vec<String>,
}

/// A person whose username and e-mail address come from the id.
pub(super) fn person(id: &'static str) -> Person {
    Person { id, uid: id.to_owned(), mail: Some(format!("{id}@corp.example")), given_name: "Given", phone: "+49 1" }
}

/// A group whose name is its id.
pub(super) fn team(id: &str, members: &[&str]) -> Team {
    let members = members.iter().map(|member| (*member).to_owned()).collect();
    Team { id: id.to_owned(), cn: id.to_owned(), ou: "Groups", description: "of the directory", members }
}

/// The files of one run.
pub(super) struct Program {
    folder: TempDir,
    objects: Vec<Value>,
}

impl Program {
    /// All groups below `ou=Groups`, into this site.
    pub(super) fn of(bold: &Bold) -> Self {
        let server = json!({"boldBI": {
            "url": bold.proxy.url(), "site": SITE, "secretRef": {"name": "bold-bi"},
            "tls": {"allowPlaintextPassword": true},
        }});
        let sync = json!({
            "directoryRef": {"name": "corp"}, "dashboardServerRef": {"name": "dashboards"},
            "groups": [{"filter": "(objectClass=groupOfNames)"}],
        });
        let objects = vec![
            object("Directory", "corp", json!({"baseDN": BASE, "ldif": {"path": "company.ldif"}})),
            secret("bold-bi", json!({"username": USERNAME, "password": PASSWORD})),
            object("DashboardServer", "dashboards", server),
            object("DirectoryGroupSync", "teams", sync),
        ];
        let mut program = Self { folder: folder::temporary("bold-bi"), objects };
        program.patch("DashboardServer", &json!({}));
        program
    }

    /// Changes the object of this kind.
    pub(super) fn patch(&mut self, kind: &str, change: &Value) {
        for object in self.objects.iter_mut().filter(|object| object["kind"] == kind) {
            merge(object, change);
        }
        let text: Vec<String> = self.objects.iter().map(Value::to_string).collect();
        fs::write(self.folder.path().join("sync.yaml"), text.join("\n---\n")).unwrap();
    }

    /// From now on the directory has these people and groups.
    pub(super) fn have(&self, people: &[Person], teams: &[Team]) {
        let mut text = format!("dn: {BASE}\nobjectClass: domain\ndc: corp\nentryUUID: {}\n\n", uuid("directory_id"));
        for ou in ["Groups", "Other"] {
            let _ = write!(
                text,
                "dn: ou={ou},{BASE}\nobjectClass: organizationalUnit\nou: {ou}\nentryUUID: {}\n\n",
                uuid(ou)
            );
        }
        for Person { id, uid, mail, given_name, phone } in people {
            let mail = mail.as_ref().map(|mail| format!("mail: {mail}\n")).unwrap_or_default();
            let _ = write!(
                text,
                "dn: uid={uid},{BASE}\nobjectClass: inetOrgPerson\nuid: {uid}\ncn: {uid}\nsn: Family\n\
                 givenName: {given_name}\ntelephoneNumber: {phone}\n{mail}entryUUID: {}\n\n",
                uuid(id)
            );
        }
        for Team { id, cn, ou, description, members } in teams {
            let _ = write!(
                text,
                "dn: cn={cn},ou={ou},{BASE}\nobjectClass: groupOfNames\ncn: {cn}\ndescription: {description}\nentryUUID: {}\n",
                uuid(id)
            );
            for member in members {
                let uid = people.iter().find(|it| it.id == member).map_or(member.as_str(), |it| &it.uid);
                let _ = writeln!(text, "member: uid={uid},{BASE}");
            }
            text.push('\n');
        }
        fs::write(self.folder.path().join("company.ldif"), closed(text)).unwrap();
    }

    /// Runs the sync, whose status it answers.
    pub(super) fn run(&self) -> Value {
        let is_first = !self.folder.path().join("links.json").exists();
        let more = if is_first { &["-o", "json", "--new-links"][..] } else { &["-o", "json"] };
        let output = self.command("sync", more);
        let objects: Result<Value, _> = serde_json::from_slice(&output.stdout);
        let objects = objects.unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        objects[0]["status"].clone()
    }

    /// Checks the files: all that is printed.
    pub(super) fn check(&self) -> String {
        let output = self.command("check", &["--new-links"]);
        [output.stdout, output.stderr].map(|octets| String::from_utf8(octets).unwrap()).concat()
    }

    fn command(&self, command: &str, more: &[&str]) -> Output {
        let mut command = binary::command(&[command, "-f", "sync.yaml", "--links", "links.json"]);
        command.args(more).current_dir(self.folder.path()).output().unwrap()
    }
}
