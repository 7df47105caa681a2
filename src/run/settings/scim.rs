//! `spec.scim`, as settings.

use super::invalid::InvalidSettings;
use super::remote::{FixedKeys, client_settings};
use crate::api::v1alpha1::dashboard_server::scim::{
    self as api, Scim, ScimDisplayName, ScimMemberRemoval, ScimMembersInList, ScimRename,
};
use crate::api::v1alpha1::reference::SecretReference;
use crate::run::referenced_object::{ReferencedObject, ReferencedObjects};
use crate::store::scim::{
    DisplayName, MemberRemoval, MembersInList, Rename, ScimCredentials, ScimDialect, ScimSettings,
};

pub(super) fn scim_settings(scim: &Scim, referenced: &ReferencedObjects) -> Result<ScimSettings, InvalidSettings> {
    let field = "DashboardServer spec.scim.tls.caRef";
    Ok(ScimSettings {
        client: client_settings(&scim.url, &scim.tls, scim.timeouts, field, referenced)?,
        credentials: credentials(&scim.auth, referenced)?,
        dialect: dialect(scim.dialect),
        at_a_time: 4,
    })
}

fn credentials(auth: &api::ScimAuth, referenced: &ReferencedObjects) -> Result<ScimCredentials, InvalidSettings> {
    let of = |reference: &SecretReference| ReferencedObject::Secret(reference.name.clone());
    match (&auth.bearer, &auth.oauth2) {
        (Some(bearer), None) => {
            let field = "DashboardServer spec.scim.auth.bearer.secretRef";
            let secret = FixedKeys { object: of(&bearer.secret_ref), field, referenced };
            Ok(ScimCredentials::Bearer(secret.text("token")?.into()))
        }
        (None, Some(oauth2)) => {
            let field = "DashboardServer spec.scim.auth.oauth2.secretRef";
            let secret = FixedKeys { object: of(&oauth2.secret_ref), field, referenced };
            Ok(ScimCredentials::OAuth2 {
                token_url: oauth2.token_url.clone(),
                scopes: oauth2.scopes.clone(),
                client_id: secret.text("clientID")?.into(),
                client_secret: secret.text("clientSecret")?.into(),
            })
        }
        _ => {
            let problem = "exactly one of bearer and oauth2 must be set";
            Err(InvalidSettings::field("DashboardServer spec.scim.auth", problem))
        }
    }
}

fn dialect(dialect: api::ScimDialect) -> ScimDialect {
    ScimDialect {
        member_removal: match dialect.member_removal {
            ScimMemberRemoval::Auto => None,
            ScimMemberRemoval::Filter => Some(MemberRemoval::Filter),
            ScimMemberRemoval::Value => Some(MemberRemoval::Value),
        },
        members_in_list: match dialect.members_in_list {
            ScimMembersInList::Auto => None,
            ScimMembersInList::Always => Some(MembersInList::Always),
            ScimMembersInList::Never => Some(MembersInList::Never),
        },
        rename: match dialect.rename {
            ScimRename::Auto => None,
            ScimRename::Patch => Some(Rename::Patch),
            ScimRename::Put => Some(Rename::Put),
        },
        display_name: match dialect.display_name {
            ScimDisplayName::Auto => None,
            ScimDisplayName::Kept => Some(DisplayName::Kept),
            ScimDisplayName::Ignored => Some(DisplayName::Ignored),
        },
        max_members_per_patch: number(dialect.max_members_per_patch),
        page_size: number(dialect.page_size),
    }
}

/// The schema has no number below 1.
fn number(number: i32) -> usize {
    usize::try_from(number).unwrap_or(1)
}
