//! The lease (`coordination.k8s.io/v1`): of several operators, one works. It is taken and renewed by replacing the version that
//! was read, so of two that try only one succeeds. Clocks are never compared: a lease has expired when it has not changed
//! for its duration, as seen here. Whoever cannot renew it stops writing well before the others may take over.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use k8s_openapi::api::coordination::v1::{Lease as LeaseObject, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};
use kube::api::PostParams;
use kube::{Api, Client};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::api_server::lease_answer;
use crate::runtime::clock;

/// How long others leave the lease alone after they have seen it change.
const DURATION: Duration = Duration::from_secs(15);
/// How long after the start of a successful renewal its holder works.
const TENURE: Duration = Duration::from_secs(8);
/// How often the lease is renewed, or tried.
const PERIOD: Duration = Duration::from_secs(2);

/// Which lease, and as whom.
#[derive(Debug, Clone)]
pub struct LeaseOptions {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The name of this process, which no other process has.
    pub identity: String,
}

/// Whether this process works, as its tasks see it.
#[derive(Debug, Clone)]
pub(super) struct Tenure(Option<watch::Receiver<Instant>>);

impl Tenure {
    /// The tenure of an operator without a lease.
    pub(super) const fn unlimited() -> Self {
        Self(None)
    }

    /// Whether this process may write now.
    pub(super) fn is_held(&self) -> bool {
        self.0.as_ref().is_none_or(|until| Instant::now() < *until.borrow())
    }

    /// Resolves when this process may no longer write.
    pub(super) async fn lost(self) {
        let Some(mut until) = self.0 else { return std::future::pending().await };
        loop {
            let end = *until.borrow_and_update();
            tokio::select! {
                biased;
                changed = until.changed() => {
                    // Nobody renews it any more.
                    if changed.is_err() {
                        return sleep_until(end).await;
                    }
                }
                () = sleep_until(end) => return,
            }
        }
    }
}

/// The lease of this process.
pub(super) struct Lease {
    api: Api<LeaseObject>,
    options: LeaseOptions,
    is_known: AtomicBool,
}

/// A lease that this process has.
pub(super) struct Held {
    object: LeaseObject,
    until: watch::Sender<Instant>,
}

impl Held {
    /// For the tasks of this process.
    pub(super) fn tenure(&self) -> Tenure {
        Tenure(Some(self.until.subscribe()))
    }
}

impl Lease {
    pub(super) fn new(client: Client, options: LeaseOptions) -> Self {
        Self { api: Api::namespaced(client, &options.namespace), options, is_known: AtomicBool::new(false) }
    }

    /// Whether it is known who works.
    pub(super) fn is_known(&self) -> bool {
        self.is_known.load(Ordering::Relaxed)
    }

    /// Waits for the lease and takes it.
    pub(super) async fn acquire(&self) -> Held {
        let mut seen = None;
        let mut reported = None;
        loop {
            let start = Instant::now();
            let attempt = self.attempt(&mut seen).await;
            self.is_known.fetch_or(attempt.is_ok(), Ordering::Relaxed);
            match attempt {
                Ok(Attempt::Taken(object)) => {
                    tracing::info!(lease = self.options.name, identity = self.options.identity, "this operator works");
                    return Held { object: *object, until: watch::Sender::new(start + TENURE) };
                }
                Ok(Attempt::HeldBy(holder)) => {
                    if reported.as_ref() != Some(&holder) {
                        tracing::info!(lease = self.options.name, holder, "another operator works; this one waits");
                        reported = Some(holder);
                    }
                }
                Err(error) => {
                    tracing::warn!(lease = self.options.name, error = %error, "cannot take the lease");
                    reported = None;
                }
            }
            sleep(PERIOD).await;
        }
    }

    /// Renews the lease for as long as that succeeds.
    pub(super) async fn renew(&self, held: &mut Held) {
        loop {
            sleep(PERIOD).await;
            let start = Instant::now();
            // A process that was paused must not bring back a tenure that is over.
            if start >= *held.until.borrow() {
                return;
            }
            match self.replace(&held.object, Some(&self.options.identity)).await {
                Ok(object) => {
                    held.object = object;
                    held.until.send_replace(start + TENURE);
                }
                Err(error) if is_conflict(&error) => match lease_answer(self.api.get_opt(&self.options.name)).await {
                    // The answer to an earlier renewal was lost.
                    Ok(Some(object)) if holder(&object) == Some(&*self.options.identity) => held.object = object,
                    Ok(_) => {
                        held.until.send_replace(Instant::now());
                        return;
                    }
                    Err(error) => tracing::warn!(error = %error, "cannot read the lease"),
                },
                Err(error) => tracing::warn!(error = %error, "cannot renew the lease"),
            }
        }
    }

    /// Gives the lease up, so that another operator takes it at once.
    pub(super) async fn release(&self, held: Held) {
        held.until.send_replace(Instant::now());
        if let Err(error) = self.replace(&held.object, None).await {
            tracing::warn!(error = %error, "cannot release the lease; another operator waits until it expires");
        }
    }

