//! The tests that do I/O, in one program: a module each, and the servers of `tests/harness` for all of them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "these are tests")]

#[path = "../harness.rs"]
pub mod harness;

mod api_schema;
mod chart;
pub mod data_set;
mod directories;
mod documents;
mod examples;
mod harness_servers;
mod ldap_open_ldap;
mod ldap_samba;
mod ldap_scripted;
mod life_open_ldap;
mod scripted_ldap;
mod sql_postgres;
mod sql_sqlite;
mod store_contract;
