//! Primary groups: an attribute of a user makes it a member of a group that does not list it.

use super::security_id::{InvalidSecurityId, SecurityId};
use crate::directory::entry::Entry;
use crate::directory::filter::Filter;

/// The identifier of a group as the primary group of users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PrimaryGroupId {
    /// Active Directory.
    Sid(SecurityId),
    /// POSIX, RFC 2307 section 2.1. Several groups may have the same.
    GidNumber(i64),
}

/// What an entry shows of the primary group that it is, or that it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShownPrimary {
    /// There is none.
    None,
    /// There is one, but the entry does not show which.
    Hidden,
    /// This one.
    Id(PrimaryGroupId),
}

/// How primary groups are read in a kind of directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PrimaryGroups {
    /// There are none.
    None,
    /// `primaryGroupID` of a user is the relative identifier of the group's `objectSid` (MS-ADA3 section 2.120), in the
    /// user's own domain. Every account has one.
    ActiveDirectory,
    /// `gidNumber` of a user is that of the group. Every entry with the class `posixAccount` or `posixGroup` has one.
    Posix,
}

const SID: &str = "objectSid";
const RID: &str = "primaryGroupID";
const GID_NUMBER: &str = "gidNumber";
const OBJECT_CLASS: &str = "objectClass";
const POSIX_ACCOUNT: &str = "posixAccount";

impl PrimaryGroups {
    /// The attributes to read of users.
    pub(super) const fn user_attributes(self) -> &'static [&'static str] {
        match self {
            Self::None => &[],
            Self::ActiveDirectory => &[SID, RID],
            Self::Posix => &[GID_NUMBER, OBJECT_CLASS],
        }
    }

    /// The attributes to read of groups.
    pub(super) const fn group_attributes(self) -> &'static [&'static str] {
        match self {
            Self::None => &[],
            Self::ActiveDirectory => &[SID],
            Self::Posix => &[GID_NUMBER],
        }
    }

    /// What users know a group by.
    pub(super) fn of_group(self, group: &Entry) -> Result<ShownPrimary, InvalidSecurityId> {
        Ok(match self {
            Self::None => ShownPrimary::None,
            Self::ActiveDirectory => sid(group)?.map_or(ShownPrimary::None, |sid| shown(PrimaryGroupId::Sid(sid))),
            Self::Posix => gid_number(group, "posixgroup"),
        })
    }

    /// The primary group of a user.
    pub(super) fn of_user(self, user: &Entry) -> Result<ShownPrimary, InvalidSecurityId> {
        Ok(match self {
            Self::None => ShownPrimary::None,
            Self::ActiveDirectory => {
                let rid =
                    user.values(RID).first().and_then(|value| std::str::from_utf8(value).ok()?.trim().parse().ok());
                let group = sid(user)?.zip(rid).map(|(user, rid)| PrimaryGroupId::Sid(user.sibling(rid)));
                group.map_or(ShownPrimary::Hidden, shown)
            }
            Self::Posix => gid_number(user, "posixaccount"),
        })
    }

    /// Two filters: for users that show a primary group, and for users that have one. A server that finds only the
    /// latter hides them. `None`: each user entry tells whether it hides its primary group.
    pub(super) fn witnesses(self) -> Option<[Filter; 2]> {
        (self == Self::Posix)
            .then(|| [Filter::Present(GID_NUMBER.to_owned()), Filter::equality(OBJECT_CLASS, POSIX_ACCOUNT.as_bytes())])
    }
}

impl PrimaryGroupId {
    /// Reads the `objectSid` of a group.
    #[must_use]
    pub fn from_sid(value: &[u8]) -> Option<Self> {
        SecurityId::read(value).ok().flatten().map(Self::Sid)
    }

    /// A filter for the users whose primary group it is. In Active Directory it also finds users of other domains.
    #[must_use]
    pub fn filter(self) -> Filter {
        match self {
            Self::Sid(sid) => Filter::equality(RID, sid.rid().to_string()),
            Self::GidNumber(number) => Filter::equality(GID_NUMBER, number.to_string()),
        }
    }

    /// Whether nearly every user has it.
    #[must_use]
    pub const fn is_of_nearly_every_user(self) -> bool {
        match self {
            Self::Sid(sid) => sid.is_domain_users(),
            Self::GidNumber(_) => false,
        }
    }
}

const fn shown(id: PrimaryGroupId) -> ShownPrimary {
    ShownPrimary::Id(id)
}

fn sid(entry: &Entry) -> Result<Option<SecurityId>, InvalidSecurityId> {
    Ok(entry.values(SID).first().map(|value| SecurityId::read(value)).transpose()?.flatten())
}

/// An entry of the class must have a number (RFC 2307 section 4). If it cannot be read, it is hidden.
fn gid_number(entry: &Entry, class: &str) -> ShownPrimary {
    let value = entry.values(GID_NUMBER).first();
    let number = value.and_then(|value| std::str::from_utf8(value).ok()?.trim().parse().ok());
    match number {
        Some(number) => shown(PrimaryGroupId::GidNumber(number)),
        None if value.is_some() || entry.is_of_class(class) => ShownPrimary::Hidden,
        None => ShownPrimary::None,
    }
}
