//! Writes a plan within one transaction: batches under savepoints, narrowed by halves to what the store refuses.
//!
//! A refused object keeps nothing of the plan, whatever was written of it earlier, so a pass that meets a refusal is
//! undone and made again without it.

use std::collections::{BTreeMap, BTreeSet};

use super::batch::Batch;
use super::failure::{self, during};
use super::lowering::{Batches, NewIds};
use super::row_writer::{RowWriter, Savepoint};
use super::schema::Table;
use crate::store::{Applied, Error, Refusal, Subject, blocked_by_refusal};
use crate::sync::found::{AccountRef, Found, GroupRef};
use crate::sync::plan::written::gaps;
use crate::sync::plan::{Change, Plan};

/// After how many refused memberships a group's others are not tried one by one any more.
const MAX_REFUSED_MEMBERS: usize = 8;

/// What is tried here, in errors.
pub(super) const ATTEMPT: &str = "writing to the store";

/// Writes the plan, but does not commit.
///
/// # Errors
/// When the store failed as a whole; the transaction is dropped then.
pub(super) async fn write<W: RowWriter>(writer: &mut W, found: &Found, plan: &Plan) -> Result<Applied, Error> {
    let failed = during(ATTEMPT);
    let ids = allocate(writer, plan).await.map_err(failed)?;
    let mut refused = Refused::default();
    writer.savepoint(Savepoint::Plan).await.map_err(failed)?;
    let mut constraints_checked = false;
    let blocked = loop {
        refused.members.clear();
        let blocked = blocked_by_refusal(found, plan, &refused.objects);
        if write_all(writer, Batches::new(found, plan, &ids, &blocked), &mut refused).await? {
            writer.savepoint(Savepoint::Part).await.map_err(failed)?;
            match writer.check_constraints().await {
                Ok(()) => break blocked,
                // Which object it was shows only if the constraints are checked with every statement.
                Err(error) if failure::refusal(&error).is_some() && !constraints_checked => constraints_checked = true,
                Err(error) => return Err(failed(error)),
            }
        }
        writer.roll_back(Savepoint::Plan).await.map_err(failed)?;
        if constraints_checked {
            writer.check_constraints().await.map_err(failed)?;
        }
    };
    if let Some(directory_id) = &plan.remember {
        writer.remember(directory_id).await.map_err(failed)?;
    }
    if let Some(claimed) = &plan.claim {
        writer.claim(claimed).await.map_err(failed)?;
    }
    writer.complete().await.map_err(failed)?;
    let members = refused.members.iter().map(|(group, of_group)| (*group, of_group.accounts.clone())).collect();
    let gaps = gaps(plan, |subject| blocked.contains_key(&subject), &members);
    Ok(Applied { gaps, refused: in_order(plan, blocked, &refused.members), ..Applied::default() })
}

async fn allocate<W: RowWriter>(writer: &mut W, plan: &Plan) -> Result<NewIds, sqlx::Error> {
    let count = |is_kind: fn(&Change) -> bool| plan.changes.iter().filter(|change| is_kind(change)).count();
    let groups = count(|change| matches!(change, Change::CreateGroup { .. }));
    let accounts = count(|change| matches!(change, Change::CreateAccount { .. }));
    Ok(NewIds {
        groups: writer.allocate(Table::Groups, groups).await?,
        accounts: writer.allocate(Table::Users, accounts).await?,
    })
}

/// Writes batch after batch until one meets a refused object; answers whether none did.
async fn write_all<W: RowWriter>(
    writer: &mut W,
    mut batches: Batches<'_>,
    refused: &mut Refused,
) -> Result<bool, Error> {
    let before = refused.objects.len();
    while let Some(batch) = batches.next_batch()? {
        write_narrowing(writer, &batch, refused).await.map_err(during(ATTEMPT))?;
        if refused.objects.len() > before {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Writes a batch; parts that the store refuses are halved, in order, down to the rows that it refuses alone.
async fn write_narrowing<W: RowWriter>(
    writer: &mut W,
    batch: &Batch<'_>,
    refused: &mut Refused,
) -> Result<(), sqlx::Error> {
    let mut parts = Vec::new();
    parts.push(0..batch.subjects.len());
    while let Some(part) = parts.pop() {
        let Some(first) = batch.subjects[part.clone()].first() else { continue };
        if refused.is_given_up(*first) && batch.subjects[part.clone()].iter().all(|subject| subject == first) {
            refused.give_up(*first, &batch.accounts[part]);
            continue;
        }
        writer.savepoint(Savepoint::Part).await?;
        match writer.write(batch, part.clone()).await {
            Ok(gone) => {
                writer.release(Savepoint::Part).await?;
                for row in gone {
                    refused.add(batch, row, "it was deleted while this run was writing".to_owned());
                }
            }
            Err(error) => {
                let Some(message) = failure::refusal(&error) else { return Err(error) };
                writer.roll_back(Savepoint::Part).await?;
                writer.release(Savepoint::Part).await?;
                if part.len() == 1 {
                    refused.add(batch, part.start, message);
                } else {
                    let middle = part.start + part.len() / 2;
                    parts.push(middle..part.end);
                    parts.push(part.start..middle);
                }
            }
        }
    }
    Ok(())
}

/// What the store refused so far.
#[derive(Debug, Default)]
struct Refused {
    /// Groups and accounts, with the reason.
    objects: BTreeMap<Subject, String>,
    /// Groups of which memberships were refused.
    members: BTreeMap<GroupRef, RefusedMembers>,
}

/// What the store refused of one group's memberships.
#[derive(Debug)]
struct RefusedMembers {
    /// Whose memberships, those that were not tried any more too.
    accounts: BTreeSet<AccountRef>,
    /// Why the first was refused.
    message: String,
}

impl Refused {
    fn add(&mut self, batch: &Batch<'_>, row: usize, message: String) {
        match (batch.subjects[row], batch.accounts.get(row)) {
            (Subject::Members(group), Some(account)) => {
                let none = || RefusedMembers { accounts: BTreeSet::new(), message };
                self.members.entry(group).or_insert_with(none).accounts.insert(*account);
            }
            (object, _) => drop(self.objects.entry(object).or_insert(message)),
        }
    }

    /// Whether so much of it was refused that the rest need not be tried.
    fn is_given_up(&self, subject: Subject) -> bool {
        matches!(subject, Subject::Members(group) if self.members.get(&group).is_some_and(|of_group| of_group.accounts.len() >= MAX_REFUSED_MEMBERS))
    }

    fn give_up(&mut self, subject: Subject, accounts: &[AccountRef]) {
        if let Subject::Members(group) = subject
            && let Some(of_group) = self.members.get_mut(&group)
        {
            of_group.accounts.extend(accounts);
        }
    }
}

/// All that was refused, in the order of the plan.
fn in_order(
    plan: &Plan,
    mut objects: BTreeMap<Subject, String>,
    members: &BTreeMap<GroupRef, RefusedMembers>,
) -> Vec<Refusal> {
    let mut told = BTreeSet::new();
    let mut refusals = Vec::new();
    for subject in plan.changes.iter().map(Change::subject) {
        let message = match subject {
            Subject::Members(group) if told.insert(group) => {
                members.get(&group).map(|of_group| of_group.message.clone())
            }
            Subject::Members(_) => None,
            object => objects.remove(&object),
        };
        if let Some(message) = message {
            refusals.push(Refusal { subject, message });
        }
    }
    refusals
}
