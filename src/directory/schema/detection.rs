//! Which kind of directory a file comes from, by the marks of who wrote it.

use super::{Schema, active_directory, ad_lds, freeipa};
use crate::directory::entry::Entry;

impl Schema {
    /// Which kind of directory these entries come from: the mark of Active Directory, AD LDS or FreeIPA on any of them
    /// tells, else it is [`Schema::Rfc2307bis`].
    ///
    /// Active Directory and AD LDS share their classes. A file of the former that was read as one of the latter would have
    /// no disabled accounts and other usernames. So it is AD LDS only where nothing that every account of a domain has
    /// says otherwise; the other mistake adds nobody.
    #[must_use]
    pub fn of_entries<'a>(entries: impl Iterator<Item = &'a Entry>) -> Self {
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
