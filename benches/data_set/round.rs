//! One round of measurements, each of its results checked: a wrong one panics, a slow one is only told.

use std::time::Duration;

use super::floor;
use super::population::Population;
use super::servers::{Run, Servers};
use crate::harness::postgres::{Database, Statistics};

const MEMBERSHIPS: &str = "SELECT g.name, u.username FROM group_members m JOIN groups g ON g.id = m.group_id
                           JOIN users u ON u.id = m.user_id ORDER BY g.name COLLATE \"C\", u.username COLLATE \"C\"";

/// What was measured.
#[derive(Debug)]
pub struct Round {
    /// `ldapsearch` of everything.
    pub search: Duration,
    /// `COPY` of everything.
    pub copy: Duration,
    /// A run into an empty database.
    pub first: Run,
    /// A run that finds nothing to do.
    pub unchanged: Run,
    /// A run after one member left one group.
    pub changed: Run,
    /// What the last of them wrote.
    pub written: Statistics,
}

impl Round {
    /// Measures everything once, in a database of its own. The directory is in the end as it was.
    #[must_use]
    pub fn measure(servers: &Servers, population: &Population) -> Self {
        let size = population.size();
        let database = servers.postgres.database("data_set");
        let search = floor::search(&servers.reader());

        let first = servers.sync(&database);
        assert_eq!(first.last_run["groups"]["created"], size.groups);
        assert_eq!(first.last_run["accounts"]["created"], population.members());
        assert_eq!(first.last_run["members"]["added"], size.memberships);
        assert!(database.sql(MEMBERSHIPS) == population.memberships(), "the store holds the directory's memberships");
        let copy = floor::copy(servers.folder(), &database, &servers.postgres.database("floor"));

        // As autovacuum does within minutes; until then PostgreSQL plans the next read without knowing its tables.
        database.sql("VACUUM (ANALYZE)");
        let (unchanged, written) = counting(servers, &database);
        assert_eq!(unchanged.last_run["groups"]["unchanged"], size.groups);
        assert_eq!(written, Statistics { inserted: 0, updated: 0, deleted: 0 }, "no change, no write");

        let [leave, join] = population.one_membership();
        servers.directory.modify(&leave);
        let (changed, written) = counting(servers, &database);
        assert_eq!(changed.last_run["groups"]["modified"], 1);
        assert_eq!(changed.last_run["members"]["removed"], 1);
        assert_eq!(written, Statistics { inserted: 0, updated: 0, deleted: 1 }, "one membership, one row");
        servers.directory.modify(&join);
        Self { search, copy, first, unchanged, changed, written }
    }
}

/// A run, and what it wrote.
fn counting(servers: &Servers, database: &Database<'_>) -> (Run, Statistics) {
    let before = database.statistics();
    let run = servers.sync(database);
    let after = database.statistics();
    let written = Statistics {
        inserted: after.inserted - before.inserted,
        updated: after.updated - before.updated,
        deleted: after.deleted - before.deleted,
    };
    (run, written)
}
