//! Why a run stops before it plans.

use crate::sync::approval::ApprovalHash;
use crate::sync::escape::shown;
use crate::sync::identity::DirectoryId;
use crate::sync::wording::{count, count_are};

/// Why no plan can be made at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// Rule `same-directory`: the links belong to another directory.
    #[error(
        "the directory that was read is {read}, but {} linked to {pinned}: point the Directory back, or approve {} (in mode Enforce), which releases the linked groups and removes nothing",
        count_are(*linked as u64, "group"),
        approval.hash
    )]
    DirectoryChanged {
        /// The directory of the links.
        pinned: DirectoryId,
        /// The directory that was read.
        read: DirectoryId,
        /// How many groups are linked to another directory.
        linked: usize,
        /// What an approval must name.
        approval: ApprovalHash,
    },
    /// Rule `same-store`: the links belong to another store.
    #[error(
        "{}: point the DashboardServer back, or approve {} (in mode Enforce), which forgets {} and removes nothing",
        lost(named.as_deref(), read),
        approval.hash,
        count(*linked as u64, "link")
    )]
    StoreChanged {
        /// The store that the links name, where it is another one.
        named: Option<String>,
        /// The store that was read.
        read: String,
        /// How many links fit nothing in it.
        linked: usize,
        /// What an approval must name.
        approval: ApprovalHash,
    },
}

fn lost(named: Option<&str>, read: &str) -> String {
    match named {
        Some(named) => format!(
            "the links were made for the store {}, but the store that was read is {}",
            shown(named),
            shown(read)
        ),
        None => format!("the store {} shows none of the linked groups and accounts", shown(read)),
    }
}
