//! The vocabulary of conditions: every type and every reason that status uses, each with what it means.
//!
//! Conditions follow kstatus. `Ready` is always present and sums up. `Reconciling` and `Stalled` are abnormal: present
//! only while they are `True`. `Held`, `DuplicatesPresent` and `Suspended` are always present on a `DirectoryGroupSync`.
//! Each carries the spec generation that it describes.

pub use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use schemars::{Schema, SchemaGenerator, json_schema};

use super::word::{vocabulary, word};

/// The longest message of a condition, in characters. A longer one is truncated before it is written.
pub const MESSAGE_MAX_LENGTH: usize = 4096;

vocabulary! {
    /// The type of a condition.
    pub enum ConditionType {
        /// Whether the object is in the state that its spec asks for. `True`: in sync, or in Preview the changes are
        /// listed. `False`: the reason is the cause. `Unknown`: this spec generation has not run yet.
        Ready = "Ready",
        /// The operator works on the object, will try again by itself, or waits for another object. Present only while
        /// `True`.
        Reconciling = "Reconciling",
        /// The object is stuck until an administrator changes something. Present only while `True`.
        Stalled = "Stalled",
        /// Changes are held for approval. `status.plan` lists them and says how to approve them. Always present.
        Held = "Held",
        /// Directory groups or users are left out because another object uses their name. Always present.
        DuplicatesPresent = "DuplicatesPresent",
        /// `spec.suspend` is `true`, so no run starts. Always present.
        Suspended = "Suspended",
    }
}

