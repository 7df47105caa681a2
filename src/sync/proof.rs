//! When something may be removed: verdicts that carry their evidence.

pub(crate) mod group;
pub(crate) mod member;
