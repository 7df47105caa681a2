//! Primary groups: an attribute of a user makes it a member of a group that does not list it.

use std::collections::HashMap;

use crate::directory::schema::{PrimaryGroupId, ShownPrimary};
use crate::sync::snapshot::{DirectoryUser, UnresolvedValue, UserIndex};

/// The primary groups of users.
#[derive(Debug, Default)]
pub(super) struct PrimaryGroups {
    members: HashMap<PrimaryGroupId, Vec<UserIndex>>,
    /// Users that have a primary group and do not show which.
    hidden: Vec<UnresolvedValue>,
    /// Groups that were read since [`Self::take_new`] was last called.
    new: Vec<PrimaryGroupId>,
    /// The server shows no user's primary group.
    shows_none: bool,
    /// What is not shown does not exist.
    proves_absence: bool,
}

/// The users whose primary group a group is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PrimaryMembers<'a> {
    /// Those that show it.
    pub(super) members: &'a [UserIndex],
    /// Users who may be members too.
    pub(super) doubtful: &'a [UnresolvedValue],
    /// Any user may be a member too.
    pub(super) concealed: bool,
}

/// The most users that hide their primary group and are listed one by one, in every group.
const MOST_HIDDEN: usize = 100;

impl PrimaryGroups {
    pub(super) fn add_user(&mut self, index: UserIndex, user: &DirectoryUser, dn: &str, group: ShownPrimary) {
        match group {
            ShownPrimary::Id(group) => self.members.entry(group).or_default().push(index),
            ShownPrimary::Hidden => {
                self.hidden.push(UnresolvedValue::new(Some(user.id), Some(user.place.dn), dn.into()));
            }
            ShownPrimary::None => {}
        }
    }

    /// Notes that a file has everything, so that a user without a primary group in it has none.
    pub(super) fn believe_absence(&mut self) {
        self.hidden.clear();
        self.proves_absence = true;
    }

    /// Notes that users have primary groups and that none of them shows it.
    pub(super) const fn note_hidden(&mut self) {
        self.shows_none = true;
    }

    /// Whether any user shows one.
    pub(super) fn shows_some(&self) -> bool {
        !self.members.is_empty()
    }

    pub(super) fn add_group(&mut self, group: ShownPrimary) {
        if let ShownPrimary::Id(group) = group {
            self.new.push(group);
        }
    }

    /// The groups that were read since the last call.
    pub(super) fn take_new(&mut self) -> Vec<PrimaryGroupId> {
        std::mem::take(&mut self.new)
    }

    /// The users whose primary group this is. In Active Directory nearly every user is in `Domain Users`, so users that
    /// hide their primary group are taken for possible members of that group only. A POSIX account may be in any.
    pub(super) fn members_of(&self, group: ShownPrimary) -> PrimaryMembers<'_> {
        let id = match group {
            ShownPrimary::None => return PrimaryMembers::default(),
            ShownPrimary::Hidden => {
                return PrimaryMembers { concealed: !self.proves_absence, ..PrimaryMembers::default() };
            }
            ShownPrimary::Id(id) => id,
        };
        let members = self.members.get(&id).map_or(&[][..], Vec::as_slice);
        match id {
            PrimaryGroupId::Sid(_) => {
                let doubtful = if id.is_of_nearly_every_user() { self.hidden.as_slice() } else { &[] };
                PrimaryMembers { members, doubtful, concealed: false }
            }
            PrimaryGroupId::GidNumber(_) => {
                let hidden = self.hidden.as_slice();
                let concealed =
                    self.shows_none || hidden.len() > MOST_HIDDEN || (!hidden.is_empty() && !self.shows_some());
                PrimaryMembers { members, doubtful: if concealed { &[] } else { hidden }, concealed }
            }
        }
    }
}
