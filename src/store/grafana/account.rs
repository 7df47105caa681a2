//! An account as the organization shows it.

use serde::Deserialize;

use crate::sync::digest::digest;
use crate::sync::fold::fold;
use crate::sync::found::Account;
use crate::sync::snapshot::Attributes;
use crate::sync::store_id::StoreId;

/// A user of the organization in the list of all.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AccountRow {
    pub(super) user_id: i64,
    /// Since Grafana 11.
    #[serde(default)]
    uid: String,
    login: String,
    #[serde(default)]
    pub(super) email: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    is_disabled: bool,
    auth_labels: Option<Vec<String>>,
    #[serde(default)]
    is_externally_synced: bool,
    #[serde(default)]
    is_provisioned: bool,
}

/// The name of a person who has none any more: Grafana takes the empty one for no change.
pub(super) const NO_NAME: &str = "-";
/// How an e-mail address ends that stands for none while two accounts swap theirs, for the same reason.
pub(super) const PARKED: &str = "@parked.invalid";

impl AccountRow {
    /// What it says of the person.
    fn attributes(&self) -> Attributes {
        // Grafana gives an account without an e-mail address its login as one.
        let is_email = !self.email.ends_with(PARKED) && (self.email.contains('@') || self.email != self.login);
        let text = |text: &str| Some(text).filter(|text| !text.is_empty()).map(Into::into);
        Attributes {
            username: text(&self.login),
            email: text(&self.email).filter(|_| is_email),
            display_name: text(&self.name).filter(|_| self.name != NO_NAME),
            ..Attributes::default()
        }
    }

    /// What an account is known by that was about to be created. One that signs in elsewhere was created by its first login.
    pub(super) fn mark(&self) -> Option<Box<str>> {
        let is_foreign = self.is_externally_synced
            || self.is_provisioned
            || self.auth_labels.as_ref().is_some_and(|labels| !labels.is_empty());
        (!is_foreign).then(|| mark(&self.login, &self.email))
    }

    /// The account without its link.
    pub(super) fn account(&self) -> Account {
        Account {
            id: StoreId::Number(self.user_id),
            attributes: self.attributes(),
            active: !self.is_disabled,
            link: None,
        }
    }
}

/// The mark of an account with these names. The API keeps no mark, and the two names together are one: both are unique on a
/// server, and neither was in use when the account was about to be created.
pub(super) fn mark(login: &str, email: &str) -> Box<str> {
    format!("account:{} {}", fold(login), fold(email)).into()
}

/// Which store it is: the organization, and its first account with the random id that the server gave it. A server tells no
/// id of its own. One that was restored is the same, and a new one at the same URL is not.
pub(super) fn identity(organization: i64, first: &AccountRow) -> Box<str> {
    digest(format!("grafana\n{organization}\n{}\n{}", first.user_id, first.uid).as_bytes()).into()
}
