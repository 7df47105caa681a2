//! The known servers of a directory: since when they are known, and their positions.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::api::v1alpha1::directory::status::{IDENTITY_MAX_LENGTH, KnownServer, MAX_SERVERS};
use crate::sync::snapshot::ServerIdentity;

/// Positions change all the time, so they alone cause a write only this often.
pub(super) const POSITIONS_EVERY: Duration = Duration::from_hours(1);

/// Rule `known-server`: what is known after these servers answered. A server whose position went back was restored: it
/// is known only from now on.
pub(super) fn known<'a>(
    before: &[KnownServer],
    answered: impl Iterator<Item = &'a ServerIdentity>,
    positions: bool,
    now: Timestamp,
) -> Vec<KnownServer> {
    let mut servers = before.to_vec();
    let mut seen = Vec::new();
    for server in answered {
        let identity: String = server.identity.chars().take(IDENTITY_MAX_LENGTH).collect();
        seen.push(identity.clone());
        let seen_now = KnownServer { identity, first_seen_time: Time(now), position: server.position };
        match servers.iter_mut().find(|known| known.identity == seen_now.identity) {
            Some(known) if known.position > server.position => *known = seen_now,
            Some(known) if positions => known.position = server.position,
            Some(_) => {}
            None => servers.push(seen_now),
        }
    }
    // The configured servers stay, and of the others the most recent ones.
    servers.sort_by_key(|known| (!seen.contains(&known.identity), std::cmp::Reverse(known.first_seen_time.0)));
    servers.truncate(MAX_SERVERS);
    servers.sort_by(|a, b| (a.first_seen_time.0, &a.identity).cmp(&(b.first_seen_time.0, &b.identity)));
    servers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn server(identity: &str, position: i64) -> ServerIdentity {
        ServerIdentity { identity: identity.to_owned(), position: Some(position) }
    }

    fn known_times(servers: &[KnownServer]) -> Vec<(&str, i64, Option<i64>)> {
        servers.iter().map(|s| (s.identity.as_str(), s.first_seen_time.0.as_second(), s.position)).collect()
    }

    #[test]
    fn a_server_keeps_the_time_when_it_was_first_seen() {
        let first = known(&[], [server("a", 5), server("b", 9)].iter(), true, at(10));
        let second = known(&first, [server("a", 6)].iter(), false, at(20));
        assert_eq!(second, first, "its position moves without a write");
        let third = known(&first, [server("a", 6), server("c", 1)].iter(), true, at(30));
        assert_eq!(known_times(&third), [("a", 10, Some(6)), ("b", 10, Some(9)), ("c", 30, Some(1))]);
    }

    #[test]
    fn a_restored_server_is_a_new_one() {
        let first = known(&[], [server("a", 5)].iter(), true, at(10));
        assert_eq!(known_times(&known(&first, [server("a", 4)].iter(), false, at(20))), [("a", 20, Some(4))]);
    }

    #[test]
    fn the_oldest_that_no_longer_answers_is_forgotten_first() {
        let mut servers = Vec::new();
        for second in 0..100 {
            servers = known(&servers, [server("first", 1), server(&second.to_string(), 1)].iter(), true, at(second));
        }
        assert_eq!(servers.len(), MAX_SERVERS);
        assert!(servers.iter().any(|known| known.identity == "first"));
        assert!(servers.iter().any(|known| known.identity == "99"));
        assert!(!servers.iter().any(|known| known.identity == "0"));
    }
}
