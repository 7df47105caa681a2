//! Who and what the server is.

use futures::{StreamExt as _, TryStreamExt as _, stream};
use http::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::account::identity;
use super::own_account::OwnAccount;
use super::page::{TEAMS, USERS};
use super::release::Release;
use super::row::Row;
use super::server::GrafanaServer;
use super::settings::GrafanaCredentials;
use super::team::TeamRow;
use crate::store::remote::http::Request;
use crate::store::{Capabilities, Error};
use crate::sync::ability::{Abilities, GroupDeletion};
use crate::sync::form::{Form, TextForm};
use crate::sync::store_id::StoreId;

/// A user of the server.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ServerUser {
    id: i64,
    login: String,
    is_admin: bool,
}

impl Row for ServerUser {
    fn id(&self) -> StoreId {
        StoreId::Number(self.id)
    }
}

/// The organization that requests are for.
#[derive(Deserialize)]
struct Organization {
    id: i64,
}

impl GrafanaServer {
    pub(super) async fn capabilities(&self) -> Result<Capabilities, Error> {
        if self.manages_accounts && matches!(self.credentials, GrafanaCredentials::Token(_)) {
            let problem = "is Managed, and a service account can neither create nor change accounts: put username and password \
                           of a server administrator into the Secret instead of token, or set Existing";
            return Err(Error::configuration("spec.accounts", problem));
        }
        let release = self.release().await?.clone();
        self.check_organization().await?;
        let own = self.own_account().await?;
        let rights = self.rights().await?;
        let mut found = Capabilities {
            identity: None,
            product: "Grafana".to_owned(),
            version: release.version,
            administrator_accounts: Vec::new(),
            dialect: Vec::new(),
            signed_in_as: own.login.clone(),
            missing_rights: rights.missing.clone(),
            administrators: Vec::new(),
            administrator_role: None,
            roles: Vec::new(),
            foreign_groups: Vec::new(),
            default_group: None,
            is_atomic: false,
            abilities: Abilities {
                rename_groups: true,
                rename_accounts: true,
                deactivate_accounts: true,
                delete_accounts: false,
                group_roles: false,
                group_deletion: GroupDeletion::Always,
            },
            form: form(),
        };
        // A run that lacks a right goes on as far as it can. Without these it reads nothing.
        if !rights.is_blind {
            let accounts = self.accounts().await?;
            found.identity = Some(identity(self.organization, self.first(&accounts)?).into());
            found.administrator_accounts = self.administrators(own).await?;
            found.foreign_groups = self.foreign_teams().await?;
        }
        Ok(found)
    }

    /// Which release it is; asked for once.
    pub(super) async fn release(&self) -> Result<&Release, Error> {
        self.found_release.get_or_try_init(|| self.one("api/health")).await
    }

    /// Who we are; asked for once.
    pub(super) async fn own_account(&self) -> Result<&OwnAccount, Error> {
        self.own
            .get_or_try_init(|| async {
                match (&self.credentials, self.one::<OwnAccount>("api/user").await) {
                    (GrafanaCredentials::Password { .. }, own) => own,
                    // A service account creates no memberships, so its id does not matter.
                    (GrafanaCredentials::Token(_), Ok(own)) => Ok(OwnAccount { id: None, ..own }),
                    (GrafanaCredentials::Token(_), Err(_)) => {
                        Ok(OwnAccount { id: None, login: None, is_grafana_admin: false })
                    }
                }
            })
            .await
    }

    /// A token belongs to one organization, and an account that is not in the one that a request names gets its own.
    async fn check_organization(&self) -> Result<(), Error> {
        let Organization { id } = self.one("api/org").await?;
        if id == self.organization {
            return Ok(());
        }
        let problem = format!(
            "the server answers for organization {id}: set spec.grafana.orgId to {id}, or use a token or an account of \
             organization {}",
            self.organization
        );
        Err(Error::configuration("spec.grafana.orgId", problem))
    }

    /// The administrators of the server, and the account that we are. They are protected where accounts are changed.
    async fn administrators(&self, own: &OwnAccount) -> Result<Vec<String>, Error> {
        let mut logins = Vec::new();
        if self.manages_accounts {
            let users: Vec<ServerUser> = self.list(USERS).await?;
            logins.extend(users.into_iter().filter(|user| user.is_admin).map(|user| user.login));
        }
        let own = own.login.iter().filter(|login| own.id.is_some() && !logins.contains(login)).cloned();
        let own: Vec<String> = own.collect();
        logins.extend(own);
        Ok(logins)
    }

    /// The teams that an identity provider or Grafana's own team sync keeps in step.
    async fn foreign_teams(&self) -> Result<Vec<StoreId>, Error> {
        let teams: Vec<TeamRow> = self.list(TEAMS).await?;
        // Only Grafana Enterprise has team sync.
        let is_enterprise = self.release().await?.is_enterprise();
        let foreign = stream::iter(teams).map(|team| async move {
            let is_foreign = team.is_provisioned || (is_enterprise && self.is_synchronized(&team).await?);
            Ok::<_, Error>(is_foreign.then(|| team.id()))
        });
        let foreign: Vec<Option<StoreId>> = foreign.buffered(self.at_a_time).try_collect().await?;
        Ok(foreign.into_iter().flatten().collect())
    }

    async fn is_synchronized(&self, team: &TeamRow) -> Result<bool, Error> {
        let request = Request::get(format!("api/teams/{}/groups", team.key()));
        let answer = self.session.send(&request, None).await?;
        // So a server answers whose license has no team sync.
        if answer.status == StatusCode::NOT_FOUND && !answer.is_foreign {
            return Ok(false);
        }
        let attempt = format!("asking the dashboard server ({})", answer.attempt);
        match answer.into_body()? {
            Value::Array(groups) => Ok(!groups.is_empty()),
            _ => Err(Error::unexpected(attempt, "the answer is not a list")),
        }
    }

    /// An object that always exists.
    async fn one<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        let answer = self.session.send(&Request::get(path), None).await?;
        let attempt = format!("asking the dashboard server ({})", answer.attempt);
        serde_json::from_value(answer.into_body()?).map_err(|error| {
            Error::unexpected(attempt, format!("the answer is not one of Grafana ({error})")).caused_by(error)
        })
    }
}

/// The lengths of the columns of Grafana's database.
fn form() -> Form {
    let text = |max| TextForm { max_characters: Some(max), forbidden: vec!['\0'], ..TextForm::ANY };
    let name = TextForm { trims: true, ignores_case: true, ..text(190) };
    Form {
        group_name: text(190),
        username: name.clone(),
        email: name,
        text: text(255),
        has_description: false,
        has_first_and_last_name: false,
        has_phone: false,
        requires_email: true,
        ..Form::ANY
    }
}
