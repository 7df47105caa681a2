//! Dynamic groups: the entry has a search instead of members. The server may show the users that the search finds, or
//! not.

use super::Schema;
use crate::directory::entry::Entry;

/// Whether a group is dynamic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dynamic {
    /// It is not.
    No,
    /// It is, and its entry may list members too.
    Mixed,
    /// It is, and its classes do not allow member values. If it shows some, they are what the server's search finds.
    Pure,
}

/// The attributes with the search: `memberURL` of `groupOfURLs` (389 Directory Server, Oracle, IBM, OpenLDAP's
/// slapo-dynlist(5)), `memberQueryURL` of eDirectory's `dynamicGroup`, and `labeledURI`, which slapo-dynlist(5) may be
/// configured for.
const MEMBER_URL: &str = "memberURL";
const MEMBER_QUERY_URL: &str = "memberQueryURL";
const LABELED_URI: &str = "labeledURI";
const CLASSES: [&str; 4] = ["groupofurls", "groupofdynamicurls", "dynamicgroup", "ibm-dynamicgroup"];
/// The classes of dynamic groups that do not allow member values.
const PURE_CLASSES: [&str; 2] = ["groupofurls", "groupofdynamicurls"];
const CLASSES_WITH_MEMBERS: [&str; 6] =
    ["groupofnames", "groupofuniquenames", "groupofmembers", "groupofentries", "posixgroup", "extensibleobject"];

impl Schema {
    /// The attributes that show that a group is dynamic. Empty if there are no dynamic groups.
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
