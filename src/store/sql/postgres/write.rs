//! Writes rows: new ones by COPY, edits by UNNEST, deletions by arrays of ids.

use std::ops::Range;

use async_trait::async_trait;
use sqlx::{PgConnection, query, query_scalar, raw_sql};

use super::copy::TextRows;
use super::{OWN_KEYS, PostgresWriter, known, read};
use crate::store::Error;
use crate::store::sql::batch::{Batch, Rows};
use crate::store::sql::row::{
    AccountEdit, ColumnEdit, GroupEdit, Membership, NewAccount, NewGroup, TableRow, edited, gone,
};
use crate::store::sql::row_writer::{RowWriter, Savepoint};
use crate::store::sql::schema::{Shape, Table};
use crate::sync::claim::ClaimedDirectory;
use crate::sync::found::Found;
use crate::sync::known::KnownDirectory;

const DASHBOARD_KEYS: &str = include_str!("../migrations/postgres/0001_dashboard_keys.sql");

const COPY_USERS: &str =
    "COPY users (id, username, email, first_name, last_name, display_name, phone, active) FROM STDIN";
const COPY_GROUPS: &str = "COPY groups (id, name, description) FROM STDIN";
const COPY_USER_LINKS: &str = "COPY user_links (user_id, directory_id, external_id, owner, origin, dn_hash, parent_hash, \
                               username, email, deactivated_by_us, unused_since, missing_since) FROM STDIN";
const COPY_GROUP_LINKS: &str = "COPY group_links (group_id, directory_id, external_id, owner, origin, dn_hash, parent_hash, \
                                name, item, exclusions, missing_since, empty_since) FROM STDIN";
const COPY_MEMBERS: &str = "COPY group_members (group_id, user_id) FROM STDIN";

/// Up to how many memberships are inserted one beside the other with what is there already. COPY, which is four times as
/// fast, fails at the first that is; halved parts come here then.
const MAX_TOLERANT_ROWS: usize = 1024;

#[async_trait]
impl RowWriter for PostgresWriter {
    async fn read(&mut self) -> Result<Found, Error> {
        let shape = if self.keys_are_due { Shape::Absent } else { Shape::Complete };
        read::read(&mut self.connection, shape).await
    }

    fn rehearse(&mut self) {
        self.is_rehearsal = true;
    }

    /// From the table's sequence, which a subquery looks up once for all ids. Ids ahead of it that were given by hand are
    /// skipped.
    ///
    /// A sequence does not roll back, and years of rehearsals would use up one of 32 bits. A rehearsal takes one id, to see
    /// that it may, and numbers its rows below all existing ones.
    async fn allocate(&mut self, table: Table, count: usize) -> Result<Vec<i64>, sqlx::Error> {
        let wanted = if self.is_rehearsal { count.min(1) } else { count };
        let statement = match table {
            Table::Users => {
                "SELECT coalesce(array_agg(id), '{}')
                 FROM (SELECT nextval((SELECT pg_get_serial_sequence('users', 'id')::regclass)) AS id
                       FROM generate_series(1, $1)) AS next
                 WHERE NOT EXISTS (SELECT FROM users WHERE users.id = next.id)"
            }
            Table::Groups => {
                "SELECT coalesce(array_agg(id), '{}')
                 FROM (SELECT nextval((SELECT pg_get_serial_sequence('groups', 'id')::regclass)) AS id
                       FROM generate_series(1, $1)) AS next
                 WHERE NOT EXISTS (SELECT FROM groups WHERE groups.id = next.id)"
            }
        };
        let mut ids: Vec<i64> = Vec::with_capacity(wanted);
        while ids.len() < wanted {
            let missing = i64::try_from(wanted - ids.len()).unwrap_or(i64::MAX);
            let more: Vec<i64> = query_scalar(statement).bind(missing).fetch_one(&mut *self.connection).await?;
            ids.extend(more);
        }
        if ids.len() < count {
            let lowest = match table {
                Table::Users => "SELECT least(min(id), 0)::bigint FROM users",
                Table::Groups => "SELECT least(min(id), 0)::bigint FROM groups",
            };
            let lowest: i64 = query_scalar(lowest).fetch_one(&mut *self.connection).await?;
            ids.extend((i64::MIN..lowest).rev().take(count - ids.len()));
        }
        ids.sort_unstable();
        Ok(ids)
    }

    async fn savepoint(&mut self, savepoint: Savepoint) -> Result<(), sqlx::Error> {
        run(&mut self.connection, savepoint.set()).await
    }

