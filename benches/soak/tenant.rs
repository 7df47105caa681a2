//! A namespace with its objects, its groups and its database.

use serde_json::{Value, json};

use crate::cluster::condition;
use crate::company::{linked_directory, linked_server, secret, sync};
use crate::harness::postgres::Database;
use crate::harness::{Link, OpenLdap};
use crate::oracle::RECORD;
use crate::space::Space;

/// Groups that are always synchronized.
pub(crate) const GROUPS: usize = 3;
/// People who are in every group all the time.
const STABLE: usize = 20;
/// People who come and go; few enough that no run finds more removals than `spec.limits` allows.
pub(crate) const MOVERS: usize = 5;

/// A namespace of three.
pub(crate) struct Tenant {
    pub(crate) space: Space,
    pub(crate) database: Database<'static>,
    number: usize,
    has_brief: bool,
}

impl Tenant {
    /// A namespace without objects yet.
    pub(crate) fn new(number: usize, space: Space, database: Database<'static>) -> Self {
        Self { space, database, number, has_brief: false }
    }

    /// The names of the groups that are always synchronized.
    pub(crate) fn groups(number: usize) -> Vec<String> {
        (0..GROUPS).map(|group| format!("T{number} Group {group}")).collect()
    }

    /// The group of the sync that comes and goes.
    pub(crate) fn brief(number: usize) -> String {
        format!("T{number} Brief")
    }

    /// Everybody who was ever in a group.
    pub(crate) fn people() -> Vec<String> {
        let stable = (0..STABLE).map(|number| format!("stable{number}"));
        stable.chain((0..MOVERS).map(Self::mover)).collect()
    }

    /// One of those who come and go.
    pub(crate) fn mover(number: usize) -> String {
        format!("mover{number}")
    }

    /// Applies the objects and waits until they are in sync.
    pub(crate) fn start(&self, ldap: &OpenLdap, directory: &Link, store: &Link) {
        self.apply_directory(ldap, directory);
        self.space.apply(&linked_server("bi", &self.database, store));
        for (number, group) in Self::groups(self.number).iter().enumerate() {
            let often = json!({"interval": "10s", "timeout": "1m"});
            self.space.apply(&[sync(&format!("sync-{number}"), &[group], &often)]);
        }
        for name in self.syncs() {
            self.space.wait(&name, "in sync", in_sync);
        }
        self.database.sql(RECORD);
    }

    /// Applies the Directory and what it refers to.
    pub(crate) fn apply_directory(&self, ldap: &OpenLdap, link: &Link) {
        let [bind, ca, mut directory] = linked_directory("corp", ldap, link);
        directory["spec"]["interval"] = "30s".into();
        directory["spec"]["ldap"]["timeouts"] = json!({"connect": "5s", "request": "10s"});
        self.space.apply(&[bind, ca, directory]);
    }

    /// Sets the password of the bind account's Secret.
    pub(crate) fn set_password(&self, password: &str) {
        let username = format!("cn=reader,{}", crate::company::BASE);
        self.space.apply(&[secret("corp-bind", json!({"username": username, "password": password}))]);
    }

    /// Creates the sync that comes and goes, or deletes it.
    pub(crate) fn come_or_go(&mut self) {
        self.has_brief = !self.has_brief;
        if self.has_brief {
            let spec = json!({"interval": "10s", "timeout": "1m", "deletionPolicy": "Delete"});
            // The last one may still be on its way out.
            self.space.kubectl(&["wait", "--for=delete", "--timeout=300s", "dgs/brief"]);
            self.space.apply(&[sync("brief", &[&Self::brief(self.number)], &spec)]);
        } else {
            self.space.kubectl(&["delete", "dgs", "brief", "--wait=false"]);
        }
    }

    /// The syncs that should be there.
    pub(crate) fn syncs(&self) -> Vec<String> {
        let steady = (0..GROUPS).map(|number| format!("dgs/sync-{number}"));
        steady.chain(self.has_brief.then(|| "dgs/brief".to_owned())).collect()
    }

    /// The names of all objects that there are.
    pub(crate) fn objects(&self) -> Vec<String> {
        let kinds =
            "directorygroupsyncs.directorysync.dev,directories.directorysync.dev,dashboardservers.directorysync.dev";
        let names = self.space.kubectl(&["get", kinds, "-o", "name"]);
        names.lines().map(str::to_owned).collect()
    }

    /// The number of the namespace.
    pub(crate) const fn number(&self) -> usize {
        self.number
    }

    /// The groups that should be there.
    pub(crate) fn synchronized(&self) -> Vec<String> {
        let brief = self.has_brief.then(|| Self::brief(self.number));
        Self::groups(self.number).into_iter().chain(brief).collect()
    }
}

/// Whether a sync says that all is well.
pub(crate) fn in_sync(status: &Value) -> bool {
    let ready = condition(status, "Ready");
    ready["status"] == "True" && ready["reason"] == "Synced"
}
