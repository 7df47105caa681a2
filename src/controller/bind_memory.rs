//! What this process remembers of its last bind to a Directory: the content of the Secret counts, so that a label or an
//! annotation on the Secret changes nothing, and a refusal holds even if it could not be recorded.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::cluster::ContentVersion;
use crate::api::v1alpha1::Directory;
use crate::api::v1alpha1::directory::status::BindStatus;

/// The last bind, if this process made one.
#[derive(Debug, Default)]
pub(super) struct BindMemory(Mutex<Option<LastBind>>);

/// A bind, and what the directory said to it.
#[derive(Debug, Clone)]
pub(super) struct LastBind {
    uid: Option<String>,
    credentials: ContentVersion,
    bind: BindStatus,
}

impl BindMemory {
    /// The last bind to this Directory. One that was created again starts anew.
    pub(super) fn of(&self, directory: &Directory) -> Option<LastBind> {
        self.last().clone().filter(|last| last.uid == directory.metadata.uid)
    }

    /// Remembers a bind.
    pub(super) fn remember(&self, directory: &Directory, credentials: ContentVersion, bind: BindStatus) {
        *self.last() = Some(LastBind { uid: directory.metadata.uid.clone(), credentials, bind });
    }

    fn last(&self) -> MutexGuard<'_, Option<LastBind>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the directory last said to these credentials: to their content, as this process remembers it, or to their version, as
/// status says.
pub(super) fn answer_to(
    credentials: &ContentVersion,
    last: Option<&LastBind>,
    directory: &Directory,
) -> Option<BindStatus> {
    if let Some(last) = last.filter(|last| last.credentials.digest == credentials.digest) {
        return Some(last.bind.clone());
    }
    let bind = directory.status.as_ref()?.bind.clone()?;
    (bind.secret_resource_version.as_deref() == Some(&credentials.version)).then_some(bind)
}
