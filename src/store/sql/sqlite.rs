//! A SQLite file, for use outside a cluster. Rows go in as JSON, so that one statement of fixed text writes any number.

mod json;
mod known;
mod read;
mod write;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Row, SqliteConnection, raw_sql};

use super::failure::during;
use super::form::form;
use super::schema::{Columns, IDENTITY, Shape, not_a_table};
use super::text_bounds::beginning;
use super::transaction::SqlTransaction;
use super::url::misconfigured;
use crate::store::{Capabilities, Error, Existence, Guard, UserStore, Writer};
use crate::sync::ability::Abilities;
use crate::sync::found::Found;

const DASHBOARD: &str = include_str!("migrations/sqlite/0001_dashboard.sql");
const OWN: &str = include_str!("migrations/sqlite/0001_own.sql");

/// How long a statement waits for the locks of other programs, each of which they hold for one commit.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// A store in a SQLite file.
#[derive(Debug)]
pub(super) struct Sqlite {
    path: PathBuf,
}

/// The write side, inside a transaction. Dropped, it is rolled back.
#[derive(Debug)]
pub(super) struct SqliteWriter {
    connection: SqliteConnection,
}

impl Sqlite {
    pub(super) const fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// The file's own write lock is the store's lock.
    async fn transaction(&self) -> Result<SqliteWriter, Error> {
        self.exists()?;
        // A large plan would write its pages many times over: with SQLite's own cache of 2 MB (this is 32 MiB), and into
        // temporary files, from which a savepoint is rolled back.
        let options = self.options().pragma("cache_size", "-32768").pragma("temp_store", "MEMORY");
        let options = options.create_if_missing(true).busy_timeout(Duration::ZERO);
        let mut connection = self.open(&options).await?;
        let failed = during("taking the store's lock");
        raw_sql("BEGIN IMMEDIATE").execute(&mut connection).await.map_err(failed)?;
        raw_sql("PRAGMA busy_timeout = 5000").execute(&mut connection).await.map_err(failed)?;
        let shape = shape(&mut connection).await?;
        let failed = match shape {
            Shape::Complete => during("beginning to write to the store"),
            Shape::Absent | Shape::Unlinked => during("creating the store's tables"),
        };
        if shape == Shape::Absent {
            raw_sql(DASHBOARD).execute(&mut connection).await.map_err(failed)?;
        } else {
            check_autoincrement(&mut connection).await?;
        }
        if shape == Shape::Complete {
            read::check_schema_version(&mut connection).await?;
            read::check_links(&mut connection).await?;
            forget_dangling_links(&mut connection).await.map_err(failed)?;
        } else {
            raw_sql(OWN).execute(&mut connection).await.map_err(failed)?;
        }
        Ok(SqliteWriter { connection })
    }

    /// `None` where no run has created our tables yet.
    async fn identity(&self) -> Result<Option<String>, Error> {
        let mut connection = self.open(&self.options()).await?;
        if shape(&mut connection).await? != Shape::Complete {
            return Ok(None);
        }
        let failed = during("asking the store for its id");
        let row = raw_sql(IDENTITY).fetch_optional(&mut connection).await.map_err(failed)?;
        let identity: Option<String> = row.map(|row| row.try_get(0)).transpose().map_err(failed)?.flatten();
        Ok(identity.as_deref().map(beginning))
    }

    fn probe_folder(&self) -> Result<(), Error> {
        let mut probe = self.path.clone().into_os_string();
        probe.push(format!(".probe-{}", std::process::id()));
        let made = File::create_new(&probe).and_then(|_| fs::remove_file(&probe));
        made.map_err(|error| {
            let problem = format!("{error}: the account needs the right to write the folder");
            Error::access_denied(format!("creating a file beside {}", self.path.display()), problem).caused_by(error)
        })
    }

    /// Whether the file is there; its folder must be.
    fn exists(&self) -> Result<bool, Error> {
        let attempt = || format!("opening {}", self.path.display());
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if !folder.is_dir() {
            let problem = format!("the folder {} does not exist; create it", folder.display());
            return Err(misconfigured(problem));
        }
        let exists = self.path.try_exists();
        exists.map_err(|error| Error::unreachable(attempt(), error.to_string()).caused_by(error))
    }

    fn options(&self) -> SqliteConnectOptions {
        // The journal stays as the file's owner has set it.
        SqliteConnectOptions::new().filename(&self.path).foreign_keys(true).busy_timeout(BUSY_TIMEOUT)
    }

    async fn open(&self, options: &SqliteConnectOptions) -> Result<SqliteConnection, Error> {
        let connection = options.clone().disable_statement_logging().connect().await;
        connection.map_err(during(&format!("opening {}", self.path.display())))
    }
}

