//! Everything that the organization shows.

use std::collections::{BTreeMap, HashMap};

use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::account::{AccountRow, identity};
use super::known::Known;
use super::page::TEAMS;
use super::row::Row as _;
use super::server::GrafanaServer;
use super::team::{MemberRow, TeamRow};
use crate::store::Error;
use crate::store::remote::Listing;
use crate::store::remote::http::Request;
use crate::sync::store_id::StoreId;

/// How often everything is read again because it changed meanwhile.
const ATTEMPTS: usize = 3;

impl GrafanaServer {
    /// All accounts, all teams, and the members of each team: the API has no list of memberships.
    pub(super) async fn listing(&self) -> Result<Listing, Error> {
        let rights = self.rights().await?;
        if rights.is_blind {
            return Err(Error::missing(&rights.missing));
        }
        for _ in 0..ATTEMPTS {
            let accounts = self.accounts().await?;
            let teams: Vec<TeamRow> = self.list(TEAMS).await?;
            let keys: Vec<String> = teams.iter().map(TeamRow::key).collect();
            let members = stream::iter(keys).map(|key| self.members(key)).buffered(self.at_a_time);
            let members: Vec<Vec<MemberRow>> = members.try_collect().await?;
            // Of the list itself, so that what is listed is of this store and of no other at the same address.
            let identity = identity(self.organization, self.first(&accounts)?);
            self.remember(&accounts, &teams);
            if let Some(listing) = joined(identity, &accounts, teams, &members) {
                return Ok(listing);
            }
        }
        let cause =
            "teams have members that the list of the organization's users does not show, in each of three reads";
        Err(Error::unexpected("reading the teams of the dashboard server", cause))
    }

    /// All users of the organization, ascending by id. The list has no pages, so one answer has all of it.
    pub(super) async fn accounts(&self) -> Result<Vec<AccountRow>, Error> {
        let mut accounts: Vec<AccountRow> = self.rows("api/org/users".to_owned()).await?;
        accounts.sort_by_key(|account| account.user_id);
        Ok(accounts)
    }

    /// The first account. A list without any, such as a cut answer, would read as the loss of everything that is linked.
    pub(super) fn first<'a>(&self, accounts: &'a [AccountRow]) -> Result<&'a AccountRow, Error> {
        accounts.first().ok_or_else(|| {
            let cause = format!("organization {} has no users, so it is not known which one it is", self.organization);
            Error::unexpected("listing the users of the dashboard server", cause)
        })
    }

    /// The members of a team.
    pub(super) async fn members(&self, key: String) -> Result<Vec<MemberRow>, Error> {
        self.rows(format!("api/teams/{key}/members")).await
    }

    async fn rows<T: serde::de::DeserializeOwned>(&self, path: String) -> Result<Vec<T>, Error> {
        let answer = self.session.send(&Request::get(path), None).await?;
        let attempt = format!("asking the dashboard server ({})", answer.attempt);
        serde_json::from_value(answer.into_body()?).map_err(|error| {
            Error::unexpected(attempt, format!("the answer is not a list of Grafana ({error})")).caused_by(error)
        })
    }

    fn remember(&self, accounts: &[AccountRow], teams: &[TeamRow]) {
        *self.known() = Known {
            emails: accounts.iter().map(|account| (account.user_id, account.email.clone())).collect(),
            teams: teams.iter().map(|team| (team.uid.clone(), team.key())).collect(),
        };
    }
}

/// `None`: a member is not among the accounts.
fn joined(
    identity: Box<str>,
    accounts: &[AccountRow],
    teams: Vec<TeamRow>,
    members: &[Vec<MemberRow>],
) -> Option<Listing> {
    let indices: HashMap<i64, u32> = accounts.iter().map(|account| account.user_id).zip(0..).collect();
    let mut marked = BTreeMap::new();
    for account in accounts {
        marked.extend(account.mark().map(|mark| (mark, StoreId::Number(account.user_id))));
    }
    for team in &teams {
        marked.extend(team.mark().map(|mark| (mark.into(), team.id())));
    }
    let groups: Option<Vec<_>> =
        teams.into_iter().zip(members).map(|(team, members)| team.into_group(members, &indices)).collect();
    let accounts = accounts.iter().map(AccountRow::account).collect();
    Some(Listing { identity, accounts, groups: groups?, marked })
}
