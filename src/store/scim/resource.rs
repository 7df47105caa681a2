//! Users and groups as a server shows them.

use serde::Deserialize;

use crate::store::remote::{MARK, PARKED};
use crate::sync::found::Account;
use crate::sync::snapshot::Attributes;
use crate::sync::store_id::StoreId;

/// A resource of a list.
pub(super) trait Resource: serde::de::DeserializeOwned {
    /// Its id.
    fn id(&self) -> &str;
}

/// A user (RFC 7643 section 4.1). A column of a list is asked for by name, so what is missing has no value.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct User {
    id: String,
    #[serde(rename = "userName")]
    username: String,
    external_id: Option<String>,
    #[serde(default)]
    name: Option<Name>,
    display_name: Option<String>,
    #[serde(default)]
    emails: Option<Vec<Email>>,
    active: Option<bool>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Name {
    given_name: Option<String>,
    family_name: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct Email {
    value: Option<String>,
    #[serde(default)]
    primary: Option<bool>,
}

/// A group (RFC 7643 section 4.2).
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Group {
    pub(super) id: String,
    pub(super) display_name: String,
    external_id: Option<String>,
    /// `None`: not shown, or none.
    #[serde(default)]
    pub(super) members: Option<Vec<Member>>,
}

/// A member of a group.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Member {
    pub(super) value: String,
    #[serde(rename = "type", default)]
    kind: Option<String>,
}

impl Resource for User {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Resource for Group {
    fn id(&self) -> &str {
        &self.id
    }
}

impl User {
    /// The attributes that lists are asked for.
    pub(super) const ATTRIBUTES: &'static str = "id,userName,externalId,name,displayName,emails,active";

    pub(super) fn mark(&self) -> Option<&str> {
        mark(self.external_id.as_deref())
    }

    /// The account of an answer; `None`: it answers no user.
    pub(super) fn shown(answer: &serde_json::Value) -> Option<Account> {
        Self::deserialize(answer).ok().map(|user| user.account())
    }

    /// The account without its link.
    pub(super) fn account(&self) -> Account {
        let text = |text: Option<&String>| {
            text.map(String::as_str).filter(|text| !text.is_empty()).map(Into::<Box<str>>::into)
        };
        let emails = self.emails.as_deref().unwrap_or_default();
        let email = emails.iter().find(|email| email.primary == Some(true)).or_else(|| emails.first());
        let name = self.name.as_ref();
        Account {
            id: StoreId::from(&*self.id),
            attributes: Attributes {
                username: text(Some(&self.username)),
                email: text(email.and_then(|email| email.value.as_ref())).filter(|email| !email.ends_with(PARKED)),
                first_name: text(name.and_then(|name| name.given_name.as_ref())),
                last_name: text(name.and_then(|name| name.family_name.as_ref())),
                display_name: text(self.display_name.as_ref()),
                phone: None,
            },
            active: self.active.unwrap_or(true),
            link: None,
        }
    }
}

impl Group {
    /// The attributes that lists are asked for.
    pub(super) const ATTRIBUTES: &'static str = "id,displayName,externalId,members";

    pub(super) fn mark(&self) -> Option<&str> {
        mark(self.external_id.as_deref())
    }
}

impl Member {
    /// Whether it is a group in a group.
    pub(super) fn is_group(&self) -> bool {
        self.kind.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("group"))
    }
}

fn mark(external_id: Option<&str>) -> Option<&str> {
    external_id.filter(|id| id.starts_with(MARK))
}
