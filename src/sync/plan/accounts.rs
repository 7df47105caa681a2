//! Rules 5, 6, 11 and 16 for accounts: what is created, what follows the directory, and what becomes of accounts that
//! nobody uses.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::sync::fold::fold;
use crate::sync::form::TextForm;
use crate::sync::found::{Account, AccountRef};
use crate::sync::identity::Owner;
use crate::sync::link::{AccountLink, Origin};
use crate::sync::matching::accounts::{AccountMatches, Member, writes_attributes};
use crate::sync::plan::{AttributeEdits, Change, Edit};
use crate::sync::policy::PruneAccounts;
use crate::sync::problem::{Problem, ProblemKind};
use crate::sync::scene::Scene;
use crate::sync::snapshot::{Absence, AccountState, Attributes, DirectoryUser};
use crate::sync::wanted::state::Standing;

/// The changes of accounts, in the phases of a plan.
#[derive(Debug, Default)]
pub(crate) struct AccountChanges {
    /// Parking, attributes, creations, links, activations.
    pub(crate) writes: Vec<Change>,
    /// Deactivations.
    pub(crate) deactivations: Vec<Change>,
    /// Deletions.
    pub(crate) deletions: Vec<Change>,
}

/// Plans the accounts of all members, then of those that no group holds (`held` tells, by account).
pub(crate) fn change_accounts(
    matches: &mut AccountMatches,
    held: &[bool],
    owner: &Arc<Owner>,
    scene: &Scene<'_>,
) -> AccountChanges {
    let mut changes = AccountChanges::default();
    let mut edits: BTreeMap<AccountRef, AttributeEdits> = BTreeMap::new();
    let mut creations = Vec::with_capacity(matches.created.len());
    let mut links = Vec::new();
    let mut activations = Vec::new();
    let mut met = vec![false; scene.found.accounts.len()];
    let mut problems = Vec::new();

    for (user, member) in &matches.members {
        let Some(source) = scene.snapshot.users.get(*user as usize) else { continue };
        let Some(account) = scene.found.account(member.account) else {
            creations.push(create(source, member, owner, scene, &mut problems));
            continue;
        };
        if !writes_attributes(member.account, scene) {
            continue;
        }
        met[member.account.0 as usize] = true;
        let edit = edit(source, member, account, scene, &mut problems);
        let mut link = follow(source, member, account, &edit, owner, scene);
        if edit != AttributeEdits::default() {
            edits.insert(member.account, edit);
        }
        match (member.standing, source.state) {
            (Standing::InactiveMember, _) if account.active && !scene.protected.contains(&member.account) => {
                link.deactivated_by_us = true;
                changes.deactivations.push(Change::DeactivateAccount { account: member.account });
            }
            (_, AccountState::Enabled) if link.deactivated_by_us => {
                link.deactivated_by_us = false;
                if !account.active {
                    activations.push(Change::ActivateAccount { account: member.account });
                }
            }
            _ => {}
        }
        if held.get(member.account.0 as usize) == Some(&true) {
            link.unused_since = None;
        }
        if account.link.as_ref() != Some(&link) {
            links.push(Change::LinkAccount { account: member.account, link });
        }
    }
    matches.problems.append(&mut problems);
    // References of created accounts count in the order of their creation.
    creations.sort_unstable_by_key(|change| match change {
        Change::CreateAccount { account, .. } => *account,
        _ => AccountRef(u32::MAX),
    });
    for (account, reference) in
        scene.found.accounts.iter().zip(0..).map(|(account, index)| (account, AccountRef(index)))
    {
        if !met[reference.0 as usize] {
            let used = held.get(reference.0 as usize) == Some(&true);
            prune(account, reference, used, scene, &mut links, &mut changes);
        }
    }
    changes.writes = park_and_set(&mut edits, scene);
    changes.writes.append(&mut creations);
    changes.writes.append(&mut links);
    changes.writes.append(&mut activations);
    changes
}

