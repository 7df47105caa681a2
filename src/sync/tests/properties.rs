//! What holds of every plan, tried on scenarios at random.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::subsequence;

use super::arbitrary::{PEOPLE, scenario};
use super::model::{apply, holds};
use crate::sync::claim::{Claimant, DirectoryClaim};
use crate::sync::fold::fold;
use crate::sync::found::{Account, AccountRef, Found, Group};
use crate::sync::identity::ExternalId;
use crate::sync::outcome::Planned;
use crate::sync::pairing::broken_links::split_broken_links;
use crate::sync::plan::Change;
use crate::sync::planning::Stop;
use crate::sync::policy::{Accounts, DisabledAccounts, MatchBy, Members, Policy};
use crate::sync::protection;
use crate::sync::scenario::{Scenario, directory_id, given, group, here, now, stored, us, user};
use crate::sync::snapshot::{Absence, AccountState, DirectoryUser, MemberSighting, Snapshot};
use crate::sync::wanted::state::state;

proptest! {
    /// It can be applied, counts what it changes, touches nothing foreign, and leaves nothing for a second run.
    #[test]
    fn every_plan_keeps_the_promises(scenario in scenario()) {
        if let Ok(planned) = scenario.plan() {
            holds(&scenario.snapshot(), &scenario.found(), &scenario.policy, &planned, now());
        }
    }

    /// What the directory says without doubt or conflict is what the store holds then.
    #[test]
    fn applying_a_plan_gives_what_was_wanted(scenario in scenario()) {
        if let Ok(planned) = scenario.plan() {
            let after = apply(&scenario.found(), &planned.plan, &scenario.policy);
            match scenario.policy.accounts {
                Accounts::Managed => wanted_is_held(&scenario, &planned, &after),
                Accounts::Existing(by) => whoever_has_an_account_is_a_member(&scenario, by, &after),
            }
        }
    }

    #[test]
    fn the_order_of_the_directory_decides_nothing(
        (scenario, shuffled) in scenario().prop_flat_map(|scenario| {
            let (users, groups) = (scenario.users.clone(), scenario.groups.clone());
            (Just(scenario), (Just(users).prop_shuffle(), Just(groups).prop_shuffle()))
        })
    ) {
        let (users, groups) = shuffled;
        let other = Scenario { users, groups, ..scenario.clone() };
        prop_assert_eq!(scenario.plan(), other.plan());
    }

    #[test]
    fn the_order_of_the_store_decides_nothing(
        (scenario, shuffled) in scenario().prop_flat_map(|scenario| {
            let (accounts, stored) = (scenario.accounts.clone(), scenario.stored.clone());
            (Just(scenario), (Just(accounts).prop_shuffle(), Just(stored).prop_shuffle()))
        })
    ) {
        let (accounts, stored) = shuffled;
        let mut scenario = scenario;
        // These are named by their ids.
        scenario.policy.protected.administrators.clear();
        scenario.policy.default_group = None;
        let other = Scenario { accounts, stored, ..scenario.clone() };
        match (scenario.plan(), other.plan()) {
            (Ok(one), Ok(two)) => {
                prop_assert_eq!(printed(&scenario, &one), printed(&other, &two));
            }
            (one, two) => prop_assert_eq!(one, two),
        }
    }

    #[test]
    fn names_change_hands_in_any_cycle(
        names in Just(KEYS.to_vec()).prop_shuffle(),
        usernames in Just(KEYS.to_vec()).prop_shuffle(),
        emails in Just(KEYS.to_vec()).prop_shuffle(),
    ) {
        let mut scenario = given([], []);
        scenario.groups = KEYS.iter().zip(&names).map(|(key, name)| group(key).named(name).with(KEYS)).collect();
        scenario.stored = KEYS.iter().map(|key| stored(key).of(key).holding(KEYS)).collect();
        let renamed = KEYS.iter().zip(&usernames).zip(&emails);
        scenario.users = renamed
            .map(|((key, username), email)| user(key).username(username).email(&format!("{email}@example.org")))
            .collect();
        let planned = scenario.plan().unwrap();
        prop_assert_eq!((&planned.duplicates, &planned.problems), (&Vec::new(), &Vec::new()));
        let after = holds(&scenario.snapshot(), &scenario.found(), &scenario.policy, &planned, now());
        for (group, name) in after.groups.iter().zip(names) {
            prop_assert_eq!(&*group.name, name);
        }
        // Accounts are introduced as members of the first group, in the order of their keys.
        for (account, (username, email)) in after.accounts.iter().zip(usernames.iter().zip(emails)) {
            prop_assert_eq!(account.attributes.username.as_deref(), Some(*username));
            prop_assert_eq!(account.attributes.email.clone(), Some(format!("{email}@example.org").into()));
        }
    }

    /// Rule `claimed-directory-id`: a namespace that shares nothing with the claimant plans nothing, whatever is linked,
    /// unless all links are its own.
    #[test]
    fn a_stranger_plans_only_over_links_of_its_own(scenario in scenario()) {
        let claimant = Claimant::parse("standalone", "crm").unwrap();
        let scenario = scenario.claimed_by([DirectoryClaim::new(claimant, &here(), now())]).policy(|policy| {
            policy.endpoints.addresses = ["evil:636".into()].into();
        });
        let found = scenario.found();
        let groups = found.groups.iter().filter_map(|group| group.link.as_ref());
        let accounts = found.accounts.iter().filter_map(|account| account.link.as_ref());
        let owners = groups.map(|link| (link.directory_id, link.owner.clone()));
        let mut owners = owners.chain(accounts.map(|link| (link.directory_id, link.owner.clone())));
        let is_foreign = owners.any(|(directory, owner)| {
            directory == directory_id() && owner.is_none_or(|owner| owner.namespace != us().namespace)
        });
        prop_assert_eq!(matches!(scenario.plan(), Err(Stop::DirectoryIdClaimed { .. })), is_foreign);
    }

    /// A user that a member value names stays if only the value was read, whatever look-ups that found no entry say.
    #[test]
    fn members_that_cannot_be_read_stay(
        scenario in scenario(),
        by_id in subsequence(PEOPLE.to_vec(), 0..=PEOPLE.len()),
    ) {
        let mut scenario = scenario;
        scenario.absence = Absence::Unproven;
        scenario.users.clear();
        scenario.located_members.retain(|_, sighting| matches!(sighting, MemberSighting::Unreadable | MemberSighting::Nowhere));
        for group in &mut scenario.groups {
            group.members.clear();
            *group = PEOPLE.iter().fold(group.clone(), |group, key| {
                if by_id.contains(key) { group.with_id_of(key) } else { group.with_name_of(key) }
            });
        }
        let found = scenario.found();
        let Ok(planned) = scenario.plan() else { return Ok(()) };
        for change in &planned.plan.changes {
            if let Change::RemoveMembers { accounts, .. } = change {
                let here = |account: &AccountRef| {
                    let link = found.account(*account).unwrap().link.as_ref();
                    link.is_some_and(|link| link.directory_id == scenario.snapshot().directory_id)
                };
                prop_assert!(!accounts.iter().any(here), "a linked account leaves: {:?}", change);
            }
        }
    }
}

