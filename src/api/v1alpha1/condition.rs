//! The vocabulary of conditions: every type and every reason that status uses, each with what it means.
//!
//! Conditions follow kstatus. `Ready` is always present and sums up. `Reconciling` and `Stalled` are abnormal: present
//! only while they are `True`. `Held`, `DuplicatesPresent` and `Suspended` are always present on a `DirectoryGroupSync`.
//! Each carries the generation of the spec that it speaks of.

pub use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use schemars::{Schema, SchemaGenerator, json_schema};

use super::word::{vocabulary, word};

/// The longest message of a condition, in characters; what is longer is cut before it is written.
pub const MESSAGE_MAX_LENGTH: usize = 4096;

vocabulary! {
    /// The type of a condition.
    pub enum ConditionType {
        /// Whether the object is in the state that its spec asks for. `True`: in step, or in Preview shown what would
        /// change. `False`: the reason is the cause. `Unknown`: this generation of the spec has not run yet.
        Ready = "Ready",
        /// The operator works on it, tries again by itself, or waits for another object. Present only while `True`.
        Reconciling = "Reconciling",
        /// Nothing goes on until a person changes something. Present only while `True`.
        Stalled = "Stalled",
        /// Changes wait for a person; `status.plan` says which and how to approve them. Always present.
        Held = "Held",
        /// Some directory group has a name that is taken in the store. Always present.
        DuplicatesPresent = "DuplicatesPresent",
        /// `spec.suspend` is `true`: no runs. Always present.
        Suspended = "Suspended",
    }
}

vocabulary! {
    /// The reason of a condition.
    pub enum Reason {
        /// `Ready` is `True`: the last run ended and the store is what the directory says.
        Synced = "Synced",
        /// `Ready` is `True`: as `Synced`, but something that a person must mend is listed in `status.problems` or
        /// `status.duplicates`.
        SyncedWithProblems = "SyncedWithProblems",
        /// `Ready` is `True`: the last run was a preview; what would change is in `status.plan`.
        Previewed = "Previewed",
        /// `Ready` is `True` on a `Directory` or a `DashboardServer`: the last probe found it and could use it.
        ProbeSucceeded = "ProbeSucceeded",

        /// `Ready` is `Unknown` and `Reconciling` is `True`: this generation of the spec has not run to its end yet.
        Progressing = "Progressing",
        /// `Reconciling` is `True`: the last run failed, or some of its writes did, and another one follows by itself
        /// after `spec.retryInterval`. `Ready` has the cause.
        ProgressingWithRetry = "ProgressingWithRetry",
        /// `Reconciling` is `True`: the object waits for another one; a change of that one starts a run. `Ready` says
        /// for which.
        Waiting = "Waiting",

        /// `Ready` is `False`: the run went through, but the store refused some writes. They are listed in
        /// `status.problems` and tried again.
        PartiallySynced = "PartiallySynced",
        /// `Ready` and `Held` are `True`: changes wait for a person, because a limit or a missing proof stopped them.
        /// Everything else was applied. `status.plan` says what waits and how to approve it. If the directory shows no group
        /// at all although some are linked, `Ready` is `False` and `Stalled` is `True`.
        Held = "Held",
        /// `Held` is `False`: nothing waits for a person.
        NothingHeld = "NothingHeld",

        /// The directory cannot be reached, broke the connection, or is too busy to answer.
        DirectoryUnreachable = "DirectoryUnreachable",
        /// The TLS handshake with the directory failed or its certificate is not trusted.
        DirectoryTlsFailed = "DirectoryTLSFailed",
        /// The directory did not answer a request in time.
        DirectoryTimedOut = "DirectoryTimedOut",
        /// The directory refused the credentials. They are not tried again before the Secret changes or half an hour
        /// has passed, so that the operator never locks the account.
        BindRefused = "BindRefused",
        /// The read ended before it was complete: a limit of the server, a reference inside the base, a bound of ours.
        /// Nothing was changed, because a part of a directory looks like a directory with less in it.
        DirectoryReadIncomplete = "DirectoryReadIncomplete",
        /// The Directory's settings cannot work with this server: a base that cannot be read, an attribute that does
        /// not exist, TLS that the server demands.
        DirectoryMisconfigured = "DirectoryMisconfigured",
        /// The directory's answer breaks the protocol or the schema.
        DirectoryAnswerMalformed = "DirectoryAnswerMalformed",
        /// The directory is another one than the one whose groups were synchronized, or it cannot be told. Nothing was
        /// changed. `status.plan` says how to approve that the groups of the former one are released.
        DirectoryChanged = "DirectoryChanged",

        /// The dashboard server's user store cannot be reached, or broke the connection.
        StoreUnreachable = "StoreUnreachable",
        /// The TLS handshake with the database server failed or its certificate is not trusted.
        StoreTlsFailed = "StoreTLSFailed",
        /// The store refused the credentials, or a right is missing.
        StoreAccessDenied = "StoreAccessDenied",
        /// The settings of the connection to the store cannot work.
        StoreMisconfigured = "StoreMisconfigured",
        /// The store holds something that cannot be true, or refused the write as a whole.
        StoreUnexpected = "StoreUnexpected",
        /// The store is another one than the one that was synchronized. Nothing was changed.
        StoreChanged = "StoreChanged",

        /// The `Directory` that the spec names does not exist.
        DirectoryNotFound = "DirectoryNotFound",
        /// The `Directory` that the spec names is not ready; its own conditions say why.
        DirectoryNotReady = "DirectoryNotReady",
        /// The `DashboardServer` that the spec names does not exist.
        DashboardServerNotFound = "DashboardServerNotFound",
        /// The `DashboardServer` that the spec names is not ready; its own conditions say why.
        DashboardServerNotReady = "DashboardServerNotReady",
        /// A Secret that is referred to does not exist.
        SecretNotFound = "SecretNotFound",
        /// A `ConfigMap` that is referred to does not exist.
        ConfigMapNotFound = "ConfigMapNotFound",
        /// A Secret or a `ConfigMap` that is referred to has no such key, or the key is empty.
        KeyNotFound = "KeyNotFound",
        /// What a Secret or a `ConfigMap` holds under the key is not what is needed there, such as a certificate that
        /// cannot be read. The content is never shown.
        InvalidContent = "InvalidContent",
        /// The spec says something that the schema cannot refuse and that cannot be done, such as a filter that does
        /// not parse. The message names the field.
        InvalidSpec = "InvalidSpec",

        /// The run took longer than `spec.timeout`.
        TimedOut = "TimedOut",
        /// The object is being deleted and waits for the store, to delete its groups there. Setting
        /// `spec.deletionPolicy` to `Retain` ends the wait.
        DeletionBlocked = "DeletionBlocked",
        /// The Kubernetes API refused or failed something that the run needs.
        KubernetesFailed = "KubernetesFailed",

        /// `DuplicatesPresent` is `True`: they are listed in `status.duplicates`.
        DuplicatesFound = "DuplicatesFound",
        /// `DuplicatesPresent` is `False`.
        NoDuplicates = "NoDuplicates",
        /// `DuplicatesPresent` and `Held` are `Unknown`: no run has told yet.
        NotRunYet = "NotRunYet",
        /// `Ready` keeps its status: `spec.suspend` is `true`, and the message has what the last run said.
        Suspended = "Suspended",
        /// `Ready` keeps its status: with `spec.trigger: Request` this generation of the spec has not been asked for yet. The
        /// message has what the last run said.
        WaitingForRequest = "WaitingForRequest",
        /// `Ready` of a `Directory` keeps its status: no `DirectoryGroupSync` that is not suspended refers to it, so its
        /// servers are not asked.
        NotReferenced = "NotReferenced",
        /// `Suspended` is `True`.
        SuspendedBySpec = "SuspendedBySpec",
        /// `Suspended` is `False`.
        NotSuspended = "NotSuspended",
    }
}

