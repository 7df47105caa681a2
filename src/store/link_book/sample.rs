//! Changes of a book, as property tests need them: few objects and few ids, so that they meet.

use jiff::Timestamp;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::{BookChange, Entry, LinkedObject};
use crate::sync::claim::{Claimant, ClaimedDirectory, DirectoryClaim};
use crate::sync::identity::{DirectoryId, ExternalId, IdKind, Owner};
use crate::sync::known::{KnownDirectory, KnownServer};
use crate::sync::link::{AccountLink, GroupLink, Origin};
use crate::sync::role::Role;
use crate::sync::snapshot::{DnHash, Place};
use crate::sync::store_id::StoreId;

/// Up to so many changes.
pub(crate) fn changes(most: usize) -> impl Strategy<Value = Vec<BookChange>> {
    vec(change(), 0..=most)
}

fn change() -> impl Strategy<Value = BookChange> {
    prop_oneof![
        4 => group().prop_map(BookChange::Group),
        4 => account().prop_map(BookChange::Account),
        2 => (directory(), id()).prop_map(|(directory_id, id)| BookChange::Forget(directory_id, id)),
        1 => known().prop_map(BookChange::Remember),
        1 => claimed().prop_map(BookChange::Claim),
    ]
}

fn group() -> impl Strategy<Value = Entry<GroupLink>> {
    let times = (option::of(time()), option::of(time()));
    let texts = (text(), text(), text());
    let role = (any::<i64>(), text()).prop_map(|(id, name)| Role { id: id.into(), name });
    let link = (directory(), id(), owner(), texts, origin(), place(), times, vec(role, 0..3));
    (store(), object(), link, option::of(text())).prop_map(|(store, object, link, renamed_to)| {
        let (directory_id, id, owner, (selector, exclusions, name), origin, place, times, roles) = link;
        let (missing_since, empty_since) = times;
        let owner = owner.map(Into::into);
        let link = GroupLink {
            directory_id,
            id,
            owner,
            selector,
            exclusions,
            origin,
            name,
            place,
            roles,
            missing_since,
            empty_since,
        };
        Entry { store, object, link, renamed_to }
    })
}

fn account() -> impl Strategy<Value = Entry<AccountLink>> {
    let times = (option::of(time()), option::of(time()));
    let texts = (text(), option::of(text()));
    let link = (directory(), id(), owner(), texts, origin(), place(), any::<bool>(), times);
    (store(), object(), link, option::of(text())).prop_map(|(store, object, link, renamed_to)| {
        let (directory_id, id, owner, (username, email), origin, place, deactivated_by_us, times) = link;
        let (owner, (unused_since, missing_since)) = (owner.map(Into::into), times);
        let link = AccountLink {
            directory_id,
            id,
            owner,
            origin,
            username,
            email,
            place,
            deactivated_by_us,
            unused_since,
            missing_since,
        };
        Entry { store, object, link, renamed_to }
    })
}

fn known() -> impl Strategy<Value = KnownDirectory> {
    let server = (text(), time(), option::of(any::<i64>())).prop_map(|(identity, first_seen, position)| KnownServer {
        identity: identity.into(),
        first_seen,
        position,
    });
    (directory(), time(), vec(server, 0..3)).prop_map(|(directory_id, first_seen, mut servers)| {
        servers.sort_by(|one, other| one.identity.cmp(&other.identity));
        servers.dedup_by(|one, other| one.identity == other.identity);
        KnownDirectory { directory_id, first_seen, servers }
    })
}

fn claimed() -> impl Strategy<Value = ClaimedDirectory> {
    let claim = (text(), text(), time(), vec(text(), 0..3), vec(text(), 0..3));
    let claim = claim.prop_map(|(installation, namespace, first_seen, addresses, authorities)| DirectoryClaim {
        claimant: Claimant { installation, namespace },
        first_seen,
        addresses,
        authorities,
    });
    (directory(), vec(claim, 0..3)).prop_map(|(directory_id, claims)| ClaimedDirectory { directory_id, claims })
}

fn directory() -> impl Strategy<Value = DirectoryId> {
    (0..2_u8).prop_map(|number| DirectoryId(ExternalId::new(IdKind::ObjectGuid, [number; 16])))
}

fn id() -> impl Strategy<Value = ExternalId> {
    (prop::sample::select(&IdKind::ALL[..2]), 0..6_u8).prop_map(|(kind, number)| ExternalId::new(kind, [number; 16]))
}

fn object() -> impl Strategy<Value = LinkedObject> {
    prop_oneof![
        (0..4_i64).prop_map(|number| LinkedObject::Known(StoreId::Number(number))),
        (0..4_u8).prop_map(|number| LinkedObject::Known(StoreId::from(&*number.to_string()))),
        (0..2_u8).prop_map(|number| LinkedObject::Intended(number.to_string().into())),
    ]
}

fn store() -> impl Strategy<Value = Box<str>> {
    prop::sample::select(vec!["here", "there"]).prop_map(Into::into)
}

fn owner() -> impl Strategy<Value = Option<Owner>> {
    let owner = |name: u8| Owner {
        installation: "standalone".to_owned(),
        namespace: "bi".to_owned(),
        name: format!("sync-{name}"),
    };
    option::of((0..2_u8).prop_map(owner))
}

fn origin() -> impl Strategy<Value = Origin> {
    prop::sample::select(vec![Origin::Created, Origin::Adopted])
}

fn place() -> impl Strategy<Value = Place> {
    any::<([u8; 16], [u8; 16])>().prop_map(|(dn, parent)| Place { dn: DnHash(dn), parent: DnHash(parent) })
}

/// Texts with everything that a format could trip over.
fn text() -> impl Strategy<Value = Box<str>> {
    prop_oneof!["[a-c]{0,3}", any::<String>(), Just("\"\n\r\\\u{2028}\u{0}}".to_owned())].prop_map(Into::into)
}

fn time() -> impl Strategy<Value = Timestamp> {
    (0..2_000_000_000_i64, 0..1_000_000_000_i32)
        .prop_map(|(second, nanosecond)| Timestamp::new(second, nanosecond).unwrap())
}
