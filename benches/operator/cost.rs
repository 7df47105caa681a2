//! What everything has used, and what a stretch of time has cost.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::operator::Operator;
use super::processor;
use super::servers::Servers;

/// What the operator calls itself in the audit log.
const USER_AGENT: &str = "directory-group-sync/";

/// Sums up to a moment.
#[derive(Debug)]
pub struct Reading {
    at: Instant,
    processors: Processors,
    requests: u32,
    calls: BTreeMap<String, u32>,
}

/// Processor time of each side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Processors {
    /// The operator's.
    pub operator: Duration,
    /// PostgreSQL's, with all its processes.
    pub postgres: Duration,
    /// slapd's.
    pub slapd: Duration,
    /// That of kube-apiserver and etcd.
    pub kubernetes: Duration,
}

/// What a stretch of time has cost.
#[derive(Debug)]
pub struct Cost {
    /// How long it was.
    pub elapsed: Duration,
    /// Processor time.
    pub processors: Processors,
    /// The most that the operator had in memory, in octets.
    pub peak: u64,
    /// What it has in the end.
    pub resident: u64,
    /// LDAP requests: binds and searches.
    pub requests: u32,
    /// The operator's calls to the API server, by what was asked. A watch is one call.
    pub calls: BTreeMap<String, u32>,
}

impl Reading {
    /// Reads everything, and starts another peak of memory.
    #[must_use]
    pub fn take(servers: &Servers, operator: &Operator) -> Self {
        processor::forget_peak(operator.id());
        Self::of(servers, Some(operator.id()))
    }

    /// The same for an operator that is started next.
    #[must_use]
    pub fn before_start(servers: &Servers) -> Self {
        Self::of(servers, None)
    }

    fn of(servers: &Servers, operator: Option<u32>) -> Self {
        let (requests, calls) = (requests(servers), calls(servers));
        // Last, because the others take a while.
        Self { processors: Processors::read(servers, operator), at: Instant::now(), requests, calls }
    }

    /// What was used from here to a moment that has just passed.
    #[must_use]
    pub fn until(&self, end: Instant, servers: &Servers, operator: &Operator) -> Cost {
        let processors = Processors::read(servers, Some(operator.id())).since(self.processors);
        let [resident, peak] = processor::memory(operator.id());
        let mut calls = calls(servers);
        for (what, count) in &self.calls {
            calls.entry(what.clone()).and_modify(|now| *now -= count);
        }
        calls.retain(|_, count| *count > 0);
        let requests = requests(servers) - self.requests;
        Cost { elapsed: end.duration_since(self.at), processors, peak, resident, requests, calls }
    }
}

impl Processors {
    fn read(servers: &Servers, operator: Option<u32>) -> Self {
        Self {
            operator: operator.map_or(Duration::ZERO, processor::used_by),
            postgres: servers.postgres.id().map_or(Duration::ZERO, processor::used_by_family),
            slapd: servers.directory.id().map_or(Duration::ZERO, processor::used_by),
            kubernetes: servers.api.ids().into_iter().map(processor::used_by).sum(),
        }
    }

    fn since(self, before: Self) -> Self {
        Self {
            operator: self.operator.saturating_sub(before.operator),
            postgres: self.postgres.saturating_sub(before.postgres),
            slapd: self.slapd.saturating_sub(before.slapd),
            kubernetes: self.kubernetes.saturating_sub(before.kubernetes),
        }
    }
}

impl Cost {
    /// All calls to the API server.
    #[must_use]
    pub fn all_calls(&self) -> u32 {
        self.calls.values().sum()
    }
}

/// The binds and searches that slapd has logged.
fn requests(servers: &Servers) -> u32 {
    let is_request =
        |line: &&str| line.contains(" SRCH base=") || (line.contains(" BIND ") && line.contains(" method="));
    servers.directory.log().lines().filter(is_request).map(|_| 1).sum()
}

fn calls(servers: &Servers) -> BTreeMap<String, u32> {
    let requests = servers.api.audit().into_iter().filter(|request| request.user_agent.starts_with(USER_AGENT));
    let mut calls = BTreeMap::new();
    for request in requests {
        let parts = [request.verb, request.object.resource, request.object.subresource];
        let words: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        *calls.entry(words.join(" ")).or_default() += 1;
    }
    calls
}
