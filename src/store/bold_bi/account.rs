//! An account as the site shows it.

use serde::Deserialize;

use super::known::AccountName;
use super::page::Row;
use super::provider::Provider;
use crate::sync::fold::fold;
use crate::sync::found::Account;
use crate::sync::snapshot::Attributes;
use crate::sync::store_id::StoreId;

/// An account in a list or alone.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AccountRow {
    #[serde(alias = "Id")]
    user_id: i64,
    username: Option<String>,
    email: Option<String>,
    first_name: Option<String>,
    /// So it is spelled.
    #[serde(rename = "Lastname", alias = "LastName")]
    last_name: Option<String>,
    contact_number: Option<String>,
    is_active: Option<bool>,
    user_status: Option<String>,
    #[serde(flatten)]
    provider: Provider,
}

impl Row for AccountRow {
    fn id(&self) -> i64 {
        self.user_id
    }
}

/// The first name of an account whose user has none: the server wants one.
pub(super) const NO_FIRST_NAME: &str = "-";
/// How an e-mail address ends that stands for none while two accounts swap theirs: the server wants one.
pub(super) const PARKED: &str = "@parked.invalid";

impl AccountRow {
    /// How the API addresses it.
    pub(super) fn name(&self) -> AccountName {
        let text = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        AccountName { username: text(&self.username), email: text(&self.email) }
    }

    /// What an account is known by that was about to be created. What the API creates is local.
    pub(super) fn mark(&self, has_usernames: bool) -> Option<Box<str>> {
        let AccountName { username, email } = self.name();
        let username = username.filter(|_| has_usernames);
        self.provider.is_local().then(|| mark(username.as_deref(), email.as_deref()))
    }

    /// What it says of the person.
    pub(super) fn attributes(&self) -> Attributes {
        let AccountName { username, email } = self.name();
        let text = |text: &Option<String>, none: &str| {
            text.as_deref().filter(|text| !text.is_empty() && *text != none).map(Into::into)
        };
        Attributes {
            // Bold BI's cloud knows people by their e-mail addresses.
            username: username.or_else(|| email.clone()).map(Into::into),
            email: email.filter(|email| !email.ends_with(PARKED)).map(Into::into),
            first_name: text(&self.first_name, NO_FIRST_NAME),
            last_name: text(&self.last_name, ""),
            display_name: None,
            phone: text(&self.contact_number, ""),
        }
    }

    /// The account without its link.
    pub(super) fn account(&self) -> Account {
        let is_inactive = self.user_status.as_deref().is_some_and(|status| status.eq_ignore_ascii_case("inactive"));
        Account {
            id: StoreId::Number(self.user_id),
            attributes: self.attributes(),
            active: self.is_active.unwrap_or(!is_inactive),
            link: None,
        }
    }
}

/// The mark of an account with these names. The API keeps no mark, and the two names together are one: both are unique in a
/// site, and neither was in use when the account was about to be created.
pub(super) fn mark(username: Option<&str>, email: Option<&str>) -> Box<str> {
    format!("account:{} {}", fold(username.unwrap_or_default()), fold(email.unwrap_or_default())).into()
}
