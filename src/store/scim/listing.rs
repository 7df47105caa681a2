//! Everything that the server shows.

use std::collections::{BTreeMap, HashMap, HashSet};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::Value;

use super::resource::{Group, Resource as _, User};
use super::schema::MembersReturned;
use super::server::ScimServer;
use super::settings::MembersInList;
use crate::store::Error;
use crate::store::remote::Listing;
use crate::sync::found;
use crate::sync::found::AccountRef;
use crate::sync::store_id::StoreId;

/// How often everything is read again because it changed meanwhile.
const ATTEMPTS: usize = 3;
const ATTEMPT: &str = "reading the groups of the dashboard server";

impl ScimServer {
    /// All accounts, and all groups with their members.
    pub(super) async fn listing(&self) -> Result<Listing, Error> {
        for _ in 0..ATTEMPTS {
            let groups = self.groups().await?;
            // Accounts come later, so that the account of every member is among them.
            let mut accounts: Vec<User> = self.list("Users", User::ATTRIBUTES).await?;
            accounts.sort_by(|one, other| one.id().cmp(other.id()));
            if self.all_are_known(&groups, &accounts).await? {
                return Ok(self.joined(&accounts, groups));
            }
        }
        Err(Error::unexpected(
            ATTEMPT,
            "they have members that the list of accounts does not show, in each of three reads",
        ))
    }

    /// All groups with their members, ascending by id.
    async fn groups(&self) -> Result<Vec<Group>, Error> {
        let mut groups: Vec<Group> = self.list("Groups", Group::ATTRIBUTES).await?;
        groups.sort_by(|one, other| one.id().cmp(other.id()));
        match self.dialect.members_in_list() {
            _ if groups.iter().any(|group| group.members.is_some()) => {
                self.dialect.learned().members_in_list = Some(MembersInList::Always);
                Ok(groups)
            }
            Some(MembersInList::Always) => Ok(groups),
            _ if groups.is_empty() => Ok(groups),
            known => self.groups_alone(groups, known.is_some()).await,
        }
    }

    /// Groups whose list shows no member: each is read alone. Where this shows none either, they may all be empty, or the
    /// server may hide who is in them.
    async fn groups_alone(&self, groups: Vec<Group>, is_known: bool) -> Result<Vec<Group>, Error> {
        let ids: Vec<String> = groups.into_iter().map(|group| group.id).collect();
        let alone = stream::iter(ids).map(|id| self.group_alone(id)).buffered(self.at_a_time);
        let alone: Vec<Option<Group>> = alone.try_collect().await?;
        let alone: Vec<Group> = alone.into_iter().flatten().collect();
        if alone.iter().any(|group| group.members.is_some()) {
            self.dialect.learned().members_in_list = Some(MembersInList::Never);
            return Ok(alone);
        }
        if is_known || self.schemas().await?.members_returned() == MembersReturned::Yes {
            return Ok(alone);
        }
        let cause = "no group shows members, neither in the list nor alone, and the server's schema does not say that it \
                     shows them: a group that hides its members cannot be kept in sync. If all groups are empty, set \
                     spec.scim.dialect.membersInList";
        Err(Error::unexpected(ATTEMPT, cause))
    }

    /// A group that is read alone; `None` if it does not exist any more.
    pub(super) async fn group_alone(&self, id: String) -> Result<Option<Group>, Error> {
        let body = self.one(&format!("Groups/{}", segment(&id)), Group::ATTRIBUTES).await?;
        body.map(|body| parsed(body, &id)).transpose()
    }

    /// Whether each member is an account, a group, or was proven not to exist: some servers keep members that were deleted.
    async fn all_are_known(&self, groups: &[Group], accounts: &[User]) -> Result<bool, Error> {
        let known: HashSet<&str> = accounts.iter().map(User::id).chain(groups.iter().map(Group::id)).collect();
        let members = groups.iter().flat_map(|group| group.members.iter().flatten());
        let unknown: HashSet<&str> = members
            .filter(|member| !member.is_group())
            .map(|member| &*member.value)
            .filter(|id| !known.contains(id))
            .collect();
        for id in unknown {
            if self.is_account(id).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether an account with this id exists.
    pub(super) async fn is_account(&self, id: &str) -> Result<bool, Error> {
        Ok(self.one(&format!("Users/{}", segment(id)), "id").await?.is_some())
    }

    fn joined(&self, accounts: &[User], groups: Vec<Group>) -> Listing {
        let indices: HashMap<&str, u32> = accounts.iter().map(User::id).zip(0..).collect();
        let mut marks: BTreeMap<Box<str>, Vec<StoreId>> = BTreeMap::new();
        let accounts_marked = accounts.iter().map(|account| (account.mark(), account.id()));
        for (mark, id) in accounts_marked.chain(groups.iter().map(|group| (group.mark(), group.id()))) {
            if let Some(mark) = mark {
                marks.entry(mark.into()).or_default().push(StoreId::from(id));
            }
        }
        // A mark that two objects show says of neither that it is the one.
        let marked = marks.into_iter().filter(|(_, ids)| ids.len() == 1);
        let marked = marked.filter_map(|(mark, mut ids)| ids.pop().map(|id| (mark, id))).collect();
        let groups = groups.into_iter().map(|group| joined(group, &indices)).collect();
        Listing { identity: self.identity(), accounts: accounts.iter().map(User::account).collect(), groups, marked }
    }
}

fn joined(group: Group, accounts: &HashMap<&str, u32>) -> found::Group {
    let members = group.members.iter().flatten().filter_map(|member| accounts.get(&*member.value));
    let mut members: Vec<AccountRef> = members.copied().map(AccountRef).collect();
    members.sort_unstable();
    // Some servers add who is a member already once more.
    members.dedup();
    found::Group {
        id: StoreId::from(&*group.id),
        name: group.display_name.into(),
        description: None,
        members,
        roles: Vec::new(),
        link: None,
    }
}

fn parsed(body: Value, id: &str) -> Result<Group, Error> {
    let group: Group = serde_json::from_value(body)
        .map_err(|error| Error::unexpected(ATTEMPT, format!("a group is not one of SCIM ({error})")))?;
    if group.id != id {
        return Err(Error::unexpected(ATTEMPT, "the server answers another group than the one that was asked for"));
    }
    Ok(group)
}

/// An id as a segment of a path (RFC 3986 section 2.3).
pub(super) fn segment(id: &str) -> percent_encoding::PercentEncode<'_> {
    const SEGMENT: &percent_encoding::AsciiSet =
        &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    percent_encoding::utf8_percent_encode(id, SEGMENT)
}
