//! The vocabulary of the core's tests: two sides, a policy and a time, said in sentences.
//!
//! Whatever stands for the same thing on both sides has the same key: `group("BI")` is the directory group that
//! `stored("BI").of("BI")` is linked to, however either is called now.

mod directory;
mod group;
mod ids;
pub(crate) mod print;
mod store;
mod user;

pub(crate) use group::{Group as SourceGroup, group};
pub(crate) use ids::{SELECTOR, directory_id, elsewhere_id, group_id, role, text, them, us, user_id};
pub(crate) use store::{StoredAccount, StoredGroup, account, stored};
pub(crate) use user::{User, user};

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::ability::Abilities;
use super::claim::{Claimant, ClaimedDirectory, DirectoryClaim, Endpoints};
use super::fold::fold;
use super::form::Form;
use super::found::{Found, Links};
use super::identity::ExternalId;
use super::known::{KnownDirectory, KnownServer};
use super::outcome::Planned;
use super::planning::{Stop, plan};
use super::policy::{
    Accounts, AdoptAccounts, AdoptGroups, Approval, DisabledAccounts, Limit, Limits, MatchBy, Members, Policy,
    Protected, PruneAccounts, PruneGroups, Selector,
};
use super::recognition::recognize;
use super::role::Roles;
use super::snapshot::{
    Absence, GroupSighting, MemberOf, MemberSighting, Names, Place, SelectorIndex, ServerIdentity, Snapshot,
};
use super::tests::model;
use super::wanted::nesting::flatten;

/// The store that is read, as links outside it name it.
pub(crate) const STORE: &str = "https://bi.example";

/// Both sides and the policy.
#[derive(Clone)]
pub(crate) struct Scenario {
    pub(crate) users: Vec<User>,
    pub(crate) groups: Vec<SourceGroup>,
    pub(crate) accounts: Vec<StoredAccount>,
    pub(crate) stored: Vec<StoredGroup>,
    pub(crate) policy: Policy,
    pub(crate) absence: Absence,
    pub(crate) is_a_file: bool,
    pub(crate) located_groups: BTreeMap<ExternalId, GroupSighting>,
    pub(crate) located_members: BTreeMap<ExternalId, MemberSighting>,
    pub(crate) located_users: BTreeSet<&'static str>,
    pub(crate) located_names: BTreeMap<ExternalId, Names>,
    pub(crate) member_of: BTreeMap<ExternalId, MemberOf>,
    pub(crate) subgroups: Vec<SourceGroup>,
    pub(crate) server: String,
    pub(crate) position: Option<i64>,
    pub(crate) directories: Vec<KnownDirectory>,
    pub(crate) claims: Vec<DirectoryClaim>,
    pub(crate) links: Links,
    /// The selectors that are outside the groups' base.
    pub(crate) outside: Vec<SelectorIndex>,
}

/// What the directory shows and what the store holds. Members that are not introduced are introduced: in the directory
/// as enabled users, in the store as accounts linked to the user of the same key.
pub(crate) fn given<const G: usize, const S: usize>(groups: [SourceGroup; G], stored: [StoredGroup; S]) -> Scenario {
    Scenario {
        users: Vec::new(),
        groups: groups.into(),
        accounts: Vec::new(),
        stored: stored.into(),
        policy: policy(),
        absence: Absence::Unproven,
        is_a_file: false,
        located_groups: BTreeMap::new(),
        located_members: BTreeMap::new(),
        located_users: BTreeSet::new(),
        located_names: BTreeMap::new(),
        member_of: BTreeMap::new(),
        subgroups: Vec::new(),
        server: "dc1".to_owned(),
        position: None,
        directories: Vec::new(),
        claims: vec![DirectoryClaim::new(Claimant::of(&us()), &here(), now())],
        links: Links::Inside,
        outside: Vec::new(),
    }
}

impl Scenario {
    /// Introduces directory users.
    pub(crate) fn users<const N: usize>(mut self, users: [User; N]) -> Self {
        self.users.extend(users);
        self
    }

    /// Introduces accounts of the store.
    pub(crate) fn accounts<const N: usize>(mut self, accounts: [StoredAccount; N]) -> Self {
        self.accounts.extend(accounts);
        self
    }

    /// Changes the policy.
    pub(crate) fn policy(mut self, change: impl FnOnce(&mut Policy)) -> Self {
        change(&mut self.policy);
        self
    }

