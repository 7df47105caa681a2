//! What is remembered of directories: the rows of `known_directories`, `directory_servers` and `directory_claims`.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::store::Error;
use crate::sync::claim::{ClaimedDirectory, DirectoryClaim};
use crate::sync::identity::DirectoryId;
use crate::sync::known::{KnownDirectory, KnownServer};

/// What was read so far. Rows may come in any order.
#[derive(Debug, Default)]
pub(super) struct KnownDirectories {
    directories: BTreeMap<DirectoryId, KnownDirectory>,
    servers: Vec<(DirectoryId, KnownServer)>,
    claims: BTreeMap<DirectoryId, Vec<DirectoryClaim>>,
}

impl KnownDirectories {
    /// A row of `known_directories`.
    pub(super) fn directory_id(&mut self, directory_id: &str, first_seen: Timestamp) -> Result<(), Error> {
        let directory_id = understood("known_directories", directory_id)?;
        self.directories.insert(directory_id, KnownDirectory { directory_id, first_seen, servers: Vec::new() });
        Ok(())
    }

    /// A row of `directory_servers`.
    pub(super) fn server(
        &mut self,
        directory_id: &str,
        identity: &str,
        first_seen: Timestamp,
        position: Option<i64>,
    ) -> Result<(), Error> {
        let directory_id = understood("directory_servers", directory_id)?;
        self.servers.push((directory_id, KnownServer { identity: identity.to_owned(), first_seen, position }));
        Ok(())
    }

    /// A row of `directory_claims`, of which nobody can have a claim whose claimant is not one.
    pub(super) fn claim(&mut self, directory_id: &str, texts: [&str; 4], first_seen: Timestamp) -> Result<(), Error> {
        let directory_id = understood("directory_claims", directory_id)?;
        self.claims.entry(directory_id).or_default().extend(DirectoryClaim::parse(texts, first_seen));
        Ok(())
    }

    /// Joins what was read: ascending by directory id, its servers by identity. A server whose directory is not there
    /// is left out, as a link is whose object is not.
    pub(super) fn finish(mut self) -> (Vec<KnownDirectory>, Vec<ClaimedDirectory>) {
        self.servers.sort_unstable_by(|(_, one), (_, other)| one.identity.cmp(&other.identity));
        for (directory_id, server) in self.servers {
            if let Some(known) = self.directories.get_mut(&directory_id) {
                known.servers.push(server);
            }
        }
        let claimed = self.claims.into_iter().filter(|(_, claims)| !claims.is_empty());
        let claimed = claimed.map(|(directory_id, claims)| ClaimedDirectory::new(directory_id, claims));
        (self.directories.into_values().collect(), claimed.collect())
    }
}

fn understood(table: &str, directory_id: &str) -> Result<DirectoryId, Error> {
    directory_id
        .parse()
        .map(DirectoryId)
        .map_err(|error| Error::unexpected(format!("reading {table}"), error.to_string()).caused_by(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_in_any_order_are_what_is_known() {
        let directory_id = |number: u8| format!("entryUUID:00000000-0000-4000-8000-0000000000{number:02x}");
        let time = Timestamp::UNIX_EPOCH;
        let mut known = KnownDirectories::default();
        known.server(&directory_id(1), "b", time, None).unwrap();
        known.server(&directory_id(9), "stray", time, None).unwrap();
        known.directory_id(&directory_id(2), time).unwrap();
        known.directory_id(&directory_id(1), time).unwrap();
        known.server(&directory_id(1), "a", time, Some(7)).unwrap();
        let later = Timestamp::from_second(1).unwrap();
        known.claim(&directory_id(1), ["u", "b", "", ""], later).unwrap();
        known.claim(&directory_id(1), ["u", "a", "dc1:636", ""], time).unwrap();
        known.claim(&directory_id(2), ["u", "not a namespace", "dc1:636", ""], time).unwrap();
        let (known, claimed) = known.finish();
        assert_eq!(
            known.iter().map(|known| known.directory_id.to_string()).collect::<Vec<_>>(),
            [directory_id(1), directory_id(2)]
        );
        let servers: Vec<_> = known[0].servers.iter().map(|server| (&*server.identity, server.position)).collect();
        assert_eq!(servers, [("a", Some(7)), ("b", None)]);
        assert_eq!(known[1].servers, []);
        let claims: Vec<_> = claimed.iter().map(|it| (it.directory_id.to_string(), it.claims.len())).collect();
        assert_eq!(claims, [(directory_id(1), 2)]);
        assert_eq!(&*claimed[0].claims[0].claimant.namespace, "a", "the first one is first");
    }

    #[test]
    fn a_directory_id_that_is_no_external_id_fails_the_read() {
        let mut known = KnownDirectories::default();
        for error in [
            known.directory_id("corp", Timestamp::UNIX_EPOCH).unwrap_err(),
            known.server("", "dc1", Timestamp::UNIX_EPOCH, None).unwrap_err(),
            known.claim("corp", ["u", "a", "", ""], Timestamp::UNIX_EPOCH).unwrap_err(),
        ] {
            assert!(matches!(&error, Error::Unexpected { attempt, .. } if attempt.starts_with("reading ")));
        }
    }
}
