//! The calls that write teams themselves, as requests.

use http::StatusCode;
use serde_json::{Value, json};

use super::page::TEAMS;
use super::refusal::{accepted, refusal};
use super::server::GrafanaServer;
use super::team::TeamRow;
use crate::store::remote::http::{Answer, Request};
use crate::store::remote::{CallFailure, Done};
use crate::store::{Error, Guard};
use crate::sync::fold::fold;
use crate::sync::plan::Edit;
use crate::sync::store_id::StoreId;

impl GrafanaServer {
    pub(super) async fn create_team(&self, name: &str, mark: &str, guard: &dyn Guard) -> Result<Done, CallFailure> {
        let request = Request::post("api/teams", json!({ "name": name, "email": mark }));
        let answer = self.session.send(&request, Some(guard)).await?;
        match answer.status {
            _ if answer.is_foreign => return Err(refusal(&answer)),
            StatusCode::CONFLICT => return Err(CallFailure::Refused(TAKEN.to_owned())),
            // This does not say whether the team was created.
            status if status.is_server_error() => return Err(CallFailure::Lost(answer.words())),
            _ => {}
        }
        let created = accepted(&answer)?;
        let uid = created.get("uid").and_then(Value::as_str).filter(|uid| !uid.is_empty());
        let uid = uid.ok_or_else(|| CallFailure::Lost("the answer has no uid".to_owned()))?;
        if let Some(id) = created.get("teamId").and_then(Value::as_i64).filter(|id| *id > 0) {
            self.known().teams.insert(uid.into(), id.to_string());
        }
        Ok(StoreId::from(uid).into())
    }

    pub(super) async fn edit_team(
        &self,
        id: &StoreId,
        name: &Edit,
        description: &Edit,
        guard: &dyn Guard,
    ) -> Result<Done, CallFailure> {
        let team = self.team(id, None).await?.ok_or(CallFailure::Gone)?;
        let is_described = *description != Edit::Keep && team.mark().is_some();
        if is_described && let Some(own) = self.own_account().await?.id {
            // The server has made its creator an administrator of the team.
            self.remove_member(&team, own, guard).await?;
        }
        if is_described || *name != Edit::Keep {
            self.put_team(&team, name, is_described, guard).await?;
        }
        Ok(Done::default())
    }

    /// Both fields are sent: one that is absent is emptied. `unmarks`: the team loses its mark.
    pub(super) async fn put_team(
        &self,
        team: &TeamRow,
        name: &Edit,
        unmarks: bool,
        guard: &dyn Guard,
    ) -> Result<(), CallFailure> {
        let name = if let Edit::Set(name) = name { name } else { &team.name };
        let email = if unmarks { "" } else { &*team.email };
        let request = Request::put(format!("api/teams/{}", team.key()), json!({ "name": name, "email": email }));
        let answer = self.session.send(&request, Some(guard)).await?;
        match answer.status {
            StatusCode::BAD_REQUEST | StatusCode::CONFLICT | StatusCode::INTERNAL_SERVER_ERROR
                if !answer.is_foreign && self.is_taken(name, team).await? =>
            {
                Err(CallFailure::Refused(TAKEN.to_owned()))
            }
            _ => accepted(&answer).map(drop),
        }
    }

    /// Whether another team has this name: a server says so with 400, 409 or 500, which may mean something else.
    async fn is_taken(&self, name: &str, team: &TeamRow) -> Result<bool, Error> {
        let teams: Vec<TeamRow> = self.list(TEAMS).await?;
        Ok(teams.iter().any(|other| other.uid != team.uid && fold(&other.name) == fold(name)))
    }

    pub(super) async fn delete_team(&self, id: &StoreId, name: &str, guard: &dyn Guard) -> Result<Done, CallFailure> {
        let Some(team) = self.team(id, Some(name)).await? else { return Ok(Done::default()) };
        let request = Request::delete(format!("api/teams/{}", team.key()));
        let answer = self.session.send(&request, Some(guard)).await?;
        match accepted(&answer) {
            // A request that was sent again finds what the first one left.
            Err(CallFailure::Gone) | Ok(_) => Ok(Done::default()),
            Err(failure) => Err(failure),
        }
    }

    /// A team as it is now; `None` if it does not exist any more, or has another name than the one that is given.
    pub(super) async fn team(&self, id: &StoreId, name: Option<&str>) -> Result<Option<TeamRow>, Error> {
        let StoreId::Text(uid) = id else { return Ok(None) };
        let key = self.known().team(uid);
        let answer = self.session.send(&Request::get(format!("api/teams/{key}")), None).await?;
        if is_missing(&answer) {
            return Ok(None);
        }
        let attempt = format!("asking the dashboard server ({})", answer.attempt);
        let team: TeamRow = serde_json::from_value(answer.into_body()?).map_err(|error| {
            Error::unexpected(attempt, format!("the answer is not a team of Grafana ({error})")).caused_by(error)
        })?;
        // A server that was restored may give the number of a team to another one.
        Ok(Some(team).filter(|team| team.uid == *uid && name.is_none_or(|name| *team.name == *name)))
    }
}

/// The server's own words have the name.
const TAKEN: &str = "another team of the organization has its name";

pub(super) fn is_missing(answer: &Answer) -> bool {
    answer.status == StatusCode::NOT_FOUND && !answer.is_foreign
}
