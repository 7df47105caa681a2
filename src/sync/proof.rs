//! When something may be removed: verdicts that carry their evidence.

pub mod group;
pub(crate) mod member;
pub mod server;
