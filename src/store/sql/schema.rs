//! The tables: which there are, what they must have, and what state a store is in.

use std::collections::{BTreeMap, BTreeSet};

use super::url::misconfigured;
use crate::store::Error;

/// The version of the schema that this program writes: the number of its last migration.
pub(super) const VERSION: i64 = 1;

/// Which store it is: an id that our tables were given when they were made.
pub(super) const IDENTITY: &str = "SELECT store_id FROM directory_sync_schema ORDER BY version LIMIT 1";

/// The tables that a dashboard server reads, with the columns that we use. It may have made them itself.
const DASHBOARD_TABLES: [(&str, &[&str]); 3] = [
    ("users", &["id", "username", "email", "first_name", "last_name", "display_name", "phone", "active"]),
    ("groups", &["id", "name", "description"]),
    ("group_members", &["group_id", "user_id"]),
];

/// The tables that are ours alone.
const OWN_TABLES: [&str; 6] = [
    "user_links",
    "group_links",
    "known_directories",
    "directory_servers",
    "directory_claims",
    "directory_sync_schema",
];

/// What of the schema is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Nothing: an empty store.
    Absent,
    /// A dashboard server's tables, which no run has written to yet: a store without links.
    Unlinked,
    /// Everything.
    Complete,
}

/// The columns of each table of the store, by table. Tables that are not of the schema are ignored.
pub(super) type Columns = BTreeMap<String, BTreeSet<String>>;

impl Shape {
    /// Judges what was found.
    ///
    /// # Errors
    /// When some tables or columns are there and others are not: reading on would take missing tables for empty ones.
    pub(super) fn of(columns: &Columns) -> Result<Self, Error> {
        let missing: Vec<&str> =
            DASHBOARD_TABLES.iter().map(|(table, _)| *table).filter(|table| !columns.contains_key(*table)).collect();
        let missing_own: Vec<&str> = OWN_TABLES.into_iter().filter(|table| !columns.contains_key(*table)).collect();
        let no_own = missing_own.len() == OWN_TABLES.len();
        if missing.len() == DASHBOARD_TABLES.len() && no_own {
            return Ok(Self::Absent);
        }
        let missing = if no_own { missing } else { [missing, missing_own].concat() };
        if !missing.is_empty() {
            return Err(incomplete("tables", &missing.join(", ")));
        }
        let missing: Vec<String> = DASHBOARD_TABLES
            .iter()
            .flat_map(|(table, wanted)| wanted.iter().map(move |column| (table, column)))
            .filter(|(table, column)| !columns.get(**table).is_some_and(|found| found.contains(**column)))
            .map(|(table, column)| format!("{table}.{column}"))
            .collect();
        if !missing.is_empty() {
            return Err(incomplete("columns", &missing.join(", ")));
        }
        Ok(if no_own { Self::Unlinked } else { Self::Complete })
    }
}

fn incomplete(what: &str, missing: &str) -> Error {
    misconfigured(format!(
        "the database has some of the store's tables and lacks these {what}: {missing}; add them, or use a schema of its own (docs/sql-store.md)"
    ))
}

/// Refuses a relation that has the name of one of the tables and is not a table. A view may hide rows, and it supports
/// neither locks nor links.
pub(super) fn not_a_table(name: &str, kind: &str) -> Error {
    let article = if kind.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    misconfigured(format!(
        "{name} is {article} {kind}, and a run needs a table of this name; use a schema or a database of its \
             own, and create views on top of its tables (docs/sql-store.md)"
    ))
}

/// Refuses a schema that a newer program wrote: what it means by its tables is not known here.
///
/// # Errors
/// When the version is above [`VERSION`].
pub(super) fn check_version(version: i64) -> Result<(), Error> {
    if version > VERSION {
        return Err(misconfigured(format!(
            "the store's schema is version {version}, this program knows versions up to {VERSION}: use a newer one"
        )));
    }
    Ok(())
}

/// Refuses links that may stand for other objects than those that they were made for.
pub(super) fn links_outlived_their_table(found: &str) -> Error {
    misconfigured(format!(
        "{found}: the table users or groups was made again under the links, which may now stand for other rows; \
             fix it as docs/sql-store.md says under \"When tables were made again\""
    ))
}

/// A table whose rows a plan names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    /// `users`
    Users,
    /// `groups`
    Groups,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(tables: &[&str]) -> Columns {
        let mut columns = Columns::new();
        for table in tables {
            let wanted =
                DASHBOARD_TABLES.iter().find(|(name, _)| name == table).map_or(&["id"][..], |(_, wanted)| wanted);
            columns.insert((*table).to_owned(), wanted.iter().map(|column| (*column).to_owned()).collect());
        }
        columns
    }

    const DASHBOARD: [&str; 3] = ["users", "groups", "group_members"];

    #[test]
    fn a_store_is_empty_or_without_links_or_complete() {
        assert_eq!(Shape::of(&columns(&[])).unwrap(), Shape::Absent);
        assert_eq!(Shape::of(&columns(&["dashboards"])).unwrap(), Shape::Absent);
        assert_eq!(Shape::of(&columns(&DASHBOARD)).unwrap(), Shape::Unlinked);
        assert_eq!(Shape::of(&columns(&[&DASHBOARD[..], &OWN_TABLES[..]].concat())).unwrap(), Shape::Complete);
    }

    #[test]
    fn a_store_with_a_part_of_the_tables_is_an_error_that_names_the_others() {
        let problem = |tables: &[&str]| Shape::of(&columns(tables)).unwrap_err().to_string();
        assert!(problem(&["users", "groups"]).contains("tables: group_members;"));
        assert!(problem(&OWN_TABLES).contains("tables: users, groups, group_members;"));
        assert!(problem(&["user_links"]).contains("group_links, known_directories"));
        assert!(problem(&[&DASHBOARD[..], &["user_links"]].concat()).contains(
            "tables: group_links, known_directories, directory_servers, directory_claims, directory_sync_schema;"
        ));
    }

    #[test]
    fn a_table_without_a_column_that_is_used_is_an_error_that_names_it() {
        let mut found = columns(&DASHBOARD);
        found.get_mut("users").unwrap().remove("phone");
        assert!(Shape::of(&found).unwrap_err().to_string().contains("columns: users.phone;"));
    }

    #[test]
    fn a_newer_schema_is_refused() {
        assert!(check_version(VERSION).is_ok());
        assert!(check_version(VERSION + 1).is_err());
    }
}
