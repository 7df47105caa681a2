//! The directory's side of a scenario.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{digest, directory_id, group_id, user_id};
use crate::sync::identity::ExternalId;
use crate::sync::snapshot::{
    Absence, AccountState, Attributes, Concealed, DirectoryGroup, DirectoryUser, DnHash, OtherUid, Place,
    SelectorIndex, ServerIdentity, ShownAttributes, ShownState, Snapshot, UnclearState, UnresolvedValue, UserIndex,
    UserValues,
};
use crate::sync::values::Values;

/// A directory user.
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) key: &'static str,
    pub(crate) attributes: Attributes,
    pub(crate) state: AccountState,
    unclear: UnclearState,
    pub(crate) expires: Option<Timestamp>,
    place: Place,
    change: fn(&mut UserValues),
    other_ids: Vec<ExternalId>,
}

/// An enabled user whose username is its key and whose e-mail is that at example.org.
pub(crate) fn user(key: &'static str) -> User {
    User {
        key,
        attributes: named(key),
        state: AccountState::Enabled,
        unclear: UnclearState::Hidden { attribute: "userAccountControl" },
        expires: None,
        place: place("user", key),
        change: |_| {},
        other_ids: Vec::new(),
    }
}

impl User {
    /// Changes what the directory says of the person.
    pub(crate) fn saying(mut self, change: impl FnOnce(&mut Attributes)) -> Self {
        change(&mut self.attributes);
        self
    }

    /// Shows values that are several, or that cannot be decoded.
    pub(crate) fn showing(mut self, change: fn(&mut UserValues)) -> Self {
        self.change = change;
        self
    }

    /// Shows further ids.
    pub(crate) fn also_known_by<const N: usize>(mut self, ids: [ExternalId; N]) -> Self {
        self.other_ids = ids.into();
        self
    }

    pub(crate) fn username(self, username: &str) -> Self {
        self.saying(|attributes| attributes.username = text(username))
    }

    pub(crate) fn email(self, email: &str) -> Self {
        self.saying(|attributes| attributes.email = text(email))
    }

    pub(crate) fn disabled(mut self) -> Self {
        self.state = AccountState::Disabled;
        self
    }

    /// The account expires at this time.
    pub(crate) fn expiring(mut self, at: Timestamp) -> Self {
        self.expires = Some(at);
        self
    }

    /// Nothing shows whether it is disabled.
    pub(crate) fn hiding_its_state(mut self) -> Self {
        self.state = AccountState::Unknown;
        self
    }

    /// Nobody can tell whether it is disabled, for this reason.
    pub(crate) fn unclear(self, why: UnclearState) -> Self {
        Self { unclear: why, ..self.hiding_its_state() }
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

    pub(crate) fn read(&self) -> DirectoryUser {
        let Attributes { username, email, first_name, last_name, display_name, phone } = self.attributes.clone();
        let mut attributes = UserValues {
            username: username.into(),
            email: email.into(),
            first_name: first_name.into(),
            last_name: last_name.into(),
            display_name: display_name.into(),
            phone: phone.into(),
        };
        (self.change)(&mut attributes);
        DirectoryUser {
            id: user_id(self.key),
            other_ids: self.other_ids.clone().into(),
            place: self.place,
            dn: attributes.username.first().is_none().then(|| format!("CN={}", self.key).into()),
            attributes,
            state: match self.state {
                AccountState::Enabled => ShownState::Enabled,
                AccountState::Disabled => ShownState::Disabled,
                AccountState::Unknown => ShownState::Unclear(Box::new(self.unclear.clone())),
            },
            expires: self.expires,
        }
    }
}

/// A directory group.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) key: &'static str,
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) members: Vec<&'static str>,
    pub(crate) selectors: Vec<SelectorIndex>,
    excluded: bool,
    shows_no_members: bool,
    concealed: Option<Concealed>,
    unresolved: Vec<UnresolvedValue>,
    out_of_scope: u32,
    subgroups: Vec<&'static str>,
    place: Place,
    other_uids: Vec<(&'static str, &'static str)>,
    other_ids: Vec<ExternalId>,
    names: Vec<&'static str>,
}

/// A group that is named by its key, selected by the first selector, and shows one member value that is no user, so that it
/// shows members.
pub(crate) fn group(key: &'static str) -> Group {
    Group {
        key,
        name: Some(key.to_owned()),
        description: None,
        members: Vec::new(),
        selectors: vec![0],
        excluded: false,
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

    /// A `memberUid` that this user bears, among others.
    pub(crate) fn with_uid_of(mut self, key: &'static str, uid: &'static str) -> Self {
        self.other_uids.push((key, uid));
        self
    }

    /// A `memberUid` that no entry bears.
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

    /// A member value that is a name which several users bear.
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

    /// As the directory answers, with the users that nobody introduced.
    pub(crate) fn read(&self, users: &mut Vec<User>) -> DirectoryGroup {
        let mut members: Vec<UserIndex> = self.members.iter().map(|key| index_of(key, users)).collect();
        members.sort_unstable();
        members.dedup();
        let names = self.name.as_deref().into_iter().chain(self.names.iter().copied());
        let by_other_uid =
            self.other_uids.iter().map(|(key, uid)| OtherUid { user: index_of(key, users), uid: (*uid).into() });
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

/// A complete read of these.
pub(crate) fn snapshot(groups: Vec<DirectoryGroup>, users: &[User], absence: Absence) -> Snapshot {
    let shows = |attribute: fn(&Attributes) -> &Option<Box<str>>| {
        users.iter().any(|user| attribute(&user.attributes).is_some())
    };
    Snapshot {
        directory_id: directory_id(),
        other_directory_ids: Box::default(),
        server: Some(ServerIdentity { identity: "dc1".to_owned(), position: None }),
        absence,
        groups,
        shown: ShownAttributes {
            first_name: shows(|attributes| &attributes.first_name),
            last_name: shows(|attributes| &attributes.last_name),
            display_name: shows(|attributes| &attributes.display_name),
            phone: shows(|attributes| &attributes.phone),
        },
        users: users.iter().map(User::read).collect(),
        located_groups: BTreeMap::new(),
        located_members: BTreeMap::new(),
        located_names: BTreeMap::new(),
        broken: Vec::new(),
        unidentified: Vec::new(),
        ambiguous: BTreeMap::new(),
        member_of: BTreeMap::new(),
        subgroups: BTreeMap::new(),
    }
}

/// Where the entry with this key stands, all with the same parent.
pub(crate) fn place(kind: &str, key: &str) -> Place {
    Place { dn: DnHash(digest(kind, key)), parent: DnHash(digest(kind, "")) }
}

/// The same entry below another parent.
pub(crate) fn below(place: Place, parent: &str) -> Place {
    Place { parent: DnHash(digest("parent", parent)), ..place }
}

/// The names that a key stands for.
pub(crate) fn named(key: &str) -> Attributes {
    Attributes { username: text(key), email: text(&format!("{key}@example.org")), ..Attributes::default() }
}

/// A text as attributes hold it; an empty one is absent.
pub(crate) fn text(text: &str) -> Option<Box<str>> {
    (!text.is_empty()).then(|| text.into())
}