#[async_trait]
impl UserStore for Sqlite {
    async fn probe(&self) -> Result<Capabilities, Error> {
        let identity = if self.exists()? { self.identity().await? } else { None };
        let mut library = self.open(&SqliteConnectOptions::new().in_memory(true)).await?;
        let row = raw_sql("SELECT sqlite_version()").fetch_one(&mut library).await;
        let version = row.and_then(|row| row.try_get(0)).map_err(during("asking SQLite for its version"))?;
        Ok(Capabilities {
            identity,
            product: "SQLite".to_owned(),
            version,
            dialect: Vec::new(),
            signed_in_as: None,
            administrator_accounts: Vec::new(),
            missing_rights: Vec::new(),
            administrators: Vec::new(),
            foreign_groups: Vec::new(),
            administrator_role: None,
            roles: Vec::new(),
            default_group: None,
            is_atomic: true,
            abilities: Abilities::DATABASE,
            form: form(),
        })
    }

    async fn read(&self) -> Result<Found, Error> {
        if !self.exists()? {
            return Ok(Found::default());
        }
        let mut connection = self.open(&self.options()).await?;
        // One transaction is one view: SQLite isolates completely.
        raw_sql("BEGIN").execute(&mut connection).await.map_err(during("reading the store"))?;
        let shape = shape(&mut connection).await?;
        read::read(&mut connection, shape).await
    }

    /// A file that is not there yet would be made by the lock alone, so then a file beside it is made and removed.
    async fn probe_writing(&self) -> Result<Existence, Error> {
        if !self.exists()? {
            return self.probe_folder().map(|()| Existence::NotYet);
        }
        let mut transaction = self.transaction().await?;
        // The first changed page makes the journal, for which the folder must take files.
        let written = raw_sql("CREATE TABLE directory_sync_probe (probe INTEGER)").execute(&mut transaction.connection);
        written.await.map_err(during("beginning to write to the store"))?;
        let undone = raw_sql("ROLLBACK").execute(&mut transaction.connection).await;
        undone.map(|_| Existence::There).map_err(during("undoing what was tried"))
    }

    async fn begin<'a>(&'a self, guard: &'a dyn Guard) -> Result<Box<dyn Writer + 'a>, Error> {
        guard.may_go_on().await?;
        Ok(Box::new(SqlTransaction::new(self.transaction().await?, guard)))
    }
}

async fn shape(connection: &mut SqliteConnection) -> Result<Shape, Error> {
    let failed = during("looking for the store's tables");
    let rows = raw_sql(
        "SELECT t.name, t.type, c.name FROM sqlite_master AS t LEFT JOIN pragma_table_info(t.name) AS c
         WHERE t.type IN ('table', 'view', 'index')
           AND t.name IN ('users', 'groups', 'group_members', 'user_links', 'group_links',
                          'known_directories', 'directory_servers', 'directory_claims',
                          'directory_sync_schema')",
    )
    .fetch_all(connection)
    .await
    .map_err(failed)?;
    let mut columns = Columns::new();
    for row in rows {
        let (table, kind): (String, String) = (row.try_get(0).map_err(failed)?, row.try_get(1).map_err(failed)?);
        if kind != "table" {
            return Err(not_a_table(&table, &kind));
        }
        columns.entry(table).or_default().insert(row.try_get(2).map_err(failed)?);
    }
    Shape::of(&columns)
}

/// Without it SQLite gives the id of a deleted row to a new one, which would inherit what remembers that id.
async fn check_autoincrement(connection: &mut SqliteConnection) -> Result<(), Error> {
    let failed = during("looking at the store's tables");
    let rows = raw_sql("SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name IN ('users', 'groups')")
        .fetch_all(connection)
        .await
        .map_err(failed)?;
    for row in rows {
        let (table, definition): (String, String) = (row.try_get(0).map_err(failed)?, row.try_get(1).map_err(failed)?);
        if !definition.to_ascii_uppercase().contains("AUTOINCREMENT") {
            return Err(misconfigured(format!(
                "{table}.id may be given twice; it must be INTEGER PRIMARY KEY AUTOINCREMENT"
            )));
        }
    }
    Ok(())
}

/// Programs that do not ask SQLite for foreign keys leave the links of what they delete.
async fn forget_dangling_links(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let statement = "DELETE FROM user_links WHERE user_id NOT IN (SELECT id FROM users);
                     DELETE FROM group_links WHERE group_id NOT IN (SELECT id FROM groups)";
    raw_sql(statement).execute(connection).await.map(drop)
}
