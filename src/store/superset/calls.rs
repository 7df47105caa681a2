//! The calls that write, as requests.

use std::collections::BTreeSet;

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::group::GroupRow;
use super::refusal::refusal;
use super::server::SupersetServer;
use super::settings::DeleteGroups;
use crate::store::remote::http::{Answer, Request};
use crate::store::remote::{CallFailure, Done, MARK, Members, PARKED, unknown_password};
use crate::store::{Error, Guard};
use crate::sync::escape::quoted;
use crate::sync::plan::{AttributeEdits, Edit};
use crate::sync::snapshot::Attributes;
use crate::sync::store_id::StoreId;

/// How often the members of a group are written again because somebody else wrote them at the same time: the server
/// answers one of the two with 500.
const ATTEMPTS: usize = 3;

impl SupersetServer {
    pub(super) async fn create_group(
        &self,
        name: &str,
        mark: &str,
        roles: &[StoreId],
        guard: &dyn Guard,
    ) -> Result<Done, CallFailure> {
        let roles = numbers(roles);
        let body = json!({ "name": name, "label": "", "description": mark, "users": [], "roles": roles });
        let id = self.create("groups", body, guard).await?;
        Ok(id.into())
    }

    pub(super) async fn edit_group(
        &self,
        id: &StoreId,
        name: &Edit,
        description: &Edit,
        guard: &dyn Guard,
    ) -> Result<Done, CallFailure> {
        let mut body = Map::new();
        set(&mut body, "name", name);
        set(&mut body, "description", description);
        self.put(&format!("groups/{id}"), body.into(), guard).await
    }

    /// The members and roles go first: SQLite keeps those of a deleted group, and gives its id to another one.
    pub(super) async fn delete_group(
        &self,
        id: &StoreId,
        name: &str,
        given: &[StoreId],
        guard: &dyn Guard,
    ) -> Result<Done, CallFailure> {
        let Some(group) = self.group(id, name).await? else { return Ok(Done::default()) };
        let given = numbers(given);
        if let Some(role) = group.roles().iter().find(|role| !given.contains(&role.id))
            && self.delete_groups != DeleteGroups::Always
        {
            let message = format!("it was given the role {} while this run was writing", quoted(&role.name));
            return Err(CallFailure::Refused(message));
        }
        self.put(&format!("groups/{id}"), json!({ "users": [], "roles": [] }), guard).await?;
        self.delete(&format!("groups/{id}"), guard).await
    }

    pub(super) async fn create_account(
        &self,
        attributes: &Attributes,
        active: bool,
        groups: &[StoreId],
        guard: &dyn Guard,
    ) -> Result<Done, CallFailure> {
        let text = |text: &Option<Box<str>>| text.as_deref().unwrap_or_default().to_owned();
        let roles = self.roles_of_new_accounts().await?;
        let groups: Vec<i64> = groups.iter().filter_map(StoreId::number).collect();
        let body = json!({
            "username": text(&attributes.username),
            "email": text(&attributes.email),
            "first_name": text(&attributes.first_name),
            "last_name": text(&attributes.last_name),
            "active": active,
            "password": unknown_password()?,
            "roles": roles,
            // The server takes no account without a role and without a group.
            "groups": if roles.is_empty() { groups } else { Vec::new() },
        });
        let joined = roles.is_empty();
        let id = self.create("users", body, guard).await?;
        Ok(Done { id: Some(id), joined, left: None })
    }

    /// The ids of the roles that every new account gets; asked for once.
    async fn roles_of_new_accounts(&self) -> Result<&[i64], Error> {
        let ids = self.new_account_role_ids.get_or_try_init(|| async {
            let roles = if self.new_account_roles.is_empty() { Vec::new() } else { self.roles().await? };
            let id = |name: &String| {
                let missing = || {
                    Error::configuration("spec.superset.newAccounts.roles", format!("the server has no role {name}"))
                };
                roles.iter().find(|role| role.name == *name).map(|role| role.id).ok_or_else(missing)
            };
            self.new_account_roles.iter().map(id).collect::<Result<Vec<i64>, Error>>()
        });
        Ok(ids.await?)
    }

    pub(super) async fn edit_account(
        &self,
        id: &StoreId,
        edits: &AttributeEdits,
        active: Option<bool>,
        guard: &dyn Guard,
    ) -> Result<Done, CallFailure> {
        let mut body = Map::new();
        set(&mut body, "username", &edits.username);
        set(&mut body, "first_name", &edits.first_name);
        set(&mut body, "last_name", &edits.last_name);
        match &edits.email {
            // Addresses are swapped by way of one that nobody has: the server takes the empty one only once.
            Edit::Clear => drop(body.insert("email".to_owned(), format!("{id}{PARKED}").into())),
            email => set(&mut body, "email", email),
        }
        if let Some(active) = active {
            body.insert("active".to_owned(), active.into());
        }
        match self.put(&format!("users/{id}"), body.into(), guard).await {
            // So it answers for an account that does not exist, too.
            Err(CallFailure::Refused(_)) if self.is_gone(&format!("users/{id}")).await? => Err(CallFailure::Gone),
            put => put,
        }
    }

    pub(super) async fn delete_account(&self, id: &StoreId, guard: &dyn Guard) -> Result<Done, CallFailure> {
        self.delete(&format!("users/{id}"), guard).await
    }

