//! Scenarios at random: few names, so that they conflict; both sides differ in every way that a directory and a store
//! can.

use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use crate::sync::ability::GroupDeletion;
use crate::sync::claim::{Claimant, DirectoryClaim};
use crate::sync::policy::{
    Accounts, AdoptAccounts, AdoptGroups, DisabledAccounts, MatchBy, Members, Policy, PruneAccounts, PruneGroups,
};
use crate::sync::scenario::{
    Scenario, SourceGroup, StoredAccount, StoredGroup, User, account, elsewhere_id, given, group, group_id, here,
    hours_ago, role, selector, stored, text, them, us, user,
};
use crate::sync::snapshot::{Absence, AccountState, GroupSighting, MemberSighting};
use crate::sync::store_id::StoreId;

/// Directory users, and accounts of the store that are linked to the users of the same keys, or local.
pub(super) const PEOPLE: [&str; 8] = ["p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7"];
/// Directory groups, and groups of the store that are linked to them.
const GROUPS: [&str; 5] = ["g0", "g1", "g2", "g3", "g4"];
/// Groups of the store without an owner.
const LOCAL_GROUPS: [&str; 2] = ["l0", "l1"];

const GROUP_NAMES: [&str; 6] = ["A", "a", "B", "C", "D", "E"];
const USERNAMES: [&str; 7] = ["u", "U", "v", "w", "x", "y", "z"];
const ROLES: [&str; 3] = ["Admin", "Gamma", "Sales"];
const EMAILS: [&str; 6] = ["u@e", "U@E", "v@e", "w@e", "x@e", "y@e"];

/// Anything at all.
pub(super) fn scenario() -> impl Strategy<Value = Scenario> {
    let people: Vec<_> = PEOPLE.iter().map(|key| weighted(0.75, person(key))).collect();
    let sources: Vec<_> = GROUPS.iter().map(|key| weighted(0.8, source(key))).collect();
    let accounts: Vec<_> = PEOPLE.iter().map(|key| weighted(0.8, stored_account(key))).collect();
    let linked = GROUPS.iter().map(|key| weighted(0.7, stored_group(key, true)).boxed());
    let local = LOCAL_GROUPS.iter().map(|key| weighted(0.5, stored_group(key, false)).boxed());
    let groups: Vec<_> = linked.chain(local).collect();
    let sightings: Vec<_> = GROUPS.iter().map(|_| sighting()).collect();
    let member_sightings: Vec<_> = PEOPLE.iter().map(|_| member_sighting()).collect();
    let kinds = (any::<bool>(), weighted(0.5, subsequence(GROUPS.to_vec(), 0..=GROUPS.len())), claims());
    (people, sources, accounts, groups, policy(), sightings, member_sightings, kinds).prop_map(
        |(people, sources, accounts, groups, policy, sightings, member_sightings, (file, outside, claims))| {
            let mut scenario = given([], []);
            scenario.policy = policy;
            scenario.claims = claims;
            scenario.absence = if file { Absence::Proven } else { Absence::Unproven };
            scenario.users = people.into_iter().flatten().collect();
            let read: Vec<&str> = scenario.users.iter().map(|user| user.key).collect();
            scenario.groups = sources.into_iter().flatten().collect();
            for group in &mut scenario.groups {
                group.members.retain(|member| read.contains(member));
            }
            scenario.accounts = accounts.into_iter().flatten().collect();
            scenario.stored = groups.into_iter().flatten().collect();
            let has_roles = scenario.policy.abilities.group_roles;
            for group in scenario.stored.iter_mut().filter(|_| !has_roles) {
                group.roles.clear();
                group.link.iter_mut().for_each(|link| link.roles.clear());
            }
            if scenario.policy.accounts != Accounts::Managed {
                scenario.accounts = scenario.accounts.into_iter().map(StoredAccount::into_evidence).collect();
                scenario = scenario.outside(Vec::new(), Vec::new());
            }
            let greatest = StoreId::Number(i64::try_from(scenario.stored.len()).unwrap());
            scenario.policy.protected.administrators.retain(|id| *id <= greatest);
            scenario.policy.default_group = scenario.policy.default_group.filter(|id| *id <= greatest);
            let known: Vec<&str> = scenario.accounts.iter().map(|account| account.key).collect();
            for group in &mut scenario.stored {
                group.members.retain(|member| known.contains(member));
            }
            if let Some(lost) = outside {
                let links: Vec<_> = scenario.stored.iter().filter_map(|group| Some(group.link.as_ref()?.id)).collect();
                let lost = lost.into_iter().filter(|key| !links.contains(&group_id(key)));
                scenario = scenario.outside(lost.map(|key| stored(key).of(key)).collect(), Vec::new());
            }
            for (key, sighting) in GROUPS.into_iter().zip(sightings) {
                scenario = if let Some(sighting) = sighting { scenario.located(key, sighting) } else { scenario };
            }
            for (key, sighting) in PEOPLE.into_iter().zip(member_sightings) {
                scenario = match sighting.filter(|_| !read.contains(&key)) {
                    Some(sighting) => scenario.located_member(key, sighting),
                    None => scenario,
                };
            }
            scenario
        },
    )
}

