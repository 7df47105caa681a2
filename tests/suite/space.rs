//! A namespace of an API server, as `kubectl` shows it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::Value;

use crate::cluster::condition;
use crate::harness::kubernetes::Request;
use crate::harness::postgres::Database;
use crate::harness::{KubernetesApi, wait};

/// What the operator calls itself in the audit log.
const USER_AGENT: &str = "directory-group-sync/";
/// How long a condition is waited for: a hundred times what it takes on a quiet machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A namespace for one test.
pub(crate) struct Space {
    pub(crate) api: &'static KubernetesApi,
    pub(crate) namespace: String,
    /// The log of the operator that watches it.
    log: PathBuf,
}

impl Space {
    /// A new namespace.
    pub(crate) fn new(api: &'static KubernetesApi, test: &str, log: PathBuf) -> Self {
        api.install_crds();
        Self { api, namespace: api.namespace(test), log }
    }

    /// What the operator logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// `kubectl -n NAMESPACE`.
    pub(crate) fn kubectl(&self, arguments: &[&str]) -> String {
        self.api.kubectl(&[&["-n", &self.namespace], arguments].concat())
    }

    /// Applies documents; those without a namespace go to the operator's.
    pub(crate) fn apply(&self, documents: &[Value]) {
        for document in documents {
            let mut document = document.clone();
            document["metadata"]["namespace"] = self.namespace.clone().into();
            self.api.apply(&document.to_string());
        }
    }

    /// Changes a part of an object.
    pub(crate) fn patch(&self, resource: &str, change: &Value) {
        self.kubectl(&["patch", resource, "--type=merge", "-p", &change.to_string()]);
    }

    /// An object such as `dgs/analysts`.
    pub(crate) fn get(&self, resource: &str) -> Value {
        serde_json::from_str(&self.kubectl(&["get", resource, "-o", "json"])).unwrap()
    }

    /// Waits until an object's status is so, and returns it.
    pub(crate) fn wait(&self, resource: &str, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
        self.wait_within(PATIENCE, resource, what, holds)
    }

    /// The same within a time limit of one's own.
    pub(crate) fn wait_within(
        &self,
        limit: Duration,
        resource: &str,
        what: &str,
        holds: impl Fn(&Value) -> bool,
    ) -> Value {
        let mut status = Value::Null;
        let is_so = wait::poll(limit, || {
            status = self.get(resource)["status"].take();
            holds(&status).then_some(())
        });
        assert!(is_so.is_some(), "{resource}: {what}: not so within {limit:?}: {status:#}\n{}", self.log());
        status
    }

    /// Waits until `Ready` gives this reason.
    pub(crate) fn wait_for(&self, resource: &str, reason: &str) -> Value {
        self.wait(resource, reason, |status| condition(status, "Ready")["reason"] == reason)
    }

    /// Asks for a run and returns the status that it ended with.
    pub(crate) fn run(&self, resource: &str) -> Value {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let request = format!("request-{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let annotation = format!("reconcile.fluxcd.io/requestedAt={request}");
        self.kubectl(&["annotate", "--overwrite", resource, &annotation]);
        let handled = format!("--for=jsonpath={{.status.lastHandledReconcileAt}}={request}");
        self.kubectl(&["wait", &handled, "--timeout=60s", resource]);
        self.get(resource)["status"].clone()
    }

    /// Asks for a run and does not wait for it.
    pub(crate) fn ask(&self, resource: &str, request: &str) {
        let annotation = format!("reconcile.fluxcd.io/requestedAt={request}");
        self.kubectl(&["annotate", "--overwrite", resource, &annotation]);
    }

    /// What the operator asked the API server about this namespace so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.api.requests(USER_AGENT, &self.namespace)
    }

    /// How often the operator has written the status of an object.
    pub(crate) fn status_writes(&self, resource: &str, name: &str) -> usize {
        let requests = self.requests();
        let about =
            requests.iter().filter(|request| request.object.resource == resource && request.object.name == name);
        about.filter(|request| request.verb == "patch" && request.object.subresource == "status").count()
    }

    /// Waits for the next scheduled run of a sync and asserts that it wrote nothing to the store, and its status once.
    pub(crate) fn one_quiet_run(&self, name: &str, database: &Database<'_>) {
        let resource = format!("dgs/{name}");
        // When the last run began, and how often status has been written; both of the same moment.
        let settled = || loop {
            let run = self.get(&resource)["status"]["lastRun"]["startTime"].clone();
            let writes = self.status_writes("directorygroupsyncs", name);
            if self.get(&resource)["status"]["lastRun"]["startTime"] == run {
                return (run, writes);
            }
        };
        let statistics = database.statistics();
        let (run, writes) = settled();
        let status = self.wait(&resource, "the next run", |status| status["lastRun"]["startTime"] != run);
        assert_eq!(settled().1, writes + 1, "one status for one run");
        assert_eq!(database.statistics(), statistics, "no write to the store");
        assert_eq!(status["lastRun"]["groups"]["unchanged"], status["lastRun"]["groups"]["selected"], "{status:#}");
    }

    /// The reasons and notes of the events about an object.
    pub(crate) fn events(&self, name: &str) -> Vec<(String, String)> {
        let list: Value = serde_json::from_str(&self.kubectl(&["get", "events.events.k8s.io", "-o", "json"])).unwrap();
        let events = list["items"].as_array().unwrap().iter().filter(|event| event["regarding"]["name"] == name);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        events.map(|event| (text(&event["reason"]), text(&event["note"]))).collect()
    }
}
