//! What the directory says should be in the store.

pub mod nesting;
pub(crate) mod selection;
pub(crate) mod state;
