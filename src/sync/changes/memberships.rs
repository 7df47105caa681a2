//! Which members are added to a group, which are removed, and which stay because nothing proves that they left.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use crate::sync::context::PlanContext;
use crate::sync::found::{AccountRef, GroupRef};
use crate::sync::identity::ExternalId;
use crate::sync::link::{AccountLink, GroupLink};
use crate::sync::matching::accounts::matches::AccountMatches;
use crate::sync::matching::groups::matches::Managed;
use crate::sync::policy::Members;
use crate::sync::proof::absence::{Wait, noted_since};
use crate::sync::proof::emptiness::{Emptiness, emptiness};
use crate::sync::proof::member::{Leaver, UnresolvedMembers, leaver};
use crate::sync::snapshot::{AccountState, DirectoryGroup, UserIndex};
use crate::sync::wanted::state::{Standing, state};

/// What happens to the memberships of one managed group.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Memberships {
    /// The members to add, ascending.
    pub(crate) add: Vec<AccountRef>,
    /// The members to remove, ascending.
    pub(crate) remove: Vec<AccountRef>,
    /// How many stay although the directory shows no membership, because nothing proves yet that they left.
    pub(crate) waiting: u32,
    /// Those of them that an unresolved value may name, ascending, and what each waits for.
    pub(crate) unproven: Vec<(AccountRef, Wait)>,
    /// What is known of a group that shows no members.
    pub(crate) emptiness: Emptiness,
    /// What the group's link remembers of it once the plan is applied.
    pub(crate) empty_since: Option<Timestamp>,
    /// Users that are shown as members and are not added because it is unknown whether the directory account may be
    /// used.
    pub(crate) undecided: Vec<UserIndex>,
}

/// The account of every user, for a million look-ups.
pub(crate) struct AccountByUser<'a> {
    accounts: Vec<Option<AccountRef>>,
    undecided: Vec<bool>,
    /// The accounts that this plan adopts: they are not local any more.
    adopted: HashMap<AccountRef, ExternalId>,
    /// The users that they are linked to. Another account whose broken link names one of them is not that user's.
    adopting: HashSet<ExternalId>,
    conflicting: &'a HashMap<UserIndex, Vec<AccountRef>>,
    context: &'a PlanContext<'a>,
}

impl<'a> AccountByUser<'a> {
    /// From what matching says of the members.
    pub(crate) fn new(matches: &'a AccountMatches, context: &'a PlanContext<'a>) -> Self {
        let users = &context.snapshot.users;
        let adopted = matches.members.iter().filter(|member| member.adopted);
        let adopted: HashMap<AccountRef, ExternalId> =
            adopted.map(|member| (member.account, users[member.user as usize].id)).collect();
        let mut by_user = Self {
            accounts: vec![None; users.len()],
            undecided: vec![false; users.len()],
            adopting: adopted.values().copied().collect(),
            adopted,
            conflicting: &matches.conflicting,
            context,
        };
        for member in &matches.members {
            by_user.accounts[member.user as usize] = Some(member.account);
            by_user.undecided[member.user as usize] = member.standing == Standing::Undecided;
        }
        by_user
    }

    /// Whether an account has no link once the plan is applied. One that may still be a user's is not local.
    fn is_local(&self, account: AccountRef) -> bool {
        self.context.found.account(account).is_some_and(|held| held.link.is_none())
            && !self.adopted.contains_key(&account)
            && self.broken(account).is_none()
    }

    /// The broken link of an account that may still be a user's although it has none of the names last written.
    fn broken(&self, account: AccountRef) -> Option<&'a AccountLink> {
        self.context.broken.accounts.link_of(account).filter(|link| !self.adopting.contains(&link.id))
    }

    /// The user of this directory that an account is linked to once the plan is applied.
    fn user_of(&self, account: AccountRef) -> Option<ExternalId> {
        self.adopted.get(&account).copied().or_else(|| {
            let link = self.context.found.account_link(account)?;
            (link.directory_id == self.context.snapshot.directory_id).then_some(link.id)
        })
    }
}

/// Rules `leaver`, `exclusive-members`, `member-value` and `emptied-group`: compares the members of one group on both
/// sides.
pub(crate) fn compare(
    managed: &Managed<'_>,
    unresolved: &UnresolvedMembers,
    accounts: &AccountByUser<'_>,
    context: &PlanContext<'_>,
) -> Memberships {
    let source = managed.selected.source;
    // A group that adopts the store group of another has a time of its own.
    let link = context.found.group_link(managed.group);
    let link = link.filter(|link| (link.directory_id, link.id) == (context.snapshot.directory_id, source.id));
    let held = context.found.members(managed.group);
    let sides = Sides { group: managed.group, source, unresolved, held, link, accounts, context };
    let mut memberships = Memberships::default();
    let wanted = sides.wanted(&mut memberships.undecided);
    memberships.add = difference(&wanted, held);
    memberships.remove = difference(held, &wanted);
    sides.keep_unproven(&mut memberships);
    sides.keep_hidden(&mut memberships);
    sides.keep_all(&mut memberships);
    memberships
}

/// One group on both sides.
struct Sides<'a> {
    group: GroupRef,
    source: &'a DirectoryGroup,
    unresolved: &'a UnresolvedMembers,
    held: &'a [AccountRef],
    link: Option<&'a GroupLink>,
    accounts: &'a AccountByUser<'a>,
    context: &'a PlanContext<'a>,
}

