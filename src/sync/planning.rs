//! From two complete reads and a policy to a plan: selection, proof, matching, changes, limits.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::found::{AccountRef, Found, GroupRef};
use super::identity::{ExternalId, Realm};
use super::index::{Index, accounts_by_place};
use super::limits;
use super::link::{GroupLink, Origin};
use super::matching::accounts::{AccountMatches, held_by_owner, match_accounts};
use super::matching::groups::{Arrival, GroupMatches, match_groups};
use super::matching::protected;
use super::outcome::{Gauges, Planned};
use super::plan::accounts::change_accounts;
use super::plan::groups::{change_groups, part_with};
use super::plan::memberships::{Memberships, Roster, compare};
use super::plan::{Change, Plan};
use super::policy::{Policy, PruneGroups};
use super::problem::{Problem, ProblemKind};
use super::proof::group::{Verdict, verdict};
use super::proof::member::{Doubt, doubt, unread};
use super::scene::Scene;
use super::snapshot::{Snapshot, UserIndex};
use super::wanted::selection::{Selection, owned, select, unseen};

/// Why no plan can be made at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// Section 5, rule 2: the links belong to another directory.
    #[error(
        "the directory that was read is {read}, and {linked} linked groups belong to {pinned}: point the Directory back, or release those groups"
    )]
    DirectoryChanged {
        /// The realm of the links.
        pinned: Realm,
        /// The realm that was read.
        read: Realm,
        /// How many groups are linked to the former.
        linked: usize,
    },
    /// Section 5, rule 8: zero groups were read where some are linked.
    #[error(
        "the directory shows none of the selected groups although {linked} are linked: check the groups' base and filter and what the account that reads may see"
    )]
    NothingRead {
        /// How many groups are linked and not proven deleted.
        linked: usize,
    },
}

/// What must be looked up by external id before a plan may be made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unseen {
    /// Linked groups that the read did not show.
    pub groups: Vec<ExternalId>,
    /// Members that are linked and whose entries were not read.
    pub members: Vec<ExternalId>,
}

/// The look-ups that the links ask for. Ask again after groups were located: they bring members of their own.
#[must_use]
pub fn look_ups(snapshot: &Snapshot, found: &Found, policy: &Policy) -> Unseen {
    let groups = unseen(snapshot, found, policy).into_iter().filter(|id| !snapshot.located_groups.contains_key(id));
    let located = snapshot.located_groups.values().filter_map(|sighting| match sighting {
        super::snapshot::GroupSighting::Found(group) => Some(&**group),
        _ => None,
    });
    let all = || snapshot.groups.iter().chain(located.clone());
    let mut members = BTreeSet::new();
    if all().any(|group| !group.unread.is_empty()) {
        let index = Index::new(snapshot, found);
        let by_place = accounts_by_place(snapshot, found);
        members = unread(all(), &index, &by_place, |account| Some(found.account(account)?.link.as_ref()?.id));
        members.retain(|id| !snapshot.located_members.contains_key(id));
    }
    Unseen { groups: groups.collect(), members: members.into_iter().collect() }
}

