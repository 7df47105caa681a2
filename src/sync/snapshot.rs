//! One complete read of the directory, as values. Distinguished names stay outside: a place is a pair of hashes, and a
//! text that a person reads is a label.
//!
//! Only an adapter that read to the end, with no error, no time-out and no bound hit, builds a [`Snapshot`]; a partial
//! read is an error there and has no value here.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::identity::{DirectoryId, ExternalId};
use super::values::Values;

/// An index into [`Snapshot::users`]; memberships are sorted vectors of these, so that a million of them are 4 MB.
pub type UserIndex = u32;

/// An index into the selectors of the query, in the order of `spec.groups`.
pub type SelectorIndex = u16;

/// A hash of a distinguished name in its normal form: tells that two names are one, keeps no name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DnHash(pub [u8; 16]);

impl std::fmt::Debug for DnHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DnHash({:032x})", u128::from_be_bytes(self.0))
    }
}

/// Where an entry stood when it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The entry's own name.
    pub dn: DnHash,
    /// Its parent's name: what shows another entry of the same parent is a witness that the parent can be read.
    pub parent: DnHash,
}

/// The attributes of a person, as a store holds them. `None` is absent; an empty text does not occur.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attributes {
    /// What the person signs in with.
    pub username: Option<Box<str>>,
    /// The e-mail address.
    pub email: Option<Box<str>>,
    /// The given name.
    pub first_name: Option<Box<str>>,
    /// The family name.
    pub last_name: Option<Box<str>>,
    /// The name as the person wants it shown.
    pub display_name: Option<Box<str>>,
    /// The telephone number.
    pub phone: Option<Box<str>>,
}

/// The attributes of a person, as the directory shows them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserValues {
    /// What the person signs in with.
    pub username: Values,
    /// The e-mail address.
    pub email: Values,
    /// The given name.
    pub first_name: Values,
    /// The family name.
    pub last_name: Values,
    /// The name as the person wants it shown.
    pub display_name: Values,
    /// The telephone number.
    pub phone: Values,
}

/// Which optional attributes some user entry of this read bore. One that nobody shows may be hidden, so its absence
/// clears nothing (rule 6 of synchronization).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "one independent fact for each attribute")]
pub struct ShownAttributes {
    /// Some entry showed a given name.
    pub first_name: bool,
    /// Some entry showed a family name.
    pub last_name: bool,
    /// Some entry showed a display name.
    pub display_name: bool,
    /// Some entry showed a telephone number.
    pub phone: bool,
}

/// Whether a directory account may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountState {
    /// It may be used, or the directory has no such state.
    Enabled,
    /// It is disabled or has expired.
    Disabled,
    /// The state cannot be read: changes nothing.
    Unknown,
}

/// What an entry says of whether its account may be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShownState {
    /// It may be used, or the directory has no such state.
    Enabled,
    /// It is disabled.
    Disabled,
    /// Nobody can tell.
    Unclear(Box<UnclearState>),
}

/// Why nobody can tell whether an account may be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnclearState {
    /// The entry hides an attribute that every account has.
    Hidden {
        /// The attribute.
        attribute: &'static str,
    },
    /// A value that cannot be understood.
    Value {
        /// The attribute that has it.
        attribute: &'static str,
        /// The value as the directory has it.
        value: Box<str>,
        /// What it should be, in words.
        form: &'static str,
    },
}

impl ShownState {
    /// The state, without the cause of a doubt.
    #[must_use]
    pub const fn account_state(&self) -> AccountState {
        match self {
            Self::Enabled => AccountState::Enabled,
            Self::Disabled => AccountState::Disabled,
            Self::Unclear(_) => AccountState::Unknown,
        }
    }
}

/// A user entry in the users' base that matches the users' filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryUser {
    /// Its identity.
    pub id: ExternalId,
    /// Further ids that it shows, in the order of [`super::identity::IdKind::ALL`].
    pub other_ids: Box<[ExternalId]>,
    /// Where it stood.
    pub place: Place,
    /// Its distinguished name, for people; only where it has no username to be named by.
    pub dn: Option<Box<str>>,
    /// What the directory says of the person.
    pub attributes: UserValues,
    /// Whether the account may be used, but for its expiry.
    pub state: ShownState,
    /// When it expires, with no change of its entry; `None` is never, or not said.
    pub expires: Option<Timestamp>,
}

/// A member value whose entry was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnresolvedValue {
    /// The external id, where the value carries one (Active Directory's extended DN).
    pub id: Option<ExternalId>,
    /// The hash of the name, where the value is one (`memberUid` is not).
    pub dn: Option<DnHash>,
    /// The value as a person should read it.
    pub label: Box<str>,
    /// Several entries bear that name, so it means one of them and nobody can tell which.
    pub is_ambiguous: bool,
}

