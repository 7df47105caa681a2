//! Metrics in the text format of Prometheus. `docs/metrics.md` lists them all.
//!
//! Counters live here. What status says is read from the watched objects at each scrape. Series of an object end with it.

mod by_object;
mod process;
mod states;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::prometheus_text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use self::by_object::{ByObject, Labels};
use self::process::Process;
use self::states::States;
use super::key::Key;
use super::memory::Memory;
use super::places::Places;
use super::scopes::Scopes;
use super::watch::keys;
use crate::api::v1alpha1::condition::Reason;
use crate::run::host::Part;
use crate::run::outcome::Outcome;
use crate::runtime::clock;
use crate::sync::counts::Counts;
use crate::traffic::{Traffic, request_seconds};

/// The upper bounds of the times of steps and waits, in seconds: a small run takes a tenth of one, a hung server minutes.
const STEP_SECONDS: [f64; 9] = [0.01, 0.05, 0.2, 1.0, 3.0, 10.0, 60.0, 300.0, 1800.0];

type Histograms = Family<Labels<1>, Histogram, fn() -> Histogram>;

/// Everything that the operator counts.
pub(super) struct Metrics {
    registry: Registry,
    scopes: Scopes,
    runs: ByObject<Counter, 1>,
    changes: ByObject<Counter, 2>,
    directories: TrafficByObject,
    servers: TrafficByObject,
    parts: Histograms,
    waits: Histograms,
    failures: Family<Labels<1>, Counter>,
    leader: Gauge,
}

/// What a run waits for before it starts.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wait {
    /// A place among the runs that read its directory.
    Directory,
    /// A place among all runs.
    Run,
    /// Memory.
    Memory,
}

impl Wait {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Directory => "directory",
            Self::Run => "run",
            Self::Memory => "memory",
        }
    }
}

impl Metrics {
    pub(super) fn new(scopes: Scopes, runs: Arc<Places>, looks: Arc<Places>, memory: Arc<Memory>) -> Self {
        let histograms = || Family::new_with_constructor((|| Histogram::new(STEP_SECONDS)) as fn() -> Histogram);
        let mut registry = Registry::with_prefix("directory_group_sync");
        let metrics = Self {
            runs: ByObject::new(Counter::default),
            changes: ByObject::new(Counter::default),
            directories: TrafficByObject::new(),
            servers: TrafficByObject::new(),
            parts: histograms(),
            waits: histograms(),
            failures: Family::default(),
            leader: Gauge::default(),
            scopes: scopes.clone(),
            registry: Registry::default(),
        };
        for kind in ["DirectoryGroupSync", "Directory", "ClusterDirectory", "DashboardServer"] {
            // A rate needs a first value.
            drop(metrics.failures.get_or_create(&[("kind", kind)]));
        }
        let version = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The version of the operator", version);
        registry.register("leader", "Whether this process works, and not another replica", metrics.leader.clone());
        registry.register(
            "runs",
            "Runs that have ended, by the reason that Ready has after them",
            metrics.runs.clone(),
        );
        registry.register("changes", "What runs have written", metrics.changes.clone());
        registry.register("step_seconds", "How long the parts of runs took", metrics.parts.clone());
        registry.register("wait_seconds", "How long due runs waited before they started", metrics.waits.clone());
        let help = "Looks at an object that failed, because the API server gave no answer or the program has a fault";
        registry.register("look_failures", help, metrics.failures.clone());
        metrics.directories.register(&mut registry, "directory", "directory servers");
        metrics.servers.register(&mut registry, "dashboard_server", "dashboard servers with an API");
        registry.register_collector(Box::new(States(scopes)));
        registry.register_collector(Box::new(Process { runs, looks, memory, start: clock::now() }));
        Self { registry, ..metrics }
    }

