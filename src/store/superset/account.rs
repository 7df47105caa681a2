//! An account as the server shows and takes it.

use serde::Deserialize;

use super::page::Row;
use crate::store::Error;
use crate::store::remote::PARKED;
use crate::sync::digest::digest;
use crate::sync::found::Account;
use crate::sync::snapshot::Attributes;
use crate::sync::store_id::StoreId;

/// The columns of [`AccountRow`].
pub(super) const COLUMNS: &str = "id,username,email,first_name,last_name,active,created_by.id,created_on";

/// An account in a list. A column that the server does not know is left out of its answer, which is an error here.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct AccountRow {
    id: i64,
    username: String,
    #[serde(deserialize_with = "Option::deserialize")]
    email: Option<String>,
    #[serde(deserialize_with = "Option::deserialize")]
    first_name: Option<String>,
    #[serde(deserialize_with = "Option::deserialize")]
    last_name: Option<String>,
    #[serde(deserialize_with = "Option::deserialize")]
    active: Option<bool>,
    #[serde(deserialize_with = "Option::deserialize")]
    created_by: Option<Creator>,
    #[serde(deserialize_with = "Option::deserialize")]
    created_on: Option<String>,
}

/// Who created an account.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Creator {
    id: i64,
}

impl Row for AccountRow {
    fn id(&self) -> i64 {
        self.id
    }
}

impl AccountRow {
    /// Which store it is, if this is its first account.
    pub(super) fn identity(&self) -> Box<str> {
        identity(self.id, self.created_on.as_deref())
    }

    /// Whether this account created it.
    pub(super) fn is_created_by(&self, id: i64) -> bool {
        self.created_by.is_some_and(|creator| creator.id == id)
    }

    /// What an account is known by that was about to be created: nobody else creates accounts as we do.
    pub(super) fn mark(&self) -> Box<str> {
        mark(&self.username)
    }

    /// The account without its link.
    pub(super) fn into_account(self) -> Account {
        let text = |text: Option<String>| text.filter(|text| !text.is_empty()).map(Into::into);
        Account {
            id: StoreId::Number(self.id),
            attributes: Attributes {
                username: Some(self.username.into()),
                email: text(self.email.filter(|email| !email.ends_with(PARKED))),
                first_name: text(self.first_name),
                last_name: text(self.last_name),
                display_name: None,
                phone: None,
            },
            // Accounts of old versions have no value; Flask-Login lets them in.
            active: self.active != Some(false),
            link: None,
        }
    }
}

/// The account that we are.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct OwnAccount {
    pub(super) id: i64,
    pub(super) username: String,
}

/// Which store it is: a digest of what its first account is, because a server tells no id of its own. A server that was
/// restored is the same, a new one at the same URL is not.
pub(super) fn identity(id: i64, created_on: Option<&str>) -> Box<str> {
    let first = match created_on {
        Some(created_on) => format!("superset\n{id}\n{created_on}"),
        None => format!("superset\n{id}"),
    };
    digest(first.as_bytes()).into()
}

/// No list of accounts is empty: we are in it.
pub(super) fn unknown_server() -> Error {
    let cause = "the list of accounts is empty or is not one of Superset or Flask-AppBuilder 5";
    Error::unexpected("asking which server it is", cause)
}

/// The mark of an account with this username.
pub(super) fn mark(username: &str) -> Box<str> {
    format!("account:{username}").into()
}
