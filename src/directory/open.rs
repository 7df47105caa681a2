//! From the settings to an adapter.

use super::ldap::LdapDirectory;
use super::ldif::LdifDirectory;
use super::settings::{DirectorySettings, Source};
use super::{Directory, Error};

/// The adapter for the source of the entries. It reads nothing yet.
///
/// # Errors
/// When the settings are not valid.
pub fn open(settings: DirectorySettings) -> Result<Box<dyn Directory>, Error> {
    match settings.source.clone() {
        Source::Ldap(ldap) => Ok(Box::new(LdapDirectory::new(settings, ldap))),
        Source::Ldif { origin, content } => Ok(Box::new(LdifDirectory::new(settings, origin, content))),
    }
}
