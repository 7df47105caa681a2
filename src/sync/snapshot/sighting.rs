//! What look-ups find.

use super::group::DirectoryGroup;
use super::place::DnHash;
use super::user::UserIndex;

/// What a located member is called now, by which a member value may name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// The hash of its distinguished name.
    pub dn: DnHash,
    /// Its `uid` values, folded, where member values may be such.
    pub uids: Vec<Box<str>>,
}

/// What a look-up by external id across the whole directory, deleted objects included, found of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupSighting {
    /// It exists and can be read: it moved, or no longer matches.
    Found(Box<DirectoryGroup>),
    /// It exists and shows nothing: a permission problem.
    Unreadable,
    /// Its tombstone.
    Deleted,
    /// It is absent from a file that has everything.
    NotInFile,
    /// Found nowhere, which is not proof.
    Nowhere,
}

/// What a look-up by external id found of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberSighting {
    /// A user in scope, appended to [`super::Snapshot::users`].
    User(UserIndex),
    /// A readable user outside the users' base or filter: not a member.
    OutOfScope,
    /// Readable, and not a user: ignored.
    NotAUser,
    /// It stands for a user of another directory, which only that directory can show.
    Foreign,
    /// It exists and shows nothing.
    Unreadable,
    /// Its tombstone.
    Deleted,
    /// It is absent from a file that has everything.
    NotInFile,
    /// Found nowhere, which is not proof.
    Nowhere,
}

/// What `memberOf` of users says of a group that shows no members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberOf {
    /// Some user names it: the group has members and hides them.
    NamedByUser,
    /// No user names it, and the same server shows a `memberOf` on a member of another group.
    NamedByNobody,
    /// It cannot be asked: no member of another group shows a `memberOf`.
    Unanswerable,
}

impl GroupSighting {
    /// The group, if it could be read.
    #[must_use]
    pub fn found(&self) -> Option<&DirectoryGroup> {
        match self {
            Self::Found(group) => Some(group),
            Self::Unreadable | Self::Deleted | Self::NotInFile | Self::Nowhere => None,
        }
    }

    /// The group, if it could be read, to be changed.
    pub fn found_mut(&mut self) -> Option<&mut DirectoryGroup> {
        match self {
            Self::Found(group) => Some(group),
            Self::Unreadable | Self::Deleted | Self::NotInFile | Self::Nowhere => None,
        }
    }
}
