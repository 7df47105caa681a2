//! The tests that do I/O, in one program: a module each, and the servers of `tests/harness` for all of them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "these are tests")]
#![allow(clippy::format_push_string, clippy::needless_pass_by_value, reason = "texts are short, tables read better")]

#[path = "../harness/harness.rs"]
pub mod harness;

mod api_schema;
mod chart;
mod check_files;
mod cluster;
mod command_line;
mod company;
mod controller_bind_status;
mod controller_binding;
mod controller_busy_store;
mod controller_deletion;
mod controller_fail_over;
mod controller_hanging;
mod controller_lease;
mod controller_level;
mod controller_namespaced;
mod controller_outage;
mod controller_places;
mod controller_refused_status;
mod controller_shards;
mod controller_silent_api;
mod controller_silent_store;
mod controller_status;
mod controller_touched_secret;
mod controller_two_writers;
mod controller_waiting;
pub mod data_set;
mod directories;
mod documents;
mod empty_root;
mod entries;
mod examples;
mod fault_matrix;
mod file_faults;
mod harness_servers;
mod holds;
mod ldap_attack;
mod ldap_certificates;
mod ldap_cut;
mod ldap_directory_server_389;
mod ldap_fail_over;
mod ldap_faults;
mod ldap_files;
mod ldap_life;
mod ldap_open_ldap;
mod ldap_retcode;
mod ldap_samba;
mod ldap_scripted;
mod ldap_silence;
mod leavers_open_ldap;
mod life_active_directory;
mod life_directory_server_389;
mod life_open_ldap;
mod memory_server;
mod operator;
mod operator_pair;
mod postgres_proxy;
mod refused_binds;
mod reports;
mod scripted_ldap;
mod space;
mod sql_certificates;
mod sql_contract;
mod sql_postgres;
mod sql_sqlite;
mod store_content;
mod store_contract;
mod store_faults;
mod store_kill;
mod store_outside;
mod sync_files;
mod whole_run;
