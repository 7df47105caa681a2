//! A directory group of a scenario.

use super::ids::{below, group_id, place, user_id};
use super::user::{User, user};
use crate::sync::identity::ExternalId;
use crate::sync::snapshot::{
    Concealed, DirectoryGroup, DnHash, OtherUid, Place, SelectorIndex, UnresolvedValue, UserIndex,
};
use crate::sync::values::Values;

/// A directory group.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) key: &'static str,
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) members: Vec<&'static str>,
    pub(crate) selectors: Vec<SelectorIndex>,
    excluded: bool,
    is_outside: bool,
    shows_no_members: bool,
    concealed: Option<Concealed>,
    unresolved: Vec<UnresolvedValue>,
    out_of_scope: u32,
    subgroups: Vec<&'static str>,
    place: Place,
    other_uids: Vec<(&'static str, &'static str, bool)>,
    other_ids: Vec<ExternalId>,
    names: Vec<&'static str>,
}

/// A group that is named by its key, selected by the first selector, and shows one member value that is not a user, so
/// that it shows members.
pub(crate) fn group(key: &'static str) -> Group {
    Group {
        key,
        name: Some(key.to_owned()),
        description: None,
        members: Vec::new(),
        selectors: vec![0],
        excluded: false,
        is_outside: false,
        shows_no_members: false,
        concealed: None,
        unresolved: Vec::new(),
        out_of_scope: 0,
        subgroups: Vec::new(),
        place: place("group", key),
        other_uids: Vec::new(),
        other_ids: Vec::new(),
        names: Vec::new(),
    }
}

impl Group {
    pub(crate) fn with<const N: usize>(mut self, members: [&'static str; N]) -> Self {
        self.members = members.into();
        self
    }

    /// The groups that are members, with `nesting: Transitive`.
    pub(crate) fn over<const N: usize>(mut self, subgroups: [&'static str; N]) -> Self {
        self.subgroups = subgroups.into();
        self
    }

    /// A `memberUid` that this user has, among others.
    pub(crate) fn with_uid_of(mut self, key: &'static str, uid: &'static str) -> Self {
        self.other_uids.push((key, uid, false));
        self
    }

    /// A `memberUid` that this user has, among others, and that is the username of another member.
    pub(crate) fn with_taken_uid_of(mut self, key: &'static str, uid: &'static str) -> Self {
        self.other_uids.push((key, uid, true));
        self
    }

    /// A `memberUid` that no entry has.
    pub(crate) fn with_unknown_uid(mut self, uid: &str) -> Self {
        self.unresolved.push(UnresolvedValue::new(None, None, uid.into()));
        self
    }

    /// Shows further ids.
    pub(crate) fn also_known_by<const N: usize>(mut self, ids: [ExternalId; N]) -> Self {
        self.other_ids = ids.into();
        self
    }

    /// Shows several names.
    pub(crate) fn also_named<const N: usize>(mut self, names: [&'static str; N]) -> Self {
        self.names = names.into();
        self
    }

    pub(crate) fn named(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    pub(crate) fn hiding_its_name(mut self) -> Self {
        self.name = None;
        self
    }

    pub(crate) fn described(mut self, description: &str) -> Self {
        self.description = Some(description.to_owned());
        self
    }

    /// No member value is shown.
    pub(crate) fn showing_no_members(mut self) -> Self {
        self.shows_no_members = true;
        self
    }

    /// It may have members that nothing shows.
    pub(crate) fn concealing(mut self, why: Concealed) -> Self {
        self.concealed = Some(why);
        self
    }

    /// A member value that carries the id of this user, whose entry was not read.
    pub(crate) fn with_id_of(self, key: &'static str) -> Self {
        self.unresolved(Some(key), None, key)
    }

    /// A member value that is the name of this user, whose entry was not read.
    pub(crate) fn with_name_of(self, key: &'static str) -> Self {
        self.unresolved(None, Some(place("user", key).dn), key)
    }

    /// A member value that is a name which several users have.
    pub(crate) fn with_a_name_of_several(mut self) -> Self {
        self.unresolved.push(UnresolvedValue { is_ambiguous: true, ..UnresolvedValue::new(None, None, "jane".into()) });
        self
    }

    fn unresolved(mut self, id: Option<&str>, dn: Option<DnHash>, label: &str) -> Self {
        self.unresolved.push(UnresolvedValue::new(id.map(user_id), dn, label.into()));
        self
    }

    /// So many members that are readable users outside the users' base.
    pub(crate) fn with_outsiders(mut self, count: u32) -> Self {
        self.out_of_scope = count;
        self
    }

    pub(crate) fn excluded(mut self) -> Self {
        self.excluded = true;
        self
    }

    /// Its entry was moved out of the groups' base since it was linked.
    pub(crate) fn outside(mut self) -> Self {
        self.is_outside = true;
        self.by([]).moved()
    }

    /// The selectors that select it.
    pub(crate) fn by<const N: usize>(mut self, selectors: [SelectorIndex; N]) -> Self {
        self.selectors = selectors.into();
        self
    }

    /// Its entry was moved since it was linked.
    pub(crate) fn moved(mut self) -> Self {
        self.place = place("moved", self.key);
        self
    }

    /// Where the entry stands.
    pub(crate) fn below(mut self, parent: &str) -> Self {
        self.place = below(self.place, parent);
        self
    }

    /// As the directory answers, with the users that the scenario does not list.
    pub(crate) fn read(&self, users: &mut Vec<User>) -> DirectoryGroup {
        let mut members: Vec<UserIndex> = self.members.iter().map(|key| index_of(key, users)).collect();
        members.sort_unstable();
        members.dedup();
        let names = self.name.as_deref().into_iter().chain(self.names.iter().copied());
        let by_other_uid = self.other_uids.iter().map(|(key, uid, is_taken)| OtherUid {
            user: index_of(key, users),
            uid: (*uid).into(),
            is_taken: *is_taken,
        });
        DirectoryGroup {
            id: group_id(self.key),
            other_ids: self.other_ids.clone().into(),
            by_other_uid: by_other_uid.collect(),
            place: self.place,
            label: format!("CN={}", self.key).into(),
            name: Values::from_texts(names.map(Into::into)),
            description: Values::from(self.description.as_deref().map(Into::into)),
            selectors: self.selectors.clone(),
            excluded: self.excluded,
            is_outside: self.is_outside,
            members,
            unresolved: self.unresolved.clone(),
            out_of_scope: self.out_of_scope,
            shows_members: !self.shows_no_members,
            concealed: self.concealed,
            subgroups: self.subgroups.iter().map(|key| group_id(key)).collect(),
            hidden_subgroup: None,
        }
    }
}

fn index_of(key: &'static str, users: &mut Vec<User>) -> UserIndex {
    let known = users.iter().position(|user| user.key == key);
    let index = known.unwrap_or_else(|| {
        users.push(user(key));
        users.len() - 1
    });
    u32::try_from(index).unwrap()
}
