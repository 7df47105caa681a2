//! A version of the API.

/// A version of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    V5,
    V4,
}

impl Version {
    /// Its part of a path, which is also its name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::V5 => "v5.0",
            Self::V4 => "v4.0",
        }
    }
}
