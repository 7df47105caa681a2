//! Changes of an account.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::listing::segment;
use super::members::text;
use super::refusal::{About, accepted, is_not_understood};
use super::resource::User;
use super::server::ScimServer;
use super::settings::DisplayName;
use crate::store::Guard;
use crate::store::remote::http::{Answer, Request, RequestFailure};
use crate::store::remote::{CallFailure, Done, PARKED};
use crate::sync::found::Account;
use crate::sync::plan::{AttributeEdits, Edit};
use crate::sync::store_id::StoreId;

/// How often a resource is read and written again because somebody else wrote it meanwhile.
pub(super) const ATTEMPTS: usize = 3;

/// An e-mail address as one of an account.
pub(super) fn email(address: &str) -> Value {
    json!({ "value": address, "type": "work", "primary": true })
}

impl ScimServer {
    /// One attribute for each PATCH. What a server does not understand is written by a PUT of the whole account.
    pub(super) async fn edit_account(
        &self,
        id: &StoreId,
        edits: &AttributeEdits,
        active: Option<bool>,
        guard: &dyn Guard,
    ) -> Result<Done, CallFailure> {
        let path = format!("Users/{}", segment(&text(id)));
        let mut changes = changes(edits, active);
        changes.retain(|change| change.path != DISPLAY_NAME || !self.dialect.ignores_display_names());
        for (place, change) in changes.iter().enumerate() {
            let answer = self.patch(&path, vec![change.operation()], guard).await?;
            if !is_not_understood(&answer) {
                accepted(&answer, About::Account)?;
                self.look_at(change, &path, &answer, guard).await?;
                continue;
            }
            let rest = &changes[place..];
            let answer = self.change_by_put(&path, rest, guard).await?;
            accepted(&answer, About::Account)?;
            for change in rest {
                self.look_at(change, &path, &answer, guard).await?;
            }
            break;
        }
        Ok(Done::default())
    }

