//! All syncs for the first time, and once more when nothing has changed, with the least that such work can cost.

use std::time::Duration;

use super::Arguments;
use super::cost::{Cost, Reading};
use super::operator::Operator;
use super::population::Population;
use super::progress::Progress;
use super::servers::Servers;
use super::{floor, processor, tell};
use crate::harness::postgres::Database;

const MEMBERSHIPS: &str = "SELECT g.name, u.username FROM group_members m JOIN groups g ON g.id = m.group_id
                           JOIN users u ON u.id = m.user_id ORDER BY g.name COLLATE \"C\", u.username COLLATE \"C\"";

/// What was measured.
#[derive(Debug)]
pub struct Runs {
    /// `ldapsearch` of all users and groups, once.
    pub search: Floor,
    /// `COPY` of all rows, once.
    pub copy: Floor,
    /// From the start of the operator until all are synced.
    pub first: Cost,
    /// From a request of all of them until all have run, when nothing has changed.
    pub unchanged: Cost,
}

/// What a command has cost.
#[derive(Debug, Clone, Copy)]
pub struct Floor {
    /// How long it took.
    pub elapsed: Duration,
    /// Its own processor time.
    pub client: Duration,
    /// That of its server.
    pub server: Duration,
}

/// Starts an operator and measures. Panics if the store is not what the directory is, or a run without a change wrote to it.
#[must_use]
pub fn measure(
    servers: &Servers,
    database: &Database<'_>,
    population: &Population,
    arguments: &Arguments,
) -> (Operator, Runs) {
    let slapd = || servers.directory.id().map_or(Duration::ZERO, processor::used_by);
    let search = Floor::of(slapd, || floor::search(&servers.reader()));

    tell("the first run of each sync");
    let mut progress = Progress::watch(servers, "first");
    let start = Reading::before_start(servers);
    let operator = Operator::start(servers);
    let end = progress.wait("synced", arguments.syncs, |state| state.reason == "Synced");
    let first = start.until(end, servers, &operator);
    assert!(database.sql(MEMBERSHIPS) == population.memberships(), "the store holds the directory's memberships");
    let postgres = || servers.postgres.id().map_or(Duration::ZERO, processor::used_by_family);
    let copy = Floor::of(postgres, || floor::copy(servers.folder(), database, &servers.postgres.database("floor")));

    let _ = operator.rests();
    let written = written(database);
    tell("a run of each sync, on request, when nothing has changed");
    let start = Reading::take(servers, &operator);
    servers.request_all("again");
    let end = progress.wait("requested", arguments.syncs, |state| state.handled == "again" && state.reason == "Synced");
    let unchanged = start.until(end, servers, &operator);
    assert_eq!(self::written(database), written, "no change, no write");
    (operator, Runs { search, copy, first, unchanged })
}

/// The rows that were written so far, without those that PostgreSQL itself writes when it looks after its tables.
fn written(database: &Database<'_>) -> String {
    // Waits until every backend has reported its counts.
    let _ = database.statistics();
    database.sql("SELECT sum(n_tup_ins), sum(n_tup_upd), sum(n_tup_del) FROM pg_stat_user_tables")
}

impl Floor {
    fn of(server: impl Fn() -> Duration, work: impl FnOnce() -> Duration) -> Self {
        let (client, before) = (processor::used_by_commands(), server());
        let elapsed = work();
        Self {
            elapsed,
            client: processor::used_by_commands().saturating_sub(client),
            server: server().saturating_sub(before),
        }
    }
}
