//! A company in an LDIF file, and the objects of a run.

use std::fmt::Write as _;

use crate::harness::FlaskAppBuilder;

/// A company.
#[derive(Debug, Clone, Copy)]
pub struct Company {
    /// How many groups it has.
    pub groups: usize,
    /// How many people, each in two groups.
    pub users: usize,
}

const BASE: &str = "dc=corp,dc=example";

impl Company {
    /// All of it, as `ldapsearch` exports it.
    #[must_use]
    pub fn ldif(self) -> String {
        let Self { groups, users } = self;
        let mut text = format!("dn: {BASE}\nobjectClass: domain\ndc: corp\nentryUUID: {}\n\n", uuid(0, 0));
        for user in 0..users {
            let _ = write!(
                text,
                "dn: uid=u{user},{BASE}\nobjectClass: inetOrgPerson\nuid: u{user}\ncn: u{user}\nsn: u{user}\n\
                 mail: u{user}@corp.example\nentryUUID: {}\n\n",
                uuid(1, user)
            );
        }
        for group in 0..groups {
            let _ = write!(
                text,
                "dn: cn=g{group},{BASE}\nobjectClass: groupOfNames\ncn: g{group}\nentryUUID: {}\n",
                uuid(2, group)
            );
            for user in (0..users).filter(|user| user % groups == group || (user / 7) % groups == group) {
                let _ = writeln!(text, "member: uid=u{user},{BASE}");
            }
            text.push('\n');
        }
        let entries = 1 + users + groups;
        let _ = write!(
            text,
            "# search result\nsearch: 2\nresult: 0 Success\n\n# numResponses: {}\n# numEntries: {entries}\n",
            entries + 1
        );
        text
    }

    /// The objects of a run with the dashboard server at this URL.
    #[must_use]
    pub fn objects(url: &str) -> String {
        let bot = FlaskAppBuilder::BOT;
        format!(
            "apiVersion: v1
kind: Secret
metadata: {{name: dashboards}}
stringData: {{username: '{}', password: '{}'}}
---
apiVersion: directorysync.dev/v1alpha1
kind: DashboardServer
metadata: {{name: dashboards}}
spec: {{superset: {{url: '{url}', secretRef: {{name: dashboards}}, tls: {{allowPlaintextPassword: true}}}}}}
---
apiVersion: directorysync.dev/v1alpha1
kind: Directory
metadata: {{name: company}}
spec: {{baseDN: '{BASE}', ldif: {{path: company.ldif}}}}
---
apiVersion: directorysync.dev/v1alpha1
kind: DirectoryGroupSync
metadata: {{name: company}}
spec:
  directoryRef: {{name: company}}
  dashboardServerRef: {{name: dashboards}}
  groups: [{{filter: (objectClass=groupOfNames)}}]
",
            bot.username, bot.password
        )
    }
}

fn uuid(kind: usize, number: usize) -> String {
    format!("{kind:08x}-0000-4000-8000-{number:012x}")
}