/// Makes the plan.
///
/// # Errors
/// When the two sides do not belong together, so that nothing may be written.
pub fn plan(snapshot: &Snapshot, found: &Found, policy: &Policy, now: Timestamp) -> Result<Planned, Stop> {
    same_directory(snapshot, found, policy)?;
    let index = Index::new(snapshot, found);
    let protected = protected::accounts(found, policy);
    let held_by_owner = held_by_owner(found, policy);
    let scene =
        Scene { snapshot, found, index: &index, policy, protected: &protected, held_by_owner: &held_by_owner, now };
    let selection = select(snapshot, found, &index, policy);
    let absent = judge_absent(&selection, &scene)?;
    let mut groups = match_groups(&selection, snapshot, found, policy, &absent.deleted, &absent.leaving);
    groups.problems.extend(absent.problems.iter().cloned());
    groups.problems.extend(selection.not_found.iter().map(|item| Problem {
        group: item.key.to_string(),
        kind: ProblemKind::NotFound,
        message: format!("{} selects no group of the directory", item.key),
    }));

    let doubts = weigh(&mut groups, &scene);
    let wanted = wanted_users(&groups, &doubts, snapshot);
    let mut accounts = match_accounts(&wanted, &scene);
    let roster = Roster::new(&accounts, snapshot.users.len());
    let memberships: Vec<Memberships> = groups
        .managed
        .iter()
        .zip(&doubts)
        .map(|(managed, doubt)| compare(managed, doubt, &roster, &accounts, &scene))
        .collect();

    let leaving: BTreeSet<GroupRef> = absent.leaving.difference(&groups.taken_over).copied().collect();
    let uses = Uses::after(&groups, &memberships, &leaving, accounts.created.len(), &scene);
    let owner = Arc::new(policy.owner.clone());
    let released =
        selection.left.iter().chain(&absent.released).copied().filter(|group| !groups.taken_over.contains(group));
    let (deleted_first, released, deleted_last) = part_with(&leaving, released, &groups.managed, &scene);
    let group_changes = change_groups(&groups.managed, &memberships, &owner, &scene, &mut groups.problems);
    let account_changes = change_accounts(&mut accounts, &uses.held, &owner, &scene);

    let mut changes = deleted_first;
    changes.extend(group_changes);
    changes.extend(released);
    changes.extend(absent.marks);
    changes.extend(account_changes.writes);
    changes.extend(membership_changes(&groups, &memberships));
    changes.extend(account_changes.deactivations);
    changes.extend(account_changes.deletions);
    changes.extend(deleted_last);
    let plan = Plan { changes };

    let kept: BTreeSet<GroupRef> = groups
        .managed
        .iter()
        .map(|managed| managed.group)
        .filter(|group| found.group(*group).is_some())
        .chain(leaving)
        .collect();
    let exceeded = limits::exceeded(&plan, found, &kept, &policy.limits);
    let hidden = memberships.iter().zip(&groups.managed).filter(|(memberships, _)| memberships.hides_members);
    groups.problems.extend(hidden.map(|(memberships, managed)| Problem {
        group: managed.name.clone(),
        kind: ProblemKind::Unreadable,
        message: format!(
            "{} shows no members, and its {} stay: if it is empty in the directory remove them by hand, else let the account that reads see its members",
            managed.selected.source.label, memberships.waiting
        ),
    }));
    Ok(sum_up(plan, exceeded, groups, accounts, &doubts, &memberships, &uses, &absent.missing, &scene))
}

/// Section 5, rule 2.
fn same_directory(snapshot: &Snapshot, found: &Found, policy: &Policy) -> Result<(), Stop> {
    let links = found.groups.iter().filter_map(|group| group.link.as_ref());
    let mine = links.filter(|link| link.owner.as_deref() == Some(&policy.owner));
    let foreign: Vec<Realm> = mine.map(|link| link.realm).filter(|realm| *realm != snapshot.realm).collect();
    match foreign.first() {
        Some(pinned) => Err(Stop::DirectoryChanged { pinned: *pinned, read: snapshot.realm, linked: foreign.len() }),
        None => Ok(()),
    }
}

/// What becomes of the linked groups that were not seen.
#[derive(Default)]
struct Absent {
    /// Proven deleted.
    deleted: BTreeSet<GroupRef>,
    /// Those of them that the store loses too.
    leaving: BTreeSet<GroupRef>,
    /// Those of them that it keeps: adopted ones, or `prune.groups: Retain`.
    released: Vec<GroupRef>,
    /// Found nowhere.
    missing: Vec<GroupRef>,
    /// Changes of links whose absence began.
    marks: Vec<Change>,
    problems: Vec<Problem>,
}

