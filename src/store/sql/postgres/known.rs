//! Writes what is remembered of a directory.

use sqlx::{PgConnection, query};

use crate::store::sql::row::time_text;
use crate::sync::claim::ClaimedDirectory;
use crate::sync::known::{KnownDirectory, MAX_SERVERS};

const DIRECTORY: &str = "INSERT INTO known_directories (directory_id, first_seen) VALUES ($1, $2::text::timestamptz)
    ON CONFLICT DO NOTHING";
const SERVER: &str = "INSERT INTO directory_servers (directory_id, identity, first_seen, position)
    VALUES ($1, $2, $3::text::timestamptz, $4)
    ON CONFLICT (directory_id, identity) DO UPDATE SET first_seen = excluded.first_seen, position = excluded.position";
const SURPLUS: &str = "DELETE FROM directory_servers WHERE directory_id = $1 AND identity IN
    (SELECT identity FROM directory_servers WHERE directory_id = $1
     ORDER BY identity = ANY($2) DESC, first_seen DESC, identity OFFSET $3)";
const FORGET_CLAIMS: &str = "DELETE FROM directory_claims WHERE directory_id = $1";
const CLAIM: &str =
    "INSERT INTO directory_claims (directory_id, installation, namespace, first_seen, addresses, authorities)
    VALUES ($1, $2, $3, $4::text::timestamptz, $5, $6)";

/// Remembers the directory and the servers that are named with it.
pub(super) async fn remember(connection: &mut PgConnection, known: &KnownDirectory) -> Result<(), sqlx::Error> {
    let directory_id = known.directory_id.to_string();
    query(DIRECTORY).bind(&directory_id).bind(time_text(known.first_seen)).execute(&mut *connection).await?;
    for server in &known.servers {
        let row = query(SERVER).bind(&directory_id).bind(&server.identity).bind(time_text(server.first_seen));
        row.bind(server.position).execute(&mut *connection).await?;
    }
    let named: Vec<&str> = known.servers.iter().map(|server| &*server.identity).collect();
    query(SURPLUS).bind(&directory_id).bind(named).bind(i64::from(MAX_SERVERS)).execute(connection).await.map(drop)
}

/// Remembers the claims on the directory's id, and no others.
pub(super) async fn claim(connection: &mut PgConnection, claimed: &ClaimedDirectory) -> Result<(), sqlx::Error> {
    let directory_id = claimed.directory_id.to_string();
    query(FORGET_CLAIMS).bind(&directory_id).execute(&mut *connection).await?;
    for claim in &claimed.claims {
        let row = query(CLAIM).bind(&directory_id).bind(&*claim.claimant.installation).bind(&*claim.claimant.namespace);
        let row = row.bind(time_text(claim.first_seen)).bind(claim.addresses.join("\n"));
        row.bind(claim.authorities.join("\n")).execute(&mut *connection).await?;
    }
    Ok(())
}
