//! When something may be removed: verdicts that carry their evidence.

pub(crate) mod absence;
pub(crate) mod emptiness;
pub mod group;
pub(crate) mod member;
pub mod server;
pub(crate) mod store;
