//! Active Directory and Samba.

use super::expiry::ACCOUNT_EXPIRES;
use super::primary_group::PrimaryGroups;
use super::state::USER_ACCOUNT_CONTROL;
use super::table::{Attributes, MEMBER, Table};
use crate::directory::entry::Entry;
use crate::sync::identity::IdKind;

/// Object classes that only Active Directory and AD LDS have.
pub(super) const MARKS: &[&str] = &["domaindns", "group", "user"];

/// The application partitions that every forest has for DNS, MS-ADTS section 6.1.1.1.5. They hold no groups and no
/// users.
pub(in crate::directory) const DNS_PARTITIONS: [&str; 2] = ["dc=domaindnszones", "dc=forestdnszones"];

pub(super) const TABLE: Table = Table {
    name: "ActiveDirectory",
    group_classes: &["group"],
    user_classes: &["user", "inetorgperson"],
    // Computers are users too, and so are group-managed service accounts, which are computers.
    no_user_classes: &["computer"],
    // A member from a trusted forest, by its security identifier and without a name.
    foreign_classes: &["foreignsecurityprincipal"],
    group_filter: "(objectClass=group)",
    // The category is indexed and excludes computers. Contacts have it too, but not the class.
    user_filter: "(&(objectCategory=person)(objectClass=user))",
    // In a file the category is a full name, and it may be missing.
    user_filter_in_a_file: "(&(objectClass=user)(!(objectClass=computer)))",
    attributes: Attributes {
        group_name: "cn",
        description: "description",
        username: "sAMAccountName",
        email: "mail",
        first_name: "givenName",
        last_name: "sn",
        display_name: "displayName",
        phone: "telephoneNumber",
    },
    members: &[MEMBER],
    ids: &[IdKind::ObjectGuid],
    state: USER_ACCOUNT_CONTROL,
    expiry: Some(ACCOUNT_EXPIRES),
    primary_groups: PrimaryGroups::ActiveDirectory,
};

/// Whether an entry shows an attribute that every domain account has and that AD LDS does not need.
pub(super) fn is_of_a_domain(entry: &Entry) -> bool {
    ["useraccountcontrol", "samaccountname", "primarygroupid"].iter().any(|mark| !entry.values(mark).is_empty())
}
