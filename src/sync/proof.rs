//! When something may be removed: what is known of an object, with its evidence.

pub(crate) mod absence;
pub(crate) mod emptiness;
pub mod group;
pub(crate) mod member;
