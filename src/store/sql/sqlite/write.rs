//! Writes rows, each kind by one statement over a JSON text.

use std::ops::Range;

use async_trait::async_trait;
use sqlx::{SqliteConnection, query, query_scalar, raw_sql};

use super::{SqliteWriter, json, known, read};
use crate::store::Error;
use crate::store::sql::batch::{Batch, Rows};
use crate::store::sql::row::{Membership, NewAccount, NewGroup, gone};
use crate::store::sql::row_writer::{RowWriter, Savepoint};
use crate::store::sql::schema::{Shape, Table};
use crate::sync::claim::ClaimedDirectory;
use crate::sync::found::Found;
use crate::sync::known::KnownDirectory;

const INSERT_USERS: &str = "INSERT INTO users (id, username, email, first_name, last_name, display_name, phone, active)
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7
    FROM json_each(?1)";
const INSERT_GROUPS: &str = "INSERT INTO groups (id, name, description)
    SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?1)";
const INSERT_USER_LINKS: &str = "INSERT INTO user_links (user_id, directory_id, external_id, owner, origin, dn_hash,
        parent_hash, username, email, deactivated_by_us, unused_since, missing_since)
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
        value ->> 6, value ->> 7, value ->> 8, value ->> 9, value ->> 10, value ->> 11
    FROM json_each(?1)";
const INSERT_GROUP_LINKS: &str = "INSERT INTO group_links (group_id, directory_id, external_id, owner, origin, dn_hash,
        parent_hash, name, item, exclusions, missing_since, empty_since)
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
        value ->> 6, value ->> 7, value ->> 8, value ->> 9, value ->> 10, value ->> 11
    FROM json_each(?1)";
/// Memberships come as lists of accounts by group: `json_each` is fastest over plain numbers.
/// One that somebody added meanwhile is as good as ours.
const INSERT_MEMBERS: &str = "INSERT INTO group_members (group_id, user_id)
    SELECT CAST(g.key AS INTEGER), u.value FROM json_each(?1) AS g, json_each(g.value) AS u WHERE true
    ON CONFLICT DO NOTHING";
const DELETE_MEMBERS: &str = "DELETE FROM group_members WHERE (group_id, user_id) IN
    (SELECT CAST(g.key AS INTEGER), u.value FROM json_each(?1) AS g, json_each(g.value) AS u)";

const UPDATE_GROUPS: &str = "UPDATE groups SET
        name        = CASE WHEN e.edited & 1 = 0 THEN groups.name        ELSE e.name        END,
        description = CASE WHEN e.edited & 2 = 0 THEN groups.description ELSE e.description END
    FROM (SELECT value ->> 0 AS id, value ->> 1 AS edited, value ->> 2 AS name, value ->> 3 AS description
          FROM json_each(?1)) AS e
    WHERE groups.id = e.id
    RETURNING id";
const UPDATE_USERS: &str = "UPDATE users SET
        username     = CASE WHEN e.edited &  1 = 0 THEN users.username     ELSE e.username     END,
        email        = CASE WHEN e.edited &  2 = 0 THEN users.email        ELSE e.email        END,
        first_name   = CASE WHEN e.edited &  4 = 0 THEN users.first_name   ELSE e.first_name   END,
        last_name    = CASE WHEN e.edited &  8 = 0 THEN users.last_name    ELSE e.last_name    END,
        display_name = CASE WHEN e.edited & 16 = 0 THEN users.display_name ELSE e.display_name END,
        phone        = CASE WHEN e.edited & 32 = 0 THEN users.phone        ELSE e.phone        END,
        active       = CASE WHEN e.edited & 64 = 0 THEN users.active       ELSE e.active       END
    FROM (SELECT value ->> 0 AS id, value ->> 1 AS edited, value ->> 2 AS username, value ->> 3 AS email,
                 value ->> 4 AS first_name, value ->> 5 AS last_name, value ->> 6 AS display_name, value ->> 7 AS phone,
                 value ->> 8 AS active
          FROM json_each(?1)) AS e
    WHERE users.id = e.id
    RETURNING id";

/// What SQLite answers when a commit hook refuses: constraint, extended code 2.
const SQLITE_CONSTRAINT_COMMITHOOK: &str = "531";

#[async_trait]
impl RowWriter for SqliteWriter {
    async fn read(&mut self) -> Result<Found, Error> {
        read::read(&mut self.connection, Shape::Complete).await
    }

