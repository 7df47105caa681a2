//! PostgreSQL 13 and later. Reads and bulk writes are COPY, everything else is set-based; one connection a call.

mod connection;
mod copy;
mod ending;
mod guard;
mod known;
mod probe;
mod read;
mod relay;
mod tunnel;
mod write;

use std::time::Duration;

use async_trait::async_trait;
use sqlx::{PgConnection, Row, raw_sql};

use self::connection::Connection;
use self::probe::no_schema;
use super::failure::during;
use super::row_writer::RowWriter as _;
use super::schema::{Columns, Shape, check_version, not_a_table};
use super::transaction::SqlTransaction;
use super::url::{PostgresAddress, misconfigured};
use crate::store::{Capabilities, Error, Existence, Guard, UserStore, Writer};
use crate::sync::found::Found;
use crate::tls::Trust;

/// The oldest version that PostgreSQL itself still fixed when this was written, as `server_version_num` has it.
const OLDEST_VERSION: u32 = 130_000;

/// How long a probe may take once it has signed in. It asks for little, and the locks that it may wait for are bounded.
const PROBE_TIMEOUT: Duration = Duration::from_secs(30);

const DASHBOARD: &str = include_str!("migrations/postgres/0001_dashboard.sql");
const OWN: &str = include_str!("migrations/postgres/0001_own.sql");
const OWN_KEYS: &str = include_str!("migrations/postgres/0001_own_keys.sql");

/// A store in a PostgreSQL database.
#[derive(Debug)]
pub(super) struct Postgres {
    address: PostgresAddress,
    trust: Option<Trust>,
}

/// The write side, inside a transaction. Dropped, the server rolls it back.
#[derive(Debug)]
pub(super) struct PostgresWriter {
    connection: Connection,
    /// All tables are this transaction's own, those of memberships and links without keys until the rows are in.
    keys_are_due: bool,
    /// Nothing is committed.
    is_rehearsal: bool,
}

impl Postgres {
    pub(super) const fn new(address: PostgresAddress, trust: Option<Trust>) -> Self {
        Self { address, trust }
    }

    async fn transaction(&self) -> Result<PostgresWriter, Error> {
        let mut connection = self.open().await?;
        lock(&mut connection).await?;
        let shape = shape(&mut connection).await?;
        let failed = during("creating the store's tables");
        let migrations: &[&'static str] = match shape {
            Shape::Absent => &[DASHBOARD, OWN],
            Shape::Unlinked => &[OWN, OWN_KEYS],
            Shape::Complete => &[],
        };
        for migration in migrations {
            raw_sql(*migration).execute(&mut *connection).await.map_err(failed)?;
        }
        if shape == Shape::Complete {
            check_schema_version(&mut connection).await?;
        }
        check_sequences(&mut connection).await?;
        Ok(PostgresWriter { connection, keys_are_due: shape == Shape::Absent, is_rehearsal: false })
    }

    async fn open(&self) -> Result<Connection, Error> {
        let PostgresAddress { host, port, connect_timeout, .. } = &self.address;
        let attempt = format!("connecting to {host}:{port}");
        let opening = Connection::open(&self.address, self.trust.as_ref(), &attempt);
        let connection = within(*connect_timeout, &attempt, opening).await?;
        match connection.server_version_num() {
            Some(version) if version < OLDEST_VERSION => {
                Err(misconfigured(format!("the server is PostgreSQL {}; 13 or later is needed", version / 10_000)))
            }
            _ => Ok(connection),
        }
    }
}

#[async_trait]
impl UserStore for Postgres {
    async fn probe(&self) -> Result<Capabilities, Error> {
        let mut connection = self.open().await?;
        within(PROBE_TIMEOUT, "asking the server what it is", async {
            let shape = shape(&mut connection).await?;
            probe::probe(&mut connection, shape).await
        })
        .await
    }

    /// A database that only takes reads says so when the lock is taken; rights are told by [`UserStore::probe`].
    async fn probe_writing(&self) -> Result<Existence, Error> {
        within(PROBE_TIMEOUT, "beginning to write to the store", async {
            self.transaction().await?.undo().await.map_err(during("undoing what was tried"))?;
            Ok(Existence::There)
        })
        .await
    }

    async fn read(&self) -> Result<Found, Error> {
        let mut connection = self.open().await?;
        let failed = during("reading the store");
        raw_sql("BEGIN READ ONLY").execute(&mut *connection).await.map_err(failed)?;
        bound(&mut connection).await.map_err(failed)?;
        let shape = shape(&mut connection).await?;
        let found = read::read(&mut connection, shape).await?;
        // A pooler between us and the server can then give the server's connection to somebody else.
        raw_sql("COMMIT").execute(&mut *connection).await.map_err(failed)?;
        Ok(found)
    }

    async fn begin<'a>(&'a self, guard: &'a dyn Guard) -> Result<Box<dyn Writer + 'a>, Error> {
        guard.may_go_on().await?;
        Ok(Box::new(SqlTransaction::new(self.transaction().await?, guard)))
    }
}

