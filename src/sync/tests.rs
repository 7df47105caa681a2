//! The rules as tables, one file for the rules that belong together, and what holds whatever the tables say.
//!
//! Rule 15 has no table: which groups are nested is for the read to say, the core meets their members.

mod account_clashes;
mod accounts;
mod arbitrary;
mod deletion;
mod difference;
mod disabled;
mod group_clashes;
mod hidden_members;
mod limits;
mod memberships;
pub(crate) mod model;
mod numbers;
mod ownership;
mod properties;
mod protection;
mod selection;
mod unused;
mod values;
