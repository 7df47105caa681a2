//! A run that may not go on: what the store says it wrote is what it shows, and a second run completes it.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use directory_group_sync::store::{Applied, Capabilities, Error, Guard, Interruption};
use directory_group_sync::sync::ability::Abilities;
use directory_group_sync::sync::found::{AccountRef, Found, GroupRef};
use directory_group_sync::sync::link::GroupLink;
use directory_group_sync::sync::plan::written::{Gaps, Unwritten};
use directory_group_sync::sync::plan::{Change, Edit, Plan};
use directory_group_sync::sync::role::Role;

use super::{
    Fixture, Store, account_link, add_members, begin_when_free, begun_when_free, create_account, create_group,
    group_link, groups, remove_members, rename_group, two_groups_and_three_accounts,
};

/// Lets a run go on until it has asked so often.
struct StopsAfter {
    left: AtomicUsize,
    interruption: Interruption,
}

#[async_trait]
impl Guard for StopsAfter {
    async fn may_go_on(&self) -> Result<(), Interruption> {
        let left = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        left.map(drop).map_err(|_| self.interruption)
    }

    async fn stopped(&self) -> Interruption {
        std::future::pending().await
    }
}

/// The plan of the run, as far as the server is able to do it; with roles, where groups have some.
fn plan(abilities: Abilities, roles: &[Role]) -> Plan {
    let mut changes = vec![
        rename_group(0, "Alpha"),
        create_group(2, 13, "gamma"),
        Change::LinkGroup { group: GroupRef(0), link: group_link(11, "Alpha") },
        create_account(3, 24, "dan"),
        remove_members(0, &[0]),
        add_members(1, &[0, 3]),
        add_members(2, &[0, 3]),
    ];
    if !roles.is_empty() {
        let link = GroupLink { roles: roles.to_vec(), ..group_link(11, "Alpha") };
        changes.push(Change::SetRoles { group: GroupRef(0), give: roles.to_vec(), take: Vec::new(), link });
    }
    if abilities.deactivate_accounts {
        changes.push(Change::DeactivateAccount { account: AccountRef(2) });
    }
    Plan::from(changes)
}

/// Stops runs wherever they ask whether they may go on.
pub(crate) async fn a_run_that_is_stopped_anywhere_says_what_it_wrote_and_is_completed<F: Fixture>(
    started: impl Fn(&str) -> F,
) {
    let mut fixture = started("stop");
    let mut asked = 0;
    while !is_completed_after(&fixture, asked, Interruption::Suspended).await {
        asked += 1;
        if !fixture.empty() {
            fixture = started(&format!("stop{asked}"));
        }
    }
    assert!(asked > 1, "it was stopped somewhere");
}

pub(crate) async fn a_run_whose_time_is_over_says_what_it_wrote_and_is_completed<F: Fixture>(
    started: impl Fn(&str) -> F,
) {
    for asked in [1, 2, 4] {
        let fixture = started(&format!("late{asked}"));
        is_completed_after(&fixture, asked, Interruption::TimedOut { seconds: 7 }).await;
    }
}

