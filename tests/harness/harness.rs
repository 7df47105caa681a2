//! Real servers for the tests and the playground: PostgreSQL, OpenLDAP, 389 Directory Server, a Samba Active Directory
//! domain controller, Flask-AppBuilder, four SCIM servers, and a Kubernetes API server with its etcd. Each starts in a few
//! seconds at most, on a loopback address of its own, below one temporary folder. It is gone when its value is dropped or
//! this process ends, however it ends.
//!
//! No test is skipped: if a server is not installed, starting it panics with the command that installs it.
//!
//! A program includes it with `#[path = "../harness/harness.rs"] pub mod harness;`. Rust looks for the modules of a
//! file that is named by `#[path]` beside that file, so this one lies beside its modules.

#![allow(clippy::expect_used, clippy::panic, reason = "a server that does not start ends the test, with its log")]
#![allow(
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    reason = "as above; and what is shared is not a library"
)]
#![allow(clippy::unused_self, reason = "no caller needs to know that every server has the same password")]
#![allow(dead_code, unused_imports, reason = "each program that shares the harness uses a part of it")]

pub mod binary;
pub mod bold_bi;
mod caretaker;
pub mod certificates;
pub mod command;
pub mod contract;
pub mod directory_server_389;
pub mod double;
pub mod environment;
pub mod flask_app_builder;
pub mod folder;
pub mod grafana;
pub mod helm;
pub mod http;
pub mod http_faults;
pub mod image;
pub mod keycloak;
pub mod kubernetes;
pub mod ldap_tools;
pub mod link;
pub mod loopback;
pub mod measured;
pub mod naming_context;
pub mod node;
pub mod open_ldap;
pub mod postgres;
pub mod process;
pub mod samba;
pub mod scim_double;
pub mod scim_servers;
pub mod wait;

pub use bold_bi::BoldBi;
pub use certificates::Certificates;
pub use directory_server_389::DirectoryServer389;
pub use flask_app_builder::FlaskAppBuilder;
pub use grafana::Grafana;
pub use http_faults::HttpFaults;
pub use keycloak::Keycloak;
pub use kubernetes::KubernetesApi;
pub use link::Link;
pub use node::Node;
pub use open_ldap::OpenLdap;
pub use postgres::Postgres;
pub use process::Process;
pub use samba::SambaAd;
pub use scim_servers::ScimServer;
