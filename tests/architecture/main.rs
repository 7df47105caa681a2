//! Reads the sources, and holds what they promise of each other: which module may use which, and that no files import
//! each other in a circle.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

mod arrows;
mod circles;
mod imports;
mod paths;
mod sources;
