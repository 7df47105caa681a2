//! Rule `deleted-sync`: what is deleted with a sync. It is the groups that it owns and that were created for it, by
//! their links.

use super::ability::GroupDeletion;
use super::found::{Found, GroupRef};
use super::identity::Owner;
use super::kept_group::removal;
use super::link::{Link as _, Origin};
use super::pairing::broken_links::is_intact;
use super::plan::{Change, Plan};
use super::policy::Protected;
use super::protection::is_protected;

/// Rule `deleted-sync`: the plan that deletes them. It needs no directory and has no limits, because the spec asks for
/// it. Adopted groups, protected ones and those that may be others by now stay, and so do all accounts. Rule
/// `kept-group`: those that the server keeps are emptied.
#[must_use]
pub fn cleanup(found: &Found, owner: &Owner, protected: &Protected, deletion: GroupDeletion) -> Plan {
    let deleted = found.groups.iter().zip(0..).filter(|(group, _)| {
        let link = group.link.as_ref().filter(|link| link.origin == Origin::Created && is_intact(group, found));
        link.is_some_and(|link| link.is_owned_by(owner)) && !is_protected(group, protected)
    });
    let changes: Vec<Change> = deleted.map(|(_, index)| removal(GroupRef(index), found, deletion)).collect();
    Plan::from(changes)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;

    use super::*;
    use crate::sync::found::Group;
    use crate::sync::identity::{DirectoryId, ExternalId, IdKind};
    use crate::sync::link::GroupLink;
    use crate::sync::snapshot::{DnHash, Place};

    fn owner(name: &str) -> Arc<Owner> {
        Arc::new(Owner { installation: "i".into(), namespace: "n".into(), name: name.into() })
    }

    fn group(id: u8, owner: Option<Arc<Owner>>, origin: Origin) -> Group {
        let hash = DnHash([id; 16]);
        let link = GroupLink {
            directory_id: DirectoryId(ExternalId::new(IdKind::EntryUuid, [0; 16])),
            id: ExternalId::new(IdKind::EntryUuid, [id; 16]),
            owner,
            selector: "name: x".into(),
            exclusions: Box::default(),
            origin,
            name: "x".into(),
            place: Place { dn: hash, parent: hash },
            roles: Vec::new(),
            missing_since: None,
            empty_since: None,
        };
        Group {
            id: i64::from(id).into(),
            name: format!("g{id}").into(),
            description: None,
            members: Vec::new(),
            roles: Vec::new(),
            link: Some(link),
        }
    }

    /// Rule `deleted-sync`.
    #[test]
    fn takes_what_it_owns_and_created_and_nothing_else() {
        let mine = || Some(owner("a"));
        let local = Group { link: None, ..group(6, None, Origin::Created) };
        let found = Found {
            accounts: Vec::new(),
            groups: vec![
                group(0, mine(), Origin::Created),
                group(1, mine(), Origin::Adopted),
                group(2, Some(owner("b")), Origin::Created),
                group(3, None, Origin::Created),
                group(4, mine(), Origin::Created),
                group(5, mine(), Origin::Created),
                local,
                group(7, mine(), Origin::Created),
            ],
            ..Found::default()
        };
        let protected = Protected {
            groups: BTreeSet::from(["g4".to_owned()]),
            administrators: BTreeSet::from([5.into()]),
            foreign_groups: BTreeSet::new(),
            ..Protected::default()
        };
        let plan = cleanup(&found, &owner("a"), &protected, GroupDeletion::Always);
        assert_eq!(plan.changes, [0, 7].map(|index| Change::DeleteGroup { group: GroupRef(index) }));
    }
}
