//! The memory of this process, and what reads may use of it. A read keeps more of a larger directory or store, and no
//! bound on messages tells a huge one from a hostile one. So before the memory is full, and the kernel ends the whole
//! process, one read is ended: the one that has received most.
//!
//! Both ports share this, because their reads share the memory.

mod full;
mod limit;
mod reads;
mod watch;

pub use full::Full;
pub use limit::{limit, resident};
pub use watch::Watch;
