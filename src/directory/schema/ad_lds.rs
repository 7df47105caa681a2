//! Active Directory Lightweight Directory Services, formerly ADAM: the server of Active Directory without a domain.

use super::expiry::ACCOUNT_EXPIRES;
use super::primary_group::PrimaryGroups;
use super::state::USER_ACCOUNT_DISABLED;
use super::table::{Attributes, MEMBER, Table};
use crate::directory::entry::Entry;
use crate::sync::identity::IdKind;

pub(super) const TABLE: Table = Table {
    name: "ADLDS",
    group_classes: &["group"],
    // A proxy stands for a domain account, with which its user signs in (MS-ADTS section 3.1.1.8).
    user_classes: &["user", "inetorgperson", "userproxy", "userproxyfull"],
    no_user_classes: &["computer"],
    // A Windows account, by its security identifier and without a name.
    foreign_classes: &["foreignsecurityprincipal"],
    group_filter: "(objectClass=group)",
    user_filter: "(&(|(objectClass=user)(objectClass=userProxy)(objectClass=userProxyFull))(!(objectClass=computer)))",
    user_filter_in_a_file: "(&(|(objectClass=user)(objectClass=userProxy)(objectClass=userProxyFull))(!(objectClass=computer)))",
    attributes: Attributes {
        group_name: "cn",
        description: "description",
        // There is no `sAMAccountName`. Users sign in with this one, which is unique on a server (MS-ADTS section
        // 5.1.1.1.1).
        username: "userPrincipalName",
        email: "mail",
        first_name: "givenName",
        last_name: "sn",
        display_name: "displayName",
        phone: "telephoneNumber",
    },
    members: &[MEMBER],
    ids: &[IdKind::ObjectGuid],
    state: USER_ACCOUNT_DISABLED,
    expiry: Some(ACCOUNT_EXPIRES),
    primary_groups: PrimaryGroups::None,
};

/// Whether an entry can only be one of AD LDS: its schema is below a configuration that is named by a GUID. That of a
/// forest is below its root domain (MS-ADTS section 3.1.1.1.5).
pub(super) fn is_certain(entry: &Entry) -> bool {
    entry.values("objectcategory").iter().any(|category| {
        let category = category.to_ascii_lowercase();
        category.ends_with(b"}") && category.windows(MARK_OF_SCHEMA.len()).any(|window| window == MARK_OF_SCHEMA)
    })
}

const MARK_OF_SCHEMA: &[u8] = b",cn=schema,cn=configuration,cn={";

/// Whether an entry looks like one of AD LDS: it has attributes or classes that domain accounts do not use.
pub(super) fn is_likely(entry: &Entry) -> bool {
    const ATTRIBUTES: [&str; 2] = ["msds-useraccountdisabled", "msds-userpasswordexpired"];
    ATTRIBUTES.iter().any(|attribute| !entry.values(attribute).is_empty())
        || ["userproxy", "userproxyfull"].iter().any(|class| entry.is_of_class(class))
}
