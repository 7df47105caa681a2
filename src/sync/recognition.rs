//! Rule `identity`: an entry that shows several ids is known by any of them. Directories give entries further ids
//! later (389 Directory Server gives `entryUUID` by a task to entries that it has), and a link goes by the one that was
//! shown first when it was made.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::found::{Found, Links};
use super::identity::{DirectoryId, ExternalId, IdKind};
use super::snapshot::{
    BrokenEntry, Defect, DirectoryGroup, DirectoryUser, GroupSighting, Snapshot, UnresolvedValue, UserIndex,
};

/// Rule `identity`: calls the directory and every entry of a read by the id that the store's links know them by. An
/// entry that two links stand for becomes [`Snapshot::ambiguous`]; one that shows none of the kinds of ids that the
/// links have is there and says nothing, as it may be linked or not. Doing it again changes nothing; what a look-up
/// adds needs it again.
pub fn recognize(snapshot: &mut Snapshot, found: &Found) {
    recognize_directory(snapshot, found);
    let linked = Linked::in_directory(found, snapshot.directory_id);
    let mut names = HashMap::new();
    recognize_groups(snapshot, &linked, &mut names);
    recognize_users(snapshot, &linked);
    if names.is_empty() {
        return;
    }
    let renamed = |id: &mut ExternalId| *id = names.get(id).copied().unwrap_or(*id);
    let everything = snapshot.groups.iter_mut().chain(snapshot.subgroups.values_mut());
    for group in everything.chain(snapshot.located_groups.values_mut().filter_map(GroupSighting::found_mut)) {
        group.subgroups.iter_mut().for_each(renamed);
        group.subgroups.sort_unstable();
    }
    let sides = std::mem::take(&mut snapshot.member_of);
    snapshot.member_of = sides.into_iter().map(|(id, side)| (names.get(&id).copied().unwrap_or(id), side)).collect();
}

/// The ids that links of one directory have.
struct Linked {
    ids: HashSet<ExternalId>,
    kinds: BTreeSet<IdKind>,
}

/// What the links know of one entry.
enum Known {
    /// It goes by this id: the one that is linked, or its own.
    By(ExternalId),
    /// Links go by several of its ids.
    BySeveral(Vec<ExternalId>),
    /// It shows none of the kinds that links have.
    Never,
}

impl Linked {
    fn in_directory(found: &Found, directory: DirectoryId) -> Self {
        let ids: HashSet<ExternalId> = links(found).filter(|(of, _)| *of == directory).map(|(_, id)| id).collect();
        let kinds = ids.iter().map(|id| id.kind()).collect();
        Self { ids, kinds }
    }

    fn know(&self, id: ExternalId, others: &[ExternalId]) -> Known {
        if others.is_empty() && self.ids.contains(&id) {
            return Known::By(id);
        }
        let all = || std::iter::once(id).chain(others.iter().copied());
        let linked: Vec<ExternalId> = all().filter(|id| self.ids.contains(id)).collect();
        match linked[..] {
            [one] => Known::By(one),
            [] if self.kinds.is_empty() || all().any(|id| self.kinds.contains(&id.kind())) => Known::By(id),
            [] => Known::Never,
            _ => Known::BySeveral(linked),
        }
    }
}

/// All links, those of no object included.
fn links(found: &Found) -> impl Iterator<Item = (DirectoryId, ExternalId)> {
    let groups = found.groups.iter().filter_map(|group| group.link.as_ref());
    let accounts = found.accounts.iter().filter_map(|account| account.link.as_ref());
    let lost = match &found.links {
        Links::Inside => None,
        Links::Outside(lost) => Some(lost),
    };
    let lost_groups = lost.into_iter().flat_map(|lost| &lost.groups).map(|lost| &lost.link);
    let lost_accounts = lost.into_iter().flat_map(|lost| &lost.accounts).map(|lost| &lost.link);
    let groups = groups.chain(lost_groups).map(|link| (link.directory_id, link.id));
    groups.chain(accounts.chain(lost_accounts).map(|link| (link.directory_id, link.id)))
}

