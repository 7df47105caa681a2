//! What the directory says should be in the store.

pub(crate) mod selection;
pub(crate) mod state;
