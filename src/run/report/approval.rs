//! How an administrator approves held changes, and the answer to an approval that matches none.

use super::bounds::cut;
use crate::api::v1alpha1::DirectoryGroupSyncStatus;
use crate::run::error::Error;
use crate::run::outcome::{Outcome, Pending};
use crate::sync::planning::Stop;

/// The longest part of an approval that is repeated, in characters: twice a hash.
const REPEATED: usize = 64;

/// Where a run takes place.
#[derive(Debug, Clone, Copy)]
pub enum Location<'a> {
    /// For an object of a cluster.
    Cluster {
        /// Its namespace.
        namespace: &'a str,
        /// Its name.
        name: &'a str,
    },
    /// From files.
    Files {
        /// The command that ran it, as a shell takes it, without an approval.
        command: &'a str,
    },
}

impl Location<'_> {
    /// The exact command that approves what has this hash.
    #[must_use]
    pub fn approval(&self, hash: &str) -> String {
        match self {
            Self::Cluster { namespace, name } => {
                let annotation = crate::api::APPROVE_ANNOTATION;
                format!("kubectl annotate --overwrite -n {namespace} dgs/{name} {annotation}={hash}")
            }
            Self::Files { command } => format!("{command} --approve {hash}"),
        }
    }
}

/// The hash of what waits for an approval after a run; `None`: nothing does, or the run failed before it could tell.
#[must_use]
pub fn waiting(outcome: &Result<Outcome, Error>) -> Option<&str> {
    match outcome {
        Ok(Outcome { pending: Pending::Held(held), .. }) => Some(&held.hash),
        Err(Error::Stop(Stop::DirectoryChanged { approval, .. } | Stop::StoreChanged { approval, .. })) => {
            Some(&approval.hash)
        }
        Ok(_) | Err(_) => None,
    }
}

/// What an approval is told that fits nothing in a status; `None` for one that fits, and for the one that was applied last,
/// which may stand where it is.
#[must_use]
pub fn answer(approval: Option<&str>, status: &DirectoryGroupSyncStatus) -> Option<String> {
    let waiting = status.plan.as_ref().and_then(|plan| plan.hash.as_deref());
    let approval = approval.filter(|approval| !approval.is_empty())?;
    let is_known = [waiting, status.last_approved_hash.as_deref()].contains(&Some(approval));
    (!is_known).then(|| unmatched(approval, waiting))
}

/// What a person is told whose approval fits nothing that waits.
#[must_use]
pub fn unmatched(approval: &str, waiting: Option<&str>) -> String {
    let approval = cut(&approval.escape_debug().to_string(), REPEATED);
    match waiting {
        Some(hash) => {
            format!("the approval \"{approval}\" matches nothing that is held; the hash of what is held now is {hash}")
        }
        None => format!("the approval \"{approval}\" matches nothing: nothing is held"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_approval_that_fits_nothing_is_told_what_would() {
        let said = unmatched("ab\u{1b}[2K", Some("cd"));
        assert_eq!(
            said,
            r#"the approval "ab\u{1b}[2K" matches nothing that is held; the hash of what is held now is cd"#
        );
        assert!(unmatched("ab", None).ends_with("nothing is held"));
        assert!(unmatched(&"x".repeat(5000), None).len() < 200);
    }

    #[test]
    fn an_approval_that_fits_or_was_applied_is_told_nothing() {
        let check = |approval: &str, hash: Option<&str>, applied: Option<&str>| {
            let status = serde_json::json!({"plan": {"hash": hash}, "lastApprovedHash": applied});
            answer(Some(approval), &serde_json::from_value(status).unwrap())
        };
        assert_eq!(check("ab", Some("ab"), None), None);
        assert_eq!(check("ab", None, Some("ab")), None);
        assert_eq!(check("ab", Some("cd"), Some("ab")), None, "it may stand there when the next hold begins");
        assert_eq!(check("", Some("cd"), None), None);
        assert_eq!(check("ab", Some("cd"), None), Some(unmatched("ab", Some("cd"))));
        assert_eq!(check("ab", None, Some("cd")), Some(unmatched("ab", None)));
        assert_eq!(answer(None, &DirectoryGroupSyncStatus::default()), None);
    }
}
