//! The least that the same work can cost: `ldapsearch` of the same entries and attributes, and `COPY` of the same rows into
//! the same tables.

use std::path::Path;
use std::time::{Duration, Instant};

use super::population::{GROUPS, PEOPLE};
use crate::harness::ldap_tools::LdapTools;
use crate::harness::postgres::Database;

const DASHBOARD: &str = include_str!("../../src/store/sql/migrations/postgres/0001_dashboard.sql");
const DASHBOARD_KEYS: &str = include_str!("../../src/store/sql/migrations/postgres/0001_dashboard_keys.sql");
const OWN: &str = include_str!("../../src/store/sql/migrations/postgres/0001_own.sql");

/// In an order that foreign keys allow.
const TABLES: [&str; 5] = ["users", "groups", "user_links", "group_links", "group_members"];

/// Reads all users and groups with `ldapsearch`, in pages, and forgets them.
#[must_use]
pub fn search(reader: &LdapTools) -> Duration {
    let start = Instant::now();
    reader.search_in_vain(
        &[
            &["-E", "pr=1000/noprompt", "-b", PEOPLE, "(objectClass=inetOrgPerson)"][..],
            &["entryUUID", "uid", "mail", "givenName", "sn", "cn", "telephoneNumber"],
        ]
        .concat(),
    );
    reader.search_in_vain(
        &[
            &["-E", "pr=1000/noprompt", "-b", GROUPS, "(objectClass=groupOfNames)"][..],
            &["entryUUID", "cn", "description", "member"],
        ]
        .concat(),
    );
    start.elapsed()
}

/// Copies the rows that a run wrote to `from` into the empty database `to`, in one transaction; keys last, as that is the
/// cheapest. The folder takes the rows on their way. Only the way in is measured.
#[must_use]
pub fn copy(folder: &Path, from: &Database<'_>, to: &Database<'_>) -> Duration {
    let file = |table| folder.join(table).display().to_string();
    let lines =
        |direction: &str| TABLES.map(|table| format!("\\copy {table} {direction} '{}'", file(table))).join("\n");
    from.script(&lines("TO"));
    let load = format!("{DASHBOARD}\n{OWN}\n{}\n{DASHBOARD_KEYS}", lines("FROM"));
    let start = Instant::now();
    to.script(&load);
    start.elapsed()
}
