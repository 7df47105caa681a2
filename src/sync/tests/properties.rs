//! What holds of every plan, tried on scenarios at random.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::subsequence;

use super::arbitrary::{PEOPLE, scenario};
use super::model::{apply, holds};
use crate::sync::found::{AccountRef, Found};
use crate::sync::identity::ExternalId;
use crate::sync::outcome::Planned;
use crate::sync::plan::Change;
use crate::sync::planning::plan;
use crate::sync::policy::{DisabledAccounts, Members};
use crate::sync::scenario::{Scenario, given, group, now, stored, user, user_id};
use crate::sync::snapshot::{AccountState, Snapshot};

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, ..ProptestConfig::default() })]

    /// It can be applied, counts what it changes, touches nothing foreign, and leaves nothing for a second run.
    #[test]
    fn every_plan_keeps_the_promises(scenario in scenario()) {
        if let Ok(planned) = scenario.plan() {
            holds(&scenario.snapshot(), &scenario.found(), &scenario.policy, &planned, now());
        }
    }

    /// What the directory says without doubt or clash is what the store holds then.
    #[test]
    fn applying_a_plan_gives_what_was_wanted(scenario in scenario()) {
        if let Ok(planned) = scenario.plan() {
            let after = apply(&scenario.found(), &planned.plan, &scenario.policy);
            wanted_is_held(&scenario, &planned, &after);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

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
                prop_assert_eq!(told(&scenario, &one), told(&other, &two));
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

    /// Whoever a member value names stays, if only the value was read, whatever the look-ups that found no entry say.
    #[test]
    fn members_that_cannot_be_read_stay(
        scenario in scenario(),
        by_id in subsequence(PEOPLE.to_vec(), 0..=PEOPLE.len()),
    ) {
        use crate::sync::snapshot::{Absence, MemberSighting};
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
                    link.is_some_and(|link| link.realm == scenario.snapshot().realm)
                };
                prop_assert!(!accounts.iter().any(here), "a linked account leaves: {:?}", change);
            }
        }
    }
}

const KEYS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

/// Every managed group without a doubt, and every member of it without a clash.
fn wanted_is_held(scenario: &Scenario, planned: &Planned, after: &Found) {
    let snapshot = scenario.snapshot();
    let unclear: BTreeSet<&str> = planned.duplicates.iter().map(|duplicate| duplicate.external_id.as_str()).collect();
    let ours = after.groups.iter().filter_map(|group| {
        let link = group.link.as_ref()?;
        (link.realm == snapshot.realm && link.owner.as_deref() == Some(&scenario.policy.owner))
            .then_some((link.id, group))
    });
    let ours: BTreeMap<ExternalId, _> = ours.collect();
    for source in snapshot.groups.iter().filter(|source| source.shows_members && source.unread.is_empty()) {
        // Refused groups, which are listed, are not ours, or protected and as they were.
        let Some(group) = ours.get(&source.id).filter(|group| !protects(scenario, group)) else { continue };
        let members = source.members.iter().map(|user| &snapshot.users[*user as usize]);
        let (clear, others): (Vec<_>, Vec<_>) = members
            .partition(|user| user.state != AccountState::Unknown && !unclear.contains(user.id.to_string().as_str()));
        let is_member = |user: &&&crate::sync::snapshot::DirectoryUser| {
            let linked = index_of(after, user.id, &snapshot).is_some();
            let able = user.attributes.username.is_some() && user.state == AccountState::Enabled;
            let excluded = scenario.policy.disabled_accounts == DisabledAccounts::Exclude;
            (linked || able) && !(excluded && user.state == AccountState::Disabled)
        };
        let wanted: BTreeSet<ExternalId> = clear.iter().filter(is_member).map(|user| user.id).collect();
        let others: BTreeSet<ExternalId> = others.iter().map(|user| user.id).collect();
        let links = group.members.iter().map(|member| after.accounts[member.0 as usize].link.as_ref());
        let held = links.clone().flatten().filter(|link| link.realm == snapshot.realm).map(|link| link.id);
        let held: BTreeSet<ExternalId> = held.filter(|id| !others.contains(id)).collect();
        let extra: Vec<_> = held.difference(&wanted).filter(|_| others.is_empty()).collect();
        assert!(wanted.is_subset(&held), "{} lacks {:?}", group.name, wanted.difference(&held));
        let all_have_accounts =
            source.members.iter().all(|user| index_of(after, snapshot.users[*user as usize].id, &snapshot).is_some());
        if all_have_accounts {
            assert!(extra.is_empty(), "{} holds {extra:?}, too", group.name);
            let locals = links.filter(Option::is_none).count();
            assert!(
                locals == 0 || scenario.policy.members == Members::KeepLocal,
                "{} holds {locals} locals",
                group.name
            );
        }
        assert_eq!(
            planned.plan.is_empty(),
            apply(&scenario.found(), &planned.plan, &scenario.policy) == scenario.found()
        );
    }
}

fn protects(scenario: &Scenario, group: &crate::sync::found::Group) -> bool {
    crate::sync::matching::protected::group(group, &scenario.policy)
}

fn index_of(found: &Found, id: ExternalId, snapshot: &Snapshot) -> Option<usize> {
    found
        .accounts
        .iter()
        .position(|account| account.link.as_ref().is_some_and(|link| link.realm == snapshot.realm && link.id == id))
}

/// What the store holds once the plan is applied, with the numbers and the complaints, without a trace of the order or
/// the ids. A clash names one of several twins, which does depend on them.
fn told(scenario: &Scenario, planned: &Planned) -> (Vec<String>, Vec<String>, Vec<String>, String) {
    let found = scenario.found();
    let after = apply(&found, &planned.plan, &scenario.policy);
    let tell = |account: &AccountRef| {
        let account = &after.accounts[account.0 as usize];
        format!("{:?} {} {:?}", account.attributes, account.active, account.link)
    };
    let mut accounts: Vec<String> = (0..).zip(&after.accounts).map(|(index, _)| tell(&AccountRef(index))).collect();
    accounts.sort();
    let groups = after.groups.iter().map(|group| {
        let mut members: Vec<String> = group.members.iter().map(tell).collect();
        members.sort();
        format!("{} {:?} {:?} {members:?}", group.name, group.description, group.link)
    });
    let mut groups: Vec<String> = groups.collect();
    groups.sort();
    let clashes =
        planned.duplicates.iter().map(|clash| format!("{:?} {} {}", clash.reason, clash.name, clash.external_id));
    let counts = planned.counts(&found, &BTreeSet::new());
    (accounts, groups, clashes.collect(), format!("{counts:?} {:?}", planned.after.members))
}

#[test]
fn nothing_is_found_where_nothing_is() {
    let scenario = given([], []);
    assert!(plan(&scenario.snapshot(), &scenario.found(), &scenario.policy, now()).unwrap().plan.is_empty());
    assert_eq!(user_id("a"), user_id("a"));
}
