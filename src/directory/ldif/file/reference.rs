//! References of a server in a file: each stands for entries that the file does not have. Rule `complete-read`.

use super::super::parse::Reference;
use super::super::problem::{InvalidLdif, Problem};
use crate::directory::dn::Dn;
use crate::directory::ldap_url::dn_in;
use crate::directory::schema::{DNS_PARTITIONS, Effective};

/// The naming contexts of Active Directory's configuration, which hold no groups and no users.
const CONFIGURATION: [&str; 2] = ["cn=configuration", "cn=schema,cn=configuration"];

/// Refuses a reference at or below a base that is read, as a read from a server does.
pub(super) fn check(reference: &Reference, effective: &Effective) -> Result<(), InvalidLdif> {
    let is_read = |dn: &Dn| [&effective.groups.base, &effective.users.base].iter().any(|base| dn.is_at_or_below(base));
    if dn_in(&reference.url).is_some_and(|dn| !is_read(&dn) || holds_no_data(&dn, effective)) {
        return Ok(());
    }
    Err(Problem::Reference.at(reference.line))
}

/// Whether a naming context holds no groups and no users, as the beginning of its name tells.
fn holds_no_data(dn: &Dn, effective: &Effective) -> bool {
    let is_below = |context: &str| dn.normal().strip_prefix(context).is_some_and(|rest| rest.starts_with(','));
    effective.schema.is_of_active_directory() && CONFIGURATION.into_iter().chain(DNS_PARTITIONS).any(is_below)
}
