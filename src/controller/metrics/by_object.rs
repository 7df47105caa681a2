//! Counters of which each object has its own. They end with the object.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use prometheus_client::encoding::{EncodeMetric, MetricEncoder};
use prometheus_client::metrics::{MetricType, TypedMetric};

use crate::controller::key::Key;

/// Further labels.
pub(super) type Labels<const N: usize> = [(&'static str, &'static str); N];

type Metrics<M, const N: usize> = BTreeMap<(Key, Labels<N>), M>;

/// A metric for each object of a kind and each value of `N` further labels. Clones count together.
pub(super) struct ByObject<M, const N: usize> {
    metrics: Arc<Mutex<Metrics<M, N>>>,
    new: fn() -> M,
}

impl<M: Clone, const N: usize> ByObject<M, N> {
    /// None yet. `new` makes one.
    pub(super) fn new(new: fn() -> M) -> Self {
        Self { metrics: Arc::default(), new }
    }

    /// The metric of an object.
    pub(super) fn of(&self, key: &Key, labels: Labels<N>) -> M {
        self.metrics().entry((key.clone(), labels)).or_insert_with(self.new).clone()
    }

    /// Forgets all other objects.
    pub(super) fn keep(&self, keys: &BTreeSet<Key>) {
        self.metrics().retain(|(key, _), _| keys.contains(key));
    }
}

impl<M, const N: usize> ByObject<M, N> {
    fn metrics(&self) -> MutexGuard<'_, Metrics<M, N>> {
        self.metrics.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<M, const N: usize> Clone for ByObject<M, N> {
    fn clone(&self) -> Self {
        Self { metrics: Arc::clone(&self.metrics), new: self.new }
    }
}

impl<M, const N: usize> fmt::Debug for ByObject<M, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ByObject").finish_non_exhaustive()
    }
}

impl<M: EncodeMetric + TypedMetric, const N: usize> EncodeMetric for ByObject<M, N> {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), fmt::Error> {
        for ((key, further), metric) in &*self.metrics() {
            let all: Vec<_> = labels(key).into_iter().chain(further.iter().copied()).collect();
            metric.encode(encoder.encode_family(&all)?)?;
        }
        Ok(())
    }

    fn metric_type(&self) -> MetricType {
        M::TYPE
    }
}

/// The labels of an object.
pub(super) fn labels(key: &Key) -> [(&'static str, &str); 2] {
    [("namespace", &key.namespace), ("name", &key.name)]
}
