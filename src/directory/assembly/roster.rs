//! Who a member value can name: one row for each identity, name or username that an entry or a value has shown.

use std::collections::HashMap;
use std::collections::hash_map;

use super::member::Member;
use crate::directory::Error;
use crate::directory::dn::{Dn, Hasher};
use crate::directory::entry::Entry;
use crate::directory::schema::UID;
use crate::sync::fold::fold;
use crate::sync::identity::ExternalId;
use crate::sync::snapshot::{DirectoryUser, DnHash, UnreadMember, UserIndex};

/// A row: what a group keeps of a member value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RowNumber(u32);

/// A member value of which nothing is known yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnreadNumber(RowNumber);

/// What a member value turned out to be, other than a user in scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aside {
    /// Its entry is readable and no user: ignored.
    NotAUser,
    /// Its entry is readable and a user outside the users' base or filter: not wanted.
    OutOfScope,
}

/// What is known of one identity, name or username.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Row {
    /// A user of the snapshot.
    User(UserIndex),
    /// An entry that is no user.
    NotAUser,
    /// A user that is not wanted.
    OutOfScope,
    /// No entry so far; the value that names it.
    Unread(u32),
    /// Several entries bear that name, as far as names are compared here, so it names none of them.
    Ambiguous(u32),
}

#[derive(Debug)]
pub(super) struct Roster {
    rows: Vec<Row>,
    by_id: HashMap<ExternalId, RowNumber>,
    by_dn: HashMap<DnHash, RowNumber>,
    /// By folded `uid`; empty where no member value is one.
    by_username: HashMap<Box<str>, RowNumber>,
    reads_usernames: bool,
    /// What rows without an entry are called. The label of one that is resolved later is dropped.
    values: Vec<UnreadMember>,
    users: UserIndex,
    hasher: Hasher,
}

impl Roster {
    pub(super) fn new(reads_usernames: bool) -> Self {
        Self {
            rows: Vec::new(),
            by_id: HashMap::new(),
            by_dn: HashMap::new(),
            by_username: HashMap::new(),
            reads_usernames,
            values: Vec::new(),
            users: 0,
            hasher: Hasher::default(),
        }
    }

    /// The row that a member value names, a new one if nothing is known of it.
    pub(super) fn row_of(&mut self, member: Member<'_>) -> RowNumber {
        match member {
            Member::Id(id, dn) => match self.by_id.entry(id) {
                hash_map::Entry::Occupied(known) => *known.get(),
                hash_map::Entry::Vacant(vacant) => {
                    let value = UnreadMember { id: Some(id), dn: self.hasher.hash(dn).ok(), label: dn.into() };
                    *vacant.insert(unread(&mut self.rows, &mut self.values, value))
                }
            },
            Member::Dn("") => push(&mut self.rows, Row::NotAUser),
            Member::Dn(dn) => match self.hasher.hash(dn) {
                Ok(hash) => *self.by_dn.entry(hash).or_insert_with(|| {
                    let value = UnreadMember { id: None, dn: Some(hash), label: dn.into() };
                    unread(&mut self.rows, &mut self.values, value)
                }),
                Err(_) => self.stranger(dn.into()),
            },
            Member::Username(username) => {
                let folded = fold(username);
                if let Some(known) = self.by_username.get(folded.as_str()) {
                    return *known;
                }
                let row = self.stranger(username.into());
                self.by_username.insert(folded.into(), row);
                row
            }
            Member::Octets(octets) => self.stranger(String::from_utf8_lossy(octets).into()),
        }
    }

    /// Gives a user its index and its rows.
    pub(super) fn add_user(&mut self, entry: &Entry, user: &DirectoryUser) -> Result<UserIndex, Error> {
        let index = self.users;
        if let Some(known) = self.by_id.get(&user.id)
            && let Row::User(_) = self.row(*known)
        {
            return Err(entry.malformed(format!("another user entry of this read has {} too", user.id)));
        }
        self.users += 1;
        let row = Row::User(index);
        let by_id = *self.by_id.entry(user.id).or_insert_with(|| push(&mut self.rows, row));
        self.settle(by_id, row);
        self.claim_dn(user.place.dn, row, &entry.dn);
        self.claim_usernames(entry, row);
        Ok(index)
    }

    /// Notes an entry that is no user. An entry that is a user too stays one.
    pub(super) fn add_other(&mut self, id: Option<ExternalId>, dn: &Dn) {
        self.add_aside(id, dn, Row::NotAUser);
    }

