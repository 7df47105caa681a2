//! Whether a run may bind: only with credentials with which the Directory's controller has bound, so that retries never lock
//! an account.

use jiff::Timestamp;

use crate::api::v1alpha1::Directory;
use crate::api::v1alpha1::condition::{ConditionType, Reason};
use crate::api::v1alpha1::directory::status::{BindState, BindStatus};
use crate::controller::bind_memory::{LastBind, answer_to};
use crate::controller::cluster::ContentVersion;
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

/// Checks whether a run may use the Directory now. `credentials` is the content of the Secret, if it needs one, and `last` the
/// last bind of this process.
///
/// # Errors
/// Why the run has to wait.
pub(in crate::controller) fn check(
    directory: &Directory,
    credentials: Option<&ContentVersion>,
    last: Option<&LastBind>,
) -> Result<(), Error> {
    let status = directory.status.clone().unwrap_or_default();
    let name = directory.metadata.name.as_deref().unwrap_or_default();
    let kind = directory.kind();
    let not_yet = |cause: &str| Err(Error::NotProbed { message: format!("{kind} {name} has not been probed {cause}") });
    if status.observed_generation.is_none() {
        return not_yet("yet");
    }
    if status.observed_generation != directory.metadata.generation {
        return not_yet("since it was changed");
    }
    let answer = credentials.map(|credentials| answer_to(credentials, last, directory));
    if let Some(Some(bind)) = &answer
        && bind.state == BindState::Refused.as_str()
    {
        return Err(refusal(bind));
    }
    match condition(&status.conditions, ConditionType::Ready.as_str()) {
        _ if is_ready(&status.conditions) => {}
        Some(ready) if ready.reason == Reason::NotReferenced.as_str() => {
            return not_yet("since an active DirectoryGroupSync started to refer to it");
        }
        // The credentials are new, so what was said to the former ones may be over.
        Some(_) if matches!(answer, Some(None)) => {}
        Some(ready) => {
            return Err(Error::Dependency {
                reason: Reason::DirectoryNotReady,
                message: format!("{kind} {name} is not ready: {}: {}", ready.reason, ready.message),
            });
        }
        None => return not_yet("yet"),
    }
    if matches!(answer, Some(None)) {
        return not_yet("with the present content of its Secret");
    }
    Ok(())
}

/// A remembered refusal, as an error of the run that would cause it again.
pub(in crate::controller) fn refusal(bind: &BindStatus) -> Error {
    let diagnostic = bind.diagnostic.clone().unwrap_or_default();
    Error::Directory(directory::Error::bind_refused(diagnostic))
}

/// Whether the Directory's controller may try a bind. Refused credentials are not tried again until their time has come, an
/// administrator requests a probe, or the Directory is changed: it may lead elsewhere now.
pub(super) fn may_try(answer: Option<&BindStatus>, is_new: bool, now: Timestamp) -> bool {
    match answer {
        Some(bind) if bind.state == BindState::Refused.as_str() => {
            is_new || bind.not_before_time.as_ref().is_none_or(|time| time.0 <= now)
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::controller::bind_memory::BindMemory;

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

    fn version(version: &str) -> ContentVersion {
        ContentVersion { version: version.to_owned(), digest: version.parse().unwrap() }
    }

    fn reason(status: &Value, secret: Option<&str>) -> Option<&'static str> {
        said(check(&directory(status), secret.map(version).as_ref(), None))
    }

    fn said(checked: Result<(), Error>) -> Option<&'static str> {
        match checked {
            Ok(()) => None,
            Err(Error::NotProbed { .. }) => Some("NotProbed"),
            Err(error) => Some(error.reason().as_str()),
        }
    }

    #[test]
    fn only_the_accepted_version_of_the_secret_passes() {
        assert_eq!(reason(&status("True", 2, &bind("Accepted", "7")), Some("7")), None);
        assert_eq!(reason(&status("True", 2, &bind("Accepted", "6")), Some("7")), Some("NotProbed"));
        assert_eq!(reason(&status("True", 2, &Value::Null), Some("7")), Some("NotProbed"));
        assert_eq!(reason(&status("True", 1, &bind("Accepted", "7")), Some("7")), Some("NotProbed"));
        assert_eq!(reason(&status("False", 2, &bind("Accepted", "7")), Some("7")), Some("DirectoryNotReady"));
        assert_eq!(reason(&json!({}), Some("7")), Some("NotProbed"));
        let mut unreferenced = status("True", 2, &bind("Accepted", "7"));
        unreferenced["conditions"][0]["reason"] = "NotReferenced".into();
        assert_eq!(reason(&unreferenced, Some("7")), Some("NotProbed"), "what it said may be old");
        assert_eq!(reason(&status("True", 2, &Value::Null), None), None, "nothing to hold without a Secret");
    }

    #[test]
    fn a_refusal_stalls_those_who_would_repeat_it() {
        let refused = status("False", 2, &bind("Refused", "7"));
        assert_eq!(reason(&refused, Some("7")), Some("BindRefused"));
        assert_eq!(reason(&refused, Some("8")), Some("NotProbed"));
        assert_eq!(reason(&status("False", 1, &bind("Refused", "7")), Some("7")), Some("NotProbed"), "it was changed");
    }

    #[test]
    fn a_secret_that_is_touched_keeps_its_answer() {
        let remembered = |directory: &Directory, state: &str| {
            let memory = BindMemory::default();
            memory.remember(directory, version("7"), serde_json::from_value(bind(state, "7")).unwrap());
            memory
        };
        let touched = ContentVersion { version: "8".to_owned(), digest: 7 };
        let accepted = directory(&status("True", 2, &bind("Accepted", "7")));
        let memory = remembered(&accepted, "Accepted");
        assert_eq!(said(check(&accepted, Some(&touched), memory.of(&accepted).as_ref())), None);
        assert_eq!(said(check(&accepted, Some(&version("9")), memory.of(&accepted).as_ref())), Some("NotProbed"));
        let refused = directory(&status("False", 2, &bind("Refused", "7")));
        let memory = remembered(&refused, "Refused");
        assert_eq!(said(check(&refused, Some(&touched), memory.of(&refused).as_ref())), Some("BindRefused"));
        let mut again = refused.clone();
        again.metadata.uid = Some("another".to_owned());
        assert!(memory.of(&again).is_none(), "one that was created again starts anew");
    }

    #[test]
    fn what_was_refused_is_tried_again_when_it_is_time_or_asked_for_or_changed() {
        let bind: BindStatus = serde_json::from_value(bind("Refused", "7")).unwrap();
        let at = |time: &str| time.parse().unwrap();
        assert!(!may_try(Some(&bind), false, at("2026-01-01T12:29:59Z")));
        assert!(may_try(Some(&bind), false, at("2026-01-01T12:30:00Z")));
        assert!(may_try(Some(&bind), true, at(NOW)));
        assert!(may_try(None, false, at(NOW)));
    }
}
