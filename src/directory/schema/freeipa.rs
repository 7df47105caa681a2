//! FreeIPA.

use super::expiry::at_generalized_time;
use super::primary_group::PrimaryGroups;
use super::state::NS_ACCOUNT_LOCK;
use super::table::{Attributes, MEMBER, Table};
use crate::sync::identity::IdKind;

/// Object classes that only FreeIPA has.
pub(super) const MARKS: &[&str] = &["ipausergroup", "ipaobject"];

pub(super) const TABLE: Table = Table {
    name: "FreeIPA",
    // Entries of the compatibility tree have no identity and none of these classes. So each group and user is read
    // once.
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
    state: NS_ACCOUNT_LOCK,
    // `ipa user-mod --principal-expiration` sets it.
    expiry: Some(at_generalized_time("krbPrincipalExpiration")),
    // A user's own private group is not an `ipaUserGroup`.
    primary_groups: PrimaryGroups::Posix,
};
