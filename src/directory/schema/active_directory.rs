//! Active Directory and Samba.

use super::expiry::{Expiry, ticks};
use super::{Attributes, MEMBER, PrimaryGroup, State, Table};
use crate::directory::entry::Entry;
use crate::sync::identity::IdKind;
use crate::sync::snapshot::AccountState;

/// Object classes that only Active Directory has.
pub(super) const MARKS: &[&str] = &["domaindns", "group", "user"];

pub(super) const TABLE: Table = Table {
    name: "ActiveDirectory",
    group_classes: &["group"],
    user_classes: &["user", "inetorgperson"],
    // A computer is a user too, and so are group-managed service accounts, which are computers.
    no_user_classes: &["computer"],
    // A member from a trusted forest, by its security identifier and without a name.
    foreign_classes: &["foreignsecurityprincipal"],
    group_filter: "(objectClass=group)",
    // The category is indexed and leaves computers out; contacts have it too, but not the class.
    user_filter: "(&(objectCategory=person)(objectClass=user))",
    // In a file the category is a whole name, if it is there at all.
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
    state: State { attribute: "userAccountControl", read: state },
    expiry: Some(Expiry { attribute: "accountExpires", read: ticks }),
    primary_group: Some(PrimaryGroup { security_id: "objectSid", rid: "primaryGroupID" }),
};

/// `ADS_UF_ACCOUNT_DISABLE`, MS-ADTS section 2.2.16.
const ACCOUNT_DISABLE: i32 = 0x2;

/// Every account has `userAccountControl`, so one that does not show it hides it.
fn state(entry: &Entry) -> AccountState {
    let control = entry.values("useraccountcontrol").first().and_then(|value| std::str::from_utf8(value).ok());
    match control.and_then(|control| control.trim().parse::<i32>().ok()) {
        Some(control) if control & ACCOUNT_DISABLE != 0 => AccountState::Disabled,
        Some(_) => AccountState::Enabled,
        None => AccountState::Unknown,
    }
}
