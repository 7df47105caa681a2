//! Primary groups: an attribute of the user makes it a member of a group that does not list it.

use super::security_id::SecurityId;
use crate::directory::Error;
use crate::directory::entry::Entry;
use crate::directory::filter::Filter;

/// What a group is known by as the primary group of users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PrimaryGroupId {
    /// Active Directory.
    Sid(SecurityId),
    /// POSIX, RFC 2307 section 2.1. Several groups may have the same.
    GidNumber(i64),
}

/// What an entry says of the primary group that it is, or that it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShownPrimary {
    /// There is none.
    None,
    /// There is one, and nothing shows which.
    Hidden,
    /// This one.
    Id(PrimaryGroupId),
}

/// How a kind of directory tells primary groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PrimaryGroups {
    /// There are none.
    None,
    /// `primaryGroupID` of a user is the last part of the group's `objectSid` (MS-ADA3 section 2.120), in the user's own
    /// domain. Every account has one.
    ActiveDirectory,
    /// `gidNumber` of a user is that of the group. Who is of the class `posixAccount` has one, and so has every
    /// `posixGroup`.
    Posix,
}

const SID: &str = "objectSid";
const RID: &str = "primaryGroupID";
const GID_NUMBER: &str = "gidNumber";
const OBJECT_CLASS: &str = "objectClass";
const POSIX_ACCOUNT: &str = "posixAccount";

impl PrimaryGroups {
    /// What is read of users.
    pub(super) const fn user_attributes(self) -> &'static [&'static str] {
        match self {
            Self::None => &[],
            Self::ActiveDirectory => &[SID, RID],
            Self::Posix => &[GID_NUMBER, OBJECT_CLASS],
        }
    }

    /// What is read of groups.
    pub(super) const fn group_attributes(self) -> &'static [&'static str] {
        match self {
            Self::None => &[],
            Self::ActiveDirectory => &[SID],
            Self::Posix => &[GID_NUMBER],
        }
    }

    /// What a group can be to users.
    pub(super) fn of_group(self, group: &Entry) -> Result<ShownPrimary, Error> {
        Ok(match self {
            Self::None => ShownPrimary::None,
            Self::ActiveDirectory => sid(group)?.map_or(ShownPrimary::None, |sid| shown(PrimaryGroupId::Sid(sid))),
            Self::Posix => gid_number(group, "posixgroup"),
        })
    }

    /// What a user has.
    pub(super) fn of_user(self, user: &Entry) -> Result<ShownPrimary, Error> {
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

    /// What users match that show some primary group, and those that have one: where a server finds only the latter, it
    /// hides them. `None`: hidden ones are told otherwise.
    pub(super) fn witnesses(self) -> Option<[Filter; 2]> {
        (self == Self::Posix)
            .then(|| [Filter::Present(GID_NUMBER.to_owned()), Filter::equality(OBJECT_CLASS, POSIX_ACCOUNT.as_bytes())])
    }
}

impl PrimaryGroupId {
    /// Reads what makes a group of Active Directory somebody's primary group.
    #[must_use]
    pub fn of_sid(value: &[u8]) -> Option<Self> {
        SecurityId::read(value).ok().flatten().map(Self::Sid)
    }

    /// What the users match whose primary group it is; in Active Directory users of other domains too.
    #[must_use]
    pub fn filter(self) -> Filter {
        match self {
            Self::Sid(sid) => Filter::equality(RID, sid.rid().to_string()),
            Self::GidNumber(number) => Filter::equality(GID_NUMBER, number.to_string()),
        }
    }

    /// Whether it is that of nearly every user.
    #[must_use]
    pub const fn is_nearly_everybodys(self) -> bool {
        match self {
            Self::Sid(sid) => sid.is_domain_users(),
            Self::GidNumber(_) => false,
        }
    }
}

const fn shown(id: PrimaryGroupId) -> ShownPrimary {
    ShownPrimary::Id(id)
}

fn sid(entry: &Entry) -> Result<Option<SecurityId>, Error> {
    let Some(value) = entry.values(SID).first() else { return Ok(None) };
    SecurityId::read(value).map_err(|error| entry.malformed(format!("the value of `{SID}` {error}")))
}

/// Who is of the class must have a number (RFC 2307 section 4), so one that cannot be read is hidden.
fn gid_number(entry: &Entry, class: &str) -> ShownPrimary {
    let value = entry.values(GID_NUMBER).first();
    let number = value.and_then(|value| std::str::from_utf8(value).ok()?.trim().parse().ok());
    match number {
        Some(number) => shown(PrimaryGroupId::GidNumber(number)),
        None if value.is_some() || entry.is_of_class(class) => ShownPrimary::Hidden,
        None => ShownPrimary::None,
    }
}
