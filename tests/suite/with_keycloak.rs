//! The tests that need a real Keycloak, in one program: `hack/keycloak test` runs it. It is one of its own because `cargo test`
//! runs everything in the other.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "these are tests")]
#![allow(clippy::format_push_string, clippy::needless_pass_by_value, reason = "texts are short, tables read better")]

#[path = "../harness/harness.rs"]
pub mod harness;

#[allow(dead_code, reason = "it uses a part of what the suite needs")]
mod company;
mod keycloak;
#[allow(dead_code, unused_imports, reason = "as above")]
mod memory_server;
#[allow(dead_code, reason = "as above")]
mod program;
#[allow(dead_code, unused_imports, unused_macros, reason = "as above")]
mod store_contract;
