//! Everything that the site shows.

use std::collections::{BTreeMap, HashMap};

use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::account::AccountRow;
use super::group::{GroupRow, MemberRow};
use super::known::Known;
use super::list::List;
use super::page::Row as _;
use super::server::BoldBiServer;
use crate::store::Error;
use crate::store::remote::Listing;
use crate::sync::store_id::StoreId;

/// How often everything is read again because it changed meanwhile.
const ATTEMPTS: usize = 3;

impl BoldBiServer {
    /// All accounts, all groups, and the members of each group: the API has no list of memberships. A group's own number of
    /// members saves no request, because nothing says that it is right.
    pub(super) async fn listing(&self) -> Result<Listing, Error> {
        for _ in 0..ATTEMPTS {
            let accounts = self.accounts().await?;
            let groups = self.groups().await?;
            if let Some(members) = self.members_of(&groups).await?
                && let Some(listing) = joined(self, &accounts, groups, &members)
            {
                self.remember(&accounts, &listing);
                return Ok(listing);
            }
        }
        let cause = "groups have members that the list of accounts does not show, or vanish, in each of three reads";
        Err(Error::unexpected("reading the groups of the dashboard server", cause))
    }

    /// All accounts, ascending by id.
    pub(super) async fn accounts(&self) -> Result<Vec<AccountRow>, Error> {
        let mut accounts: Vec<AccountRow> = self.list_all("users", "UserList").await?;
        accounts.sort_by_key(AccountRow::id);
        Ok(accounts)
    }

    /// All groups, ascending by id.
    pub(super) async fn groups(&self) -> Result<Vec<GroupRow>, Error> {
        let mut groups: Vec<GroupRow> = self.list_all("groups", "GroupList").await?;
        groups.sort_by_key(GroupRow::id);
        Ok(groups)
    }

    /// The members of a group; `None`: it does not exist.
    pub(super) async fn members(&self, group: i64) -> Result<Option<Vec<MemberRow>>, Error> {
        self.list(&List { path: format!("groups/{group}/users"), key: "UserList" }).await
    }

    async fn members_of(&self, groups: &[GroupRow]) -> Result<Option<Vec<Vec<MemberRow>>>, Error> {
        let ids: Vec<i64> = groups.iter().map(GroupRow::id).collect();
        let members = stream::iter(ids).map(|id| self.members(id)).buffered(self.at_a_time);
        let members: Vec<Option<Vec<MemberRow>>> = members.try_collect().await?;
        Ok(members.into_iter().collect())
    }

    fn remember(&self, accounts: &[AccountRow], listing: &Listing) {
        let greatest = |ids: Option<&StoreId>| ids.and_then(StoreId::number).unwrap_or_default();
        *self.known() = Known {
            accounts: accounts.iter().map(|account| (account.id(), account.name())).collect(),
            greatest_account: greatest(listing.accounts.last().map(|account| &account.id)),
            greatest_group: greatest(listing.groups.last().map(|group| &group.id)),
        };
    }
}

/// `None`: a member is not among the accounts.
fn joined(
    server: &BoldBiServer,
    accounts: &[AccountRow],
    groups: Vec<GroupRow>,
    members: &[Vec<MemberRow>],
) -> Option<Listing> {
    let indices: HashMap<i64, u32> = accounts.iter().map(AccountRow::id).zip(0..).collect();
    let mut marked = BTreeMap::new();
    for account in accounts {
        marked.extend(account.mark(server.has_usernames).map(|mark| (mark, StoreId::Number(account.id()))));
    }
    for group in &groups {
        marked.extend(group.mark().map(|mark| (mark.into(), StoreId::Number(group.id()))));
    }
    let groups: Option<Vec<_>> =
        groups.into_iter().zip(members).map(|(group, members)| group.into_group(members, &indices)).collect();
    let accounts = accounts.iter().map(AccountRow::account).collect();
    Some(Listing { identity: server.identity(), accounts, groups: groups?, marked })
}
