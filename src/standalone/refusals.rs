//! Passwords that a directory refused: not tried again for a while, neither by this run nor by a later one, so that a
//! command that cron repeats locks no account.

mod file;

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};

use self::file::RefusalFile;
use super::gather::namespace;
use crate::api::v1alpha1::Directory as DirectoryObject;
use crate::directory::{self, Directory};
use crate::manifest::{FileVersion, Located, Manifest, Origin};
use crate::run::error::Error;
use crate::run::host::Connected;
use crate::run::schedule::{BIND_REST, later};
use crate::runtime::clock;

/// Who signs in, where, and with which Secret; never with which password.
#[derive(Debug, Clone)]
pub struct Credential {
    servers: Vec<String>,
    username: String,
    /// Namespace and name.
    secret: String,
    origin: Origin,
}

impl Credential {
    /// What a Directory of the files binds with; `None` where no password is sent.
    #[must_use]
    pub fn of(manifest: &Manifest, directory: &Located<DirectoryObject>) -> Option<Self> {
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

/// One refusal, as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Refusal {
    servers: Vec<String>,
    username: String,
    secret: String,
    /// When it was.
    time: Timestamp,
    /// The version of the file that had the Secret; none where it came through a pipe.
    modified: Option<Timestamp>,
    inode: Option<u64>,
}

impl Refusal {
    fn of(credential: &Credential, time: Timestamp) -> Self {
        let Credential { servers, username, secret, origin } = credential.clone();
        let (modified, inode) = origin.version.map(|FileVersion { modified, inode }| (modified, inode)).unzip();
        Self { servers, username, secret, time, modified, inode }
    }

    /// Whether it was of this account and Secret, at one of these servers, whatever the Secret held then.
    fn is_of(&self, credential: &Credential) -> bool {
        self.username == credential.username
            && self.secret == credential.secret
            && self.servers.iter().any(|server| credential.servers.contains(server))
    }

    /// Whether it was of what the Secret holds now.
    fn is_of_this(&self, credential: &Credential) -> bool {
        let Self { modified, inode, .. } = Self::of(credential, self.time);
        self.is_of(credential) && (self.modified, self.inode) == (modified, inode)
    }

    /// Whether it still rests. One that lies in the future is of a clock that was set back since.
    fn rests(&self, now: Timestamp) -> bool {
        self.time < later(now, BIND_REST) && now < self.until()
    }

    fn until(&self) -> Timestamp {
        later(self.time, BIND_REST)
    }
}

/// All refusals that are known.
#[derive(Debug)]
pub struct Refusals {
    /// Those of this run.
    here: Mutex<Vec<Refusal>>,
    file: RefusalFile,
}

impl Refusals {
    /// What is kept in this folder, from run to run; without one only what this run meets.
    #[must_use]
    pub fn kept_in(folder: Option<PathBuf>) -> Self {
        Self { here: Mutex::default(), file: RefusalFile::new(folder) }
    }

    /// Connects the directory, unless its password was refused a short time ago, and remembers what comes of it.
    ///
    /// # Errors
    /// When the password may not be tried now.
    pub async fn connect(
        &self,
        credential: Option<&Credential>,
        mut directory: Box<dyn Directory>,
    ) -> Result<Connected, Error> {
        let Some(credential) = credential else {
            let connected = directory.connect().await;
            return Ok((directory, connected));
        };
        if let Some(refusal) = self.resting(credential, clock::now()) {
            let diagnostic =
                format!("the directory refused this password at {}; {}", refusal.time, self.rest(&refusal, credential));
            return Err(directory::Error::bind_refused(diagnostic).into());
        }
        let connected = match directory.connect().await {
            Err(directory::Error::BindRefused { diagnostic, source }) => {
                let refusal = Refusal::of(credential, clock::now());
                let rest = self.rest(&refusal, credential);
                self.remember(refusal);
                Err(directory::Error::BindRefused { diagnostic: format!("{diagnostic}; {rest}"), source })
            }
            Err(error) => Err(error),
            Ok(()) => {
                self.forget(credential);
                Ok(())
            }
        };
        Ok((directory, connected))
    }

    fn resting(&self, credential: &Credential, now: Timestamp) -> Option<Refusal> {
        let here = self.here.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let known = here.into_iter().chain(self.file.read());
        known.filter(|refusal| refusal.is_of_this(credential) && refusal.rests(now)).max_by_key(|refusal| refusal.time)
    }

    fn remember(&self, refusal: Refusal) {
        self.here.lock().unwrap_or_else(PoisonError::into_inner).push(refusal.clone());
        let mut refusals = self.file.read();
        refusals.retain(|known| known.rests(refusal.time));
        refusals.push(refusal);
        self.file.write(&refusals);
    }

    fn forget(&self, credential: &Credential) {
        let mut refusals = self.file.read();
        let before = refusals.len();
        refusals.retain(|refusal| !refusal.is_of(credential));
        if refusals.len() < before {
            self.file.write(&refusals);
        }
    }

    /// How long a refused password rests, and what to do about it.
    fn rest(&self, refusal: &Refusal, credential: &Credential) -> String {
        let (secret, origin, until) = (&refusal.secret, &credential.origin, refusal.until());
        let now = match (origin.version, self.file.path()) {
            (Some(_), Some(path)) => format!(
                "correct the Secret {secret} in {}, or remove {} if the server was at fault and has been fixed",
                origin.file,
                path.display()
            ),
            (Some(_), None) => format!("correct the Secret {secret} in {}", origin.file),
            (None, Some(path)) => format!("correct the Secret {secret} and remove {}", path.display()),
            (None, None) => format!("correct the Secret {secret}"),
        };
        format!("so that the account is not locked it is not tried again before {until}; to try at once, {now}")
    }
}

#[cfg(test)]
mod tests;
