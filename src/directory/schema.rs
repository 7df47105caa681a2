//! What groups and users look like in each kind of directory: one table a kind, and what a Directory's settings come to
//! with it.

mod active_directory;
mod effective;
mod expiry;
mod freeipa;
mod rfc2307;
mod security_id;

pub(in crate::directory) use effective::UID;
pub use effective::{Effective, Groups, Users};
pub use security_id::SecurityId;

use jiff::Timestamp;

use self::expiry::{Expires, Expiry};
use super::Error;
use super::entry::Entry;
use super::settings::SchemaChoice;
use crate::sync::identity::IdKind;
use crate::sync::snapshot::AccountState;

/// A kind of directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// Active Directory and Samba.
    ActiveDirectory,
    /// `posixGroup` with `memberUid`.
    Rfc2307,
    /// Everything else: groups of names, of unique names and of POSIX, with whatever member attribute they have.
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
    /// Stands for somebody of another directory, of whom this one knows nothing.
    Foreign,
    /// Anything else: a computer, a contact, a folder.
    Other,
}

/// The defaults of one kind of directory and how its entries are read.
struct Table {
    /// What `spec.schema` calls it.
    name: &'static str,
    /// Object classes of groups, in lower case.
    group_classes: &'static [&'static str],
    /// Object classes of users, in lower case. An entry that also has one of `no_user_classes` is none.
    user_classes: &'static [&'static str],
    /// Object classes, in lower case, that come with a user's classes and say that the entry is no person.
    no_user_classes: &'static [&'static str],
    /// Object classes, in lower case, of entries that stand for somebody of another directory.
    foreign_classes: &'static [&'static str],
    /// The default of `groups.filter`.
    group_filter: &'static str,
    /// The default of `users.filter` on a server.
    user_filter: &'static str,
    /// The default of `users.filter` in a file.
    user_filter_in_a_file: &'static str,
    /// The defaults of `groups.attributes` and `users.attributes`.
    attributes: Attributes,
    /// The attributes that hold a group's members.
    members: &'static [MemberAttribute],
    /// The attributes that an identity is read from, the first that an entry has.
    ids: &'static [IdKind],
    /// What the state of an account is read from, and how.
    state: State,
    /// What tells when an account expires.
    expiry: Option<Expiry>,
    /// What tells a user's primary group.
    primary_group: Option<PrimaryGroup>,
}

/// The names of attributes.
struct Attributes {
    group_name: &'static str,
    description: &'static str,
    username: &'static str,
    email: &'static str,
    first_name: &'static str,
    last_name: &'static str,
    display_name: &'static str,
    phone: &'static str,
}

/// An attribute that tells whether an account may be used.
struct State {
    attribute: &'static str,
    read: fn(&Entry) -> AccountState,
}

/// The attributes that tell a user's primary group, which does not list the user as a member.
struct PrimaryGroup {
    /// On users and groups: who they are, a [`SecurityId`].
    security_id: &'static str,
    /// On users: the last part of the group's.
    rid: &'static str,
}

/// An attribute that holds members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemberAttribute {
    /// Its name, in lower case.
    pub name: &'static str,
    /// What its values are.
    pub syntax: MemberSyntax,
}

/// What a member value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberSyntax {
    /// A distinguished name, in Active Directory with the identity before it where the extended-DN control was asked
    /// for.
    Dn,
    /// A name and an optional bit string, RFC 4517 section 3.3.21.
    NameAndOptionalUid,
    /// The `uid` of a user, RFC 2307 section 2.3.
    Username,
}

/// `member`, RFC 4519 section 2.17.
const MEMBER: MemberAttribute = MemberAttribute { name: "member", syntax: MemberSyntax::Dn };

impl Schema {
    /// What `spec.schema` says; `None` for `Auto`.
    #[must_use]
    pub const fn chosen(choice: SchemaChoice) -> Option<Self> {
        match choice {
            SchemaChoice::Auto => None,
            SchemaChoice::ActiveDirectory => Some(Self::ActiveDirectory),
            SchemaChoice::Rfc2307 => Some(Self::Rfc2307),
            SchemaChoice::Rfc2307bis => Some(Self::Rfc2307bis),
            SchemaChoice::FreeIpa => Some(Self::FreeIpa),
        }
    }

    /// What `spec.schema` calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.table().name
    }

    /// The attributes that hold a group's members.
    #[must_use]
    pub const fn member_attributes(self) -> &'static [MemberAttribute] {
        self.table().members
    }

    /// The attributes that an identity is read from on a server, the first that an entry has.
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

    /// Whether a user entry says that the account may be used, and until when. An expiry that cannot be understood leaves
    /// the state of an account unknown that is not disabled anyway.
    #[must_use]
    pub fn account_state(self, entry: &Entry) -> (AccountState, Option<Timestamp>) {
        let state = (self.table().state.read)(entry);
        match self.table().expiry.as_ref().map_or(Some(Expires::Never), |expiry| expiry.of(entry)) {
            Some(Expires::Never) => (state, None),
            Some(Expires::At(time)) => (state, Some(time)),
            None if state == AccountState::Disabled => (state, None),
            None => (AccountState::Unknown, None),
        }
    }

    /// Whose primary group a group can be.
    ///
    /// # Errors
    /// [`Error::Malformed`] when the entry's identifier is none.
    pub fn security_id(self, entry: &Entry) -> Result<Option<SecurityId>, Error> {
        let Some(PrimaryGroup { security_id, .. }) = self.table().primary_group else { return Ok(None) };
        let Some(value) = entry.values(security_id).first() else { return Ok(None) };
        SecurityId::read(value).map_err(|error| entry.malformed(format!("the value of `{security_id}` {error}")))
    }

    /// The primary group of a user, which every account has; `None` where it is hidden.
    ///
    /// # Errors
    /// [`Error::Malformed`] when the entry's identifier is none.
    pub fn primary_group(self, entry: &Entry) -> Result<Option<SecurityId>, Error> {
        let rid = self.table().primary_group.as_ref().and_then(|primary| entry.values(primary.rid).first());
        let rid = rid.and_then(|value| std::str::from_utf8(value).ok()?.trim().parse().ok());
        Ok(self.security_id(entry)?.zip(rid).map(|(user, rid)| user.sibling(rid)))
    }

    /// The attribute of users that names their primary group, where there are such.
    #[must_use]
    pub fn primary_group_attribute(self) -> Option<&'static str> {
        self.table().primary_group.as_ref().map(|primary| primary.rid)
    }

    /// Which kind of directory these entries come from: the mark of Active Directory or of FreeIPA on any of them tells,
    /// else it is [`Schema::Rfc2307bis`].
    #[must_use]
    pub fn of_entries<'a>(entries: impl Iterator<Item = &'a Entry>) -> Self {
        let mut schema = Self::Rfc2307bis;
        for entry in entries {
            let shows = |marks: &[&str]| marks.iter().any(|class| entry.is_of_class(class));
            if shows(active_directory::MARKS) {
                return Self::ActiveDirectory;
            }
            if shows(freeipa::MARKS) {
                schema = Self::FreeIpa;
            }
        }
        schema
    }

    const fn table(self) -> &'static Table {
        match self {
            Self::ActiveDirectory => &active_directory::TABLE,
            Self::Rfc2307 => &rfc2307::TABLE,
            Self::Rfc2307bis => &rfc2307::BIS_TABLE,
            Self::FreeIpa => &freeipa::TABLE,
        }
    }
}

#[cfg(test)]
pub(in crate::directory) mod tests;
