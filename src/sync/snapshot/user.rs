//! A user of the directory.

use jiff::Timestamp;

use super::place::Place;
use crate::sync::identity::ExternalId;
use crate::sync::values::Values;

/// An index into [`super::Snapshot::users`]; memberships are sorted vectors of these, so that a million of them are 4
/// MB.
pub type UserIndex = u32;

/// The attributes of a person, as a store holds them. `None` is absent; an empty text does not occur.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attributes {
    /// What the person signs in with.
    pub username: Option<Box<str>>,
    /// The e-mail address.
    pub email: Option<Box<str>>,
    /// The given name.
    pub first_name: Option<Box<str>>,
    /// The family name.
    pub last_name: Option<Box<str>>,
    /// The name as the person wants it shown.
    pub display_name: Option<Box<str>>,
    /// The telephone number.
    pub phone: Option<Box<str>>,
}

/// The attributes of a person, as the directory shows them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserValues {
    /// What the person signs in with.
    pub username: Values,
    /// The e-mail address.
    pub email: Values,
    /// The given name.
    pub first_name: Values,
    /// The family name.
    pub last_name: Values,
    /// The name as the person wants it shown.
    pub display_name: Values,
    /// The telephone number.
    pub phone: Values,
}

/// Which optional attributes some user entry of this read had. One that no entry shows may be hidden, so its absence
/// clears nothing (rule `account-attributes`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "one independent fact for each attribute")]
pub struct ShownAttributes {
    /// Some entry showed a given name.
    pub first_name: bool,
    /// Some entry showed a family name.
    pub last_name: bool,
    /// Some entry showed a display name.
    pub display_name: bool,
    /// Some entry showed a telephone number.
    pub phone: bool,
}

/// Whether a directory account may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountState {
    /// It may be used, or the directory has no such state.
    Enabled,
    /// It is disabled or has expired.
    Disabled,
    /// The state cannot be read: changes nothing.
    Unknown,
}

/// What an entry says of whether its account may be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShownState {
    /// It may be used, or the directory has no such state.
    Enabled,
    /// It is disabled.
    Disabled,
    /// It is unknown.
    Unclear(Box<UnclearState>),
}

/// Why it is unknown whether an account may be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnclearState {
    /// The entry hides an attribute that every account has.
    Hidden {
        /// The attribute.
        attribute: &'static str,
    },
    /// A value that cannot be understood.
    Value {
        /// The attribute that has it.
        attribute: &'static str,
        /// The value as the directory has it.
        value: Box<str>,
        /// What it should be, in words.
        form: &'static str,
    },
}

impl ShownState {
    /// The state, without the cause of a doubt.
    #[must_use]
    pub const fn account_state(&self) -> AccountState {
        match self {
            Self::Enabled => AccountState::Enabled,
            Self::Disabled => AccountState::Disabled,
            Self::Unclear(_) => AccountState::Unknown,
        }
    }
}

/// A user entry in the users' base that matches the users' filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryUser {
    /// Its identity.
    pub id: ExternalId,
    /// Further ids that it shows, in the order of [`crate::sync::identity::IdKind::ALL`].
    pub other_ids: Box<[ExternalId]>,
    /// Where it stood.
    pub place: Place,
    /// Its distinguished name, for people; only where it has no username to be named by.
    pub dn: Option<Box<str>>,
    /// What the directory says of the person.
    pub attributes: UserValues,
    /// Whether the account may be used, but for its expiry.
    pub state: ShownState,
    /// When it expires, with no change of its entry; `None` is never, or not said.
    pub expires: Option<Timestamp>,
}

impl DirectoryUser {
    /// What messages call this user: by username, else by distinguished name, with the id behind it.
    #[must_use]
    pub fn label(&self) -> String {
        match self.attributes.username.first().or(self.dn.as_deref()) {
            Some(name) => format!("{name} ({})", self.id),
            None => self.id.to_string(),
        }
    }
}
