//! A store in memory that changes one change at a time.

use std::collections::BTreeSet;

use crate::sync::ability::GroupDeletion;
use crate::sync::fold::fold;
use crate::sync::found::{Account, AccountRef, Found, Group, GroupRef, Links};
use crate::sync::identity::{DirectoryId, ExternalId};
use crate::sync::link::{AccountLink, GroupLink, Origin};
use crate::sync::pairing::broken_links::{is_intact, split_broken_links};
use crate::sync::plan::{Change, Edit, Subject};
use crate::sync::policy::{Accounts, Policy};
use crate::sync::protection;
use crate::sync::role::Role;
use crate::sync::scenario::directory_id;
use crate::sync::snapshot::Attributes;
use crate::sync::store_id::StoreId;

pub(super) struct World<'a> {
    policy: &'a Policy,
    found: &'a Found,
    /// By reference; `None` once it is deleted.
    groups: Vec<Option<Group>>,
    accounts: Vec<Option<Account>>,
    protected: BTreeSet<AccountRef>,
    links: Links,
}

impl<'a> World<'a> {
    pub(super) fn new(found: &'a Found, policy: &'a Policy) -> Self {
        Self {
            policy,
            found,
            groups: found.groups.iter().cloned().map(Some).collect(),
            accounts: found.accounts.iter().cloned().map(Some).collect(),
            protected: protection::protected_accounts(found, &policy.protected),
            links: found.links.clone(),
        }
    }

    #[track_caller]
    pub(super) fn apply(&mut self, change: &Change) {
        if self.policy.accounts != Accounts::Managed {
            leaves_accounts_alone(change);
        }
        match change {
            Change::DeleteGroup { group } => self.delete_group(*group),
            Change::EmptyGroup { group, accounts, link } => self.empty_group(*group, accounts, link),
            Change::SetRoles { group, give, take, link } => self.set_roles(*group, give, take, link),
            Change::ParkGroup { group, name } => self.rename(*group, name),
            Change::SetGroup { group, name, description } => {
                assert!((name, description) != (&Edit::Keep, &Edit::Keep), "sets nothing");
                if let Edit::Set(name) = name {
                    self.rename(*group, name);
                }
                let held = self.ours(*group);
                edit(&mut held.description, description);
            }
            Change::CreateGroup { group, name, description, link } => {
                assert_eq!(group.0 as usize, self.groups.len(), "groups are created out of order");
                assert!(!self.policy.protected.groups.contains(&fold(name)), "creates the protected {name}");
                self.free_group_name(name, *group);
                self.groups.push(Some(Group {
                    id: next_id(
                        self.found.groups.iter().map(|group| &group.id),
                        self.groups.len() - self.found.groups.len(),
                    ),
                    name: name.clone(),
                    description: description.clone(),
                    members: Vec::new(),
                    roles: link.roles.clone(),
                    link: Some(self.owned_group_link(link)),
                }));
                self.moves(link.directory_id, link.id, Subject::Group(*group));
            }
            Change::LinkGroup { group, link } => self.link_group(*group, link),
            Change::ParkAccount { account, username } => {
                self.unprotected(*account);
                let held = self.account(*account);
                if let Some(username) = username {
                    held.attributes.username = Some(username.clone());
                }
                held.attributes.email = None;
                self.free_names(*account);
            }
            Change::SetAccount { account, edits } => self.set_account(*account, edits),
            Change::CreateAccount { account, attributes, active, link } => {
                assert_eq!(account.0 as usize, self.accounts.len(), "accounts are created out of order");
                assert!(attributes.username.is_some(), "creates an account without a username");
                self.accounts.push(Some(Account {
                    id: next_id(
                        self.found.accounts.iter().map(|one| &one.id),
                        self.accounts.len() - self.found.accounts.len(),
                    ),
                    attributes: attributes.clone(),
                    active: *active,
                    link: Some(link.clone()),
                }));
                self.moves(link.directory_id, link.id, Subject::Account(*account));
                self.free_names(*account);
            }
            Change::LinkAccount { account, link } => self.link_account(*account, link),
            Change::ActivateAccount { account } => {
                let before = self.found.account(*account).and_then(|account| account.link.as_ref());
                assert!(before.is_some_and(|link| link.deactivated_by_us), "activates what it did not make inactive");
                let held = self.account(*account);
                assert!(!std::mem::replace(&mut held.active, true), "activates an active account");
            }
            Change::RemoveMembers { group, accounts } => {
                ascending(accounts);
                for account in accounts {
                    self.account(*account);
                    let members = &mut self.ours(*group).members;
                    let place = members.binary_search(account).expect("removes an account that is not a member");
                    members.remove(place);
                }
            }
            Change::AddMembers { group, accounts } => {
                ascending(accounts);
                for account in accounts {
                    self.account(*account);
                    let members = &mut self.ours(*group).members;
                    let place = members.binary_search(account).expect_err("adds who is a member");
                    members.insert(place, *account);
                }
            }
            Change::DeactivateAccount { account } => {
                self.unprotected(*account);
                let held = self.account(*account);
                assert!(std::mem::replace(&mut held.active, false), "makes an inactive account inactive");
            }
            Change::DeleteAccount { account } => {
                self.unprotected(*account);
                let held = self.account(*account);
                let link = held.link.as_ref().unwrap();
                assert_eq!(link.origin, Origin::Created, "deletes an account that it did not create");
                self.accounts[account.0 as usize] = None;
                for group in self.groups.iter_mut().flatten() {
                    group.members.retain(|member| member != account);
                }
            }
        }
    }

