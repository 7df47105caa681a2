//! Who is in a group.

use std::collections::BTreeSet;

use http::StatusCode;
use serde_json::json;

use super::account::AccountRow;
use super::group::MemberRow;
use super::page::Row as _;
use super::refusal::{About, accepted};
use super::server::BoldBiServer;
use crate::store::Guard;
use crate::store::remote::http::Request;
use crate::store::remote::{CallFailure, Done, MARK, Members};
use crate::sync::plan::Edit;
use crate::sync::store_id::StoreId;

/// How many accounts one request names.
const CHUNK: usize = 500;
/// How often members are written again because the server refused some of them without saying which.
const ATTEMPTS: usize = 3;

/// What is still to be written.
struct Rest {
    add: BTreeSet<i64>,
    remove: BTreeSet<i64>,
    /// Accounts that do not exist any more.
    gone: BTreeSet<i64>,
}

impl Rest {
    fn done(self, failure: CallFailure) -> Done {
        let ids = self.add.iter().chain(&self.remove).chain(&self.gone).copied().map(StoreId::Number).collect();
        Done { left: Some((ids, failure)), ..Done::default() }
    }
}

impl BoldBiServer {
    /// Removes members, adds members, then replaces the mark of a new group: calls of their own, of which some may be done
    /// when one fails.
    pub(super) async fn set_members(&self, members: &Members, guard: &dyn Guard) -> Result<Done, CallFailure> {
        let Members { group: id, name, add, remove, description } = members;
        let group = self.group(id, name).await?.ok_or(CallFailure::Gone)?;
        let numbers = |ids: &[StoreId]| ids.iter().filter_map(StoreId::number).collect();
        let mut rest = Rest { add: numbers(add), remove: numbers(remove), gone: BTreeSet::new() };
        let mut attempts = 0;
        while let Err(failure) = self.write_members(group.id(), &mut rest, guard).await {
            attempts += 1;
            let CallFailure::Refused(message) = failure else { return Ok(rest.done(failure)) };
            if attempts == ATTEMPTS {
                return Ok(rest.done(CallFailure::Refused(message)));
            }
            match self.look_again(group.id(), &mut rest).await {
                Ok(true) => {}
                Ok(false) => return Err(CallFailure::Gone),
                Err(error) => return Ok(rest.done(error.into())),
            }
        }
        if *description != Edit::Keep && group.description().is_some_and(|text| text.starts_with(MARK)) {
            let written = self.put_group(&group, &Edit::Keep, description, guard).await;
            if let Err(failure) = written {
                return Ok(rest.done(failure));
            }
        }
        if rest.gone.is_empty() {
            return Ok(Done::default());
        }
        Ok(rest.done(CallFailure::Refused("an account was deleted while this run was writing".to_owned())))
    }

    async fn write_members(&self, group: i64, rest: &mut Rest, guard: &dyn Guard) -> Result<(), CallFailure> {
        let path = self.path(&format!("groups/{group}/users")).await?;
        while let Some(ids) = chunk(&rest.remove) {
            let request = Request::delete(&*path).with_body(json!({ "Id": ids }));
            let answer = self.session.send(&request, Some(guard)).await?;
            let removed = accepted(&answer, About::Members).map(drop);
            removed.map_err(|failure| match failure {
                CallFailure::Refused(said) if answer.status != StatusCode::EXPECTATION_FAILED => {
                    CallFailure::Refused(format!(
                        "{said}: if it misses the request's body, a proxy before the server drops the bodies of DELETE \
                         requests"
                    ))
                }
                other => other,
            })?;
            rest.remove.retain(|id| !ids.contains(id));
        }
        while let Some(ids) = chunk(&rest.add) {
            // A member that is added again is one member.
            let request = Request::post(&*path, json!({ "Id": ids })).repeatable();
            let answer = self.session.send(&request, Some(guard)).await?;
            accepted(&answer, About::Members)?;
            rest.add.retain(|id| !ids.contains(id));
        }
        Ok(())
    }

    /// Leaves out what is so already, and accounts that do not exist any more. Answers whether the group exists.
    async fn look_again(&self, group: i64, rest: &mut Rest) -> Result<bool, crate::store::Error> {
        let Some(members) = self.members(group).await? else { return Ok(false) };
        let members: BTreeSet<i64> = members.iter().map(MemberRow::id).collect();
        rest.remove.retain(|id| members.contains(id));
        rest.add.retain(|id| !members.contains(id));
        let accounts: BTreeSet<i64> = self.accounts().await?.iter().map(AccountRow::id).collect();
        rest.gone.extend(rest.add.difference(&accounts));
        rest.add.retain(|id| accounts.contains(id));
        Ok(true)
    }
}

fn chunk(ids: &BTreeSet<i64>) -> Option<Vec<i64>> {
    let ids: Vec<i64> = ids.iter().copied().take(CHUNK).collect();
    (!ids.is_empty()).then_some(ids)
}
