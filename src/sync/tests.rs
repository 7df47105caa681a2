//! The rules as tables, one file for the rules that belong together, and what holds whatever the tables say.

mod account_clashes;
mod accounts;
mod arbitrary;
mod changed_directory;
mod changed_store;
mod deletion;
mod difference;
mod disabled;
mod group_clashes;
mod hidden_members;
mod history;
mod holds;
mod limits;
mod memberships;
pub(crate) mod model;
mod nesting;
mod numbers;
mod ownership;
mod properties;
mod protection;
mod selection;
mod servers;
mod unused;
mod values;
