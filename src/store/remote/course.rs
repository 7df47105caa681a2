//! How far a plan has come.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};

use futures::StreamExt as _;
use futures::stream;

use super::call::{Call, CallFailure, Done, Members};
use super::entries::Entries;
use super::lowering::{Action, Step};
use super::server::Server;
use crate::store::link_book::{BookChange, LinkBook};
use crate::store::{Applied, Error, Guard, Refusal, Subject, blocked_by_refusal};
use crate::sync::found::{AccountRef, Found, GroupRef};
use crate::sync::plan::written::{Gaps, Unwritten};
use crate::sync::plan::{Change, Edit, Plan};
use crate::sync::role::Role;
use crate::sync::store_id::StoreId;

/// Where a run writes.
pub(super) struct Writing<'a> {
    pub(super) server: &'a dyn Server,
    pub(super) book: &'a dyn LinkBook,
    pub(super) guard: &'a dyn Guard,
    /// Which store it is, as links name it.
    pub(super) store: &'a str,
}

/// A plan on its way into a server.
pub(super) struct Course<'a> {
    writing: Writing<'a>,
    found: &'a Found,
    plan: &'a Plan,
    /// By reference; `None`: it is not created, or not yet.
    groups: Vec<Option<StoreId>>,
    accounts: Vec<Option<StoreId>>,
    /// What groups are called now, by reference, where that is not what was found.
    names: BTreeMap<GroupRef, Box<str>>,
    gaps: Gaps,
    /// The memberships that came with new accounts.
    joined: BTreeSet<(GroupRef, AccountRef)>,
    /// What the book does not know yet.
    pending: Vec<BookChange>,
    /// What the book learns before the first call.
    claimed: Vec<BookChange>,
    /// Whether anything was written, or may have been.
    wrote: bool,
    refused: BTreeMap<Subject, String>,
    /// The refused objects and all that needs their names.
    blocked: BTreeMap<Subject, String>,
    ambiguous: BTreeMap<Subject, String>,
}

impl<'a> Course<'a> {
    /// `claimed`: what the book does not know yet of what was found.
    pub(super) fn new(writing: Writing<'a>, found: &'a Found, plan: &'a Plan, claimed: Vec<BookChange>) -> Self {
        let new_groups = plan.changes.iter().filter(|change| matches!(change, Change::CreateGroup { .. }));
        let new_accounts = plan.changes.iter().filter(|change| matches!(change, Change::CreateAccount { .. }));
        let groups = found.groups.iter().map(|group| Some(group.id.clone()));
        let accounts = found.accounts.iter().map(|account| Some(account.id.clone()));
        Self {
            writing,
            found,
            plan,
            groups: groups.chain(new_groups.map(|_| None)).collect(),
            accounts: accounts.chain(new_accounts.map(|_| None)).collect(),
            names: BTreeMap::new(),
            joined: BTreeSet::new(),
            gaps: Gaps::all(plan),
            pending: Vec::new(),
            claimed,
            wrote: false,
            refused: BTreeMap::new(),
            blocked: BTreeMap::new(),
            ambiguous: BTreeMap::new(),
        }
    }

    /// Whether anything was written, or may have been.
    pub(super) const fn wrote(&self) -> bool {
        self.wrote
    }

    /// Does all steps. What the server did is in the book afterwards, also where the run ends early.
    ///
    /// # Errors
    /// Why it ended early.
    pub(super) async fn run(&mut self, batches: &[Vec<Step>]) -> Result<(), Error> {
        let course = self.run_batches(batches).await;
        let recorded = self.record(Vec::new()).await;
        course.and(recorded)
    }