    /// Somebody else makes the accounts.
    pub(crate) fn with_existing_accounts(self, by: MatchBy) -> Self {
        self.policy(|policy| {
            policy.accounts = Accounts::Existing(by);
            policy.abilities = policy.abilities.without_accounts();
        })
    }

    /// The server's groups have roles: these, which may be given.
    pub(crate) fn with_roles<const N: usize>(self, names: [&str; N]) -> Self {
        self.policy(|policy| {
            policy.abilities.group_roles = true;
            policy.roles = Roles { all: names.map(role).into(), grantable: names.map(Into::into).into() };
        })
    }

    /// The first item of the spec names these roles.
    pub(crate) fn giving<const N: usize>(self, names: [&str; N]) -> Self {
        self.policy(|policy| policy.selectors[0].roles = names.map(Into::into).into())
    }

    /// The directory is a file that says that it is whole: what it does not have does not exist.
    pub(crate) fn in_a_file(mut self) -> Self {
        (self.absence, self.is_a_file) = (Absence::Proven, true);
        self
    }

    /// The directory is a file that may have been cut.
    pub(crate) fn in_a_file_without_end(mut self) -> Self {
        (self.absence, self.is_a_file) = (Absence::Unproven, true);
        self
    }

    /// A look-up by id found this of a group.
    pub(crate) fn located(mut self, key: &'static str, sighting: GroupSighting) -> Self {
        self.located_groups.insert(group_id(key), sighting);
        self
    }

    /// A look-up by id found a group after all, and could read it.
    pub(crate) fn located_group(mut self, group: &SourceGroup) -> Self {
        let read = group.read(&mut self.users);
        self.located(group.key, GroupSighting::Found(Box::new(read)))
    }

    /// A look-up by id found this of a member.
    pub(crate) fn located_member(mut self, key: &'static str, sighting: MemberSighting) -> Self {
        if matches!(sighting, MemberSighting::OutOfScope | MemberSighting::NotAUser) {
            self.located_names.insert(user_id(key), called(ids::place("user", key), key));
        }
        self.located_members.insert(user_id(key), sighting);
        self
    }

    /// A look-up by id read a member after all.
    pub(crate) fn located_user(mut self, user: User) -> Self {
        self.located_users.insert(user.key);
        self.users.push(user);
        self
    }

    /// A look-up by id found a member, who is called this now.
    pub(crate) fn located_as(self, key: &'static str, sighting: MemberSighting, dn: &str, uid: &str) -> Self {
        let mut located = self.located_member(key, sighting);
        located.located_names.insert(user_id(key), called(ids::place("user", dn), uid));
        located
    }

    /// `memberOf` of users says this of a group.
    pub(crate) fn member_of(mut self, key: &'static str, says: MemberOf) -> Self {
        self.member_of.insert(group_id(key), says);
        self
    }

    /// Groups that are read only because they are members of others.
    pub(crate) fn below<const N: usize>(mut self, groups: [SourceGroup; N]) -> Self {
        self.subgroups.extend(groups);
        self
    }

    /// The position of the server that answers.
    pub(crate) fn at_position(mut self, position: i64) -> Self {
        self.position = Some(position);
        self
    }

    /// The store has known the directory since then, and of its servers these.
    pub(crate) fn known<const N: usize>(mut self, since: Timestamp, servers: [KnownServer; N]) -> Self {
        self.directories.push(KnownDirectory {
            directory_id: directory_id(),
            first_seen: since,
            servers: servers.into(),
        });
        self
    }

    /// These lead the links of the directory that is read.
    pub(crate) fn claimed_by(mut self, claims: impl Into<Vec<DirectoryClaim>>) -> Self {
        self.claims = claims.into();
        self
    }

    /// Links live outside the store, and none of these groups and accounts is in it.
    pub(crate) fn outside(mut self, groups: Vec<StoredGroup>, accounts: Vec<StoredAccount>) -> Self {
        self.links = Links::Outside(store::lost(STORE, groups, accounts));
        self
    }

    /// The store's links were made for another one.
    pub(crate) fn made_for(mut self, store: &str) -> Self {
        let Links::Outside(lost) = &mut self.links else { panic!("links inside a store are its own") };
        lost.groups.iter_mut().for_each(|lost| lost.store = store.into());
        lost.accounts.iter_mut().for_each(|lost| lost.store = store.into());
        self
    }

