//! The table of one kind of directory: its defaults, and how its entries are read.

use super::expiry::Expiry;
use super::primary_group::PrimaryGroups;
use super::state::State;
use crate::sync::identity::IdKind;

/// The defaults of one kind of directory and how its entries are read.
pub(super) struct Table {
    /// Its value in `spec.schema`.
    pub(super) name: &'static str,
    /// Object classes of groups, in lower case.
    pub(super) group_classes: &'static [&'static str],
    /// Object classes of users, in lower case. An entry that also has one of `no_user_classes` is not a user.
    pub(super) user_classes: &'static [&'static str],
    /// Object classes, in lower case, of entries that have a user's classes and are not users.
    pub(super) no_user_classes: &'static [&'static str],
    /// Object classes, in lower case, of entries that stand for an object of another directory.
    pub(super) foreign_classes: &'static [&'static str],
    /// The default of `groups.filter`.
    pub(super) group_filter: &'static str,
    /// The default of `users.filter` on a server.
    pub(super) user_filter: &'static str,
    /// The default of `users.filter` in a file.
    pub(super) user_filter_in_a_file: &'static str,
    /// The defaults of `groups.attributes` and `users.attributes`.
    pub(super) attributes: Attributes,
    /// The attributes that hold a group's members.
    pub(super) members: &'static [MemberAttribute],
    /// The attributes with ids. The first that an entry has is its identity. Rule `identity`.
    pub(super) ids: &'static [IdKind],
    /// How the state of an account is read. Rule `disabled-account`.
    pub(super) state: State,
    /// How the time is read when an account expires.
    pub(super) expiry: Option<Expiry>,
    /// How a user's primary group is read.
    pub(super) primary_groups: PrimaryGroups,
}

/// The names of attributes.
pub(super) struct Attributes {
    pub(super) group_name: &'static str,
    pub(super) description: &'static str,
    pub(super) username: &'static str,
    pub(super) email: &'static str,
    pub(super) first_name: &'static str,
    pub(super) last_name: &'static str,
    pub(super) display_name: &'static str,
    pub(super) phone: &'static str,
}

/// An attribute that holds members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemberAttribute {
    /// Its name, in lower case.
    pub name: &'static str,
    /// The syntax of its values.
    pub syntax: MemberSyntax,
}

/// The syntax of a member value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberSyntax {
    /// A distinguished name. With the extended-DN control of Active Directory the identity comes before it.
    Dn,
    /// A name and an optional bit string, RFC 4517 section 3.3.21.
    NameAndOptionalUid,
    /// The `uid` of a user, RFC 2307 section 2.3.
    Username,
}

/// `member`, RFC 4519 section 2.17.
pub(super) const MEMBER: MemberAttribute = MemberAttribute { name: "member", syntax: MemberSyntax::Dn };
