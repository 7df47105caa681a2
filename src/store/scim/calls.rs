//! The calls that create, rename and delete.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::edits::email;
use super::listing::segment;
use super::members::{group_path, text};
use super::refusal::{About, accepted, is_not_understood, refusal};
use super::resource::User;
use super::server::ScimServer;
use super::settings::Rename;
use crate::store::Guard;
use crate::store::remote::http::Request;
use crate::store::remote::{CallFailure, Done};
use crate::sync::plan::Edit;
use crate::sync::snapshot::Attributes;
use crate::sync::store_id::StoreId;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

impl ScimServer {
    pub(super) async fn create_group(&self, name: &str, mark: &str, guard: &dyn Guard) -> Result<Done, CallFailure> {
        let body = json!({ "schemas": [GROUP], "displayName": name, "externalId": mark });
        self.create("Groups", body, About::Group, guard).await.map(|(id, _)| id.into())
    }

    pub(super) async fn create_account(
        &self,
        attributes: &Attributes,
        active: bool,
        mark: &str,
        guard: &dyn Guard,
    ) -> Result<Done, CallFailure> {
        let Attributes { username, email: address, first_name, last_name, display_name, phone: _ } = attributes;
        let mut body = json!({ "schemas": [USER], "userName": username, "externalId": mark, "active": active });
        if let Some(display_name) = display_name {
            body["displayName"] = Value::from(&**display_name);
        }
        let mut name = Map::new();
        for (key, text) in [("givenName", first_name), ("familyName", last_name)] {
            name.extend(text.as_deref().map(|text| (key.to_owned(), Value::from(text))));
        }
        if !name.is_empty() {
            body["name"] = name.into();
        }
        if let Some(address) = address {
            body["emails"] = json!([email(address)]);
        }
        let (id, answer) = self.create("Users", body, About::Account, guard).await?;
        if let (Some(wanted), Some(shown)) = (display_name, User::shown(&answer)) {
            self.learn_display_name(Some(wanted), &shown);
        }
        Ok(id.into())
    }

    /// The id of what was created, and the answer.
    async fn create(
        &self,
        endpoint: &'static str,
        body: Value,
        about: About,
        guard: &dyn Guard,
    ) -> Result<(StoreId, Value), CallFailure> {
        let wanted = body.clone();
        let answer = self.session.send(&Request::post(endpoint, body), Some(guard)).await?;
        if answer.status.is_server_error() && answer.status != StatusCode::NOT_IMPLEMENTED {
            // This does not say whether the object was created.
            let words = answer.words();
            let is_account = about == About::Account && !answer.is_foreign;
            return Err(if is_account { self.after_an_error(words, &wanted).await } else { CallFailure::Lost(words) });
        }
        match answer.body.get("id").and_then(Value::as_str) {
            Some(id) if answer.status.is_success() && !id.is_empty() => Ok((StoreId::from(id), answer.body)),
            _ => Err(refusal(&answer, about)),
        }
    }

    /// Renames a group: by PATCH, or where a server does not understand that, by PUT.
    pub(super) async fn rename_group(&self, id: &StoreId, name: &Edit, guard: &dyn Guard) -> Result<Done, CallFailure> {
        let Edit::Set(name) = name else { return Ok(Done::default()) };
        let id = text(id);
        if self.dialect.rename() != Some(Rename::Put) {
            let operation = json!({ "op": "replace", "path": "displayName", "value": name });
            let answer = self.patch(&group_path(&id), vec![operation], guard).await?;
            if self.dialect.said().rename.is_some() || !is_not_understood(&answer) {
                let done = accepted(&answer, About::Group)?;
                self.dialect.learned().rename = Some(Rename::Patch);
                return Ok(done);
            }
        }
        let done = self.put_group(&id, name, guard).await?;
        self.dialect.learned().rename = Some(Rename::Put);
        Ok(done)
    }

    pub(super) async fn delete_group(&self, id: &StoreId, guard: &dyn Guard) -> Result<Done, CallFailure> {
        self.delete(group_path(&text(id)), About::Group, guard).await
    }

    pub(super) async fn delete_account(&self, id: &StoreId, guard: &dyn Guard) -> Result<Done, CallFailure> {
        self.delete(format!("Users/{}", segment(&text(id))), About::Account, guard).await
    }

    async fn delete(&self, path: String, about: About, guard: &dyn Guard) -> Result<Done, CallFailure> {
        let answer = self.session.send(&Request::delete(path), Some(guard)).await?;
        match accepted(&answer, about) {
            // A request that was sent again finds what the first one left.
            Err(CallFailure::Gone) => Ok(Done::default()),
            answered => answered,
        }
    }
}
