//! The pure core: decisions as functions of values. No I/O, no clock, no randomness, no async.
//!
//! ```text
//! Snapshot (directory) ─┐
//! Found (store) ────────┼─ planning::plan ─> Planned { Plan, problems, numbers }
//! Policy, now ──────────┘
//! ```
//!
//! [`planning::plan`] lists the rules in their order. A rule is a function with its name: `pairing` says whether the
//! two sides belong together, `wanted` what the directory asks for, `proof` when something may be removed, `matching`
//! which store object a directory object is, `changes` what changes, `limits` how much of it may be written unasked,
//! `hold` what waits for an approval, `outcome` and `counts` what a run says of it.

pub mod ability;
pub mod approval;
mod changes;
pub mod claim;
pub mod cleanup;
mod context;
pub mod counts;
pub(crate) mod digest;
pub mod escape;
pub mod fold;
pub mod form;
pub mod found;
pub mod hold;
pub mod identity;
mod index;
mod kept_group;
pub mod known;
pub mod limits;
pub mod link;
mod link_names;
pub mod look_alike;
mod matching;
mod naming;
pub mod outcome;
mod ownership;
pub mod pairing;
pub mod plan;
pub mod planning;
pub mod policy;
pub mod problem;
pub mod proof;
mod protection;
pub mod recognition;
pub mod role;
#[cfg(test)]
mod scenario;
pub mod snapshot;
pub mod store_id;
#[cfg(test)]
mod tests;
pub mod tie;
pub mod values;
pub mod wanted;
mod withheld;
mod witnesses;
pub mod wording;
