//! What all dashboard servers with an API have in common: the client, the lowering of a plan into calls, and links that
//! are kept outside the server and written ahead. An adapter says how its server spells it ([`Server`]).
//!
//! ```text
//! plan ──lower──▶ batches of steps ──course──▶ calls ──adapter──▶ requests
//!                                     │
//!                                     └─ before each batch: what is about to be created or renamed, into the book;
//!                                        after it: the ids that the server gave
//! ```
//!
//! A run may end between any two calls, or lose an answer. So what is about to be created has a mark, which the server
//! shows and the book knows: the next run finds the object by it. An object without its mark is nobody's.

mod call;
mod course;
mod entries;
pub mod http;
mod lowering;
mod password;
mod server;
mod store;
mod turns;

pub use self::call::{Call, CallFailure, Done, Members};
pub use self::password::unknown_password;
pub use self::server::{Listing, MARK, PARKED, Server};
pub use self::store::RemoteStore;
