//! The resources as they are transmitted: wire types, their schema, and the rules that the API server checks.
//!
//! Wire types accept more than the schema does. They ignore unknown fields, because an older operator may read objects that
//! were written for a newer one. The schema refuses unknown fields, because they are typing errors when an administrator
//! applies them. The meaning of a spec is decided elsewhere, in one place.

pub mod crd;
pub mod v1alpha1;

/// The API group of every kind.
pub const GROUP: &str = "directorysync.dev";

/// The annotation that requests a run now, or a probe of a `Directory` or a `DashboardServer`. Any new value is a request.
/// Status repeats it as `lastHandledReconcileAt`.
pub const REQUESTED_AT_ANNOTATION: &str = "directorysync.dev/requestedAt";

/// The same with Flux's key, so that Flux's tools work.
pub const FLUX_REQUESTED_AT_ANNOTATION: &str = "reconcile.fluxcd.io/requestedAt";

/// The annotation that approves exactly the held changes with this hash, and starts a run at once.
pub const APPROVE_ANNOTATION: &str = "directorysync.dev/approve";

/// The annotation on a `DashboardServer` that gives up links which are lost, by their id. The next run starts without them.
pub const NEW_LINKS_ANNOTATION: &str = "directorysync.dev/new-links";

/// The finalizer of a `DirectoryGroupSync` whose `deletionPolicy` is `Delete`.
pub const FINALIZER: &str = "directorysync.dev/finalizer";
