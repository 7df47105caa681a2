//! A `DashboardServer` and the objects that it refers to, as settings.

use secrecy::{SecretSlice, SecretString};

use super::content::{path_in, secret, value};
use super::invalid::InvalidSettings;
use super::policy::accounts;
use super::remote::{FixedKeys, client_settings};
use super::scim::scim_settings;
use crate::api::v1alpha1::dashboard_server::bold_bi::{BoldBi, BoldBiApiVersion};
use crate::api::v1alpha1::dashboard_server::grafana::{Grafana, GrafanaRole};
use crate::api::v1alpha1::dashboard_server::superset::{self as api, Superset};
use crate::api::v1alpha1::dashboard_server::{DashboardServer, Sql};
use crate::run::referenced_object::{ReferencedObject, ReferencedObjects, of_authority};
use crate::store::StoreSettings;
use crate::store::bold_bi::{ApiVersion, BoldBiCredentials, BoldBiSettings};
use crate::store::grafana::{GrafanaCredentials, GrafanaSettings, OrganizationRole};
use crate::store::sql::SqlSettings;
use crate::store::superset::{DeleteGroups, SupersetCredentials, SupersetSettings};
use crate::sync::policy::Accounts;

/// Makes settings of a DashboardServer.
///
/// # Errors
/// When a referenced object does not exist.
pub fn store_settings(
    server: &DashboardServer,
    referenced: &ReferencedObjects,
) -> Result<StoreSettings, InvalidSettings> {
    let spec = &server.spec;
    match (&spec.sql, &spec.superset, &spec.bold_bi, &spec.grafana, &spec.scim) {
        (Some(sql), None, None, None, None) => Ok(StoreSettings::Sql(sql_settings(sql, referenced)?)),
        (None, Some(superset), None, None, None) => {
            Ok(StoreSettings::Superset(superset_settings(superset, accounts(server), referenced)?))
        }
        (None, None, Some(bold_bi), None, None) => Ok(StoreSettings::BoldBi(bold_bi_settings(bold_bi, referenced)?)),
        (None, None, None, Some(grafana), None) => {
            Ok(StoreSettings::Grafana(grafana_settings(grafana, accounts(server), referenced)?))
        }
        (None, None, None, None, Some(scim)) => Ok(StoreSettings::Scim(scim_settings(scim, referenced)?)),
        _ => {
            let problem = "exactly one kind of server must be set: sql, superset, boldBI, grafana or scim";
            Err(InvalidSettings::field("DashboardServer spec", problem))
        }
    }
}

fn sql_settings(sql: &Sql, referenced: &ReferencedObjects) -> Result<SqlSettings, InvalidSettings> {
    let field = "DashboardServer spec.sql.secretKeyRef";
    let (url, contents) = secret(referenced, &sql.secret_key_ref, field)?;
    let url = std::str::from_utf8(url).map(str::trim).unwrap_or_default();
    let url = match url.strip_prefix("sqlite:").and_then(|path| path_in(contents.folder.as_ref(), path)) {
        Some(path) => format!("sqlite:{}", path.display()),
        None => url.to_owned(),
    };
    let authorities = match sql.tls.as_ref().and_then(|tls| tls.ca_ref.as_ref()) {
        Some(reference) => {
            let field = "DashboardServer spec.sql.tls.caRef";
            let (pem, _) = value(referenced, &of_authority(reference), &reference.key, field)?;
            Some(SecretSlice::from(pem.to_vec()))
        }
        None => None,
    };
    Ok(SqlSettings { url: SecretString::from(url), authorities, allow_sqlite: contents.folder.is_some() })
}

