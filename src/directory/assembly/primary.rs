//! Primary groups: an attribute of a user makes it a member of a group that does not list it.

use std::collections::HashMap;

use crate::directory::schema::{PrimaryGroupId, ShownPrimary};
use crate::sync::snapshot::{DirectoryUser, UnresolvedValue, UserIndex};

/// Who has which primary group.
#[derive(Debug, Default)]
pub(super) struct PrimaryGroups {
    members: HashMap<PrimaryGroupId, Vec<UserIndex>>,
    /// Users that have one and hide it.
    hidden: Vec<UnresolvedValue>,
    /// Groups that were read since they were last asked for.
    arrived: Vec<PrimaryGroupId>,
    /// The server shows nobody's.
    shows_none: bool,
    /// What is not shown is not there.
    proves_absence: bool,
}

/// Whose primary group a group is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PrimaryMembers<'a> {
    /// As far as it is shown.
    pub(super) members: &'a [UserIndex],
    /// Who may be one too.
    pub(super) doubtful: &'a [UnresolvedValue],
    /// Anybody may be one too.
    pub(super) concealed: bool,
}

/// How many users that hide their primary group are named one by one, in every group.
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

    /// In a file that has everything, who shows no primary group has none.
    pub(super) fn believe_absence(&mut self) {
        self.hidden.clear();
        self.proves_absence = true;
    }

    /// Says that users have primary groups and none of them shows it.
    pub(super) const fn note_hidden(&mut self) {
        self.shows_none = true;
    }

    /// Whether any user shows one.
    pub(super) fn shows_some(&self) -> bool {
        !self.members.is_empty()
    }

    pub(super) fn add_group(&mut self, group: ShownPrimary) {
        if let ShownPrimary::Id(group) = group {
            self.arrived.push(group);
        }
    }

    pub(super) fn arrivals(&mut self) -> Vec<PrimaryGroupId> {
        std::mem::take(&mut self.arrived)
    }

    /// Whose primary group this is. Of Active Directory's groups nearly everybody is in `Domain Users`, and who hides the
    /// primary group is hardly in any other; a POSIX account may have any.
    pub(super) fn of(&self, group: ShownPrimary) -> PrimaryMembers<'_> {
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
                let doubtful = if id.is_nearly_everybodys() { self.hidden.as_slice() } else { &[] };
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
