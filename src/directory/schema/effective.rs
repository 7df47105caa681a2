//! The settings of a Directory with the defaults of its schema: bases, filters and attributes.

use std::collections::BTreeMap;

use super::{Kind, MemberSyntax, Schema};
use crate::directory::Error;
use crate::directory::dn::Dn;
use crate::directory::entry::Entry;
use crate::directory::filter::Filter;
use crate::directory::settings::DirectorySettings;
use crate::sync::identity::IdKind;

/// The settings in effect.
#[derive(Debug, Clone)]
pub struct Effective {
    /// The kind of directory.
    pub schema: Schema,
    /// The attributes with ids. The first that an entry has is its identity.
    pub ids: Vec<IdKind>,
    /// The default of the other bases. Its identity is the directory id of a file.
    pub base: Dn,
    /// The base, filter and attributes of groups.
    pub groups: Groups,
    /// The base, filter and attributes of users.
    pub users: Users,
    named_group_filter: Filter,
}

/// The base, filter and attributes of groups.
#[derive(Debug, Clone)]
pub struct Groups {
    /// The entry that they are at or below.
    pub base: Dn,
    /// The filter that they match.
    pub filter: Filter,
    /// The attribute with the name.
    pub name: String,
    /// The attribute with the description.
    pub description: String,
}

/// The base, filter and attributes of users.
#[derive(Debug, Clone)]
pub struct Users {
    /// The entry that they are at or below.
    pub base: Dn,
    /// The filter that they match.
    pub filter: Filter,
    /// The attribute with the username.
    pub username: String,
    /// The attribute with the e-mail address.
    pub email: String,
    /// The attribute with the given name.
    pub first_name: String,
    /// The attribute with the family name.
    pub last_name: String,
    /// The attribute with the display name.
    pub display_name: String,
    /// The attribute with the telephone number.
    pub phone: String,
}

impl Effective {
    /// The settings in effect for a server.
    ///
    /// # Errors
    /// [`Error::Configuration`] with the field whose name or filter does not parse.
    pub fn for_server(settings: &DirectorySettings, schema: Schema) -> Result<Self, Error> {
        let table = schema.table();
        Self::resolve(settings, schema, table.ids, table.user_filter)
    }

    /// The settings in effect for a file. Any kind of directory may have written it, and its filters are evaluated
    /// here.
    ///
    /// # Errors
    /// [`Error::Configuration`] with the field whose name or filter does not parse, or whose filter only a server
    /// evaluates.
    pub fn for_file(settings: &DirectorySettings, schema: Schema) -> Result<Self, Error> {
        let effective = Self::resolve(settings, schema, &IdKind::ALL, schema.table().user_filter_in_a_file)?;
        for (field, filter) in
            [("spec.groups.filter", &effective.groups.filter), ("spec.users.filter", &effective.users.filter)]
        {
            filter.supported_in_a_file().map_err(|error| Error::invalid(field, error))?;
        }
        Ok(effective)
    }

    fn resolve(settings: &DirectorySettings, schema: Schema, ids: &[IdKind], user_filter: &str) -> Result<Self, Error> {
        let table = schema.table();
        let attributes = &table.attributes;
        let base = dn("spec.baseDN", &settings.base_dn)?;
        let base_or = |field, value: &Option<String>| match value {
            Some(text) => dn(field, text),
            None => Ok(base.clone()),
        };
        let or = |value: &Option<String>, default: &str| value.clone().unwrap_or_else(|| default.to_owned());
        let (groups, users) = (&settings.groups, &settings.users);
        let group_filter = filter("spec.groups.filter", groups.filter.as_deref().unwrap_or(table.group_filter))?;
        let default_group_filter = filter("spec.schema", table.group_filter)?;
        let named_group_filter = match &group_filter {
            own if *own == default_group_filter => default_group_filter,
            own => Filter::any_of([own.clone(), default_group_filter]),
        };
        Ok(Self {
            schema,
            ids: ids.to_vec(),
            groups: Groups {
                base: base_or("spec.groups.baseDN", &groups.base_dn)?,
                filter: group_filter,
                name: or(&groups.name, attributes.group_name),
                description: or(&groups.description, attributes.description),
            },
            users: Users {
                base: base_or("spec.users.baseDN", &users.base_dn)?,
                filter: filter("spec.users.filter", users.filter.as_deref().unwrap_or(user_filter))?,
                username: or(&users.username, attributes.username),
                email: or(&users.email, attributes.email),
                first_name: or(&users.first_name, attributes.first_name),
                last_name: or(&users.last_name, attributes.last_name),
                display_name: or(&users.display_name, attributes.display_name),
                phone: or(&users.phone, attributes.phone),
            },
            base,
            named_group_filter,
        })
    }

