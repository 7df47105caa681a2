//! What people and time do.

use proptest::prelude::*;
use proptest::sample::select;

use super::truth::{Fault, GROUPS, TruthChange, USERS};
use crate::sync::found::{Account, AccountRef, Found, Links, LostLink};
use crate::sync::link::{AccountLink, GroupLink};
use crate::sync::policy::{Accounts, DisabledAccounts, Limit, Members, Policy, PruneAccounts, PruneGroups};
use crate::sync::scenario::{SELECTOR, selector};
use crate::sync::snapshot::Attributes;

/// How the names of those begin who were given the number of another.
pub(super) const PASSED_ON: &str = "passed on ";

/// One step of a history.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// So many minutes pass.
    Wait(i64),
    /// The directory changes, or fails.
    Directory(TruthChange),
    /// A person edits the store by hand.
    Store(StoreEdit),
    /// Where somebody else makes the accounts: a user signs in.
    SignIn(&'static str),
    /// Somebody edits the spec.
    Spec(SpecEdit),
    /// A person approves what the status shows.
    Approve,
    /// A run, which may be killed before it commits.
    Run { crashes: bool },
}

/// What somebody does to the spec.
#[derive(Debug, Clone, Copy)]
pub(super) enum SpecEdit {
    /// So many of each; `None`: no limit.
    Limits(Option<u8>),
    /// So many renames of each; `None`: no limit.
    Renames(Option<u8>),
    /// Whether the groups are selected at all.
    Selects(bool),
    Members(Members),
    Disabled(DisabledAccounts),
    Groups(PruneGroups),
    Accounts(PruneAccounts),
}

/// What administrators do to the store.
#[derive(Debug, Clone, Copy)]
pub(super) enum StoreEdit {
    AddLocal(usize),
    RemoveSomebody(usize),
    Rename(usize),
    DeleteGroup(usize),
    DeleteAccount(usize),
    /// Deletes an account and gives its number to somebody else.
    PassAccount(usize),
    /// Deletes a group and gives its number to another.
    PassGroup(usize),
    /// Another store stands behind the same address, with nothing in it.
    ReplaceStore,
}

/// Where links live outside the store, more may happen to it.
pub(super) fn step(links_are_outside: bool) -> impl Strategy<Value = Step> {
    let user = || select(USERS.to_vec());
    let group = || select(GROUPS.to_vec());
    let fault = prop_oneof![
        group().prop_map(Fault::GroupHidden),
        group().prop_map(Fault::GroupUnreadable),
        Just(Fault::FirstHalfHidden),
        Just(Fault::EverythingHidden),
        (group(), any::<bool>()).prop_map(|(group, askable)| Fault::MembersHidden { group, askable }),
        user().prop_map(Fault::UserHidden),
        user().prop_map(Fault::UserNowhere),
        Just(Fault::PeopleHidden),
        Just(Fault::LateReplica),
        Just(Fault::Restored),
        Just(Fault::Broken),
    ];
    let change = prop_oneof![
        3 => (group(), user()).prop_map(|(group, user)| TruthChange::Join(group, user)),
        3 => (group(), user()).prop_map(|(group, user)| TruthChange::Leave(group, user)),
        1 => group().prop_map(TruthChange::DeleteGroup),
        1 => group().prop_map(TruthChange::MakeGroup),
        1 => user().prop_map(TruthChange::DisableUser),
        1 => user().prop_map(TruthChange::DeleteUser),
        2 => (group(), any::<bool>()).prop_map(|(group, has)| TruthChange::Placeholder(group, has)),
        1 => (user(), any::<bool>()).prop_map(|(user, outside)| TruthChange::MoveUser(user, outside)),
        1 => (select(vec!["g2", "g3"]), any::<bool>()).prop_map(|(group, moved)| TruthChange::MoveGroup(group, moved)),
        1 => group().prop_map(TruthChange::Rename),
        1 => user().prop_map(TruthChange::Rename),
        1 => Just(TruthChange::GiveIds),
        1 => any::<bool>().prop_map(TruthChange::Scan),
        1 => any::<bool>().prop_map(TruthChange::ShowTombstones),
        3 => fault.prop_map(TruthChange::Fault),
        2 => Just(TruthChange::Recover),
    ];
    let edit = prop_oneof![
        any::<usize>().prop_map(StoreEdit::AddLocal),
        any::<usize>().prop_map(StoreEdit::RemoveSomebody),
        any::<usize>().prop_map(StoreEdit::Rename),
        any::<usize>().prop_map(StoreEdit::DeleteAccount),
    ];
    let outside = prop_oneof![
        2 => any::<usize>().prop_map(StoreEdit::DeleteGroup),
        3 => any::<usize>().prop_map(StoreEdit::PassGroup),
        3 => any::<usize>().prop_map(StoreEdit::PassAccount),
        1 => Just(StoreEdit::ReplaceStore),
    ];
    let sign_in = user().prop_map(Step::SignIn);
    let edit = if links_are_outside { prop_oneof![edit, outside].boxed() } else { edit.boxed() };
    prop_oneof![
        3 => (1_i64..90).prop_map(Step::Wait),
        8 => change.prop_map(Step::Directory),
        1 => edit.prop_map(Step::Store),
        3 => sign_in,
        2 => spec_edit().prop_map(Step::Spec),
        1 => Just(Step::Approve),
        8 => weighted_run(),
    ]
}