impl UnresolvedValue {
    /// A value that names one entry at most.
    #[must_use]
    pub const fn new(id: Option<ExternalId>, dn: Option<DnHash>, label: Box<str>) -> Self {
        Self { id, dn, label, is_ambiguous: false }
    }
}

/// A user that has a member value among several `uid` values. Such a value adds only the user whose username it is; it
/// keeps whoever has it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OtherUid {
    /// The user.
    pub user: UserIndex,
    /// The value, as the group writes it.
    pub uid: Box<str>,
}

/// What a located member is called now, by which a member value may name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// The hash of its distinguished name.
    pub dn: DnHash,
    /// Its `uid` values, folded, where member values may be such.
    pub uids: Vec<Box<str>>,
}

/// An entry that could not be read although the directory shows it: its name or its identity is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenEntry {
    /// Its identity, if it shows one that can be read.
    pub id: Option<ExternalId>,
    /// Where it stands, if its name can be read.
    pub place: Option<Place>,
    /// Its name, for people.
    pub label: Box<str>,
    /// What is wrong with it.
    pub defect: Defect,
}

/// Why an entry that is there says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Defect {
    /// Its name or identity cannot be decoded; in words.
    Undecodable(Box<str>),
    /// It is what replication made of one of two objects with one name.
    Conflict,
    /// The file that has it ends with it, so it may have more.
    CutOff,
    /// It shows none of the kinds of ids that the links of its directory have, so it may be linked or not. Only
    /// [`super::recognition::recognize`] says so.
    LacksId,
}

/// Why the members that a group shows are not all that it has: nobody is removed from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concealed {
    /// It is a dynamic group, whose members this server does not show.
    Dynamic,
    /// It is the primary group of users, and nothing shows whose.
    Primary,
}

/// A group entry that the query selects, or that was located by its external id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryGroup {
    /// Its identity.
    pub id: ExternalId,
    /// Where it stood.
    pub place: Place,
    /// Further ids that it shows, in the order of [`super::identity::IdKind::ALL`].
    pub other_ids: Box<[ExternalId]>,
    /// Its distinguished name, for people.
    pub label: Box<str>,
    /// The values of the name attribute.
    pub name: Values,
    /// The values of the description attribute.
    pub description: Values,
    /// The selectors that select it, ascending. Empty for a located group that no selector selects now.
    pub selectors: Vec<SelectorIndex>,
    /// Whether a selector of `exclude` names it.
    pub excluded: bool,
    /// The members that were read and are users, ascending, each once.
    pub members: Vec<UserIndex>,
    /// Users that a `memberUid` names by a `uid` that is not their username.
    pub by_other_uid: Vec<OtherUid>,
    /// The member values whose entries were not read.
    pub unresolved: Vec<UnresolvedValue>,
    /// Members that are readable users outside the users' base or filter.
    pub out_of_scope: u32,
    /// Whether its entry shows any member value, of whatever kind. Who has it as primary group is a member without one.
    pub shows_members: bool,
    /// Why others may be members too, whom nothing shows.
    pub concealed: Option<Concealed>,
    /// The members that are groups, ascending, each once. Empty unless nested groups were asked for.
    pub subgroups: Vec<ExternalId>,
    /// A group below this one, at any depth, that cannot be read or hides its members, for people: whoever is in it may be
    /// a member. Only [`super::wanted::nesting::flatten`] sets it.
    pub hidden_subgroup: Option<Box<str>>,
}

/// What a look-up by external id across the whole directory, deleted objects included, found of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupSighting {
    /// It exists and can be read: it moved, or no longer matches.
    Found(Box<DirectoryGroup>),
    /// It exists and shows nothing: a permission problem.
    Unreadable,
    /// Its tombstone.
    Deleted,
    /// It is absent from a file that has everything.
    NotInFile,
    /// Found nowhere, which proves nothing.
    Nowhere,
}

/// What a look-up by external id found of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberSighting {
    /// A user in scope, appended to [`Snapshot::users`].
    User(UserIndex),
    /// A readable user outside the users' base or filter: not wanted.
    OutOfScope,
    /// Readable, and no user: ignored.
    NotAUser,
    /// It stands for somebody of another directory, whom only that one can tell.
    Foreign,
    /// It exists and shows nothing.
    Unreadable,
    /// Its tombstone.
    Deleted,
    /// It is absent from a file that has everything.
    NotInFile,
    /// Found nowhere, which proves nothing.
    Nowhere,
}