/// Stops a run after it has asked so often whether it may go on, and completes it with a second one. Answers whether the
/// first one came to its end.
async fn is_completed_after(fixture: &impl Fixture, asked: usize, interruption: Interruption) -> bool {
    let store = fixture.store();
    two_groups_and_three_accounts(&store).await;
    let before = store.read().await.unwrap();
    let Capabilities { is_atomic, abilities, roles, .. } = store.probe().await.unwrap();
    let roles: Vec<Role> = roles.into_iter().filter(|role| &*role.name == "Public").collect();
    assert_eq!(roles.is_empty(), !abilities.group_roles);
    let plan = plan(abilities, &roles);
    let guard = StopsAfter { left: AtomicUsize::new(asked), interruption };
    let applied = run(&store, &guard, &before, &plan).await;
    let after = store.read().await.unwrap();
    let rest = match applied {
        Ok(applied) => {
            assert_eq!((&applied.refused, &applied.ambiguous), (&vec![], &vec![]));
            shows(&after, &before, &plan, &applied.gaps, asked);
            match &applied.ended_early {
                None => {
                    assert_eq!(applied, Applied::default());
                    true
                }
                Some(why) => {
                    assert!(!is_atomic && *why == interruption.to_string(), "{why}");
                    complete(&store, &plan, &applied.gaps, &after).await;
                    false
                }
            }
        }
        Err(Error::Interrupted(why)) => {
            assert_eq!(why, interruption);
            assert_eq!(after, before, "nothing was written, it says, after {asked}");
            complete(&store, &plan, &Gaps::all(&plan), &after).await;
            false
        }
        Err(other) => panic!("{other}"),
    };
    assert_eq!(groups(&store).await, ["Alpha: bob", "beta: ada bob dan", "gamma: ada dan"]);
    let found = store.read().await.unwrap();
    let alpha = GroupLink { roles: roles.clone(), ..group_link(11, "Alpha") };
    assert_eq!(found.groups[0].roles, roles);
    let links = [alpha, group_link(12, "beta"), group_link(13, "gamma")].map(Some);
    assert_eq!(found.groups.iter().map(|group| group.link.clone()).collect::<Vec<_>>(), links);
    assert_eq!(found.accounts[3].link, Some(account_link(24, "dan")));
    assert_ne!(found.accounts[2].active, abilities.deactivate_accounts);
    rest
}

async fn run(store: &Store, guard: &dyn Guard, found: &Found, plan: &Plan) -> Result<Applied, Error> {
    begun_when_free(store, guard).await?.apply(found, plan).await
}

/// Writes what a run has left.
async fn complete(store: &Store, plan: &Plan, gaps: &Gaps, found: &Found) {
    let changes = plan.changes.iter().cloned().enumerate().filter_map(|(place, change)| {
        match (gaps.changes.get(&place)?, change) {
            (Unwritten::Members(accounts), Change::AddMembers { group, .. }) => {
                Some(Change::AddMembers { group, accounts: accounts.clone() })
            }
            (Unwritten::Members(accounts), Change::RemoveMembers { group, .. }) => {
                Some(Change::RemoveMembers { group, accounts: accounts.clone() })
            }
            (_, change) => Some(change),
        }
    });
    let rest = Plan::from(changes.collect::<Vec<_>>());
    let applied = begin_when_free(store).await.apply(found, &rest).await.unwrap();
    assert_eq!(applied, Applied::default());
}

/// The store shows what was written, change by change, and nothing else.
fn shows(after: &Found, before: &Found, plan: &Plan, gaps: &Gaps, asked: usize) {
    for group in after.groups.iter().filter(|group| !group.roles.is_empty()) {
        let given = group.link.as_ref().map(|link| &link.roles);
        assert_eq!(given, Some(&group.roles), "a role of ours never looks like a person's, after {asked}");
    }
    let members = |group: GroupRef| after.group(group).map_or(&[][..], |group| &group.members);
    for (place, change) in plan.changes.iter().enumerate() {
        let gap = gaps.changes.get(&place);
        let written = gap.is_none();
        let is_left = |account: &AccountRef| match gap {
            None => false,
            Some(Unwritten::Whole) => true,
            Some(Unwritten::Members(accounts)) => accounts.contains(account),
        };
        let is_shown = match change {
            Change::SetGroup { group, name: Edit::Set(name), .. } => after.group(*group).unwrap().name == *name,
            Change::CreateGroup { name, .. } => after.groups.iter().any(|group| group.name == *name),
            Change::CreateAccount { attributes, .. } => {
                after.accounts.iter().any(|account| account.attributes.username == attributes.username)
            }
            Change::SetRoles { group, give, .. } => after.group(*group).unwrap().roles == *give,
            Change::DeactivateAccount { account } => !after.account(*account).unwrap().active,
            Change::AddMembers { group, accounts } => {
                for account in accounts {
                    assert_eq!(members(*group).contains(account), !is_left(account), "{place} after {asked}");
                }
                continue;
            }
            Change::RemoveMembers { group, accounts } => {
                for account in accounts {
                    assert_eq!(members(*group).contains(account), is_left(account), "{place} after {asked}");
                }
                continue;
            }
            // What a link says is not shown to anybody.
            _ => continue,
        };
        assert_eq!(is_shown, written, "{place} after {asked}: {before:?} {after:?}");
    }
}
