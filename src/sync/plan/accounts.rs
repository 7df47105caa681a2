//! Rules 5, 6, 11 and 16 for accounts: what is created, what follows the directory, and what becomes of accounts that
//! nobody uses.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use crate::sync::found::{Account, AccountRef};
use crate::sync::identity::Owner;
use crate::sync::link::{AccountLink, Origin};
use crate::sync::matching::accounts::{AccountMatches, Member, writes_attributes};
use crate::sync::plan::attributes::edits;
use crate::sync::plan::parking::park_and_set;
use crate::sync::plan::unused::{self, Fate, Use};
use crate::sync::plan::{AttributeEdits, Change};
use crate::sync::problem::Problem;
use crate::sync::proof::absence::begun;
use crate::sync::scene::Scene;
use crate::sync::snapshot::{AccountState, Attributes, DirectoryUser, MemberSighting, UserIndex};
use crate::sync::wanted::state::{Standing, state};

/// The changes of accounts, in the phases of a plan.
#[derive(Debug, Default)]
pub(crate) struct AccountChanges {
    /// Parking, attributes, creations, links, activations.
    pub(crate) writes: Vec<Change>,
    /// Deactivations.
    pub(crate) deactivations: Vec<Change>,
    /// Deletions.
    pub(crate) deletions: Vec<Change>,
    /// What a person must mend.
    pub(crate) problems: Vec<Problem>,
    /// Users with a value that the store cannot hold.
    pub(crate) invalid: BTreeSet<UserIndex>,
}

/// Plans the accounts of all members, then of those that are none. `held` tells, by account, whether some group holds it
/// now, and once the plan is applied; `missing` are those whose users a group names and nobody finds.
pub(crate) fn change_accounts(
    matches: &AccountMatches,
    held: (&[bool], &[bool]),
    missing: &BTreeSet<AccountRef>,
    owner: &Arc<Owner>,
    scene: &Scene<'_>,
) -> AccountChanges {
    let mut changes = AccountChanges::default();
    let mut set = BTreeMap::new();
    let mut creations = Vec::with_capacity(matches.created);
    let mut links = Vec::new();
    let mut activations = Vec::new();
    let mut met = vec![false; scene.found.accounts.len()];
    let used = |account: AccountRef| held.1.get(account.0 as usize) == Some(&true);

    for member in &matches.members {
        let Some(source) = scene.snapshot.users.get(member.user as usize) else { continue };
        let account = scene.found.account(member.account);
        if account.is_some() && !member.adopted && !writes_attributes(member.account, member.standing, scene) {
            continue;
        }
        let nothing = Attributes::default();
        let (edit, problem) = edits(source, member, account.map_or(&nothing, |account| &account.attributes), scene);
        changes.invalid.extend(problem.iter().map(|_| member.user));
        changes.problems.extend(problem);
        let Some(account) = account else {
            let attributes = edit.applied_to(&nothing);
            let link = new_link(source, &attributes, Origin::Created, owner, scene);
            creations.push(Change::CreateAccount { account: member.account, attributes, active: true, link });
            continue;
        };
        met[member.account.0 as usize] = true;
        let is_missing = missing.contains(&member.account);
        if edit == AttributeEdits::default() && !is_missing && is_in_step(source, member, account, owner) {
            continue;
        }
        let mut link = followed(source, member, account, &edit, owner, scene);
        if let Some(before) = account.link.as_ref().filter(|_| is_missing && !member.adopted) {
            // A group names the user as the link does: until that is over, the link keeps the name.
            (link.place, link.missing_since) = (before.place, begun(before.missing_since, scene));
        }
        if edit != AttributeEdits::default() {
            set.insert(member.account, edit);
        }
        match switch(member, account, &link, state(source, scene.policy.disabled_accounts, scene.now), scene) {
            Some(Switch::Off) => {
                link.deactivated_by_us = true;
                changes.deactivations.push(Change::DeactivateAccount { account: member.account });
            }
            Some(Switch::On) => {
                link.deactivated_by_us = false;
                activations.push(Change::ActivateAccount { account: member.account });
            }
            None => link.deactivated_by_us &= !account.active,
        }
        if used(member.account) {
            link.unused_since = None;
        }
        if account.link.as_ref() != Some(&link) {
            links.push(Change::LinkAccount { account: member.account, link });
        }
    }
    let others = scene.found.accounts.iter().zip(0..).zip(met).filter(|(_, met)| !met);
    for ((account, index), _) in others {
        let reference = AccountRef(index);
        let use_of = match (held.0.get(index as usize), used(reference)) {
            (_, true) => Use::GoesOn,
            (Some(true), false) => Use::Ends,
            (_, false) => Use::Ended,
        };
        let is_missing = missing.contains(&reference);
        part_with(account, reference, (use_of, is_missing), scene, &mut links, &mut changes);
    }
    changes.writes = park_and_set(set, scene);
    changes.writes.append(&mut creations);
    changes.writes.append(&mut links);
    changes.writes.append(&mut activations);
    changes
}

