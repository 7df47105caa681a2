//! The calls that write groups and accounts, as requests.

use http::StatusCode;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::account::{AccountRow, NO_FIRST_NAME, PARKED};
use super::given_id::given_id;
use super::group::GroupRow;
use super::known::AccountName;
use super::page::Row as _;
use super::refusal::{About, accepted, says_no};
use super::server::BoldBiServer;
use super::version::Version;
use crate::store::remote::http::{Answer, Request};
use crate::store::remote::{CallFailure, Done, unknown_password};
use crate::store::{Error, Guard};
use crate::sync::fold::fold;
use crate::sync::plan::{AttributeEdits, Edit};
use crate::sync::snapshot::Attributes;
use crate::sync::store_id::StoreId;

/// What a segment of a path may have as it is (RFC 3986 section 2.3).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl BoldBiServer {
    /// A path below the version.
    pub(super) async fn path(&self, path: &str) -> Result<String, Error> {
        Ok(format!("{}/{path}", self.version().await?.name()))
    }

    pub(super) async fn create_group(&self, name: &str, mark: &str, guard: &dyn Guard) -> Result<Done, CallFailure> {
        let group = json!({ "Name": name, "Description": mark });
        // One request may create many in version 5.0. Its answer does not say which of them it refused.
        let body = if self.version().await? == Version::V5 { json!([group]) } else { group };
        let request = Request::post(self.path("groups").await?, body);
        let answer = self.session.send(&request, Some(guard)).await?;
        let given = given_id(accepted(&answer, About::Group)?);
        let greatest = self.known().greatest_group;
        // A number that is not a new id may count what was done.
        if let Some(id) = given.filter(|id| *id > greatest) {
            return Ok(StoreId::Number(id).into());
        }
        let groups = self.groups().await.map_err(|error| unread(&error))?;
        let group = groups.iter().find(|group| group.mark() == Some(mark));
        let group = group.ok_or_else(|| CallFailure::Lost("no group of the server has its mark".to_owned()))?;
        Ok(StoreId::Number(group.id()).into())
    }

    pub(super) async fn edit_group(
        &self,
        id: &StoreId,
        name: &Edit,
        description: &Edit,
        guard: &dyn Guard,
    ) -> Result<Done, CallFailure> {
        let group = self.group_of_id(id).await?.ok_or(CallFailure::Gone)?;
        self.put_group(&group, name, description, guard).await
    }

    /// Both fields are sent: what it means that one is absent is not documented.
    pub(super) async fn put_group(
        &self,
        group: &GroupRow,
        name: &Edit,
        description: &Edit,
        guard: &dyn Guard,
    ) -> Result<Done, CallFailure> {
        let body = json!({
            "Name": edited(name, Some(group.name())),
            "Description": edited(description, group.description()),
        });
        let request = Request::put(self.path(&format!("groups/{}", group.id())).await?, body);
        let answer = self.session.send(&request, Some(guard)).await?;
        accepted(&answer, About::Group)?;
        Ok(Done::default())
    }

    pub(super) async fn delete_group(&self, id: &StoreId, name: &str, guard: &dyn Guard) -> Result<Done, CallFailure> {
        if self.group(id, name).await?.is_none() {
            return Ok(Done::default());
        }
        let request = Request::delete(self.path(&format!("groups/{id}")).await?);
        let answer = self.session.send(&request, Some(guard)).await?;
        match accepted(&answer, About::Group) {
            // A request that was sent again finds what the first one left, and the server calls the id invalid.
            Err(_) if !answer.is_foreign && self.group(id, name).await?.is_none() => Ok(Done::default()),
            deleted => deleted.map(|_| Done::default()),
        }
    }

    pub(super) async fn create_account(&self, attributes: &Attributes, guard: &dyn Guard) -> Result<Done, CallFailure> {
        let text = |text: &Option<Box<str>>| text.as_deref().unwrap_or_default().to_owned();
        let mut body = json!({
            "Username": text(&attributes.username),
            "Email": text(&attributes.email),
            "FirstName": attributes.first_name.as_deref().unwrap_or(NO_FIRST_NAME),
            "Lastname": text(&attributes.last_name),
            "Password": unknown_password()?,
        });
        let path = self.path("users").await?;
        let mut answer = self.session.send(&Request::post(&*path, body.clone()), Some(guard)).await?;
        if minds_the_password(&answer) {
            // Where accounts are activated by e-mail, people choose their passwords themselves.
            drop(body.as_object_mut().and_then(|body| body.remove("Password")));
            answer = self.session.send(&Request::post(&*path, body), Some(guard)).await?;
        }
        let given = given_id(accepted(&answer, About::Account)?);
        let greatest = self.known().greatest_account;
        let name = AccountName {
            username: attributes.username.as_deref().filter(|_| self.has_usernames).map(str::to_owned),
            email: attributes.email.as_deref().map(str::to_owned),
        };
        let id = match given.filter(|id| *id > greatest) {
            Some(id) => id,
            None => self.new_account(&name).await?,
        };
        self.known().accounts.insert(id, name.clone());
        if let Some(phone) = &attributes.phone {
            // No account is created with one. Without it the account is there all the same, and the next run sees it.
            let edits = AttributeEdits { phone: Edit::Set(phone.clone()), ..AttributeEdits::default() };
            drop(self.edit_account(&StoreId::Number(id), &edits, guard).await);
        }
        Ok(StoreId::Number(id).into())
    }

    /// The id of an account that was just created, where the answer did not tell it.
    async fn new_account(&self, name: &AccountName) -> Result<i64, CallFailure> {
        let found = match name.key() {
            Some(key) => self.account_named(key).await.map_err(|error| unread(&error))?,
            None => None,
        };
        let is_it = |row: &AccountRow| row.name().key().map(fold) == name.key().map(fold);
        let found = found.filter(is_it).map(|row| row.id());
        found.ok_or_else(|| CallFailure::Lost("the server does not show the account".to_owned()))
    }

    /// All fields are sent: what it means that one is absent is not documented.
    pub(super) async fn edit_account(
        &self,
        id: &StoreId,
        edits: &AttributeEdits,
        guard: &dyn Guard,
    ) -> Result<Done, CallFailure> {
        let (key, row) = self.account(id).await?.ok_or(CallFailure::Gone)?;
        let held = row.attributes();
        let no_email = format!("{id}{PARKED}");
        let email = match edited(&edits.email, held.email.as_deref()) {
            "" => no_email.as_str(),
            email => email,
        };
        let first_name = match edited(&edits.first_name, held.first_name.as_deref()) {
            "" => NO_FIRST_NAME,
            name => name,
        };
        let mut body = Map::new();
        let username = Some(edited(&edits.username, held.username.as_deref())).filter(|_| self.has_usernames);
        for (field, text) in [
            ("Username", username),
            ("Email", Some(email)),
            ("FirstName", Some(first_name)),
            ("Lastname", Some(edited(&edits.last_name, held.last_name.as_deref()))),
            ("ContactNumber", Some(edited(&edits.phone, held.phone.as_deref()))),
        ] {
            body.extend(text.map(|text| (field.to_owned(), Value::from(text))));
        }
        let name = AccountName { username: username.map(str::to_owned), email: Some(email.to_owned()) };
        let request = Request::put(self.user_path(&key).await?, body.into());
        let answer = self.session.send(&request, Some(guard)).await?;
        match accepted(&answer, About::Account) {
            // A request that was sent again finds the account under its new name.
            Err(CallFailure::Gone) if self.has_name(id, &name).await? => {}
            answered => drop(answered?),
        }
        if let Some(number) = id.number() {
            self.known().accounts.insert(number, name);
        }
        Ok(Done::default())
    }

    pub(super) async fn delete_account(&self, id: &StoreId, guard: &dyn Guard) -> Result<Done, CallFailure> {
        let Some((key, _)) = self.account(id).await? else { return Ok(Done::default()) };
        let request = Request::delete(self.user_path(&key).await?);
        let answer = self.session.send(&request, Some(guard)).await?;
        match accepted(&answer, About::Account) {
            Err(CallFailure::Gone) => Ok(Done::default()),
            deleted => deleted.map(|_| Done::default()),
        }
    }

    /// A group as it is now; `None` if it does not exist any more, or its id is another one's.
    pub(super) async fn group(&self, id: &StoreId, name: &str) -> Result<Option<GroupRow>, Error> {
        Ok(self.group_of_id(id).await?.filter(|group| group.name() == name))
    }

    async fn group_of_id(&self, id: &StoreId) -> Result<Option<GroupRow>, Error> {
        self.one(&self.path(&format!("groups/{id}")).await?).await
    }

    /// The name under which the API has an account, and what it is now; `None` if it does not exist any more, or its name is
    /// another one's.
    async fn account(&self, id: &StoreId) -> Result<Option<(String, AccountRow)>, Error> {
        let name = id.number().and_then(|id| self.known().accounts.get(&id).cloned()).unwrap_or_default();
        let Some(key) = name.key() else { return Ok(None) };
        let row = self.account_named(key).await?.filter(|row| Some(row.id()) == id.number());
        Ok(row.map(|row| (key.to_owned(), row)))
    }

    async fn has_name(&self, id: &StoreId, name: &AccountName) -> Result<bool, Error> {
        let Some(key) = name.key() else { return Ok(false) };
        Ok(self.account_named(key).await?.is_some_and(|row| Some(row.id()) == id.number()))
    }

    /// The account with this username or e-mail address.
    pub(super) async fn account_named(&self, key: &str) -> Result<Option<AccountRow>, Error> {
        self.one(&self.user_path(key).await?).await
    }

    async fn user_path(&self, key: &str) -> Result<String, Error> {
        self.path(&format!("users/{}", utf8_percent_encode(key, SEGMENT))).await
    }

    /// One object; `None` if it does not exist.
    async fn one<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>, Error> {
        let answer = self.session.send(&Request::get(path), None).await?;
        if !answer.is_foreign && matches!(answer.status, StatusCode::NOT_FOUND | StatusCode::NOT_ACCEPTABLE) {
            return Ok(None);
        }
        let attempt = format!("asking the dashboard server ({})", answer.attempt);
        if says_no(&answer.body) {
            return Err(Error::unexpected(attempt, answer.words()));
        }
        serde_json::from_value(answer.into_body()?).map(Some).map_err(|error| {
            Error::unexpected(attempt, format!("the answer is not one of Bold BI ({error})")).caused_by(error)
        })
    }
}

fn edited<'a>(edit: &'a Edit, held: Option<&'a str>) -> &'a str {
    match edit {
        Edit::Keep => held.unwrap_or_default(),
        Edit::Clear => "",
        Edit::Set(text) => text,
    }
}

/// What was created was not found: it is there all the same.
fn unread(error: &Error) -> CallFailure {
    CallFailure::Lost(error.to_string())
}

/// Whether an account was refused for the password that it came with.
fn minds_the_password(answer: &Answer) -> bool {
    matches!(answer.status, StatusCode::BAD_REQUEST | StatusCode::NOT_ACCEPTABLE)
        && answer.body.to_string().to_lowercase().contains("password")
}