    /// Each setting that a default may decide, by its path in the spec: `status.effective`.
    #[must_use]
    pub fn described(&self) -> BTreeMap<String, String> {
        let Self { schema, ids: _, base: _, groups, users, named_group_filter: _ } = self;
        let Groups { base: group_base, filter: group_filter, name, description } = groups;
        let Users { base: user_base, filter: user_filter, username, email, first_name, last_name, display_name, phone } =
            users;
        [
            ("schema", schema.name().to_owned()),
            ("groups.baseDN", group_base.to_string()),
            ("groups.filter", group_filter.to_string()),
            ("groups.attributes.name", name.clone()),
            ("groups.attributes.description", description.clone()),
            ("users.baseDN", user_base.to_string()),
            ("users.filter", user_filter.to_string()),
            ("users.attributes.username", username.clone()),
            ("users.attributes.email", email.clone()),
            ("users.attributes.firstName", first_name.clone()),
            ("users.attributes.lastName", last_name.clone()),
            ("users.attributes.displayName", display_name.clone()),
            ("users.attributes.phone", phone.clone()),
        ]
        .map(|(path, value)| (path.to_owned(), value))
        .into()
    }

    /// The attributes that a search for groups asks for, members included, each once.
    #[must_use]
    pub fn group_attributes(&self) -> Vec<&str> {
        let Groups { name, description, base: _, filter: _ } = &self.groups;
        let ids: Vec<&str> = self.id_attributes().collect();
        let members = self.schema.member_attributes().iter().map(|attribute| attribute.name);
        let primary = self.schema.table().primary_groups.group_attributes().iter().copied();
        let dynamic = self.schema.dynamic_attributes().iter().copied();
        let own = [name.as_str(), description.as_str()];
        distinct(ids.into_iter().chain(own).chain(members).chain(primary).chain(dynamic))
    }

    /// The attributes that a search for users asks for, each once.
    #[must_use]
    pub fn user_attributes(&self) -> Vec<&str> {
        let Users { username, email, first_name, last_name, display_name, phone, base: _, filter: _ } = &self.users;
        let person = [username, email, first_name, last_name, display_name, phone].map(String::as_str);
        let table = self.schema.table();
        let expiry = table.expiry.as_ref().map(|expiry| expiry.attribute);
        let state = table.state.attributes.iter().copied().chain(expiry);
        let primary = table.primary_groups.user_attributes().iter().copied();
        let uid = self.reads_usernames().then_some(UID);
        let ids: Vec<&str> = self.id_attributes().collect();
        distinct(ids.into_iter().chain(person).chain(state).chain(primary).chain(uid))
    }

    /// The attributes that show what an entry is, and which member values name it.
    #[must_use]
    pub fn kind_attributes(&self) -> Vec<&str> {
        let uid = self.reads_usernames().then_some(UID);
        ["objectClass"].into_iter().chain(self.id_attributes()).chain(uid).collect()
    }

    /// The attributes that a search by identity or name asks for. It may find a group, a user or another object.
    #[must_use]
    pub fn located_attributes(&self) -> Vec<&str> {
        let [groups, users] = [self.group_attributes(), self.user_attributes()];
        distinct(["objectClass"].into_iter().chain(groups).chain(users))
    }

    /// The attributes with ids.
    pub fn id_attributes(&self) -> impl Iterator<Item = &'static str> {
        self.ids.iter().map(|kind| kind.attribute())
    }

    /// Whether some member values are usernames. Then users must be known by their `uid`, even if
    /// `users.attributes.username` is another attribute.
    #[must_use]
    pub fn reads_usernames(&self) -> bool {
        self.schema.member_attributes().iter().any(|attribute| attribute.syntax == MemberSyntax::Username)
    }

    /// The filter for an entry that a selector gives by its DN: the groups' filter, or the schema's default for it.
    #[must_use]
    pub const fn filter_of_named_group(&self) -> &Filter {
        &self.named_group_filter
    }

    /// What an entry is that was read by its name or identity. [`Users::base`] and [`Users::filter`] tell whether a
    /// [`Kind::User`] is in scope.
    #[must_use]
    pub fn kind(&self, entry: &Entry) -> Kind {
        self.schema.kind(entry)
    }
}

/// The attribute that `memberUid` refers to, RFC 4519 section 2.39.
pub(in crate::directory) const UID: &str = "uid";

fn dn(field: &str, text: &str) -> Result<Dn, Error> {
    Dn::parse(text).map_err(|error| Error::invalid(field, error))
}

fn filter(field: &str, text: &str) -> Result<Filter, Error> {
    Filter::parse(text).map_err(|error| Error::invalid(field, error))
}

fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut distinct: Vec<&str> = Vec::new();
    for name in names {
        if !distinct.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            distinct.push(name);
        }
    }
    distinct
}