fn superset_settings(
    superset: &Superset,
    accounts: Accounts,
    referenced: &ReferencedObjects,
) -> Result<SupersetSettings, InvalidSettings> {
    let field = "DashboardServer spec.superset.secretRef";
    let secret = FixedKeys { object: ReferencedObject::Secret(superset.secret_ref.name.clone()), field, referenced };
    let credentials = match secret.optional("apiKey")? {
        Some(key) => SupersetCredentials::ApiKey(key.into()),
        None => SupersetCredentials::Password {
            username: secret.text("username")?.into(),
            password: secret.text("password")?.into(),
            provider: secret.optional("provider")?.unwrap_or_else(|| "db".to_owned()),
        },
    };
    let field = "DashboardServer spec.superset.tls.caRef";
    Ok(SupersetSettings {
        client: client_settings(&superset.url, &superset.tls, superset.timeouts, field, referenced)?,
        credentials,
        delete_groups: match superset.delete_groups {
            api::DeleteSupersetGroups::Never => DeleteGroups::Never,
            api::DeleteSupersetGroups::WhenUnused => DeleteGroups::WhenUnused,
            api::DeleteSupersetGroups::Always => DeleteGroups::Always,
        },
        manages_accounts: accounts == Accounts::Managed,
        new_account_roles: superset.new_accounts.roles.clone(),
        at_a_time: 4,
    })
}

fn bold_bi_settings(bold_bi: &BoldBi, referenced: &ReferencedObjects) -> Result<BoldBiSettings, InvalidSettings> {
    let field = "DashboardServer spec.boldBI.secretRef";
    let secret = FixedKeys { object: ReferencedObject::Secret(bold_bi.secret_ref.name.clone()), field, referenced };
    let [username, password, embed_secret, api_key] =
        ["username", "password", "embedSecret", "apiKey"].map(|key| secret.optional(key));
    let credentials = match (username?, password?, embed_secret?, api_key?) {
        (Some(username), Some(password), None, None) => {
            BoldBiCredentials::Password { username: username.into(), password: password.into() }
        }
        (Some(username), None, Some(secret), None) => {
            BoldBiCredentials::EmbedSecret { username: username.into(), embed_secret: secret.into() }
        }
        (None, None, None, Some(key)) => BoldBiCredentials::ApiKey(key.into()),
        _ => {
            let problem = format!(
                "{} must have the keys username and password, or username and embedSecret, or apiKey, and no other of \
                 these",
                secret.object
            );
            return Err(InvalidSettings::field(field, problem));
        }
    };
    let field = "DashboardServer spec.boldBI.tls.caRef";
    Ok(BoldBiSettings {
        client: client_settings(&bold_bi.url, &bold_bi.tls, bold_bi.timeouts, field, referenced)?,
        site: bold_bi.site.clone(),
        api_version: match bold_bi.api_version {
            BoldBiApiVersion::Auto => ApiVersion::Auto,
            BoldBiApiVersion::V5 => ApiVersion::V5,
            BoldBiApiVersion::V4 => ApiVersion::V4,
        },
        credentials,
        default_group: bold_bi.default_group.clone(),
        at_a_time: 4,
    })
}

fn grafana_settings(
    grafana: &Grafana,
    accounts: Accounts,
    referenced: &ReferencedObjects,
) -> Result<GrafanaSettings, InvalidSettings> {
    let field = "DashboardServer spec.grafana.secretRef";
    let secret = FixedKeys { object: ReferencedObject::Secret(grafana.secret_ref.name.clone()), field, referenced };
    let [token, username, password] = ["token", "username", "password"].map(|key| secret.optional(key));
    let credentials = match (token?, username?, password?) {
        (Some(token), None, None) => GrafanaCredentials::Token(token.into()),
        (None, Some(username), Some(password)) => {
            GrafanaCredentials::Password { username: username.into(), password: password.into() }
        }
        _ => {
            let problem =
                format!("{} must have the key token, or username and password, and no other of these", secret.object);
            return Err(InvalidSettings::field(field, problem));
        }
    };
    let field = "DashboardServer spec.grafana.tls.caRef";
    Ok(GrafanaSettings {
        client: client_settings(&grafana.url, &grafana.tls, grafana.timeouts, field, referenced)?,
        organization: grafana.org_id,
        credentials,
        manages_accounts: accounts == Accounts::Managed,
        new_account_role: match grafana.new_accounts.unwrap_or_default().org_role {
            GrafanaRole::None => OrganizationRole::None,
            GrafanaRole::Viewer => OrganizationRole::Viewer,
            GrafanaRole::Editor => OrganizationRole::Editor,
            GrafanaRole::Admin => OrganizationRole::Admin,
        },
        log_out_removed: grafana.logout_removed,
        at_a_time: 4,
    })
}
