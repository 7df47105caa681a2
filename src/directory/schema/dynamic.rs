//! Dynamic groups: the entry has a search in place of members, and the server may or may not show whom it finds.

use super::Schema;
use crate::directory::entry::Entry;

/// Whether a group is dynamic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dynamic {
    /// It is not.
    No,
    /// It is, and may list members of its own too.
    Mixed,
    /// It is, and its classes allow no member values, so one that shows some has them from the server.
    Pure,
}

/// What holds the search: `memberURL` of `groupOfURLs` (389 Directory Server, Oracle, IBM, OpenLDAP's slapo-dynlist(5)),
/// `memberQueryURL` of eDirectory's `dynamicGroup`, and `labeledURI`, which slapo-dynlist(5) is set up for too.
const MEMBER_URL: &str = "memberURL";
const MEMBER_QUERY_URL: &str = "memberQueryURL";
const LABELED_URI: &str = "labeledURI";
const CLASSES: [&str; 4] = ["groupofurls", "groupofdynamicurls", "dynamicgroup", "ibm-dynamicgroup"];
/// Of these one may be a dynamic group's class and allow no member values.
const PURE_CLASSES: [&str; 2] = ["groupofurls", "groupofdynamicurls"];
const CLASSES_WITH_MEMBERS: [&str; 6] =
    ["groupofnames", "groupofuniquenames", "groupofmembers", "groupofentries", "posixgroup", "extensibleobject"];

impl Schema {
    /// What tells dynamic groups, where there are such.
    #[must_use]
    pub const fn dynamic_attributes(self) -> &'static [&'static str] {
        match self {
            Self::ActiveDirectory | Self::AdLds => &[],
            Self::Rfc2307 | Self::Rfc2307bis | Self::FreeIpa => {
                &["objectClass", MEMBER_URL, MEMBER_QUERY_URL, LABELED_URI]
            }
        }
    }

    /// Whether a group is dynamic.
    #[must_use]
    pub fn dynamic(self, group: &Entry) -> Dynamic {
        if self.dynamic_attributes().is_empty() {
            return Dynamic::No;
        }
        let is_any = |classes: &[&str]| classes.iter().any(|class| group.is_of_class(class));
        let searches = [MEMBER_URL, MEMBER_QUERY_URL].iter().any(|attribute| !group.values(attribute).is_empty())
            || group.values(LABELED_URI).iter().any(|uri| is_search(uri));
        match (searches || is_any(&CLASSES), is_any(&PURE_CLASSES) && !is_any(&CLASSES_WITH_MEMBERS)) {
            (false, _) => Dynamic::No,
            (true, false) => Dynamic::Mixed,
            (true, true) => Dynamic::Pure,
        }
    }
}

/// An LDAP URL without a host (RFC 4516 section 2): a search in the directory itself.
fn is_search(uri: &[u8]) -> bool {
    uri.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"ldap:///"))
}
