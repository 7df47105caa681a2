//! Whether the two sides belong together, asked before any rule of synchronization: the directory of the links and
//! who leads them, the store of the links, and the server that answered.

pub(crate) mod broken_links;
pub(crate) mod claim;
pub(crate) mod directory;
pub mod server;
pub mod stop;
pub(crate) mod store;