    /// Looks at what a server made of a change that it accepted, where its answer is the account.
    async fn look_at(
        &self,
        change: &Change<'_>,
        path: &str,
        answer: &Answer,
        guard: &dyn Guard,
    ) -> Result<(), CallFailure> {
        let Some(shown) = User::shown(&answer.body) else { return Ok(()) };
        match (change.path, &change.value) {
            (DISPLAY_NAME, Some(ChangeTo::Text(wanted))) => self.learn_display_name(Some(wanted), &shown),
            (DISPLAY_NAME, None) => self.learn_display_name(None, &shown),
            // It does not take away an only address.
            (EMAILS, None) if shown.attributes.email.is_some() => {
                let nobodys = format!("{}{PARKED}", text(&shown.id));
                let change = Change { path: EMAILS, value: Some(ChangeTo::Email(&nobodys)) };
                let answer = self.patch(path, vec![change.operation()], guard).await?;
                accepted(&answer, About::Account)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// A server that accepts a display name and shows another one makes it itself.
    pub(super) fn learn_display_name(&self, wanted: Option<&str>, shown: &Account) {
        if shown.attributes.display_name.as_deref() != wanted {
            self.dialect.learned().display_name = Some(DisplayName::Ignored);
        }
    }

    /// Reads a resource, changes it and writes it, unless somebody else wrote it meanwhile, where the server knows.
    async fn change_by_put(
        &self,
        path: &str,
        changes: &[Change<'_>],
        guard: &dyn Guard,
    ) -> Result<Answer, CallFailure> {
        let mut attempts = 0;
        loop {
            let (mut resource, version) = self.versioned(path).await?;
            for change in changes {
                change.make(&mut resource);
            }
            let answer = self.put(path, resource, version, guard).await?;
            attempts += 1;
            if answer.status != StatusCode::PRECONDITION_FAILED || attempts == ATTEMPTS {
                return Ok(answer);
            }
        }
    }

    /// A resource, and which version of it this is, where the server knows.
    pub(super) async fn versioned(&self, path: &str) -> Result<(Map<String, Value>, Option<String>), CallFailure> {
        let Some(Value::Object(resource)) = self.one(path, "").await? else { return Err(CallFailure::Gone) };
        let version = resource.get("meta").and_then(|meta| meta.get("version")).and_then(Value::as_str);
        let version = version.map(str::to_owned);
        Ok((resource, version))
    }

    /// Writes a resource over this version of it.
    pub(super) async fn put(
        &self,
        path: &str,
        resource: Map<String, Value>,
        version: Option<String>,
        guard: &dyn Guard,
    ) -> Result<Answer, RequestFailure> {
        let mut request = Request::put(path.to_owned(), resource.into());
        request.if_match = version;
        self.session.send(&request, Some(guard)).await
    }
}

const DISPLAY_NAME: &str = "displayName";
const EMAILS: &str = "emails";

/// A change of one attribute.
struct Change<'a> {
    /// Its path; a point leads into a complex attribute.
    path: &'static str,
    /// `None`: it is removed.
    value: Option<ChangeTo<'a>>,
}

enum ChangeTo<'a> {
    Text(&'a str),
    Flag(bool),
    Email(&'a str),
}

impl ChangeTo<'_> {
    fn json(&self) -> Value {
        match self {
            Self::Text(text) => Value::from(*text),
            Self::Flag(flag) => Value::from(*flag),
            Self::Email(address) => json!([email(address)]),
        }
    }
}

fn changes(edits: &AttributeEdits, active: Option<bool>) -> Vec<Change<'_>> {
    let AttributeEdits { username, email, first_name, last_name, display_name, phone: _ } = edits;
    let mut changes = Vec::new();
    for (path, edit) in [
        ("userName", username),
        ("name.givenName", first_name),
        ("name.familyName", last_name),
        (DISPLAY_NAME, display_name),
        (EMAILS, email),
    ] {
        let value = match edit {
            Edit::Keep => continue,
            Edit::Clear => None,
            Edit::Set(text) if path == EMAILS => Some(ChangeTo::Email(text)),
            Edit::Set(text) => Some(ChangeTo::Text(text)),
        };
        changes.push(Change { path, value });
    }
    changes.extend(active.map(|active| Change { path: "active", value: Some(ChangeTo::Flag(active)) }));
    changes
}

impl Change<'_> {
    fn operation(&self) -> Value {
        match &self.value {
            Some(value) => json!({ "op": "replace", "path": self.path, "value": value.json() }),
            None => json!({ "op": "remove", "path": self.path }),
        }
    }

    /// Makes the change in the whole account.
    fn make(&self, account: &mut Map<String, Value>) {
        let (object, key) = match self.path.split_once('.') {
            None => (account, self.path),
            Some((outer, inner)) => {
                let object = account.entry(outer).or_insert_with(|| json!({}));
                if !object.is_object() {
                    *object = json!({});
                }
                let Value::Object(object) = object else { return };
                (object, inner)
            }
        };
        match &self.value {
            Some(value) => drop(object.insert(key.to_owned(), value.json())),
            None => drop(object.remove(key)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_attribute_is_an_operation_of_its_own_and_a_change_of_the_whole() {
        let edits = AttributeEdits {
            username: Edit::Set("ada".into()),
            email: Edit::Set("ada@x.example".into()),
            last_name: Edit::Set("L".into()),
            display_name: Edit::Clear,
            ..AttributeEdits::default()
        };
        let changes = changes(&edits, Some(false));
        let operations: Vec<Value> = changes.iter().map(Change::operation).collect();
        let emails = json!([{"value": "ada@x.example", "type": "work", "primary": true}]);
        let expected = json!([
            {"op": "replace", "path": "userName", "value": "ada"},
            {"op": "replace", "path": "name.familyName", "value": "L"},
            {"op": "remove", "path": "displayName"},
            {"op": "replace", "path": "emails", "value": emails},
            {"op": "replace", "path": "active", "value": false},
        ]);
        assert_eq!(Value::from(operations), expected);
        let account = json!({"userName": "x", "displayName": "X", "name": null, "title": "Dr"});
        let Value::Object(mut account) = account else { panic!("an object") };
        for change in &changes {
            change.make(&mut account);
        }
        let expected =
            json!({"userName": "ada", "name": {"familyName": "L"}, "emails": emails, "active": false, "title": "Dr"});
        assert_eq!(Value::Object(account), expected);
    }
}