fn create(
    source: &DirectoryUser,
    member: &Member,
    owner: &Arc<Owner>,
    scene: &Scene<'_>,
    problems: &mut Vec<Problem>,
) -> Change {
    let form = &scene.policy.form.text;
    let mut text = |wanted: &Option<Box<str>>| match text_edit(wanted.as_deref(), None, false, form) {
        Ok(Edit::Set(text)) => Some(text),
        Ok(Edit::Keep | Edit::Clear) => None,
        Err(unfit) => {
            problems.push(unfit_text(source, &unfit));
            None
        }
    };
    let wanted = &source.attributes;
    let attributes = Attributes {
        username: member.username.clone(),
        email: member.email.clone(),
        first_name: text(&wanted.first_name),
        last_name: text(&wanted.last_name),
        display_name: text(&wanted.display_name),
        phone: text(&wanted.phone),
    };
    let link = AccountLink {
        realm: scene.snapshot.realm,
        id: source.id,
        owner: Some(Arc::clone(owner)),
        origin: Origin::Created,
        username: member.username.clone().unwrap_or_default(),
        email: member.email.clone(),
        place: source.place,
        deactivated_by_us: false,
        unused_since: None,
    };
    Change::CreateAccount { account: member.account, attributes, active: true, link }
}

fn edit(
    source: &DirectoryUser,
    member: &Member,
    account: &Account,
    scene: &Scene<'_>,
    problems: &mut Vec<Problem>,
) -> AttributeEdits {
    let (wanted, held, shown) = (&source.attributes, &account.attributes, &scene.snapshot.shown);
    let file = scene.snapshot.absence == Absence::Proven;
    let name = |granted: &Option<Box<str>>, held: &Option<Box<str>>| match granted {
        Some(granted) if held.as_ref() != Some(granted) => Edit::Set(granted.clone()),
        _ => Edit::Keep,
    };
    let mut text = |wanted: &Option<Box<str>>, held: &Option<Box<str>>, shown| {
        text_edit(wanted.as_deref(), held.as_deref(), shown, &scene.policy.form.text).unwrap_or_else(|unfit| {
            problems.push(unfit_text(source, &unfit));
            Edit::Keep
        })
    };
    AttributeEdits {
        username: name(&member.username, &held.username),
        email: name(&member.email, &held.email),
        first_name: text(&wanted.first_name, &held.first_name, file || shown.first_name),
        last_name: text(&wanted.last_name, &held.last_name, file || shown.last_name),
        display_name: text(&wanted.display_name, &held.display_name, file || shown.display_name),
        phone: text(&wanted.phone, &held.phone, file || shown.phone),
    }
}

/// Rule 6: an absent attribute clears only if the same read shows it on some other entry (`shown`), else it may be hidden;
/// a file hides nothing.
fn text_edit(
    wanted: Option<&str>,
    held: Option<&str>,
    shown: bool,
    form: &TextForm,
) -> Result<Edit, crate::sync::form::Unfit> {
    match (wanted.map(|wanted| form.kept(wanted)).transpose()?, held) {
        (Some(wanted), held) if held != Some(wanted) => Ok(Edit::Set(wanted.into())),
        (None, Some(_)) if shown => Ok(Edit::Clear),
        _ => Ok(Edit::Keep),
    }
}

fn unfit_text(source: &DirectoryUser, unfit: &crate::sync::form::Unfit) -> Problem {
    Problem {
        group: String::new(),
        kind: ProblemKind::Invalid,
        message: format!("the store cannot hold a name or telephone number of the user {}: {unfit}", source.id),
    }
}

/// The link as it is once the edits are written.
fn follow(
    source: &DirectoryUser,
    member: &Member,
    account: &Account,
    edits: &AttributeEdits,
    owner: &Arc<Owner>,
    scene: &Scene<'_>,
) -> AccountLink {
    let written = |edit: &Edit, held: &Option<Box<str>>| match edit {
        Edit::Set(text) => Some(text.clone()),
        Edit::Clear => None,
        Edit::Keep => held.clone(),
    };
    let before = account.link.as_ref().filter(|_| !member.adopted);
    AccountLink {
        realm: scene.snapshot.realm,
        id: source.id,
        owner: Some(Arc::clone(owner)),
        origin: before.map_or(Origin::Adopted, |link| link.origin),
        username: written(&edits.username, &account.attributes.username).unwrap_or_default(),
        email: written(&edits.email, &account.attributes.email),
        place: source.place,
        deactivated_by_us: before.is_some_and(|link| link.deactivated_by_us),
        unused_since: before.and_then(|link| link.unused_since),
    }
}

