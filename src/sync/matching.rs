//! Which store object a directory object is: linked, new, adopted, or refused with the reason.

pub(crate) mod accounts;
pub(crate) mod groups;
pub(crate) mod names;