    #[track_caller]
    fn delete_group(&mut self, group: GroupRef) {
        let held = self.ours(group);
        let link = held.link.as_ref().unwrap();
        assert_eq!(link.origin, Origin::Created, "deletes {}, which it did not create", held.name);
        let foreign = held.roles.iter().any(|role| !link.roles.contains(role));
        let may = match self.policy.abilities.group_deletion {
            GroupDeletion::Always => true,
            GroupDeletion::WithoutForeignRoles => !foreign,
            GroupDeletion::Never => false,
        };
        assert!(may, "deletes a group that the server keeps");
        self.groups[group.0 as usize] = None;
    }

    #[track_caller]
    fn empty_group(&mut self, group: GroupRef, accounts: &[AccountRef], link: &GroupLink) {
        let held = self.ours(group);
        assert_eq!(held.members, accounts, "does not empty {}", held.name);
        let before = held.link.replace(link.clone()).unwrap();
        assert_eq!((before.origin, &link.owner), (Origin::Created, &None), "empties what it did not create");
        held.members.clear();
    }

    #[track_caller]
    fn set_roles(&mut self, group: GroupRef, give: &[Role], take: &[Role], link: &GroupLink) {
        assert!(give.len() + take.len() > 0, "gives and takes no role");
        let grantable = self.policy.roles.grantable.clone();
        assert!(give.iter().all(|role| grantable.contains(&role.name)), "gives a role that it must not give");
        let held = self.ours(group);
        let given = held.link.clone().unwrap().roles;
        assert!(take.iter().all(|role| given.contains(role)), "takes a role that it did not give");
        for role in take {
            held.roles.remove(held.roles.binary_search(role).expect("takes a role that is not there"));
        }
        for role in give {
            held.roles.insert(held.roles.binary_search(role).expect_err("gives a role that is there"), role.clone());
        }
        held.link = Some(link.clone());
    }

    #[track_caller]
    fn group(&mut self, group: GroupRef) -> &mut Group {
        self.groups.get_mut(group.0 as usize).and_then(Option::as_mut).expect("a group that is there")
    }

    #[track_caller]
    fn account(&mut self, account: AccountRef) -> &mut Account {
        self.accounts.get_mut(account.0 as usize).and_then(Option::as_mut).expect("an account that is there")
    }