    async fn attempt(&self, seen: &mut Option<Seen>) -> Result<Attempt, kube::Error> {
        let Some(object) = lease_answer(self.api.get_opt(&self.options.name)).await? else {
            let object = self.renewed(&LeaseObject::default(), Some(&self.options.identity));
            let created = lease_answer(self.api.create(&PostParams::default(), &object)).await;
            return taken(created, "another operator, which was faster");
        };
        match Seen::wait(seen, &object, Instant::now()) {
            None => {
                taken(self.replace(&object, Some(&self.options.identity)).await, "another operator, which was faster")
            }
            Some(_) => Ok(Attempt::HeldBy(holder(&object).unwrap_or_default().to_owned())),
        }
    }

    async fn replace(&self, object: &LeaseObject, identity: Option<&str>) -> Result<LeaseObject, kube::Error> {
        let object = self.renewed(object, identity);
        lease_answer(self.api.replace(&self.options.name, &PostParams::default(), &object)).await
    }

    /// The lease with this holder, in the version that was read.
    fn renewed(&self, object: &LeaseObject, identity: Option<&str>) -> LeaseObject {
        let now = MicroTime(clock::now());
        let spec = object.spec.clone().unwrap_or_default();
        let is_same = identity.is_some() && spec.holder_identity.as_deref() == identity;
        LeaseObject {
            metadata: ObjectMeta {
                name: Some(self.options.name.clone()),
                namespace: Some(self.options.namespace.clone()),
                ..object.metadata.clone()
            },
            spec: Some(LeaseSpec {
                holder_identity: Some(identity.unwrap_or_default().to_owned()),
                lease_duration_seconds: i32::try_from(DURATION.as_secs()).ok(),
                acquire_time: if is_same { spec.acquire_time } else { Some(now.clone()) },
                renew_time: Some(now),
                lease_transitions: Some(spec.lease_transitions.unwrap_or_default() + i32::from(!is_same)),
                ..spec
            }),
        }
    }
}

enum Attempt {
    Taken(Box<LeaseObject>),
    HeldBy(String),
}

fn taken(answer: Result<LeaseObject, kube::Error>, other: &str) -> Result<Attempt, kube::Error> {
    match answer {
        Ok(object) => Ok(Attempt::Taken(Box::new(object))),
        Err(error) if is_conflict(&error) => Ok(Attempt::HeldBy(other.to_owned())),
        Err(error) => Err(error),
    }
}

/// A version of the lease, and since when it has been seen.
#[derive(Debug)]
struct Seen {
    version: Option<String>,
    since: Instant,
}

impl Seen {
    /// How long to leave the lease alone. `None`: it is free, or it has expired.
    fn wait(seen: &mut Option<Self>, object: &LeaseObject, now: Instant) -> Option<Duration> {
        holder(object)?;
        let version = object.metadata.resource_version.clone();
        let since = match seen {
            Some(seen) if seen.version == version => seen.since,
            _ => seen.insert(Self { version, since: now }).since,
        };
        let seconds = object.spec.as_ref().and_then(|spec| spec.lease_duration_seconds);
        let duration = seconds.and_then(|seconds| u64::try_from(seconds).ok()).map_or(DURATION, Duration::from_secs);
        duration.checked_sub(now - since).filter(|rest| !rest.is_zero())
    }
}

fn holder(object: &LeaseObject) -> Option<&str> {
    object.spec.as_ref()?.holder_identity.as_deref().filter(|holder| !holder.is_empty())
}

fn is_conflict(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == 409)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lease(holder: &str, version: &str) -> LeaseObject {
        let spec = LeaseSpec {
            holder_identity: Some(holder.to_owned()),
            lease_duration_seconds: Some(15),
            ..LeaseSpec::default()
        };
        let metadata = ObjectMeta { resource_version: Some(version.to_owned()), ..ObjectMeta::default() };
        LeaseObject { metadata, spec: Some(spec) }
    }

    #[test]
    fn a_lease_has_expired_when_it_has_not_changed_here_for_its_duration() {
        let start = Instant::now();
        let at = |second| start + Duration::from_secs(second);
        let mut seen = None;
        assert!(Seen::wait(&mut seen, &lease("a", "1"), at(0)).is_some());
        assert!(Seen::wait(&mut seen, &lease("a", "1"), at(14)).is_some());
        assert!(Seen::wait(&mut seen, &lease("a", "2"), at(15)).is_some(), "it was renewed");
        assert!(Seen::wait(&mut seen, &lease("a", "2"), at(29)).is_some());
        assert_eq!(Seen::wait(&mut seen, &lease("a", "2"), at(30)), None);
        assert_eq!(Seen::wait(&mut None, &lease("", "3"), at(0)), None, "it was released");
        assert_eq!(Seen::wait(&mut None, &LeaseObject::default(), at(0)), None);
    }

    #[test]
    fn a_holder_stops_before_others_may_take_over() {
        // A renewal that began just before the end of the tenure may arrive as late as a call may take.
        assert!(TENURE + PERIOD + Duration::from_secs(3) < DURATION);
    }

    #[tokio::test]
    async fn a_tenure_ends_unless_it_is_renewed() {
        let start = Instant::now();
        let until = watch::Sender::new(start + Duration::from_millis(50));
        let tenure = Tenure(Some(until.subscribe()));
        let lost = tokio::spawn(tenure.clone().lost());
        until.send_replace(start + Duration::from_millis(200));
        assert!(tenure.is_held());
        lost.await.unwrap();
        assert!(!tenure.is_held() && start.elapsed() >= Duration::from_millis(200));
        assert!(Tenure::unlimited().is_held());
    }
}
