//! The servers around the operator, and the objects that it gets.

use std::path::Path;

use serde_json::{Value, json};

use super::Arguments;
use super::population::{GROUPS, PEOPLE, Population, READER, READER_PASSWORD, SUFFIX, group_name};
use crate::company::{config_map, object, secret, server, sync};
use crate::harness::ldap_tools::LdapTools;
use crate::harness::loopback::Loopback;
use crate::harness::postgres::Database;
use crate::harness::{KubernetesApi, OpenLdap, Postgres, folder};

/// All of them, on this machine.
#[derive(Debug)]
pub struct Servers {
    /// Nobody else uses it.
    pub api: KubernetesApi,
    /// Has the people and the groups, and logs each request.
    pub directory: OpenLdap,
    /// Looks after its tables by itself, as it does where it is installed.
    pub postgres: Postgres,
    namespace: String,
    loopback: Loopback,
    folder: tempfile::TempDir,
}

impl Servers {
    /// Loads the directory and starts everything.
    #[must_use]
    pub fn start(population: &Population) -> Self {
        // An account that is not an administrator has a size limit unless the server says otherwise.
        let limits = format!("limits dn.exact=\"{READER}\" size=unlimited time=unlimited");
        let api = KubernetesApi::start();
        api.install_crds();
        Self {
            namespace: api.namespace("operator"),
            api,
            directory: OpenLdap::builder(SUFFIX).entries(&population.ldif()).database(&limits).start(),
            postgres: Postgres::start(&["autovacuum=on"]),
            loopback: Loopback::claim(),
            folder: folder::temporary("operator"),
        }
    }

    /// Creates one Directory, one DashboardServer on this database, and the syncs.
    pub fn apply(&self, database: &Database<'_>, arguments: &Arguments) {
        let mut objects = self.directory().to_vec();
        objects.extend(server(database));
        let interval = json!({"interval": arguments.interval});
        objects.extend((0..arguments.syncs).map(|number| one_sync("sync", number, arguments, &interval)));
        self.create(&objects);
    }

    /// Creates suspended syncs, so many that there are as many syncs as the arguments say.
    pub fn apply_suspended(&self, arguments: &Arguments) {
        let numbers = 0..arguments.objects - arguments.syncs;
        let objects = numbers.map(|number| one_sync("suspended", number, arguments, &json!({"suspend": true})));
        self.create(&objects.collect::<Vec<_>>());
    }

    /// Requests a run of each sync at once, by the annotation.
    pub fn request_all(&self, request: &str) {
        let annotation = format!("directorysync.dev/requestedAt={request}");
        self.kubectl(&["annotate", "dgs", "--all", &annotation]);
    }

    /// `kubectl` in the namespace of the objects.
    pub fn kubectl(&self, arguments: &[&str]) -> String {
        self.api.kubectl(&[&["-n", &self.namespace], arguments].concat())
    }

    /// The namespace of the objects.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The directory's command-line tools, as the bind account.
    #[must_use]
    pub fn reader(&self) -> LdapTools {
        self.directory.tools().bound_as(READER, READER_PASSWORD)
    }

    /// A folder for what is thrown away with the servers.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// An address at which nobody listens.
    #[must_use]
    pub fn free_address(&self) -> String {
        format!("{}:{}", self.loopback, self.loopback.free_port())
    }

    fn directory(&self) -> [Value; 3] {
        let spec = json!({
            "baseDN": SUFFIX,
            "groups": {"baseDN": GROUPS},
            "users": {"baseDN": PEOPLE},
            "ldap": {
                "servers": [self.directory.tls_address()],
                "tls": {"caRef": {"name": "corp-ca"}},
                "auth": {"simple": {"secretRef": {"name": "corp-bind"}}},
            },
        });
        [
            secret("corp-bind", json!({"username": READER, "password": READER_PASSWORD})),
            config_map("corp-ca", "ca.crt", self.directory.certificates().ca()),
            object("Directory", "corp", spec),
        ]
    }

    fn create(&self, objects: &[Value]) {
        let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
        self.api.kubectl_with(&["-n", &self.namespace, "create", "-f", "-"], &list.to_string());
    }
}

/// A sync of every so many-th group, beginning with the one of its number. So each has a few large and many small ones.
fn one_sync(prefix: &str, number: u32, arguments: &Arguments, over: &Value) -> Value {
    let numbers = (0..arguments.groups).map(|group| group * arguments.syncs + number % arguments.syncs);
    let names: Vec<String> = numbers.map(group_name).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    sync(&format!("{prefix}-{number:05}"), &names, over)
}
