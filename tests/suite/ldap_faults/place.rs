//! The requests of a run, told apart by what a server sees of them.

use crate::scripted_ldap::{SERVICE, Search};

/// Each request of a run, from the first to the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Bind,
    RootDse,
    /// The server's own entry, with its invocation id.
    Service,
    Base,
    Groups,
    LaterGroups,
    /// The entry that an item names by its DN.
    NamedGroup,
    Range,
    /// A group that changed while its ranges were read, from its first value again.
    Again,
    /// The scan of the users.
    Users,
    LaterUsers,
    UsersById,
    /// Members that are not users in scope, by their ids.
    OthersById,
    /// Who answers, at the end of a read.
    RootDseAtEnd,
    ServiceAtEnd,
    BaseAtEnd,
    LocatedById,
    LocatedByGuid,
    /// Which filters of the selection a located group matches.
    InScope,
    /// What kind of group is asked about from the other side.
    Kinds,
    /// Which users show the group in `memberOf`.
    Claims,
}

use Place::{
    Again, Base, BaseAtEnd, Bind, Claims, Groups, InScope, Kinds, LaterGroups, LaterUsers, LocatedByGuid, LocatedById,
    NamedGroup, OthersById, Range, RootDse, RootDseAtEnd, Service, ServiceAtEnd, Users, UsersById,
};

/// Those of a run in which nothing is wrong.
pub(super) const PLACES: [Place; 20] = [
    Bind,
    RootDse,
    Service,
    Base,
    Groups,
    LaterGroups,
    NamedGroup,
    Range,
    Users,
    LaterUsers,
    UsersById,
    OthersById,
    RootDseAtEnd,
    ServiceAtEnd,
    BaseAtEnd,
    LocatedById,
    LocatedByGuid,
    InScope,
    Kinds,
    Claims,
];

/// Which request it is; `is_end` once the groups were asked for.
pub(super) fn place(search: Option<&Search>, is_end: bool) -> Place {
    let Some(search) = search else { return Bind };
    let asks = |attribute: &str| search.attributes.iter().any(|asked| asked == attribute);
    match (&*search.base, search.cookie.as_deref()) {
        ("", _) => {
            if is_end {
                RootDseAtEnd
            } else {
                RootDse
            }
        }
        (SERVICE, _) => {
            if is_end {
                ServiceAtEnd
            } else {
                Service
            }
        }
        (base, _) if base.starts_with("<GUID=") => LocatedByGuid,
        (_, _) if search.filter_has("memberOf") => Claims,
        (_, _) if search.attributes == ["objectGUID", "objectClass", "objectSid"] => Kinds,
        (_, _) if search.attributes.iter().any(|asked| asked.starts_with("member;range=")) => Range,
        ("CN=group 7,DC=corp", _) => NamedGroup,
        ("CN=group 1,DC=corp", _) => Again,
        // The first of the base comes before the groups, the last asks for what only the end asks for.
        (_, None) if search.scope == 0 => {
            if is_end {
                BaseAtEnd
            } else {
                Base
            }
        }
        (_, Some(b"")) => {
            if search.is_for_users() {
                Users
            } else {
                Groups
            }
        }
        (_, Some(_)) => {
            if search.is_for_users() {
                LaterUsers
            } else {
                LaterGroups
            }
        }
        (_, None) if search.is_for_users() => UsersById,
        (_, None) if search.is_for_groups() => InScope,
        (_, None) if asks("isDeleted") => LocatedById,
        (_, None) => OthersById,
    }
}
