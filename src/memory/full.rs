//! What is said where the memory is full.

/// The memory is full, in octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("so much that {} of {} MiB of memory are used", used >> 20, limit >> 20)]
pub struct Full {
    /// What the process uses.
    pub used: u64,
    /// What it may use.
    pub limit: u64,
}
