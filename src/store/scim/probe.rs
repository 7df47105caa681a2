//! Who and what the server is.

use http::StatusCode;
use serde_json::Value;

use super::schema::Schemas;
use super::server::ScimServer;
use crate::store::remote::http::Request;
use crate::store::{Capabilities, Error};
use crate::sync::ability::Abilities;

impl ScimServer {
    pub(super) async fn capabilities(&self) -> Result<Capabilities, Error> {
        let answer = self.session.send(&Request::get("ServiceProviderConfig"), None).await?;
        if answer.status == StatusCode::NOT_FOUND {
            let problem =
                "the server has no /ServiceProviderConfig there: set the URL below which its /Users and /Groups are";
            return Err(Error::configuration("spec.scim.url", problem));
        }
        let config = answer.into_body()?;
        if config.pointer("/patch/supported") == Some(&Value::Bool(false)) {
            let problem = "the server says that it does not support PATCH, without which no member can be written";
            return Err(Error::configuration("spec.scim.url", problem));
        }
        let mut form = self.schemas().await?.form();
        form.has_display_name &= !self.dialect.ignores_display_names();
        Ok(Capabilities {
            identity: Some(self.identity().into()),
            product: "SCIM".to_owned(),
            version: "2.0".to_owned(),
            dialect: self.dialect.known(),
            signed_in_as: None,
            administrator_accounts: Vec::new(),
            missing_rights: Vec::new(),
            administrators: Vec::new(),
            administrator_role: None,
            roles: Vec::new(),
            foreign_groups: Vec::new(),
            default_group: None,
            is_atomic: false,
            // Those of a table: a server that cannot do one of them refuses it in words.
            abilities: Abilities::DATABASE,
            form,
        })
    }

    /// The schemas; asked for once.
    pub(super) async fn schemas(&self) -> Result<&Schemas, Error> {
        self.schemas.get_or_try_init(|| self.read_schemas()).await
    }

    async fn read_schemas(&self) -> Result<Schemas, Error> {
        let answer = self.session.send(&Request::get("Schemas"), None).await?;
        if matches!(answer.status, StatusCode::NOT_FOUND | StatusCode::NOT_IMPLEMENTED) {
            return Ok(Schemas::default());
        }
        let body = answer.into_body()?;
        let list = body.get("Resources").unwrap_or(&body).as_array().cloned();
        Ok(Schemas(list.unwrap_or_default()))
    }
}
