//! Section 5, rules 5 and 6: a member value that is there is not a leaver, and a group that shows nobody may hide them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::Timestamp;

use super::absence::{Wait, confirmed};
use crate::sync::found::{AccountRef, Found};
use crate::sync::identity::ExternalId;
use crate::sync::index::Index;
use crate::sync::link::GroupLink;
use crate::sync::scene::Scene;
use crate::sync::snapshot::{
    Absence, DirectoryGroup, DnHash, MemberSighting, OtherSide, Snapshot, UnreadMember, UserIndex,
};

/// What one group's member values say of people whose entries were not read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Doubt {
    /// Users that a look-up read after all: members.
    pub(crate) members: Vec<UserIndex>,
    /// The ids of users whose entries cannot be read: their memberships stay.
    pub(crate) hidden: BTreeSet<ExternalId>,
    /// Those of them that are found nowhere, under names that may have outlived them, and what each waits for.
    pub(crate) missing: BTreeMap<ExternalId, Wait>,
    /// Users that only their names outlived.
    pub(crate) gone: BTreeSet<ExternalId>,
    /// Values that fit neither an entry nor a link and carry no id: any leaver may be one of them.
    pub(crate) strangers: bool,
    /// A value is the name of several entries: any leaver may be one of them, read or not.
    pub(crate) ambiguous: bool,
    /// A value that fits no link may be a group, whoever is in it.
    pub(crate) perhaps_a_group: bool,
    /// How many values could not be resolved.
    pub(crate) unresolved: u32,
    /// One of them, as the directory writes it.
    pub(crate) example: Option<Box<str>>,
    /// Readable users outside the users' base or filter.
    pub(crate) out_of_scope: u32,
}

/// Weighs a group's unread values with what was located.
pub(crate) fn doubt(group: &DirectoryGroup, by_place: &HashMap<DnHash, ExternalId>, scene: &Scene<'_>) -> Doubt {
    let snapshot = scene.snapshot;
    let mut doubt = Doubt { out_of_scope: group.out_of_scope, ..Doubt::default() };
    for value in &group.unread {
        if value.is_ambiguous {
            doubt.ambiguous = true;
            doubt.unresolved(value, None, scene);
            continue;
        }
        let id = named(value, by_place);
        match id.and_then(|id| snapshot.located_members.get(&id)) {
            // Another may bear by now the name that a user bore before it moved.
            Some(MemberSighting::User(user)) if value.id.is_none() && !stands_at(*user, value, snapshot) => {
                doubt.perhaps_a_group = true;
                doubt.unresolved(value, None, scene);
            }
            Some(MemberSighting::User(user)) => doubt.members.push(*user),
            Some(MemberSighting::NotAUser | MemberSighting::Deleted) => {}
            Some(MemberSighting::OutOfScope) => doubt.out_of_scope += 1,
            // Whom a file names without an entry does not exist.
            None if snapshot.absence == Absence::Proven => {}
            Some(MemberSighting::Foreign) => doubt.unresolved(value, id, scene),
            Some(MemberSighting::Nowhere) if let Some((id, verdict)) = outlived(value, id, scene) => match verdict {
                Ok(_) => drop(doubt.gone.insert(id)),
                Err(wait) => {
                    doubt.missing.insert(id, wait);
                    doubt.unresolved(value, Some(id), scene);
                }
            },
            Some(MemberSighting::Unreadable | MemberSighting::Nowhere) | None => {
                doubt.perhaps_a_group |= id.is_none_or(|id| !is_linked(id, scene));
                doubt.unresolved(value, id, scene);
            }
        }
    }
    doubt
}

impl Doubt {
    fn unresolved(&mut self, value: &UnreadMember, id: Option<ExternalId>, scene: &Scene<'_>) {
        match id {
            Some(id) if is_linked(id, scene) => {
                self.hidden.insert(id);
            }
            Some(_) => {}
            None => self.strangers = true,
        }
        self.unresolved += 1;
        if self.example.as_ref().is_none_or(|example| value.label < *example) {
            self.example = Some(value.label.clone());
        }
    }
}

fn stands_at(user: UserIndex, value: &UnreadMember, snapshot: &Snapshot) -> bool {
    snapshot.users.get(user as usize).is_some_and(|user| Some(user.place.dn) == value.dn)
}

/// Whether an account stands, or stood, for a user.
fn is_linked(id: ExternalId, scene: &Scene<'_>) -> bool {
    scene.index.account(id).is_some() || scene.broken.accounts.of(id).is_some()
}

