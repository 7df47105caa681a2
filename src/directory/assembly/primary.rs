//! Primary groups: a user's `primaryGroupID` makes it a member of a group that does not list it.

use std::collections::HashMap;

use crate::directory::schema::SecurityId;
use crate::sync::snapshot::{DirectoryUser, UnreadMember, UserIndex};

/// Who has which primary group.
#[derive(Debug, Default)]
pub(super) struct PrimaryGroups {
    members: HashMap<SecurityId, Vec<UserIndex>>,
    /// Users that have one and hide it.
    hidden: Vec<UnreadMember>,
    /// Groups that were read since they were last asked for.
    arrived: Vec<SecurityId>,
}

impl PrimaryGroups {
    pub(super) fn add_user(&mut self, user: UserIndex, group: SecurityId) {
        self.members.entry(group).or_default().push(user);
    }

    pub(super) fn add_hidden(&mut self, user: &DirectoryUser, dn: &str) {
        self.hidden.push(UnreadMember::new(Some(user.id), Some(user.place.dn), dn.into()));
    }

    /// In a file that has everything, who shows no primary group has none.
    pub(super) fn believe_absence(&mut self) {
        self.hidden.clear();
    }

    pub(super) fn add_group(&mut self, group: SecurityId) {
        self.arrived.push(group);
    }

    pub(super) fn arrivals(&mut self) -> Vec<SecurityId> {
        std::mem::take(&mut self.arrived)
    }

    pub(super) fn members(&self, group: SecurityId) -> &[UserIndex] {
        self.members.get(&group).map_or(&[], Vec::as_slice)
    }

    /// Who may be a member of this group, as far as anybody can see: nearly everybody is in `Domain Users`, and who hides
    /// the primary group is hardly in any other.
    pub(super) fn doubtful(&self, group: SecurityId) -> &[UnreadMember] {
        if group.is_domain_users() { &self.hidden } else { &[] }
    }
}
