//! The calls that write accounts, as requests. Only a server administrator may send them.

use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::account::{NO_NAME, PARKED};
use super::refusal::{accepted, minds_external, refusal};
use super::server::GrafanaServer;
use super::team_calls::is_missing;
use crate::store::remote::http::Request;
use crate::store::remote::{CallFailure, Done, unknown_password};
use crate::store::{Error, Guard};
use crate::sync::plan::{AttributeEdits, Edit};
use crate::sync::snapshot::Attributes;
use crate::sync::store_id::StoreId;

/// An account alone.
#[derive(Deserialize)]
struct Profile {
    login: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    name: String,
}

/// The server's own words have both values: rule `withheld-text`.
const TAKEN: &str = "another account of the server has its username or its e-mail address; if that account is not in the \
                     organization, add it there, so that it can be adopted";

impl GrafanaServer {
    pub(super) async fn create_account(
        &self,
        attributes: &Attributes,
        active: bool,
        guard: &dyn Guard,
    ) -> Result<Done, CallFailure> {
        let text = |text: &Option<Box<str>>| text.as_deref().unwrap_or_default().to_owned();
        let body = json!({
            "name": text(&attributes.display_name),
            "email": text(&attributes.email),
            "login": text(&attributes.username),
            "password": unknown_password()?,
            "orgId": self.organization,
        });
        let answer = self.session.send(&Request::post("api/admin/users", body), Some(guard)).await?;
        match answer.status {
            _ if answer.is_foreign => return Err(refusal(&answer)),
            StatusCode::PRECONDITION_FAILED => return Err(CallFailure::Refused(TAKEN.to_owned())),
            // This does not say whether the account was created.
            status if status.is_server_error() => return Err(CallFailure::Lost(answer.words())),
            _ => {}
        }
        let id = accepted(&answer)?.get("id").and_then(Value::as_i64);
        let id = id.ok_or_else(|| CallFailure::Lost("the answer has no id".to_owned()))?;
        self.complete(id, &text(&attributes.username), active).await.map_err(|failure| match failure {
            CallFailure::Lost(why) | CallFailure::Refused(why) => {
                CallFailure::Lost(format!("it was created, and not completed: {why}"))
            }
            CallFailure::Ended(error) => CallFailure::Lost(format!("it was created, and not completed: {error}")),
            CallFailure::Gone => CallFailure::Lost("it was created, and is gone".to_owned()),
        })?;
        Ok(StoreId::Number(id).into())
    }

    /// The role of a new account, and whether it may sign in. It belongs to the creation, so it is done also where the run
    /// may not go on: the server gives new accounts a role of its own choice.
    async fn complete(&self, id: i64, login: &str, active: bool) -> Result<(), CallFailure> {
        let role = self.new_account_role.name();
        let request = Request {
            method: http::Method::PATCH,
            ..Request::put(format!("api/org/users/{id}"), json!({ "role": role }))
        };
        let answer = self.session.send(&request, None).await?;
        if accepted(&answer).is_err() {
            // A server that puts new accounts into no organization does not know it there.
            let body = json!({ "loginOrEmail": login, "role": role });
            let answer = self.session.send(&Request::post("api/org/users", body), None).await?;
            accepted(&answer)?;
        }
        if active { Ok(()) } else { self.set_active(id, false, None).await }
    }

    pub(super) async fn edit_account(
        &self,
        id: &StoreId,
        edits: &AttributeEdits,
        active: Option<bool>,
        guard: &dyn Guard,
    ) -> Result<Done, CallFailure> {
        let Some(number) = id.number() else { return Err(CallFailure::Gone) };
        if *edits != AttributeEdits::default() {
            self.put_account(number, edits, guard).await?;
        }
        if let Some(active) = active {
            self.set_active(number, active, Some(guard)).await?;
        }
        Ok(Done::default())
    }

    /// All three fields are sent.
    async fn put_account(&self, id: i64, edits: &AttributeEdits, guard: &dyn Guard) -> Result<(), CallFailure> {
        let held = self.profile(id).await?.ok_or(CallFailure::Gone)?;
        let no_email = format!("{id}{PARKED}");
        let body = json!({
            "login": edited(&edits.username, &held.login, &held.login),
            "email": edited(&edits.email, &held.email, &no_email),
            "name": edited(&edits.display_name, &held.name, NO_NAME),
        });
        let request = Request::put(format!("api/users/{id}"), body);
        let answer = self.session.send(&request, Some(guard)).await?;
        // Its address is asked for again before it is sent.
        self.known().emails.remove(&id);
        match answer.status {
            _ if minds_external(&answer) => Err(CallFailure::Refused(format!(
                "{EXTERNAL}: what Grafana shows of it is updated when the person signs in there"
            ))),
            StatusCode::CONFLICT if !answer.is_foreign => Err(CallFailure::Refused(TAKEN.to_owned())),
            _ => accepted(&answer).map(drop),
        }
    }

    async fn set_active(&self, id: i64, active: bool, guard: Option<&dyn Guard>) -> Result<(), CallFailure> {
        let verb = if active { "enable" } else { "disable" };
        let answer = self.session.send(&command(format!("api/admin/users/{id}/{verb}")), guard).await?;
        if minds_external(&answer) {
            return Err(CallFailure::Refused(format!(
                "{EXTERNAL}, and Grafana's API does not {verb} such an account: {verb} it there"
            )));
        }
        accepted(&answer).map(drop)
    }

    /// Ends the sessions of an account.
    pub(super) async fn log_out(&self, id: i64, guard: &dyn Guard) -> Result<(), CallFailure> {
        let answer = self.session.send(&command(format!("api/admin/users/{id}/logout")), Some(guard)).await?;
        match accepted(&answer) {
            // It is deleted.
            Ok(_) | Err(CallFailure::Gone) => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    async fn profile(&self, id: i64) -> Result<Option<Profile>, Error> {
        let answer = self.session.send(&Request::get(format!("api/users/{id}")), None).await?;
        if is_missing(&answer) {
            return Ok(None);
        }
        let attempt = format!("asking the dashboard server ({})", answer.attempt);
        serde_json::from_value(answer.into_body()?).map(Some).map_err(|error| {
            Error::unexpected(attempt, format!("the answer is not a user of Grafana ({error})")).caused_by(error)
        })
    }
}

const EXTERNAL: &str = "it signs in through LDAP, OAuth or SAML";

/// A request without a body that does the same when it is sent twice.
fn command(path: String) -> Request<'static> {
    Request { body: None, ..Request::post(path, Value::Null) }.repeatable()
}

fn edited<'a>(edit: &'a Edit, held: &'a str, none: &'a str) -> &'a str {
    match edit {
        Edit::Keep => held,
        Edit::Clear => none,
        Edit::Set(text) => text,
    }
}
