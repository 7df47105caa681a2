//! A team as the server shows it, and its members.

use std::collections::HashMap;

use serde::Deserialize;

use super::row::Row;
use crate::store::remote::MARK;
use crate::sync::found::{AccountRef, Group};
use crate::sync::identity::ExternalId;
use crate::sync::store_id::StoreId;

/// A team in a list or alone.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TeamRow {
    /// 0 where the server's new API has found it.
    #[serde(default)]
    id: i64,
    pub(super) uid: Box<str>,
    pub(super) name: Box<str>,
    #[serde(default)]
    pub(super) email: Box<str>,
    /// Since Grafana 12.
    #[serde(default)]
    pub(super) is_provisioned: bool,
}

impl Row for TeamRow {
    fn id(&self) -> StoreId {
        StoreId::Text(self.uid.clone())
    }
}

/// How the e-mail address of a team ends that was just created.
const MARKED: &str = "@directory-group-sync.invalid";

/// What a team is known by that was about to be created: a team has no other field for it than its e-mail address.
pub(super) fn mark(id: ExternalId) -> Box<str> {
    format!("{}{MARKED}", id.to_string().replace(':', ".").to_lowercase()).into()
}

impl TeamRow {
    /// What paths call it.
    pub(super) fn key(&self) -> String {
        if self.id > 0 { self.id.to_string() } else { self.uid.to_string() }
    }

    /// The mark of a team that was about to be created.
    pub(super) fn mark(&self) -> Option<&str> {
        Some(&*self.email).filter(|email| email.ends_with(MARKED))
    }

    /// The group without its link; `None`: a member is not among the accounts. Service accounts are left out: no list of
    /// users has them, and no directory.
    pub(super) fn into_group(self, members: &[MemberRow], accounts: &HashMap<i64, u32>) -> Option<Group> {
        let members = members.iter().map(|member| (member, accounts.get(&member.user_id).copied().map(AccountRef)));
        let members = members.filter(|(member, account)| account.is_some() || !member.is_service_account());
        let members: Option<Vec<AccountRef>> = members.map(|(_, account)| account).collect();
        let mut members = members?;
        members.sort_unstable();
        members.dedup();
        Some(Group {
            id: self.id(),
            // So the mark of a run that ended early is seen, and removed.
            description: self.mark().map(|mark| format!("{MARK}{mark}").into()),
            name: self.name,
            members,
            roles: Vec::new(),
            link: None,
        })
    }
}

/// A member of a team.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MemberRow {
    pub(super) user_id: i64,
    #[serde(default)]
    pub(super) email: String,
    #[serde(default)]
    login: String,
    labels: Option<Vec<String>>,
    permission: Option<i64>,
}

/// The permission of a member who administrates the team.
const ADMINISTRATOR: i64 = 4;

/// How the logins of service accounts begin.
const SERVICE_ACCOUNTS: [&str; 2] = ["sa-", "extsvc-"];

impl MemberRow {
    /// Whether it may be a service account. A user may have such a login as well.
    fn is_service_account(&self) -> bool {
        SERVICE_ACCOUNTS.iter().any(|prefix| self.login.starts_with(prefix))
    }

    /// Whether it administrates the team.
    pub(super) fn is_administrator(&self) -> bool {
        self.permission == Some(ADMINISTRATOR)
    }

    /// Whether the server itself keeps the membership in step with a directory.
    pub(super) fn is_external(&self) -> bool {
        self.labels.as_ref().is_some_and(|labels| !labels.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::identity::IdKind;

    #[test]
    fn a_mark_has_the_form_of_an_email_address() {
        let mark = mark(ExternalId::new(IdKind::EntryUuid, [0xab; 16]));
        assert_eq!(&*mark, "entryuuid.abababab-abab-abab-abab-abababababab@directory-group-sync.invalid");
    }
}