    /// A group that may be changed: not protected, not local, and this sync's, now or (its link comes later in a plan)
    /// free for it.
    #[track_caller]
    fn ours(&mut self, group: GroupRef) -> &mut Group {
        let (us, released) = (self.policy.owner.clone(), self.policy.released_owners.clone());
        let policy = self.policy;
        let before = self.found.group(group);
        // Whose link holds no more may be adopted; what else becomes of it is looked at in the end.
        let is_broken = before.is_some_and(|before| !is_intact(before, self.found));
        let held = self.group(group);
        assert!(
            before.is_none_or(|before| !protection::is_protected(before, &policy.protected)),
            "changes the protected {}",
            held.name
        );
        let link = held.link.as_ref().filter(|_| !is_broken);
        if let Some(owner) = link.and_then(|link| link.owner.as_ref()) {
            assert!(**owner == us || released.contains(&**owner), "changes {}, which is another's", held.name);
        }
        held
    }

    #[track_caller]
    fn unprotected(&self, account: AccountRef) {
        assert!(!self.protected.contains(&account), "touches a protected account");
    }

    #[track_caller]
    fn rename(&mut self, group: GroupRef, name: &str) {
        assert!(!self.policy.protected.groups.contains(&fold(name)), "renames a group to the protected {name}");
        self.free_group_name(name, group);
        let held = self.ours(group);
        assert_ne!(&*held.name, name, "renames a group to its own name");
        held.name = name.into();
    }

    /// Each directory object has one link: a new one takes the place of one that fits nothing. In a store that holds
    /// its links itself there is none.
    #[track_caller]
    fn moves(&mut self, directory_id: DirectoryId, id: ExternalId, to: Subject) {
        let is_it = |of: Option<(DirectoryId, ExternalId)>| of == Some((directory_id, id));
        let groups = (0..).zip(&mut self.groups).filter(|(index, _)| Subject::Group(GroupRef(*index)) != to);
        let groups = groups.filter_map(|(_, group)| group.as_mut());
        let groups = groups.filter(|group| is_it(group.link.as_ref().map(|link| (link.directory_id, link.id))));
        let accounts = (0..).zip(&mut self.accounts).filter(|(index, _)| Subject::Account(AccountRef(*index)) != to);
        let accounts = accounts.filter_map(|(_, account)| account.as_mut());
        let accounts = accounts.filter(|account| is_it(account.link.as_ref().map(|link| (link.directory_id, link.id))));
        match &mut self.links {
            Links::Inside => assert!(groups.count() + accounts.count() == 0, "{id} has two links"),
            Links::Outside(lost) => {
                lost.groups.retain(|lost| !is_it(Some((lost.link.directory_id, lost.link.id))));
                lost.accounts.retain(|lost| !is_it(Some((lost.link.directory_id, lost.link.id))));
                groups.for_each(|group| group.link = None);
                accounts.for_each(|account| account.link = None);
            }
        }
    }

    pub(super) fn forget(&mut self, id: ExternalId) {
        let Links::Outside(lost) = &mut self.links else { panic!("forgets a link that the store holds itself") };
        lost.groups.retain(|lost| lost.link.id != id);
        lost.accounts.retain(|lost| lost.link.id != id);
        let groups = self.groups.iter_mut().flatten();
        groups.for_each(|group| drop(group.link.take_if(|link| link.id == id)));
        let accounts = self.accounts.iter_mut().flatten();
        accounts.for_each(|account| drop(account.link.take_if(|link| link.id == id)));
    }

    /// Nothing else has the name, or did so before.
    #[track_caller]
    fn free_group_name(&self, name: &str, group: GroupRef) {
        let key = fold(name);
        if self.found.group(group).is_some_and(|before| fold(&before.name) == key) {
            return;
        }
        let others = (0..).zip(&self.groups).filter(|(index, _)| *index != group.0);
        let holder = others.filter_map(|(_, group)| group.as_ref()).find(|other| fold(&other.name) == key);
        assert!(holder.is_none(), "takes the name {name} while another group has it");
    }

