//! A node, the servers of a company beside it, and the chart installed on it. Tests use it one after the other.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::cluster::condition;
use crate::company::{BASE, config_map, ldif, object, reader, secret, sync};
use crate::harness::postgres::Database;
use crate::harness::{Link, Node, OpenLdap, Postgres, wait};

const CHART: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/charts/directory-group-sync");
/// A name that only the node's DNS knows.
const DIRECTORY: &str = "directory.corp.example";
/// A Service of the cluster.
const DATABASE: &str = "bi.databases.svc";
/// The release, and its namespace.
const RELEASE: &str = "dgs";
pub(crate) const NAMESPACE: &str = "directory-group-sync";
const LEASE: &str = "dgs-directory-group-sync";
/// Ten times what anything here takes on a busy machine with two cores.
const PATIENCE: Duration = Duration::from_mins(3);

/// The node, and what all tests share.
pub(crate) struct Site {
    pub(crate) node: Node,
    pub(crate) ldap: OpenLdap,
    pub(crate) postgres: Postgres,
    _links: [Link; 2],
}

impl Site {
    /// The site, for one test at a time.
    pub(crate) fn enter() -> MutexGuard<'static, Self> {
        static SITE: OnceLock<Mutex<Site>> = OnceLock::new();
        SITE.get_or_init(|| Mutex::new(Self::start())).lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start() -> Self {
        let node = Node::start();
        let entries = ldif(&[("Analysts", &["ada", "bob"]), ("Editors", &["cy"])]);
        let mut ldap = OpenLdap::builder(BASE).entries(&entries).entries(&reader("pw")).start();
        ldap.present(&ldap.certificates().server(&[DIRECTORY]));
        let mut postgres = Postgres::start(&[]);
        postgres.present(&postgres.certificates().server(&[DATABASE]));
        let links = [node.forward(636, &ldap.tls_address()), node.forward(5432, &postgres.address())];
        node.name(DIRECTORY);
        node.kubectl(&["create", "namespace", "databases"]);
        let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "bi", "namespace": "databases"},
            "spec": {"ports": [{"name": "postgres", "port": 5432}]}});
        let slice = json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
            "metadata": {"name": "bi", "namespace": "databases", "labels": {"kubernetes.io/service-name": "bi"}},
            "ports": [{"name": "postgres", "port": 5432}], "endpoints": [{"addresses": [node.address()]}]});
        node.apply(&service.to_string());
        node.apply(&slice.to_string());
        Self { node, ldap, postgres, _links: links }
    }

    /// Installs the chart, or upgrades it to just these values, and waits as `--wait` does. Returns what helm said.
    pub(crate) fn install(&self, values: &[&str]) -> String {
        let mut arguments =
            vec!["upgrade", "--install", RELEASE, CHART, "--namespace", NAMESPACE, "--create-namespace"];
        // Without new values helm would keep those of the last test.
        arguments.extend(["--reset-values", "--wait", "--timeout", "3m"]);
        for value in values {
            arguments.extend(["--set", value]);
        }
        self.node.helm(&arguments)
    }

    /// Uninstalls the chart. The definitions stay; the lease, which the operator could not release without its rights, does not.
    pub(crate) fn uninstall(&self) {
        self.node.helm(&["uninstall", RELEASE, "--namespace", NAMESPACE, "--ignore-not-found", "--wait"]);
        self.node.kubectl(&["delete", "lease", LEASE, "--namespace", NAMESPACE, "--ignore-not-found"]);
    }

    /// A namespace with a Directory and a DashboardServer, both given by name, on a database of its own.
    pub(crate) fn team(&self, name: &'static str) -> Team<'_> {
        if !self.node.kubectl_succeeds(&["get", "namespace", name]) {
            self.node.kubectl(&["create", "namespace", name]);
        }
        let database = self.postgres.database(name);
        let team = Team { site: self, name, database };
        let url = team.database.url().replace(&self.postgres.address(), &format!("{DATABASE}:5432"));
        let directory = json!({"baseDN": BASE, "interval": "10m", "ldap": {
            "servers": [DIRECTORY],
            "tls": {"caRef": {"name": "corp-ca"}},
            "auth": {"simple": {"secretRef": {"name": "corp-bind"}}},
        }});
        let sql = json!({"secretKeyRef": {"name": "bi-db", "key": "url"}, "tls": {"caRef": {"name": "bi-ca"}}});
        team.apply(&[
            secret("corp-bind", json!({"username": format!("cn=reader,{BASE}"), "password": "pw"})),
            config_map("corp-ca", "ca.crt", self.ldap.certificates().ca()),
            object("Directory", "corp", directory),
            secret("bi-db", json!({"url": url})),
            config_map("bi-ca", "ca.crt", &self.postgres.ca()),
            object("DashboardServer", "bi", json!({"sql": sql})),
        ]);
        team
    }

    /// The names of the operator's pods that are running and not told to end.
    pub(crate) fn pods(&self) -> Vec<String> {
        let list = self.node.kubectl(&["get", "pods", "-n", NAMESPACE, "-o", "json"]);
        let list: Value = serde_json::from_str(&list).unwrap();
        let pods = list["items"].as_array().unwrap().iter();
        let pods =
            pods.filter(|pod| pod["metadata"]["deletionTimestamp"].is_null() && pod["status"]["phase"] == "Running");
        pods.map(|pod| pod["metadata"]["name"].as_str().unwrap().to_owned()).collect()
    }

    /// The only pod, once those before it have been told to end.
    pub(crate) fn pod(&self) -> String {
        self.wait("one pod", || self.pods().len() == 1);
        self.pods().remove(0)
    }

    /// The pod that has the lease.
    pub(crate) fn leader(&self) -> Option<String> {
        let holder =
            self.node.kubectl(&["get", "lease", LEASE, "-n", NAMESPACE, "-o", "jsonpath={.spec.holderIdentity}"]);
        Some(holder.split_once('_')?.0.to_owned())
    }

    /// Waits for anything on the node. Shows what the operator logged if it does not come.
    pub(crate) fn wait(&self, what: &str, mut holds: impl FnMut() -> bool) {
        let is_so = wait::poll(PATIENCE, || holds().then_some(()));
        assert!(is_so.is_some(), "{what}: not so within {PATIENCE:?}\n{}", self.log());
    }

    fn log(&self) -> String {
        let of_pod = |pod: &String| {
            let arguments = ["logs", "-n", NAMESPACE, pod, "--tail", "30"];
            let output = crate::harness::command::output(&mut self.node.command(Path::new("kubectl"), &arguments), "");
            format!("{pod}:\n{}", String::from_utf8_lossy(&output.stdout))
        };
        self.pods().iter().map(of_pod).collect()
    }
}

