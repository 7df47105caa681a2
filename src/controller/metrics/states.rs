//! What status says, as numbers. They are read from the watched objects at each scrape, so they are what `kubectl` shows, and
//! they end with their object.

use std::fmt;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::runtime::reflector::Store;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;

use super::by_object::labels;
use crate::api::v1alpha1::DirectoryGroupSync;
use crate::api::v1alpha1::condition::ConditionType;
use crate::api::v1alpha1::directory_group_sync::status::{Current, PendingPlan};
use crate::controller::key::Key;
use crate::controller::scopes::Scopes;
use crate::run::schedule::Schedule;
use crate::runtime::clock;

/// The state of every object.
#[derive(Debug)]
pub(super) struct States(pub(super) Scopes);

impl Collector for States {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let now = clock::now();
        let scopes = self.0.all();
        let mut conditions = Vec::new();
        let mut syncs = Vec::new();
        for scope in &scopes {
            for object in scope.syncs.state() {
                let Ok(sync) = &object.0 else { continue };
                let status = sync.status.as_ref();
                conditions.extend(observed("DirectoryGroupSync", sync, status.map(|status| &*status.conditions)));
                syncs.push(State::of(sync, now));
            }
            for object in scope.directories.state() {
                let Ok(directory) = &object.0 else { continue };
                let status = directory.status.as_ref();
                conditions.extend(observed("Directory", directory, status.map(|status| &*status.conditions)));
            }
            for object in scope.cluster_directories.iter().flat_map(Store::state) {
                let Ok(directory) = &object.0 else { continue };
                let status = directory.status.as_ref();
                conditions.extend(observed("ClusterDirectory", directory, status.map(|status| &*status.conditions)));
            }
            for object in scope.servers.state() {
                let Ok(server) = &object.0 else { continue };
                let status = server.status.as_ref();
                conditions.extend(observed("DashboardServer", server, status.map(|status| &*status.conditions)));
            }
        }
        let help = "Whether a condition of an object is True";
        let mut metric = encoder.encode_descriptor("condition", help, None, MetricType::Gauge)?;
        for Observed { kind, key, condition, is_true } in &conditions {
            let [namespace, name] = labels(key);
            let labels = [("kind", *kind), namespace, name, ("type", condition.as_str())];
            ConstGauge::new(i64::from(*is_true)).encode(metric.encode_family(&labels)?)?;
        }
        for Gauge { name, help, value } in GAUGES {
            let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            for state in &syncs {
                if let Some(value) = value(state) {
                    ConstGauge::new(value).encode(metric.encode_family(&labels(&state.key))?)?;
                }
            }
        }
        Ok(())
    }
}

/// A condition of an object.
struct Observed {
    kind: &'static str,
    key: Key,
    condition: String,
    is_true: bool,
}

/// The conditions of an object that are known. `Reconciling` comes and goes with every run.
fn observed<'a, K: kube::Resource>(
    kind: &'static str,
    object: &'a K,
    conditions: Option<&'a [Condition]>,
) -> impl Iterator<Item = Observed> + 'a {
    let lasting = conditions.unwrap_or_default().iter();
    let lasting = lasting
        .filter(|condition| condition.type_ != ConditionType::Reconciling.as_str() && condition.status != "Unknown");
    lasting.map(move |condition| Observed {
        kind,
        key: Key::of(object),
        condition: condition.type_.clone(),
        is_true: condition.status == "True",
    })
}

/// What is told of one sync.
struct State {
    key: Key,
    lateness: Option<f64>,
    interval: Option<f64>,
    synced: Option<f64>,
    held_since: Option<f64>,
    held: Option<f64>,
    current: Option<Current>,
}

impl State {
    fn of(sync: &DirectoryGroupSync, now: Timestamp) -> Self {
        let status = sync.status.as_ref();
        let plan = status.and_then(|status| status.plan.as_ref()).filter(|plan| plan.hash.is_some());
        let next = status.and_then(|status| status.next_sync_time.as_ref()).filter(|_| !sync.spec.suspend);
        let interval = match Schedule::of(&sync.spec) {
            Ok(Schedule::Interval(interval)) => Some(interval.as_secs_f64()),
            _ => None,
        };
        let seconds = |time: Timestamp| time.as_duration().as_secs_f64();
        Self {
            key: Key::of(sync),
            lateness: next.map(|next| (seconds(now) - seconds(next.0)).max(0.0)),
            interval,
            synced: status.and_then(|status| status.last_sync_time.as_ref()).map(|time| seconds(time.0)),
            held_since: plan.and_then(|plan| plan.held_since_time.as_ref()).map(|time| seconds(time.0)),
            held: status.map(|_| number(plan.map_or(0, changes))),
            current: status.and_then(|status| status.current.clone()),
        }
    }

    fn count(&self, of: fn(&Current) -> i64) -> Option<f64> {
        self.current.as_ref().map(|current| number(of(current)))
    }
}

#[expect(clippy::cast_precision_loss, reason = "no store has so many")]
const fn number(count: i64) -> f64 {
    count as f64
}

/// How many changes a plan has.
const fn changes(plan: &PendingPlan) -> i64 {
    let PendingPlan { groups, accounts, members, .. } = plan;
    groups.created
        + groups.adopted
        + groups.modified
        + groups.deleted
        + groups.released
        + accounts.created
        + accounts.adopted
        + accounts.updated
        + accounts.deactivated
        + accounts.deleted
        + members.added
        + members.removed
}

/// A number of each sync.
struct Gauge {
    name: &'static str,
    help: &'static str,
    value: fn(&State) -> Option<f64>,
}

const GAUGES: &[Gauge] = &[
    Gauge {
        name: "lateness_seconds",
        help: "How long a DirectoryGroupSync that is due has not run",
        value: |state| state.lateness,
    },
    Gauge {
        name: "interval_seconds",
        help: "The interval of a DirectoryGroupSync that has one",
        value: |state| state.interval,
    },
    Gauge {
        name: "last_sync_timestamp_seconds",
        help: "When the last successful run finished",
        value: |state| state.synced,
    },
    Gauge {
        name: "held_since_timestamp_seconds",
        help: "Since when changes are held",
        value: |state| state.held_since,
    },
    Gauge { name: "held_changes", help: "Changes that are held", value: |state| state.held },
    Gauge { name: "groups", help: "Linked groups", value: |state| state.count(|current| current.groups) },
    Gauge { name: "members", help: "Members of linked groups", value: |state| state.count(|current| current.members) },
    Gauge {
        name: "accounts",
        help: "Accounts in linked groups",
        value: |state| state.count(|current| current.accounts),
    },
    Gauge { name: "duplicated", help: "Duplicates", value: |state| state.count(|current| current.duplicated) },
    Gauge {
        name: "invalid",
        help: "Problems of the kind Invalid",
        value: |state| state.count(|current| current.invalid),
    },
    Gauge {
        name: "unresolved",
        help: "Unresolved member values",
        value: |state| state.count(|current| current.unresolved),
    },
    Gauge {
        name: "missing",
        help: "Linked groups that are found nowhere",
        value: |state| state.count(|current| current.missing),
    },
    Gauge {
        name: "waiting",
        help: "Removals that wait for their proof",
        value: |state| state.count(|current| current.waiting),
    },
    Gauge {
        name: "pending",
        help: "Members without an account, where somebody else makes the accounts",
        value: |state| state.count(|current| current.pending),
    },
];
