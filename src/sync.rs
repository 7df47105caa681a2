//! The pure core: decisions as functions of values. No I/O, no clock, no randomness, no async.

pub mod fold;
pub mod form;
pub mod found;
pub mod identity;
pub mod link;
pub mod plan;
pub mod snapshot;
