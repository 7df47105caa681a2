//! Rule `hold`: the hash by which an administrator approves exactly what was shown.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use jiff::Timestamp;

use super::digest::digest;
use super::identity::{DirectoryId, ExternalId};
use super::policy::{Approval, Policy};

/// What an approval must name, and since when it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalHash {
    /// The same for the same changes of the same object, as long as changes are held.
    pub hash: String,
    /// Since when changes are held; `None` without a cluster.
    pub since: Option<Timestamp>,
}

impl ApprovalHash {
    /// Rule `hold`: the hash of a text that says all that an approval covers. Its time is that of the hold that the
    /// object shows already, so that the hash stays the same while the changes do. A new hold has a time of its own, so
    /// that an old approval never fits again.
    pub(crate) fn new(covered: &str, policy: &Policy, now: Timestamp) -> Self {
        let since = since(&policy.approval, now);
        let uid = policy.approval.object.as_ref().map_or("", |object| &object.uid);
        let seconds = since.map(|since| since.as_second().to_string()).unwrap_or_default();
        let hash = digest(format!("{}\n{uid}\n{seconds}\n{covered}", policy.owner).as_bytes());
        Self { hash, since }
    }

    /// Rule `same-directory`: an approval releases the links of these directories.
    pub(crate) fn of_other_directory(
        pinned: &BTreeSet<DirectoryId>,
        read: DirectoryId,
        policy: &Policy,
        now: Timestamp,
    ) -> Self {
        let mut covered = format!("directory {read}\n");
        for directory_id in pinned {
            let _ = writeln!(covered, "releases {directory_id}");
        }
        Self::new(&covered, policy, now)
    }

    /// Rule `same-store`: an approval forgets these links.
    pub(crate) fn of_other_store(
        read: &str,
        forgotten: &BTreeSet<ExternalId>,
        policy: &Policy,
        now: Timestamp,
    ) -> Self {
        let mut covered = format!("store {read}\n");
        for id in forgotten {
            let _ = writeln!(covered, "forgets {id}");
        }
        Self::new(&covered, policy, now)
    }

    /// Rule `same-store`: an approval goes on in another store than that of the last run.
    pub(crate) fn of_moved_store(last: &str, read: &str, policy: &Policy, now: Timestamp) -> Self {
        Self::new(&format!("store {read}\nafter {last}\n"), policy, now)
    }

    /// Rule `claimed-directory-id`: an approval trusts the Directories of this namespace.
    pub(crate) fn of_claim(read: DirectoryId, policy: &Policy, now: Timestamp) -> Self {
        Self { hash: Self::digest_of_claim(read, policy), since: since(&policy.approval, now) }
    }

    /// Its hash is the same for all syncs of the namespace with such a Directory, and at any time: one approval is for all
    /// of them.
    pub(crate) fn digest_of_claim(read: DirectoryId, policy: &Policy) -> String {
        let (owner, endpoints) = (&policy.owner, &policy.endpoints);
        let mut covered = format!("claim {read}\nof {}/{}\n", owner.installation, owner.namespace);
        for address in &endpoints.addresses {
            let _ = writeln!(covered, "at {address}");
        }
        if let Some(authority) = &endpoints.authority {
            let _ = writeln!(covered, "trusts {authority}");
        }
        digest(covered.as_bytes())
    }

    /// Whether an administrator approved exactly this.
    pub(crate) fn is_given(&self, policy: &Policy) -> bool {
        policy.approval.hash.as_deref() == Some(&*self.hash)
    }
}

/// In whole seconds, as the API server keeps times.
fn since(approval: &Approval, now: Timestamp) -> Option<Timestamp> {
    let since = approval.object.as_ref()?.since.unwrap_or(now);
    Some(Timestamp::from_second(since.as_second()).unwrap_or(since))
}
