//! The adapter for the server in memory: what any adapter of a server with many calls and a book of links does.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use directory_group_sync::store::link_book::{BookChange, Entry, LinkBook, LinkedObject};
use directory_group_sync::store::{
    Applied, Capabilities, Error, Guard, Refusal, Subject, UserStore, Writer, blocked_by_refusal,
};
use directory_group_sync::sync::ability::Abilities;
use directory_group_sync::sync::form::Form;
use directory_group_sync::sync::found::{Account, AccountRef, Found, Group, GroupRef};
use directory_group_sync::sync::link::{AccountLink, GroupLink};
use directory_group_sync::sync::plan::written::{Gaps, Unwritten};
use directory_group_sync::sync::plan::{AttributeEdits, Change, Edit, Plan};
use directory_group_sync::sync::store_id::StoreId;
use tokio::sync::OwnedMutexGuard;

use super::{Call, Failure, Server};

/// The store of a server in memory.
pub(crate) struct MemoryStore {
    pub(crate) server: Arc<Server>,
    pub(crate) book: Arc<dyn LinkBook>,
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryStore")
    }
}

#[async_trait]
impl UserStore for MemoryStore {
    async fn probe(&self) -> Result<Capabilities, Error> {
        Ok(Capabilities {
            identity: Some(self.server.content().identity.clone()),
            product: "Memory".to_owned(),
            version: "1".to_owned(),
            signed_in_as: None,
            own_account: None,
            missing_rights: Vec::new(),
            administrators: Vec::new(),
            default_group: None,
            is_atomic: false,
            abilities: Abilities::DATABASE,
            form: Form::ANY,
        })
    }

    async fn read(&self) -> Result<Found, Error> {
        let entries = self.book.read().await?;
        let content = self.server.content().clone();
        let text = |id: &String| StoreId::from(&**id);
        let mut marked = BTreeMap::new();
        let indices: BTreeMap<&String, u32> = content.accounts.keys().zip(0..).collect();
        let accounts = content.accounts.iter().map(|(id, account)| {
            marked.extend(account.mark.as_deref().map(|mark| (mark.into(), text(id))));
            Account { id: text(id), attributes: account.attributes.clone(), active: account.active, link: None }
        });
        let accounts = accounts.collect();
        let groups = content.groups.iter().map(|(id, group)| {
            marked.extend(group.mark.as_deref().map(|mark| (mark.into(), text(id))));
            Group {
                id: text(id),
                name: group.name.as_str().into(),
                description: group.description.as_deref().map(Into::into),
                members: group.members.iter().map(|member| AccountRef(indices[member])).collect(),
                link: None,
            }
        });
        let groups = groups.collect();
        Ok(entries.join(Found { accounts, groups, ..Found::default() }, &content.identity, &marked))
    }

    async fn begin<'a>(&'a self, guard: &'a dyn Guard) -> Result<Box<dyn Writer + 'a>, Error> {
        guard.may_go_on().await?;
        let turn = Arc::clone(&self.server.turn).try_lock_owned().map_err(|_| Error::Busy)?;
        let identity = self.server.content().identity.clone().into();
        Ok(Box::new(MemoryWriter { store: self, guard, identity, _turn: turn }))
    }
}

struct MemoryWriter<'a> {
    store: &'a MemoryStore,
    guard: &'a dyn Guard,
    identity: Box<str>,
    _turn: OwnedMutexGuard<()>,
}

#[async_trait]
impl Writer for MemoryWriter<'_> {
    async fn read(&mut self) -> Result<Found, Error> {
        self.store.read().await
    }

    async fn apply(self: Box<Self>, found: &Found, plan: &Plan) -> Result<Applied, Error> {
        let mut course = Course::new(&self, found, plan);
        for (place, change) in plan.changes.iter().enumerate() {
            match course.write(place, change).await {
                Ok(()) => {}
                Err(error) if !course.wrote => return Err(error),
                Err(error) => return Ok(course.applied(Some(error.to_string()))),
            }
        }
        let mut changes: Vec<_> =
            plan.forget.iter().map(|(directory, id)| BookChange::Forget(*directory, *id)).collect();
        changes.extend(plan.remember.iter().cloned().map(BookChange::Remember));
        self.store.book.write(changes).await?;
        (course.gaps.forget, course.gaps.remember) = (false, false);
        Ok(course.applied(None))
    }
}