/// What `memberOf` of users says of a group that shows no members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberOf {
    /// Some user names it: the group has members and hides them.
    NamedByUser,
    /// No user names it, and the same server shows a `memberOf` on a member of another group.
    NamedByNobody,
    /// It cannot be asked: no member of another group shows a `memberOf`.
    Unanswerable,
}

/// Whether not being there proves that a thing is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absence {
    /// A server: silence may be an access rule, an older replica or a cut answer.
    Unproven,
    /// A file that says itself that it is whole: what is not in it does not exist.
    Proven,
}

/// Which server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerIdentity {
    /// Active Directory: the `invocationId`; else the address; for a file its path.
    pub identity: String,
    /// Active Directory: `highestCommittedUSN` as it was before the read; elsewhere where readable.
    pub position: Option<i64>,
}

/// One complete read of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The directory that was read.
    pub directory_id: DirectoryId,
    /// Further ids that the directory's root shows.
    pub other_directory_ids: Box<[DirectoryId]>,
    /// The one server that answered all of it; `None`: a file, whose entries hide nothing.
    pub server: Option<ServerIdentity>,
    /// What not being there means.
    pub absence: Absence,
    /// The groups that the selectors select, excluded ones too, each once, in any order.
    pub groups: Vec<DirectoryGroup>,
    /// The users that were read, each once, in any order.
    pub users: Vec<DirectoryUser>,
    /// Which optional attributes some user entry bore.
    pub shown: ShownAttributes,
    /// What was found of the groups that were looked up by external id.
    pub located_groups: BTreeMap<ExternalId, GroupSighting>,
    /// What was found of the members that were looked up by external id.
    pub located_members: BTreeMap<ExternalId, MemberSighting>,
    /// What members that were located and can be read are called now.
    pub located_names: BTreeMap<ExternalId, Names>,
    /// Entries of groups and users that are there and cannot be read.
    pub broken: Vec<BrokenEntry>,
    /// Users of [`Self::users`] that show no kind of id which the links of their directory have, ascending. Only
    /// [`super::recognition::recognize`] fills it.
    pub unidentified: Vec<UserIndex>,
    /// The ids of links that stand for one and the same entry, with its name for people. Only
    /// [`super::recognition::recognize`] fills it.
    pub ambiguous: BTreeMap<ExternalId, Box<str>>,
    /// What `memberOf` of users says of the groups that were looked up because they show no members.
    pub member_of: BTreeMap<ExternalId, MemberOf>,
    /// The groups that are members of others and that no selector selects, by identity. A member group that is neither here
    /// nor in [`Self::groups`] exists and could not be read.
    pub subgroups: BTreeMap<ExternalId, DirectoryGroup>,
}

impl BrokenEntry {
    /// Whether it may be any object that is missed: nothing of it tells which it is. What a file was cut in may have been
    /// renamed too.
    pub(crate) fn may_be_anybody(&self) -> bool {
        self.id.is_none() && (self.place.is_none() || self.defect == Defect::CutOff)
    }
}

impl DirectoryUser {
    /// What a person calls this user: by username, else by distinguished name, with the id behind it.
    #[must_use]
    pub fn label(&self) -> String {
        match self.attributes.username.first().or(self.dn.as_deref()) {
            Some(name) => format!("{name} ({})", self.id),
            None => self.id.to_string(),
        }
    }
}

impl DirectoryGroup {
    /// Whether it shows no member at all, of whatever kind.
    #[must_use]
    pub fn shows_no_members(&self) -> bool {
        !self.shows_members && self.members.is_empty() && self.unresolved.is_empty() && self.by_other_uid.is_empty()
    }
}

impl GroupSighting {
    /// The group, if it could be read.
    #[must_use]
    pub fn found(&self) -> Option<&DirectoryGroup> {
        match self {
            Self::Found(group) => Some(group),
            Self::Unreadable | Self::Deleted | Self::NotInFile | Self::Nowhere => None,
        }
    }

    /// The group, if it could be read, to be changed.
    pub fn found_mut(&mut self) -> Option<&mut DirectoryGroup> {
        match self {
            Self::Found(group) => Some(group),
            Self::Unreadable | Self::Deleted | Self::NotInFile | Self::Nowhere => None,
        }
    }
}

impl Snapshot {
    /// Whether it is of a file: an entry of one is there with all that it has.
    #[must_use]
    pub const fn is_of_a_file(&self) -> bool {
        self.server.is_none()
    }

    /// The groups that were read: those that the selectors select, then those that a look-up read.
    pub(crate) fn readable_groups(&self) -> impl Iterator<Item = &DirectoryGroup> {
        self.groups.iter().chain(self.located_groups.values().filter_map(GroupSighting::found))
    }
}
