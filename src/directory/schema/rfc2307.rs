//! RFC 2307 and its successor RFC 2307bis: OpenLDAP, 389 Directory Server and others.

use super::expiry::{Expiry, at_generalized_time};
use super::primary_group::PrimaryGroups;
use super::state::LOCKS;
use super::table::{Attributes, MEMBER, MemberAttribute, MemberSyntax, Table};
use crate::sync::identity::IdKind;

/// `memberUid`, RFC 2307 section 2.3.
const MEMBER_UID: MemberAttribute = MemberAttribute { name: "memberuid", syntax: MemberSyntax::Username };

/// `uniqueMember`, RFC 4519 section 2.40.
const UNIQUE_MEMBER: MemberAttribute =
    MemberAttribute { name: "uniquemember", syntax: MemberSyntax::NameAndOptionalUid };

const USER_CLASSES: &[&str] = &[
    "inetorgperson",
    "organizationalperson",
    "residentialperson",
    "person",
    "nsperson",
    "nsorgperson",
    "nsaccount",
    "posixaccount",
    "account",
];

/// Hosts often have the class `account`.
const NO_USER_CLASSES: &[&str] = &["iphost", "device", "iptelephone"];

/// `cn` is the display name, because every person has one (RFC 4519 section 3.12) and few have a `displayName`.
const ATTRIBUTES: Attributes = Attributes {
    group_name: "cn",
    description: "description",
    username: "uid",
    email: "mail",
    first_name: "givenName",
    last_name: "sn",
    display_name: "cn",
    phone: "telephoneNumber",
};

/// Only eDirectory has it. `shadowExpire` is not read: it ends the login to Unix, but the directory still accepts the
/// account.
const EXPIRY: Expiry = at_generalized_time("loginExpirationTime");

const IDS: &[IdKind] = &[IdKind::NsUniqueId, IdKind::EntryUuid, IdKind::IbmEntryUuid, IdKind::EdirectoryGuid];

pub(super) const TABLE: Table = Table {
    name: "RFC2307",
    group_classes: &["posixgroup"],
    user_classes: USER_CLASSES,
    no_user_classes: NO_USER_CLASSES,
    foreign_classes: &[],
    group_filter: "(objectClass=posixGroup)",
    user_filter: "(objectClass=posixAccount)",
    user_filter_in_a_file: "(objectClass=posixAccount)",
    attributes: ATTRIBUTES,
    members: &[MEMBER_UID],
    ids: IDS,
    state: LOCKS,
    expiry: Some(EXPIRY),
    primary_groups: PrimaryGroups::Posix,
};

pub(super) const BIS_TABLE: Table = Table {
    name: "RFC2307bis",
    group_classes: &["groupofnames", "groupofuniquenames", "groupofmembers", "posixgroup", "groupofurls"],
    user_classes: USER_CLASSES,
    no_user_classes: NO_USER_CLASSES,
    foreign_classes: &[],
    group_filter: "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=groupOfMembers)(objectClass=posixGroup)(objectClass=groupOfURLs))",
    // nsPerson: users of 389 Directory Server need not have the class inetOrgPerson.
    user_filter: "(|(objectClass=inetOrgPerson)(objectClass=nsPerson)(objectClass=posixAccount))",
    user_filter_in_a_file: "(|(objectClass=inetOrgPerson)(objectClass=nsPerson)(objectClass=posixAccount))",
    attributes: ATTRIBUTES,
    members: &[MEMBER, UNIQUE_MEMBER, MEMBER_UID],
    ids: IDS,
    state: LOCKS,
    expiry: Some(EXPIRY),
    primary_groups: PrimaryGroups::Posix,
};