    async fn roll_back(&mut self, savepoint: Savepoint) -> Result<(), sqlx::Error> {
        run(&mut self.connection, savepoint.roll_back()).await
    }

    async fn release(&mut self, savepoint: Savepoint) -> Result<(), sqlx::Error> {
        run(&mut self.connection, savepoint.release()).await
    }

    async fn write(&mut self, batch: &Batch<'_>, part: Range<usize>) -> Result<Vec<usize>, sqlx::Error> {
        let connection = &mut *self.connection;
        match &batch.rows {
            Rows::Delete(table, ids) => delete(connection, *table, &ids[part]).await?,
            Rows::CreateGroups(rows) => {
                copy(connection, COPY_GROUPS, &rows[part.clone()]).await?;
                copy(connection, COPY_GROUP_LINKS, &rows[part].iter().map(NewGroup::link_of).collect::<Vec<_>>())
                    .await?;
            }
            Rows::CreateAccounts(rows) => {
                copy(connection, COPY_USERS, &rows[part.clone()]).await?;
                copy(connection, COPY_USER_LINKS, &rows[part].iter().map(NewAccount::link_of).collect::<Vec<_>>())
                    .await?;
            }
            Rows::LinkGroups(rows) => {
                let rows = &rows[part];
                unlink(connection, Table::Groups, &rows.iter().map(|row| row.id).collect::<Vec<_>>()).await?;
                copy(connection, COPY_GROUP_LINKS, rows).await?;
            }
            Rows::LinkAccounts(rows) => {
                let rows = &rows[part];
                unlink(connection, Table::Users, &rows.iter().map(|row| row.id).collect::<Vec<_>>()).await?;
                copy(connection, COPY_USER_LINKS, rows).await?;
            }
            Rows::EditGroups(rows) => return edit_groups(connection, rows, part).await,
            Rows::EditAccounts(rows) => return edit_accounts(connection, rows, part).await,
            Rows::RemoveMembers(rows) => remove_members(connection, &rows[part]).await?,
            Rows::AddMembers(rows) if part.len() <= MAX_TOLERANT_ROWS && !self.keys_are_due => {
                add_members(connection, &rows[part]).await?;
            }
            Rows::AddMembers(rows) => copy(connection, COPY_MEMBERS, &rows[part]).await?,
        }
        Ok(Vec::new())
    }

    async fn check_constraints(&mut self) -> Result<(), sqlx::Error> {
        run(&mut self.connection, "SET CONSTRAINTS ALL IMMEDIATE").await
    }

    async fn remember(&mut self, directory_id: &KnownDirectory) -> Result<(), sqlx::Error> {
        known::remember(&mut self.connection, directory_id).await
    }

    async fn claim(&mut self, claimed: &ClaimedDirectory) -> Result<(), sqlx::Error> {
        known::claim(&mut self.connection, claimed).await
    }

    async fn complete(&mut self) -> Result<(), sqlx::Error> {
        if self.keys_are_due {
            run(&mut self.connection, DASHBOARD_KEYS).await?;
            run(&mut self.connection, OWN_KEYS).await?;
        }
        Ok(())
    }

    async fn commit(mut self) -> Result<(), sqlx::Error> {
        run(&mut self.connection, "COMMIT").await
    }

    /// What the store's owner deferred to the commit was checked by [`RowWriter::check_constraints`].
    async fn undo(mut self) -> Result<(), sqlx::Error> {
        run(&mut self.connection, "ROLLBACK").await
    }
}

async fn run(connection: &mut PgConnection, statement: &'static str) -> Result<(), sqlx::Error> {
    raw_sql(statement).execute(connection).await.map(drop)
}

async fn copy<R: TableRow + Sync>(
    connection: &mut PgConnection,
    statement: &'static str,
    table_rows: &[R],
) -> Result<(), sqlx::Error> {
    let mut rows = TextRows::default();
    for row in table_rows {
        row.encode(&mut rows);
    }
    let mut copy = connection.copy_in_raw(statement).await?;
    copy.send(rows.into_bytes()).await?;
    copy.finish().await.map(drop)
}

/// Memberships first: the tables of others may lack keys that cascade.
async fn delete(connection: &mut PgConnection, table: Table, ids: &[i64]) -> Result<(), sqlx::Error> {
    let statements = match table {
        Table::Users => ["DELETE FROM group_members WHERE user_id = ANY($1)", "DELETE FROM users WHERE id = ANY($1)"],
        Table::Groups => {
            ["DELETE FROM group_members WHERE group_id = ANY($1)", "DELETE FROM groups WHERE id = ANY($1)"]
        }
    };
    for statement in statements {
        query(statement).bind(ids).execute(&mut *connection).await?;
    }
    Ok(())
}

