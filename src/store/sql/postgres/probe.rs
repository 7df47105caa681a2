//! What the server is, and which rights our role lacks.

use sqlx::{PgConnection, Row, raw_sql};

use crate::store::sql::failure::during;
use crate::store::sql::form::form;
use crate::store::sql::schema::{IDENTITY, Shape};
use crate::store::sql::text_bounds::beginning;
use crate::store::sql::url::misconfigured;
use crate::store::{Capabilities, Error};
use crate::sync::ability::Abilities;

/// Each row is a statement that an administrator runs.
const MISSING_ON_TABLES: &str = "
    SELECT format('GRANT %s ON %I.%I TO %I', string_agg(privilege, ', ' ORDER BY number), n.nspname, c.relname, current_user)
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) WITH ORDINALITY AS p (privilege, number)
    WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p')
      AND c.relname IN ('users', 'groups', 'group_members', 'user_links', 'group_links',
                        'known_directories', 'directory_servers', 'directory_claims',
                        'directory_sync_schema')
      AND NOT has_table_privilege(c.oid, privilege)
    GROUP BY n.nspname, c.relname
    ORDER BY c.relname";

const MISSING_ON_SEQUENCES: &str = "
    SELECT format('GRANT USAGE ON SEQUENCE %s TO %I', sequence, current_user)
    FROM (VALUES (pg_get_serial_sequence('users', 'id')), (pg_get_serial_sequence('groups', 'id'))) AS s (sequence)
    WHERE NOT has_sequence_privilege(sequence, 'USAGE')";

const MISSING_ON_SCHEMA: &str = "
    SELECT format('GRANT CREATE ON SCHEMA %I TO %I', current_schema(), current_user)
    WHERE NOT has_schema_privilege(current_schema(), 'CREATE')";

const MISSING_REFERENCES: &str = "
    SELECT format('GRANT REFERENCES ON %I.%I TO %I', current_schema(), name, current_user)
    FROM unnest(ARRAY['users', 'groups']) AS name
    WHERE NOT has_table_privilege(format('%I.%I', current_schema(), name), 'REFERENCES')";

/// Asks the server. Writes nothing.
pub(super) async fn probe(connection: &mut PgConnection, shape: Shape) -> Result<Capabilities, Error> {
    let failed = during("asking the server what it is");
    let row = raw_sql("SELECT current_setting('server_version'), current_schema() IS NOT NULL, current_user::text")
        .fetch_one(&mut *connection)
        .await
        .map_err(failed)?;
    let (version, has_schema): (String, bool) = (row.try_get(0).map_err(failed)?, row.try_get(1).map_err(failed)?);
    let role = row.try_get(2).map_err(failed)?;
    if !has_schema {
        return Err(no_schema());
    }
    let questions: &[&'static str] = match shape {
        Shape::Absent => &[MISSING_ON_SCHEMA],
        Shape::Unlinked => &[MISSING_ON_SCHEMA, MISSING_ON_TABLES, MISSING_ON_SEQUENCES, MISSING_REFERENCES],
        Shape::Complete => &[MISSING_ON_TABLES, MISSING_ON_SEQUENCES],
    };
    let mut missing_rights = Vec::new();
    for question in questions {
        for row in raw_sql(*question).fetch_all(&mut *connection).await.map_err(failed)? {
            missing_rights.push(row.try_get(0).map_err(failed)?);
        }
    }
    let identity = if shape == Shape::Complete && missing_rights.is_empty() {
        let failed = during("asking the store for its id");
        let row = raw_sql(IDENTITY).fetch_optional(&mut *connection).await.map_err(failed)?;
        let identity: Option<String> = row.map(|row| row.try_get(0)).transpose().map_err(failed)?.flatten();
        identity.as_deref().map(beginning)
    } else {
        None
    };
    Ok(Capabilities {
        identity,
        product: "PostgreSQL".to_owned(),
        version,
        dialect: Vec::new(),
        signed_in_as: Some(role),
        // The role is the database's; an account of the store that is called the same is somebody else.
        administrator_accounts: Vec::new(),
        missing_rights,
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

/// There is no schema in which tables can be created.
pub(super) fn no_schema() -> Error {
    misconfigured(
        "no schema of the role's search_path exists; create one: CREATE SCHEMA …; ALTER ROLE … SET search_path = …",
    )
}
