//! Who is in a team.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::refusal::accepted;
use super::server::GrafanaServer;
use super::team::{MemberRow, TeamRow};
use crate::store::remote::http::Request;
use crate::store::remote::{CallFailure, Done, Members};
use crate::store::{Error, Guard};
use crate::sync::plan::Edit;
use crate::sync::store_id::StoreId;

/// How often the members are read and written, until they are as they should be.
const ATTEMPTS: usize = 3;
/// From how many changes on all members are written at once: the server looks up each of them, and single requests touch
/// nobody else.
const AT_ONCE: usize = 3;

/// What is still to be written.
struct Rest {
    add: BTreeSet<i64>,
    remove: BTreeSet<i64>,
    /// Who was removed.
    removed: BTreeSet<i64>,
    /// Memberships that the server itself keeps.
    kept: BTreeSet<i64>,
}

impl Rest {
    /// Leaves out what is so already. The account that we are leaves a team that it has just created, unless it is a member.
    fn compare(&mut self, held: &[MemberRow], creator: Option<i64>, first: bool) {
        let ids: BTreeSet<i64> = held.iter().map(|member| member.user_id).collect();
        if first && let Some(creator) = creator.filter(|creator| !self.add.contains(creator)) {
            self.remove.insert(creator);
        }
        let kept = held.iter().filter(|member| member.is_external() && self.remove.contains(&member.user_id));
        self.kept.extend(kept.map(|member| member.user_id));
        self.removed.extend(self.remove.iter().filter(|id| !first && !ids.contains(id)));
        self.remove.retain(|id| ids.contains(id) && !self.kept.contains(id));
        self.add.retain(|id| !ids.contains(id));
    }

    fn is_done(&self) -> bool {
        self.add.is_empty() && self.remove.is_empty()
    }

    fn left(&self, failure: CallFailure) -> Done {
        let ids = self.add.iter().chain(&self.remove).chain(&self.kept).copied().map(StoreId::Number).collect();
        Done { left: Some((ids, failure)), ..Done::default() }
    }
}

impl GrafanaServer {
    /// Reads who is in the team and writes the difference, so that what a person changed meanwhile stays. Then the team loses
    /// its mark, and sessions are ended.
    pub(super) async fn set_members(&self, members: &Members, guard: &dyn Guard) -> Result<Done, CallFailure> {
        let Members { group: id, name, add, remove, description } = members;
        let team = self.team(id, Some(name)).await?.ok_or(CallFailure::Gone)?;
        let numbers = |ids: &[StoreId]| ids.iter().filter_map(StoreId::number).collect();
        let mut rest =
            Rest { add: numbers(add), remove: numbers(remove), removed: BTreeSet::new(), kept: BTreeSet::new() };
        let creator = if team.mark().is_some() { self.own_account().await?.id } else { None };
        let mut refused = None;
        for attempt in 0..ATTEMPTS {
            let held = match self.members(team.key()).await {
                Ok(held) => held,
                Err(error) if attempt == 0 => return Err(error.into()),
                Err(error) => return Ok(rest.left(error.into())),
            };
            rest.compare(&held, creator, attempt == 0);
            if rest.is_done() {
                break;
            }
            match self.write_members(&team, &held, &mut rest, attempt == 0, guard).await {
                Ok(()) => refused = None,
                Err(CallFailure::Refused(message)) => refused = Some(message),
                Err(CallFailure::Gone) if self.team(id, Some(name)).await?.is_none() => return Err(CallFailure::Gone),
                // An e-mail address is not known any more.
                Err(CallFailure::Gone) => {}
                Err(failure) => return Ok(rest.left(failure)),
            }
            if rest.is_done() {
                break;
            }
        }
        let unmarks = *description != Edit::Keep && team.mark().is_some();
        if unmarks && let Err(failure) = self.put_team(&team, &Edit::Keep, true, guard).await {
            return Ok(rest.left(failure));
        }
        if self.log_out_removed
            && let Err(failure) = self.end_sessions(&rest, guard).await
        {
            return Ok(rest.left(failure));
        }
        if rest.is_done() && rest.kept.is_empty() {
            return Ok(Done::default());
        }
        let why = self.why_left(&rest, refused).await;
        Ok(rest.left(CallFailure::Refused(why)))
    }

