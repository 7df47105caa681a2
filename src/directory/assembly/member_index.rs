//! Which object a member value names: the rows by identity, by name and by username.

use std::collections::HashMap;
use std::collections::hash_map;

use super::member::Member;
use super::rows::{Row, RowNumber, Rows};
use crate::directory::Error;
use crate::directory::dn::{Dn, Hasher};
use crate::directory::entry::Entry;
use crate::directory::schema::{Effective, UID};
use crate::sync::fold::fold;
use crate::sync::identity::ExternalId;
use crate::sync::snapshot::{DirectoryUser, DnHash, OtherUid, UnresolvedValue, UserIndex};
use crate::sync::values::Values;

/// The rows, and the keys that lead to them.
#[derive(Debug)]
pub(super) struct MemberIndex {
    pub(super) rows: Rows,
    by_id: HashMap<ExternalId, RowNumber>,
    by_dn: HashMap<DnHash, RowNumber>,
    /// By folded `uid`; empty where no member value is one.
    by_username: HashMap<Box<str>, RowNumber>,
    reads_usernames: bool,
    /// Whether usernames are read from `uid`: which of several is the username, the core decides.
    usernames_are_uids: bool,
    users: UserIndex,
    hasher: Hasher,
}

impl MemberIndex {
    pub(super) fn new(effective: &Effective) -> Self {
        Self {
            rows: Rows::default(),
            by_id: HashMap::new(),
            by_dn: HashMap::new(),
            by_username: HashMap::new(),
            reads_usernames: effective.reads_usernames(),
            usernames_are_uids: effective.users.username.eq_ignore_ascii_case(UID),
            users: 0,
            hasher: Hasher::default(),
        }
    }

    /// The row of the object that a member value names, a new one if nothing is known of it.
    pub(super) fn row_of(&mut self, member: Member<'_>) -> RowNumber {
        let Self { rows, by_id, by_dn, by_username, hasher, .. } = self;
        match member {
            Member::Id(id, dn) => *by_id.entry(id).or_insert_with(|| {
                rows.push_unresolved(UnresolvedValue::new(Some(id), hasher.hash(dn).ok(), dn.into()))
            }),
            Member::Dn("") => rows.push(Row::NotAUser),
            Member::Dn(dn) => match hasher.hash(dn) {
                Ok(hash) => *by_dn
                    .entry(hash)
                    .or_insert_with(|| rows.push_unresolved(UnresolvedValue::new(None, Some(hash), dn.into()))),
                Err(_) => rows.push_unresolved(UnresolvedValue::new(None, None, dn.into())),
            },
            Member::Username(username) => {
                let folded = fold(username);
                if let Some(known) = by_username.get(folded.as_str()) {
                    return *known;
                }
                let row = rows.push_unresolved(UnresolvedValue::new(None, None, username.into()));
                by_username.insert(folded.into(), row);
                row
            }
            Member::Octets(octets) => {
                rows.push_unresolved(UnresolvedValue::new(None, None, String::from_utf8_lossy(octets).into()))
            }
        }
    }

    /// Gives a user its index and its rows.
    pub(super) fn add_user(&mut self, entry: &Entry, user: &DirectoryUser) -> Result<UserIndex, Error> {
        if self.user(user.id).is_some() {
            return Err(entry.malformed(format!("another user entry that was read has the id {}, too", user.id)));
        }
        let index = self.users;
        self.users += 1;
        let row = Row::User(index);
        let (number, before) = self.settle_id(user.id, row);
        for id in &user.other_ids {
            self.by_id.entry(*id).or_insert(number);
        }
        self.claim_dn(user.place.dn, row, before, &entry.dn);
        self.claim_uids(entry, index);
        Ok(index)
    }

    /// Notes an entry that is not a user. An entry that is a user too stays one.
    pub(super) fn add_other(&mut self, id: Option<ExternalId>, dn: &Dn, entry: &Entry) {
        self.add_without_index(id, dn, Row::NotAUser, entry);
    }

    /// Notes a group whose members count as members.
    pub(super) fn add_group(&mut self, id: ExternalId, dn: &Dn, entry: &Entry) {
        let known = self.by_id.get(&id).map(|known| self.rows.get(*known));
        let row = match known {
            Some(row @ Row::Group(_)) => row,
            _ => self.rows.new_group(id),
        };
        self.add_without_index(Some(id), dn, row, entry);
    }