    /// Above every id that AUTOINCREMENT has given or a row has. This transaction is the only writer.
    async fn allocate(&mut self, table: Table, count: usize) -> Result<Vec<i64>, sqlx::Error> {
        let statement = match table {
            Table::Users => {
                "SELECT max(coalesce((SELECT max(seq) FROM sqlite_sequence WHERE name = 'users'), 0),
                            coalesce((SELECT max(id) FROM users), 0))"
            }
            Table::Groups => {
                "SELECT max(coalesce((SELECT max(seq) FROM sqlite_sequence WHERE name = 'groups'), 0),
                            coalesce((SELECT max(id) FROM groups), 0))"
            }
        };
        let last: i64 = query_scalar(statement).fetch_one(&mut self.connection).await?;
        Ok((last + 1..).take(count).collect())
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
        let connection = &mut self.connection;
        match &batch.rows {
            Rows::Delete(table, ids) => {
                for statement in deletions(*table) {
                    write(connection, statement, ids_json(&ids[part.clone()])).await?;
                }
            }
            Rows::CreateGroups(rows) => {
                let rows = &rows[part];
                write(connection, INSERT_GROUPS, json::rows(rows)).await?;
                write(connection, INSERT_GROUP_LINKS, json::rows(rows.iter().map(NewGroup::link_of))).await?;
            }
            Rows::CreateAccounts(rows) => {
                let rows = &rows[part];
                write(connection, INSERT_USERS, json::rows(rows)).await?;
                write(connection, INSERT_USER_LINKS, json::rows(rows.iter().map(NewAccount::link_of))).await?;
            }
            Rows::LinkGroups(rows) => {
                let ids: Vec<i64> = rows[part.clone()].iter().map(|row| row.id).collect();
                write(connection, unlinking(Table::Groups), ids_json(&ids)).await?;
                write(connection, INSERT_GROUP_LINKS, json::rows(&rows[part])).await?;
            }
            Rows::LinkAccounts(rows) => {
                let ids: Vec<i64> = rows[part.clone()].iter().map(|row| row.id).collect();
                write(connection, unlinking(Table::Users), ids_json(&ids)).await?;
                write(connection, INSERT_USER_LINKS, json::rows(&rows[part])).await?;
            }
            Rows::EditGroups(rows) => {
                let ids: Vec<i64> = rows[part.clone()].iter().map(|row| row.id).collect();
                let statement = query_scalar(UPDATE_GROUPS).bind(json::rows(&rows[part.clone()]));
                return Ok(gone(&ids, statement.fetch_all(connection).await?, part.start));
            }
            Rows::EditAccounts(rows) => {
                let ids: Vec<i64> = rows[part.clone()].iter().map(|row| row.id).collect();
                let statement = query_scalar(UPDATE_USERS).bind(json::rows(&rows[part.clone()]));
                return Ok(gone(&ids, statement.fetch_all(connection).await?, part.start));
            }
            Rows::RemoveMembers(rows) => write(connection, DELETE_MEMBERS, members_json(&rows[part])).await?,
            Rows::AddMembers(rows) => write(connection, INSERT_MEMBERS, members_json(&rows[part])).await?,
        }
        Ok(Vec::new())
    }

    /// SQLite defers nothing but foreign keys, and only in tables of others; such a one fails the commit.
    async fn check_constraints(&mut self) -> Result<(), sqlx::Error> {
        Ok(())
    }

    async fn remember(&mut self, directory_id: &KnownDirectory) -> Result<(), sqlx::Error> {
        known::remember(&mut self.connection, directory_id).await
    }

    async fn claim(&mut self, claimed: &ClaimedDirectory) -> Result<(), sqlx::Error> {
        known::claim(&mut self.connection, claimed).await
    }

    async fn complete(&mut self) -> Result<(), sqlx::Error> {
        Ok(())
    }

    async fn commit(mut self) -> Result<(), sqlx::Error> {
        run(&mut self.connection, "COMMIT").await
    }

    /// A commit that a hook of ours refuses, so that deferred foreign keys are checked as by any other.
    async fn undo(mut self) -> Result<(), sqlx::Error> {
        self.connection.lock_handle().await?.set_commit_hook(|| false);
        match run(&mut self.connection, "COMMIT").await {
            Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some(SQLITE_CONSTRAINT_COMMITHOOK) => {
                Ok(())
            }
            Err(error) => Err(error),
            // The hook is not asked where nothing was written.
            Ok(()) => Ok(()),
        }
    }
}

async fn run(connection: &mut SqliteConnection, statement: &'static str) -> Result<(), sqlx::Error> {
    raw_sql(statement).execute(connection).await.map(drop)
}

async fn write(connection: &mut SqliteConnection, statement: &'static str, rows: String) -> Result<(), sqlx::Error> {
    query(statement).bind(rows).execute(connection).await.map(drop)
}

fn members_json(rows: &[Membership]) -> String {
    let groups = rows.chunk_by(|one, other| one.group == other.group).map(|rows| {
        let accounts: Vec<i64> = rows.iter().map(|row| row.account).collect();
        format!("\"{}\":{}", rows[0].group, ids_json(&accounts))
    });
    format!("{{{}}}", groups.collect::<Vec<_>>().join(","))
}

fn ids_json(ids: &[i64]) -> String {
    serde_json::Value::from(ids).to_string()
}

/// Memberships first: the tables of others may lack keys that cascade.
const fn deletions(table: Table) -> [&'static str; 2] {
    match table {
        Table::Users => [
            "DELETE FROM group_members WHERE user_id IN (SELECT value FROM json_each(?1))",
            "DELETE FROM users WHERE id IN (SELECT value FROM json_each(?1))",
        ],
        Table::Groups => [
            "DELETE FROM group_members WHERE group_id IN (SELECT value FROM json_each(?1))",
            "DELETE FROM groups WHERE id IN (SELECT value FROM json_each(?1))",
        ],
    }
}

const fn unlinking(table: Table) -> &'static str {
    match table {
        Table::Users => "DELETE FROM user_links WHERE user_id IN (SELECT value FROM json_each(?1))",
        Table::Groups => "DELETE FROM group_links WHERE group_id IN (SELECT value FROM json_each(?1))",
    }
}
