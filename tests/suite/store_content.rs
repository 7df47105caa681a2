//! Everything that a store's tables hold, including those that are ours alone: what "unchanged" means, to the last
//! column.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{AssertSqlSafe, Column as _, ConnectOptions as _, Row as _, SqliteConnection};

/// A row of a table.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    table: String,
    columns: Vec<(String, Option<String>)>,
}

impl Row {
    fn read(table: &str, row: &SqliteRow) -> Self {
        let value = |index| row.try_get_unchecked::<Option<String>, usize>(index).unwrap();
        let columns = row.columns().iter().map(|column| (column.name().to_owned(), value(column.ordinal())));
        Self { table: table.to_owned(), columns: columns.collect() }
    }

    fn column(&self, name: &str) -> Option<&str> {
        self.columns.iter().find(|column| column.0 == name)?.1.as_deref()
    }
}

impl fmt::Display for Row {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:", self.table)?;
        self.columns
            .iter()
            .try_for_each(|(name, value)| write!(formatter, " {name}={}", value.as_deref().unwrap_or("NULL")))
    }
}

/// The rows of all tables.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Content(BTreeSet<Row>);

impl Content {
    /// Of a SQLite file; the last ids that were given are part of it.
    pub(crate) async fn of_sqlite(file: &Path) -> Self {
        let mut store = SqliteConnectOptions::new().filename(file).read_only(true).connect().await.unwrap();
        let tables = "SELECT name FROM sqlite_master WHERE type = 'table'";
        let tables = sqlx::query_scalar::<_, String>(tables).fetch_all(&mut store).await.unwrap();
        let mut rows = BTreeSet::new();
        for table in tables {
            rows.extend(rows_of(&mut store, &table).await);
        }
        Self(rows)
    }

    /// The groups by name, each with the usernames of its members: `Analysts: ada bob`.
    pub(crate) fn groups(&self) -> Vec<String> {
        let mut groups: Vec<String> = self.rows("groups").map(|group| self.with_members(group)).collect();
        groups.sort_unstable();
        groups
    }

    /// The one of this name; `None` where there is none.
    pub(crate) fn group(&self, name: &str) -> Option<String> {
        self.rows("groups").find(|group| group.column("name") == Some(name)).map(|group| self.with_members(group))
    }

    fn with_members(&self, group: &Row) -> String {
        let members = self.rows("group_members").filter(|row| row.column("group_id") == group.column("id"));
        let users = members.filter_map(|member| {
            let mut users = self.rows("users");
            users.find(|user| user.column("id") == member.column("user_id"))?.column("username")
        });
        let mut names: Vec<&str> = users.collect();
        names.sort_unstable();
        let name = group.column("name").unwrap_or_default();
        names.iter().fold(format!("{name}:"), |line, name| line + " " + name)
    }

    fn rows(&self, table: &str) -> impl Iterator<Item = &Row> {
        self.0.iter().filter(move |row| row.table == table)
    }

    /// What of it a dashboard server reads.
    pub(crate) fn of_the_dashboard(mut self) -> Self {
        self.0.retain(|row| ["users", "groups", "group_members"].contains(&&*row.table));
        self
    }

    /// A column of the one row of a table that has this value in another.
    pub(crate) fn value(&self, table: &str, (column, value): (&str, &str), wanted: &str) -> String {
        let row = self.rows(table).find(|row| row.column(column) == Some(value));
        let row = row.unwrap_or_else(|| panic!("no {table} with {column} {value}"));
        row.column(wanted).unwrap_or_else(|| panic!("{row} has no {wanted}")).to_owned()
    }

    /// Writes a column of that row.
    pub(crate) fn set(&mut self, table: &str, (column, value): (&str, &str), written: &str, to: &str) {
        let row = self.rows(table).find(|row| row.column(column) == Some(value)).cloned();
        let mut row = row.unwrap_or_else(|| panic!("no {table} with {column} {value}"));
        self.0.remove(&row);
        let column = row.columns.iter_mut().find(|column| column.0 == written);
        column.unwrap_or_else(|| panic!("{table} has no {written}")).1 = Some(to.to_owned());
        self.0.insert(row);
    }

    /// Adds a row with these columns, which are all that the table has.
    pub(crate) fn add(&mut self, table: &str, columns: &[(&str, &str)]) {
        let columns = columns.iter().map(|(name, value)| ((*name).to_owned(), Some((*value).to_owned())));
        self.0.insert(Row { table: table.to_owned(), columns: columns.collect() });
    }

    /// Has a table hold what it holds in another store.
    pub(crate) fn take(&mut self, table: &str, other: &Self) {
        self.0.retain(|row| row.table != table);
        self.0.extend(other.rows(table).cloned());
    }

    /// The rows that are there no more, then those that are new.
    pub(crate) fn changes_to(&self, after: &Self) -> Vec<String> {
        let gone = self.0.difference(&after.0).map(|row| format!("- {row}"));
        gone.chain(after.0.difference(&self.0).map(|row| format!("+ {row}"))).collect()
    }
}

async fn rows_of(store: &mut SqliteConnection, table: &str) -> Vec<Row> {
    let rows = sqlx::query(AssertSqlSafe(format!("SELECT * FROM {table}"))).fetch_all(store).await.unwrap();
    rows.iter().map(|row| Row::read(table, row)).collect()
}