/// How far a plan has come.
struct Course<'a> {
    writer: &'a MemoryWriter<'a>,
    found: &'a Found,
    plan: &'a Plan,
    groups: Vec<String>,
    accounts: Vec<String>,
    gaps: Gaps,
    /// Whether anything was written, or may have been.
    wrote: bool,
    refused: BTreeMap<Subject, String>,
    /// The refused objects and all that needs their names.
    blocked: BTreeMap<Subject, String>,
    ambiguous: BTreeMap<Subject, String>,
}

impl<'a> Course<'a> {
    fn new(writer: &'a MemoryWriter<'a>, found: &'a Found, plan: &'a Plan) -> Self {
        let text =
            |id: &StoreId| if let StoreId::Text(text) = id { text.to_string() } else { panic!("{id} is a number") };
        Self {
            writer,
            found,
            plan,
            groups: found.groups.iter().map(|group| text(&group.id)).collect(),
            accounts: found.accounts.iter().map(|account| text(&account.id)).collect(),
            gaps: Gaps::all(plan),
            wrote: false,
            refused: BTreeMap::new(),
            blocked: BTreeMap::new(),
            ambiguous: BTreeMap::new(),
        }
    }

    fn is_left_out(&self, subject: Subject) -> bool {
        self.blocked.contains_key(&subject)
    }

    /// Writes one change, unless it needs what was refused.
    async fn write(&mut self, place: usize, change: &Change) -> Result<(), Error> {
        if let Change::AddMembers { group, accounts } | Change::RemoveMembers { group, accounts } = change {
            return self.write_members(place, *group, accounts, matches!(change, Change::AddMembers { .. })).await;
        }
        let subject = change.subject();
        let is_creation = matches!(change, Change::CreateGroup { .. } | Change::CreateAccount { .. });
        if self.is_left_out(subject) {
            // References go on counting.
            match change {
                Change::CreateGroup { .. } => self.groups.push(String::new()),
                Change::CreateAccount { .. } => self.accounts.push(String::new()),
                _ => {}
            }
            return Ok(());
        }
        self.book(self.ahead(change)).await?;
        let answer = match self.call_of(change) {
            Some(call) => self.call(&call).await?,
            None => self.exists(subject).map(|()| String::new()),
        };
        if is_creation {
            let id = answer.clone().unwrap_or_default();
            if matches!(change, Change::CreateGroup { .. }) { self.groups.push(id) } else { self.accounts.push(id) }
        }
        match answer {
            Ok(_) => {
                self.book(self.behind(change)).await?;
                self.gaps.close(place);
            }
            Err(failure) => self.fail(subject, failure),
        }
        Ok(())
    }

    async fn write_members(
        &mut self,
        place: usize,
        group: GroupRef,
        accounts: &[AccountRef],
        adds: bool,
    ) -> Result<(), Error> {
        if self.is_left_out(Subject::Group(group)) {
            return Ok(());
        }
        let mut missing: Vec<AccountRef> = accounts.to_vec();
        for account in accounts {
            if self.is_left_out(Subject::Account(*account)) {
                continue;
            }
            let (to, member) = (self.groups[group.0 as usize].clone(), self.accounts[account.0 as usize].clone());
            let call = if adds {
                Call::AddMember { group: to, account: member }
            } else {
                Call::RemoveMember { group: to, account: member }
            };
            match self.call(&call).await? {
                Ok(_) => {
                    missing.retain(|it| it != account);
                    self.gaps.leave(place, missing.clone());
                }
                Err(failure) => self.fail(Subject::Members(group), failure),
            }
        }
        if missing.len() == accounts.len() {
            self.gaps.changes.insert(place, Unwritten::Whole);
        }
        Ok(())
    }

