//! Where an entry stands, as hashes: distinguished names stay outside.

/// A hash of a distinguished name in its normal form: tells that two names are one, keeps no name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DnHash(pub [u8; 16]);

impl std::fmt::Debug for DnHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DnHash({:032x})", u128::from_be_bytes(self.0))
    }
}

/// Where an entry stood when it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The entry's own name.
    pub dn: DnHash,
    /// Its parent's name: another entry of the same parent is a witness that the parent can be read.
    pub parent: DnHash,
}
