//! Whether a run may bind: only with a version of the Secret with which the Directory's controller has bound, so that
//! retries never lock an account.

use jiff::Timestamp;

use crate::api::v1alpha1::Directory;
use crate::api::v1alpha1::condition::{ConditionType, Reason};
use crate::api::v1alpha1::directory::status::{BindState, BindStatus};
use crate::controller::condition::is_ready;
use crate::directory;
use crate::run::error::Error;
use crate::run::referenced_object::ReferencedObject;
use crate::run::report::conditions::condition;

/// The Secret with the credentials for this Directory.
pub(in crate::controller) fn secret(directory: &Directory) -> Option<ReferencedObject> {
    let auth = &directory.spec.ldap.as_ref()?.auth;
    let simple = auth.simple.as_ref().map(|simple| &simple.secret_ref);
    let external = auth.external.as_ref().map(|external| &external.secret_ref);
    Some(ReferencedObject::Secret(simple.or(external)?.name.clone()))
}

/// Checks whether a run may use the Directory now. `version` is the version of the Secret, if it needs one.
///
/// # Errors
/// Why the run has to wait.
pub(in crate::controller) fn check(directory: &Directory, version: Option<&str>) -> Result<(), Error> {
    let status = directory.status.clone().unwrap_or_default();
    let name = directory.metadata.name.as_deref().unwrap_or_default();
    let wait = |cause: String| {
        Err(Error::Dependency { reason: Reason::DirectoryNotReady, message: format!("Directory {name} {cause}") })
    };
    if let (Some(version), Some(bind)) = (version, &status.bind)
        && bind.state == BindState::Refused.as_str()
        && bind.secret_resource_version.as_deref() == Some(version)
    {
        return Err(refusal(bind));
    }
    if status.observed_generation != directory.metadata.generation {
        return wait("has not been probed since it was changed".to_owned());
    }
    match condition(&status.conditions, ConditionType::Ready.as_str()) {
        _ if is_ready(&status.conditions) => {}
        Some(ready) if ready.reason == Reason::NotReferenced.as_str() => {
            return wait("has not been probed since an active DirectoryGroupSync started to refer to it".to_owned());
        }
        Some(ready) => return wait(format!("is not ready: {}: {}", ready.reason, ready.message)),
        None => return wait("has not been probed yet".to_owned()),
    }
    let accepted = status.bind.as_ref().filter(|bind| bind.state == BindState::Accepted.as_str());
    let bound = accepted.and_then(|bind| bind.secret_resource_version.as_deref());
    if version.is_some() && bound != version {
        return wait("has not been probed with the present version of its Secret".to_owned());
    }
    Ok(())
}

/// A remembered refusal, as an error of the run that would cause it again.
pub(in crate::controller) fn refusal(bind: &BindStatus) -> Error {
    let diagnostic = bind.diagnostic.clone().unwrap_or_default();
    Error::Directory(directory::Error::bind_refused(diagnostic))
}

/// Whether the Directory's controller may try a bind. Refused credentials are not tried again until their time has come or an
/// administrator requests a probe.
pub(super) fn may_try(bind: Option<&BindStatus>, version: Option<&str>, requested: bool, now: Timestamp) -> bool {
    match bind {
        Some(bind)
            if bind.state == BindState::Refused.as_str() && bind.secret_resource_version.as_deref() == version =>
        {
            requested || bind.not_before_time.as_ref().is_none_or(|time| time.0 <= now)
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const NOW: &str = "2026-01-01T12:00:00Z";

    fn directory(status: &Value) -> Directory {
        serde_json::from_value(json!({
            "apiVersion": "directorysync.dev/v1alpha1", "kind": "Directory",
            "metadata": {"name": "corp", "generation": 2},
            "spec": {"baseDN": "dc=x", "ldap": {"servers": ["h"], "auth": {"simple": {"secretRef": {"name": "b"}}}}},
            "status": status,
        }))
        .unwrap()
    }

    fn status(ready: &str, generation: i64, bind: &Value) -> Value {
        json!({
            "observedGeneration": generation,
            "conditions": [{"type": "Ready", "status": ready, "reason": "R", "message": "m", "lastTransitionTime": NOW}],
            "bind": bind,
        })
    }

    fn bind(state: &str, version: &str) -> Value {
        json!({"state": state, "secretResourceVersion": version, "time": NOW, "diagnostic": "no",
            "notBeforeTime": "2026-01-01T12:30:00Z"})
    }

    fn reason(status: &Value, version: Option<&str>) -> Option<Reason> {
        check(&directory(status), version).err().map(|error| error.reason())
    }

    #[test]
    fn only_the_accepted_version_of_the_secret_passes() {
        assert_eq!(reason(&status("True", 2, &bind("Accepted", "7")), Some("7")), None);
        assert_eq!(reason(&status("True", 2, &bind("Accepted", "6")), Some("7")), Some(Reason::DirectoryNotReady));
        assert_eq!(reason(&status("True", 2, &Value::Null), Some("7")), Some(Reason::DirectoryNotReady));
        assert_eq!(reason(&status("True", 1, &bind("Accepted", "7")), Some("7")), Some(Reason::DirectoryNotReady));
        assert_eq!(reason(&status("False", 2, &bind("Accepted", "7")), Some("7")), Some(Reason::DirectoryNotReady));
        assert_eq!(reason(&json!({}), Some("7")), Some(Reason::DirectoryNotReady));
        let mut unreferenced = status("True", 2, &bind("Accepted", "7"));
        unreferenced["conditions"][0]["reason"] = "NotReferenced".into();
        assert_eq!(reason(&unreferenced, Some("7")), Some(Reason::DirectoryNotReady), "what it said may be old");
        assert_eq!(reason(&status("True", 2, &Value::Null), None), None, "nothing to hold without a Secret");
    }

    #[test]
    fn a_refusal_stalls_those_who_would_repeat_it() {
        let refused = status("False", 2, &bind("Refused", "7"));
        assert_eq!(reason(&refused, Some("7")), Some(Reason::BindRefused));
        assert_eq!(reason(&refused, Some("8")), Some(Reason::DirectoryNotReady));
    }

    #[test]
    fn what_was_refused_is_tried_again_when_it_is_time_or_asked_for_or_another() {
        let bind: BindStatus = serde_json::from_value(bind("Refused", "7")).unwrap();
        let at = |time: &str| time.parse().unwrap();
        assert!(!may_try(Some(&bind), Some("7"), false, at("2026-01-01T12:29:59Z")));
        assert!(may_try(Some(&bind), Some("7"), false, at("2026-01-01T12:30:00Z")));
        assert!(may_try(Some(&bind), Some("7"), true, at(NOW)));
        assert!(may_try(Some(&bind), Some("8"), false, at(NOW)));
        assert!(may_try(None, Some("7"), false, at(NOW)));
    }
}
