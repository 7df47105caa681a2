//! Keeps the groups and accounts of a dashboard server equal to groups in Active Directory or another LDAP directory.
//!
//! # The map, in reading order
//!
//! | module | what it is for |
//! |---|---|
//! | [`api`] | the resources that people write, as they travel: wire types only |
//! | [`sync`] | the pure core: from two complete reads and a policy to a plan; every rule is a function |
//! | [`directory`] | the port to a directory, and its adapters: LDAP servers and LDIF files |
//! | [`store`] | the port to a dashboard server's user store, and its adapters: SQL databases |
//! | [`tls`] | what both ports have of TLS: whose certificates are trusted, and what a refusal means |
//! | `ber` | what LDAP and certificates share: elements of the Basic Encoding Rules |
//! | [`run`] | the one run: resolve, read, plan, apply, report |
//! | [`manifest`] | resources from YAML files, held to what the API server would hold them to |
//! | [`controller`] | the operator: when to run, and what to say of it |
//! | [`standalone`] | `sync -f` and `check -f`: a run with no cluster |
//! | [`runtime`] | what belongs to the process: clock, logs, the wish to end |
//! | [`cli`] | the command line |
//!
//! # Invariants
//!
//! 1. Error is never absence: a partial read has no value. Only a complete [`sync::snapshot::Snapshot`] exists, and
//!    only proof removes.
//! 2. `sync` is pure: no I/O, no clock, no randomness, no async; it names no directory, store or cluster type.
//! 3. `sync` and `api` name neither each other nor anything above; `directory` and `store` name `sync`, `tls` and `ber` alone;
//!    `run` brings them together; `standalone` and the controller are shells around `run`.
//! 4. Only `directory/ldap` names `ldap3`, only `store/sql` names `sqlx`, only `tls` names `rustls`.
//! 5. Only [`runtime::clock`] reads the clock; everything else is given the time.
//!
//! 6. No files import each other in a circle, and no folders do.
//!
//! `tests/architecture` holds 2 to 6 by reading the sources.

pub mod api;
mod ber;
pub mod cli;
pub mod controller;
pub mod directory;
pub mod manifest;
pub mod run;
pub mod runtime;
pub mod standalone;
pub mod store;
pub mod sync;
pub mod tls;
