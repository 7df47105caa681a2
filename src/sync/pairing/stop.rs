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
    /// Rule `same-store`: the last run used another store.
    #[error(
        "the DashboardServer leads to {}, but the last run of this sync used the store {}: point the DashboardServer back, or, if the move was intended, approve {} (in mode Enforce), which synchronizes into the store that is there now",
        there(read.as_deref()),
        shown(last),
        approval.hash
    )]
    StoreMoved {
        /// The store of the last run.
        last: String,
        /// The store that was read; `None`: one that no run has written to.
        read: Option<String>,
        /// What an approval must name.
        approval: ApprovalHash,
    },
}

impl Stop {
    /// What an approval must name.
    #[must_use]
    pub const fn approval(&self) -> &ApprovalHash {
        match self {
            Self::DirectoryChanged { approval, .. }
            | Self::StoreChanged { approval, .. }
            | Self::StoreMoved { approval, .. } => approval,
        }
    }
}

fn there(read: Option<&str>) -> String {
    match read {
        Some(read) => format!("the store {}", shown(read)),
        None => "a store that no run has written to".to_owned(),
    }
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
