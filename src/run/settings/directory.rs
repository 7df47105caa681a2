//! A `Directory` and the objects that it refers to, as settings.

use secrecy::SecretSlice;

use super::content::value;
use super::invalid::InvalidSettings;
use crate::api::v1alpha1::directory::ldap::{self as api, Auth, Ldap};
use crate::api::v1alpha1::directory::{Directory, DirectorySchema, DirectorySpec, Ldif};
use crate::directory::dn::Dn;
use crate::directory::filter::Filter;
use crate::directory::settings::{
    Credentials, DirectorySettings, GroupScope, LdapSettings, SchemaChoice, Source, TlsMode, UserScope,
};
use crate::run::referenced_object::{ReferencedObject, ReferencedObjects, of_authority};
use crate::traffic::Traffic;

/// Makes settings of a Directory.
///
/// # Errors
/// When a name or filter is not valid, or a referenced object does not exist.
pub fn directory_settings(
    directory: &Directory,
    referenced: &ReferencedObjects,
) -> Result<DirectorySettings, InvalidSettings> {
    settings(&directory.spec, referenced).map_err(|invalid| invalid.of_kind(directory.kind()))
}

/// The same with errors that do not name the kind.
fn settings(spec: &DirectorySpec, referenced: &ReferencedObjects) -> Result<DirectorySettings, InvalidSettings> {
    let groups = spec.groups.clone().unwrap_or_default();
    let users = spec.users.clone().unwrap_or_default();
    check_dn("spec.baseDN", &spec.base_dn)?;
    for (field, dn) in [("groups", &groups.base_dn), ("users", &users.base_dn)] {
        dn.as_deref().map_or(Ok(()), |dn| check_dn(&format!("spec.{field}.baseDN"), dn))?;
    }
    for (field, filter) in [("groups", &groups.filter), ("users", &users.filter)] {
        filter.as_deref().map_or(Ok(()), |filter| check_filter(&format!("spec.{field}.filter"), filter))?;
    }
    let group_attributes = groups.attributes.unwrap_or_default();
    let user_attributes = users.attributes.unwrap_or_default();
    Ok(DirectorySettings {
        base_dn: spec.base_dn.clone(),
        schema: schema(spec.schema),
        groups: GroupScope {
            base_dn: groups.base_dn,
            filter: groups.filter,
            name: group_attributes.name,
            description: group_attributes.description,
        },
        users: UserScope {
            base_dn: users.base_dn,
            filter: users.filter,
            username: user_attributes.username,
            email: user_attributes.email,
            first_name: user_attributes.first_name,
            last_name: user_attributes.last_name,
            display_name: user_attributes.display_name,
            phone: user_attributes.phone,
        },
        source: source(spec, referenced)?,
    })
}

/// Refuses a text that is not a distinguished name.
pub(super) fn check_dn(field: &str, dn: &str) -> Result<(), InvalidSettings> {
    Dn::parse(dn).map(|_| ()).map_err(|error| InvalidSettings::field(field, error.to_string()))
}

/// Refuses a text that is not a search filter.
pub(super) fn check_filter(field: &str, filter: &str) -> Result<(), InvalidSettings> {
    Filter::parse(filter).map(|_| ()).map_err(|error| InvalidSettings::field(field, error.to_string()))
}

const fn schema(schema: DirectorySchema) -> SchemaChoice {
    match schema {
        DirectorySchema::Auto => SchemaChoice::Auto,
        DirectorySchema::ActiveDirectory => SchemaChoice::ActiveDirectory,
        DirectorySchema::AdLds => SchemaChoice::AdLds,
        DirectorySchema::Rfc2307 => SchemaChoice::Rfc2307,
        DirectorySchema::Rfc2307bis => SchemaChoice::Rfc2307bis,
        DirectorySchema::FreeIpa => SchemaChoice::FreeIpa,
    }
}

