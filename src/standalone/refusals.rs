//! Passwords that a directory has refused. Neither this run nor a later one tries them again for a while, so that a command
//! that cron repeats does not lock the account.

mod file;
mod refusal;

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use self::file::RefusalFile;
use self::refusal::Refusal;
use crate::directory::{self, Directory};
use crate::run::error::Error;
use crate::run::host::Connected;
use crate::runtime::clock;
use crate::sync::wording::utc;

pub use self::refusal::Credential;

/// All known refusals.
#[derive(Debug)]
pub struct Refusals {
    /// The refusals of this run.
    in_this_run: Mutex<Vec<Refusal>>,
    file: RefusalFile,
}

impl Refusals {
    /// The refusals that are stored in this folder between runs. Without a folder, only those of this run are known.
    #[must_use]
    pub fn stored_in(folder: Option<PathBuf>) -> Self {
        Self { in_this_run: Mutex::default(), file: RefusalFile::new(folder) }
    }

    /// Connects the directory, unless its password has been refused recently, and remembers a refusal.
    ///
    /// # Errors
    /// When the password must not be tried now.
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
            let diagnostic = format!(
                "the directory refused this password at {}; {}",
                utc(refusal.time),
                self.advice(&refusal, credential)
            );
            return Err(directory::Error::bind_refused(diagnostic).into());
        }
        let connected = match directory.connect().await {
            Err(directory::Error::BindRefused { diagnostic, source }) => {
                let refusal = Refusal::new(credential, clock::now());
                let advice = self.advice(&refusal, credential);
                self.remember(refusal);
                Err(directory::Error::BindRefused { diagnostic: format!("{diagnostic}; {advice}"), source })
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
        let in_this_run = self.in_this_run.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let known = in_this_run.into_iter().chain(self.file.read());
        known
            .filter(|refusal| refusal.concerns_content(credential) && refusal.is_in_force(now))
            .max_by_key(|refusal| refusal.time)
    }

    fn remember(&self, refusal: Refusal) {
        self.in_this_run.lock().unwrap_or_else(PoisonError::into_inner).push(refusal.clone());
        let mut refusals = self.file.read();
        refusals.retain(|known| known.is_in_force(refusal.time));
        refusals.push(refusal);
        self.file.write(&refusals);
    }

    fn forget(&self, credential: &Credential) {
        let mut refusals = self.file.read();
        let before = refusals.len();
        refusals.retain(|refusal| !refusal.concerns(credential));
        if refusals.len() < before {
            self.file.write(&refusals);
        }
    }

    /// Until when a refused password is not tried, and what to do.
    fn advice(&self, refusal: &Refusal, credential: &Credential) -> String {
        let (secret, origin) = (&refusal.secret, &credential.origin);
        let remedy = match (origin.version, self.file.path()) {
            (Some(_), Some(path)) => format!(
                "correct the Secret {secret} in {}, or remove {} if the server was at fault and has been fixed",
                origin.file,
                path.display()
            ),
            (Some(_), None) => format!("correct the Secret {secret} in {}", origin.file),
            (None, Some(path)) => format!("correct the Secret {secret} and remove {}", path.display()),
            (None, None) => format!("correct the Secret {secret}"),
        };
        format!(
            "to avoid locking the account, it is not tried again before {}; to try it at once, {remedy}",
            utc(refusal.until())
        )
    }
}

#[cfg(test)]
mod tests;
