//! References of a server in a file: each stands for entries that the file does not have.

use super::super::parse::{InvalidLdif, Reference};
use crate::directory::dn::Dn;
use crate::directory::schema::Effective;

/// Naming contexts of Active Directory that hold no groups and no users, by the beginning of their name.
const NO_DATA: [&str; 4] =
    ["cn=configuration,", "cn=schema,cn=configuration,", "dc=domaindnszones,", "dc=forestdnszones,"];

/// Like on a server, no reference may stand at or below a base that is read.
pub(super) fn judge(reference: &Reference, effective: &Effective) -> Result<(), InvalidLdif> {
    let is_searched =
        |dn: &Dn| [&effective.groups.base, &effective.users.base].iter().any(|base| dn.is_at_or_below(base));
    let holds_no_data = |dn: &Dn| {
        effective.schema.is_of_active_directory() && NO_DATA.iter().any(|context| dn.normal().starts_with(context))
    };
    let harmless = name_in(&reference.url).is_some_and(|dn| !is_searched(&dn) || holds_no_data(&dn));
    if harmless {
        return Ok(());
    }
    let problem = format!(
        "the export has `{}` instead of the entries there; export that part too, or read it as a Directory of its own",
        reference.url
    );
    Err(InvalidLdif { line: reference.line, problem })
}

/// The name in an LDAP URL (RFC 4516 section 2). None where it is missing, which means the base itself, or encoded.
fn name_in(url: &str) -> Option<Dn> {
    let (_, after_scheme) = url.split_once("://")?;
    let (_, after_host) = after_scheme.split_once('/')?;
    let name = after_host.split('?').next().filter(|name| !name.is_empty() && !name.contains('%'))?;
    Dn::parse(name).ok()
}
