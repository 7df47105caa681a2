//! One entry as a directory sent it: a name and attributes whose values are octets.

use std::collections::BTreeMap;

/// An entry. Attribute names are lower case and without options (`;range=` is dealt with before), values in the order
/// in which the directory sent them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    /// The distinguished name as the directory wrote it.
    pub dn: String,
    /// The attributes that were read; one that is absent or hidden has no key.
    pub attributes: BTreeMap<String, Vec<Vec<u8>>>,
}
