//! Primary groups: a user's `primaryGroupID` makes it a member of a group that does not list it.

use std::collections::HashMap;

use crate::directory::schema::SecurityId;
use crate::sync::snapshot::UserIndex;

/// Who has which primary group.
#[derive(Debug, Default)]
pub(super) struct PrimaryGroups {
    members: HashMap<SecurityId, Vec<UserIndex>>,
    /// Groups that were read since they were last asked for.
    arrived: Vec<SecurityId>,
}

impl PrimaryGroups {
    pub(super) fn add_user(&mut self, user: UserIndex, group: SecurityId) {
        self.members.entry(group).or_default().push(user);
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
}
