//! How large a data set is.

use std::fmt;

/// How many of each there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Groups.
    pub groups: u32,
    /// Users; each is in some group if there are memberships enough.
    pub users: u32,
    /// Memberships, of all groups together.
    pub memberships: u32,
}

impl Size {
    /// One tenth of each.
    #[must_use]
    pub const fn tenth(self) -> Self {
        Self { groups: self.groups / 10, users: self.users / 10, memberships: self.memberships / 10 }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} groups, {} users, {} memberships", self.groups, self.users, self.memberships)
    }
}
