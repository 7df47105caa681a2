//! Real servers for the tests and the playground: PostgreSQL, OpenLDAP, 389 Directory Server, a Samba Active Directory
//! domain controller, and a Kubernetes API server with its etcd. Each starts in a fraction of a second to a few seconds, on a loopback address
//! of its own, below one temporary folder, and is gone when its value is dropped or this process ends, however it ends.
//!
//! Nothing is skipped: where a server is not installed, starting it panics with the command that installs it.
//!
//! A program takes the harness with `#[path = "../harness.rs"] pub mod harness;`. Rust looks for the modules of a file
//! that was named by `#[path]` beside it and not in the folder of its name, hence the paths below.

#![allow(clippy::expect_used, clippy::panic, reason = "a server that does not start ends the test, with its log")]
#![allow(
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    reason = "as above; and what is shared is not a library"
)]
#![allow(clippy::unused_self, reason = "that every server has the same password is no caller's business")]
#![allow(dead_code, unused_imports, reason = "each program that shares the harness uses a part of it")]

#[path = "harness/binary.rs"]
pub mod binary;
#[path = "harness/caretaker.rs"]
mod caretaker;
#[path = "harness/certificates.rs"]
pub mod certificates;
#[path = "harness/command.rs"]
pub mod command;
#[path = "harness/directory_server_389.rs"]
pub mod directory_server_389;
#[path = "harness/environment.rs"]
pub mod environment;
#[path = "harness/folder.rs"]
pub mod folder;
#[path = "harness/helm.rs"]
pub mod helm;
#[path = "harness/kubernetes.rs"]
pub mod kubernetes;
#[path = "harness/ldap_tools.rs"]
pub mod ldap_tools;
#[path = "harness/loopback.rs"]
pub mod loopback;
#[path = "harness/measured.rs"]
pub mod measured;
#[path = "harness/naming_context.rs"]
pub mod naming_context;
#[path = "harness/open_ldap.rs"]
pub mod open_ldap;
#[path = "harness/postgres.rs"]
pub mod postgres;
#[path = "harness/process.rs"]
pub mod process;
#[path = "harness/samba.rs"]
pub mod samba;
#[path = "harness/wait.rs"]
pub mod wait;

pub use certificates::Certificates;
pub use directory_server_389::DirectoryServer389;
pub use kubernetes::KubernetesApi;
pub use open_ldap::OpenLdap;
pub use postgres::Postgres;
pub use process::Process;
pub use samba::SambaAd;
