//! A directory user of a scenario.

use jiff::Timestamp;

use super::ids::{below, named, place, text, user_id};
use crate::sync::identity::ExternalId;
use crate::sync::snapshot::{AccountState, Attributes, DirectoryUser, Place, ShownState, UnclearState, UserValues};

/// A directory user.
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) key: &'static str,
    pub(crate) attributes: Attributes,
    pub(crate) state: AccountState,
    unclear: UnclearState,
    pub(crate) expires: Option<Timestamp>,
    place: Place,
    change: fn(&mut UserValues),
    other_ids: Vec<ExternalId>,
}

/// An enabled user whose username is its key and whose e-mail is that at example.org.
pub(crate) fn user(key: &'static str) -> User {
    User {
        key,
        attributes: named(key),
        state: AccountState::Enabled,
        unclear: UnclearState::Hidden { attribute: "userAccountControl" },
        expires: None,
        place: place("user", key),
        change: |_| {},
        other_ids: Vec::new(),
    }
}

impl User {
    /// Changes what the directory says of the person.
    pub(crate) fn saying(mut self, change: impl FnOnce(&mut Attributes)) -> Self {
        change(&mut self.attributes);
        self
    }

    /// Shows values that are several, or that cannot be decoded.
    pub(crate) fn showing(mut self, change: fn(&mut UserValues)) -> Self {
        self.change = change;
        self
    }

    /// Shows further ids.
    pub(crate) fn also_known_by<const N: usize>(mut self, ids: [ExternalId; N]) -> Self {
        self.other_ids = ids.into();
        self
    }

    pub(crate) fn username(self, username: &str) -> Self {
        self.saying(|attributes| attributes.username = text(username))
    }

    pub(crate) fn email(self, email: &str) -> Self {
        self.saying(|attributes| attributes.email = text(email))
    }

    pub(crate) fn disabled(mut self) -> Self {
        self.state = AccountState::Disabled;
        self
    }

    /// The account expires at this time.
    pub(crate) fn expiring(mut self, at: Timestamp) -> Self {
        self.expires = Some(at);
        self
    }

    /// Nothing shows whether it is disabled.
    pub(crate) fn hiding_its_state(mut self) -> Self {
        self.state = AccountState::Unknown;
        self
    }

    /// It is unknown whether it is disabled, for this reason.
    pub(crate) fn unclear(self, why: UnclearState) -> Self {
        Self { unclear: why, ..self.hiding_its_state() }
    }

    /// Its entry was moved since it was linked.
    pub(crate) fn moved(mut self) -> Self {
        self.place = place("moved", self.key);
        self
    }

    /// Where the entry stands.
    pub(crate) fn below(mut self, parent: &str) -> Self {
        self.place = below(self.place, parent);
        self
    }

    pub(crate) fn read(&self) -> DirectoryUser {
        let Attributes { username, email, first_name, last_name, display_name, phone } = self.attributes.clone();
        let mut attributes = UserValues {
            username: username.into(),
            email: email.into(),
            first_name: first_name.into(),
            last_name: last_name.into(),
            display_name: display_name.into(),
            phone: phone.into(),
        };
        (self.change)(&mut attributes);
        DirectoryUser {
            id: user_id(self.key),
            other_ids: self.other_ids.clone().into(),
            place: self.place,
            dn: attributes.username.first().is_none().then(|| format!("CN={}", self.key).into()),
            attributes,
            state: match self.state {
                AccountState::Enabled => ShownState::Enabled,
                AccountState::Disabled => ShownState::Disabled,
                AccountState::Unknown => ShownState::Unclear(Box::new(self.unclear.clone())),
            },
            expires: self.expires,
        }
    }
}
