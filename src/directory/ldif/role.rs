//! What an entry of a file is to the settings.

use crate::directory::dn::Dn;
use crate::directory::entry::Entry;
use crate::directory::schema::{Effective, Kind};

/// What an entry is to the settings.
pub(super) enum Role {
    /// A user in the users' base that matches their filter.
    User,
    /// Another user.
    OutOfScope,
    /// An entry that a selector may name.
    Group {
        /// It matches the groups' filter. Otherwise only its object class makes it a group, which a selector by DN
        /// accepts.
        in_filter: bool,
    },
    /// An entry that stands for an object of another directory.
    Foreign,
    /// Anything else.
    Other,
}

impl Role {
    /// The role of an entry.
    pub(super) fn of(dn: &Dn, entry: &Entry, effective: &Effective) -> Self {
        if effective.users.filter.evaluate(entry) && dn.is_at_or_below(&effective.users.base) {
            return Self::User;
        }
        let in_filter = effective.groups.filter.evaluate(entry);
        if in_filter || effective.filter_of_named_group().evaluate(entry) {
            return Self::Group { in_filter };
        }
        match effective.kind(entry) {
            Kind::User => Self::OutOfScope,
            Kind::Foreign => Self::Foreign,
            Kind::Group | Kind::Other => Self::Other,
        }
    }
}