    /// Notes a user entry that is not wanted.
    pub(super) fn add_out_of_scope(&mut self, id: Option<ExternalId>, dn: &Dn, entry: &Entry) {
        if self.add_aside(id, dn, Row::OutOfScope) {
            self.claim_usernames(entry, Row::OutOfScope);
        }
    }

    fn add_aside(&mut self, id: Option<ExternalId>, dn: &Dn, row: Row) -> bool {
        if let Some(id) = id {
            let by_id = *self.by_id.entry(id).or_insert_with(|| push(&mut self.rows, row));
            if let Row::User(_) = self.row(by_id) {
                return false;
            }
            self.settle(by_id, row);
        }
        self.claim_dn(dn.hash(), row, dn.as_str());
        true
    }

    pub(super) fn unread(&self) -> impl Iterator<Item = (UnreadNumber, &UnreadMember)> {
        (0..).map(RowNumber).zip(&self.rows).filter_map(|(number, row)| match row {
            Row::Unread(value) => Some((UnreadNumber(number), self.value(*value))),
            _ => None,
        })
    }

    pub(super) fn set_aside(&mut self, value: UnreadNumber, aside: Aside) {
        if let Row::Unread(_) = self.row(value.0) {
            let row = match aside {
                Aside::NotAUser => Row::NotAUser,
                Aside::OutOfScope => Row::OutOfScope,
            };
            self.settle(value.0, row);
        }
    }

    pub(super) fn row(&self, number: RowNumber) -> Row {
        self.rows[number.0 as usize]
    }

    pub(super) fn value(&self, value: u32) -> &UnreadMember {
        &self.values[value as usize]
    }

    /// The user with this identity.
    pub(super) fn user(&self, id: ExternalId) -> Option<UserIndex> {
        match self.row(*self.by_id.get(&id)?) {
            Row::User(user) => Some(user),
            _ => None,
        }
    }

    fn settle(&mut self, number: RowNumber, row: Row) {
        let known = &mut self.rows[number.0 as usize];
        if let Row::Unread(value) = *known {
            self.values[value as usize].label = Box::default();
        }
        *known = row;
    }

    fn claim_dn(&mut self, dn: DnHash, row: Row, label: &str) {
        let Self { rows, by_dn, values, .. } = self;
        match by_dn.entry(dn) {
            hash_map::Entry::Occupied(known) => {
                let value = || UnreadMember { id: None, dn: Some(dn), label: label.into() };
                claim(&mut rows[known.get().0 as usize], row, values, value);
            }
            hash_map::Entry::Vacant(vacant) => {
                vacant.insert(push(rows, row));
            }
        }
    }

    /// By each `uid` of an entry, where some member values are such.
    fn claim_usernames(&mut self, entry: &Entry, row: Row) {
        if self.reads_usernames {
            let usernames = entry.values(UID).iter().filter_map(|uid| std::str::from_utf8(uid).ok());
            usernames.for_each(|username| self.claim_username(username, row));
        }
    }

    fn claim_username(&mut self, username: &str, row: Row) {
        let Self { rows, by_username, values, .. } = self;
        match by_username.entry(fold(username).into()) {
            hash_map::Entry::Occupied(known) => {
                let value = || UnreadMember { id: None, dn: None, label: username.into() };
                claim(&mut rows[known.get().0 as usize], row, values, value);
            }
            hash_map::Entry::Vacant(vacant) => {
                vacant.insert(push(rows, row));
            }
        }
    }

    /// A row that no key leads to.
    fn stranger(&mut self, label: Box<str>) -> RowNumber {
        unread(&mut self.rows, &mut self.values, UnreadMember { id: None, dn: None, label })
    }
}

/// An entry claims a row that a value or another entry has made.
fn claim(known: &mut Row, row: Row, values: &mut Vec<UnreadMember>, value: impl FnOnce() -> UnreadMember) {
    if *known == row {
        return;
    }
    match *known {
        Row::Unread(value) => {
            values[value as usize].label = Box::default();
            *known = row;
        }
        Row::OutOfScope => *known = row,
        Row::User(_) | Row::NotAUser => {
            values.push(value());
            *known = Row::Ambiguous(number(values.len() - 1));
        }
        Row::Ambiguous(_) => {}
    }
}

fn unread(rows: &mut Vec<Row>, values: &mut Vec<UnreadMember>, value: UnreadMember) -> RowNumber {
    values.push(value);
    push(rows, Row::Unread(number(values.len() - 1)))
}

fn push(rows: &mut Vec<Row>, row: Row) -> RowNumber {
    rows.push(row);
    RowNumber(number(rows.len() - 1))
}

/// Four thousand million rows are more than any memory holds.
fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
