//! Whatever a directory, its faults, its administrators and the people at the store do, in whatever order: nothing is
//! removed that is neither true and within the limits nor approved as it was shown.

mod people;
mod truth;

use proptest::prelude::*;

use self::people::{PASSED_ON, SpecEdit, Step, step};
use self::truth::{Truth, first_id};
use super::model::apply;
use crate::sync::approval::ApprovalHash;
use crate::sync::found::{Account, AccountRef, Found, Group, GroupRef, Links, LostLinks};
use crate::sync::identity::ExternalId;
use crate::sync::limits::renames;
use crate::sync::pairing::broken_links::is_intact;
use crate::sync::plan::{Change, Edit, Plan};
use crate::sync::planning::{Stop, plan};
use crate::sync::policy::{Accounts, DisabledAccounts, HeldObject, Limit, MatchBy, Members, Policy, PruneAccounts};
use crate::sync::scenario::{STORE, given, now, user_id};
use crate::sync::snapshot::Attributes;
use crate::sync::store_id::StoreId;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// What an administrator reads in the status.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Shown {
    hash: String,
    since: Option<Timestamp>,
    removals: BTreeSet<Removal>,
}

/// One removal, by the store's ids.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Removal {
    Group(StoreId),
    Release(StoreId),
    GroupName(StoreId, String),
    AccountName(StoreId, String),
    Membership(StoreId, StoreId),
    Account(StoreId),
}

/// Everything that goes on while steps are taken.
#[derive(Debug)]
struct History {
    now: Timestamp,
    truth: Truth,
    found: Found,
    policy: Policy,
    shown: Option<Shown>,
    /// Everything that was ever shown and not applied yet: an approval fits what was shown, once.
    approvable: Vec<Shown>,
}

impl History {
    fn new(links: Links) -> Self {
        let mut policy = given([], []).policy;
        policy.accounts_after = SignedDuration::from_hours(1);
        policy.approval.object = Some(HeldObject { uid: "uid".to_owned(), since: None });
        SpecEdit::Selects(true).make(&mut policy);
        Self {
            now: now(),
            truth: Truth::new(now()),
            found: Found { links, ..Found::default() },
            policy,
            shown: None,
            approvable: Vec::new(),
        }
    }

    /// Somebody else makes the accounts, and nobody has one at first.
    fn with_existing_accounts() -> Self {
        let mut history = Self::new(Links::Outside(LostLinks { store: STORE.into(), ..LostLinks::default() }));
        history.policy.accounts = Accounts::Existing(MatchBy::UsernameThenEmail);
        history.policy.abilities = history.policy.abilities.without_accounts();
        history
    }

    /// The server makes an account for whoever signs in by a name that it does not know.
    fn sign_in(&mut self, user: &'static str) {
        if self.policy.accounts == Accounts::Managed {
            return;
        }
        let Some(username) = self.truth.names().remove(&user_id(user)) else { return };
        if self.account_called(&username).is_some() {
            return;
        }
        let id = self.found.accounts.iter().filter_map(|account| account.id.number()).max().unwrap_or(0) + 1;
        let attributes = Attributes { username: Some(username.into()), ..Attributes::default() };
        self.found.accounts.push(Account { id: id.into(), attributes, active: true, link: None });
    }

    fn account_called(&self, username: &str) -> Option<&Account> {
        self.found.accounts.iter().find(|account| account.attributes.username.as_deref() == Some(username))
    }

