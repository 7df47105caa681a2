//! Reads the sources, and holds what they promise of each other: which module may use which, that no files import each
//! other in a circle, and that every rule of `docs/rules.md` is cited where it is applied and where it is tested.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

mod arrows;
mod circles;
mod imports;
mod paths;
mod rules;
mod sources;
