//! How an administrator approves held changes, and the answer to an approval that matches none.

use super::bounds::cut;
use crate::api::v1alpha1::DirectoryGroupSyncStatus;
use crate::run::error::Error;
use crate::run::outcome::{Outcome, Pending};

/// The longest part of an approval that is repeated in a message, in characters: twice a hash.
const REPEATED: usize = 64;

/// Where a run takes place.
#[derive(Debug, Clone, Copy)]
pub enum Location<'a> {
    /// In a cluster, for an object.
    Cluster {
        /// Its namespace.
        namespace: &'a str,
        /// Its name.
        name: &'a str,
        /// The name of its DashboardServer.
        server: &'a str,
    },
    /// Without a cluster, from files.
    Files {
        /// The shell command of the run, without an approval.
        command: &'a str,
        /// The name of the DashboardServer.
        server: &'a str,
    },
}

impl Location<'_> {
    /// The command that approves the changes with this hash.
    #[must_use]
    pub fn approval(&self, hash: &str) -> String {
        match self {
            Self::Cluster { namespace, name, .. } => {
                let annotation = crate::api::APPROVE_ANNOTATION;
                format!("kubectl annotate --overwrite -n {namespace} dgs/{name} {annotation}={hash}")
            }
            Self::Files { command, .. } => format!("{command} --approve {hash}"),
        }
    }

    /// How whoever owns the DashboardServer trusts a namespace with this hash.
    #[must_use]
    pub fn trust(&self, hash: &str) -> String {
        let annotation = crate::api::APPROVE_ANNOTATION;
        match self {
            Self::Cluster { namespace, server, .. } => {
                format!("kubectl annotate --overwrite -n {namespace} dash/{server} {annotation}={hash}")
            }
            Self::Files { server, .. } => {
                format!("give the DashboardServer {server} the annotation {annotation}: \"{hash}\"")
            }
        }
    }
}

/// The hash of the held changes after a run. `None`: none are held, or the run failed before this was known.
#[must_use]
pub fn waiting(outcome: &Result<Outcome, Error>) -> Option<&str> {
    match outcome {
        Ok(Outcome { pending: Pending::Held(held), .. }) => Some(&held.hash),
        Err(Error::Stop(stop)) => Some(&stop.approval().hash),
        Ok(_) | Err(_) => None,
    }
}

/// The answer to an approval that matches no held changes of a status. `None` for one that matches, and for the one that was
/// applied last, because its annotation may stay.
#[must_use]
pub fn answer(approval: Option<&str>, status: &DirectoryGroupSyncStatus) -> Option<String> {
    let waiting = status.plan.as_ref().and_then(|plan| plan.hash.as_deref());
    let approval = approval.filter(|approval| !approval.is_empty())?;
    let is_known = [waiting, status.last_approved_hash.as_deref()].contains(&Some(approval));
    (!is_known).then(|| unmatched(approval, waiting))
}

/// The message about an approval that matches no held changes.
#[must_use]
pub fn unmatched(approval: &str, waiting: Option<&str>) -> String {
    let approval = cut(&approval.escape_debug().to_string(), REPEATED);
    match waiting {
        Some(hash) => {
            format!("the approval \"{approval}\" matches no held changes; the hash of the held changes is {hash}")
        }
        None => format!("the approval \"{approval}\" matches no held changes, because none are held"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_approval_that_fits_nothing_is_told_what_would() {
        let said = unmatched("ab\u{1b}[2K", Some("cd"));
        assert_eq!(said, r#"the approval "ab\u{1b}[2K" matches no held changes; the hash of the held changes is cd"#);
        assert!(unmatched("ab", None).ends_with("none are held"));
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
        assert_eq!(check("ab", Some("cd"), Some("ab")), None, "the annotation may stay when the next hold starts");
        assert_eq!(check("", Some("cd"), None), None);
        assert_eq!(check("ab", Some("cd"), None), Some(unmatched("ab", Some("cd"))));
        assert_eq!(check("ab", None, Some("cd")), Some(unmatched("ab", None)));
        assert_eq!(answer(None, &DirectoryGroupSyncStatus::default()), None);
    }
}
