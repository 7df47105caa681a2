//! Which kind of directory a file comes from.

use super::{Schema, active_directory, ad_lds, freeipa};
use crate::directory::entry::Entry;

impl Schema {
    /// Which kind of directory these entries come from. Any entry may show a mark of Active Directory, AD LDS or
    /// FreeIPA; if none does, it is [`Schema::Rfc2307bis`].
    ///
    /// Active Directory and AD LDS share their classes. A file of Active Directory that is read as AD LDS would have no
    /// disabled accounts and other usernames. So if any entry has what every domain account has, it is Active
    /// Directory. The opposite mistake adds no member.
    #[must_use]
    pub fn detect<'a>(entries: impl Iterator<Item = &'a Entry>) -> Self {
        let mut schema = Self::Rfc2307bis;
        let (mut is_of_microsoft, mut is_of_a_domain, mut looks_like_lds) = (false, false, false);
        for entry in entries {
            if ad_lds::is_certain(entry) {
                return Self::AdLds;
            }
            let shows = |marks: &[&str]| marks.iter().any(|class| entry.is_of_class(class));
            is_of_microsoft |= shows(active_directory::MARKS);
            is_of_a_domain |= active_directory::is_of_a_domain(entry);
            looks_like_lds |= ad_lds::is_likely(entry);
            if shows(freeipa::MARKS) {
                schema = Self::FreeIpa;
            }
        }
        match (is_of_microsoft, looks_like_lds, is_of_a_domain) {
            (_, true, false) => Self::AdLds,
            (true, _, _) => Self::ActiveDirectory,
            (false, ..) => schema,
        }
    }
}