    /// Nothing else has the account's names, or did so before.
    #[track_caller]
    fn free_names(&self, account: AccountRef) {
        let names: [fn(&Attributes) -> Option<String>; 2] =
            [|names| names.username.as_deref().map(fold), |names| names.email.as_deref().map(fold)];
        let held = self.accounts[account.0 as usize].as_ref().unwrap();
        for name in names {
            let Some(key) = name(&held.attributes) else { continue };
            if self.found.account(account).is_some_and(|before| name(&before.attributes).as_ref() == Some(&key)) {
                continue;
            }
            let others = (0..).zip(&self.accounts).filter(|(index, _)| *index != account.0);
            let mut others = others.filter_map(|(_, other)| other.as_ref());
            assert!(
                others.all(|other| name(&other.attributes).as_ref() != Some(&key)),
                "takes the name {key} while another account has it"
            );
        }
    }

    fn owned_group_link(&self, link: &GroupLink) -> GroupLink {
        assert_eq!(link.owner.as_deref(), Some(&self.policy.owner), "links for somebody else");
        link.clone()
    }

    #[track_caller]
    fn link_group(&mut self, group: GroupRef, link: &GroupLink) {
        let policy = self.policy;
        let held = self.group(group);
        assert_ne!(held.link.as_ref(), Some(link), "writes a link that is there");
        if held.link.as_ref().is_none_or(|before| before.directory_id != link.directory_id) {
            assert!(!protection::is_protected(held, &policy.protected), "adopts the protected {}", held.name);
            assert_eq!(link.origin, Origin::Adopted, "passes {} off as created", held.name);
        }
        held.link = Some(link.clone());
        self.moves(link.directory_id, link.id, Subject::Group(group));
    }

    #[track_caller]
    fn link_account(&mut self, account: AccountRef, link: &AccountLink) {
        let held = self.account(account);
        assert_ne!(held.link.as_ref(), Some(link), "writes a link that is there");
        if held.link.as_ref().is_none_or(|before| before.directory_id != link.directory_id) {
            assert_eq!(link.origin, Origin::Adopted, "passes an account off as created");
            if self.policy.accounts == Accounts::Managed {
                self.unprotected(account);
            }
        }
        self.account(account).link = Some(link.clone());
        self.moves(link.directory_id, link.id, Subject::Account(account));
    }

    #[track_caller]
    fn set_account(&mut self, account: AccountRef, edits: &crate::sync::plan::AttributeEdits) {
        if (&edits.username, &edits.email) != (&Edit::Keep, &Edit::Keep) {
            self.unprotected(account);
        }
        assert_ne!(edits.username, Edit::Clear, "clears a username");
        assert_ne!(edits.email, Edit::Clear, "clears an e-mail");
        let held = self.account(account);
        let edited = edits.applied_to(&held.attributes);
        assert_ne!(held.attributes, edited, "sets what is there");
        held.attributes = edited;
        self.free_names(account);
    }

    /// The store as it is read then. Whatever was written belongs to this sync now; nothing local was written.
    #[track_caller]
    pub(super) fn into_found(self) -> Found {
        let renumbered: Vec<u32> = self
            .accounts
            .iter()
            .scan(0, |next, account| Some(std::mem::replace(next, *next + u32::from(account.is_some()))))
            .collect();
        let mut groups: Vec<Group> = self.groups.iter().flatten().cloned().collect();
        for group in &mut groups {
            for member in &mut group.members {
                *member = AccountRef(renumbered[member.0 as usize]);
            }
        }
        self.nothing_foreign_changed();
        self.nothing_broken_changed();
        Found {
            accounts: self.accounts.into_iter().flatten().collect(),
            groups,
            directories: self.found.directories.clone(),
            claims: self.found.claims.clone(),
            links: self.links,
        }
    }

