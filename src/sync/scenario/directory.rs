//! The directory's side of a scenario.

use std::collections::BTreeMap;

use super::ids::directory_id;
use super::user::User;
use crate::sync::snapshot::{Absence, Attributes, DirectoryGroup, ServerIdentity, ShownAttributes, Snapshot};

/// A complete read of these.
pub(crate) fn snapshot(groups: Vec<DirectoryGroup>, users: &[User], absence: Absence) -> Snapshot {
    let shows = |attribute: fn(&Attributes) -> &Option<Box<str>>| {
        users.iter().any(|user| attribute(&user.attributes).is_some())
    };
    Snapshot {
        directory_id: directory_id(),
        other_directory_ids: Box::default(),
        server: Some(ServerIdentity { identity: "dc1".to_owned(), position: None }),
        absence,
        groups,
        outside: Vec::new(),
        shown: ShownAttributes {
            first_name: shows(|attributes| &attributes.first_name),
            last_name: shows(|attributes| &attributes.last_name),
            display_name: shows(|attributes| &attributes.display_name),
            phone: shows(|attributes| &attributes.phone),
        },
        users: users.iter().map(User::read).collect(),
        located_groups: BTreeMap::new(),
        located_members: BTreeMap::new(),
        located_names: BTreeMap::new(),
        broken: Vec::new(),
        unidentified: Vec::new(),
        ambiguous: BTreeMap::new(),
        member_of: BTreeMap::new(),
        subgroups: BTreeMap::new(),
    }
}