    /// Rule `existing-accounts`: whether a user signs in with another account by now.
    fn has_another_account(&self, user: ExternalId, account: &Account) -> bool {
        let names = self.truth.names();
        let present = names.get(&first_id(user)).and_then(|username| self.account_called(username));
        self.policy.accounts != Accounts::Managed && present.is_some_and(|present| present.id != account.id)
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Wait(minutes) => self.now += SignedDuration::from_mins(*minutes),
            Step::Directory(change) => self.truth.change(*change, &self.found, self.now),
            Step::Store(edit) => edit.make(&mut self.found),
            Step::SignIn(user) => self.sign_in(user),
            Step::Spec(edit) => edit.make(&mut self.policy),
            Step::Approve => self.policy.approval.hash = self.shown.as_ref().map(|shown| shown.hash.clone()),
            Step::Run { crashes } => self.run(*crashes),
        }
    }

    /// Reads, plans, applies and shows; a run that crashes does not apply and shows nothing.
    fn run(&mut self, crashes: bool) {
        // A run takes time: nothing is seen at the same instant as something of another run.
        self.now += SignedDuration::from_secs(1);
        let Some(snapshot) = self.truth.read(&self.found, &self.policy, self.now) else { return };
        if let Some(object) = &mut self.policy.approval.object {
            object.since = self.shown.as_ref().and_then(|shown| shown.since);
        }
        let planned = match plan(&snapshot, &self.found, &self.policy, self.now) {
            Ok(planned) => planned,
            Err(Stop::StoreChanged { approval, .. }) => {
                let ApprovalHash { hash, since } = approval;
                self.shown = Some(Shown { hash, since, removals: BTreeSet::new() });
                return;
            }
            Err(stop @ (Stop::DirectoryChanged { .. } | Stop::DirectoryIdClaimed { .. } | Stop::StoreMoved { .. })) => {
                panic!("{stop}")
            }
        };
        let approved = self.check(&planned.plan);
        if crashes {
            return;
        }
        let after = apply(&self.found, &planned.plan, &self.policy);
        assert_eq!(passed_on(&self.found), passed_on(&after), "what is somebody else's by now was written");
        self.shown = planned.hold.map(|hold| Shown {
            hash: hold.approval.hash,
            since: hold.approval.since,
            removals: removals(&hold.changes, &self.found, &self.policy),
        });
        self.approvable.retain(|shown| Some(&shown.hash) != approved.as_ref());
        self.approvable.extend(self.shown.clone());
        self.found = after;
    }

    /// Every removal is true, and those without an approval are within the limits. Tells which approval was used.
    fn check(&self, plan: &Plan) -> Option<String> {
        let mut removals = removals(plan, &self.found, &self.policy);
        let approval = self.policy.approval.hash.as_ref();
        let fits = |shown: &&Shown| Some(&shown.hash) == approval && shown.removals.is_subset(&removals);
        let approved = self.approvable.iter().find(fits);
        if let Some(approved) = approved {
            removals = removals.difference(&approved.removals).cloned().collect();
        }
        for removal in &removals {
            assert!(self.is_true(removal), "{removal:?} at {} is not so: {:#?}", self.now, self.truth);
        }
        let deleted: Vec<StoreId> = removals
            .iter()
            .filter_map(|removal| if let Removal::Group(id) = removal { Some(id.clone()) } else { None })
            .collect();
        let ended = removals.iter().filter(|removal| matches!(removal, Removal::Membership(..))).count();
        let with_groups = self.found.groups.iter().filter(|group| deleted.contains(&group.id));
        let memberships = ended + with_groups.map(|group| group.members.len()).sum::<usize>();
        let most = |limit: Limit| usize::try_from(limit.max.unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
        let count = |is_kind: fn(&Removal) -> bool| removals.iter().filter(|removal| is_kind(removal)).count();
        let is_unasked = |removal: &&Removal| match removal {
            Removal::Release(id) => {
                let group = self.found.groups.iter().find(|group| group.id == *id).unwrap();
                !self.truth.is_deleted(group.link.as_ref().unwrap().id)
            }
            _ => false,
        };
        let releases = removals.iter().filter(is_unasked).count();
        assert!(deleted.len() + releases <= most(self.policy.limits.group_deletions), "{removals:?}");
        let group_names = count(|removal| matches!(removal, Removal::GroupName(..)));
        assert!(group_names <= most(self.policy.limits.group_renames), "{removals:?}");
        let account_names = count(|removal| matches!(removal, Removal::AccountName(..)));
        assert!(account_names <= most(self.policy.limits.account_renames), "{removals:?}");
        assert!(memberships <= most(self.policy.limits.member_removals), "{removals:?}");
        approved.map(|approved| approved.hash.clone())
    }

    /// The linked members of the linked groups.
    fn held(&self) -> BTreeMap<ExternalId, BTreeSet<ExternalId>> {
        // A released object does not matter any more.
        let owned = |group: &&Group| group.link.as_ref().is_some_and(|link| link.owner.is_some());
        let groups = self.found.groups.iter().filter(owned).filter_map(|group| {
            let member = |account: &AccountRef| Some(first_id(self.found.account(*account)?.link.as_ref()?.id));
            Some((first_id(group.link.as_ref()?.id), group.members.iter().filter_map(member).collect()))
        });
        groups.collect()
    }

    fn is_true(&self, removal: &Removal) -> bool {
        let group = |id: &StoreId| self.found.groups.iter().find(|group| group.id == *id).unwrap();
        match removal {
            Removal::Group(id) => {
                let link = group(id).link.as_ref().unwrap();
                self.truth.is_deleted(link.id) && is_intact(group(id), &self.found)
            }
            Removal::Membership(id, account) => {
                let account = self.found.accounts.iter().find(|held| held.id == *account).unwrap();
                // A local account is not a member of anything in the directory.
                let Some(user) = account.link.as_ref() else { return self.policy.members == Members::Exclusive };
                let source = group(id).link.as_ref().unwrap().id;
                let left = !self.truth.is_member(source, user.id, &self.policy);
                (left || self.has_another_account(user.id, account)) && is_intact(group(id), &self.found)
            }
            // What the directory deleted is released where it was adopted, or where the spec says so.
            Removal::Release(id) => {
                let id = group(id).link.as_ref().unwrap().id;
                self.truth.is_moved(id) || self.truth.is_deleted(id)
            }
            // A name is not proof, so it removes no access.
            Removal::GroupName(..) | Removal::AccountName(..) => true,
            // No group uses it any more, or its user may not use it.
            Removal::Account(id) => {
                let held = |group: &Group| group.members.iter().any(|it| self.found.account(*it).unwrap().id == *id);
                let account = self.found.accounts.iter().find(|held| held.id == *id).unwrap();
                let unused = self.policy.prune_accounts != PruneAccounts::Retain && !self.found.groups.iter().any(held);
                let disabled = self.policy.disabled_accounts == DisabledAccounts::Deactivate;
                unused || (disabled && self.truth.is_disabled(account.link.as_ref().unwrap().id))
            }
        }
    }
}