fn judge_absent(selection: &Selection<'_>, scene: &Scene<'_>) -> Result<Absent, Stop> {
    let mut absent = Absent::default();
    for reference in &selection.absent {
        let Some((group, link)) = scene.found.group(*reference).and_then(|group| Some((group, group.link.as_ref()?)))
        else {
            continue;
        };
        let problem = |kind, message| Problem { group: group.name.to_string(), kind, message };
        match verdict(scene.snapshot, link.id) {
            Verdict::Deleted => {
                absent.deleted.insert(*reference);
                let ours = link.origin == Origin::Created && scene.policy.prune_groups == PruneGroups::Delete;
                if ours && !protected::group(group, scene.policy) {
                    absent.leaving.insert(*reference);
                } else {
                    absent.released.push(*reference);
                }
            }
            Verdict::Unreadable => absent.problems.push(problem(
                ProblemKind::Unreadable,
                format!("{} exists and cannot be read, so it stays as it is: let the account that reads the directory read it", link.id),
            )),
            Verdict::Missing => {
                absent.missing.push(*reference);
                absent.problems.push(problem(
                    ProblemKind::Missing,
                    format!("{} is found nowhere, which proves nothing, so the group and its {} members stay: if it was deleted, delete the store's group or take its item out of spec.groups", link.id, group.members.len()),
                ));
                if link.missing_since.is_none() {
                    let link = GroupLink { missing_since: Some(scene.now), ..link.clone() };
                    absent.marks.push(Change::LinkGroup { group: *reference, link });
                }
            }
        }
    }
    let unproven = owned(scene.snapshot, scene.found, scene.policy).count() - absent.deleted.len();
    let nothing_read = selection.groups.is_empty() && scene.snapshot.groups.is_empty();
    if nothing_read && unproven > 0 && !selection.absent.is_empty() {
        return Err(Stop::NothingRead { linked: unproven });
    }
    Ok(absent)
}

/// What each managed group's unread values say, and one problem for each group that has some.
fn weigh(groups: &mut GroupMatches<'_>, scene: &Scene<'_>) -> Vec<Doubt> {
    let doubtful = groups.managed.iter().any(|managed| !managed.selected.source.unread.is_empty());
    let by_place =
        if doubtful { accounts_by_place(scene.snapshot, scene.found) } else { std::collections::HashMap::new() };
    let linked_at = |dn| Some(scene.found.account(*by_place.get(&dn)?)?.link.as_ref()?.id);
    let mut doubts = Vec::with_capacity(groups.managed.len());
    for managed in &groups.managed {
        let doubt = doubt(managed.selected.source, scene.snapshot, scene.index, linked_at);
        if let Some(example) = &doubt.example {
            groups.problems.push(Problem {
                group: managed.name.clone(),
                kind: ProblemKind::Unresolved,
                message: format!(
                    "{} members cannot be read, so whoever is a member stays one (such as {example}): let the account that reads the directory read their entries",
                    doubt.unresolved
                ),
            });
        }
        if doubt.out_of_scope > 0 {
            groups.problems.push(Problem {
                group: managed.name.clone(),
                kind: ProblemKind::NotFound,
                message: format!(
                    "{} members are outside the Directory's spec.users.baseDN or filter and are no members here",
                    doubt.out_of_scope
                ),
            });
        }
        doubts.push(doubt);
    }
    doubts
}

fn wanted_users(groups: &GroupMatches<'_>, doubts: &[Doubt], snapshot: &Snapshot) -> Vec<UserIndex> {
    let mut wanted = vec![false; snapshot.users.len()];
    for (managed, doubt) in groups.managed.iter().zip(doubts) {
        for user in managed.selected.source.members.iter().chain(&doubt.members) {
            if let Some(wanted) = wanted.get_mut(*user as usize) {
                *wanted = true;
            }
        }
    }
    // By external id, so that the order in which a directory answers decides nothing.
    let mut users: Vec<UserIndex> = (0..).zip(wanted).filter_map(|(user, wanted)| wanted.then_some(user)).collect();
    users.sort_unstable_by_key(|user| snapshot.users[*user as usize].id);
    users
}

fn membership_changes(groups: &GroupMatches<'_>, memberships: &[Memberships]) -> Vec<Change> {
    let pairs = || groups.managed.iter().map(|managed| managed.group).zip(memberships);
    let removals = pairs()
        .filter(|(_, memberships)| !memberships.remove.is_empty())
        .map(|(group, memberships)| Change::RemoveMembers { group, accounts: memberships.remove.clone() });
    let additions = pairs()
        .filter(|(_, memberships)| !memberships.add.is_empty())
        .map(|(group, memberships)| Change::AddMembers { group, accounts: memberships.add.clone() });
    removals.chain(additions).collect()
}

