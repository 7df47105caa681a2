//! What a plan means: applied to a store in memory, which refuses a plan that breaks a promise, and what must hold of
//! every plan.

mod world;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use self::world::World;
use super::difference::difference;
use crate::sync::found::Found;
use crate::sync::index::Index;
use crate::sync::known::KnownDirectory;
use crate::sync::outcome::{Counts, LinkCounts, Planned};
use crate::sync::pairing::broken_links::split_broken_links;
use crate::sync::plan::{Change, Plan};
use crate::sync::planning::{Stop, plan};
use crate::sync::policy::{Accounts, Policy};
use crate::sync::scenario::print;
use crate::sync::snapshot::Snapshot;
use crate::sync::witnesses::Witnesses;

/// The store once a plan is applied. Panics where the plan breaks a promise.
#[track_caller]
pub(crate) fn apply(found: &Found, plan: &Plan, policy: &Policy) -> Found {
    let mut world = World::new(found, policy);
    let mut last = 0;
    for (change, phase) in plan.changes.iter().zip(phases(plan)) {
        assert!(phase >= last, "out of order: {change:?}");
        last = phase;
        world.apply(change);
    }
    for (_, id) in &plan.forget {
        world.forget(*id);
    }
    let mut after = world.into_found();
    if let Some(remembered) = plan.remember.clone() {
        remember(&mut after, remembered);
    }
    if let Some(claimed) = plan.claim.clone() {
        after.claims.retain(|before| before.directory_id != claimed.directory_id);
        after.claims.push(claimed);
    }
    after
}

/// As a store does: a directory that is known keeps its time, a server that is named replaces what was known of it.
fn remember(found: &mut Found, remembered: KnownDirectory) {
    let Some(known) = found.directories.iter_mut().find(|known| known.directory_id == remembered.directory_id) else {
        found.directories.push(remembered);
        return;
    };
    for server in remembered.servers {
        known.servers.retain(|before| before.identity != server.identity);
        known.servers.push(server);
    }
}

/// The order of a plan: free names → groups → accounts → memberships, removals before additions → roles →
/// deactivations → deletions. A group may be deleted at either end.
fn phases(plan: &Plan) -> Vec<u8> {
    let first = plan.changes.iter().take_while(|change| matches!(change, Change::DeleteGroup { .. })).count();
    let phase = |(index, change): (usize, &Change)| match change {
        Change::DeleteGroup { .. } if index < first => 0,
        Change::ParkGroup { .. } | Change::SetGroup { .. } => 1,
        Change::CreateGroup { .. } => 2,
        Change::LinkGroup { .. } => 3,
        Change::ParkAccount { .. } => 4,
        Change::SetAccount { .. } => 5,
        Change::CreateAccount { .. } => 6,
        Change::LinkAccount { .. } => 7,
        Change::ActivateAccount { .. } => 8,
        Change::RemoveMembers { .. } => 9,
        Change::AddMembers { .. } => 10,
        Change::SetRoles { .. } => 11,
        Change::DeactivateAccount { .. } => 12,
        Change::DeleteAccount { .. } => 13,
        Change::DeleteGroup { .. } | Change::EmptyGroup { .. } => 14,
    };
    plan.changes.iter().enumerate().map(phase).collect()
}

/// What holds of every plan. Gives the store once it is applied.
#[track_caller]
pub(crate) fn holds(snapshot: &Snapshot, found: &Found, policy: &Policy, planned: &Planned, now: Timestamp) -> Found {
    let after = apply(found, &planned.plan, policy);

    let counts = planned.counts(found);
    assert_eq!(counts_of_writes(&counts), difference(found, &after), "the numbers are not what applying changed");
    assert_eq!(counts.wrote(), !planned.plan.is_empty(), "a write that no number tells, or a number of no write");
    let gauges = (planned.after.groups, planned.after.members, planned.after.accounts);
    assert_eq!(planned.standing(&BTreeSet::new(), found), gauges, "the gauges are not what the plan comes to");
    let groups = &counts.groups;
    assert_eq!(
        groups.selected,
        groups.created + groups.modified + groups.unchanged + groups.duplicated + groups.invalid + groups.failed
    );

    let later = now + SignedDuration::from_mins(1);
    let again = match plan(snapshot, &after, policy, later) {
        Ok(again) => again,
        // With the last intact object deleted, only broken links are left, and nothing shows that it is the same store.
        Err(Stop::StoreChanged { named: None, .. }) if deletes_something(&planned.plan) => return after,
        Err(stop) => panic!("a second run can plan too: {stop:?}"),
    };
    // The names of a deleted account come free for the next run, and a user who is linked now is a witness then.
    let deletes = |change: &Change| matches!(change, Change::DeleteAccount { .. });
    if planned.plan.changes.iter().any(deletes) || witnesses(snapshot, found) != witnesses(snapshot, &after) {
        holds(snapshot, &after, policy, &again, later);
        return after;
    }
    // Rule `existing-accounts`: the account that somebody had before is a local one from then on.
    if policy.accounts != Accounts::Managed && moves_evidence(found, &planned.plan) {
        holds(snapshot, &after, policy, &again, later);
        return after;
    }
    // An account is made inactive by one run and deleted by the next.
    let left: Vec<_> = again.plan.changes.iter().filter(|change| !deletes(change)).collect();
    assert!(
        left.is_empty(),
        "after {:#?} a second run finds something to do: {:#?}",
        print::changes(&planned.plan, found),
        print::changes(&again.plan, &after)
    );
    if !again.plan.changes.is_empty() {
        // What is remembered may go along with the deletion.
        holds(snapshot, &after, policy, &again, later);
        return after;
    }
    assert_eq!(again.plan.remember, None, "a second run remembers something");
    assert_eq!(again.plan.claim, None, "a second run remembers a claim");
    assert_eq!(again.plan.forget, [], "a second run forgets something");
    assert_eq!(planned.after, again.before, "the gauges are not what a second run finds");
    after
}

fn moves_evidence(found: &Found, plan: &Plan) -> bool {
    let is_known = |id| found.accounts.iter().any(|account| account.link.as_ref().is_some_and(|link| link.id == id));
    let moves = |change: &Change| match change {
        Change::LinkAccount { account, link } => {
            is_known(link.id) && found.account_link(*account).is_none_or(|before| before.id != link.id)
        }
        _ => false,
    };
    plan.changes.iter().any(moves)
}

fn deletes_something(plan: &Plan) -> bool {
    plan.changes.iter().any(|change| matches!(change, Change::DeleteGroup { .. } | Change::DeleteAccount { .. }))
}

fn witnesses(snapshot: &Snapshot, found: &Found) -> Witnesses {
    let (found, _) = split_broken_links(found, snapshot.directory_id);
    Witnesses::in_read(snapshot, &Index::new(snapshot, &found))
}

/// The numbers without those that count no write.
fn counts_of_writes(counts: &Counts) -> Counts {
    let mut counts = *counts;
    let groups = &mut counts.groups;
    (groups.selected, groups.duplicated, groups.invalid, groups.unchanged) = (0, 0, 0, 0);
    (counts.accounts.duplicated, counts.accounts.invalid, counts.members.unresolved) = (0, 0, 0);
    counts.links = LinkCounts::default();
    counts
}