/// What has a number that was given away, where links outside the store may still name it.
fn passed_on(found: &Found) -> Vec<String> {
    if found.links == Links::Inside {
        return Vec::new();
    }
    let username = |account: &Account| account.attributes.username.clone().unwrap_or_default();
    let groups = found.groups.iter().filter(|group| group.name.starts_with(PASSED_ON)).map(|group| {
        let members = group.members.iter().map(|member| found.accounts[member.0 as usize].id.clone());
        format!("{} {:?}", group.name, members.collect::<Vec<_>>())
    });
    let accounts = found.accounts.iter().filter(|account| username(account).starts_with(PASSED_ON));
    groups.chain(accounts.map(|account| format!("{:?} {}", account.attributes, account.active))).collect()
}

fn removals(plan: &Plan, found: &Found, policy: &Policy) -> BTreeSet<Removal> {
    let is_unasked = |group: GroupRef| {
        let link = found.group(group).unwrap().link.as_ref().unwrap();
        link.owner.is_some() && policy.selectors.iter().any(|selector| selector.key == link.selector)
    };
    let group = |group| found.group(group).unwrap().id.clone();
    let account = |account: &AccountRef| found.account(*account).unwrap().id.clone();
    plan.changes
        .iter()
        .flat_map(|change| match change {
            Change::DeleteGroup { group: deleted } => vec![Removal::Group(group(*deleted))],
            Change::RemoveMembers { group: of, accounts } => {
                accounts.iter().map(|member| Removal::Membership(group(*of), account(member))).collect()
            }
            Change::LinkGroup { group: released, link } if link.owner.is_none() && is_unasked(*released) => {
                vec![Removal::Release(group(*released))]
            }
            Change::SetGroup { group: renamed, name: Edit::Set(name), .. } => {
                vec![Removal::GroupName(group(*renamed), name.to_string())]
            }
            Change::SetAccount { account: renamed, edits } if renames(*renamed, edits, found) => {
                vec![Removal::AccountName(account(renamed), format!("{edits:?}"))]
            }
            Change::DeactivateAccount { account: held } | Change::DeleteAccount { account: held } => {
                vec![Removal::Account(account(held))]
            }
            _ => Vec::new(),
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_removed_that_is_neither_true_nor_approved(steps in proptest::collection::vec(step(false), 1..40)) {
        let mut history = History::new(Links::Inside);
        for step in &steps {
            history.take(step);
        }
    }

    /// Nor where somebody else makes the accounts.
    #[test]
    fn nor_from_accounts_that_somebody_else_makes(steps in proptest::collection::vec(step(true), 1..40)) {
        let mut history = History::with_existing_accounts();
        for step in &steps {
            history.take(step);
        }
    }

    /// Nor where the store's ids may be reused and it may be another store.
    #[test]
    fn nor_by_links_outside_the_store(steps in proptest::collection::vec(step(true), 1..40)) {
        let mut history = History::new(Links::Outside(LostLinks { store: STORE.into(), ..LostLinks::default() }));
        for step in &steps {
            history.take(step);
        }
    }
}

/// The other half: what is true comes about, once faults are over and time has passed.
#[test]
fn what_is_true_comes_about_in_the_end() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    runner
        .run(&proptest::collection::vec(step(false), 1..40), |steps| {
            let mut history = History::new(Links::Inside);
            for step in &steps {
                history.take(step);
            }
            for edit in SpecEdit::DEFAULTS {
                history.take(&Step::Spec(edit));
            }
            history.truth.recover();
            for _ in 0..3 {
                history.take(&Step::Wait(90));
                history.take(&Step::Run { crashes: false });
            }
            // What no proof covers waits for an approval, which is given.
            history.take(&Step::Approve);
            history.take(&Step::Run { crashes: false });
            let accounts = history.found.accounts.iter();
            let linked = accounts.filter_map(|account| Some(first_id(account.link.as_ref()?.id))).collect();
            // No leaver stays for ever.
            let mut held = history.held();
            for members in held.values_mut() {
                members.retain(|user| !history.truth.is_without_witness(*user, &linked));
            }
            let names = history.truth.names();
            // A group that was released keeps its name, so a new one of that name is a duplicate.
            let released =
                history.found.groups.iter().filter(|group| group.link.as_ref().is_some_and(|it| it.owner.is_none()));
            let released: BTreeSet<&str> = released.map(|group| &*group.name).collect();
            let is_free = |id: &ExternalId| names.get(id).is_none_or(|name| !released.contains(&**name));
            let mut wanted = history.truth.memberships(&history.policy);
            wanted.retain(|id, _| held.contains_key(id) || is_free(id));
            prop_assert_eq!(held, wanted, "{:#?}", &history);
            for group in &history.found.groups {
                let Some(link) = group.link.as_ref().filter(|link| link.owner.is_some()) else { continue };
                prop_assert_eq!(
                    Some(&*group.name),
                    names.get(&first_id(link.id)).map(|name| &**name),
                    "{:#?}",
                    &history
                );
            }
            Ok(())
        })
        .unwrap();
}
