//! Rule `duplicate-group`, `adoption.groups`: which group of the store a directory group without one adopts.

use std::collections::{BTreeMap, BTreeSet};

use super::candidate::Candidate;
use super::matches::Provenance;
use crate::sync::context::PlanContext;
use crate::sync::fold::fold;
use crate::sync::found::GroupRef;
use crate::sync::identity::ExternalId;
use crate::sync::matching::names::{Allocation, Holders};
use crate::sync::{ownership, protection};

/// Rule `duplicate-group`: with `adoption.groups: ByName`, a directory group adopts the one group of the store that
/// goes on holding its name, if no other directory group needs that name. Tells whether any group was adopted.
pub(super) fn adopt(
    candidates: &mut [Candidate<'_>],
    holders: &Holders,
    allocation: &Allocation,
    gone: &BTreeSet<GroupRef>,
    context: &PlanContext<'_>,
) -> bool {
    let mut by_name: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, candidate) in candidates.iter().enumerate() {
        if let Ok(name) = &candidate.name {
            by_name.entry(fold(name)).or_default().push(index);
        }
    }
    let adopted = candidates.iter().filter(|candidate| candidate.group.is_some());
    let adopted = adopted.map(|candidate| candidate.selected.source.id).collect();
    let mut any = false;
    for (key, needing) in by_name {
        let [index] = needing[..] else { continue };
        let candidate = &mut candidates[index];
        if candidate.group.is_none()
            && let Some(holder) = only_holder(&key, holders, allocation)
            && let Some(provenance) = adoptable(holder, candidate.selected.source.id, gone, &adopted, context)
        {
            (candidate.group, candidate.provenance) = (Some(holder), provenance);
            any = true;
        }
    }
    any
}

/// The one group that goes on holding a name, or the one that holds it until this plan deletes or renames it.
fn only_holder(key: &str, holders: &Holders, allocation: &Allocation) -> Option<GroupRef> {
    let staying: Vec<u32> = allocation.staying(holders, key).collect();
    match (staying.as_slice(), holders.of(key)) {
        ([holder], _) | ([], [holder]) => Some(GroupRef(*holder)),
        _ => None,
    }
}

/// Whether a directory group may adopt a group of the store, and as what. It must be free, or that of a directory group
/// whose deletion is proven.
fn adoptable(
    group: GroupRef,
    id: ExternalId,
    gone: &BTreeSet<GroupRef>,
    adopted: &BTreeSet<ExternalId>,
    context: &PlanContext<'_>,
) -> Option<Provenance> {
    let held = context.found.group(group)?;
    if protection::is_protected(held, &context.policy.protected) {
        return None;
    }
    let broken = context.broken.groups.link_of(group);
    if ownership::is_free(held.link.as_ref(), context.snapshot.directory_id)
        && ownership::may_adopt_broken(broken, id, adopted, context.policy)
    {
        Some(Provenance::Adopted)
    } else {
        gone.contains(&group).then_some(Provenance::Relinked)
    }
}