vocabulary! {
    /// The reason of a condition.
    pub enum Reason {
        /// `Ready` is `True`: the last run succeeded, and the store is in sync with the directory.
        Synced = "Synced",
        /// `Ready` is `True`: as `Synced`, but `status.problems` or `status.duplicates` lists something that an
        /// administrator has to fix.
        SyncedWithProblems = "SyncedWithProblems",
        /// `Ready` is `True`: the last run was a preview. `status.plan` lists what would change.
        Previewed = "Previewed",
        /// `Ready` is `True` on a `Directory` or a `DashboardServer`: the last probe succeeded.
        ProbeSucceeded = "ProbeSucceeded",

        /// `Ready` is `Unknown` and `Reconciling` is `True`: no run of this spec generation has finished yet.
        Progressing = "Progressing",
        /// `Reconciling` is `True`: the last run or some of its writes failed. Another run follows by itself after
        /// `spec.retryInterval`. `Ready` states the cause.
        ProgressingWithRetry = "ProgressingWithRetry",
        /// `Reconciling` is `True`: the object waits for another object, which `Ready` names, and a change of that object
        /// starts a run. Or a run that is due has waited for its place for more than two minutes.
        Waiting = "Waiting",

        /// `Ready` is `False`: the run wrote a part of what it planned. The store refused some writes, or the run ended in
        /// the middle. The message states how far it came, `status.problems` lists what was refused, and the rest is tried
        /// again.
        PartiallySynced = "PartiallySynced",
        /// `Ready` and `Held` are `True`: changes are held for approval, because they exceed a limit or lack a proof.
        /// Everything else was applied. `status.plan` lists them and says how to approve them. If the directory shows no
        /// group at all although some are linked, `Ready` is `False` and `Stalled` is `True`.
        Held = "Held",
        /// `Held` is `False`: no changes are held.
        NothingHeld = "NothingHeld",

        /// The directory cannot be reached, has closed the connection, or is too busy to answer.
        DirectoryUnreachable = "DirectoryUnreachable",
        /// The TLS handshake with the directory failed, or its certificate is not trusted.
        DirectoryTlsFailed = "DirectoryTLSFailed",
        /// The directory did not answer a request in time.
        DirectoryTimedOut = "DirectoryTimedOut",
        /// The directory refused the bind account's credentials. They are not tried again before the Secret changes or
        /// half an hour has passed, so that the operator never locks the account.
        BindRefused = "BindRefused",
        /// The read is incomplete, because of a limit of the server, a referral inside the base, or a bound of this
        /// program. Nothing was changed, because an object that an incomplete read lacks may still exist.
        DirectoryReadIncomplete = "DirectoryReadIncomplete",
        /// The Directory's settings do not work with this server, for example a base that cannot be read, an attribute
        /// that does not exist, or a connection without TLS to a server that requires it.
        DirectoryMisconfigured = "DirectoryMisconfigured",
        /// The directory's answer violates the protocol or the schema.
        DirectoryAnswerMalformed = "DirectoryAnswerMalformed",
        /// The directory is not the one that the groups are linked to, or its directory id is unknown. Nothing was
        /// changed. `status.plan` says how to approve the release of the groups that are linked to the former directory.
        DirectoryChanged = "DirectoryChanged",
        /// The directory shows the id of the one to which another namespace's groups and accounts are linked in this store,
        /// and it is not known to be the same one. Nothing was changed. The message says how whoever owns the
        /// `DashboardServer` approves it, by an annotation of the `DashboardServer`.
        DirectoryIdClaimed = "DirectoryIDClaimed",

        /// The user store cannot be reached, or has closed the connection.
        StoreUnreachable = "StoreUnreachable",
        /// The TLS handshake with the database server failed, or its certificate is not trusted.
        StoreTlsFailed = "StoreTLSFailed",
        /// The store refused the credentials, or the account lacks a right.
        StoreAccessDenied = "StoreAccessDenied",
        /// The settings of the connection to the store do not work.
        StoreMisconfigured = "StoreMisconfigured",
        /// Another run, another operator or another session has kept the store's lock for minutes. The run is tried again
        /// until the lock is free.
        StoreBusy = "StoreBusy",
        /// The store has contradictory content, or refused the write as a whole.
        StoreUnexpected = "StoreUnexpected",
        /// The links between the store and the directory are missing or damaged. They are kept outside the store, because it
        /// cannot store them itself. Nothing was changed. Restore them, or confirm that there are none: the message says
        /// how.
        LinksLost = "LinksLost",
        /// The store is not the one that was synchronized before. Nothing was changed.
        StoreChanged = "StoreChanged",

        /// The `Directory` or `ClusterDirectory` in `spec.directoryRef` does not exist, or the operator does not use
        /// ClusterDirectories.
        DirectoryNotFound = "DirectoryNotFound",
        /// The `ClusterDirectory` in `spec.directoryRef` does not allow this namespace. Nothing was read and nothing was
        /// changed. The cluster's administrators allow namespaces in its `spec.allowedNamespaces`.
        NamespaceNotAllowed = "NamespaceNotAllowed",
        /// The `Directory` or `ClusterDirectory` in `spec.directoryRef` is not ready. Its own conditions state the cause.
        DirectoryNotReady = "DirectoryNotReady",
        /// The `DashboardServer` in `spec.dashboardServerRef` does not exist.
        DashboardServerNotFound = "DashboardServerNotFound",
        /// A referenced Secret does not exist.
        SecretNotFound = "SecretNotFound",
        /// A referenced `ConfigMap` does not exist.
        ConfigMapNotFound = "ConfigMapNotFound",
        /// A referenced Secret or `ConfigMap` does not have the key, or the key is empty.
        KeyNotFound = "KeyNotFound",
        /// The key of a Secret or a `ConfigMap` has unusable content, such as a certificate that cannot be read. The
        /// content is never shown.
        InvalidContent = "InvalidContent",
        /// The spec has an invalid value that the schema cannot detect, such as a filter that does not parse. The message
        /// names the field.
        InvalidSpec = "InvalidSpec",
        /// `spec.adoption` asks for something that the `DashboardServer` does not allow: its `spec.allowAdoption` is
        /// `false`. Nothing was changed.
        AdoptionNotAllowed = "AdoptionNotAllowed",
        /// A `Directory` or a `DashboardServer` names a host that is not in the operator's option `--allowed-hosts`. Nothing
        /// was connected to, and nothing was changed. The message names the field and the host.
        HostNotAllowed = "HostNotAllowed",

        /// The run took longer than `spec.timeout`.
        TimedOut = "TimedOut",
        /// The object is being deleted, and its store groups have to be deleted first, but the store cannot be used. Set
        /// `spec.deletionPolicy` to `Retain` to keep the groups and finish the deletion.
        DeletionBlocked = "DeletionBlocked",
        /// A request to the Kubernetes API that the run needs was refused or failed.
        KubernetesFailed = "KubernetesFailed",
        /// The program itself failed over the object. Other objects go on, and this one is tried again. The operator's log has
        /// the message.
        InternalError = "InternalError",

        /// `DuplicatesPresent` is `True`: `status.duplicates` lists them.
        DuplicatesFound = "DuplicatesFound",
        /// `DuplicatesPresent` is `False`.
        NoDuplicates = "NoDuplicates",
        /// `DuplicatesPresent` and `Held` are `Unknown`: no run has finished yet.
        NotRunYet = "NotRunYet",
        /// `Ready` keeps its status, because `spec.suspend` is `true`. The message repeats the result of the last run.
        Suspended = "Suspended",
        /// `Ready` keeps its status, because no run of this spec generation has been requested and `spec.trigger` is
        /// `Request`. The message repeats the result of the last run.
        WaitingForRequest = "WaitingForRequest",
        /// `Ready` of a `Directory` or `ClusterDirectory` keeps its status: its servers are not probed, because no
        /// `DirectoryGroupSync` refers to it, apart from suspended ones and those of namespaces that it does not allow.
        NotReferenced = "NotReferenced",
        /// `Suspended` is `True`.
        SuspendedBySpec = "SuspendedBySpec",
        /// `Suspended` is `False`.
        NotSuspended = "NotSuspended",
    }
}

/// The schema of `status.conditions`, with the bounds that the API machinery uses for conditions everywhere. The schema
/// of the crate has none.
pub(super) fn conditions(generator: &mut SchemaGenerator) -> Schema {
    let mut reason = word(generator);
    reason.insert("description".to_owned(), "The cause as one word of a documented list, for programs.".into());
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
                    "description": "The aspect: Ready, Reconciling, Stalled, Held, DuplicatesPresent or Suspended.",
                },
                "status": {
                    "type": "string",
                    "enum": ["True", "False", "Unknown"],
                    "description": "Whether it applies: True, False or Unknown.",
                },
                "observedGeneration": {
                    "type": "integer",
                    "format": "int64",
                    "minimum": 0,
                    "description": "The metadata.generation that the condition describes.",
                },
                "lastTransitionTime": {
                    "type": "string",
                    "format": "date-time",
                    "description": "When the status last changed.",
                },
                "reason": reason,
                "message": {
                    "type": "string",
                    "maxLength": MESSAGE_MAX_LENGTH,
                    "description": "The cause as a sentence, for people.",
                },
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Alerts filter on the text of a reason, so a text may be added but never changed. A variant's text is its own name,
    /// written as Kubernetes writes acronyms.
    #[test]
    fn texts_are_the_names_of_the_variants() {
        for reason in Reason::ALL {
            assert_eq!(reason.as_str().replace("TLS", "Tls").replace("ID", "Id"), format!("{reason:?}"));
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