/// The id that links belong to, else one that the store remembers, else its own.
fn recognize_directory(snapshot: &mut Snapshot, found: &Found) {
    if snapshot.other_directory_ids.is_empty() {
        return;
    }
    let linked: BTreeSet<DirectoryId> = links(found).map(|(directory, _)| directory).collect();
    let remembered = |id: &DirectoryId| found.directories.iter().any(|known| known.directory_id == *id);
    let all: Vec<DirectoryId> =
        std::iter::once(snapshot.directory_id).chain(snapshot.other_directory_ids.iter().copied()).collect();
    let known = all.iter().find(|id| linked.contains(id)).or_else(|| all.iter().find(|id| remembered(id)));
    if let Some(known) = known.copied() {
        snapshot.other_directory_ids = all.into_iter().filter(|id| *id != known).collect();
        snapshot.directory_id = known;
    }
}

fn recognize_groups(snapshot: &mut Snapshot, linked: &Linked, names: &mut HashMap<ExternalId, ExternalId>) {
    let (broken, ambiguous) = (&mut snapshot.broken, &mut snapshot.ambiguous);
    let mut is_known = |group: &mut DirectoryGroup| match linked.know(group.id, &group.other_ids) {
        Known::By(id) => {
            if id != group.id {
                names.insert(group.id, id);
                call(&mut group.id, &mut group.other_ids, id);
            }
            true
        }
        Known::BySeveral(ids) => {
            ambiguous.extend(ids.into_iter().map(|id| (id, group.label.clone())));
            false
        }
        Known::Never => {
            let entry =
                BrokenEntry { id: None, place: Some(group.place), label: group.label.clone(), defect: Defect::LacksId };
            if !broken.contains(&entry) {
                broken.push(entry);
            }
            false
        }
    };
    snapshot.groups.retain_mut(&mut is_known);
    let subgroups = std::mem::take(&mut snapshot.subgroups);
    for mut group in subgroups.into_values() {
        if is_known(&mut group) {
            snapshot.subgroups.insert(group.id, group);
        }
    }
    let located = std::mem::take(&mut snapshot.located_groups);
    for (id, mut sighting) in located {
        let kept = sighting.found_mut().map(|group| is_known(group).then_some(group.id));
        let (id, sighting) = match kept {
            Some(Some(known)) => (known, sighting),
            Some(None) => (id, GroupSighting::Unreadable),
            None => (id, sighting),
        };
        snapshot.located_groups.insert(id, sighting);
    }
}

fn recognize_users(snapshot: &mut Snapshot, linked: &Linked) {
    let mut aside: BTreeMap<UserIndex, Vec<UnresolvedValue>> = BTreeMap::new();
    snapshot.unidentified.clear();
    for (user, index) in snapshot.users.iter_mut().zip(0..) {
        let value = |id| UnresolvedValue::new(id, Some(user.place.dn), label(user));
        match linked.know(user.id, &user.other_ids) {
            Known::By(id) => {
                if id != user.id {
                    call(&mut user.id, &mut user.other_ids, id);
                }
            }
            Known::BySeveral(ids) => {
                aside.insert(index, ids.iter().map(|id| value(Some(*id))).collect());
                snapshot.ambiguous.extend(ids.into_iter().map(|id| (id, label(user))));
            }
            Known::Never => {
                aside.insert(index, vec![value(None)]);
                snapshot.unidentified.push(index);
            }
        }
    }
    if aside.is_empty() {
        return;
    }
    let everything = snapshot.groups.iter_mut().chain(snapshot.subgroups.values_mut());
    for group in everything.chain(snapshot.located_groups.values_mut().filter_map(GroupSighting::found_mut)) {
        let unresolved = &mut group.unresolved;
        let mut stays = |user: UserIndex| match aside.get(&user) {
            Some(values) => {
                unresolved.extend(values.iter().cloned());
                false
            }
            None => true,
        };
        group.members.retain(|user| stays(*user));
        group.by_other_uid.retain(|other| stays(other.user));
    }
}

/// Gives an entry one of its other ids for its identity.
fn call(id: &mut ExternalId, others: &mut [ExternalId], known: ExternalId) {
    if let Some(other) = others.iter_mut().find(|other| **other == known) {
        std::mem::swap(id, other);
    }
}

fn label(user: &DirectoryUser) -> Box<str> {
    user.attributes.username.first().or(user.dn.as_deref()).map_or_else(|| user.id.to_string().into(), Into::into)
}
