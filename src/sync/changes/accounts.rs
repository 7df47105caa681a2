//! Which accounts are created, what of them follows the directory, and what happens to accounts that no group uses.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::attributes::edits;
use super::matched::remember_match;
use super::temporary_names::park_and_set;
use super::unused::{Pruning, prune};
use super::uses::{Usage, Uses};
use crate::sync::context::PlanContext;
use crate::sync::found::{Account, AccountRef};
use crate::sync::link::{AccountLink, Link as _, Origin};
use crate::sync::matching::accounts::matches::{AccountMatches, Member};
use crate::sync::plan::{AttributeEdits, Change};
use crate::sync::policy::Accounts;
use crate::sync::problem::Problem;
use crate::sync::proof::absence::noted_since;
use crate::sync::snapshot::{AccountState, Attributes, DirectoryUser, MemberSighting, UserIndex};
use crate::sync::wanted::state::{Standing, state};

/// The changes of accounts, in the phases of a plan.
#[derive(Debug, Default)]
pub(crate) struct AccountChanges {
    /// Temporary names, attributes, creations, links, activations.
    pub(crate) writes: Vec<Change>,
    /// Deactivations.
    pub(crate) deactivations: Vec<Change>,
    /// Deletions.
    pub(crate) deletions: Vec<Change>,
    /// What an administrator must fix.
    pub(crate) problems: Vec<Problem>,
    /// Users with a value that the store cannot hold.
    pub(crate) invalid: BTreeSet<UserIndex>,
    edits: BTreeMap<AccountRef, AttributeEdits>,
    creations: Vec<Change>,
    links: Vec<Change>,
    activations: Vec<Change>,
}

/// Rules `account-attributes`, `disabled-account` and `unused-account`: plans the accounts of members, then all other
/// accounts. Rule `existing-accounts`: only what is remembered of them changes. `missing` are accounts whose users a group
/// names and no look-up finds.
pub(crate) fn change_accounts(
    matches: &AccountMatches,
    uses: &Uses,
    missing: &BTreeSet<AccountRef>,
    context: &PlanContext<'_>,
) -> AccountChanges {
    let mut changes = AccountChanges::default();
    let mut is_done = vec![false; context.found.accounts.len()];
    for member in &matches.members {
        let Some(source) = context.snapshot.users.get(member.user as usize) else { continue };
        match context.found.account(member.account) {
            Some(account) if context.policy.accounts != Accounts::Managed => {
                is_done[member.account.0 as usize] = true;
                let is_missing = missing.contains(&member.account);
                changes.links.extend(remember_match(member, source, account, is_missing, context));
            }
            None => changes.create(member, source, context),
            Some(account)
                if member.adopted
                    || context.may_write_attributes(member.account, member.standing == Standing::Undecided) =>
            {
                is_done[member.account.0 as usize] = true;
                changes.follow(member, source, account, uses, missing.contains(&member.account), context);
            }
            Some(_) => {}
        }
    }
    let others = context.found.accounts.iter().zip(0..).zip(is_done).filter(|(_, is_done)| !is_done);
    for ((account, index), _) in others {
        let reference = AccountRef(index);
        changes.change_other(account, reference, uses.usage(reference), missing.contains(&reference), context);
    }
    changes.writes = park_and_set(std::mem::take(&mut changes.edits), context);
    changes.writes.append(&mut changes.creations);
    changes.writes.append(&mut changes.links);
    changes.writes.append(&mut changes.activations);
    changes
}

impl AccountChanges {
    /// The edits of one account; what cannot be written is listed.
    fn edit(
        &mut self,
        member: &Member,
        source: &DirectoryUser,
        held: &Attributes,
        context: &PlanContext<'_>,
    ) -> AttributeEdits {
        let (edits, problem) = edits(source, member, held, context);
        self.invalid.extend(problem.iter().map(|_| member.user));
        self.problems.extend(problem);
        edits
    }

    /// Rule `account-attributes` for a member without an account.
    fn create(&mut self, member: &Member, source: &DirectoryUser, context: &PlanContext<'_>) {
        let nothing = Attributes::default();
        let attributes = self.edit(member, source, &nothing, context).applied_to(&nothing);
        let link = new_link(source, &attributes, Origin::Created, context);
        self.creations.push(Change::CreateAccount { account: member.account, attributes, active: true, link });
    }

    /// Rules `account-attributes` and `disabled-account` for a member with an account.
    fn follow(
        &mut self,
        member: &Member,
        source: &DirectoryUser,
        account: &Account,
        uses: &Uses,
        is_missing: bool,
        context: &PlanContext<'_>,
    ) {
        let edits = self.edit(member, source, &account.attributes, context);
        if edits == AttributeEdits::default() && !is_missing && is_in_sync(source, member, account, context) {
            return;
        }
        let mut link = followed(source, member, account, &edits, context);
        if let Some(before) = account.link.as_ref().filter(|_| is_missing && !member.adopted) {
            // A group names the user as the link does. As long as it does, the link keeps that name.
            (link.place, link.missing_since) = (before.place, noted_since(before.missing_since, context));
        }
        if edits != AttributeEdits::default() {
            self.edits.insert(member.account, edits);
        }
        self.switch(member, source, account, &mut link, context);
        if uses.usage(member.account) == Usage::Used {
            link.unused_since = None;
        }
        if account.link.as_ref() != Some(&link) {
            self.links.push(Change::LinkAccount { account: member.account, link });
        }
    }

