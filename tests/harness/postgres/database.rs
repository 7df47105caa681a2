//! A database for one test, and how much was written to it.

use std::time::Duration;

use super::{PASSWORD, Postgres, SUPERUSER};
use crate::harness::{Process, command, wait};

/// A database for one test.
#[derive(Debug)]
pub struct Database<'a> {
    pub(super) server: &'a Postgres,
    pub(super) name: String,
}

/// How much was written to a database since it was created (`pg_stat_database`), system catalogues included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statistics {
    /// Rows inserted.
    pub inserted: i64,
    /// Rows updated.
    pub updated: i64,
    /// Rows deleted.
    pub deleted: i64,
}

impl Database<'_> {
    /// The name of the database, and of its owner.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The URL of the owner: `postgres://NAME:PASSWORD@ADDRESS/NAME`.
    #[must_use]
    pub fn url(&self) -> String {
        let password = PASSWORD.replace(' ', "%20");
        format!("postgres://{name}:{password}@{address}/{name}", name = self.name, address = self.server.address())
    }

    /// The owner's password.
    #[must_use]
    pub const fn password(&self) -> &'static str {
        PASSWORD
    }

    /// The server.
    #[must_use]
    pub const fn server(&self) -> &Postgres {
        self.server
    }

    /// Runs one or more statements as the owner; the rows come as lines, their columns separated by `|`.
    pub fn sql(&self, sql: &str) -> String {
        command::run(self.server.psql(&self.name, &self.name).args(["--command", sql]))
    }

    /// All rows of all tables, one for each line.
    #[must_use]
    pub fn content(&self) -> Vec<String> {
        let tables = self.sql("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' ORDER BY 1");
        let rows = tables.split_whitespace().flat_map(|table| {
            let rows = self.sql(&format!("SELECT row_to_json(held) FROM {table} AS held"));
            rows.lines().map(|row| format!("{table}: {row}")).collect::<Vec<_>>()
        });
        let mut content: Vec<String> = rows.collect();
        content.sort_unstable();
        content
    }

    /// Runs a script of psql as the owner, meta-commands such as `\copy` included, in one transaction.
    pub fn script(&self, script: &str) {
        let mut psql = self.server.psql(&self.name, &self.name);
        command::run_with(psql.args(["--single-transaction", "--file", "-"]), script);
    }

    /// Locks a table so that it can be read but not written, until the value is dropped.
    #[must_use]
    pub fn hold(&self, table: &str) -> Process {
        let is_held = format!(
            "SELECT count(*) FROM pg_locks WHERE relation = '{table}'::regclass AND mode = 'ShareLock' AND granted"
        );
        self.hold_by(table, &format!("LOCK TABLE {table} IN SHARE MODE"), &is_held)
    }

    /// Holds an advisory lock that this SQL expression says the key of, until the value is dropped.
    #[must_use]
    pub fn hold_advisory(&self, key: &str) -> Process {
        let is_held = "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database \
                       WHERE locktype = 'advisory' AND granted AND datname = current_database() \
                       AND pid IN (SELECT pid FROM pg_stat_activity WHERE application_name = 'psql')";
        self.hold_by("advisory", &format!("SELECT pg_advisory_xact_lock({key})"), is_held)
    }

    fn hold_by(&self, name: &str, statement: &str, is_held: &str) -> Process {
        let mut psql = self.server.psql(&self.name, &self.name);
        // The shell keeps the session and its transaction open.
        psql.args(["--command", "BEGIN", "--command", statement, "--command", "\\! sleep 600"]);
        let log = self.server.folder.path().join(format!("{}-{name}.log", self.name));
        let holder = Process::spawn("psql", psql, &log);
        wait::until(&format!("{name} is held"), Duration::from_secs(30), || self.sql(is_held).trim() == "1");
        holder
    }

    /// Whether no client holds an advisory lock.
    #[must_use]
    pub fn is_free(&self) -> bool {
        let held = "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database \
                    WHERE locktype = 'advisory' AND granted AND datname = current_database()";
        self.sql(held).trim() == "0"
    }

    /// How many clients wait for a lock.
    #[must_use]
    pub fn waiting(&self) -> usize {
        let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                       AND wait_event_type = 'Lock'";
        self.sql(waiting).trim().parse().expect("a count")
    }

    /// What has been written so far. A backend reports its counts when it exits, or after it has been idle for ten seconds
    /// (`PGSTAT_IDLE_INTERVAL`). So this waits until every client of the database has done so.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        let name = &self.name;
        let busy = format!(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}' \
             AND (state <> 'idle' OR state_change > now() - interval '11 s')"
        );
        wait::until(&format!("no client of database {name} is at work"), Duration::from_secs(30), || {
            self.server.administrate(SUPERUSER, &busy).trim() == "0"
        });
        let counts = self.server.administrate(
            SUPERUSER,
            &format!("SELECT tup_inserted, tup_updated, tup_deleted FROM pg_stat_database WHERE datname = '{name}'"),
        );
        let counts: Vec<i64> = counts.trim().split('|').map(|count| count.parse().expect("a count")).collect();
        Statistics { inserted: counts[0], updated: counts[1], deleted: counts[2] }
    }
}
