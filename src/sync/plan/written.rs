//! Rule `written-only`: what of a plan was written. All that a run reports is made from that, never from what it meant
//! to write.

use std::collections::{BTreeMap, BTreeSet};

use super::{Change, Plan, Subject};
use crate::sync::found::{AccountRef, GroupRef};

/// How much of a change was not written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unwritten {
    /// Nothing of it was written.
    Whole,
    /// The memberships of these accounts were not written, the others of the change were.
    Members(Vec<AccountRef>),
}

/// What of a plan was not written. Everything else was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gaps {
    /// The changes that were not written, wholly or in part, by their indexes in the plan.
    pub changes: BTreeMap<usize, Unwritten>,
    /// What the plan remembers was not written.
    pub remember: bool,
    /// The links that the plan forgets are still there.
    pub forget: bool,
}

impl Gaps {
    /// All of a plan: where a store begins that writes call by call.
    #[must_use]
    pub fn all(plan: &Plan) -> Self {
        Self {
            changes: (0..plan.changes.len()).map(|index| (index, Unwritten::Whole)).collect(),
            remember: plan.remembers(),
            forget: !plan.forget.is_empty(),
        }
    }

    /// The change at this index was written.
    pub fn close(&mut self, index: usize) {
        self.changes.remove(&index);
    }

    /// The change at this index was written, but for the memberships of these accounts.
    pub fn leave(&mut self, index: usize, members: Vec<AccountRef>) {
        if members.is_empty() {
            self.close(index);
        } else {
            self.changes.insert(index, Unwritten::Members(members));
        }
    }

    /// Whether everything was written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && !self.remember && !self.forget
    }
}

/// The gaps of a store that wrote nothing of some objects, and of some groups not the memberships of some accounts.
/// A membership of an object that was not written was not written either.
pub fn gaps(
    plan: &Plan,
    is_refused: impl Fn(Subject) -> bool,
    members: &BTreeMap<GroupRef, BTreeSet<AccountRef>>,
) -> Gaps {
    let gap = |change: &Change| match change {
        Change::AddMembers { group, accounts } | Change::RemoveMembers { group, accounts } => {
            if is_refused(Subject::Group(*group)) {
                return Some(Unwritten::Whole);
            }
            let of_group = members.get(group);
            let refused = |account: &AccountRef| {
                of_group.is_some_and(|of_group| of_group.contains(account)) || is_refused(Subject::Account(*account))
            };
            let missing: Vec<AccountRef> = accounts.iter().copied().filter(refused).collect();
            match missing.len() {
                0 => None,
                all if all == accounts.len() => Some(Unwritten::Whole),
                _ => Some(Unwritten::Members(missing)),
            }
        }
        other => is_refused(other.subject()).then_some(Unwritten::Whole),
    };
    let changes = plan.changes.iter().enumerate().filter_map(|(index, change)| Some((index, gap(change)?))).collect();
    Gaps { changes, ..Gaps::default() }
}

impl Plan {
    /// Rule `written-only`: takes out what was not written.
    pub fn remove_unwritten(&mut self, gaps: &Gaps) {
        if gaps.remember {
            (self.remember, self.claim) = (None, None);
        }
        if gaps.forget {
            self.forget.clear();
        }
        if gaps.changes.is_empty() {
            return;
        }
        let mut index = 0..;
        self.changes.retain_mut(|change| match index.next().and_then(|index: usize| gaps.changes.get(&index)) {
            None => true,
            Some(Unwritten::Whole) => false,
            Some(Unwritten::Members(missing)) => {
                if let Change::AddMembers { accounts, .. } | Change::RemoveMembers { accounts, .. } = change {
                    let missing: BTreeSet<&AccountRef> = missing.iter().collect();
                    accounts.retain(|account| !missing.contains(account));
                }
                true
            }
        });
    }

    /// Whether nothing at all is left of it, where these are its gaps.
    #[must_use]
    pub fn is_unwritten(&self, gaps: &Gaps) -> bool {
        (!self.remembers() || gaps.remember)
            && (self.forget.is_empty() || gaps.forget)
            && (0..self.changes.len()).all(|index| gaps.changes.get(&index) == Some(&Unwritten::Whole))
    }
}

impl Change {
    /// What it is about.
    #[must_use]
    pub const fn subject(&self) -> Subject {
        match self {
            Self::DeleteGroup { group }
            | Self::ParkGroup { group, .. }
            | Self::SetGroup { group, .. }
            | Self::CreateGroup { group, .. }
            | Self::LinkGroup { group, .. }
            | Self::SetRoles { group, .. }
            | Self::EmptyGroup { group, .. } => Subject::Group(*group),
            Self::RemoveMembers { group, .. } | Self::AddMembers { group, .. } => Subject::Members(*group),
            Self::ParkAccount { account, .. }
            | Self::SetAccount { account, .. }
            | Self::CreateAccount { account, .. }
            | Self::LinkAccount { account, .. }
            | Self::ActivateAccount { account }
            | Self::DeactivateAccount { account }
            | Self::DeleteAccount { account } => Subject::Account(*account),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(group: u32, accounts: impl IntoIterator<Item = u32>) -> Change {
        Change::AddMembers { group: GroupRef(group), accounts: accounts.into_iter().map(AccountRef).collect() }
    }

    fn left(changes: Vec<Change>, refused: &[Subject], members: &[(u32, u32)]) -> Plan {
        let mut plan = Plan::from(changes);
        let mut of_groups: BTreeMap<GroupRef, BTreeSet<AccountRef>> = BTreeMap::new();
        for (group, account) in members {
            of_groups.entry(GroupRef(*group)).or_default().insert(AccountRef(*account));
        }
        let gaps = gaps(&plan, |subject| refused.contains(&subject), &of_groups);
        plan.remove_unwritten(&gaps);
        plan
    }

    #[test]
    fn a_membership_goes_with_its_account_with_its_group_or_alone() {
        let changes = || vec![add(0, [0, 1, 2]), add(1, [1]), add(2, [0, 2])];
        assert_eq!(left(changes(), &[], &[]), changes().into());
        let refused = left(changes(), &[Subject::Account(AccountRef(1))], &[]);
        assert_eq!(refused.changes, [add(0, [0, 2]), add(2, [0, 2])], "an account takes its memberships along");
        let refused = left(changes(), &[Subject::Group(GroupRef(0))], &[(2, 2)]);
        assert_eq!(refused.changes, [add(1, [1]), add(2, [0])]);
    }

    #[test]
    fn a_plan_is_unwritten_only_if_nothing_of_it_is_left() {
        let plan = Plan::from(vec![add(0, [0, 1])]);
        let gaps = |refused: &[u32]| {
            gaps(&plan, |it| refused.iter().any(|r| it == Subject::Account(AccountRef(*r))), &BTreeMap::new())
        };
        assert!(!plan.is_unwritten(&gaps(&[])));
        assert!(!plan.is_unwritten(&gaps(&[1])));
        assert!(plan.is_unwritten(&gaps(&[0, 1])));
    }
}