    /// Rule `disabled-account`: an account is activated only while its link says that we made it inactive.
    fn switch(
        &mut self,
        member: &Member,
        source: &DirectoryUser,
        account: &Account,
        link: &mut AccountLink,
        context: &PlanContext<'_>,
    ) {
        let is_inactive_member = member.standing == Standing::InactiveMember;
        let waits = context.adds_only.is_some() || context.withheld.account(member.account);
        let state = state(source, context.policy.disabled_accounts, context.now);
        if is_inactive_member && account.active && !waits && !context.protected.contains(&member.account) {
            link.deactivated_by_us = true;
            self.deactivations.push(Change::DeactivateAccount { account: member.account });
        } else if !is_inactive_member && state == AccountState::Enabled && link.deactivated_by_us && !account.active {
            link.deactivated_by_us = false;
            self.activations.push(Change::ActivateAccount { account: member.account });
        } else {
            link.deactivated_by_us &= !account.active;
        }
    }

    /// Rule `unused-account`: an account that is not a member of a managed group. If it is not this sync's, all that
    /// may change is since when its user is missing.
    fn change_other(
        &mut self,
        account: &Account,
        reference: AccountRef,
        usage: Usage,
        is_missing: bool,
        context: &PlanContext<'_>,
    ) {
        let Some(link) = account.link.as_ref().filter(|link| link.directory_id == context.snapshot.directory_id) else {
            return;
        };
        let missing_since = missing_since(link, is_missing, context);
        let (mut unused_since, mut deactivated_by_us) = (link.unused_since, link.deactivated_by_us);
        if link.is_owned_by(&context.policy.owner) {
            let (pruning, since) = prune(link, reference, account.active, usage, context);
            unused_since = since;
            match pruning {
                Pruning::None => deactivated_by_us &= !account.active,
                Pruning::Deactivate => {
                    self.deactivations.push(Change::DeactivateAccount { account: reference });
                    deactivated_by_us = true;
                }
                Pruning::Delete => {
                    self.deletions.push(Change::DeleteAccount { account: reference });
                    return;
                }
            }
        }
        let states = (unused_since, deactivated_by_us, missing_since);
        if states != (link.unused_since, link.deactivated_by_us, link.missing_since) {
            let link = AccountLink { deactivated_by_us, unused_since, missing_since, ..link.clone() };
            self.links.push(Change::LinkAccount { account: reference, link });
        }
    }
}

/// Rule `no-change-no-write`: whether an account's link and state cannot change. That is the case for nearly all
/// accounts in nearly all runs, and it is found out without building what would be written.
fn is_in_sync(source: &DirectoryUser, member: &Member, account: &Account, context: &PlanContext<'_>) -> bool {
    let attributes = &account.attributes;
    account.link.as_ref().is_some_and(|link| {
        !member.adopted
            && member.standing != Standing::InactiveMember
            && !link.deactivated_by_us
            && link.unused_since.is_none()
            && link.missing_since.is_none()
            && link.place == source.place
            && link.is_owned_by(&context.policy.owner)
            && attributes.username.as_deref().unwrap_or_default() == &*link.username
            && attributes.email == link.email
    })
}

/// A link that this plan makes.
fn new_link(source: &DirectoryUser, attributes: &Attributes, origin: Origin, context: &PlanContext<'_>) -> AccountLink {
    AccountLink {
        directory_id: context.snapshot.directory_id,
        id: source.id,
        owner: Some(Arc::clone(&context.owner)),
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
    context: &PlanContext<'_>,
) -> AccountLink {
    let attributes = edits.applied_to(&account.attributes);
    match account.link.as_ref().filter(|_| !member.adopted) {
        None => new_link(source, &attributes, Origin::Adopted, context),
        Some(before) => AccountLink {
            deactivated_by_us: before.deactivated_by_us,
            unused_since: before.unused_since,
            ..new_link(source, &attributes, before.origin, context)
        },
    }
}

/// Since when the user of an account is found nowhere. The time is over when a read shows the user, or that it exists.
fn missing_since(link: &AccountLink, is_missing: bool, context: &PlanContext<'_>) -> Option<Timestamp> {
    if is_missing {
        return noted_since(link.missing_since, context);
    }
    link.missing_since.filter(|_| {
        let sighting = context.snapshot.located_members.get(&link.id);
        let is_nowhere = matches!(
            sighting,
            None | Some(MemberSighting::Nowhere | MemberSighting::Deleted | MemberSighting::NotInFile)
        );
        is_nowhere && context.index.user(link.id).is_none()
    })
}
