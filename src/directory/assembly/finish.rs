//! From an assembly to a snapshot.

use std::collections::BTreeMap;

use super::group::{Destination, GroupBuilder};
use super::{Assembly, Supplement};
use crate::sync::identity::DirectoryId;
use crate::sync::snapshot::{Absence, GroupSighting, MemberSighting, ServerIdentity, Snapshot};

impl Assembly {
    /// The snapshot, once every read has ended well, and what `locate` adds to it later. `directory_ids` are those of
    /// the root, first its identity; `server` is `None` for a file.
    #[must_use]
    pub fn finish(
        mut self,
        (directory_id, other_directory_ids): (DirectoryId, Box<[DirectoryId]>),
        server: Option<ServerIdentity>,
        absence: Absence,
    ) -> (Snapshot, Supplement) {
        let mut snapshot = Snapshot {
            directory_id,
            other_directory_ids,
            server,
            absence,
            groups: Vec::new(),
            outside: self.selection.outside().to_vec(),
            users: Vec::new(),
            shown: self.shown,
            located_groups: BTreeMap::new(),
            located_members: BTreeMap::new(),
            located_names: BTreeMap::new(),
            broken: Vec::new(),
            unidentified: Vec::new(),
            ambiguous: BTreeMap::new(),
            member_of: BTreeMap::new(),
            subgroups: BTreeMap::new(),
        };
        self.move_into(&mut snapshot);
        (snapshot, Supplement::new(self))
    }

    /// Moves what was added into a snapshot.
    pub(super) fn move_into(&mut self, snapshot: &mut Snapshot) {
        if snapshot.absence == Absence::Proven {
            self.primary_groups.believe_absence();
        }
        let groups = self.groups.take();
        self.works_out_dynamic_groups |= groups.iter().any(GroupBuilder::is_worked_out);
        for builder in groups {
            let primary = self.primary_groups.members_of(builder.primary);
            // A look-up would find these users, but not whether they are members.
            for doubtful in primary.doubtful {
                snapshot.located_members.extend(doubtful.id.map(|id| (id, MemberSighting::Unreadable)));
            }
            let destination = builder.destination;
            let group = builder.finish(&self.index.rows, primary, self.works_out_dynamic_groups);
            match destination {
                Destination::Groups => snapshot.groups.push(group),
                Destination::Subgroups => drop(snapshot.subgroups.insert(group.id, group)),
                Destination::LocatedGroups { .. } => {
                    snapshot.located_groups.insert(group.id, GroupSighting::Found(Box::new(group)));
                }
            }
        }
        snapshot.users.append(&mut self.users);
        snapshot.broken.append(&mut self.broken);
        snapshot.shown = self.shown;
    }
}
