//! What is remembered of directories: the rows of `directory_realms` and `directory_servers`.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::store::Error;
use crate::sync::identity::Realm;
use crate::sync::known::{KnownRealm, KnownServer};

/// How many servers of one directory are remembered (design section 5, rule 3), as in the status of a `Directory`.
pub(super) const MAX_SERVERS: i64 = 64;

/// What was read so far. Rows may come in any order.
#[derive(Debug, Default)]
pub(super) struct KnownRealms {
    realms: BTreeMap<Realm, KnownRealm>,
    servers: Vec<(Realm, KnownServer)>,
}

impl KnownRealms {
    /// A row of `directory_realms`.
    pub(super) fn realm(&mut self, realm: &str, first_seen: Timestamp) -> Result<(), Error> {
        let realm = understood("directory_realms", realm)?;
        self.realms.insert(realm, KnownRealm { realm, first_seen, servers: Vec::new() });
        Ok(())
    }

    /// A row of `directory_servers`.
    pub(super) fn server(
        &mut self,
        realm: &str,
        identity: &str,
        first_seen: Timestamp,
        position: Option<i64>,
    ) -> Result<(), Error> {
        let realm = understood("directory_servers", realm)?;
        self.servers.push((realm, KnownServer { identity: identity.to_owned(), first_seen, position }));
        Ok(())
    }

    /// Joins what was read: ascending by realm, its servers by identity. A server whose realm is not there is left out,
    /// as a link is whose object is not.
    pub(super) fn finish(mut self) -> Vec<KnownRealm> {
        self.servers.sort_unstable_by(|(_, one), (_, other)| one.identity.cmp(&other.identity));
        for (realm, server) in self.servers {
            if let Some(known) = self.realms.get_mut(&realm) {
                known.servers.push(server);
            }
        }
        self.realms.into_values().collect()
    }
}

fn understood(table: &str, realm: &str) -> Result<Realm, Error> {
    realm
        .parse()
        .map(Realm)
        .map_err(|error| Error::Unexpected { attempt: format!("reading {table}"), cause: format!("{error}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_in_any_order_are_what_is_known() {
        let realm = |number: u8| format!("entryUUID:00000000-0000-4000-8000-0000000000{number:02x}");
        let time = Timestamp::UNIX_EPOCH;
        let mut known = KnownRealms::default();
        known.server(&realm(1), "b", time, None).unwrap();
        known.server(&realm(9), "stray", time, None).unwrap();
        known.realm(&realm(2), time).unwrap();
        known.realm(&realm(1), time).unwrap();
        known.server(&realm(1), "a", time, Some(7)).unwrap();
        let known = known.finish();
        assert_eq!(known.iter().map(|known| known.realm.to_string()).collect::<Vec<_>>(), [realm(1), realm(2)]);
        let servers: Vec<_> = known[0].servers.iter().map(|server| (&*server.identity, server.position)).collect();
        assert_eq!(servers, [("a", Some(7)), ("b", None)]);
        assert_eq!(known[1].servers, []);
    }

    #[test]
    fn a_realm_that_is_no_external_id_fails_the_read() {
        let mut known = KnownRealms::default();
        for error in [
            known.realm("corp", Timestamp::UNIX_EPOCH).unwrap_err(),
            known.server("", "dc1", Timestamp::UNIX_EPOCH, None).unwrap_err(),
        ] {
            assert!(matches!(&error, Error::Unexpected { attempt, .. } if attempt.starts_with("reading directory_")));
        }
    }
}
