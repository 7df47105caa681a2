//! Everything that the server shows.

use std::collections::{BTreeMap, HashMap};

use super::account::{self, AccountRow, unknown_server};
use super::group::{self, GroupRow};
use super::page::List;
use super::server::SupersetServer;
use crate::store::Error;
use crate::store::remote::{Listing, MARK};
use crate::sync::store_id::StoreId;

/// How often both lists are read again because a group has a member that was created after the accounts were read.
const ATTEMPTS: usize = 3;

impl SupersetServer {
    /// All accounts, then all groups with their members.
    pub(super) async fn listing(&self) -> Result<Listing, Error> {
        let own = self.own_account().await?;
        for _ in 0..ATTEMPTS {
            let accounts: Vec<AccountRow> =
                List { of: "users", columns: account::COLUMNS, filters: "" }.read(&self.session).await?;
            let groups: Vec<GroupRow> =
                List { of: "groups", columns: group::COLUMNS, filters: "" }.read(&self.session).await?;
            // Of the list itself, so that what is listed is of this store and of no other at the same address.
            let identity = accounts.first().map(AccountRow::identity).ok_or_else(unknown_server)?;
            if let Some(listing) = joined(identity, own.id, accounts, groups) {
                return Ok(listing);
            }
        }
        let cause = "groups have members that the list of accounts does not show, in each of three reads: Superset hides \
                     the accounts that its setting EXCLUDE_USERS_FROM_LISTS names";
        Err(Error::unexpected("reading the accounts of the dashboard server", cause))
    }
}

/// `None`: a member is not among the accounts.
fn joined(identity: Box<str>, own: i64, accounts: Vec<AccountRow>, groups: Vec<GroupRow>) -> Option<Listing> {
    use super::page::Row as _;
    let indices: HashMap<i64, u32> = accounts.iter().map(AccountRow::id).zip(0..).collect();
    let mut marked = BTreeMap::new();
    for account in accounts.iter().filter(|account| account.is_created_by(own)) {
        marked.insert(account.mark(), StoreId::Number(account.id()));
    }
    for group in &groups {
        if let Some(mark) = group.description().filter(|text| text.starts_with(MARK)) {
            marked.insert(mark.into(), StoreId::Number(group.id()));
        }
    }
    let groups: Option<Vec<_>> = groups.into_iter().map(|group| group.into_group(&indices)).collect();
    let accounts = accounts.into_iter().map(AccountRow::into_account).collect();
    Some(Listing { identity, accounts, groups: groups?, marked })
}
