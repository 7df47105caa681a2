//! A `DashboardServer` and the objects that it refers to, as settings.

use secrecy::{SecretSlice, SecretString};

use super::content::{path_in, secret, value};
use super::invalid::InvalidSettings;
use crate::api::v1alpha1::dashboard_server::{DashboardServer, Sql};
use crate::run::referenced_object::{ReferencedObjects, of_authority};
use crate::store::StoreSettings;
use crate::store::sql::SqlSettings;

/// Makes settings of a DashboardServer.
///
/// # Errors
/// When a referenced object does not exist.
pub fn store_settings(
    server: &DashboardServer,
    referenced: &ReferencedObjects,
) -> Result<StoreSettings, InvalidSettings> {
    match &server.spec.sql {
        Some(sql) => Ok(StoreSettings::Sql(sql_settings(sql, referenced)?)),
        None => Err(InvalidSettings::field("DashboardServer spec", "exactly one kind of server must be set: sql")),
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
