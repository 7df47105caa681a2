//! Who and what the site is.

use http::StatusCode;
use secrecy::ExposeSecret as _;

use super::form::form;
use super::group::GroupRow;
use super::page::Row as _;
use super::server::BoldBiServer;
use super::settings::{ApiVersion, BoldBiCredentials};
use super::version::Version;
use crate::store::remote::http::Request;
use crate::store::{Capabilities, Error};
use crate::sync::ability::{Abilities, GroupDeletion};
use crate::sync::fold::fold;
use crate::sync::store_id::StoreId;

impl BoldBiServer {
    pub(super) async fn capabilities(&self) -> Result<Capabilities, Error> {
        let version = self.version().await?;
        let groups = self.groups().await?;
        let own = self.own_username().await?;
        let ids = |is: fn(&GroupRow) -> bool| {
            groups.iter().filter(move |group| is(group)).map(|group| StoreId::Number(group.id()))
        };
        Ok(Capabilities {
            identity: Some(self.identity().into()),
            product: "Bold BI".to_owned(),
            version: format!("API {}", version.name()),
            dialect: Vec::new(),
            administrator_accounts: own.iter().cloned().collect(),
            signed_in_as: own,
            missing_rights: Vec::new(),
            administrators: ids(GroupRow::is_of_administrators).collect(),
            administrator_role: None,
            roles: Vec::new(),
            foreign_groups: ids(GroupRow::is_foreign).collect(),
            default_group: self.default_group(&groups)?,
            is_atomic: false,
            abilities: Abilities {
                rename_groups: true,
                rename_accounts: self.has_usernames,
                deactivate_accounts: false,
                delete_accounts: true,
                group_roles: false,
                group_deletion: GroupDeletion::Always,
            },
            form: form(),
        })
    }

    /// The version that the settings name, or the newest one that the server has; asked for once.
    pub(super) async fn version(&self) -> Result<Version, Error> {
        match self.api_version {
            ApiVersion::V5 => Ok(Version::V5),
            ApiVersion::V4 => Ok(Version::V4),
            ApiVersion::Auto => self.found_version.get_or_try_init(|| self.find_version()).await.copied(),
        }
    }

    async fn find_version(&self) -> Result<Version, Error> {
        for version in [Version::V5, Version::V4] {
            let request = Request::get(format!("{}/groups", version.name()));
            let request = match version {
                Version::V5 => request.with("page", "1").with("page_size", "1").with("sort", "+"),
                Version::V4 => request,
            };
            let answer = self.session.send(&request, None).await?;
            if answer.status != StatusCode::NOT_FOUND {
                return answer.into_body().map(|_| version);
            }
        }
        let problem = "the server has neither version 5.0 nor 4.0 of Bold BI's API there: correct spec.boldBI.url and \
                       spec.boldBI.site";
        Err(Error::configuration("spec.boldBI.url", problem))
    }

    /// The username of the account that we are. A key does not say whose it is.
    async fn own_username(&self) -> Result<Option<String>, Error> {
        let (BoldBiCredentials::Password { username, .. } | BoldBiCredentials::EmbedSecret { username, .. }) =
            &self.credentials
        else {
            return Ok(None);
        };
        let own = self.account_named(username.expose_secret()).await?;
        Ok(own.and_then(|own| own.attributes().username).map(String::from))
    }

    fn default_group(&self, groups: &[GroupRow]) -> Result<Option<StoreId>, Error> {
        let Some(name) = &self.default_group else { return Ok(None) };
        let group = groups.iter().find(|group| fold(group.name()) == fold(name));
        let missing = || Error::configuration("spec.boldBI.defaultGroup", format!("the site has no group {name}"));
        Ok(Some(StoreId::Number(group.ok_or_else(missing)?.id())))
    }
}
