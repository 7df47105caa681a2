//! A plan as batches: consecutive changes of one kind become the rows of few statements.

use std::collections::{BTreeMap, BTreeSet};
use std::mem::{Discriminant, discriminant};

use super::batch::{Batch, Rows};
use super::row::{AccountEdit, GroupEdit, LinkOf, Membership, NewAccount, NewGroup, column};
use crate::store::{Error, Subject};
use crate::sync::found::{AccountRef, Found, GroupRef};
use crate::sync::plan::{Change, Plan};

/// How many rows one batch may have: bounds the memory of a statement, and is long enough for a bulk load.
const MAX_ROWS: usize = 16_384;

/// The ids that the store gave to what a plan creates, in the order of its changes.
#[derive(Debug, Default)]
pub(super) struct NewIds {
    /// Of groups.
    pub(super) groups: Vec<i64>,
    /// Of accounts.
    pub(super) accounts: Vec<i64>,
}

/// The batches of a plan, made one at a time.
pub(super) struct Batches<'p> {
    found: &'p Found,
    ids: &'p NewIds,
    blocked: &'p BTreeMap<Subject, String>,
    changes: std::slice::Iter<'p, Change>,
    /// A change that opens the next batch, with the number of its members that are written already.
    pending: Option<(&'p Change, usize)>,
}

impl<'p> Batches<'p> {
    /// All of the plan but what concerns the objects that are left out.
    pub(super) fn new(
        found: &'p Found,
        plan: &'p Plan,
        ids: &'p NewIds,
        blocked: &'p BTreeMap<Subject, String>,
    ) -> Self {
        Self { found, ids, blocked, changes: plan.changes.iter(), pending: None }
    }

    /// The next batch; `None` at the end.
    ///
    /// # Errors
    /// When the plan names an object that is neither in the store nor created by the plan.
    pub(super) fn next_batch(&mut self) -> Result<Option<Batch<'p>>, Error> {
        let Some((first, written)) = self.pending.take().or_else(|| self.next_change()) else { return Ok(None) };
        let mut batch = Batch { subjects: Vec::new(), accounts: Vec::new(), rows: Rows::none_for(first) };
        let kind: Discriminant<Change> = discriminant(first);
        let mut written_objects = BTreeSet::new();
        let mut current = Some((first, written));
        while let Some((change, written)) = current {
            let is_object = !matches!(change.subject(), Subject::Members(_));
            // One statement cannot write one row twice.
            if discriminant(change) != kind || (is_object && !written_objects.insert(change.subject())) {
                self.pending = Some((change, written));
                break;
            }
            let rest = self.lower(change, written, &mut batch)?;
            if let Some(rest) = rest {
                self.pending = Some((change, rest));
                break;
            }
            if batch.subjects.len() >= MAX_ROWS {
                break;
            }
            current = self.next_change();
        }
        Ok(Some(batch))
    }

    fn next_change(&mut self) -> Option<(&'p Change, usize)> {
        let blocked = self.blocked;
        let is_blocked = |change: &&Change| match change.subject() {
            Subject::Members(group) => blocked.contains_key(&Subject::Group(group)),
            object => blocked.contains_key(&object),
        };
        self.changes.find(|change| !is_blocked(change)).map(|change| (change, 0))
    }

    /// Appends a change's rows, from the given member on; answers where to go on if the batch is full.
    fn lower(&self, change: &'p Change, written: usize, batch: &mut Batch<'p>) -> Result<Option<usize>, Error> {
        let (group_id, account_id) = (|group| self.group_id(group), |account| self.account_id(account));
        match (change, &mut batch.rows) {
            (Change::DeleteGroup { group }, Rows::Delete(_, ids)) => ids.push(group_id(*group)?),
            (Change::DeleteAccount { account }, Rows::Delete(_, ids)) => ids.push(account_id(*account)?),
            (Change::ParkGroup { group, name }, Rows::EditGroups(rows)) => {
                rows.push(GroupEdit { id: group_id(*group)?, texts: [Some(Some(name)), None] });
            }
            (Change::SetGroup { group, name, description }, Rows::EditGroups(rows)) => {
                rows.push(GroupEdit { id: group_id(*group)?, texts: [column(name), column(description)] });
            }
            (Change::CreateGroup { group, name, description, link }, Rows::CreateGroups(rows)) => {
                rows.push(NewGroup { id: group_id(*group)?, name, description: description.as_deref(), link });
            }
            (Change::LinkGroup { group, link }, Rows::LinkGroups(rows)) => {
                rows.push(LinkOf { id: group_id(*group)?, link });
            }
            (Change::ParkAccount { account, username }, Rows::EditAccounts(rows)) => rows.push(AccountEdit {
                id: account_id(*account)?,
                texts: [username.as_deref().map(Some), Some(None), None, None, None, None],
                active: None,
            }),
            (Change::SetAccount { account, edits }, Rows::EditAccounts(rows)) => {
                rows.push(AccountEdit::attributes(account_id(*account)?, edits));
            }
            (Change::ActivateAccount { account }, Rows::EditAccounts(rows)) => {
                rows.push(AccountEdit { id: account_id(*account)?, active: Some(true), ..AccountEdit::default() });
            }
            (Change::DeactivateAccount { account }, Rows::EditAccounts(rows)) => {
                rows.push(AccountEdit { id: account_id(*account)?, active: Some(false), ..AccountEdit::default() });
            }
            (Change::CreateAccount { account, attributes, active, link }, Rows::CreateAccounts(rows)) => {
                rows.push(NewAccount { id: account_id(*account)?, attributes, active: *active, link });
            }
            (Change::LinkAccount { account, link }, Rows::LinkAccounts(rows)) => {
                rows.push(LinkOf { id: account_id(*account)?, link });
            }
            (
                Change::RemoveMembers { group, accounts } | Change::AddMembers { group, accounts },
                Rows::RemoveMembers(rows) | Rows::AddMembers(rows),
            ) => {
                let id = group_id(*group)?;
                for (index, account) in accounts.iter().enumerate().skip(written) {
                    if rows.len() >= MAX_ROWS {
                        return Ok(Some(index));
                    }
                    if !self.blocked.contains_key(&Subject::Account(*account)) {
                        rows.push(Membership { group: id, account: account_id(*account)? });
                        batch.subjects.push(Subject::Members(*group));
                        batch.accounts.push(*account);
                    }
                }
                return Ok(None);
            }
            (Change::SetRoles { .. } | Change::EmptyGroup { .. }, _) => {
                return Err(broken_plan("a table has no roles, and every group of it may be deleted".to_owned()));
            }
            // `Rows::none_for` gave the batch the rows of its changes' kind.
            _ => return Err(broken_plan("a batch holds changes of two kinds".to_owned())),
        }
        batch.subjects.push(change.subject());
        Ok(None)
    }

    fn group_id(&self, group: GroupRef) -> Result<i64, Error> {
        let index = group.0 as usize;
        let id = match self.found.groups.get(index) {
            Some(group) => group.id.number(),
            None => self.ids.groups.get(index - self.found.groups.len()).copied(),
        };
        id.ok_or_else(|| broken_plan(format!("group {index} neither exists nor is created")))
    }

    fn account_id(&self, account: AccountRef) -> Result<i64, Error> {
        let index = account.0 as usize;
        let id = match self.found.accounts.get(index) {
            Some(account) => account.id.number(),
            None => self.ids.accounts.get(index - self.found.accounts.len()).copied(),
        };
        id.ok_or_else(|| broken_plan(format!("account {index} neither exists nor is created")))
    }
}