/// Mostly ours; without a claim of ours, we read where the neighbor reads.
fn claims() -> impl Strategy<Value = Vec<DirectoryClaim>> {
    let (ours, theirs) = (Claimant::of(&us()), Claimant::parse("standalone", "crm").unwrap());
    let claim = |claimant: &Claimant| DirectoryClaim::new(claimant.clone(), &here(), hours_ago(9));
    prop_oneof![
        6 => Just(vec![claim(&ours)]),
        1 => Just(vec![claim(&theirs)]),
        1 => Just(vec![claim(&theirs), claim(&ours)]),
        1 => Just(Vec::new()),
    ]
}

fn person(key: &'static str) -> impl Strategy<Value = User> {
    let names = (weighted(0.9, select(&USERNAMES[..])), weighted(0.7, select(&EMAILS[..])), weighted(0.2, Just("1")));
    let state = prop_oneof![6 => Just(AccountState::Enabled), 2 => Just(AccountState::Disabled), 1 => Just(AccountState::Unknown)];
    let expires = weighted(0.2, select(vec![hours_ago(1), hours_ago(-1)]));
    (names, state, expires, weighted(0.1, Just(()))).prop_map(
        move |((username, email, phone), state, expires, moved)| {
            let mut user = user(key).saying(|says| {
                (says.username, says.email) = (username.and_then(text), email.and_then(text));
                says.phone = phone.and_then(text);
            });
            (user.state, user.expires) = (state, expires);
            if moved.is_some() { user.moved() } else { user }
        },
    )
}

fn members() -> impl Strategy<Value = Vec<&'static str>> {
    subsequence(PEOPLE.to_vec(), 0..=PEOPLE.len())
}

fn source(key: &'static str) -> impl Strategy<Value = SourceGroup> {
    let texts = (weighted(0.95, select(&GROUP_NAMES[..])), weighted(0.3, Just("x")));
    let unresolved =
        (weighted(0.15, select(&PEOPLE[..])), weighted(0.15, select(&PEOPLE[..])), weighted(0.05, Just("stranger")));
    let marks = (weighted(0.1, Just(())), weighted(0.1, Just(())), weighted(0.1, Just(())), select(vec![0_u16, 0, 1]));
    (texts, members(), unresolved, marks).prop_map(
        move |((name, description), members, (by_id, by_name, stranger), marks)| {
            let mut group = group(key);
            (group.name, group.description) = (name.map(str::to_owned), description.map(str::to_owned));
            let (excluded, shows_none, moved, selector) = marks;
            group = group.by([selector]);
            group = if excluded.is_some() { group.excluded() } else { group };
            group = if moved.is_some() { group.moved() } else { group };
            if shows_none.is_some() {
                return group.showing_no_members();
            }
            let unresolved = |key: &&str| [by_id, by_name].contains(&Some(*key));
            group.members = members.into_iter().filter(|key| !unresolved(key)).collect();
            group = by_id.map_or(group.clone(), |key| group.with_id_of(key));
            group = by_name.map_or(group.clone(), |key| group.with_name_of(key));
            stranger.map_or(group.clone(), |key| group.with_name_of(key))
        },
    )
}

fn stored_account(key: &'static str) -> impl Strategy<Value = StoredAccount> {
    let names = (select(&USERNAMES[..]), weighted(0.7, select(&EMAILS[..])), weighted(0.2, Just("1")));
    let link =
        (select(vec!["ours", "ours", "ours", "theirs", "released", "elsewhere", "local"]), weighted(0.2, Just(())));
    let times = (weighted(0.3, select(vec![1_i64, 48])), weighted(0.2, select(vec![0_i64, 2])));
    let marks = (weighted(0.2, Just(())), times, weighted(0.1, Just(())));
    (names, link, any::<bool>(), marks).prop_map(move |((username, email, phone), (owner, adopted), active, marks)| {
        let (marked, (unused, missing), renamed) = marks;
        let mut held = account(key);
        held.active = active;
        held = match owner {
            "local" => held,
            "theirs" => held.of(key).owned_by(them()),
            "released" => held.of(key).released(),
            "elsewhere" => held.of(key).released().of_directory(elsewhere_id()),
            _ => held.of(key),
        };
        held = held.saying(|says| {
            (says.username, says.email) = (text(username), email.and_then(text));
            says.phone = phone.and_then(text);
        });
        if owner == "local" {
            return held;
        }
        held = if adopted.is_some() { held.adopted() } else { held };
        held = if marked.is_some() { held.marked() } else { held };
        held = if renamed.is_some() { held.now_called(key) } else { held };
        held = unused.map_or(held.clone(), |hours| held.unused_since(hours_ago(hours)));
        missing.map_or(held.clone(), |hours| held.missing_since(hours_ago(hours)))
    })
}

