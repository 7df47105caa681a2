//! Member values: by id, by name or by username.

use crate::directory::dn::ExtendedDn;
use crate::directory::schema::MemberSyntax;
use crate::sync::identity::ExternalId;

/// What a member value names. It borrows from the entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Member<'a> {
    /// An object, by id and name.
    Id(ExternalId, &'a str),
    /// An object, by name. Some directories put an empty name into a group that must not be empty.
    Dn(&'a str),
    /// A user, by `uid`.
    Username(&'a str),
    /// Nothing: it is not text.
    Octets(&'a [u8]),
}

/// Reads a member value.
pub(super) fn parse(syntax: MemberSyntax, value: &[u8]) -> Member<'_> {
    let Ok(text) = std::str::from_utf8(value) else { return Member::Octets(value) };
    match syntax {
        MemberSyntax::Username => Member::Username(text),
        MemberSyntax::NameAndOptionalUid => Member::Dn(without_uid(text)),
        MemberSyntax::Dn => match ExtendedDn::parse(text) {
            ExtendedDn { id: Some(id), dn } => Member::Id(id, dn),
            ExtendedDn { id: None, dn } => Member::Dn(dn),
        },
    }
}

/// Takes `#'0101'B` off the end, RFC 4517 section 3.3.21; some directories write `#0101`.
fn without_uid(text: &str) -> &str {
    let Some((name, uid)) = text.rsplit_once('#') else { return text };
    let bits = uid.strip_prefix('\'').and_then(|uid| uid.strip_suffix("'B")).unwrap_or(uid);
    let is_uid = !uid.is_empty() && bits.bytes().all(|bit| matches!(bit, b'0' | b'1'));
    // After `=` or a backslash it belongs to the name.
    if is_uid && !name.ends_with(['=', '\\']) { name } else { text }
}