const KEYS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

/// Every group that is ours and open to read holds exactly the users that the directory says, less those with a
/// conflict, a name that is not allowed or an account that may be another user's.
#[track_caller]
fn wanted_is_held(scenario: &Scenario, planned: &Planned, after: &Found) {
    let (snapshot, policy) = (scenario.snapshot(), &scenario.policy);
    let (after, broken) = split_broken_links(after, snapshot.directory_id);
    let duplicates: BTreeSet<&str> =
        planned.duplicates.iter().map(|duplicate| duplicate.external_id.as_str()).collect();
    let clear = |user: &DirectoryUser| {
        let username = user.attributes.username.first().map(fold);
        state(user, policy.disabled_accounts, now()) != AccountState::Unknown
            && !duplicates.contains(user.id.to_string().as_str())
            && broken.accounts.by_id(user.id).is_none()
            && !username.is_some_and(|username| policy.protected.accounts.contains(&username))
    };
    let here = |account: &AccountRef| {
        let link = after.accounts[account.0 as usize].link.as_ref()?;
        (link.directory_id == snapshot.directory_id).then_some(link.id)
    };
    let linked: BTreeSet<ExternalId> =
        (0..).zip(&after.accounts).filter_map(|(index, _)| here(&AccountRef(index))).collect();
    let is_member = |user: &DirectoryUser| match state(user, policy.disabled_accounts, now()) {
        AccountState::Disabled if policy.disabled_accounts == DisabledAccounts::Exclude => false,
        AccountState::Enabled if user.attributes.username.first().is_some() => true,
        _ => linked.contains(&user.id),
    };
    for source in snapshot.groups.iter().filter(|source| source.shows_members && source.unresolved.is_empty()) {
        let Some(group) = after.groups.iter().find(|group| is_ours(group, source.id, &snapshot, policy)) else {
            continue;
        };
        let members = || source.members.iter().map(|user| &snapshot.users[*user as usize]);
        let wanted: BTreeSet<ExternalId> =
            members().filter(|user| clear(user) && is_member(user)).map(|user| user.id).collect();
        let unclear: BTreeSet<ExternalId> = members().filter(|user| !clear(user)).map(|user| user.id).collect();
        let held: BTreeSet<ExternalId> = group.members.iter().filter_map(here).collect();
        let missing: Vec<_> = wanted.difference(&held).collect();
        assert!(missing.is_empty(), "{} lacks {missing:?}", group.name);
        // An account may stay in the place of a member that has none.
        if members().all(|user| linked.contains(&user.id)) {
            let extra: Vec<_> = held.difference(&wanted).filter(|id| !unclear.contains(id)).collect();
            assert!(extra.is_empty(), "{} holds {extra:?} too", group.name);
            let locals = group.members.iter().filter(|account| here(account).is_none());
            assert!(policy.members == Members::KeepLocal || locals.count() == 0, "{} holds local accounts", group.name);
        }
    }
}