/// The schema of `status.conditions`, with the bounds that the API machinery gives to conditions everywhere; the crate's
/// own schema has none.
pub(super) fn conditions(generator: &mut SchemaGenerator) -> Schema {
    let mut reason = word(generator);
    reason.insert("description".to_owned(), "The cause in one word of a documented list, for programs.".into());
    json_schema!({
        "type": "array",
        "maxItems": 16,
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["type"],
        "items": {
            "type": "object",
            "description": "One aspect of the object's state.",
            "required": ["type", "status", "lastTransitionTime", "reason", "message"],
            "properties": {
                "type": {
                    "type": "string",
                    "maxLength": 64,
                    "description": "Which aspect: Ready, Reconciling, Stalled, Held, DuplicatesPresent or Suspended.",
                },
                "status": {
                    "type": "string",
                    "enum": ["True", "False", "Unknown"],
                    "description": "Whether it holds: True, False or Unknown.",
                },
                "observedGeneration": {
                    "type": "integer",
                    "format": "int64",
                    "minimum": 0,
                    "description": "The metadata.generation that it speaks of.",
                },
                "lastTransitionTime": {
                    "type": "string",
                    "format": "date-time",
                    "description": "When its status last changed.",
                },
                "reason": reason,
                "message": {
                    "type": "string",
                    "maxLength": MESSAGE_MAX_LENGTH,
                    "description": "The cause in a sentence, for people.",
                },
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever filters on a reason filters on its text, so a text may be added but not changed: a variant's text is its
    /// own name, written as Kubernetes writes acronyms.
    #[test]
    fn texts_are_the_names_of_the_variants() {
        for reason in Reason::ALL {
            assert_eq!(reason.as_str().replace("TLS", "Tls"), format!("{reason:?}"));
        }
        for condition in ConditionType::ALL {
            assert_eq!(condition.as_str(), format!("{condition:?}"));
        }
    }

    /// The API machinery's rule for reasons.
    #[test]
    fn reasons_are_one_word() {
        for reason in Reason::ALL {
            let text = reason.as_str();
            assert!(text.starts_with(|c: char| c.is_ascii_uppercase()), "{text}");
            assert!(text.len() <= 128 && text.chars().all(|c| c.is_ascii_alphanumeric()), "{text}");
        }
    }
}