fn broken_plan(problem: String) -> Error {
    Error::unexpected("reading the plan", problem)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::found::{Account, Group};
    use crate::sync::plan::Edit;
    use crate::sync::snapshot::Attributes;
    use crate::sync::store_id::StoreId;

    /// Accounts and groups whose ids are ten and a hundred times their index.
    fn found(groups: i64, accounts: i64) -> Found {
        let group = |index| Group {
            id: StoreId::Number(index * 100),
            name: "g".into(),
            description: None,
            members: vec![],
            roles: vec![],
            link: None,
        };
        let account = |index| Account {
            id: StoreId::Number(index * 10),
            attributes: Attributes::default(),
            active: true,
            link: None,
        };
        Found {
            accounts: (0..accounts).map(account).collect(),
            groups: (0..groups).map(group).collect(),
            ..Found::default()
        }
    }

    fn rename(group: u32) -> Change {
        Change::SetGroup { group: GroupRef(group), name: Edit::Set("x".into()), description: Edit::Keep }
    }

    fn add(group: u32, accounts: impl IntoIterator<Item = u32>) -> Change {
        Change::AddMembers { group: GroupRef(group), accounts: accounts.into_iter().map(AccountRef).collect() }
    }

    /// How many rows each batch has.
    fn lengths(found: &Found, changes: Vec<Change>, blocked: &[Subject]) -> Vec<usize> {
        let (plan, ids) = (Plan::from(changes), NewIds { groups: vec![7], accounts: vec![8] });
        let blocked = blocked.iter().map(|subject| (*subject, String::new())).collect();
        let mut batches = Batches::new(found, &plan, &ids, &blocked);
        std::iter::from_fn(|| batches.next_batch().unwrap()).map(|batch| batch.subjects.len()).collect()
    }

    #[test]
    fn consecutive_changes_of_one_kind_are_one_batch() {
        let park = |group| Change::ParkGroup { group: GroupRef(group), name: "~".into() };
        let changes = vec![park(0), park(1), rename(0), rename(1), rename(2), add(0, [0]), add(1, [0, 1])];
        assert_eq!(lengths(&found(3, 2), changes, &[]), [2, 3, 3]);
    }

    #[test]
    fn an_object_is_once_in_a_batch() {
        assert_eq!(lengths(&found(2, 0), vec![rename(0), rename(1), rename(0), rename(1)], &[]), [2, 2]);
    }

    #[test]
    fn long_memberships_go_on_in_the_next_batch() {
        let count = u32::try_from(MAX_ROWS).unwrap() + 5;
        let changes = vec![add(0, 0..count), add(1, 0..10)];
        assert_eq!(lengths(&found(2, i64::from(count)), changes, &[]), [MAX_ROWS, 15]);
    }

    #[test]
    fn what_is_blocked_takes_its_memberships_along() {
        let changes = vec![rename(0), rename(1), add(0, [0, 1]), add(1, [0, 1])];
        let blocked = [Subject::Group(GroupRef(0)), Subject::Account(AccountRef(1))];
        assert_eq!(lengths(&found(2, 2), changes, &blocked), [1, 1]);
    }

    #[test]
    fn new_objects_have_the_ids_that_the_store_gave() {
        let (found, ids, blocked) = (found(1, 1), NewIds { groups: vec![7], accounts: vec![8] }, BTreeMap::new());
        let plan = Plan::from(vec![add(1, [0, 1])]);
        let batch = Batches::new(&found, &plan, &ids, &blocked).next_batch().unwrap().unwrap();
        let expected = [Membership { group: 7, account: 0 }, Membership { group: 7, account: 8 }];
        assert!(matches!(&batch.rows, Rows::AddMembers(rows) if *rows == expected));
        let plan = Plan::from(vec![add(2, [0])]);
        assert!(Batches::new(&found, &plan, &ids, &blocked).next_batch().is_err());
    }
}
