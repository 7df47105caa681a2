//! What the last reading showed and later calls need: the API addresses accounts by their names, and plans by their ids.

use std::collections::BTreeMap;

/// How the API addresses an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct AccountName {
    pub(super) username: Option<String>,
    pub(super) email: Option<String>,
}

impl AccountName {
    /// The name in a path: the username, or the e-mail address where accounts have none.
    pub(super) fn key(&self) -> Option<&str> {
        // The two that a path resolves are the names of folders.
        self.username.as_deref().or(self.email.as_deref()).filter(|key| !matches!(*key, "." | ".."))
    }
}

/// What the last reading showed.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) accounts: BTreeMap<i64, AccountName>,
    /// The greatest ids of that reading. What is created later has a greater one.
    pub(super) greatest_account: i64,
    pub(super) greatest_group: i64,
}
