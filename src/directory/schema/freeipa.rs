//! FreeIPA.

use super::expiry::{Expiry, generalized_time};
use super::{Attributes, MEMBER, State, Table, rfc2307};
use crate::sync::identity::IdKind;

/// Object classes that only FreeIPA has.
pub(super) const MARKS: &[&str] = &["ipausergroup", "ipaobject"];

pub(super) const TABLE: Table = Table {
    name: "FreeIPA",
    // Entries of the compatibility tree, which have no identity, have none of these classes: each group and each user is
    // there once.
    group_classes: &["ipausergroup"],
    user_classes: &["inetorgperson", "organizationalperson", "person"],
    no_user_classes: &["ipahost"],
    foreign_classes: &[],
    group_filter: "(objectClass=ipaUserGroup)",
    user_filter: "(&(objectClass=inetOrgPerson)(objectClass=posixAccount))",
    user_filter_in_a_file: "(&(objectClass=inetOrgPerson)(objectClass=posixAccount))",
    attributes: Attributes {
        group_name: "cn",
        description: "description",
        username: "uid",
        email: "mail",
        first_name: "givenName",
        last_name: "sn",
        display_name: "displayName",
        phone: "telephoneNumber",
    },
    members: &[MEMBER],
    ids: &[IdKind::IpaUniqueId, IdKind::NsUniqueId, IdKind::EntryUuid],
    state: State { attribute: "nsAccountLock", read: rfc2307::state },
    // What `ipa user-mod --principal-expiration` sets.
    expiry: Some(Expiry { attribute: "krbPrincipalExpiration", read: generalized_time }),
    primary_group: None,
};
