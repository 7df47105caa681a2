//! `Directory`: a directory to read groups and users from, and what is known of its servers.

pub mod ldap;
pub mod ldif;
pub mod scope;
pub mod spec;
pub mod status;

pub use ldap::Ldap;
pub use ldif::Ldif;
pub use scope::{GroupScope, UserScope};
pub use spec::{Directory, DirectorySchema, DirectorySpec};
pub use status::DirectoryStatus;