/// Whether nothing of an account's link or state can change: the case of nearly all accounts in nearly all runs, told
/// without building what would be written.
fn is_in_step(source: &DirectoryUser, member: &Member, account: &Account, owner: &Owner) -> bool {
    let attributes = &account.attributes;
    account.link.as_ref().is_some_and(|link| {
        !member.adopted
            && member.standing != Standing::InactiveMember
            && !link.deactivated_by_us
            && link.unused_since.is_none()
            && link.missing_since.is_none()
            && link.place == source.place
            && link.owner.as_deref() == Some(owner)
            && attributes.username.as_deref().unwrap_or_default() == &*link.username
            && attributes.email == link.email
    })
}

enum Switch {
    On,
    Off,
}

/// Rule 16: an account is activated only while its link says that we made it inactive.
fn switch(
    member: &Member,
    account: &Account,
    link: &AccountLink,
    state: AccountState,
    scene: &Scene<'_>,
) -> Option<Switch> {
    if member.standing == Standing::InactiveMember {
        let waits = scene.adds_only.is_some() || scene.withheld.account(member.account);
        return (account.active && !waits && !scene.protected.contains(&member.account)).then_some(Switch::Off);
    }
    (state == AccountState::Enabled && link.deactivated_by_us && !account.active).then_some(Switch::On)
}

/// A link that begins with this plan.
fn new_link(
    source: &DirectoryUser,
    attributes: &Attributes,
    origin: Origin,
    owner: &Arc<Owner>,
    scene: &Scene<'_>,
) -> AccountLink {
    AccountLink {
        directory_id: scene.snapshot.directory_id,
        id: source.id,
        owner: Some(Arc::clone(owner)),
        origin,
        username: attributes.username.clone().unwrap_or_default(),
        email: attributes.email.clone(),
        place: source.place,
        deactivated_by_us: false,
        unused_since: None,
        missing_since: None,
    }
}

/// The link of an account that exists, as it is once the edits are written.
fn followed(
    source: &DirectoryUser,
    member: &Member,
    account: &Account,
    edits: &AttributeEdits,
    owner: &Arc<Owner>,
    scene: &Scene<'_>,
) -> AccountLink {
    let attributes = edits.applied_to(&account.attributes);
    let begun = |origin| new_link(source, &attributes, origin, owner, scene);
    match account.link.as_ref().filter(|_| !member.adopted) {
        None => begun(Origin::Adopted),
        Some(before) => AccountLink {
            deactivated_by_us: before.deactivated_by_us,
            unused_since: before.unused_since,
            ..begun(before.origin)
        },
    }
}

/// An account that is no member of a managed group. If it is not this sync's, all that may change is since when its user
/// is missing.
fn part_with(
    account: &Account,
    reference: AccountRef,
    (use_of, is_missing): (Use, bool),
    scene: &Scene<'_>,
    links: &mut Vec<Change>,
    changes: &mut AccountChanges,
) {
    let Some(link) = account.link.as_ref().filter(|link| link.directory_id == scene.snapshot.directory_id) else {
        return;
    };
    let missing_since = missing_since(link, is_missing, scene);
    let (mut unused_since, mut deactivated_by_us) = (link.unused_since, link.deactivated_by_us);
    if link.owner.as_deref() == Some(&scene.policy.owner) {
        let (fate, since) = unused::judge(link, reference, account.active, use_of, scene);
        unused_since = since;
        deactivated_by_us = match fate {
            Fate::Stays => link.deactivated_by_us && !account.active,
            Fate::Deactivated => {
                changes.deactivations.push(Change::DeactivateAccount { account: reference });
                true
            }
            Fate::Deleted => {
                changes.deletions.push(Change::DeleteAccount { account: reference });
                return;
            }
        };
    }
    let states = (unused_since, deactivated_by_us, missing_since);
    if states != (link.unused_since, link.deactivated_by_us, link.missing_since) {
        let link = AccountLink { deactivated_by_us, unused_since, missing_since, ..link.clone() };
        links.push(Change::LinkAccount { account: reference, link });
    }
}

/// Since when the user of an account is found nowhere. The time ends when a read shows the user, or that it exists.
fn missing_since(link: &AccountLink, is_missing: bool, scene: &Scene<'_>) -> Option<Timestamp> {
    if is_missing {
        return begun(link.missing_since, scene);
    }
    link.missing_since.filter(|_| {
        let sighting = scene.snapshot.located_members.get(&link.id);
        let nowhere = matches!(
            sighting,
            None | Some(MemberSighting::Nowhere | MemberSighting::Deleted | MemberSighting::NotInFile)
        );
        nowhere && scene.index.user(link.id).is_none()
    })
}
