//! Why a run stops before it plans.

use crate::sync::approval::ApprovalHash;
use crate::sync::claim::Claimant;
use crate::sync::escape::{listed, shown};
use crate::sync::identity::DirectoryId;
use crate::sync::wording::{count, count_are};

/// How many addresses a message lists, because what to do follows them.
const ADDRESSES: usize = 3;

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
    /// Rule `claimed-directory-id`: another namespace, or a ClusterDirectory, leads the links.
    #[error(
        "{} the accounts and groups that are linked to the directory {read}. This Directory may be another one with the same id: {}. Correct the Directory, or have whoever owns the dashboard server approve {} on the DashboardServer, which trusts this namespace from then on",
        leader(led_by.as_deref()),
        differences(addresses),
        approval.hash
    )]
    DirectoryIdClaimed {
        /// The directory id that was read.
        read: DirectoryId,
        /// Who leads the links; `None`: nobody any more.
        led_by: Option<Box<Claimant>>,
        /// The addresses of this Directory at which nobody else reads.
        addresses: Vec<Box<str>>,
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
            | Self::DirectoryIdClaimed { approval, .. }
            | Self::StoreChanged { approval, .. }
            | Self::StoreMoved { approval, .. } => approval,
        }
    }
}

fn leader(led_by: Option<&Claimant>) -> String {
    match led_by {
        Some(claimant) => format!("{} leads", shown(&claimant.to_string())),
        None => "another namespace led".to_owned(),
    }
}

fn differences(addresses: &[Box<str>]) -> String {
    let authority = "a certificate authority (tls.caRef) in common with it";
    let mut listed: Vec<String> = addresses.iter().take(ADDRESSES).map(|address| listed(address).to_string()).collect();
    match addresses.len().checked_sub(ADDRESSES) {
        _ if addresses.is_empty() => return format!("it has neither a server nor {authority}"),
        Some(more) if more > 0 => listed.push(format!("and {more} more")),
        Some(_) | None => {}
    }
    format!("it reads from {}, where it does not, and it does not have {authority}", listed.join(", "))
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
