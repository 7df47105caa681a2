//! What is known of the objects that member values name: one row for each identity, name or username.

use std::cmp::Ordering;
use std::ops::Range;

use crate::sync::identity::ExternalId;
use crate::sync::snapshot::{OtherUid, UnresolvedValue, UserIndex};

/// The number of a row: all that a group keeps of a member value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RowNumber(u32);

/// What is known of one identity, name or username.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Row {
    /// A user of the snapshot.
    User(UserIndex),
    /// Users of the snapshot, some by one of several `uid` values: see [`Rows::uids`].
    Uids(u32),
    /// A group whose members count as members: see [`Rows::group`].
    Group(u32),
    /// An entry that is not a user.
    NotAUser,
    /// A user outside the users' base or filter.
    OutOfScope,
    /// No entry so far; the value that names it: see [`Rows::value`].
    Unresolved(u32),
    /// Several entries have that name, as far as names are compared here, so it names none of them.
    Ambiguous(u32),
}

/// The users that have one `uid`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Uids {
    /// The user whose username it is.
    pub(super) own: Option<UserIndex>,
    /// Those who have it among other values.
    pub(super) others: Vec<OtherUid>,
}

/// The member values that came between two rounds of a read, each once.
#[derive(Debug, Clone)]
pub struct NewMemberValues(Range<usize>);

/// The table of all rows.
#[derive(Debug, Default)]
pub(super) struct Rows {
    table: Vec<Row>,
    /// What [`Row::Uids`] means; one for each row.
    uids: Vec<Uids>,
    /// What [`Row::Group`] means.
    groups: Vec<ExternalId>,
    /// What rows without an entry are called. The label of one that is resolved later is dropped.
    values: Vec<UnresolvedValue>,
    /// How many rows the rounds so far have seen.
    seen: usize,
}

impl Rows {
    pub(super) fn push(&mut self, row: Row) -> RowNumber {
        self.table.push(row);
        RowNumber(last(&self.table))
    }

    /// A row for a value of which nothing is known yet.
    pub(super) fn push_unresolved(&mut self, value: UnresolvedValue) -> RowNumber {
        self.values.push(value);
        self.push(Row::Unresolved(last(&self.values)))
    }

    /// A row for a group, not in the table yet.
    pub(super) fn new_group(&mut self, id: ExternalId) -> Row {
        self.groups.push(id);
        Row::Group(last(&self.groups))
    }

    /// A row for a user by another `uid`, not in the table yet.
    pub(super) fn new_other_uid(&mut self, other: OtherUid) -> Row {
        self.new_uids(Uids { own: None, others: vec![other] })
    }

    fn new_uids(&mut self, uids: Uids) -> Row {
        self.uids.push(uids);
        Row::Uids(last(&self.uids))
    }

    pub(super) fn get(&self, number: RowNumber) -> Row {
        self.table[number.0 as usize]
    }

    /// The value of a [`Row::Unresolved`] or [`Row::Ambiguous`].
    pub(super) fn value(&self, value: u32) -> &UnresolvedValue {
        &self.values[value as usize]
    }

    /// The users of a [`Row::Uids`].
    pub(super) fn uids(&self, uids: u32) -> &Uids {
        &self.uids[uids as usize]
    }

    /// The identity of a [`Row::Group`].
    pub(super) fn group(&self, group: u32) -> ExternalId {
        self.groups[group as usize]
    }

    /// The rows that came since the last call.
    pub(super) fn take_new(&mut self) -> NewMemberValues {
        let new = NewMemberValues(self.seen..self.table.len());
        self.seen = self.table.len();
        new
    }

    /// Those of them of which nothing is known yet.
    pub(super) fn unresolved(&self, new: &NewMemberValues) -> impl Iterator<Item = &UnresolvedValue> {
        self.table[new.0.clone()].iter().filter_map(|row| match row {
            Row::Unresolved(value) => Some(self.value(*value)),
            _ => None,
        })
    }

    /// Notes the identity of the object that an unresolved value names.
    pub(super) fn identify(&mut self, number: RowNumber, id: ExternalId) {
        if let Row::Unresolved(value) = self.get(number) {
            self.values[value as usize].id.get_or_insert(id);
        }
    }

    /// Changes a row, and returns what it was. The text of a value that is resolved is no longer needed.
    pub(super) fn replace(&mut self, number: RowNumber, row: Row) -> Row {
        let before = std::mem::replace(&mut self.table[number.0 as usize], row);
        if let Row::Unresolved(value) = before {
            self.values[value as usize].label = Box::default();
        }
        before
    }

    /// An entry claims a row that a value or another entry has created. If it was another entry, the row becomes
    /// ambiguous, with `value` as what it is called.
    pub(super) fn claim(&mut self, number: RowNumber, row: Row, value: impl FnOnce() -> UnresolvedValue) {
        match self.get(number) {
            known if known == row => {}
            Row::Ambiguous(_) => {}
            Row::Unresolved(_) => drop(self.replace(number, row)),
            Row::User(_) | Row::Uids(_) | Row::Group(_) | Row::NotAUser | Row::OutOfScope => {
                self.values.push(value());
                self.replace(number, Row::Ambiguous(last(&self.values)));
            }
        }
    }

    /// An entry claims a row by its `uid`. Of several entries with one `uid` the user in scope is meant, and of several
    /// users the one whose username it is: nobody takes a name from another by adding it to their own `uid` values.
    pub(super) fn claim_by_uid(&mut self, number: RowNumber, row: Row, value: impl FnOnce() -> UnresolvedValue) {
        let known = self.get(number);
        match rank(row).cmp(&rank(known)) {
            Ordering::Less => {}
            Ordering::Equal => match self.together(known, row) {
                Some(both) => drop(self.replace(number, both)),
                None => self.claim(number, row, value),
            },
            Ordering::Greater => drop(self.replace(number, row)),
        }
    }

    /// What a `uid` means that the users of both rows have. `None`: it is the username of two of them, or they are not
    /// users.
    fn together(&mut self, known: Row, new: Row) -> Option<Row> {
        let own = |row| match row {
            Row::User(user) => Some(Some(user)),
            Row::Uids(uids) => Some(self.uids(uids).own),
            _ => None,
        };
        let own = match (own(known)?, own(new)?) {
            (Some(one), Some(other)) if one != other => return None,
            (one, other) => one.or(other),
        };
        let others = match new {
            Row::Uids(new) => std::mem::take(&mut self.uids[new as usize].others),
            _ => Vec::new(),
        };
        let row = match known {
            Row::Uids(_) => known,
            _ if others.is_empty() => return Some(known),
            _ => self.new_uids(Uids { own, others: Vec::new() }),
        };
        if let Row::Uids(uids) = row {
            let uids = &mut self.uids[uids as usize];
            uids.own = own;
            uids.others.extend(others);
            // Two of a user's values may be equal when they are folded.
            uids.others.retain(|other| Some(other.user) != own);
        }
        Some(row)
    }
}

/// Which of two entries a `uid` means: the one of the higher rank.
const fn rank(row: Row) -> u8 {
    match row {
        Row::Unresolved(_) => 0,
        Row::Group(_) | Row::NotAUser => 1,
        Row::OutOfScope => 2,
        Row::User(_) | Row::Uids(_) => 3,
        Row::Ambiguous(_) => 4,
    }
}

/// The index of the last element. More than four thousand million fit into no memory.
fn last<T>(elements: &[T]) -> u32 {
    u32::try_from(elements.len().saturating_sub(1)).unwrap_or(u32::MAX)
}
