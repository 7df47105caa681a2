//! What a member value names.

use crate::directory::dn::ExtendedDn;
use crate::directory::schema::MemberSyntax;
use crate::sync::identity::ExternalId;

/// A member value, borrowed from the entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Member<'a> {
    /// By identity and name.
    Id(ExternalId, &'a str),
    /// By name. The empty name is what some directories put into a group that must not be empty.
    Dn(&'a str),
    /// By `uid`.
    Username(&'a str),
    /// By octets that are no text.
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
    // Before `=` or a backslash it is a value of the name.
    if is_uid && !name.ends_with(['=', '\\']) { name } else { text }
}