/// Rule 5: an account that we created, that belongs to this sync, and that no group has held for long enough.
fn prune(
    account: &Account,
    reference: AccountRef,
    used: bool,
    scene: &Scene<'_>,
    links: &mut Vec<Change>,
    changes: &mut AccountChanges,
) {
    let policy = scene.policy;
    let Some(link) = account.link.as_ref().filter(|link| {
        link.realm == scene.snapshot.realm
            && link.owner.as_deref() == Some(&policy.owner)
            && link.origin == Origin::Created
            && policy.prune_accounts != PruneAccounts::Retain
            && !scene.protected.contains(&reference)
    }) else {
        return;
    };
    let mut follow = link.clone();
    match (used, link.unused_since) {
        (true, _) => follow.unused_since = None,
        (false, None) => follow.unused_since = Some(scene.now),
        (false, Some(since)) if scene.now.duration_since(since) < policy.accounts_after => {}
        (false, Some(_)) if account.active => {
            follow.deactivated_by_us = true;
            changes.deactivations.push(Change::DeactivateAccount { account: reference });
        }
        (false, Some(_)) if policy.prune_accounts == PruneAccounts::Delete && link.deactivated_by_us => {
            changes.deletions.push(Change::DeleteAccount { account: reference });
            return;
        }
        (false, Some(_)) => {}
    }
    if follow != *link {
        links.push(Change::LinkAccount { account: reference, link: follow });
    }
}

/// The edits, behind the parking of every account whose present username or e-mail another account takes: an account has
/// two names, so an order that serves one name space may contradict the other. A parked account bears its own store id
/// and no e-mail, so its edit writes back what stays.
fn park_and_set(edits: &mut BTreeMap<AccountRef, AttributeEdits>, scene: &Scene<'_>) -> Vec<Change> {
    let usernames = takers(edits, |edits| &edits.username);
    let emails = takers(edits, |edits| &edits.email);
    let taken = |name: Option<&str>, takers: &BTreeMap<String, AccountRef>, account: AccountRef| {
        let taker = name.and_then(|name| takers.get(&*fold(name)));
        taker.is_some_and(|taker| *taker != account)
    };
    let mut parked = Vec::new();
    for (account, edit) in edits.iter_mut() {
        let Some(held) = scene.found.account(*account) else { continue };
        let (username, email) = (&held.attributes.username, &held.attributes.email);
        if taken(username.as_deref(), &usernames, *account) || taken(email.as_deref(), &emails, *account) {
            parked.push(Change::ParkAccount { account: *account, username: format!("renaming-{}", held.id).into() });
            write_back(&mut edit.username, username.as_ref());
            write_back(&mut edit.email, email.as_ref());
        }
    }
    parked.extend(std::mem::take(edits).into_iter().map(|(account, edits)| Change::SetAccount { account, edits }));
    parked
}

fn takers(
    edits: &BTreeMap<AccountRef, AttributeEdits>,
    name: impl Fn(&AttributeEdits) -> &Edit,
) -> BTreeMap<String, AccountRef> {
    let taker = |(account, edits): (&AccountRef, &AttributeEdits)| match name(edits) {
        Edit::Set(text) => Some((fold(text), *account)),
        Edit::Keep | Edit::Clear => None,
    };
    edits.iter().filter_map(taker).collect()
}

fn write_back(edit: &mut Edit, held: Option<&Box<str>>) {
    if let (Edit::Keep, Some(held)) = (&edit, held) {
        *edit = Edit::Set(held.clone());
    }
}
