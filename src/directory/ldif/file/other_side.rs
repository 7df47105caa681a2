//! The other side of a membership in a file: `memberOf` of an entry may name a group that shows no members, because the
//! account that exported the file may not read them.

use std::collections::{BTreeMap, HashSet};

use super::{File, Sighting};
use crate::directory::dn::Hasher;
use crate::sync::identity::ExternalId;
use crate::sync::snapshot::{DnHash, MemberOf};

/// What a server keeps of memberships on the members' entries: the back link of `member` in Active Directory (MS-ADTS
/// section 3.1.1.1.6), elsewhere slapo-memberof(5) or the plugin of 389 Directory Server and FreeIPA.
const MEMBER_OF: &str = "memberof";

impl File {
    /// What the entries say of groups that show no members. All of them are in the file, so a group that none names is
    /// empty.
    pub(in super::super) fn member_of(&self, without_members: &[ExternalId]) -> BTreeMap<ExternalId, MemberOf> {
        if without_members.is_empty() {
            return BTreeMap::new();
        }
        let claimed = self.claimed();
        let side = |id: &ExternalId| match self.find(*id) {
            Sighting::Entry(group) if claimed.contains(&group.dn.hash()) => MemberOf::NamedByUser,
            Sighting::Entry(_) => MemberOf::NamedByNobody,
            Sighting::Broken | Sighting::Tombstone | Sighting::NotInFile | Sighting::Nowhere => MemberOf::Unanswerable,
        };
        without_members.iter().map(|id| (*id, side(id))).collect()
    }

    fn claimed(&self) -> HashSet<DnHash> {
        let mut hasher = Hasher::default();
        let entries = self.entries.iter().map(|it| &it.entry).chain(self.broken.iter().map(|it| &it.entry));
        let values = entries.flat_map(|entry| entry.values(MEMBER_OF));
        values.filter_map(|value| hasher.hash(std::str::from_utf8(value).ok()?).ok()).collect()
    }
}
