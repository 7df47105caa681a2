//! Section 5, rules 8 and 9: which removals, unasked releases and renames wait for a person, and how a person approves
//! exactly them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::escape::quoted;
use super::found::{AccountRef, Found, GroupRef};
use super::identity::{DirectoryId, ExternalId};
use super::limits::{Exceeded, LimitName, renames};
use super::plan::{Change, Edit, Plan};
use super::policy::{Approval, Policy};
use super::store_id::StoreId;

/// Changes that wait for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// What an approval must name: the same for the same changes of the same object, as long as changes are held.
    pub hash: String,
    /// Since when changes are held; `None` without a cluster.
    pub since: Option<Timestamp>,
    /// The removals, releases and renames, in the order in which they would be applied.
    pub changes: Plan,
}

/// Why a change waits for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// A limit would be exceeded.
    Exceeded(Exceeded),
    /// A group is found nowhere, and nothing else of its parent is shown: what hides one may hide all.
    Unproven {
        /// The group.
        group: String,
        /// Since when it is missing.
        since: Timestamp,
    },
    /// The read shows no group at all.
    NothingRead {
        /// How many groups are linked, still asked for and without a tombstone.
        linked: usize,
    },
}

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
    /// Beyond the limit of one group its removals are held, beyond a limit of renames those renames, beyond that of
    /// deletions for the sake of unasked releases both of these, beyond any other all removals and unasked releases; what
    /// is not proven is held by itself.
    pub(crate) fn of(
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
                Change::DeleteGroup { group } if all || releases || unproven.contains(group) => {
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

    /// The removals of the plan without what is held that the whole plan does not have: who is in a group that waits for its
    /// name is in it by the whole plan, and in nothing without it. A group whose release is held is synchronized as before,
    /// within the limits (`exceeded` are those of this plan).
    pub(crate) fn beyond(&self, whole: &Plan, plan: &Plan, exceeded: &[Exceeded]) -> Self {
        let over_all = exceeded.iter().any(|exceeded| exceeded.limit == LimitName::MemberRemovals);
        let over_own = |group: GroupRef| {
            exceeded.iter().any(|exceeded| exceeded.group.as_ref().is_some_and(|(own, _)| *own == group))
        };
        let goes_on = |group: &GroupRef| self.releases.contains(group) && !over_all && !over_own(*group);
        let mut leavers: BTreeMap<GroupRef, &[AccountRef]> = BTreeMap::new();
        let mut parted = Self::default();
        for change in &whole.changes {
            match change {
                Change::RemoveMembers { group, accounts } => drop(leavers.insert(*group, accounts)),
                Change::DeleteGroup { group } => drop(parted.groups.insert(*group)),
                Change::DeactivateAccount { account } | Change::DeleteAccount { account } => {
                    parted.accounts.insert(*account);
                }
                _ => {}
            }
        }
        let mut beyond = Self::default();
        for change in &plan.changes {
            match change {
                Change::RemoveMembers { group, accounts } if !goes_on(group) => {
                    let whole = leavers.get(group).copied().unwrap_or_default();
                    if accounts.iter().any(|account| whole.binary_search(account).is_err()) {
                        beyond.members.insert(*group);
                    }
                }
                Change::DeleteGroup { group } if !parted.groups.contains(group) => drop(beyond.groups.insert(*group)),
                Change::DeactivateAccount { account } | Change::DeleteAccount { account }
                    if !parted.accounts.contains(account) =>
                {
                    beyond.accounts.insert(*account);
                }
                _ => {}
            }
        }
        beyond
    }

    /// Leaves these out too, and tells whether any is new. They are no part of the hold.
    pub(crate) fn leave_out(&mut self, more: Self) -> bool {
        let before = self.count();
        self.groups.extend(more.groups);
        self.members.extend(more.members);
        self.accounts.extend(more.accounts);
        self.count() > before
    }

    fn count(&self) -> usize {
        self.groups.len() + self.members.len() + self.accounts.len()
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

/// A hold of these changes. Its time is that of the hold that the object shows already, so that the hash stays the same
/// while the changes do; a hold that begins has a time of its own, so that an old approval never fits again.
pub(crate) fn hold(changes: Plan, found: &Found, policy: &Policy, now: Timestamp) -> Hold {
    let mut text = String::new();
    for change in &changes.changes {
        describe(change, found, &mut text);
    }
    Hold::of(&text, changes, policy, now)
}

/// The hash and the time of the hold of a run that met another directory: what an approval releases.
pub(crate) fn other_directory(
    pinned: &BTreeSet<DirectoryId>,
    read: DirectoryId,
    policy: &Policy,
    now: Timestamp,
) -> Hold {
    let mut text = format!("directory {read}\n");
    for directory_id in pinned {
        let _ = writeln!(text, "releases {directory_id}");
    }
    Hold::of(&text, Plan::default(), policy, now)
}

/// The hash and the time of the hold of a run that met another store: what an approval forgets.
pub(crate) fn other_store(read: &str, forgotten: &BTreeSet<ExternalId>, policy: &Policy, now: Timestamp) -> Hold {
    let mut text = format!("store {read}\n");
    for id in forgotten {
        let _ = writeln!(text, "forgets {id}");
    }
    Hold::of(&text, Plan::default(), policy, now)
}

impl Hold {
    /// `text` says all that an approval covers.
    fn of(text: &str, changes: Plan, policy: &Policy, now: Timestamp) -> Self {
        let since = since(&policy.approval, now);
        Self { hash: hash(text, policy, since), since, changes }
    }
}

/// Whether a person approved exactly this.
pub(crate) fn is_approved(hold: &Hold, policy: &Policy) -> bool {
    policy.approval.hash.as_deref() == Some(&*hold.hash)
}

/// In whole seconds, as the API server keeps times.
fn since(approval: &Approval, now: Timestamp) -> Option<Timestamp> {
    let since = approval.object.as_ref()?.since.unwrap_or(now);
    Some(Timestamp::from_second(since.as_second()).unwrap_or(since))
}

/// The first half of a SHA-256, in hexadecimal digits: short enough to copy by hand, too long to meet another by chance.
pub(crate) fn digest(octets: &[u8]) -> String {
    Sha256::digest(octets).iter().take(16).fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Over the owner, the object, the time of the hold and the changes.
fn hash(changes: &str, policy: &Policy, since: Option<Timestamp>) -> String {
    let uid = policy.approval.object.as_ref().map_or("", |object| &object.uid);
    let since = since.map(|since| since.as_second().to_string()).unwrap_or_default();
    digest(format!("{}\n{uid}\n{since}\n{changes}", policy.owner).as_bytes())
}

/// One line for each change, by the store's own ids: what was given the id of another is in no plan. Texts are by their
/// digests, so that none can be written to look like several lines.
fn describe(change: &Change, found: &Found, text: &mut String) {
    let group_id = |group: GroupRef| Told(found.group(group).map(|group| &group.id));
    let account_id = |account: AccountRef| Told(found.account(account).map(|account| &account.id));
    let _ = match change {
        Change::DeleteGroup { group } => writeln!(text, "group {}", group_id(*group)),
        Change::RemoveMembers { group, accounts } => {
            let _ = write!(text, "members {}", group_id(*group));
            for account in accounts {
                let _ = write!(text, " {}", account_id(*account));
            }
            writeln!(text)
        }
        Change::DeactivateAccount { account } => writeln!(text, "deactivate {}", account_id(*account)),
        Change::DeleteAccount { account } => writeln!(text, "delete {}", account_id(*account)),
        Change::LinkGroup { group, .. } => writeln!(text, "release {}", group_id(*group)),
        Change::SetGroup { group, name: Edit::Set(name), .. } => {
            writeln!(text, "name {} {}", group_id(*group), digest(name.as_bytes()))
        }
        Change::SetAccount { account, edits } => {
            let _ = write!(text, "names {}", account_id(*account));
            for edit in [&edits.username, &edits.email] {
                let name = if let Edit::Set(name) = edit { digest(name.as_bytes()) } else { "-".to_owned() };
                let _ = write!(text, " {name}");
            }
            writeln!(text)
        }
        _ => Ok(()),
    };
}

/// The id of an object that the store has.
struct Told<'f>(Option<&'f StoreId>);

impl std::fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(StoreId::Number(number)) => number.fmt(f),
            Some(StoreId::Text(text)) => f.write_str(&digest(text.as_bytes())),
            None => f.write_str("0"),
        }
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exceeded(exceeded) => exceeded.fmt(f),
            Self::Unproven { group, since } => write!(
                f,
                "group {} is found nowhere since {since:.0}, and no entry beside it is shown, so it may be hidden: grant the bind account read access to where it was, or approve",
                quoted(group)
            ),
            Self::NothingRead { linked } => write!(
                f,
                "the directory shows none of the selected groups although {linked} are linked: check the groups' base and filter, and what the bind account may read"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::found::Group;

    #[test]
    fn an_object_is_told_by_its_id_and_a_text_by_its_digest() {
        let group = |id| Group { id, name: "g".into(), description: None, members: Vec::new(), link: None };
        let groups = vec![group(StoreId::from(7)), group(StoreId::from("7\ngroup 8"))];
        let found = Found { groups, ..Found::default() };
        let told = |index| {
            let mut text = String::new();
            describe(&Change::DeleteGroup { group: GroupRef(index) }, &found, &mut text);
            text
        };
        assert_eq!(told(0), "group 7\n");
        assert_eq!(told(1), format!("group {}\n", digest(b"7\ngroup 8")));
    }
}
