//! An operator that watches thousands of syncs, few of which ever run.

use std::time::Duration;

use super::cost::{Cost, Reading};
use super::operator::Operator;
use super::progress::Progress;
use super::servers::Servers;
use super::{Arguments, idle, tell};

/// What was measured.
#[derive(Debug)]
pub struct Many {
    /// From the first new sync until all are seen, and have a status.
    pub seen: Cost,
    /// From the start of another operator until it is ready: until it has a list of all objects.
    pub ready: Duration,
    /// From its start until it has looked at each of them.
    pub restart: Cost,
}

/// Creates suspended syncs, starts the operator again, and measures it also when it rests.
#[must_use]
pub fn measure(servers: &Servers, operator: Operator, arguments: &Arguments) -> (Many, Cost) {
    tell("creating suspended syncs");
    let mut progress = Progress::watch(servers, "many");
    let start = Reading::take(servers, &operator);
    servers.apply_suspended(arguments);
    let suspended = arguments.objects - arguments.syncs;
    let end = progress.wait("suspended", suspended, |state| state.reason == "Suspended");
    let seen = start.until(end, servers, &operator);
    drop(progress);

    tell("starting the operator again");
    operator.stop();
    let start = Reading::before_start(servers);
    let operator = Operator::start(servers);
    let ready = operator.ready();
    let end = operator.rests();
    let restart = start.until(end, servers, &operator);
    tell(&format!("idle for {:?}", arguments.watched()));
    let idle = idle::measure(servers, &operator, arguments.watched());
    (Many { seen, ready, restart }, idle)
}
