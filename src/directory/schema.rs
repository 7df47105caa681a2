//! What groups and users look like in each kind of directory: one table for each kind, and the settings of a Directory
//! with the defaults of its table.

mod active_directory;
mod ad_lds;
mod detection;
mod dynamic;
mod effective;
mod expiry;
mod freeipa;
mod generalized_time;
mod primary_group;
mod rfc2307;
mod security_id;
mod state;
mod table;

pub(in crate::directory) use active_directory::DNS_PARTITIONS;
pub use dynamic::Dynamic;
pub(in crate::directory) use effective::UID;
pub use effective::{Effective, Groups, Users};
pub use primary_group::{PrimaryGroupId, ShownPrimary};
pub use security_id::InvalidSecurityId;
pub use table::{MemberAttribute, MemberSyntax};

use jiff::Timestamp;

use self::expiry::Expires;
use self::table::Table;
use super::entry::Entry;
use super::filter::Filter;
use super::settings::SchemaChoice;
use crate::sync::identity::IdKind;
use crate::sync::snapshot::ShownState;

/// A kind of directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// Active Directory and Samba.
    ActiveDirectory,
    /// Active Directory Lightweight Directory Services.
    AdLds,
    /// `posixGroup` with `memberUid`.
    Rfc2307,
    /// Everything else: `groupOfNames`, `groupOfUniqueNames` and `posixGroup`, with any of the member attributes.
    Rfc2307bis,
    /// FreeIPA.
    FreeIpa,
}

/// What an entry is, by its object classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An account of a person or of a service.
    User,
    /// A group.
    Group,
    /// An entry that stands for an object of another directory, about which this one knows nothing.
    Foreign,
    /// Anything else: a computer, a contact, a folder.
    Other,
}

impl Schema {
    /// The schema that `spec.schema` chooses; `None` for `Auto`.
    #[must_use]
    pub const fn chosen(choice: SchemaChoice) -> Option<Self> {
        match choice {
            SchemaChoice::Auto => None,
            SchemaChoice::ActiveDirectory => Some(Self::ActiveDirectory),
            SchemaChoice::AdLds => Some(Self::AdLds),
            SchemaChoice::Rfc2307 => Some(Self::Rfc2307),
            SchemaChoice::Rfc2307bis => Some(Self::Rfc2307bis),
            SchemaChoice::FreeIpa => Some(Self::FreeIpa),
        }
    }

    /// Its value in `spec.schema`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.table().name
    }

    /// The attributes that hold a group's members.
    #[must_use]
    pub const fn member_attributes(self) -> &'static [MemberAttribute] {
        self.table().members
    }

    /// The attributes with ids on a server. The first that an entry has is its identity.
    #[must_use]
    pub const fn id_kinds(self) -> &'static [IdKind] {
        self.table().ids
    }

    /// What an entry is, by its object classes.
    #[must_use]
    pub fn kind(self, entry: &Entry) -> Kind {
        let table = self.table();
        let is_any = |classes: &[&str]| classes.iter().any(|class| entry.is_of_class(class));
        if is_any(table.group_classes) {
            Kind::Group
        } else if is_any(table.user_classes) && !is_any(table.no_user_classes) {
            Kind::User
        } else if is_any(table.foreign_classes) {
            Kind::Foreign
        } else {
            Kind::Other
        }
    }

    /// Whether the account of a user entry may be used, and until when. If the time cannot be read, the state is
    /// unclear, unless the account is disabled anyway.
    #[must_use]
    pub fn account_state(self, entry: &Entry) -> (ShownState, Option<Timestamp>) {
        let state = (self.table().state.read)(entry);
        match self.table().expiry.as_ref().map_or(Ok(Expires::Never), |expiry| expiry.read_from(entry)) {
            Ok(Expires::At(time)) => (state, Some(time)),
            Err(cause) if state == ShownState::Enabled => (ShownState::Unclear(Box::new(cause)), None),
            Ok(Expires::Never) | Err(_) => (state, None),
        }
    }

    /// What users know a group by that is their primary group.
    ///
    /// # Errors
    /// When the group's security identifier cannot be read.
    pub fn primary_group_id(self, group: &Entry) -> Result<ShownPrimary, InvalidSecurityId> {
        self.table().primary_groups.of_group(group)
    }

    /// The primary group of a user.
    ///
    /// # Errors
    /// When the user's security identifier cannot be read.
    pub fn primary_group(self, user: &Entry) -> Result<ShownPrimary, InvalidSecurityId> {
        self.table().primary_groups.of_user(user)
    }

    /// Two filters: for users that show a primary group, and for users that have one. A server that finds only the
    /// latter hides them. `None`: each user entry tells whether it hides its primary group.
    #[must_use]
    pub fn witnesses_of_primary_groups(self) -> Option<[Filter; 2]> {
        self.table().primary_groups.witnesses()
    }

    /// Whether it is Active Directory or its lightweight services. They are one server program (MS-ADTS section 1) and
    /// differ in what a domain adds.
    #[must_use]
    pub const fn is_of_active_directory(self) -> bool {
        matches!(self, Self::ActiveDirectory | Self::AdLds)
    }

    const fn table(self) -> &'static Table {
        match self {
            Self::ActiveDirectory => &active_directory::TABLE,
            Self::AdLds => &ad_lds::TABLE,
            Self::Rfc2307 => &rfc2307::TABLE,
            Self::Rfc2307bis => &rfc2307::BIS_TABLE,
            Self::FreeIpa => &freeipa::TABLE,
        }
    }
}

#[cfg(test)]
pub(in crate::directory) mod tests;
