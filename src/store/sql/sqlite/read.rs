//! Reads the whole store, inside the transaction that the caller opened.

use futures::TryStreamExt;
use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row, SqliteConnection, raw_sql};

use crate::store::Error;
use crate::store::sql::failure::during;
use crate::store::sql::reading::{LinkColumns, Reading, present};
use crate::store::sql::schema::{Shape, check_version, links_outlived_their_table};
use crate::store::sql::text_bounds::{LONGEST_TEXT, too_long};
use crate::sync::found::{Account, Found};
use crate::sync::snapshot::Attributes;

const USERS: &str = "SELECT id, CAST(username AS TEXT), CAST(email AS TEXT), CAST(first_name AS TEXT),
                            CAST(last_name AS TEXT), CAST(display_name AS TEXT), CAST(phone AS TEXT),
                            coalesce(active, 1) <> 0
                     FROM users";
const GROUPS: &str = "SELECT id, CAST(name AS TEXT), CAST(description AS TEXT) FROM groups";
const MEMBERS: &str = "SELECT group_id, group_concat(user_id) FROM group_members
                       WHERE group_id IS NOT NULL AND user_id IS NOT NULL
                       GROUP BY group_id";
/// The columns of each table that may have any text: first those of the dashboard server, then ours.
const TEXTS: [(&str, &[&str]); 8] = [
    ("users", &["username", "email", "first_name", "last_name", "display_name", "phone"]),
    ("groups", &["name", "description"]),
    ("group_members", &["group_id", "user_id"]),
    ("user_links", &["directory_id", "external_id", "owner", "origin", "dn_hash", "parent_hash", "username", "email"]),
    (
        "group_links",
        &["directory_id", "external_id", "owner", "origin", "dn_hash", "parent_hash", "name", "item", "exclusions"],
    ),
    ("known_directories", &["directory_id", "first_seen"]),
    ("directory_servers", &["directory_id", "identity", "first_seen"]),
    ("directory_claims", &["directory_id", "installation", "namespace", "addresses", "authorities", "first_seen"]),
];
const USER_LINKS: &str = "SELECT user_id, directory_id, external_id, owner, origin, dn_hash, parent_hash,
                                 username, email, deactivated_by_us, unused_since, missing_since
                          FROM user_links";
const GROUP_LINKS: &str = "SELECT group_id, directory_id, external_id, owner, origin, dn_hash, parent_hash,
                                  name, item, exclusions, missing_since, empty_since
                           FROM group_links";
const DIRECTORIES: &str = "SELECT directory_id, first_seen FROM known_directories";
const CLAIMS: &str = "SELECT directory_id, installation, namespace, addresses, authorities, first_seen
                      FROM directory_claims";
const SERVERS: &str = "SELECT directory_id, identity, first_seen, position FROM directory_servers";

const ATTEMPT: &str = "reading the store";

/// Reads everything.
pub(super) async fn read(connection: &mut SqliteConnection, shape: Shape) -> Result<Found, Error> {
    if shape == Shape::Absent {
        return Ok(Found::default());
    }
    let tables = if shape == Shape::Complete { &TEXTS[..] } else { &TEXTS[..3] };
    for (table, columns) in tables {
        check_texts(connection, table, columns).await?;
    }
    let mut reading = Reading::default();
    each(connection, USERS, |row| account(&mut reading, row)).await?;
    each(connection, GROUPS, |row| {
        Ok(reading.group(row.try_get(0)?, text(row, 1)?.unwrap_or_default(), text(row, 2)?))
    })
    .await?;
    each(connection, MEMBERS, |row| {
        let members = text(row, 1)?.unwrap_or_default();
        reading.members(row.try_get(0)?, members.split(',').filter_map(|id| id.parse().ok()).collect());
        Ok(Ok(()))
    })
    .await?;
    if shape == Shape::Complete {
        check_schema_version(connection).await?;
        each(connection, USER_LINKS, |row| account_link(&mut reading, row)).await?;
        each(connection, GROUP_LINKS, |row| group_link(&mut reading, row)).await?;
        check_links(connection).await?;
        each(connection, DIRECTORIES, |row| directory_id(&mut reading, row)).await?;
        each(connection, SERVERS, |row| server(&mut reading, row)).await?;
        each(connection, CLAIMS, |row| claim(&mut reading, row)).await?;
    }
    reading.finish()
}

/// Refuses texts that no store has before they are loaded: SQLite takes a gigabyte in one.
async fn check_texts(connection: &mut SqliteConnection, table: &str, columns: &[&str]) -> Result<(), Error> {
    let conditions: Vec<String> = columns.iter().map(|name| format!("octet_length({name}) > {LONGEST_TEXT}")).collect();
    let statement = format!("SELECT EXISTS (SELECT 1 FROM {table} WHERE {})", conditions.join(" OR "));
    // The names are those above.
    let row = raw_sql(AssertSqlSafe(statement)).fetch_one(connection).await;
    let exists = row.and_then(|row| row.try_get(0)).map_err(during(ATTEMPT))?;
    if exists { Err(too_long(table)) } else { Ok(()) }
}

/// Refuses a schema that is newer than this program.
pub(super) async fn check_schema_version(connection: &mut SqliteConnection) -> Result<(), Error> {
    each(connection, "SELECT coalesce(max(version), 0) FROM directory_sync_schema", |row| {
        Ok(check_version(row.try_get(0)?))
    })
    .await
}

