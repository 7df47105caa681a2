//! Who a member value can name: one row for each identity, name or username that an entry or a value has shown.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::collections::hash_map;
use std::ops::Range;

use super::member::Member;
use crate::directory::Error;
use crate::directory::dn::{Dn, Hasher};
use crate::directory::entry::Entry;
use crate::directory::schema::{Effective, UID};
use crate::sync::fold::fold;
use crate::sync::identity::ExternalId;
use crate::sync::snapshot::{DirectoryUser, DnHash, OtherUid, UnresolvedValue, UserIndex};
use crate::sync::values::Values;

/// A row: what a group keeps of a member value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RowNumber(u32);

/// The member values that came between two rounds of a read, each once.
#[derive(Debug, Clone)]
pub struct Arrivals(Range<usize>);

/// What is known of one identity, name or username.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Row {
    /// A user of the snapshot.
    User(UserIndex),
    /// A user of the snapshot by one of several `uid` values.
    OtherUid(u32),
    /// A group whose members count as members.
    Group(u32),
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
    /// Whether usernames are read from `uid`: which of several is the username, the core decides.
    usernames_are_uids: bool,
    /// Whom [`Row::OtherUid`] means.
    other_uids: Vec<OtherUid>,
    /// Whom [`Row::Group`] means.
    groups: Vec<ExternalId>,
    /// How many rows the rounds so far have seen.
    seen: usize,
    /// What rows without an entry are called. The label of one that is resolved later is dropped.
    values: Vec<UnresolvedValue>,
    users: UserIndex,
    hasher: Hasher,
}

