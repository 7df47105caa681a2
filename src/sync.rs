//! The pure core: decisions as functions of values. No I/O, no clock, no randomness, no async.
//!
//! ```text
//! Snapshot (directory) ─┐
//! Found (store) ────────┼─ planning::plan ─> Planned { Plan, problems, numbers }
//! Policy, now ──────────┘
//! ```
//!
//! A rule of synchronization is a function with its name: `wanted` says what the directory asks for, `proof` when
//! something may be removed, `matching` which store object a directory object is, `plan` what changes and in which
//! order, `limits` how much, `hold` what of it waits for a person, `outcome` what it came to.

pub mod escape;
pub mod farewell;
pub mod fold;
pub mod form;
pub mod found;
pub mod hold;
pub mod identity;
mod index;
pub mod known;
pub mod limits;
pub mod link;
mod matching;
pub mod outcome;
pub mod plan;
pub mod planning;
pub mod policy;
pub mod problem;
pub mod proof;
pub mod recognition;
#[cfg(test)]
mod scenario;
mod scene;
pub mod snapshot;
pub mod store_id;
#[cfg(test)]
mod tests;
pub mod tie;
pub mod values;
pub mod wanted;
pub mod wording;