/// Refuses links above every id that was ever given. A table that is dropped and created again gives its ids again. The
/// links stay unless the program that does it enables foreign keys, and they would then stand for other objects.
pub(super) async fn check_links(connection: &mut SqliteConnection) -> Result<(), Error> {
    const ABOVE: &str = "SELECT
        coalesce((SELECT max(user_id) FROM user_links), 0)
            > max(coalesce((SELECT max(seq) FROM sqlite_sequence WHERE name = 'users'), 0),
                  coalesce((SELECT max(id) FROM users), 0))
        OR coalesce((SELECT max(group_id) FROM group_links), 0)
            > max(coalesce((SELECT max(seq) FROM sqlite_sequence WHERE name = 'groups'), 0),
                  coalesce((SELECT max(id) FROM groups), 0))";
    each(connection, ABOVE, |row| {
        let found = "a link stands for a row above every id that its table has given";
        Ok(if row.try_get(0)? { Err(links_outlived_their_table(found)) } else { Ok(()) })
    })
    .await
}

/// Gives every row of a statement to a function. The outer error is the driver's, the inner one the row's.
async fn each(
    connection: &mut SqliteConnection,
    statement: &'static str,
    mut take: impl FnMut(&SqliteRow) -> Result<Result<(), Error>, sqlx::Error>,
) -> Result<(), Error> {
    let failed = during(ATTEMPT);
    let mut rows = raw_sql(statement).fetch(connection);
    while let Some(row) = rows.try_next().await.map_err(failed)? {
        take(&row).map_err(failed)??;
    }
    Ok(())
}

fn account(reading: &mut Reading, row: &SqliteRow) -> Result<Result<(), Error>, sqlx::Error> {
    let attribute = |index| text(row, index).map(present);
    let attributes = Attributes {
        username: attribute(1)?,
        email: attribute(2)?,
        first_name: attribute(3)?,
        last_name: attribute(4)?,
        display_name: attribute(5)?,
        phone: attribute(6)?,
    };
    let (id, active) = (row.try_get::<i64, _>(0)?.into(), row.try_get(7)?);
    Ok(reading.account(Account { id, attributes, active, link: None }))
}

fn account_link(reading: &mut Reading, row: &SqliteRow) -> Result<Result<(), Error>, sqlx::Error> {
    let (username, email) = (text(row, 7)?.unwrap_or_default(), text(row, 8)?);
    let times = match (time(text(row, 10)?), time(text(row, 11)?)) {
        (Ok(unused_since), Ok(missing_since)) => (unused_since, missing_since),
        (Err(error), _) | (_, Err(error)) => return Ok(Err(error)),
    };
    Ok(reading.account_link(row.try_get(0)?, link(row)?, username, email, row.try_get(9)?, times))
}

fn group_link(reading: &mut Reading, row: &SqliteRow) -> Result<Result<(), Error>, sqlx::Error> {
    let texts = [text(row, 7)?, text(row, 8)?, text(row, 9)?].map(Option::unwrap_or_default);
    let (missing_since, empty_since) = match (time(text(row, 10)?), time(text(row, 11)?)) {
        (Ok(missing_since), Ok(empty_since)) => (missing_since, empty_since),
        (Err(error), _) | (_, Err(error)) => return Ok(Err(error)),
    };
    Ok(reading.group_link(row.try_get(0)?, link(row)?, texts, missing_since, empty_since))
}

fn directory_id(reading: &mut Reading, row: &SqliteRow) -> Result<Result<(), Error>, sqlx::Error> {
    let directory_id = text(row, 0)?.unwrap_or_default();
    Ok(time(text(row, 1)?).and_then(|first_seen| reading.directory_id(directory_id, first_seen.unwrap_or_default())))
}

fn server(reading: &mut Reading, row: &SqliteRow) -> Result<Result<(), Error>, sqlx::Error> {
    let (directory_id, identity) = (text(row, 0)?.unwrap_or_default(), text(row, 1)?.unwrap_or_default());
    let position = row.try_get(3)?;
    Ok(time(text(row, 2)?)
        .and_then(|first_seen| reading.server(directory_id, identity, first_seen.unwrap_or_default(), position)))
}

fn claim(reading: &mut Reading, row: &SqliteRow) -> Result<Result<(), Error>, sqlx::Error> {
    let column = |index| Ok::<_, sqlx::Error>(text(row, index)?.unwrap_or_default());
    let (directory_id, claim) = (column(0)?, [column(1)?, column(2)?, column(3)?, column(4)?]);
    Ok(time(text(row, 5)?).and_then(|first_seen| reading.claim(directory_id, claim, first_seen.unwrap_or_default())))
}

fn link(row: &SqliteRow) -> Result<LinkColumns<'_>, sqlx::Error> {
    Ok(LinkColumns {
        directory_id: text(row, 1)?.unwrap_or_default(),
        external_id: text(row, 2)?.unwrap_or_default(),
        owner: text(row, 3)?,
        origin: text(row, 4)?.unwrap_or_default(),
        dn_hash: text(row, 5)?.unwrap_or_default(),
        parent_hash: text(row, 6)?.unwrap_or_default(),
    })
}

fn text(row: &SqliteRow, index: usize) -> Result<Option<&str>, sqlx::Error> {
    row.try_get(index)
}

fn time(text: Option<&str>) -> Result<Option<Timestamp>, Error> {
    let parse = |text: &str| text.parse::<Timestamp>();
    text.map(parse)
        .transpose()
        .map_err(|error| Error::unexpected(ATTEMPT, format!("a time that is not one: {error}")).caused_by(error))
}