fn spec_edit() -> impl Strategy<Value = SpecEdit> {
    use DisabledAccounts::{Deactivate, Exclude, Include};
    prop_oneof![
        3 => select(vec![None, Some(0), Some(1), Some(2)]).prop_map(SpecEdit::Limits),
        1 => select(vec![None, Some(0), Some(1)]).prop_map(SpecEdit::Renames),
        1 => any::<bool>().prop_map(SpecEdit::Selects),
        1 => select(vec![Members::Exclusive, Members::KeepLocal]).prop_map(SpecEdit::Members),
        1 => select(vec![Exclude, Include, Deactivate]).prop_map(SpecEdit::Disabled),
        1 => select(vec![PruneGroups::Delete, PruneGroups::Retain]).prop_map(SpecEdit::Groups),
        1 => select(vec![PruneAccounts::Retain, PruneAccounts::Deactivate, PruneAccounts::Delete])
            .prop_map(SpecEdit::Accounts),
    ]
}

impl SpecEdit {
    /// The spec as it is at first.
    pub(super) const DEFAULTS: [Self; 7] = [
        Self::Limits(None),
        Self::Renames(None),
        Self::Selects(true),
        Self::Members(Members::Exclusive),
        Self::Disabled(DisabledAccounts::Exclude),
        Self::Groups(PruneGroups::Delete),
        Self::Accounts(PruneAccounts::Retain),
    ];

    pub(super) fn make(self, policy: &mut Policy) {
        match self {
            Self::Limits(most) => {
                let limit = Limit { percent: 100, allow: 0, max: most.map(u64::from) };
                let limits = &mut policy.limits;
                (limits.group_deletions, limits.member_removals, limits.account_removals) = (limit, limit, limit);
            }
            Self::Renames(most) => {
                let limit = Limit { percent: 100, allow: 0, max: most.map(u64::from) };
                (policy.limits.group_renames, policy.limits.account_renames) = (limit, limit);
            }
            Self::Selects(selects) => {
                policy.selectors =
                    if selects { vec![selector(SELECTOR, true), selector("filter", false)] } else { Vec::new() };
            }
            Self::Members(members) => policy.members = members,
            // Runs refuse what changes accounts that somebody else makes.
            Self::Disabled(DisabledAccounts::Deactivate) | Self::Accounts(_)
                if policy.accounts != Accounts::Managed => {}
            Self::Disabled(disabled) => policy.disabled_accounts = disabled,
            Self::Groups(prune) => policy.prune_groups = prune,
            Self::Accounts(prune) => policy.prune_accounts = prune,
        }
    }
}

fn weighted_run() -> impl Strategy<Value = Step> {
    prop_oneof![5 => Just(Step::Run { crashes: false }), 1 => Just(Step::Run { crashes: true })]
}

impl StoreEdit {
    /// Numbers choose among what there is.
    pub(super) fn make(self, found: &mut Found) {
        let groups = found.groups.len();
        let at = |number: usize, among: usize| (among > 0).then(|| number % among);
        match self {
            Self::AddLocal(number) => {
                let Some(group) = at(number, groups) else { return };
                let id = found.accounts.iter().filter_map(|account| account.id.number()).max().unwrap_or(0) + 1;
                let username = Some(format!("local{id}").into());
                let attributes = Attributes { username, ..Attributes::default() };
                found.groups[group].members.push(AccountRef(u32::try_from(found.accounts.len()).unwrap()));
                found.accounts.push(Account { id: id.into(), attributes, active: true, link: None });
            }
            Self::RemoveSomebody(number) => {
                let Some(group) = at(number, groups) else { return };
                let members = &mut found.groups[group].members;
                if let Some(member) = at(number / 7, members.len()) {
                    members.remove(member);
                }
            }
            Self::Rename(number) => {
                if let Some(group) = at(number, groups) {
                    found.groups[group].name = format!("renamed{number}").into();
                }
            }
            Self::DeleteGroup(number) => {
                if let Some(group) = at(number, groups) {
                    let link = found.groups.remove(group).link;
                    lose(found, link, None);
                }
            }
            Self::PassGroup(number) => {
                if let Some(group) = at(number, groups) {
                    (found.groups[group].name, found.groups[group].members) =
                        (format!("{PASSED_ON}{number}").into(), Vec::new());
                }
            }
            Self::PassAccount(number) => {
                if let Some(account) = at(number, found.accounts.len()) {
                    let username = Some(format!("{PASSED_ON}{number}").into());
                    found.accounts[account].attributes = Attributes { username, ..Attributes::default() };
                }
            }
            Self::ReplaceStore => {
                for group in std::mem::take(&mut found.groups) {
                    lose(found, group.link, None);
                }
                for account in std::mem::take(&mut found.accounts) {
                    lose(found, None, account.link);
                }
            }
            Self::DeleteAccount(number) => {
                let Some(account) = at(number, found.accounts.len()) else { return };
                let link = found.accounts.remove(account).link;
                lose(found, None, link);
                let gone = AccountRef(u32::try_from(account).unwrap());
                for group in &mut found.groups {
                    group.members.retain(|member| *member != gone);
                    for member in group.members.iter_mut().filter(|member| **member > gone) {
                        member.0 -= 1;
                    }
                }
            }
        }
    }
}

/// A link outside the store stays when its object goes.
fn lose(found: &mut Found, group: Option<GroupLink>, account: Option<AccountLink>) {
    let Links::Outside(lost) = &mut found.links else { return };
    let store = lost.store.clone();
    lost.groups.extend(group.map(|link| LostLink { link, store: store.clone() }));
    lost.accounts.extend(account.map(|link| LostLink { link, store }));
}