fn source(spec: &DirectorySpec, referenced: &ReferencedObjects) -> Result<Source, InvalidSettings> {
    match (&spec.ldap, &spec.ldif) {
        (Some(ldap), None) => Ok(Source::Ldap(ldap_settings(ldap, referenced)?)),
        (None, Some(ldif)) => ldif_source(ldif, referenced),
        _ => Err(InvalidSettings::field("spec", "exactly one of ldap and ldif must be set")),
    }
}

fn ldif_source(ldif: &Ldif, referenced: &ReferencedObjects) -> Result<Source, InvalidSettings> {
    let (object, key, field) = match (&ldif.config_map_key_ref, &ldif.secret_key_ref, &ldif.path) {
        (Some(key), None, None) => (ReferencedObject::ConfigMap(key.name.clone()), &*key.key, "configMapKeyRef"),
        (None, Some(key), None) => (ReferencedObject::Secret(key.name.clone()), &*key.key, "secretKeyRef"),
        (None, None, Some(path)) => (ReferencedObject::File(path.clone()), "", "path"),
        _ => {
            let problem = "exactly one of configMapKeyRef, secretKeyRef and path must be set";
            return Err(InvalidSettings::field("spec.ldif", problem));
        }
    };
    let (content, _) = value(referenced, &object, key, &format!("spec.ldif.{field}"))?;
    let origin = if key.is_empty() { object.to_string() } else { format!("\"{key}\" of {object}") };
    Ok(Source::Ldif { origin, content: SecretSlice::from(content.to_vec()) })
}

fn ldap_settings(ldap: &Ldap, referenced: &ReferencedObjects) -> Result<LdapSettings, InvalidSettings> {
    let authorities = match &ldap.tls.ca_ref {
        Some(reference) => {
            let (pem, _) = value(referenced, &of_authority(reference), &reference.key, "spec.ldap.tls.caRef")?;
            Some(SecretSlice::from(pem.to_vec()))
        }
        None => None,
    };
    Ok(LdapSettings {
        servers: ldap.servers.clone(),
        tls: match ldap.tls.mode {
            api::TlsMode::Ldaps => TlsMode::Ldaps,
            api::TlsMode::StartTls => TlsMode::StartTls,
            api::TlsMode::None => TlsMode::None,
        },
        server_name: ldap.tls.server_name.clone(),
        authorities,
        allow_plaintext_password: ldap.tls.allow_plaintext_password,
        credentials: credentials(&ldap.auth, referenced)?,
        connect_timeout: ldap.timeouts.connect.get(),
        request_timeout: ldap.timeouts.request.get(),
        traffic: Traffic::default(),
    })
}

fn credentials(auth: &Auth, referenced: &ReferencedObjects) -> Result<Credentials, InvalidSettings> {
    match (&auth.simple, &auth.external, &auth.anonymous) {
        (Some(simple), None, None) => {
            let field = "spec.ldap.auth.simple.secretRef";
            let object = ReferencedObject::Secret(simple.secret_ref.name.clone());
            let text = |key: &str| {
                let (octets, _) = value(referenced, &object, key, field)?;
                let text = std::str::from_utf8(octets).unwrap_or_default();
                if text.is_empty() {
                    let problem = "must be UTF-8 text and not empty".to_owned();
                    let (field, object, key) = (field.to_owned(), object.clone(), key.to_owned());
                    return Err(InvalidSettings::Content { field, object, key, problem });
                }
                Ok(text.to_owned())
            };
            Ok(Credentials::Simple { username: text("username")?.into(), password: text("password")?.into() })
        }
        (None, Some(external), None) => {
            let field = "spec.ldap.auth.external.secretRef";
            let object = ReferencedObject::Secret(external.secret_ref.name.clone());
            let (certificate, _) = value(referenced, &object, "tls.crt", field)?;
            let (key, _) = value(referenced, &object, "tls.key", field)?;
            Ok(Credentials::External {
                certificate: SecretSlice::from(certificate.to_vec()),
                key: SecretSlice::from(key.to_vec()),
            })
        }
        (None, None, Some(_)) => Ok(Credentials::Anonymous),
        _ => {
            let problem = "exactly one of simple, external and anonymous must be set";
            Err(InvalidSettings::field("spec.ldap.auth", problem))
        }
    }
}
