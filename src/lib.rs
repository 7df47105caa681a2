//! Keeps a dashboard server's groups and accounts in sync with groups in Active Directory or another LDAP directory.
//!
//! Words and rules: `docs/rules.md`. One membership, followed from the directory to a row of the store:
//! `docs/internals/walk.md`. Where a change goes: `docs/internals/changes.md`.
//!
//! # The map, in reading order
//!
//! | module | what it is for |
//! |---|---|
//! | [`api`] | the resources that people write, as they travel: wire types only |
//! | [`sync`] | the pure core: from two complete reads and a policy to a plan; every rule is a function |
//! | [`directory`] | the port to a directory, and its adapters: LDAP servers and LDIF files |
//! | [`store`] | the port to a dashboard server's user store, and its adapters: SQL databases, Superset, Bold BI, SCIM; what servers with an API have in common |
//! | [`tls`] | what both ports need of TLS: which certificates are trusted, and what a refusal means |
//! | [`memory`] | what both ports share: the memory of the process, and which read is ended when it is full |
//! | [`traffic`] | what both ports share: what is counted of the requests to a server |
//! | `ber` | what LDAP and certificates share: elements of the Basic Encoding Rules |
//! | [`run`] | one run: resolve, read, plan, apply, report |
//! | [`manifest`] | resources from YAML files, validated as the API server would validate them |
//! | [`controller`] | the operator: when to run, and what to report |
//! | [`standalone`] | `sync -f` and `check -f`: a run without a cluster |
//! | [`runtime`] | what belongs to the process: clock, logs, shutdown |
//! | [`cli`] | the command line |
//!
//! # Invariants
//!
//! 1. Rule `error-is-never-absence`: a partial read has no value. Only a complete [`sync::snapshot::Snapshot`] exists, and
//!    a removal needs evidence.
//! 2. `sync` is pure: no I/O, no clock, no randomness, no async. It names no type of a directory, a store or a cluster.
//! 3. `sync` and `api` name neither each other nor anything above them. `directory` and `store` name only `sync`, `tls`,
//!    `memory`, `traffic` and `ber`. `run` brings them together. `standalone` and `controller` are the two hosts around `run`.
//! 4. Only `directory/ldap` names `ldap3`, only `store/sql` names `sqlx`, only `store/remote` names `reqwest`, only `tls`
//!    names `rustls`.
//! 5. Only [`runtime::clock`] reads the time of day. Everything else is given it. `Instant` measures durations and
//!    deadlines, outside `sync`.
//! 6. No files import each other in a circle, and no folders do.
//!
//! `tests/architecture` enforces 2 to 6 by reading the sources.

pub mod api;
mod ber;
pub mod cli;
pub mod controller;
pub mod directory;
pub mod manifest;
pub mod memory;
pub mod run;
pub mod runtime;
pub mod standalone;
pub mod store;
pub mod sync;
pub mod tls;
pub mod traffic;