    /// What may be another object than the one that was linked stays as it is, unless it is adopted.
    #[track_caller]
    fn nothing_broken_changed(&self) {
        let (_, broken) = split_broken_links(self.found, directory_id());
        for (group, link) in broken.groups.all() {
            let (before, after) = (self.found.group(*group), self.groups[group.0 as usize].as_ref());
            let adopted = after.and_then(|after| after.link.as_ref()).is_some_and(|after| after.name != link.name);
            // Membership of the default group is not a use, so it ends with an account that is deleted.
            let is_default = self.policy.default_group.as_ref() == before.map(|group| &group.id);
            let stays = |account: &AccountRef| !is_default || self.accounts[account.0 as usize].is_some();
            let unlinked = |group: Option<&Group>| {
                let members = |group: &Group| group.members.iter().copied().filter(stays).collect();
                group.map(|group| Group { link: None, members: members(group), ..group.clone() })
            };
            assert!(
                adopted || unlinked(before) == unlinked(after),
                "{before:?} changed, which may be another: {after:?}"
            );
        }
        for (account, link) in broken.accounts.all() {
            let (before, after) = (self.found.account(*account), self.accounts[account.0 as usize].as_ref());
            let adopted = after.and_then(|after| after.link.as_ref()).is_some_and(|after| after != link);
            let unlinked = |account: Option<&Account>| account.cloned().map(|it| Account { link: None, ..it });
            let same = unlinked(before) == unlinked(after);
            assert!(adopted || same, "{before:?} changed, which may be somebody else's: {after:?}");
        }
    }

    #[track_caller]
    fn nothing_foreign_changed(&self) {
        let us = Some(&self.policy.owner);
        for (before, after) in self.found.groups.iter().zip(&self.groups) {
            let Some(after) = after else { continue };
            if after.link.as_ref().and_then(|link| link.owner.as_deref()) != us {
                // One that was ours may have been emptied in place of a deletion.
                let was_ours = before.link.as_ref().and_then(|link| link.owner.as_deref()) == us;
                let is_emptied = was_ours && after.members.is_empty();
                let members = |group: &Group| {
                    let there = |member: &&AccountRef| self.accounts[member.0 as usize].is_some() && !is_emptied;
                    group.members.iter().filter(there).copied().collect::<Vec<_>>()
                };
                assert_eq!(
                    (&before.name, &before.description, &before.roles, members(before)),
                    (&after.name, &after.description, &after.roles, members(after)),
                    "a group changed that is not ours"
                );
            }
        }
        for (before, after) in self.found.accounts.iter().zip(&self.accounts) {
            let Some(after) = after else { continue };
            if after.link.as_ref().and_then(|link| link.owner.as_deref()) != us {
                // The time since when a user is missing does not depend on the owner, and a link may have moved on.
                let is_evidence = self.policy.accounts != Accounts::Managed;
                let timeless = |account: &Account| {
                    if is_evidence {
                        return Account { link: None, ..account.clone() };
                    }
                    let link = account.link.clone().map(|link| AccountLink { missing_since: None, ..link });
                    Account { link: link.filter(|_| after.link.is_some()), ..account.clone() }
                };
                assert_eq!(timeless(before), timeless(after), "an account changed that is not ours");
            }
        }
    }
}

/// Rule `existing-accounts`.
#[track_caller]
fn leaves_accounts_alone(change: &Change) {
    match change {
        Change::LinkAccount { link, .. } => assert_eq!(
            (&link.owner, link.origin, link.deactivated_by_us, link.unused_since),
            (&None, Origin::Adopted, false, None),
            "takes control of an account"
        ),
        Change::ParkAccount { .. }
        | Change::SetAccount { .. }
        | Change::CreateAccount { .. }
        | Change::ActivateAccount { .. }
        | Change::DeactivateAccount { .. }
        | Change::DeleteAccount { .. } => panic!("changes an account that somebody else makes: {change:?}"),
        _ => {}
    }
}

fn edit(held: &mut Option<Box<str>>, edit: &Edit) {
    let before = held.clone();
    match edit {
        Edit::Keep => return,
        Edit::Clear => *held = None,
        Edit::Set(text) => *held = Some(text.clone()),
    }
    assert_ne!(before, *held, "sets what is there");
}

#[track_caller]
fn ascending(accounts: &[AccountRef]) {
    assert!(!accounts.is_empty() && accounts.is_sorted_by(|a, b| a < b), "members are not ascending, each once");
}

/// Ids go on after the greatest one, in the order of creation.
fn next_id<'a>(ids: impl Iterator<Item = &'a StoreId>, created: usize) -> StoreId {
    let last = ids.filter_map(StoreId::number).max().unwrap_or(0);
    StoreId::Number(last + 1 + i64::try_from(created).unwrap())
}
