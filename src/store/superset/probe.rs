//! Who and what the server is.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde_json::Value;

use super::account::{OwnAccount, identity, unknown_server};
use super::group::RoleRow;
use super::page::{List, Row};
use super::server::SupersetServer;
use super::settings::DeleteGroups;
use crate::store::remote::http::Request;
use crate::store::{Capabilities, Error};
use crate::sync::ability::{Abilities, GroupDeletion};
use crate::sync::form::{Form, TextForm};
use crate::sync::store_id::StoreId;

/// The role that may do everything (`AUTH_ROLE_ADMIN`).
const ADMINISTRATOR: &str = "Admin";

#[derive(Deserialize)]
struct Administrator {
    id: i64,
    username: String,
}

impl Row for Administrator {
    fn id(&self) -> i64 {
        self.id
    }
}

impl Row for RoleRow {
    fn id(&self) -> i64 {
        self.id
    }
}

/// The first account of a server.
#[derive(Deserialize)]
struct First {
    id: i64,
    created_on: Option<String>,
}

impl SupersetServer {
    pub(super) async fn capabilities(&self) -> Result<Capabilities, Error> {
        let own = self.own_account().await?;
        let roles = self.roles().await?;
        let administrator = roles.iter().find(|role| role.name == ADMINISTRATOR);
        let mut accounts = vec![own.username.clone()];
        if let Some(role) = administrator {
            let filters = format!("(col:roles,opr:rel_m_m,value:{})", role.id);
            let users: Vec<Administrator> =
                List { of: "users", columns: "id,username", filters: &filters }.read(&self.session).await?;
            accounts.extend(users.into_iter().map(|user| user.username));
        }
        let version = self.version().await?;
        Ok(Capabilities {
            identity: Some(self.identity().await?.into()),
            product: "Superset".to_owned(),
            abilities: self.abilities(&version),
            version,
            dialect: Vec::new(),
            signed_in_as: Some(own.username.clone()),
            administrator_accounts: accounts,
            missing_rights: self.missing_rights().await?,
            administrators: Vec::new(),
            foreign_groups: Vec::new(),
            administrator_role: administrator.map(|role| StoreId::Number(role.id)),
            roles: RoleRow::ascending(&roles),
            default_group: None,
            is_atomic: false,
            form: form(),
        })
    }

    async fn identity(&self) -> Result<Box<str>, Error> {
        let query = "(columns:!(id,created_on),order_column:id,order_direction:asc,page:0,page_size:1)";
        let request = Request::get("api/v1/security/users/").with("q", query);
        let body = self.session.send(&request, None).await?.into_body()?;
        let first = body.pointer("/result/0").cloned().map(serde_json::from_value::<First>);
        match first {
            Some(Ok(First { id, created_on })) => Ok(identity(id, created_on.as_deref())),
            Some(Err(_)) | None => Err(unknown_server()),
        }
    }

    /// The account that we are; asked for once.
    pub(super) async fn own_account(&self) -> Result<&OwnAccount, Error> {
        self.own.get_or_try_init(|| self.subject_of_the_token()).await
    }

    async fn subject_of_the_token(&self) -> Result<OwnAccount, Error> {
        let token = self.session.token().await?;
        let path = match subject(token.expose_secret()) {
            Some(id) => format!("api/v1/security/users/{id}"),
            None => "api/v1/me/".to_owned(),
        };
        let body = self.session.send(&Request::get(path), None).await?.into_body()?;
        let unexpected = |cause: String| Error::unexpected("asking who we are on the dashboard server", cause);
        let account = body.get("result").cloned().ok_or_else(|| unexpected("the answer has no account".to_owned()))?;
        serde_json::from_value(account).map_err(|error| unexpected(error.to_string()))
    }

    /// All roles.
    pub(super) async fn roles(&self) -> Result<Vec<RoleRow>, Error> {
        List { of: "roles", columns: "id,name", filters: "" }.read(&self.session).await
    }

    /// Rule `kept-group`: from Superset 7.0 on dashboards name groups, and one whose last group is deleted is open to all who
    /// have access to its data. Which groups they name is not asked, so only `Always` deletes there.
    fn abilities(&self, version: &str) -> Abilities {
        let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
        let group_deletion = match self.delete_groups {
            DeleteGroups::Always => GroupDeletion::Always,
            // Flask-AppBuilder tells no version; a Superset that was built from its sources calls itself 0.0.0.
            DeleteGroups::WhenUnused if major.is_none_or(|major| (1..7).contains(&major)) => {
                GroupDeletion::WithoutForeignRoles
            }
            DeleteGroups::WhenUnused | DeleteGroups::Never => GroupDeletion::Never,
        };
        Abilities { group_roles: true, group_deletion, ..Abilities::DATABASE }
    }

    /// Superset tells its version to everybody who has signed in; Flask-AppBuilder has none.
    async fn version(&self) -> Result<String, Error> {
        let answer = self.session.send(&Request::get("version"), None).await?;
        Ok(match answer.body.get("version_string").and_then(Value::as_str) {
            Some(version) if answer.status.is_success() => version.chars().take(64).collect(),
            _ => "unknown".to_owned(),
        })
    }

    /// The rights on groups and accounts that we do not have, as the permissions of a role are called.
    async fn missing_rights(&self) -> Result<Vec<String>, Error> {
        let mut missing = Vec::new();
        for (of, view) in [("users", "User"), ("groups", "Group")] {
            let answer = self.session.send(&Request::get(format!("api/v1/security/{of}/_info")), None).await?;
            if answer.status == StatusCode::FORBIDDEN {
                missing.push(format!("can info on {view}"));
                continue;
            }
            let body = answer.into_body()?;
            let has = |right: &str| {
                let permissions = body.get("permissions").and_then(Value::as_array);
                permissions.is_some_and(|permissions| permissions.iter().any(|it| it.as_str() == Some(right)))
            };
            let writes = of == "groups" || self.manages_accounts;
            for (right, name, is_needed) in [
                ("can_get", "get", true),
                ("can_post", "post", writes),
                ("can_put", "put", writes),
                ("can_delete", "delete", writes),
            ] {
                if is_needed && !has(right) {
                    missing.push(format!("can {name} on {view}"));
                }
            }
        }
        Ok(missing)
    }
}

/// The lengths of the columns of Flask-AppBuilder 5, `flask_appbuilder/security/sqla/models.py`.
fn form() -> Form {
    let text = |max| TextForm { max_characters: Some(max), forbidden: vec!['\0'], ..TextForm::ANY };
    Form {
        group_name: text(100),
        description: text(512),
        username: text(250),
        email: text(320),
        text: text(64),
        has_display_name: false,
        has_phone: false,
        requires_email: true,
        ..Form::ANY
    }
}

/// The claim `sub` of a token (RFC 7519 section 4.1.2): the number of the account. `None`: it is a key, which says nothing.
fn subject(authorization: &str) -> Option<i64> {
    let token = authorization.strip_prefix("Bearer ")?;
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    let subject = claims.get("sub")?;
    subject.as_i64().or_else(|| subject.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subject_of_a_token_is_an_account() {
        let token = |claims: &str| format!("Bearer e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims));
        assert_eq!(subject(&token(r#"{"sub":"7"}"#)), Some(7));
        assert_eq!(subject(&token(r#"{"sub":7}"#)), Some(7));
        assert_eq!(subject(&token(r#"{"sub":"ada"}"#)), None);
        for key in ["Bearer sst_abc", "Bearer a.b", "Bearer", ""] {
            assert_eq!(subject(key), None, "{key:?}");
        }
    }
}