    async fn run_batches(&mut self, batches: &[Vec<Step>]) -> Result<(), Error> {
        for batch in batches {
            self.writing.guard.may_go_on().await?;
            let steps: Vec<&Step> = batch.iter().filter(|step| !self.is_left_out(step)).collect();
            let claimed = std::mem::take(&mut self.claimed);
            let ahead = steps.iter().flat_map(|step| self.ahead(step));
            let ahead = claimed.into_iter().chain(ahead).collect();
            self.record(ahead).await?;
            self.run_steps(&steps).await?;
        }
        let forgotten = self.plan.forget.iter().map(|(directory, id)| BookChange::Forget(*directory, *id));
        let remembered = self.plan.remember.iter().cloned().map(BookChange::Remember);
        let claimed = self.plan.claim.iter().cloned().map(BookChange::Claim);
        let last: Vec<BookChange> = forgotten.chain(remembered).chain(claimed).collect();
        if !last.is_empty() {
            self.record(last).await?;
            (self.wrote, self.gaps.forget, self.gaps.remember) = (true, false, false);
        }
        Ok(())
    }

    /// Writes what is pending, and these, into the book.
    async fn record(&mut self, changes: Vec<BookChange>) -> Result<(), Error> {
        self.pending.extend(changes);
        if self.pending.is_empty() {
            return Ok(());
        }
        self.writing.book.write(self.pending.clone()).await?;
        self.pending.clear();
        Ok(())
    }

    fn is_left_out(&self, step: &Step) -> bool {
        let is_blocked = |subject: Subject| self.blocked.contains_key(&subject);
        match step.subject {
            Subject::Members(group) => is_blocked(Subject::Group(group)) || is_blocked(step.subject),
            subject => is_blocked(subject),
        }
    }

