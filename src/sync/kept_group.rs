//! Rule `kept-group`: a group that its server keeps is emptied and released where another is deleted.

use super::ability::GroupDeletion;
use super::found::{Found, Group, GroupRef};
use super::link::GroupLink;
use super::plan::Change;

/// Rule `kept-group`: whether the server lets a group be deleted.
pub(crate) fn may_be_deleted(group: &Group, deletion: GroupDeletion) -> bool {
    let given = group.link.as_ref().map_or(&[][..], |link| &link.roles);
    match deletion {
        GroupDeletion::Always => true,
        GroupDeletion::WithoutForeignRoles => group.roles.iter().all(|role| given.contains(role)),
        GroupDeletion::Never => false,
    }
}

/// The change that deletes a linked group, or takes its place.
pub(crate) fn removal(group: GroupRef, found: &Found, deletion: GroupDeletion) -> Change {
    let kept = found.group(group).filter(|held| !may_be_deleted(held, deletion));
    match kept.and_then(|held| Some((held, held.link.as_ref()?))) {
        Some((held, link)) => {
            Change::EmptyGroup { group, accounts: held.members.clone(), link: GroupLink::released(link) }
        }
        None => Change::DeleteGroup { group },
    }
}