    /// All metrics as text.
    ///
    /// # Errors
    /// Those of the encoder. The metrics of this crate cause none.
    pub(super) fn text(&self) -> Result<String, fmt::Error> {
        let scopes = self.scopes.all();
        let syncs = scopes.iter().flat_map(|scope| keys(&scope.syncs)).collect();
        self.runs.keep(&syncs);
        self.changes.keep(&syncs);
        let of_cluster = scopes.iter().filter_map(|scope| scope.cluster_directories.as_ref()).flat_map(keys);
        let of_namespaces = scopes.iter().flat_map(|scope| keys(&scope.directories));
        self.directories.keep(&of_namespaces.chain(of_cluster).collect());
        self.servers.keep(&scopes.iter().flat_map(|scope| keys(&scope.servers)).collect());
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }

    /// Whether this process works now.
    pub(super) fn leads(&self, leads: bool) {
        self.leader.set(i64::from(leads));
    }

    /// A run has ended.
    pub(super) fn ran<E>(&self, sync: &Key, reason: Reason, outcome: &Result<Outcome, E>) {
        self.runs.of(sync, [("result", reason.as_str())]).inc();
        let Ok(outcome) = outcome else { return };
        for (labels, count) in written(&outcome.counts) {
            self.changes.of(sync, labels).inc_by(count);
        }
    }

    /// A part of a run has ended.
    pub(super) fn took(&self, part: Part, time: Duration) {
        self.parts.get_or_create(&[("step", part.as_str())]).observe(time.as_secs_f64());
    }

    /// A run has waited.
    pub(super) fn waited(&self, wait: Wait, time: Duration) {
        self.waits.get_or_create(&[("resource", wait.as_str())]).observe(time.as_secs_f64());
    }

    /// A look at an object of this kind has failed.
    pub(super) fn failed(&self, kind: &'static str) {
        self.failures.get_or_create(&[("kind", kind)]).inc();
    }

    /// Counts the traffic with the servers of a Directory.
    pub(super) fn directory_traffic(&self, directory: &Key) -> Traffic {
        self.directories.of(directory)
    }

    /// Counts the traffic with a dashboard server.
    pub(super) fn server_traffic(&self, server: &Key) -> Traffic {
        self.servers.of(server)
    }
}

/// What a run has written, by what it was.
const fn written(counts: &Counts) -> [(Labels<2>, u64); 13] {
    const fn labels(object: &'static str, change: &'static str) -> Labels<2> {
        [("object", object), ("change", change)]
    }
    let Counts { groups, accounts, members, links } = counts;
    [
        (labels("Group", "created"), groups.created),
        (labels("Group", "adopted"), links.adopted_groups),
        (labels("Group", "modified"), groups.modified),
        (labels("Group", "deleted"), groups.deleted),
        (labels("Group", "released"), groups.released),
        (labels("Account", "created"), accounts.created),
        (labels("Account", "adopted"), links.adopted_accounts),
        (labels("Account", "updated"), accounts.updated),
        (labels("Account", "renamed"), accounts.renamed),
        (labels("Account", "deactivated"), accounts.deactivated),
        (labels("Account", "deleted"), accounts.deleted),
        (labels("Member", "added"), members.added),
        (labels("Member", "removed"), members.removed),
    ]
}

/// The traffic with the servers of one kind of object.
struct TrafficByObject {
    seconds: ByObject<Histogram, 0>,
    octets: ByObject<Counter, 0>,
}

impl TrafficByObject {
    fn new() -> Self {
        Self { seconds: ByObject::new(request_seconds), octets: ByObject::new(Counter::default) }
    }

    fn register(&self, registry: &mut Registry, name: &str, servers: &str) {
        let help = format!("How long requests to {servers} took");
        registry.register(format!("{name}_request_seconds"), help, self.seconds.clone());
        let help = format!("What {servers} sent");
        registry.register(format!("{name}_received_bytes"), help, self.octets.clone());
    }

    fn of(&self, key: &Key) -> Traffic {
        Traffic::new(self.seconds.of(key, []), self.octets.of(key, []))
    }

    fn keep(&self, keys: &BTreeSet<Key>) {
        self.seconds.keep(keys);
        self.octets.keep(keys);
    }
}