    async fn write_members(
        &self,
        team: &TeamRow,
        held: &[MemberRow],
        rest: &mut Rest,
        first: bool,
        guard: &dyn Guard,
    ) -> Result<(), CallFailure> {
        if first
            && rest.add.len() + rest.remove.len() >= AT_ONCE
            && let Some((members, administrators)) = self.named(team, held, rest).await?
        {
            let body = json!({ "members": members, "admins": administrators });
            let request = Request::put(format!("api/teams/{}/members", team.key()), body);
            accepted(&self.session.send(&request, Some(guard)).await?)?;
            // The answer does not say who is a member now, so they are read again: nobody may have dropped out.
            rest.add.extend(held.iter().map(|member| member.user_id).filter(|id| !rest.remove.contains(id)));
            return Ok(());
        }
        let mut refused = Ok(());
        for id in rest.remove.clone() {
            match self.remove_member(team, id, guard).await {
                Ok(()) => {
                    rest.remove.remove(&id);
                    rest.removed.insert(id);
                }
                Err(CallFailure::Refused(message)) => refused = Err(CallFailure::Refused(message)),
                Err(failure) => return Err(failure),
            }
        }
        for id in rest.add.clone() {
            // A member who is added again is refused, and a member all the same.
            let request = Request::post(format!("api/teams/{}/members", team.key()), json!({ "userId": id }));
            let answer = self.session.send(&request.repeatable(), Some(guard)).await?;
            match accepted(&answer) {
                Ok(_) => drop(rest.add.remove(&id)),
                Err(CallFailure::Refused(message)) => refused = Err(CallFailure::Refused(message)),
                Err(failure) => return Err(failure),
            }
        }
        refused
    }

    /// Removes a member. Somebody who is none is removed already.
    pub(super) async fn remove_member(&self, team: &TeamRow, id: i64, guard: &dyn Guard) -> Result<(), CallFailure> {
        let request = Request::delete(format!("api/teams/{}/members/{id}", team.key()));
        let answer = self.session.send(&request, Some(guard)).await?;
        match accepted(&answer) {
            Err(CallFailure::Gone) | Ok(_) => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    /// The e-mail addresses of the members and of the team's administrators, as they are to be. `None`: not everybody can be
    /// named, or somebody may be there who is not shown, so that setting all at once could remove somebody.
    async fn named(
        &self,
        team: &TeamRow,
        held: &[MemberRow],
        rest: &Rest,
    ) -> Result<Option<(Vec<String>, Vec<String>)>, CallFailure> {
        // Accounts that the server's setting `hidden_users` names are shown to its administrators only. A team with its mark
        // has nobody but its creator yet.
        let is_whole = self.own_account().await?.is_grafana_admin || team.mark().is_some();
        if !is_whole || !self.release().await?.sets_members() || held.iter().any(MemberRow::is_external) {
            return Ok(None);
        }
        self.know_emails(&rest.add).await?;
        let known = self.known();
        let mut owners: BTreeMap<String, usize> = BTreeMap::new();
        for email in known.emails.values() {
            *owners.entry(email.to_lowercase()).or_default() += 1;
        }
        let is_clear = |email: &&str| !email.is_empty() && owners.get(&email.to_lowercase()) == Some(&1);
        let (mut members, mut administrators) = (Vec::new(), Vec::new());
        for member in held {
            // Also of those who leave: an empty address is the same as another empty one.
            let Some(email) = Some(&*member.email).filter(is_clear) else { return Ok(None) };
            if rest.remove.contains(&member.user_id) {
                continue;
            }
            if member.is_administrator() { &mut administrators } else { &mut members }.push(email.to_owned());
        }
        for id in &rest.add {
            let Some(email) = known.emails.get(id).map(String::as_str).filter(is_clear) else { return Ok(None) };
            members.push(email.to_owned());
        }
        Ok(Some((members, administrators)))
    }

    /// Asks for e-mail addresses again where this run has created or changed one of these accounts.
    async fn know_emails(&self, accounts: &BTreeSet<i64>) -> Result<(), Error> {
        // Held while asking, so that it is done once, whoever waits.
        let _asking = self.asking_for_emails.lock().await;
        if accounts.iter().any(|id| !self.known().emails.contains_key(id)) {
            let accounts = self.accounts().await?;
            self.known().emails = accounts.into_iter().map(|account| (account.user_id, account.email)).collect();
        }
        Ok(())
    }

    async fn end_sessions(&self, rest: &Rest, guard: &dyn Guard) -> Result<(), CallFailure> {
        let own = self.own_account().await?.id;
        for id in rest.removed.iter().filter(|id| Some(**id) != own) {
            self.log_out(*id, guard).await?;
        }
        Ok(())
    }

    /// Why some memberships are not written.
    async fn why_left(&self, rest: &Rest, refused: Option<String>) -> String {
        if rest.is_done() {
            return format!(
                "Grafana's own team sync keeps {} of its members: remove them there, or leave the team to it",
                rest.kept.len()
            );
        }
        let accounts: Result<_, Error> = self.accounts().await;
        let exist = |accounts: &[super::account::AccountRow]| {
            let ids: BTreeSet<i64> = accounts.iter().map(|account| account.user_id).collect();
            rest.add.is_subset(&ids)
        };
        match accounts {
            Ok(accounts) if !exist(&accounts) => "an account was deleted while this run was writing".to_owned(),
            _ => refused.unwrap_or_else(|| "it changes while it is written".to_owned()),
        }
    }
}