    /// The server takes whole lists of members. What a person changed after our read stays: the list is read again.
    pub(super) async fn set_members(&self, members: &Members, guard: &dyn Guard) -> Result<Done, CallFailure> {
        let Members { group: id, name, add, remove, description } = members;
        let (mut add, remove) = (numbers(add), numbers(remove));
        let mut gone = Vec::new();
        let mut last = None;
        for _ in 0..ATTEMPTS {
            let group = self.group(id, name).await?.ok_or(CallFailure::Gone)?;
            let held: BTreeSet<i64> = group.members().into_iter().collect();
            let wanted: BTreeSet<i64> = held.difference(&remove).chain(&add).copied().collect();
            let mut body = Map::new();
            if wanted != held {
                body.insert("users".to_owned(), wanted.iter().copied().collect());
            }
            if *description != Edit::Keep && group.description().is_some_and(|text| text.starts_with(MARK)) {
                set(&mut body, "description", description);
            }
            let failure =
                if body.is_empty() { None } else { self.put(&format!("groups/{id}"), body.into(), guard).await.err() };
            match failure {
                None if gone.is_empty() => return Ok(Done::default()),
                None => {
                    let why = "an account was deleted while this run was writing".to_owned();
                    return Ok(Done { left: Some((gone, CallFailure::Refused(why))), ..Done::default() });
                }
                Some(CallFailure::Refused(message)) => last = Some(message),
                Some(failure) => return Err(failure),
            }
            // One account that does not exist is enough for the server to take none.
            for account in add.clone() {
                if self.is_gone(&format!("users/{account}")).await? {
                    add.remove(&account);
                    gone.push(StoreId::Number(account));
                }
            }
        }
        Err(CallFailure::Refused(last.unwrap_or_default()))
    }

    /// The server takes whole lists of roles. What a person gave or took after our read stays: the list is read again.
    pub(super) async fn set_roles(
        &self,
        (id, name): (&StoreId, &str),
        give: &[StoreId],
        take: &[StoreId],
        guard: &dyn Guard,
    ) -> Result<Done, CallFailure> {
        let (give, take) = (numbers(give), numbers(take));
        let mut last = None;
        for _ in 0..ATTEMPTS {
            let group = self.group(id, name).await?.ok_or(CallFailure::Gone)?;
            let held: BTreeSet<i64> = group.roles().iter().map(|role| role.id).collect();
            let wanted: BTreeSet<i64> = held.difference(&take).chain(&give).copied().collect();
            if wanted == held {
                return Ok(Done::default());
            }
            match self.put(&format!("groups/{id}"), json!({ "roles": wanted }), guard).await {
                Err(CallFailure::Refused(message)) => last = Some(message),
                answer => return answer,
            }
        }
        Err(CallFailure::Refused(last.unwrap_or_default()))
    }

    /// A group as it is now; `None` if it does not exist any more. SQLite gives the id of a deleted group to another one.
    async fn group(&self, id: &StoreId, name: &str) -> Result<Option<GroupRow>, CallFailure> {
        let answer = self.session.send(&Request::get(format!("api/v1/security/groups/{id}")), None).await;
        let answer = answer.map_err(Error::from)?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let body = answer.into_body()?;
        let group = body.get("result").cloned().unwrap_or_default();
        let group: GroupRow = serde_json::from_value(group).map_err(|error| {
            let attempt = format!("reading group {id} of the dashboard server");
            Error::unexpected(attempt, error.to_string())
        })?;
        Ok((group.name() == name).then_some(group))
    }

    async fn is_gone(&self, path: &str) -> Result<bool, CallFailure> {
        let answer = self.session.send(&Request::get(format!("api/v1/security/{path}")), None).await;
        Ok(answer.map_err(Error::from)?.status == StatusCode::NOT_FOUND)
    }

    async fn create(&self, of: &str, body: Value, guard: &dyn Guard) -> Result<StoreId, CallFailure> {
        let request = Request::post(format!("api/v1/security/{of}/"), body);
        let answer = self.session.send(&request, Some(guard)).await?;
        if answer.status.is_server_error() && !answer.is_foreign {
            // A name that is in use is answered with 422. This does not say whether the object was created.
            return Err(CallFailure::Lost(answer.words()));
        }
        if answer.status != StatusCode::CREATED {
            return Err(denied(&answer));
        }
        let id = answer.body.get("id").and_then(Value::as_i64);
        id.map(StoreId::Number).ok_or_else(|| CallFailure::Lost("the answer has no id".to_owned()))
    }

    async fn put(&self, path: &str, body: Value, guard: &dyn Guard) -> Result<Done, CallFailure> {
        let request = Request::put(format!("api/v1/security/{path}"), body);
        let answer = self.session.send(&request, Some(guard)).await?;
        if answer.status == StatusCode::OK && answer.body.get("result").is_some() {
            Ok(Done::default())
        } else {
            Err(denied(&answer))
        }
    }

    async fn delete(&self, path: &str, guard: &dyn Guard) -> Result<Done, CallFailure> {
        let request = Request::delete(format!("api/v1/security/{path}"));
        let answer = self.session.send(&request, Some(guard)).await?;
        match answer.status {
            // A request that was sent again finds what the first one left.
            StatusCode::OK | StatusCode::NOT_FOUND if !answer.is_foreign => Ok(Done::default()),
            _ => Err(denied(&answer)),
        }
    }
}

/// A yes that does not say what was done is no yes.
fn denied(answer: &Answer) -> CallFailure {
    if answer.status.is_success() {
        return CallFailure::Lost(answer.words());
    }
    refusal(answer)
}

fn numbers(ids: &[StoreId]) -> BTreeSet<i64> {
    ids.iter().filter_map(StoreId::number).collect()
}

fn set(body: &mut Map<String, Value>, key: &str, edit: &Edit) {
    match edit {
        Edit::Keep => {}
        Edit::Clear => drop(body.insert(key.to_owned(), "".into())),
        Edit::Set(text) => drop(body.insert(key.to_owned(), (**text).into())),
    }
}