/// Which accounts are in which groups once the plan is applied.
struct Uses {
    /// By account: some group of the store, the default group apart, holds it.
    held: Vec<bool>,
    /// Memberships of managed groups.
    members: u64,
    /// Accounts in managed groups.
    accounts: u64,
}

impl Uses {
    fn after(
        groups: &GroupMatches<'_>,
        memberships: &[Memberships],
        leaving: &BTreeSet<GroupRef>,
        created: usize,
        scene: &Scene<'_>,
    ) -> Self {
        let mut held = vec![false; scene.found.accounts.len() + created];
        let mut members = 0;
        for (managed, memberships) in groups.managed.iter().zip(memberships) {
            let before = scene.found.group(managed.group).map_or(&[][..], |group| &group.members);
            let stay = before.iter().filter(|account| memberships.remove.binary_search(account).is_err());
            for account in stay.chain(&memberships.add) {
                held[account.0 as usize] = true;
                members += 1;
            }
        }
        let accounts = held.iter().filter(|held| **held).count() as u64;
        let managed: BTreeSet<GroupRef> = groups.managed.iter().map(|managed| managed.group).collect();
        for (group, reference) in scene.found.groups.iter().zip(0..).map(|(group, index)| (group, GroupRef(index))) {
            let counts = !managed.contains(&reference)
                && !leaving.contains(&reference)
                && scene.policy.default_group != Some(group.id);
            for account in group.members.iter().filter(|_| counts) {
                held[account.0 as usize] = true;
            }
        }
        Self { held, members, accounts }
    }
}

#[expect(clippy::too_many_arguments, reason = "everything that planning found out, summed up once")]
fn sum_up(
    plan: Plan,
    exceeded: Vec<limits::Exceeded>,
    groups: GroupMatches<'_>,
    accounts: AccountMatches,
    doubts: &[Doubt],
    memberships: &[Memberships],
    uses: &Uses,
    missing: &[GroupRef],
    scene: &Scene<'_>,
) -> Planned {
    let mut duplicates = groups.duplicates;
    duplicates.extend(accounts.duplicates);
    duplicates.sort_unstable();
    let mut problems = groups.problems;
    problems.extend(accounts.problems);
    problems.extend(duplicates.iter().filter(|duplicate| duplicate.former_user).map(|duplicate| Problem {
        group: String::new(),
        kind: ProblemKind::HeldByFormerUser,
        message: format!(
            "\"{}\", which {} needs, is held by {}, who is no longer read: rename or delete that account",
            duplicate.name, duplicate.external_id, duplicate.clashes_with
        ),
    }));
    problems.sort_unstable();
    problems.dedup();

    let linked = |arrival: Arrival| matches!(arrival, Arrival::Linked);
    let standing: Vec<&super::found::Group> = groups
        .managed
        .iter()
        .filter(|managed| linked(managed.arrival))
        .filter_map(|managed| scene.found.group(managed.group))
        .filter(|group| group.link.as_ref().and_then(|link| link.owner.as_deref()) == Some(&scene.policy.owner))
        .collect();
    let common = Gauges {
        duplicated: duplicates.len() as u64,
        invalid: problems.iter().filter(|problem| problem.kind == ProblemKind::Invalid).count() as u64,
        unresolved: doubts.iter().map(|doubt| u64::from(doubt.unresolved)).sum(),
        missing: missing.len() as u64,
        waiting: memberships.iter().map(|memberships| u64::from(memberships.waiting)).sum(),
        ..Gauges::default()
    };
    Planned {
        plan,
        exceeded,
        after: Gauges { groups: groups.managed.len() as u64, members: uses.members, accounts: uses.accounts, ..common },
        before: Gauges {
            groups: standing.len() as u64,
            members: standing.iter().map(|group| group.members.len() as u64).sum(),
            accounts: standing.iter().flat_map(|group| &group.members).collect::<BTreeSet<&AccountRef>>().len() as u64,
            ..common
        },
        managed: groups.managed.iter().map(|managed| (managed.group, managed.arrival, managed.complaint)).collect(),
        refused: groups.refused,
        accounts_duplicated: accounts.duplicated.len() as u64,
        accounts_invalid: accounts.invalid.len() as u64,
        duplicates,
        problems,
    }
}
