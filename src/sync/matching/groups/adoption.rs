//! Rule 7, `adoption.groups`: which group of the store a directory group without one takes over.

use std::collections::{BTreeMap, BTreeSet};

use super::{Arrival, Candidate};
use crate::sync::fold::fold;
use crate::sync::found::GroupRef;
use crate::sync::matching::{ownership, protected};
use crate::sync::plan::names::{Allocation, Bearers};
use crate::sync::scene::Scene;

/// `adoption.groups: ByName`: a name that one selected group wants, and that one group of the store goes on bearing. It
/// must be free, or proven deleted. Tells whether any was found.
pub(super) fn adopt(
    candidates: &mut [Candidate<'_>],
    bearers: &Bearers,
    allocation: &Allocation,
    scene: &Scene<'_>,
    deleted: &BTreeSet<GroupRef>,
) -> bool {
    let mut wishes: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, candidate) in candidates.iter().enumerate() {
        if let Ok(name) = &candidate.name {
            wishes.entry(fold(name)).or_default().push(index);
        }
    }
    let elsewhere = candidates.iter().filter(|candidate| candidate.group.is_some());
    let elsewhere = elsewhere.map(|candidate| candidate.selected.source.id).collect();
    let mut any = false;
    for (key, wishing) in wishes {
        let [index] = wishing[..] else { continue };
        let staying: Vec<u32> = allocation.staying(bearers, &key).collect();
        let (candidate, bearer) = match (staying.as_slice(), bearers.of(&key)) {
            ([bearer], _) | ([], [bearer]) => (&mut candidates[index], GroupRef(*bearer)),
            _ => continue,
        };
        let Some(held) = scene.found.group(bearer).filter(|held| !protected::group(held, scene.policy)) else {
            continue;
        };
        if candidate.group.is_some() {
            continue;
        }
        let broken = scene.broken.groups.link_of(bearer).map(|link| (link.id, link.owner.as_ref()));
        if ownership::group_is_free(held.link.as_ref(), scene.snapshot.directory_id)
            && ownership::may_pass(broken, candidate.selected.source.id, &elsewhere, scene.policy)
        {
            (candidate.group, candidate.arrival) = (Some(bearer), Arrival::Adopted);
        } else if deleted.contains(&bearer) {
            (candidate.group, candidate.arrival) = (Some(bearer), Arrival::TakenOver);
        } else {
            continue;
        }
        any = true;
    }
    any
}