    /// One call, if the run may go on.
    async fn call(&mut self, call: &Call) -> Result<Result<String, Failure>, Error> {
        self.writer.guard.may_go_on().await?;
        tokio::task::yield_now().await;
        match self.writer.store.server.call(call) {
            Err(Failure::Failed(problem)) => Err(Error::unreachable("writing to the server", problem)),
            answer => {
                self.wrote |= !matches!(answer, Err(Failure::Refused(_)));
                Ok(answer)
            }
        }
    }

    async fn book(&self, changes: Vec<BookChange>) -> Result<(), Error> {
        if changes.is_empty() {
            return Ok(());
        }
        self.writer.store.book.write(changes).await
    }

    fn exists(&self, subject: Subject) -> Result<(), Failure> {
        let content = self.writer.store.server.content();
        let exists = match subject {
            Subject::Group(group) | Subject::Members(group) => {
                content.groups.contains_key(&self.groups[group.0 as usize])
            }
            Subject::Account(account) => content.accounts.contains_key(&self.accounts[account.0 as usize]),
        };
        let gone = || Failure::Refused("it was deleted while this run was writing".to_owned());
        exists.then_some(()).ok_or_else(gone)
    }

    fn fail(&mut self, subject: Subject, failure: Failure) {
        match failure {
            Failure::Refused(message) | Failure::Failed(message) => {
                self.refused.entry(subject).or_insert(message);
            }
            Failure::Lost(message) => {
                self.ambiguous.entry(subject).or_insert(message);
            }
        }
        // What is not known to be written can be needed by nothing.
        let mut unwritten = self.ambiguous.clone();
        unwritten.extend(self.refused.clone());
        self.blocked = blocked_by_refusal(self.found, self.plan, &unwritten);
    }

    fn applied(&self, ended_early: Option<String>) -> Applied {
        let mut refused = self.blocked.clone();
        refused.extend(self.refused.clone());
        let in_order = |mut messages: BTreeMap<Subject, String>| -> Vec<Refusal> {
            let subjects = self.plan.changes.iter().map(Change::subject);
            subjects
                .filter_map(|subject| messages.remove(&subject).map(|message| Refusal { subject, message }))
                .collect()
        };
        refused.retain(|subject, _| !self.ambiguous.contains_key(subject));
        Applied {
            gaps: self.gaps.clone(),
            refused: in_order(refused),
            ambiguous: in_order(self.ambiguous.clone()),
            ended_early,
        }
    }

    fn call_of(&self, change: &Change) -> Option<Call> {
        let group = |group: &GroupRef| self.groups[group.0 as usize].clone();
        let account = |account: &AccountRef| self.accounts[account.0 as usize].clone();
        let active = |of: &AccountRef, active| {
            Some(Call::EditAccount { id: account(of), edits: AttributeEdits::default(), active: Some(active) })
        };
        match change {
            Change::DeleteGroup { group: it } => Some(Call::DeleteGroup { id: group(it) }),
            Change::ParkGroup { group: it, name } => {
                Some(Call::EditGroup { id: group(it), name: Edit::Set(name.clone()), description: Edit::Keep })
            }
            Change::SetGroup { group: it, name, description } => {
                Some(Call::EditGroup { id: group(it), name: name.clone(), description: description.clone() })
            }
            Change::CreateGroup { name, description, link, .. } => Some(Call::CreateGroup {
                name: name.to_string(),
                description: description.as_deref().map(str::to_owned),
                mark: link.id.to_string(),
            }),
            Change::ParkAccount { account: it, username } => {
                let username = username.clone().map_or(Edit::Keep, Edit::Set);
                let edits = AttributeEdits { username, email: Edit::Clear, ..AttributeEdits::default() };
                Some(Call::EditAccount { id: account(it), edits, active: None })
            }
            Change::SetAccount { account: it, edits } => {
                Some(Call::EditAccount { id: account(it), edits: edits.clone(), active: None })
            }
            Change::CreateAccount { attributes, active, link, .. } => {
                Some(Call::CreateAccount { attributes: attributes.clone(), active: *active, mark: link.id.to_string() })
            }
            Change::ActivateAccount { account: it } => active(it, true),
            Change::DeactivateAccount { account: it } => active(it, false),
            Change::DeleteAccount { account: it } => Some(Call::DeleteAccount { id: account(it) }),
            Change::LinkGroup { .. }
            | Change::LinkAccount { .. }
            | Change::AddMembers { .. }
            | Change::RemoveMembers { .. } => None,
        }
    }