/// Rule `existing-accounts`: who is the only user with a username that one account has is in each group.
fn whoever_has_an_account_is_a_member(scenario: &Scenario, by: MatchBy, after: &Found) {
    let (snapshot, policy) = (scenario.snapshot(), &scenario.policy);
    let (after, _) = split_broken_links(after, snapshot.directory_id);
    let username = |user: &DirectoryUser| user.attributes.username.first().map(fold);
    for source in snapshot.groups.iter().filter(|_| by != MatchBy::Email) {
        let Some(group) = after.groups.iter().find(|group| is_ours(group, source.id, &snapshot, policy)) else {
            continue;
        };
        for user in source.members.iter().map(|user| &snapshot.users[*user as usize]) {
            let is_same = |account: &Account| account.attributes.username.as_deref().map(fold) == username(user);
            let accounts: Vec<u32> =
                (0..).zip(&after.accounts).filter(|(_, account)| is_same(account)).map(|(index, _)| index).collect();
            let is_alone = snapshot.users.iter().filter(|other| username(other) == username(user)).count() == 1;
            if let ([account], Some(_), AccountState::Enabled) =
                (&accounts[..], username(user), state(user, policy.disabled_accounts, now()))
                && is_alone
            {
                assert!(group.members.contains(&AccountRef(*account)), "{} lacks {user:?}", group.name);
            }
        }
    }
}

/// The store's group for a directory group, if this sync may write it.
fn is_ours(group: &Group, id: ExternalId, snapshot: &Snapshot, policy: &Policy) -> bool {
    let link = group.link.as_ref();
    link.is_some_and(|link| {
        link.directory_id == snapshot.directory_id && link.id == id && link.owner.as_deref() == Some(&policy.owner)
    }) && !protection::is_protected(group, &policy.protected)
}

/// What the store holds once the plan is applied, with the numbers and the complaints, without a trace of the order or
/// the ids. A duplicate names one of several holders of a name, which does depend on them.
fn printed(scenario: &Scenario, planned: &Planned) -> (Vec<String>, Vec<String>, Vec<String>, String) {
    let found = scenario.found();
    let after = apply(&found, &planned.plan, &scenario.policy);
    let print = |account: &AccountRef| {
        let account = &after.accounts[account.0 as usize];
        format!("{:?} {} {:?}", account.attributes, account.active, account.link)
    };
    let mut accounts: Vec<String> = (0..).zip(&after.accounts).map(|(index, _)| print(&AccountRef(index))).collect();
    accounts.sort();
    let groups = after.groups.iter().map(|group| {
        let mut members: Vec<String> = group.members.iter().map(print).collect();
        members.sort();
        format!("{} {:?} {:?} {members:?}", group.name, group.description, group.link)
    });
    let mut groups: Vec<String> = groups.collect();
    groups.sort();
    let duplicates = planned.duplicates.iter().map(|it| format!("{:?} {} {}", it.reason, it.name, it.external_id));
    let counts = planned.counts(&found);
    (accounts, groups, duplicates.collect(), format!("{counts:?} {:?}", planned.after.members))
}
