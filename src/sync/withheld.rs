//! Rule `hold`: what a plan leaves out because it waits for an approval.

use std::collections::{BTreeMap, BTreeSet};

use super::found::{AccountRef, Found, GroupRef};
use super::limits::{Exceeded, LimitName, renames};
use super::plan::{Change, Edit, Plan};

/// What a plan leaves out because it is held.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Withheld {
    groups: BTreeSet<GroupRef>,
    releases: BTreeSet<GroupRef>,
    members: BTreeSet<GroupRef>,
    accounts: BTreeSet<AccountRef>,
    group_names: BTreeSet<GroupRef>,
    account_names: BTreeSet<AccountRef>,
    changes: Vec<Change>,
}

impl Withheld {
    /// Rules `limits`, `rename-limits` and `unasked-release`: what is held of a plan. Beyond the limit of one group,
    /// the removals of that group; beyond a limit of renames, those renames; beyond the limit of deletions because of
    /// unasked releases, both of these; beyond any other limit, all removals and unasked releases. A deletion without
    /// proof is held by itself.
    pub(crate) fn new(
        plan: &Plan,
        exceeded: &[Exceeded],
        unproven: &BTreeSet<GroupRef>,
        unasked: &BTreeSet<GroupRef>,
        found: &Found,
    ) -> Self {
        let is_over = |limit| exceeded.iter().any(|exceeded| exceeded.limit == limit);
        let all = [LimitName::GroupDeletions, LimitName::MemberRemovals, LimitName::AccountRemovals]
            .map(is_over)
            .contains(&true);
        let releases = is_over(LimitName::GroupReleases);
        let (group_names, account_names) = (is_over(LimitName::GroupRenames), is_over(LimitName::AccountRenames));
        let over: BTreeSet<GroupRef> =
            exceeded.iter().filter_map(|exceeded| Some(exceeded.group.as_ref()?.0)).collect();
        let mut withheld = Self::default();
        for change in &plan.changes {
            let held = match change {
                Change::DeleteGroup { group } | Change::EmptyGroup { group, .. }
                    if all || releases || unproven.contains(group) =>
                {
                    withheld.groups.insert(*group)
                }
                Change::LinkGroup { group, link }
                    if (all || releases) && link.owner.is_none() && unasked.contains(group) =>
                {
                    withheld.releases.insert(*group)
                }
                Change::RemoveMembers { group, .. } if all || over.contains(group) => withheld.members.insert(*group),
                Change::DeactivateAccount { account } | Change::DeleteAccount { account } if all => {
                    withheld.accounts.insert(*account)
                }
                Change::SetGroup { group, name: Edit::Set(_), .. } if group_names => {
                    withheld.group_names.insert(*group)
                }
                Change::SetAccount { account, edits } if account_names && renames(*account, edits, found) => {
                    withheld.account_names.insert(*account)
                }
                _ => false,
            };
            withheld.changes.extend(held.then(|| change.clone()));
        }
        withheld
    }

    /// Rules `hold` and `rename-limits`: what the plan without the held changes does and the whole plan does not. An
    /// example is a group that waits for its name: by the whole plan, users become its members, and without it they
    /// are in no group. A group whose release is held is synchronized as before, within the limits (`exceeded` are
    /// those of this plan).
    pub(crate) fn beyond(&self, whole: &Plan, plan: &Plan, exceeded: &[Exceeded], found: &Found) -> Self {
        let is_over = |limit| exceeded.iter().any(|exceeded| exceeded.limit == limit);
        let over_all = is_over(LimitName::MemberRemovals);
        let over_own = |group: GroupRef| {
            exceeded.iter().any(|exceeded| exceeded.group.as_ref().is_some_and(|(own, _)| *own == group))
        };
        let goes_on = |group: &GroupRef| self.releases.contains(group) && !over_all && !over_own(*group);
        let mut removed: BTreeMap<GroupRef, &[AccountRef]> = BTreeMap::new();
        let mut of_whole = Self::default();
        for change in &whole.changes {
            match change {
                Change::RemoveMembers { group, accounts } => drop(removed.insert(*group, accounts)),
                Change::DeleteGroup { group } | Change::EmptyGroup { group, .. } => {
                    of_whole.groups.insert(*group);
                }
                Change::DeactivateAccount { account } | Change::DeleteAccount { account } => {
                    of_whole.accounts.insert(*account);
                }
                Change::SetGroup { group, name: Edit::Set(_), .. } => drop(of_whole.group_names.insert(*group)),
                Change::SetAccount { account, edits } if renames(*account, edits, found) => {
                    of_whole.account_names.insert(*account);
                }
                _ => {}
            }
        }
        let mut beyond = Self::default();
        for change in &plan.changes {
            match change {
                Change::RemoveMembers { group, accounts } if !goes_on(group) => {
                    let whole = removed.get(group).copied().unwrap_or_default();
                    if accounts.iter().any(|account| whole.binary_search(account).is_err()) {
                        beyond.members.insert(*group);
                    }
                }
                Change::DeleteGroup { group } | Change::EmptyGroup { group, .. }
                    if !of_whole.groups.contains(group) =>
                {
                    beyond.groups.insert(*group);
                }
                Change::SetGroup { group, name: Edit::Set(_), .. }
                    if is_over(LimitName::GroupRenames) && !of_whole.group_names.contains(group) =>
                {
                    beyond.group_names.insert(*group);
                }
                Change::SetAccount { account, edits }
                    if is_over(LimitName::AccountRenames)
                        && renames(*account, edits, found)
                        && !of_whole.account_names.contains(account) =>
                {
                    beyond.account_names.insert(*account);
                }
                Change::DeactivateAccount { account } | Change::DeleteAccount { account }
                    if !of_whole.accounts.contains(account) =>
                {
                    beyond.accounts.insert(*account);
                }
                _ => {}
            }
        }
        beyond
    }

    /// Leaves these out too, and tells whether any is new. They are not part of the hold.
    pub(crate) fn leave_out(&mut self, more: Self) -> bool {
        let before = self.count();
        self.groups.extend(more.groups);
        self.members.extend(more.members);
        self.accounts.extend(more.accounts);
        self.group_names.extend(more.group_names);
        self.account_names.extend(more.account_names);
        self.count() > before
    }

    fn count(&self) -> usize {
        let Self { groups, members, accounts, group_names, account_names, releases: _, changes: _ } = self;
        groups.len() + members.len() + accounts.len() + group_names.len() + account_names.len()
    }

    /// Whether nothing is held.
    pub(crate) const fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Whether the deletion of a group is held.
    pub(crate) fn deletion(&self, group: GroupRef) -> bool {
        self.groups.contains(&group)
    }

    /// Whether a release that the spec did not ask for is held: the group is synchronized as before.
    pub(crate) fn release(&self, group: GroupRef) -> bool {
        self.releases.contains(&group)
    }

    /// Whether a group keeps its name.
    pub(crate) fn group_name(&self, group: GroupRef) -> bool {
        self.group_names.contains(&group)
    }

    /// Whether an account keeps its username and its e-mail.
    pub(crate) fn account_names(&self, account: AccountRef) -> bool {
        self.account_names.contains(&account)
    }

    /// Whether the removals of a group's members are held.
    pub(crate) fn members(&self, group: GroupRef) -> bool {
        self.members.contains(&group)
    }

    /// Whether it is held that an account is made inactive or deleted.
    pub(crate) fn account(&self, account: AccountRef) -> bool {
        self.accounts.contains(&account)
    }

    /// The changes that are left out, in the order of the plan.
    pub(crate) fn changes(&self) -> Plan {
        Plan::from(self.changes.clone())
    }
}
