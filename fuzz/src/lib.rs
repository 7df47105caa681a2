//! What the fuzz targets share: the modules of the program that read what others write, and a watch over their memory.
//!
//! `ber`, `directory`, `memory`, `sync`, `tls` and `traffic` are links to the program's own source, compiled here without the rest of it: they use
//! nothing else (`tests/architecture`), and the rest takes minutes to build.

#![allow(dead_code, unused_imports, reason = "the rest of the program uses it")]

mod allocation;
mod ber;
pub mod directory;
mod memory;
pub mod sync;
pub mod tls;
mod traffic;

pub use allocation::bounded;
