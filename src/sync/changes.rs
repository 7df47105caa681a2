//! What changes in the store so that it becomes what the directory asks for, kind by kind.

pub(crate) mod accounts;
pub(crate) mod attributes;
pub(crate) mod group_work;
pub(crate) mod groups;
mod matched;
pub(crate) mod memberships;
mod rename_order;
pub(crate) mod roles;
mod temporary_names;
pub(crate) mod unused;
pub(crate) mod uses;