impl Roster {
    pub(super) fn new(effective: &Effective) -> Self {
        Self {
            rows: Vec::new(),
            by_id: HashMap::new(),
            by_dn: HashMap::new(),
            by_username: HashMap::new(),
            reads_usernames: effective.reads_usernames(),
            usernames_are_uids: effective.users.username.eq_ignore_ascii_case(UID),
            other_uids: Vec::new(),
            groups: Vec::new(),
            seen: 0,
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
                    let value = UnresolvedValue::new(Some(id), self.hasher.hash(dn).ok(), dn.into());
                    *vacant.insert(unread(&mut self.rows, &mut self.values, value))
                }
            },
            Member::Dn("") => push(&mut self.rows, Row::NotAUser),
            Member::Dn(dn) => match self.hasher.hash(dn) {
                Ok(hash) => *self.by_dn.entry(hash).or_insert_with(|| {
                    let value = UnresolvedValue::new(None, Some(hash), dn.into());
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
        let before = self.settle_id(user.id, row);
        if let Some(number) = self.by_id.get(&user.id).copied() {
            for id in &user.other_ids {
                self.by_id.entry(*id).or_insert(number);
            }
        }
        self.claim_dn(user.place.dn, row, before, &entry.dn);
        self.claim_uids(entry, index);
        Ok(index)
    }

    /// Notes an entry that is no user. An entry that is a user too stays one.
    pub(super) fn add_other(&mut self, id: Option<ExternalId>, dn: &Dn, entry: &Entry) {
        self.add_aside(id, dn, Row::NotAUser, entry);
    }

    /// Notes a group whose members count as members.
    pub(super) fn add_group(&mut self, id: ExternalId, dn: &Dn, entry: &Entry) {
        let row = if let Some(row @ Row::Group(_)) = self.by_id.get(&id).map(|known| self.row(*known)) {
            row
        } else {
            self.groups.push(id);
            Row::Group(number(self.groups.len() - 1))
        };
        self.add_aside(Some(id), dn, row, entry);
    }

    /// Notes a user entry that is not wanted.
    pub(super) fn add_out_of_scope(&mut self, id: Option<ExternalId>, dn: &Dn, entry: &Entry) {
        self.add_aside(id, dn, Row::OutOfScope, entry);
    }

    /// Notes an entry that stands for somebody unknown: values that name it stay unread, and carry its identity.
    pub(super) fn add_foreign(&mut self, id: ExternalId, dn: &Dn) {
        let known = self.by_id.get(&id).or_else(|| self.by_dn.get(&dn.hash())).copied();
        let row = known.unwrap_or_else(|| {
            let value = UnresolvedValue::new(Some(id), Some(dn.hash()), dn.as_str().into());
            unread(&mut self.rows, &mut self.values, value)
        });
        for row in [*self.by_id.entry(id).or_insert(row), *self.by_dn.entry(dn.hash()).or_insert(row)] {
            if let Row::Unread(value) = self.row(row) {
                self.values[value as usize].id.get_or_insert(id);
            }
        }
    }

    fn add_aside(&mut self, id: Option<ExternalId>, dn: &Dn, row: Row, entry: &Entry) {
        let before = match id.map(|id| (id, self.by_id.get(&id).map(|known| self.row(*known)))) {
            Some((_, Some(Row::User(_)))) => return,
            Some((id, _)) => self.settle_id(id, row),
            None => None,
        };
        self.claim_dn(dn.hash(), row, before, dn.as_str());
        // A `memberUid` names no group (RFC 2307 section 2.3).
        let by_username = if let Row::Group(_) = row { Row::NotAUser } else { row };
        self.claim_usernames(entry, by_username);
    }

    /// The member values that came since the last call.
    pub(super) fn arrivals(&mut self) -> Arrivals {
        let arrivals = Arrivals(self.seen..self.rows.len());
        self.seen = self.rows.len();
        arrivals
    }

    /// Those of them of which nothing is known yet.
    pub(super) fn unread(&self, arrivals: &Arrivals) -> impl Iterator<Item = &UnresolvedValue> {
        self.rows[arrivals.0.clone()].iter().filter_map(|row| match row {
            Row::Unread(value) => Some(self.value(*value)),
            _ => None,
        })
    }

    /// Whether a member value of which nothing is known names this entry.
    pub(super) fn awaits(&self, id: ExternalId, dn: &Dn) -> bool {
        let rows = [self.by_id.get(&id), self.by_dn.get(&dn.hash())];
        rows.into_iter().flatten().any(|row| matches!(self.row(*row), Row::Unread(_)))
    }

    pub(super) const fn has_users(&self) -> bool {
        self.users > 0
    }

    pub(super) fn row(&self, number: RowNumber) -> Row {
        self.rows[number.0 as usize]
    }

    pub(super) fn value(&self, value: u32) -> &UnresolvedValue {
        &self.values[value as usize]
    }

    /// The user of a [`Row::OtherUid`], and the value.
    pub(super) fn other_uid(&self, other: u32) -> &OtherUid {
        &self.other_uids[other as usize]
    }

    /// The identity of a [`Row::Group`].
    pub(super) fn group(&self, group: u32) -> ExternalId {
        self.groups[group as usize]
    }

    /// The user with this identity.
    pub(super) fn user(&self, id: ExternalId) -> Option<UserIndex> {
        match self.row(*self.by_id.get(&id)?) {
            Row::User(user) => Some(user),
            _ => None,
        }
    }

    /// Says what an identity is, and returns what it was taken for before.
    fn settle_id(&mut self, id: ExternalId, row: Row) -> Option<Row> {
        match self.by_id.entry(id) {
            hash_map::Entry::Vacant(vacant) => {
                vacant.insert(push(&mut self.rows, row));
                None
            }
            hash_map::Entry::Occupied(known) => {
                Some(replace(&mut self.rows[known.get().0 as usize], row, &mut self.values))
            }
        }
    }

    /// An entry claims its name; `before` is what this same entry claimed it as, if it was there before.
    fn claim_dn(&mut self, dn: DnHash, row: Row, before: Option<Row>, label: &str) {
        let Self { rows, by_dn, values, .. } = self;
        match by_dn.entry(dn) {
            hash_map::Entry::Occupied(known) => {
                let known = &mut rows[known.get().0 as usize];
                let value = || UnresolvedValue::new(None, Some(dn), label.into());
                if before == Some(*known) {
                    *known = row;
                } else {
                    claim(known, row, values, value);
                }
            }
            hash_map::Entry::Vacant(vacant) => {
                vacant.insert(push(rows, row));
            }
        }
    }

    /// A user claims each of its `uid` values, where some member values are such. Of several only the one that is its
    /// username makes it a member.
    fn claim_uids(&mut self, entry: &Entry, user: UserIndex) {
        let uids = if self.reads_usernames { entry.texts(UID) } else { Values::Absent };
        let Values::Several(uids) = uids else { return self.claim_usernames(entry, Row::User(user)) };
        let own = uids
            .iter()
            .find(|uid| entry.is_named_by(UID, uid))
            .or(uids.first())
            .filter(|_| !self.usernames_are_uids)
            .cloned();
        for uid in &uids {
            let row = if own.as_ref() == Some(uid) {
                Row::User(user)
            } else {
                self.other_uids.push(OtherUid { user, uid: uid.clone() });
                Row::OtherUid(number(self.other_uids.len() - 1))
            };
            self.claim_username(uid, row);
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
        let Self { rows, by_username, values, other_uids, .. } = self;
        match by_username.entry(fold(username).into()) {
            hash_map::Entry::Occupied(known) => {
                let known = &mut rows[known.get().0 as usize];
                let value = || UnresolvedValue::new(None, None, username.into());
                if user_of(*known, other_uids).is_some_and(|user| user_of(row, other_uids) == Some(user)) {
                    // One user, whose `uid` values differ by what a fold does not tell apart.
                    return;
                }
                // Of several entries with one `uid` the user in scope is meant.
                match rank(row).cmp(&rank(*known)) {
                    Ordering::Less => {}
                    Ordering::Equal => claim(known, row, values, value),
                    Ordering::Greater => drop(replace(known, row, values)),
                }
            }
            hash_map::Entry::Vacant(vacant) => {
                vacant.insert(push(rows, row));
            }
        }
    }

    /// A row that no key leads to.
    fn stranger(&mut self, label: Box<str>) -> RowNumber {
        unread(&mut self.rows, &mut self.values, UnresolvedValue::new(None, None, label))
    }
}

/// An entry claims a row that a value or another entry has made.
fn claim(known: &mut Row, row: Row, values: &mut Vec<UnresolvedValue>, value: impl FnOnce() -> UnresolvedValue) {
    if *known == row {
        return;
    }
    match *known {
        Row::Unread(_) => drop(replace(known, row, values)),
        Row::User(_) | Row::OtherUid(_) | Row::Group(_) | Row::NotAUser | Row::OutOfScope => {
            values.push(value());
            *known = Row::Ambiguous(number(values.len() - 1));
        }
        Row::Ambiguous(_) => {}
    }
}

fn user_of(row: Row, other_uids: &[OtherUid]) -> Option<UserIndex> {
    match row {
        Row::User(user) => Some(user),
        Row::OtherUid(other) => other_uids.get(other as usize).map(|other| other.user),
        _ => None,
    }
}

/// Says what a row is, and returns what it was; the text of a value that is resolved is not needed any more.
fn replace(known: &mut Row, row: Row, values: &mut [UnresolvedValue]) -> Row {
    let before = std::mem::replace(known, row);
    if let Row::Unread(value) = before {
        values[value as usize].label = Box::default();
    }
    before
}

/// Which of two entries a `uid` means.
const fn rank(row: Row) -> u8 {
    match row {
        Row::Unread(_) => 0,
        Row::Group(_) | Row::NotAUser => 1,
        Row::OutOfScope => 2,
        Row::User(_) | Row::OtherUid(_) => 3,
        Row::Ambiguous(_) => 4,
    }
}

fn unread(rows: &mut Vec<Row>, values: &mut Vec<UnresolvedValue>, value: UnresolvedValue) -> RowNumber {
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