impl Sides<'_> {
    /// The users that the group shows.
    fn users(&self) -> impl Iterator<Item = &UserIndex> {
        self.source.members.iter().chain(&self.unresolved.members)
    }

    fn is_held(&self, account: AccountRef) -> bool {
        self.held.binary_search(&account).is_ok()
    }

    /// Rules `disabled-account` and `duplicate-account`: the accounts that should be members, ascending. A user whose
    /// state cannot be read is not added, and stays. So do accounts that hold the names of a member without an account.
    fn wanted(&self, undecided: &mut Vec<UserIndex>) -> Vec<AccountRef> {
        let accounts = self.accounts;
        let mut wanted = Vec::with_capacity(self.source.members.len());
        for user in self.users() {
            match accounts.accounts.get(*user as usize).copied().flatten() {
                Some(account) if !accounts.undecided[*user as usize] || self.is_held(account) => wanted.push(account),
                _ if self.hides_state(*user) => undecided.push(*user),
                _ => {}
            }
        }
        if !accounts.conflicting.is_empty() {
            // A user that was read and left stays out, even if another user needs the name of the account.
            let is_of_other = |account: AccountRef, user: UserIndex| {
                let read = accounts.user_of(account).and_then(|id| self.context.index.user(id));
                read.is_some_and(|read| read != user)
            };
            let conflicting = self.users().filter_map(|user| Some((*user, accounts.conflicting.get(user)?)));
            let conflicting = conflicting.flat_map(|(user, held)| held.iter().map(move |account| (*account, user)));
            let kept = conflicting.filter(|(account, user)| self.is_held(*account) && !is_of_other(*account, *user));
            wanted.extend(kept.map(|(account, _)| account));
        }
        wanted.sort_unstable();
        wanted.dedup();
        wanted
    }

    fn hides_state(&self, user: UserIndex) -> bool {
        let user = self.context.snapshot.users.get(user as usize);
        let state = user.map(|user| state(user, self.context.policy.disabled_accounts, self.context.now));
        state == Some(AccountState::Unknown)
    }

    /// Rules `exclusive-members` and `member-value`: keeps local members where the settings say so, and all that an
    /// unresolved value of the group may name.
    fn keep_unproven(&self, memberships: &mut Memberships) {
        let (accounts, context) = (self.accounts, self.context);
        memberships.remove.retain(|account| {
            if context.policy.members == Members::KeepLocal && accounts.is_local(*account) {
                return false;
            }
            let broken = accounts.broken(*account);
            let user = accounts.user_of(*account).or_else(|| Some(broken?.id));
            let link = context.found.account_link(*account).or(broken);
            let link = link.filter(|link| link.directory_id == context.snapshot.directory_id && Some(link.id) == user);
            match leaver(user, link, self.unresolved, context) {
                Leaver::Left => true,
                Leaver::Named => false,
                Leaver::Waits(wait) => {
                    memberships.unproven.push((*account, wait));
                    false
                }
            }
        });
        memberships.waiting = number(memberships.unproven.len());
    }

    /// Rule `emptied-group`: keeps linked members that the group does not show, as long as it may hide its members.
    fn keep_hidden(&self, memberships: &mut Memberships) {
        let is_shown = |account: &AccountRef| {
            let user = self.accounts.user_of(*account).and_then(|id| self.context.index.user(id));
            user.is_some_and(|user| {
                self.source.members.binary_search(&user).is_ok() || self.unresolved.members.contains(&user)
            })
        };
        let may_be_hidden = |account: &AccountRef| !self.accounts.is_local(*account) && !is_shown(account);
        let leaves = !self.source.shows_members
            && self.source.concealed.is_none()
            && memberships.remove.iter().any(may_be_hidden);
        memberships.emptiness = emptiness(self.source, self.link, leaves, self.context);
        if let Emptiness::Denied | Emptiness::Doubtful(_) = memberships.emptiness {
            let hidden = memberships.remove.iter().filter(|account| may_be_hidden(account)).count();
            memberships.waiting += number(hidden);
            memberships.remove.retain(is_shown);
            let is_doubtful = memberships.emptiness != Emptiness::Denied;
            memberships.empty_since = noted_since(self.empty_since(), self.context).filter(|_| is_doubtful);
        }
    }

    /// Rules `known-server`, `nesting`, `emptied-group` and `hold`: keeps all members of a group if the server is new,
    /// if a group below it cannot be read, if it conceals members, or if its removals are held.
    fn keep_all(&self, memberships: &mut Memberships) {
        let hides_groups =
            self.source.hidden_subgroup.is_some() || (self.context.policy.nested && self.unresolved.perhaps_a_group);
        let adds_only = self.context.adds_only.is_some() || hides_groups || self.source.concealed.is_some();
        if adds_only || self.context.withheld.members(self.group) {
            let kept = std::mem::take(&mut memberships.remove);
            memberships.waiting += if adds_only { number(kept.len()) } else { 0 };
            if memberships.emptiness == Emptiness::Proven {
                memberships.empty_since = self.empty_since();
            }
        }
    }

    fn empty_since(&self) -> Option<Timestamp> {
        self.link.and_then(|link| link.empty_since)
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// What is in one ascending list and not in the other.
fn difference(list: &[AccountRef], other: &[AccountRef]) -> Vec<AccountRef> {
    let mut others = other.iter().peekable();
    let mut only = Vec::new();
    for account in list {
        while others.next_if(|other| *other < account).is_some() {}
        if others.peek() != Some(&account) {
            only.push(*account);
        }
    }
    only
}