/// Whether a linked user is gone whose name the group bears still and whom the look-up found nowhere. A bare name may
/// outlive the entry that bore it. A value with an id may not: the directory that writes one ends it with its entry
/// (MS-ADTS section 3.1.1.1.6), so that one is hidden.
fn outlived(
    value: &UnreadMember,
    id: Option<ExternalId>,
    scene: &Scene<'_>,
) -> Option<(ExternalId, Result<Timestamp, Wait>)> {
    let id = id.filter(|_| value.id.is_none())?;
    let link = scene.found.account(scene.index.account(id)?)?.link.as_ref()?;
    Some((id, confirmed(link.missing_since, scene, |seen| seen.linked_beside(link.place.parent))))
}

/// Whether an account that the group holds and the directory does not name has left; `id` is the user that it stands for.
pub(crate) fn has_left(id: Option<ExternalId>, doubt: &Doubt, index: &Index) -> bool {
    if doubt.ambiguous || id.is_some_and(|id| doubt.hidden.contains(&id)) {
        return false;
    }
    !doubt.strangers || id.is_some_and(|id| doubt.gone.contains(&id) || index.user(id).is_some())
}

/// What is known of a group that lists no member at all although linked accounts would leave it: silence that may be an
/// access rule on `member`. Who has the group as primary group is shown all the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Emptiness {
    /// It lists members, or nobody of ours would leave it.
    #[default]
    None,
    /// A user says that it is a member, so the group hides its members.
    Denied,
    /// Nothing shows whether it is empty: believed at this time, if it still shows nobody.
    Doubtful(Timestamp),
    /// It is empty.
    Proven,
}

/// Rule 6. `is_silent`: the group lists nobody, and linked accounts would leave it for that. In a file silence is truth.
pub(crate) fn emptiness(id: ExternalId, link: Option<&GroupLink>, is_silent: bool, scene: &Scene<'_>) -> Emptiness {
    if !is_silent {
        return Emptiness::None;
    }
    if scene.snapshot.absence == Absence::Proven {
        return Emptiness::Proven;
    }
    match scene.snapshot.other_sides.get(&id) {
        Some(OtherSide::Claimed) => Emptiness::Denied,
        Some(OtherSide::Unclaimed) => Emptiness::Proven,
        Some(OtherSide::Silent) | None => {
            let since = link.and_then(|link| link.empty_since).unwrap_or(scene.now);
            let confirmed = scene.policy.confirmed_at(since);
            if scene.now < confirmed { Emptiness::Doubtful(confirmed) } else { Emptiness::Proven }
        }
    }
}

/// The linked groups that list no members although linked accounts would leave them: what the other side must be asked
/// about.
pub(crate) fn emptied<'a>(
    groups: impl Iterator<Item = &'a DirectoryGroup>,
    snapshot: &Snapshot,
    found: &Found,
) -> BTreeSet<ExternalId> {
    let silent = groups.filter(|group| !group.shows_members).map(|group| (group.id, group));
    let silent: BTreeMap<ExternalId, &DirectoryGroup> = silent.collect();
    if silent.is_empty() || snapshot.absence == Absence::Proven {
        return BTreeSet::new();
    }
    let linked = found.groups.iter().filter_map(|held| {
        let link = held.link.as_ref().filter(|link| link.directory_id == snapshot.directory_id)?;
        let group = silent.get(&link.id)?;
        let shown: HashSet<ExternalId> =
            group.members.iter().filter_map(|user| Some(snapshot.users.get(*user as usize)?.id)).collect();
        let leaves = |account: &AccountRef| {
            let link = found.account(*account).and_then(|account| account.link.as_ref());
            link.is_some_and(|link| !shown.contains(&link.id))
        };
        held.members.iter().any(leaves).then_some(link.id)
    });
    linked.collect()
}

/// The ids that must be looked up before anything is said of the groups' unread values: the id in the value, or that of
/// the link whose name the value is.
pub(crate) fn unread<'a>(
    groups: impl Iterator<Item = &'a DirectoryGroup>,
    by_place: &HashMap<DnHash, ExternalId>,
) -> BTreeSet<ExternalId> {
    groups.flat_map(|group| &group.unread).filter_map(|value| named(value, by_place)).collect()
}

fn named(value: &UnreadMember, by_place: &HashMap<DnHash, ExternalId>) -> Option<ExternalId> {
    value.id.or_else(|| by_place.get(&value.dn?).copied())
}