/// A namespace with a Directory `corp` and a DashboardServer `bi`.
pub(crate) struct Team<'a> {
    site: &'a Site,
    name: &'static str,
    pub(crate) database: Database<'a>,
}

impl Team<'_> {
    /// Applies documents.
    pub(crate) fn apply(&self, documents: &[Value]) {
        let documents = documents.iter().map(|document| {
            let mut document = document.clone();
            document["metadata"]["namespace"] = self.name.into();
            document.to_string()
        });
        self.site.node.apply(&documents.collect::<Vec<_>>().join("\n---\n"));
    }

    /// Applies a sync of these groups that runs once an hour, and waits until it has run.
    pub(crate) fn synchronize(&self, name: &str, groups: &[&str], over: &Value) -> Value {
        let mut sync = sync(name, groups, over);
        sync["spec"]["interval"] = "1h".into();
        self.apply(&[sync]);
        self.wait(name, "is in sync", |status| condition(status, "Ready")["reason"] == "Synced")
    }

    /// The status of a sync.
    pub(crate) fn status(&self, name: &str) -> Value {
        let sync = self.site.node.kubectl(&["get", "dgs", name, "-n", self.name, "-o", "json"]);
        serde_json::from_str::<Value>(&sync).unwrap()["status"].take()
    }

    /// Waits until a sync's status is so, and returns it.
    pub(crate) fn wait(&self, name: &str, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let mut status = Value::Null;
        self.site.wait(&format!("dgs/{name} {what}"), || {
            status = self.status(name);
            holds(&status)
        });
        status
    }

    /// Asks for a run and returns the status that it ended with.
    pub(crate) fn run(&self, name: &str, request: &str) -> Value {
        let annotation = format!("reconcile.fluxcd.io/requestedAt={request}");
        self.site.node.kubectl(&["annotate", "--overwrite", "dgs", name, "-n", self.name, &annotation]);
        self.wait(name, "has run", |status| status["lastHandledReconcileAt"] == request)
    }
}

impl Drop for Team<'_> {
    /// Without its objects the operator of the next test has nothing to do here.
    fn drop(&mut self) {
        let _ =
            self.site.node.kubectl_succeeds(&["delete", "namespace", self.name, "--ignore-not-found", "--wait=false"]);
    }
}
