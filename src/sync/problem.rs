//! What an administrator must fix in the spec, the directory or the store.

/// The documented kinds of problems. The name of a variant is its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    /// A value that the store cannot hold, or that a store needs and the directory does not have.
    Invalid,
    /// A selector that selects nothing, or members outside the users' base or filter.
    NotFound,
    /// Members whose entries cannot be read: their memberships stay.
    Unresolved,
    /// A linked group that is found nowhere: kept with its members.
    Missing,
    /// An entry that exists and hides what is needed.
    Unreadable,
    /// A linked object that no longer has a name that was last written.
    Broken,
    /// An object that may or may not be ours.
    Ambiguous,
    /// A group or account that belongs to the server's administrators.
    Protected,
    /// A name that the account of a former user holds.
    HeldByFormerUser,
    /// A group that another sync owns.
    OwnedElsewhere,
    /// A role that the dashboard server does not have.
    RoleNotFound,
    /// A role that the DashboardServer does not allow to be given.
    RoleNotGranted,
}

impl ProblemKind {
    /// The kind as status prints it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "Invalid",
            Self::NotFound => "NotFound",
            Self::Unresolved => "Unresolved",
            Self::Missing => "Missing",
            Self::Unreadable => "Unreadable",
            Self::Broken => "Broken",
            Self::Ambiguous => "Ambiguous",
            Self::Protected => "Protected",
            Self::HeldByFormerUser => "HeldByFormerUser",
            Self::OwnedElsewhere => "OwnedElsewhere",
            Self::RoleNotFound => "RoleNotFound",
            Self::RoleNotGranted => "RoleNotGranted",
        }
    }
}

/// One problem. Its message names the object and tells what to do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The group it concerns, or the selector's key; empty where it concerns none.
    pub group: String,
    /// Its kind.
    pub kind: ProblemKind,
    /// What was found and how to fix it.
    pub message: String,
}

/// Which name a duplicate needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DuplicateReason {
    /// A group's name.
    GroupName,
    /// An account's username.
    Username,
    /// An account's e-mail.
    Email,
}

impl DuplicateReason {
    /// The reason as status prints it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GroupName => "GroupName",
            Self::Username => "Username",
            Self::Email => "Email",
        }
    }
}

/// A directory group or user that is not written because its name is in use.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duplicate {
    /// Which name it is.
    pub reason: DuplicateReason,
    /// The name that it needs.
    pub name: String,
    /// The external id of the group or user that needs it.
    pub external_id: String,
    /// The object that uses the name or needs it too, in words.
    pub conflicts_with: String,
    /// The group or user that needs it, in words.
    pub needed_by: String,
    /// What to do, in words.
    pub remedy: String,
    /// The account of a former user holds it: no user inherits that account.
    pub former_user: bool,
}

impl Duplicate {
    /// What it conflicts with, what needs the name, and what to do.
    #[must_use]
    pub fn sentence(&self) -> String {
        let Self { conflicts_with, needed_by, remedy, .. } = self;
        let said = [conflicts_with.clone(), format!("needed by {needed_by}"), remedy.clone()];
        let said: Vec<String> = said.into_iter().filter(|part| !part.is_empty() && part != "needed by ").collect();
        said.join("; ")
    }
}