async fn within<T>(
    limit: Duration,
    attempt: &str,
    request: impl Future<Output = Result<T, Error>> + Send,
) -> Result<T, Error> {
    let late = |_| Error::unreachable(attempt, format!("no answer within {} s", limit.as_secs()));
    tokio::time::timeout(limit, request).await.map_err(late)?
}

/// Opens the transaction and takes its lock, which is the schema's: two stores in one database do not meet.
///
/// The lock comes first and reads follow it, each statement with a snapshot of its own, so that they see what the
/// lock's last holder wrote.
async fn lock(connection: &mut PgConnection) -> Result<(), Error> {
    let failed = during("taking the store's lock");
    raw_sql("BEGIN ISOLATION LEVEL READ COMMITTED").execute(&mut *connection).await.map_err(failed)?;
    bound(&mut *connection).await.map_err(failed)?;
    let row = raw_sql(
        "SELECT pg_try_advisory_xact_lock(hashtextextended('directory-group-sync ' || current_schema(), 0)),
                current_setting('transaction_read_only')::boolean",
    )
    .fetch_one(&mut *connection)
    .await
    .map_err(failed)?;
    if row.try_get(1).map_err(failed)? {
        return Err(Error::access_denied(
            "beginning to write to the store",
            "the database only takes reads: it is a standby, or default_transaction_read_only is on for it or for the \
             role; name the primary in the URL, or turn the setting off",
        ));
    }
    match row.try_get::<Option<bool>, _>(0).map_err(failed)? {
        Some(true) => Ok(()),
        Some(false) => Err(Error::Busy),
        None => Err(no_schema()),
    }
}

/// The settings of each of our transactions. Locks of others keep us waiting for a bounded time only, and so do our locks
/// if this machine is lost. A policy that would hide rows from us is an error, because hidden rows read like absent ones.
async fn bound(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    raw_sql(
        "SET LOCAL lock_timeout = '10s';
         SET LOCAL idle_in_transaction_session_timeout = '5min';
         SET LOCAL row_security = off;
         SET LOCAL client_min_messages = warning",
    )
    .execute(connection)
    .await
    .map(drop)
}

/// Which of our tables, with which columns, the schema has that unqualified names mean.
async fn shape(connection: &mut PgConnection) -> Result<Shape, Error> {
    let failed = during("looking for the store's tables");
    let rows = raw_sql(
        "SELECT c.relname::text, a.attname::text, c.relkind::text
         FROM pg_class c
         JOIN pg_namespace n ON n.oid = c.relnamespace
         JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
         WHERE n.nspname = current_schema()
           AND c.relname IN ('users', 'groups', 'group_members', 'user_links', 'group_links',
                             'known_directories', 'directory_servers', 'directory_claims',
                             'directory_sync_schema')",
    )
    .fetch_all(connection)
    .await
    .map_err(failed)?;
    let mut columns = Columns::new();
    for row in rows {
        let (table, column): (String, String) = (row.try_get(0).map_err(failed)?, row.try_get(1).map_err(failed)?);
        let kind: String = row.try_get(2).map_err(failed)?;
        if !["r", "p"].contains(&&*kind) {
            return Err(not_a_table(&table, kind_of_relation(&kind)));
        }
        columns.entry(table).or_default().insert(column);
    }
    Shape::of(&columns)
}

/// What `pg_class.relkind` says.
fn kind_of_relation(kind: &str) -> &'static str {
    match kind {
        "v" => "view",
        "m" => "materialized view",
        "f" => "foreign table",
        "S" => "sequence",
        "i" | "I" => "index",
        "c" => "composite type",
        _ => "relation of another kind",
    }
}

async fn check_schema_version(connection: &mut PgConnection) -> Result<(), Error> {
    let failed = during("asking for the schema's version");
    let row = raw_sql("SELECT coalesce(max(version), 0) FROM directory_sync_schema").fetch_one(connection).await;
    check_version(row.and_then(|row| row.try_get(0)).map_err(failed)?)
}

/// Ids come from the tables' own sequences.
async fn check_sequences(connection: &mut PgConnection) -> Result<(), Error> {
    let failed = during("looking for the sequences of ids");
    let row = raw_sql(
        "SELECT pg_get_serial_sequence('users', 'id') IS NOT NULL, pg_get_serial_sequence('groups', 'id') IS NOT NULL",
    )
    .fetch_one(connection)
    .await
    .map_err(failed)?;
    for (index, table) in ["users", "groups"].into_iter().enumerate() {
        if !row.try_get::<bool, _>(index).map_err(failed)? {
            return Err(misconfigured(format!(
                "{table}.id has no sequence that gives ids: ALTER TABLE {table} ALTER id ADD GENERATED BY DEFAULT AS IDENTITY"
            )));
        }
    }
    Ok(())
}
