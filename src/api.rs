//! The resources as they travel: wire types, their schema and the rules that the API server checks.
//!
//! Wire types are forgiving where the schema is strict. They ignore fields that they do not know, because an older
//! operator may read what a newer one's users wrote; the schema refuses such fields, because they are typing errors
//! when a person applies them. What a spec means is settled once, elsewhere; nothing here decides anything.

pub mod crd;
pub mod v1alpha1;

/// The API group of every kind.
pub const GROUP: &str = "directorysync.dev";

/// The annotation that asks for a run (on a `Directory` and a `DashboardServer`: a probe) now. Any new value does;
/// status echoes it as `lastHandledReconcileAt`.
pub const REQUESTED_AT_ANNOTATION: &str = "directorysync.dev/requestedAt";

/// The same under Flux's key, so that the habits and tools of its users work.
pub const FLUX_REQUESTED_AT_ANNOTATION: &str = "reconcile.fluxcd.io/requestedAt";

/// The annotation that approves exactly the held changes with this hash, and runs at once.
pub const APPROVE_ANNOTATION: &str = "directorysync.dev/approve";

/// The finalizer that a `DirectoryGroupSync` bears while its `deletionPolicy` is `Delete`.
pub const FINALIZER: &str = "directorysync.dev/finalizer";
