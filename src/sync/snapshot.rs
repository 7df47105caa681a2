//! One complete read of the directory, as values. Distinguished names stay outside: a place is a pair of hashes, and a
//! text for messages is a label.
//!
//! Only an adapter that read to the end, with no error, no time-out and no bound hit, builds a [`Snapshot`]; a partial
//! read is an error there and has no value here.

mod group;
mod place;
mod sighting;
mod user;

use std::collections::BTreeMap;

pub use self::group::{Concealed, DirectoryGroup, OtherUid, SelectorIndex, UnresolvedValue};
pub use self::place::{DnHash, Place};
pub use self::sighting::{GroupSighting, MemberOf, MemberSighting, Names};
pub use self::user::{
    AccountState, Attributes, DirectoryUser, ShownAttributes, ShownState, UnclearState, UserIndex, UserValues,
};
use super::identity::{DirectoryId, ExternalId};

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

/// Why an entry cannot be used although it is there.
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

/// Whether the absence of an entry proves that it is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absence {
    /// A server: an access rule, an older replica or a truncated answer looks the same.
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
    /// What the absence of an entry means.
    pub absence: Absence,
    /// The groups that the selectors select, excluded ones too, each once, in any order.
    pub groups: Vec<DirectoryGroup>,
    /// Rule `boundaries`: the selectors that ask for something outside the groups' base, so that they select nothing.
    pub outside: Vec<SelectorIndex>,
    /// The users that were read, each once, in any order.
    pub users: Vec<DirectoryUser>,
    /// Which optional attributes some user entry had.
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
    /// The groups that are members of others and that no selector selects, by identity. A member group that is neither
    /// here nor in [`Self::groups`] exists and could not be read.
    pub subgroups: BTreeMap<ExternalId, DirectoryGroup>,
}

impl BrokenEntry {
    /// Whether it may be any object that is missed: nothing of it tells which it is. What a file was cut in may have
    /// been renamed too.
    pub(crate) fn may_be_anybody(&self) -> bool {
        self.id.is_none() && (self.place.is_none() || self.defect == Defect::CutOff)
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
