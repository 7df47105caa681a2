//! What is remembered of directories.

use directory_group_sync::store::Applied;
use directory_group_sync::sync::claim::{Claimant, ClaimedDirectory, DirectoryClaim};
use directory_group_sync::sync::identity::{DirectoryId, ExternalId, IdKind};
use directory_group_sync::sync::known::{KnownDirectory, KnownServer};
use directory_group_sync::sync::plan::Plan;

use super::{Fixture, Store, apply_plan, rehearse_if_possible, two_groups_and_three_accounts};

/// What is remembered of a directory: servers with the day of January on which they were first seen, and a position.
pub(crate) fn known(number: u8, first_seen: &str, servers: &[(&str, u8, Option<i64>)]) -> KnownDirectory {
    let server = |(identity, day, position): &(&str, u8, Option<i64>)| KnownServer {
        identity: (*identity).to_owned(),
        first_seen: format!("2026-01-{day:02}T00:00:00.000001Z").parse().unwrap(),
        position: *position,
    };
    KnownDirectory {
        directory_id: DirectoryId(ExternalId::new(IdKind::EntryUuid, [number; 16])),
        first_seen: first_seen.parse().unwrap(),
        servers: servers.iter().map(server).collect(),
    }
}

async fn remember(store: &Store, directory_id: KnownDirectory) -> Vec<KnownDirectory> {
    let plan = Plan { remember: Some(directory_id), ..Plan::default() };
    if let Some(rehearsed) = rehearse_if_possible(store, &plan).await {
        assert_eq!(rehearsed, Applied::default());
    }
    assert_eq!(apply_plan(store, &plan).await, Applied::default());
    store.read().await.unwrap().directories
}

pub(crate) async fn what_is_remembered_of_directories_is_read_back(fixture: &impl Fixture) {
    let store = fixture.store();
    let (early, late) = ("2025-12-31T23:59:59.999999Z", "2026-02-01T00:00:00Z");
    let one = known(1, early, &[("dc2", 3, Some(i64::MAX)), ("dc1 \"'", 2, None)]);
    let sorted = known(1, early, &[("dc1 \"'", 2, None), ("dc2", 3, Some(i64::MAX))]);
    assert_eq!(remember(&store, one).await, std::slice::from_ref(&sorted));
    let other = known(2, late, &[]);
    assert_eq!(remember(&store, other.clone()).await, [sorted, other.clone()]);
    // The directory's time stays; the server that is named is replaced, the other stays.
    let restored = known(1, early, &[("dc1 \"'", 2, None), ("dc2", 9, Some(-5))]);
    assert_eq!(remember(&store, known(1, late, &[("dc2", 9, Some(-5))])).await, [restored, other]);
    // A plan that remembers nothing forgets nothing.
    two_groups_and_three_accounts(&store).await;
    assert_eq!(store.read().await.unwrap().directories.len(), 2);
}

pub(crate) async fn of_many_servers_those_first_seen_last_are_remembered(fixture: &impl Fixture) {
    let store = fixture.store();
    let names: Vec<String> = (0..64).map(|number| format!("dc{number:02}")).collect();
    let servers: Vec<_> = (0..).zip(&names).map(|(number, name)| (&**name, 28 - number / 3, None)).collect();
    let time = "2026-01-01T00:00:00Z";
    remember(&store, known(2, time, &[("dc63", 1, None)])).await;
    assert_eq!(remember(&store, known(1, time, &servers)).await[0].servers.len(), 64);
    // `dc63` was first seen before the others. The one that is named stays, however old it is.
    let directories = remember(&store, known(1, time, &[("new", 1, Some(1))])).await;
    let identities: Vec<_> = directories[0].servers.iter().map(|server| &*server.identity).collect();
    assert_eq!(identities, names[..63].iter().map(|name| &**name).chain(["new"]).collect::<Vec<_>>());
    assert_eq!(directories[1].servers.len(), 1);
}

/// A claim of a namespace since that day of January, with these addresses and authorities.
pub(crate) fn claim(namespace: &str, day: u8, addresses: &[&str], authorities: &[&str]) -> DirectoryClaim {
    let texts = |texts: &[&str]| texts.iter().copied().map(Into::into).collect();
    DirectoryClaim {
        claimant: Claimant::parse("standalone", namespace).unwrap(),
        first_seen: format!("2026-01-{day:02}T00:00:00.000001Z").parse().unwrap(),
        addresses: texts(addresses),
        authorities: texts(authorities),
    }
}

async fn lead(store: &Store, number: u8, claims: &[DirectoryClaim]) -> Vec<ClaimedDirectory> {
    let remember = known(number, "2026-01-01T00:00:00Z", &[]);
    let claimed = ClaimedDirectory { directory_id: remember.directory_id, claims: claims.to_vec() };
    let plan = Plan { remember: Some(remember), claim: Some(claimed), ..Plan::default() };
    if let Some(rehearsed) = rehearse_if_possible(store, &plan).await {
        assert_eq!(rehearsed, Applied::default());
    }
    assert_eq!(apply_plan(store, &plan).await, Applied::default());
    store.read().await.unwrap().claims
}

/// Rule `claimed-directory-id`.
pub(crate) async fn who_leads_a_directory_is_read_back(fixture: &impl Fixture) {
    let store = fixture.store();
    let first = claim("bi", 2, &["b.corp:636", "a \"'\\:636", "[::1]:636"], &["0a1b"]);
    let claimed = lead(&store, 1, std::slice::from_ref(&first)).await;
    assert_eq!(claimed.len(), 1);
    assert_eq!(claimed[0].claims, std::slice::from_ref(&first));
    // A second directory, and a second claim on the first; the first claim has another address meanwhile.
    assert_eq!(lead(&store, 2, &[claim("crm", 3, &[], &[])]).await.len(), 2);
    let moved = claim("bi", 2, &["a:636"], &[]);
    let claims = [moved, claim("crm", 3, &["ldif:standalone/crm/corp"], &[])];
    let claimed = lead(&store, 1, &claims).await;
    assert_eq!((&claimed[0].claims[..], claimed[1].claims.len()), (&claims[..], 1));
    // Others come in their place, and a plan without claims forgets none.
    let claimed = lead(&store, 1, &[claim("other", 4, &["c:636"], &[])]).await;
    assert_eq!(claimed[0].claims, [claim("other", 4, &["c:636"], &[])]);
    two_groups_and_three_accounts(&store).await;
    assert_eq!(store.read().await.unwrap().claims, claimed);
}
