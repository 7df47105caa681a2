//! One refusal of a password, and the credential that it concerns.

use jiff::Timestamp;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};

use crate::api::v1alpha1::Directory;
use crate::manifest::{FileVersion, Located, Manifest, Origin, namespace};
use crate::run::schedule::{BIND_REST, later};

/// An account, its servers and its Secret, but never the password.
#[derive(Debug, Clone)]
pub struct Credential {
    pub(super) servers: Vec<String>,
    pub(super) username: String,
    /// Namespace and name.
    pub(super) secret: String,
    pub(super) origin: Origin,
}

impl Credential {
    /// The credential with which a Directory binds. `None` if it does not use a password.
    #[must_use]
    pub fn of(manifest: &Manifest, directory: &Located<Directory>) -> Option<Self> {
        let ldap = directory.object.spec.ldap.as_ref()?;
        let (namespace, name) = (namespace(&directory.object), &ldap.auth.simple.as_ref()?.secret_ref.name);
        let secret = manifest.secret(&namespace, name)?;
        Some(Self {
            servers: ldap.servers.iter().map(|server| server.to_lowercase()).collect(),
            username: String::from_utf8_lossy(secret.object.data().get("username")?.expose_secret()).into_owned(),
            secret: format!("{namespace}/{name}"),
            origin: secret.origin.clone(),
        })
    }
}

/// One refusal, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Refusal {
    servers: Vec<String>,
    username: String,
    pub(super) secret: String,
    /// When the directory refused the password.
    pub(super) time: Timestamp,
    /// The version of the file with the Secret. `None` if it was read from a pipe.
    modified: Option<Timestamp>,
    inode: Option<u64>,
}

impl Refusal {
    pub(super) fn new(credential: &Credential, time: Timestamp) -> Self {
        let Credential { servers, username, secret, origin } = credential.clone();
        let (modified, inode) = origin.version.map(|FileVersion { modified, inode }| (modified, inode)).unzip();
        Self { servers, username, secret, time, modified, inode }
    }

    /// Whether it was a refusal of this account and Secret at one of these servers, whatever the Secret's content was.
    pub(super) fn concerns(&self, credential: &Credential) -> bool {
        self.username == credential.username
            && self.secret == credential.secret
            && self.servers.iter().any(|server| credential.servers.contains(server))
    }

    /// Whether it was a refusal of the Secret's present content.
    pub(super) fn concerns_content(&self, credential: &Credential) -> bool {
        let Self { modified, inode, .. } = Self::new(credential, self.time);
        self.concerns(credential) && (self.modified, self.inode) == (modified, inode)
    }

    /// Whether the password must not be tried yet. A refusal in the future was stored before the clock was set back.
    pub(super) fn is_in_force(&self, now: Timestamp) -> bool {
        self.time < later(now, BIND_REST) && now < self.until()
    }

    /// When the password may be tried again.
    pub(super) fn until(&self) -> Timestamp {
        later(self.time, BIND_REST)
    }
}
