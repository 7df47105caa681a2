//! Reads the whole store by one statement: one statement is one consistent view, whatever lies between us and the server.

use futures::TryStreamExt;
use jiff::Timestamp;
use sqlx::PgConnection;

use super::copy::{BinaryRow, Malformed, Message, message};
use crate::store::Error;
use crate::store::sql::failure::during;
use crate::store::sql::reading::{LinkColumns, Reading, present};
use crate::store::sql::schema::{Shape, check_version, links_outlived_their_table};
use crate::sync::found::{Account, Found};
use crate::sync::snapshot::Attributes;

/// A kind, an id, nine texts, a truth value, two times, and the ids of members.
const COLUMNS: i16 = 15;

/// Names are read as text whatever type their column has; memberships come one row a group.
const DASHBOARD_ROWS: &str = "
    SELECT 1::bigint, id::bigint, username::text, email::text, first_name::text, last_name::text, display_name::text,
           phone::text, NULL::text, NULL::text, NULL::text, coalesce(active, true), NULL::timestamptz, NULL::timestamptz,
           NULL::bigint[]
    FROM users
    UNION ALL
    SELECT 2, id, name, description, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM groups
    UNION ALL
    SELECT 3, group_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, array_agg(user_id::bigint)
    FROM group_members
    WHERE group_id IS NOT NULL AND user_id IS NOT NULL
    GROUP BY group_id";

const OWN_ROWS: &str = "
    UNION ALL
    SELECT 4, user_id, directory_id, external_id, owner, origin, dn_hash, parent_hash, username, email,
           NULL, deactivated_by_us, unused_since, missing_since, NULL
    FROM user_links
    UNION ALL
    SELECT 5, group_id, directory_id, external_id, owner, origin, dn_hash, parent_hash, name, item,
           exclusions, NULL, missing_since, empty_since, NULL
    FROM group_links
    UNION ALL
    SELECT 6, max(version), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM directory_sync_schema
    HAVING max(version) IS NOT NULL
    UNION ALL
    SELECT 7, 0, directory_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, first_seen, NULL, NULL
    FROM known_directories
    UNION ALL
    SELECT 8, coalesce(position, 0), directory_id, identity, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
           position IS NOT NULL, first_seen, NULL, NULL
    FROM directory_servers
    UNION ALL
    SELECT 10, 0, directory_id, installation, namespace, addresses, authorities, NULL, NULL, NULL, NULL,
           NULL, first_seen, NULL, NULL
    FROM directory_claims
    UNION ALL
    SELECT 9, count(*), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM pg_constraint
    WHERE contype = 'f' AND confdeltype = 'c' AND convalidated
      AND (conrelid, confrelid) IN (('user_links'::regclass, 'users'::regclass),
                                    ('group_links'::regclass, 'groups'::regclass))";

const ATTEMPT: &str = "reading the store";

/// Reads everything.
pub(super) async fn read(connection: &mut PgConnection, shape: Shape) -> Result<Found, Error> {
    let own_rows = match shape {
        Shape::Absent => return Ok(Found::default()),
        Shape::Unlinked => "",
        Shape::Complete => OWN_ROWS,
    };
    let failed = during(ATTEMPT);
    let malformed = |error: Malformed| Error::unexpected(ATTEMPT, error.to_string()).caused_by(error);
    let statement = format!("COPY ({DASHBOARD_ROWS}{own_rows}) TO STDOUT (FORMAT binary)");
    let mut messages = connection.copy_out_raw(&statement).await.map_err(failed)?;
    let mut reading = Reading::default();
    let (mut is_first, mut is_complete) = (true, false);
    while let Some(bytes) = messages.try_next().await.map_err(failed)? {
        match message(&bytes, is_first, COLUMNS).map_err(malformed)? {
            Message::Row(mut row) => UnionRow::decode(&mut row).map_err(malformed)?.add_to(&mut reading)?,
            Message::Header => {}
            Message::End => is_complete = true,
        }
        is_first = false;
    }
    if !is_complete {
        return Err(Error::unexpected(ATTEMPT, "the answer ended early"));
    }
    reading.finish()
}

/// A row of the union: every kind fills the columns that it needs.
struct UnionRow<'m> {
    kind: i64,
    id: i64,
    texts: [Option<&'m str>; 9],
    flag: bool,
    times: [Option<Timestamp>; 2],
    members: Vec<i64>,
}

impl<'m> UnionRow<'m> {
    fn decode(row: &mut BinaryRow<'m>) -> Result<Self, Malformed> {
        let (kind, id) = (row.integer()?, row.integer()?);
        let mut texts = [None; 9];
        for text in &mut texts {
            *text = row.text()?;
        }
        Ok(Self { kind, id, texts, flag: row.flag()?, times: [row.time()?, row.time()?], members: row.integers()? })
    }

    fn add_to(self, reading: &mut Reading) -> Result<(), Error> {
        let Self { kind, id, texts, flag, times, members } = self;
        let required = |column: usize| texts[column].unwrap_or_default();
        let link = LinkColumns {
            directory_id: required(0),
            external_id: required(1),
            owner: texts[2],
            origin: required(3),
            dn_hash: required(4),
            parent_hash: required(5),
        };
        match kind {
            1 => {
                let [username, email, first_name, last_name, display_name, phone, ..] = texts.map(present);
                let attributes = Attributes { username, email, first_name, last_name, display_name, phone };
                reading.account(Account { id: id.into(), attributes, active: flag, link: None })?;
            }
            2 => reading.group(id, required(0), texts[1])?,
            3 => reading.members(id, members),
            4 => reading.account_link(id, link, required(6), texts[7], flag, (times[0], times[1]))?,
            5 => reading.group_link(id, link, [required(6), required(7), required(8)], times[0], times[1])?,
            6 => check_version(id)?,
            7 => reading.directory_id(required(0), times[0].unwrap_or_default())?,
            8 => {
                let position = flag.then_some(id);
                reading.server(required(0), required(1), times[0].unwrap_or_default(), position)?;
            }
            10 => {
                let claim = [required(1), required(2), required(3), required(4)];
                reading.claim(required(0), claim, times[0].unwrap_or_default())?;
            }
            _ => check_link_keys(id)?,
        }
        Ok(())
    }
}

/// Links must go with their objects. A table that is dropped and made again takes the keys of our links along, not the
/// links: they would then stand for whatever is given their numbers next.
fn check_link_keys(found: i64) -> Result<(), Error> {
    if found < 2 {
        return Err(links_outlived_their_table("a foreign key of user_links or group_links is gone"));
    }
    Ok(())
}
