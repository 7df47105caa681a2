//! Keeps the groups and accounts of a dashboard server equal to groups of a directory.

pub mod api;
pub mod directory;
pub mod manifest;
pub mod store;
pub mod sync;
