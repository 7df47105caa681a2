//! A store without the groups and accounts that every server has from its beginning: the contract begins with an empty one.

use std::sync::Arc;

use async_trait::async_trait;
use directory_group_sync::store::{Applied, Capabilities, Error, Guard, Subject, UserStore, Writer};
use directory_group_sync::sync::found::{AccountRef, Found};
use directory_group_sync::sync::plan::written::Unwritten;
use directory_group_sync::sync::plan::{Change, Plan};

use super::Store;

/// Hides the first groups and accounts of a store.
#[derive(Debug)]
pub(crate) struct HidesFirst {
    pub(crate) hidden: Hidden,
    pub(crate) store: Store,
}

/// How many are hidden.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hidden {
    pub(crate) groups: u32,
    pub(crate) accounts: u32,
}

#[async_trait]
impl UserStore for HidesFirst {
    async fn probe(&self) -> Result<Capabilities, Error> {
        // They are administrators.
        Ok(Capabilities { administrator_accounts: Vec::new(), ..self.store.probe().await? })
    }

    async fn read(&self) -> Result<Found, Error> {
        Ok(without(self.store.read().await?, self.hidden))
    }

    async fn begin<'a>(&'a self, guard: &'a dyn Guard) -> Result<Box<dyn Writer + 'a>, Error> {
        let whole = Arc::new(self.store.read().await?);
        let writer = self.store.begin(guard).await?;
        Ok(Box::new(HidingWriter { hidden: self.hidden, whole, writer }))
    }
}

struct HidingWriter<'a> {
    hidden: Hidden,
    whole: Arc<Found>,
    writer: Box<dyn Writer + 'a>,
}

#[async_trait]
impl Writer for HidingWriter<'_> {
    async fn read(&mut self) -> Result<Found, Error> {
        Ok(without(self.writer.read().await?, self.hidden))
    }

    async fn apply(self: Box<Self>, found: &Found, plan: &Plan) -> Result<Applied, Error> {
        let hidden = self.hidden;
        let mut found = found.clone();
        found.accounts.splice(..0, self.whole.accounts[..hidden.accounts as usize].iter().cloned());
        for group in &mut found.groups {
            move_all(&mut group.members, |index| index + hidden.accounts);
        }
        found.groups.splice(..0, self.whole.groups[..hidden.groups as usize].iter().cloned());
        let mut plan = plan.clone();
        for change in &mut plan.changes {
            shift(change, hidden);
        }
        let mut applied = self.writer.apply(&found, &plan).await?;
        for refusal in applied.refused.iter_mut().chain(&mut applied.ambiguous) {
            match &mut refusal.subject {
                Subject::Account(account) => account.0 -= hidden.accounts,
                Subject::Group(group) | Subject::Members(group) => group.0 -= hidden.groups,
            }
        }
        for unwritten in applied.gaps.changes.values_mut() {
            if let Unwritten::Members(accounts) = unwritten {
                move_all(accounts, |index| index - hidden.accounts);
            }
        }
        Ok(applied)
    }
}

fn without(mut found: Found, hidden: Hidden) -> Found {
    found.groups.drain(..hidden.groups as usize);
    found.accounts.drain(..hidden.accounts as usize);
    for group in &mut found.groups {
        group.members.retain(|member| member.0 >= hidden.accounts);
        move_all(&mut group.members, |index| index - hidden.accounts);
    }
    found
}

fn move_all(accounts: &mut [AccountRef], by: impl Fn(u32) -> u32) {
    for account in accounts {
        account.0 = by(account.0);
    }
}

fn shift(change: &mut Change, hidden: Hidden) {
    match change {
        Change::ParkAccount { account, .. }
        | Change::SetAccount { account, .. }
        | Change::CreateAccount { account, .. }
        | Change::LinkAccount { account, .. }
        | Change::ActivateAccount { account }
        | Change::DeactivateAccount { account }
        | Change::DeleteAccount { account } => account.0 += hidden.accounts,
        Change::RemoveMembers { group, accounts }
        | Change::AddMembers { group, accounts }
        | Change::EmptyGroup { group, accounts, .. } => {
            group.0 += hidden.groups;
            move_all(accounts, |index| index + hidden.accounts);
        }
        Change::DeleteGroup { group }
        | Change::ParkGroup { group, .. }
        | Change::SetGroup { group, .. }
        | Change::SetRoles { group, .. }
        | Change::CreateGroup { group, .. }
        | Change::LinkGroup { group, .. } => group.0 += hidden.groups,
    }
}