async fn unlink(connection: &mut PgConnection, table: Table, ids: &[i64]) -> Result<(), sqlx::Error> {
    let statement = match table {
        Table::Users => "DELETE FROM user_links WHERE user_id = ANY($1)",
        Table::Groups => "DELETE FROM group_links WHERE group_id = ANY($1)",
    };
    query(statement).bind(ids).execute(connection).await.map(drop)
}

async fn remove_members(connection: &mut PgConnection, rows: &[Membership]) -> Result<(), sqlx::Error> {
    query(
        "DELETE FROM group_members AS m USING unnest($1::bigint[], $2::bigint[]) AS gone (group_id, user_id)
         WHERE m.group_id = gone.group_id AND m.user_id = gone.user_id",
    )
    .bind(rows.iter().map(|row| row.group).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.account).collect::<Vec<_>>())
    .execute(connection)
    .await
    .map(drop)
}

/// A membership that somebody added meanwhile is as good as ours.
async fn add_members(connection: &mut PgConnection, rows: &[Membership]) -> Result<(), sqlx::Error> {
    query(
        "INSERT INTO group_members (group_id, user_id)
         SELECT group_id, user_id FROM unnest($1::bigint[], $2::bigint[]) AS new (group_id, user_id)
         ON CONFLICT DO NOTHING",
    )
    .bind(rows.iter().map(|row| row.group).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.account).collect::<Vec<_>>())
    .execute(connection)
    .await
    .map(drop)
}

async fn edit_groups(
    connection: &mut PgConnection,
    all: &[GroupEdit<'_>],
    part: Range<usize>,
) -> Result<Vec<usize>, sqlx::Error> {
    let rows = &all[part.clone()];
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let written = query_scalar::<_, i64>(
        "UPDATE groups AS g SET
             name        = CASE WHEN e.edited & 1 = 0 THEN g.name        ELSE e.name        END,
             description = CASE WHEN e.edited & 2 = 0 THEN g.description ELSE e.description END
         FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[]) AS e (id, edited, name, description)
         WHERE g.id = e.id
         RETURNING g.id::bigint",
    )
    .bind(&ids)
    .bind(rows.iter().map(|row| edited(&row.texts, None)).collect::<Vec<_>>())
    .bind(texts(rows.iter().map(|row| row.texts[0])))
    .bind(texts(rows.iter().map(|row| row.texts[1])))
    .fetch_all(connection)
    .await?;
    Ok(gone(&ids, written, part.start))
}

async fn edit_accounts(
    connection: &mut PgConnection,
    all: &[AccountEdit<'_>],
    part: Range<usize>,
) -> Result<Vec<usize>, sqlx::Error> {
    let rows = &all[part.clone()];
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let mut statement = query_scalar::<_, i64>(
        "UPDATE users AS u SET
             username     = CASE WHEN e.edited &  1 = 0 THEN u.username     ELSE e.username     END,
             email        = CASE WHEN e.edited &  2 = 0 THEN u.email        ELSE e.email        END,
             first_name   = CASE WHEN e.edited &  4 = 0 THEN u.first_name   ELSE e.first_name   END,
             last_name    = CASE WHEN e.edited &  8 = 0 THEN u.last_name    ELSE e.last_name    END,
             display_name = CASE WHEN e.edited & 16 = 0 THEN u.display_name ELSE e.display_name END,
             phone        = CASE WHEN e.edited & 32 = 0 THEN u.phone        ELSE e.phone        END,
             active       = CASE WHEN e.edited & 64 = 0 THEN u.active       ELSE e.active       END
         FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                     $9::boolean[])
              AS e (id, edited, username, email, first_name, last_name, display_name, phone, active)
         WHERE u.id = e.id
         RETURNING u.id::bigint",
    )
    .bind(&ids)
    .bind(rows.iter().map(|row| edited(&row.texts, row.active)).collect::<Vec<_>>());
    for column in 0..6 {
        statement = statement.bind(texts(rows.iter().map(|row| row.texts[column])));
    }
    let written = statement.bind(rows.iter().map(|row| row.active).collect::<Vec<_>>()).fetch_all(connection).await?;
    Ok(gone(&ids, written, part.start))
}

fn texts<'p>(edits: impl Iterator<Item = ColumnEdit<'p>>) -> Vec<Option<&'p str>> {
    edits.map(Option::flatten).collect()
}