    /// Notes a user entry outside the users' base or filter.
    pub(super) fn add_out_of_scope(&mut self, id: Option<ExternalId>, dn: &Dn, entry: &Entry) {
        self.add_without_index(id, dn, Row::OutOfScope, entry);
    }

    /// Notes an entry that stands for an object of another directory: values that name it stay unresolved, with its
    /// identity.
    pub(super) fn add_foreign(&mut self, id: ExternalId, dn: &Dn) {
        let Self { rows, by_id, by_dn, .. } = self;
        let known = by_id.get(&id).or_else(|| by_dn.get(&dn.hash())).copied();
        let number = known.unwrap_or_else(|| {
            rows.push_unresolved(UnresolvedValue::new(Some(id), Some(dn.hash()), dn.as_str().into()))
        });
        for number in [*by_id.entry(id).or_insert(number), *by_dn.entry(dn.hash()).or_insert(number)] {
            rows.identify(number, id);
        }
    }

    fn add_without_index(&mut self, id: Option<ExternalId>, dn: &Dn, row: Row, entry: &Entry) {
        if id.is_some_and(|id| self.user(id).is_some()) {
            return;
        }
        let before = id.and_then(|id| self.settle_id(id, row).1);
        self.claim_dn(dn.hash(), row, before, dn.as_str());
        // A `memberUid` names no group (RFC 2307 section 2.3).
        let by_username = if let Row::Group(_) = row { Row::NotAUser } else { row };
        self.claim_usernames(entry, by_username);
    }

    /// Whether a member value of which nothing is known names this entry.
    pub(super) fn awaits(&self, id: ExternalId, dn: &Dn) -> bool {
        let numbers = [self.by_id.get(&id), self.by_dn.get(&dn.hash())];
        numbers.into_iter().flatten().any(|number| matches!(self.rows.get(*number), Row::Unresolved(_)))
    }

    pub(super) const fn has_users(&self) -> bool {
        self.users > 0
    }

    /// The user with this identity.
    pub(super) fn user(&self, id: ExternalId) -> Option<UserIndex> {
        match self.rows.get(*self.by_id.get(&id)?) {
            Row::User(user) => Some(user),
            _ => None,
        }
    }

    /// Notes which object has an identity. Returns its row, and what the row was before, if there was one.
    fn settle_id(&mut self, id: ExternalId, row: Row) -> (RowNumber, Option<Row>) {
        match self.by_id.entry(id) {
            hash_map::Entry::Vacant(vacant) => (*vacant.insert(self.rows.push(row)), None),
            hash_map::Entry::Occupied(known) => (*known.get(), Some(self.rows.replace(*known.get(), row))),
        }
    }

    /// An entry claims its name; `before` is what this same entry claimed it as, if it was there before.
    fn claim_dn(&mut self, dn: DnHash, row: Row, before: Option<Row>, label: &str) {
        let Self { rows, by_dn, .. } = self;
        match by_dn.entry(dn) {
            hash_map::Entry::Occupied(known) => {
                let number = *known.get();
                if before == Some(rows.get(number)) {
                    rows.replace(number, row);
                } else {
                    rows.claim(number, row, || UnresolvedValue::new(None, Some(dn), label.into()));
                }
            }
            hash_map::Entry::Vacant(vacant) => {
                vacant.insert(rows.push(row));
            }
        }
    }

    /// A user claims each of its `uid` values, where member values are usernames. Of several only the one that is its
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
                self.rows.new_other_uid(OtherUid { user, uid: uid.clone(), is_taken: false })
            };
            self.claim_username(uid, row);
        }
    }

    /// An entry claims each of its `uid` values, where member values are usernames.
    fn claim_usernames(&mut self, entry: &Entry, row: Row) {
        if self.reads_usernames {
            let usernames = entry.values(UID).iter().filter_map(|uid| std::str::from_utf8(uid).ok());
            usernames.for_each(|username| self.claim_username(username, row));
        }
    }

    fn claim_username(&mut self, username: &str, row: Row) {
        let Self { rows, by_username, .. } = self;
        match by_username.entry(fold(username).into()) {
            hash_map::Entry::Occupied(known) => {
                rows.claim_by_uid(*known.get(), row, || UnresolvedValue::new(None, None, username.into()));
            }
            hash_map::Entry::Vacant(vacant) => {
                vacant.insert(rows.push(row));
            }
        }
    }
}
