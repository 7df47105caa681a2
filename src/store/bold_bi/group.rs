//! A group as the site shows it.

use std::collections::HashMap;

use serde::Deserialize;

use super::page::Row;
use super::provider::Provider;
use crate::store::remote::MARK;
use crate::sync::fold::fold;
use crate::sync::found::{AccountRef, Group};
use crate::sync::store_id::StoreId;

/// A group in a list or alone.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GroupRow {
    id: i64,
    name: String,
    description: Option<String>,
    #[serde(flatten)]
    provider: Provider,
}

impl Row for GroupRow {
    fn id(&self) -> i64 {
        self.id
    }
}

/// The group of the site's administrators, which no page can delete.
const ADMINISTRATORS: (i64, &str) = (1, "System Administrator");

impl GroupRow {
    /// Its name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Its description, if it has one.
    pub(super) fn description(&self) -> Option<&str> {
        self.description.as_deref().filter(|text| !text.is_empty())
    }

    /// The mark of a group that was about to be created.
    pub(super) fn mark(&self) -> Option<&str> {
        self.description().filter(|text| text.starts_with(MARK))
    }

    /// Whether its members administrate the site.
    pub(super) fn is_of_administrators(&self) -> bool {
        self.id == ADMINISTRATORS.0 || fold(&self.name) == fold(ADMINISTRATORS.1)
    }

    /// Whether the site itself keeps it in step with a directory.
    pub(super) fn is_foreign(&self) -> bool {
        !self.provider.is_local()
    }

    /// The group without its link; `None`: a member is not among the accounts.
    pub(super) fn into_group(self, members: &[MemberRow], accounts: &HashMap<i64, u32>) -> Option<Group> {
        let members: Option<Vec<AccountRef>> =
            members.iter().map(|member| accounts.get(&member.id()).copied().map(AccountRef)).collect();
        let mut members = members?;
        members.sort_unstable();
        Some(Group {
            id: StoreId::Number(self.id),
            description: self.description().map(Into::into),
            name: self.name.into(),
            members,
            roles: Vec::new(),
            link: None,
        })
    }
}

/// A member of a group.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct MemberRow {
    #[serde(rename = "UserId", alias = "Id")]
    user_id: i64,
}

impl Row for MemberRow {
    fn id(&self) -> i64 {
        self.user_id
    }
}