    /// What the directory answers.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let mut users = self.users.clone();
        let groups = self.groups.iter().map(|group| group.read(&mut users)).collect();
        let subgroups = self.subgroups.iter().map(|group| (group_id(group.key), group.read(&mut users))).collect();
        let mut located_members = self.located_members.clone();
        for (user, index) in users.iter().zip(0..).filter(|(user, _)| self.located_users.contains(user.key)) {
            located_members.insert(user_id(user.key), MemberSighting::User(index));
        }
        let mut snapshot = directory::snapshot(groups, &users, self.absence);
        snapshot.outside = self.outside.clone();
        snapshot.located_groups = self.located_groups.clone();
        snapshot.located_members = located_members;
        snapshot.member_of = self.member_of.clone();
        snapshot.subgroups = subgroups;
        let server = ServerIdentity { identity: self.server.clone(), position: self.position };
        snapshot.server = (!self.is_a_file).then_some(server);
        snapshot.located_names = self.located_names.clone();
        for user in users.iter().filter(|user| self.located_users.contains(user.key)) {
            let uid = user.attributes.username.as_deref().unwrap_or_default();
            snapshot.located_names.insert(user_id(user.key), called(user.read().place, uid));
        }
        recognize(&mut snapshot, &self.found());
        flatten(&mut snapshot);
        snapshot
    }

    /// What the store holds.
    pub(crate) fn found(&self) -> Found {
        let (directories, links) = (self.directories.clone(), self.links.clone());
        let claimed = ClaimedDirectory::new(directory_id(), self.claims.clone());
        let claims = if self.claims.is_empty() { Vec::new() } else { vec![claimed] };
        Found { directories, claims, links, ..store::found(&self.stored, &self.accounts) }
    }

    /// The plan, at [`now`].
    pub(crate) fn plan(&self) -> Result<Planned, Stop> {
        plan(&self.snapshot(), &self.found(), &self.policy, now())
    }
}

/// The plan says exactly these changes, in this order, and lists exactly these duplicates and problems. Whatever the
/// scenario, the plan can be applied, counts what it changes and leaves nothing for a second run.
#[track_caller]
pub(crate) fn check<const C: usize, const P: usize>(
    scenario: &Scenario,
    changes: [&str; C],
    complaints: [&str; P],
) -> Planned {
    let (snapshot, found) = (scenario.snapshot(), scenario.found());
    let planned = plan(&snapshot, &found, &scenario.policy, now()).unwrap();
    assert_eq!(print::changes(&planned.plan, &found), changes, "changes");
    assert_eq!(print::complaints(&planned), complaints, "complaints");
    model::holds(&snapshot, &found, &scenario.policy, &planned, now());
    planned
}

fn called(place: Place, uid: &str) -> Names {
    Names { dn: place.dn, uids: vec![fold(uid).into()] }
}

/// The time of every scenario.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

/// So many hours before [`now`].
pub(crate) fn hours_ago(hours: i64) -> Timestamp {
    now() - SignedDuration::from_hours(hours)
}

/// The defaults of a spec, one sticky selector, and limits that nothing exceeds.
fn policy() -> Policy {
    let unlimited = Limit { percent: 100, allow: 0, max: None };
    Policy {
        owner: us(),
        selectors: vec![selector(SELECTOR, true)],
        exclusions: Box::default(),
        name_template: "{name}".to_owned(),
        nested: false,
        members: Members::Exclusive,
        disabled_accounts: DisabledAccounts::Exclude,
        accounts: Accounts::Managed,
        adopt_groups: AdoptGroups::Never,
        adopt_accounts: AdoptAccounts::Never,
        released_owners: BTreeSet::new(),
        living_owners: BTreeSet::new(),
        prune_groups: PruneGroups::Delete,
        prune_accounts: PruneAccounts::Retain,
        accounts_after: SignedDuration::from_hours(24),
        confirm_after: SignedDuration::from_hours(1),
        limits: Limits {
            group_deletions: unlimited,
            member_removals: unlimited,
            member_removals_per_group: unlimited,
            account_removals: unlimited,
            group_renames: unlimited,
            account_renames: unlimited,
        },
        protected: Protected::default(),
        default_group: None,
        abilities: Abilities::DATABASE,
        form: Form::ANY,
        roles: Roles::default(),
        preview: false,
        known_servers: None,
        approval: Approval::default(),
        endpoints: here(),
        approved_claim: None,
    }
}

/// Where we read.
pub(crate) fn here() -> Endpoints {
    Endpoints { addresses: ["dc1:636".into()].into(), ..Endpoints::default() }
}

/// A selector of `spec.groups`.
pub(crate) fn selector(key: &str, sticky: bool) -> Selector {
    Selector { key: key.into(), sticky, roles: BTreeSet::new() }
}