    fn entries(&self) -> Entries<'_> {
        Entries { store: self.writing.store, found: self.found, groups: &self.groups, accounts: &self.accounts }
    }

    fn ahead(&self, step: &Step) -> Vec<BookChange> {
        let entries = self.entries();
        match &step.action {
            Action::CreateGroup { link, .. } => {
                vec![entries.intended_group(link, self.writing.server.group_mark(link.id))]
            }
            Action::CreateAccount { attributes, link, .. } => {
                let mark = self.writing.server.account_mark(link.id, attributes);
                vec![entries.intended_account(link, mark)]
            }
            _ => step.places.iter().filter_map(|place| entries.ahead(&self.plan.changes[*place])).collect(),
        }
    }

    /// Does the steps of a batch; those whose order does not matter some at a time. Calls that are on their way when one
    /// ends the run are waited for: their answers say what was written.
    async fn run_steps(&mut self, steps: &[&Step]) -> Result<(), Error> {
        let is_independent = steps.first().is_some_and(|step| step.action.is_independent());
        if !is_independent {
            for step in steps {
                // A step before it may have been refused.
                if self.is_left_out(step) {
                    continue;
                }
                let answer = match self.call(&step.action) {
                    Some(call) => self.writing.server.call(&call, self.writing.guard).await,
                    None => Ok(Done::default()),
                };
                self.note(step, answer)?;
            }
            return Ok(());
        }
        let calls: Vec<Option<Call>> = steps.iter().map(|step| self.call(&step.action)).collect();
        let (server, guard, ended) = (self.writing.server, self.writing.guard, AtomicBool::new(false));
        let ended = &ended;
        let answers = stream::iter(calls).map(|call| async move {
            let call = call.filter(|_| !ended.load(Ordering::Relaxed))?;
            let answer = server.call(&call, guard).await;
            ended.fetch_or(matches!(answer, Err(CallFailure::Ended(_))), Ordering::Relaxed);
            Some(answer)
        });
        let answers: Vec<Option<Result<Done, CallFailure>>> = answers.buffered(server.at_a_time()).collect().await;
        let mut result = Ok(());
        for (step, answer) in steps.iter().zip(answers) {
            match answer {
                Some(answer) => result = result.and(self.note(step, answer)),
                None if ended.load(Ordering::Relaxed) => {}
                None => result = result.and(self.note(step, Ok(Done::default()))),
            }
        }
        result
    }

    /// The call of an action; `None` where there is nothing to call.
    fn call(&self, action: &Action) -> Option<Call> {
        let group = |group: &GroupRef| self.groups.get(group.0 as usize).cloned().flatten();
        let account = |account: &AccountRef| self.accounts.get(account.0 as usize).cloned().flatten();
        Some(match action {
            Action::CreateGroup { name, link, .. } => Call::CreateGroup {
                name: name.clone(),
                mark: self.writing.server.group_mark(link.id),
                roles: ids(&link.roles),
            },
            Action::EditGroup { group: of, name, description } => {
                Call::EditGroup { id: group(of)?, name: name.clone(), description: description.clone() }
            }
            Action::DeleteGroup(of) => {
                let given = self.found.group_link(*of).map_or(&[][..], |link| &link.roles);
                Call::DeleteGroup { id: group(of)?, name: self.name(*of), roles: ids(given) }
            }
            Action::SetRoles { group: of, give, take } => {
                Call::SetRoles { group: group(of)?, name: self.name(*of), give: ids(give), take: ids(take) }
            }
            Action::EmptyGroup { accounts, .. } if accounts.is_empty() => return None,
            Action::EmptyGroup { group: of, accounts } => Call::SetMembers(Members {
                group: group(of)?,
                name: self.name(*of),
                add: Vec::new(),
                remove: accounts.iter().filter_map(account).collect(),
                description: Edit::Keep,
            }),
            Action::CreateAccount { attributes, active, link, groups, .. } => Call::CreateAccount {
                attributes: attributes.clone(),
                active: *active,
                groups: groups.iter().filter_map(group).collect(),
                mark: self.writing.server.account_mark(link.id, attributes),
            },
            Action::EditAccount { account: of, edits, active } => {
                Call::EditAccount { id: account(of)?, edits: edits.clone(), active: *active }
            }
            Action::DeleteAccount(of) => Call::DeleteAccount { id: account(of)? },
            Action::SetMembers { group: of, add, remove, description } => {
                let open = |accounts: &[AccountRef]| accounts.iter().filter_map(|it| self.open(*it)).collect();
                let (add, remove): (Vec<StoreId>, Vec<StoreId>) = (open(add), open(remove));
                if add.is_empty() && remove.is_empty() && *description == Edit::Keep {
                    return None;
                }
                let description = description.clone();
                Call::SetMembers(Members { group: group(of)?, name: self.name(*of), add, remove, description })
            }
            Action::Link => return None,
        })
    }

    /// What a group is called now.
    fn name(&self, group: GroupRef) -> Box<str> {
        let found = || self.found.group(group).map(|group| group.name.clone());
        self.names.get(&group).cloned().or_else(found).unwrap_or_default()
    }

    /// The id of an account whose memberships can be written.
    fn open(&self, account: AccountRef) -> Option<StoreId> {
        let is_blocked = self.blocked.contains_key(&Subject::Account(account));
        self.accounts.get(account.0 as usize).cloned().flatten().filter(|_| !is_blocked)
    }

    /// Takes an answer in.
    fn note(&mut self, step: &Step, answer: Result<Done, CallFailure>) -> Result<(), Error> {
        match answer {
            Ok(done) => self.done(step, done),
            Err(failure) => self.failed(step, failure),
        }
    }

    fn done(&mut self, step: &Step, Done { id, joined, left }: Done) -> Result<(), Error> {
        self.wrote = true;
        match &step.action {
            Action::CreateGroup { group, name, .. } => {
                put(&mut self.groups, group.0, id);
                self.names.insert(*group, name.clone());
            }
            Action::EditGroup { group, name: Edit::Set(name), .. } => drop(self.names.insert(*group, name.clone())),
            Action::CreateAccount { account, groups, .. } => {
                put(&mut self.accounts, account.0, id);
                if joined {
                    let exists = |group: &&GroupRef| self.groups.get(group.0 as usize).is_some_and(Option::is_some);
                    self.joined.extend(groups.iter().filter(exists).map(|group| (*group, *account)));
                }
            }
            Action::SetMembers { .. } => {
                let (unwritten, failure) = left.unzip();
                self.note_members(step, &unwritten.unwrap_or_default());
                return failure.map_or(Ok(()), |failure| self.failed(step, failure));
            }
            Action::EmptyGroup { .. } => {
                if let Some((_, failure)) = left {
                    return self.failed(step, failure);
                }
            }
            _ => {}
        }
        for place in &step.places {
            let behind = self.entries().behind(&self.plan.changes[*place]);
            self.pending.extend(behind);
            self.gaps.close(*place);
        }
        Ok(())
    }

    fn failed(&mut self, step: &Step, failure: CallFailure) -> Result<(), Error> {
        match failure {
            CallFailure::Ended(error) => return Err(error),
            CallFailure::Refused(message) => {
                self.forget_intention(step);
                self.refused.entry(step.subject).or_insert(message);
            }
            CallFailure::Gone => {
                let of_group =
                    |subject| if let Subject::Members(group) = subject { Subject::Group(group) } else { subject };
                let message = "it was deleted or renamed while this run was writing";
                self.refused.entry(of_group(step.subject)).or_insert_with(|| message.to_owned());
            }
            CallFailure::Lost(message) => {
                self.wrote = true;
                self.ambiguous.entry(step.subject).or_insert(message);
            }
        }
        // What is not known to be written can be needed by nothing.
        let mut unwritten = self.ambiguous.clone();
        unwritten.extend(self.refused.clone());
        self.blocked = blocked_by_refusal(self.found, self.plan, &unwritten);
        Ok(())
    }

    /// Memberships that are not written, and those of accounts that were refused, are left out alone.
    fn note_members(&mut self, step: &Step, unwritten: &[StoreId]) {
        let unwritten: BTreeSet<&StoreId> = unwritten.iter().collect();
        for place in &step.places {
            let (Change::AddMembers { accounts, .. } | Change::RemoveMembers { accounts, .. }) =
                &self.plan.changes[*place]
            else {
                continue;
            };
            let is_left = |account: &AccountRef| self.open(*account).is_none_or(|id| unwritten.contains(&id));
            let left: Vec<AccountRef> = accounts.iter().copied().filter(is_left).collect();
            if left.len() == accounts.len() {
                self.gaps.changes.insert(*place, Unwritten::Whole);
            } else {
                self.gaps.leave(*place, left);
            }
        }
    }

    /// Nothing came of what was about to be created.
    fn forget_intention(&mut self, step: &Step) {
        let intended = match &step.action {
            Action::CreateGroup { link, .. } => (link.directory_id, link.id),
            Action::CreateAccount { link, .. } => (link.directory_id, link.id),
            _ => return,
        };
        self.pending.push(BookChange::Forget(intended.0, intended.1));
    }

    /// Memberships that came with new accounts are written, whatever became of the call that names them again.
    fn gaps_without_joined(&self) -> Gaps {
        let mut gaps = self.gaps.clone();
        for (place, unwritten) in &self.gaps.changes {
            let Change::AddMembers { group, accounts } = &self.plan.changes[*place] else { continue };
            let left = if let Unwritten::Members(left) = unwritten { left } else { accounts };
            let is_left = |account: &&AccountRef| !self.joined.contains(&(*group, **account));
            let left: Vec<AccountRef> = left.iter().filter(is_left).copied().collect();
            if left.len() < accounts.len() {
                gaps.leave(*place, left);
            }
        }
        gaps
    }

    /// What came of the plan.
    pub(super) fn applied(&self, ended_early: Option<String>) -> Applied {
        let mut refused = self.blocked.clone();
        refused.extend(self.refused.clone());
        refused.retain(|subject, _| !self.ambiguous.contains_key(subject));
        let in_order = |mut messages: BTreeMap<Subject, String>| -> Vec<Refusal> {
            // A group that is gone is named, also where the plan would only have changed its members.
            let of_members =
                |subject| if let Subject::Members(group) = subject { Some(Subject::Group(group)) } else { None };
            let subjects = self.plan.changes.iter().map(Change::subject);
            subjects
                .flat_map(|subject| [Some(subject), of_members(subject)].into_iter().flatten())
                .filter_map(|subject| messages.remove(&subject).map(|message| Refusal { subject, message }))
                .collect()
        };
        Applied {
            gaps: self.gaps_without_joined(),
            refused: in_order(refused),
            ambiguous: in_order(self.ambiguous.clone()),
            ended_early,
        }
    }
}

fn ids(roles: &[Role]) -> Vec<StoreId> {
    roles.iter().map(|role| role.id.clone()).collect()
}

fn put(ids: &mut [Option<StoreId>], reference: u32, id: Option<StoreId>) {
    if let Some(held) = ids.get_mut(reference as usize) {
        *held = id;
    }
}