    /// What is written into the book before the call: what is about to be created, and what is about to be renamed.
    fn ahead(&self, change: &Change) -> Vec<BookChange> {
        let store = &self.writer.identity;
        match change {
            Change::CreateGroup { link, .. } => {
                let object = LinkedObject::Intended(link.id.to_string().into());
                vec![BookChange::Group(Entry { store: store.clone(), object, link: link.clone(), renamed_to: None })]
            }
            Change::CreateAccount { link, .. } => {
                let object = LinkedObject::Intended(link.id.to_string().into());
                vec![BookChange::Account(Entry { store: store.clone(), object, link: link.clone(), renamed_to: None })]
            }
            Change::ParkGroup { group, name } | Change::SetGroup { group, name: Edit::Set(name), .. } => {
                let link = self.found.group(*group).and_then(|group| group.link.clone());
                link.map(|link| self.group_entry(*group, link, Some(name.clone()))).into_iter().collect()
            }
            Change::ParkAccount { account, username: Some(username) } => self.renaming(*account, username),
            Change::SetAccount { account, edits: AttributeEdits { username: Edit::Set(username), .. } } => {
                self.renaming(*account, username)
            }
            _ => Vec::new(),
        }
    }

    fn renaming(&self, account: AccountRef, username: &str) -> Vec<BookChange> {
        let link = self.found.account(account).and_then(|account| account.link.clone());
        link.map(|link| self.account_entry(account, link, Some(username.into()))).into_iter().collect()
    }

    /// What is written into the book after the call.
    fn behind(&self, change: &Change) -> Vec<BookChange> {
        let forget = |link: Option<(_, _)>| link.map(|(directory, id)| BookChange::Forget(directory, id));
        match change {
            Change::CreateGroup { group, link, .. } | Change::LinkGroup { group, link } => {
                vec![self.group_entry(*group, link.clone(), None)]
            }
            Change::CreateAccount { account, link, .. } | Change::LinkAccount { account, link } => {
                vec![self.account_entry(*account, link.clone(), None)]
            }
            Change::DeleteGroup { group } => {
                let link = self.found.group(*group).and_then(|group| group.link.as_ref());
                forget(link.map(|link| (link.directory_id, link.id))).into_iter().collect()
            }
            Change::DeleteAccount { account } => {
                let link = self.found.account(*account).and_then(|account| account.link.as_ref());
                forget(link.map(|link| (link.directory_id, link.id))).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    fn group_entry(&self, group: GroupRef, link: GroupLink, renamed_to: Option<Box<str>>) -> BookChange {
        let object = LinkedObject::Known(StoreId::from(&*self.groups[group.0 as usize]));
        BookChange::Group(Entry { store: self.writer.identity.clone(), object, link, renamed_to })
    }

    fn account_entry(&self, account: AccountRef, link: AccountLink, renamed_to: Option<Box<str>>) -> BookChange {
        let object = LinkedObject::Known(StoreId::from(&*self.accounts[account.0 as usize]));
        BookChange::Account(Entry { store: self.writer.identity.clone(), object, link, renamed_to })
    }
}
