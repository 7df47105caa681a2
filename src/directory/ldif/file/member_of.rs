//! `memberOf` in a file: it may name a group that shows no members, because the account that exported the file could
//! not read them. Rule `emptied-group`.

use std::collections::{BTreeMap, HashSet};

use super::{File, Sighting};
use crate::directory::dn::Hasher;
use crate::sync::identity::ExternalId;
use crate::sync::snapshot::{DnHash, MemberOf};

/// The attribute of members with their groups: the back link of `member` in Active Directory (MS-ADTS section
/// 3.1.1.1.6), elsewhere set by slapo-memberof(5) or by a plugin of 389 Directory Server and FreeIPA.
const MEMBER_OF: &str = "memberof";

impl File {
    /// What `memberOf` of all entries says of groups that show no members.
    pub(in super::super) fn member_of(&self, without_members: &[ExternalId]) -> BTreeMap<ExternalId, MemberOf> {
        if without_members.is_empty() {
            return BTreeMap::new();
        }
        let named = self.groups_that_entries_name();
        let answer = |id: &ExternalId| match self.find(*id) {
            Sighting::Entry(group) if named.contains(&group.dn.hash()) => MemberOf::NamedByUser,
            Sighting::Entry(_) => MemberOf::NamedByNobody,
            Sighting::Broken | Sighting::Tombstone | Sighting::NotInFile | Sighting::Nowhere => MemberOf::Unanswerable,
        };
        without_members.iter().map(|id| (*id, answer(id))).collect()
    }

    fn groups_that_entries_name(&self) -> HashSet<DnHash> {
        let mut hasher = Hasher::default();
        let entries = self.entries.iter().map(|it| &it.entry).chain(self.broken.iter().map(|it| &it.entry));
        let values = entries.flat_map(|entry| entry.values(MEMBER_OF));
        values.filter_map(|value| hasher.hash(std::str::from_utf8(value).ok()?).ok()).collect()
    }
}
