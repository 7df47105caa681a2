//! What the settings of all servers with an API have in common.

use secrecy::SecretSlice;

use super::content::value;
use super::invalid::InvalidSettings;
use crate::api::v1alpha1::dashboard_server::http::{HttpTimeouts, HttpTls};
use crate::run::referenced_object::{ReferencedObject, ReferencedObjects, of_authority};
use crate::store::remote::http::ClientSettings;
use crate::traffic::Traffic;

/// How a server with an API is reached. `field` is the path of the reference to its certificates.
pub(super) fn client_settings(
    url: &str,
    tls: &HttpTls,
    timeouts: HttpTimeouts,
    field: &str,
    referenced: &ReferencedObjects,
) -> Result<ClientSettings, InvalidSettings> {
    let authorities = match &tls.ca_ref {
        Some(reference) => {
            let (pem, _) = value(referenced, &of_authority(reference), &reference.key, field)?;
            Some(SecretSlice::from(pem.to_vec()))
        }
        None => None,
    };
    Ok(ClientSettings {
        url: url.to_owned(),
        authorities,
        allow_plaintext_password: tls.allow_plaintext_password,
        connect_timeout: timeouts.connect.get(),
        request_timeout: timeouts.request.get(),
        traffic: Traffic::default(),
    })
}

/// A Secret whose keys have fixed names.
pub(super) struct FixedKeys<'a> {
    pub(super) object: ReferencedObject,
    pub(super) field: &'a str,
    pub(super) referenced: &'a ReferencedObjects,
}

impl FixedKeys<'_> {
    /// The text of a key that must be there.
    pub(super) fn text(&self, key: &str) -> Result<String, InvalidSettings> {
        let (octets, _) = value(self.referenced, &self.object, key, self.field)?;
        match std::str::from_utf8(octets).map(|text| text.trim_end_matches(['\r', '\n'])) {
            Ok(text) if !text.is_empty() => Ok(text.to_owned()),
            _ => Err(InvalidSettings::Content {
                field: self.field.to_owned(),
                object: self.object.clone(),
                key: key.to_owned(),
                problem: "must be UTF-8 text and not empty".to_owned(),
            }),
        }
    }

    /// The text of a key that may be absent.
    pub(super) fn optional(&self, key: &str) -> Result<Option<String>, InvalidSettings> {
        match self.text(key) {
            Err(InvalidSettings::MissingKey { .. }) => Ok(None),
            text => text.map(Some),
        }
    }
}