fn stored_group(key: &'static str, linked: bool) -> impl Strategy<Value = StoredGroup> {
    let owner = select(vec!["ours", "ours", "ours", "theirs", "released", "elsewhere"]);
    let marks = (
        weighted(0.2, Just(())),
        weighted(0.2, Just(())),
        weighted(0.2, Just(())),
        select(vec!["keeps", "filter", "gone"]),
    );
    let (has, given) = (subsequence(ROLES.to_vec(), 0..=2), subsequence(ROLES.to_vec(), 0..=2));
    let names = (select(&GROUP_NAMES[..]), weighted(0.2, select(&GROUP_NAMES[..])));
    (names, weighted(0.3, Just("x")), members(), owner, marks, (has, given)).prop_map(
        move |((name, now), description, members, owner, (adopted, missing, empty, selector), (has, given))| {
            let mut held = stored(name).having(has);
            (held.description, held.members) = (description.map(str::to_owned), members);
            if !linked {
                return held;
            }
            held = match owner {
                "theirs" => held.of(key).owned_by(them()),
                "released" => held.of(key).released(),
                "elsewhere" => held.of(key).released().of_directory(elsewhere_id()),
                _ => held.of(key).by(selector),
            };
            held = held.given(given);
            held = now.map_or(held.clone(), |name| held.now_called(name));
            held = if adopted.is_some() { held.adopted() } else { held };
            held = if missing.is_some() { held.missing_since(hours_ago(1)) } else { held };
            if empty.is_some() { held.empty_since(hours_ago(1)) } else { held }
        },
    )
}

fn policy() -> impl Strategy<Value = Policy> {
    let adoption = (
        any::<bool>(),
        select(vec![AdoptAccounts::Never, AdoptAccounts::ByUsername, AdoptAccounts::ByEmail]),
        any::<bool>(),
    );
    let members = (
        select(vec![Members::Exclusive, Members::KeepLocal]),
        select(vec![DisabledAccounts::Exclude, DisabledAccounts::Include, DisabledAccounts::Deactivate]),
    );
    let prune = (any::<bool>(), select(vec![PruneAccounts::Retain, PruneAccounts::Deactivate, PruneAccounts::Delete]));
    let protected = (
        weighted(0.1, select(vec!["a", "b"])),
        weighted(0.1, 1_i64..4),
        weighted(0.1, select(vec!["u", "v"])),
        weighted(0.2, 1_i64..4),
    );
    let names = || subsequence(ROLES.to_vec(), 0..=ROLES.len());
    let deletion = select(vec![GroupDeletion::Always, GroupDeletion::WithoutForeignRoles, GroupDeletion::Never]);
    let roles = weighted(0.5, (names(), names(), names(), names(), any::<bool>(), deletion));
    let accounts = weighted(0.3, select(vec![MatchBy::UsernameThenEmail, MatchBy::Username, MatchBy::Email]));
    (adoption, members, (prune, accounts), protected, roles).prop_map(|(adoption, members, prune, protected, roles)| {
        let (prune, accounts) = prune;
        let mut policy = given([], []).policy;
        policy.selectors = vec![selector("keeps", true), selector("filter", false)];
        policy.adopt_groups = if adoption.0 { AdoptGroups::ByName } else { AdoptGroups::Never };
        policy.adopt_accounts = adoption.1;
        policy.released_owners.extend(adoption.2.then(them));
        (policy.members, policy.disabled_accounts) = members;
        policy.prune_groups = if prune.0 { PruneGroups::Delete } else { PruneGroups::Retain };
        policy.prune_accounts = prune.1;
        let (group, administrators, account, default_group) = protected;
        policy.protected.groups.extend(group.map(str::to_owned));
        policy.protected.administrators.extend(administrators.map(StoreId::Number));
        policy.protected.accounts.extend(account.map(str::to_owned));
        policy.default_group = default_group.map(StoreId::Number);
        if let Some((all, grantable, first, second, protects, deletion)) = roles {
            (policy.abilities.group_roles, policy.abilities.group_deletion) = (true, deletion);
            policy.roles.all = all.into_iter().map(role).collect();
            policy.roles.grantable = grantable.into_iter().map(Into::into).collect();
            for (selector, names) in policy.selectors.iter_mut().zip([first, second]) {
                selector.roles = names.into_iter().map(Into::into).collect();
            }
            policy.protected.administrator_role = protects.then(|| role("Admin").id);
        }
        if let Some(by) = accounts {
            policy.accounts = Accounts::Existing(by);
            policy.abilities = policy.abilities.without_accounts();
            policy.prune_accounts = PruneAccounts::Retain;
            if policy.disabled_accounts == DisabledAccounts::Deactivate {
                policy.disabled_accounts = DisabledAccounts::Exclude;
            }
        }
        policy
    })
}

fn sighting() -> impl Strategy<Value = Option<GroupSighting>> {
    use GroupSighting::{Deleted, Nowhere, Unreadable};
    select(vec![None, Some(Deleted), Some(Deleted), Some(Unreadable), Some(Nowhere)])
}

fn member_sighting() -> impl Strategy<Value = Option<MemberSighting>> {
    use MemberSighting::{Deleted, NotAUser, Nowhere, OutOfScope, Unreadable};
    select(vec![None, Some(Deleted), Some(NotAUser), Some(OutOfScope), Some(Unreadable), Some(Nowhere)])
}
