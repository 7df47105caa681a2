//! Entries that replication leaves: deleted objects, and losers of a conflict.

use super::dn::Dn;
use super::entry::Entry;

/// An entry that is left of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remnant {
    /// A deleted object. It keeps its identity.
    Tombstone,
    /// One of two objects that got the same name on two servers.
    Conflict,
}

/// On every object that Active Directory deleted, MS-ADTS section 3.1.1.5.5.
const IS_DELETED: &str = "isdeleted";
/// The class of objects that 389 Directory Server deleted, nsTombstone(5).
const TOMBSTONE: &str = "nstombstone";
/// On every entry that 389 Directory Server renamed or created because of a conflict.
const REPLICATION_CONFLICT: &str = "nsds5replconflict";

impl Remnant {
    /// What an entry with this name is left of; `None`: it is an object like any other.
    #[must_use]
    pub fn of(dn: &Dn, entry: &Entry) -> Option<Self> {
        let is_deleted = entry.values(IS_DELETED).iter().any(|value| value.eq_ignore_ascii_case(b"TRUE"));
        if is_deleted || entry.is_of_class(TOMBSTONE) || is_mangled(dn, "del:") {
            Some(Self::Tombstone)
        } else if !entry.values(REPLICATION_CONFLICT).is_empty() || is_mangled(dn, "cnf:") {
            Some(Self::Conflict)
        } else {
            None
        }
    }
}

/// Whether Active Directory put a line feed, this and the object's GUID after the name, MS-ADTS sections 3.1.1.5.5 and
/// 3.1.1.5.1.6.
fn is_mangled(dn: &Dn, mark: &str) -> bool {
    const GUID: usize = 36;
    dn.own_value().to_ascii_lowercase().rsplit_once('\n').is_some_and(|(_, rest)| {
        rest.strip_prefix(mark)
            .is_some_and(|guid| guid.len() == GUID && guid.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUID: &str = "6a8d9977-612c-54fc-b386-f5724ddfebec";

    fn remnant(dn: &str, attributes: &[(&str, &str)]) -> Option<Remnant> {
        let mut entry = Entry { dn: dn.to_owned(), ..Entry::default() };
        for (name, value) in attributes {
            entry.attributes.insert((*name).to_owned(), vec![value.as_bytes().to_vec()]);
        }
        Remnant::of(&Dn::parse(dn).unwrap(), &entry)
    }

    #[test]
    fn deleted_objects_are_known_by_their_mark_or_their_name() {
        for (dn, attributes) in [
            ("CN=A,DC=x", [("isdeleted", "TRUE")].as_slice()),
            ("nsuniqueid=1-2-3-4,cn=A,dc=x", &[("objectclass", "nsTombstone")]),
            (&format!("CN=A\\0ADEL:{GUID},CN=Deleted Objects,DC=x"), &[]),
            (&format!("CN=A\nDEL:{GUID},CN=Deleted Objects,DC=x"), &[]),
            // A conflict that was deleted.
            (&format!("CN=A\\0ACNF:{GUID}\\0ADEL:{GUID},CN=Deleted Objects,DC=x"), &[]),
        ] {
            assert_eq!(remnant(dn, attributes), Some(Remnant::Tombstone), "{dn}");
        }
    }

    #[test]
    fn losers_of_a_conflict_are_known_by_their_mark_or_their_name() {
        for (dn, attributes) in [
            (format!("CN=A\\0ACNF:{GUID},DC=x"), [].as_slice()),
            (format!("ou=A\\0acnf:{},DC=x", GUID.to_uppercase()), &[]),
            ("cn=A+nsuniqueid=1-2-3-4,dc=x".to_owned(), &[("nsds5replconflict", "namingConflict cn=A,dc=x")]),
        ] {
            assert_eq!(remnant(&dn, attributes), Some(Remnant::Conflict), "{dn}");
        }
    }

    #[test]
    fn an_entry_whose_name_only_looks_so_or_that_is_below_one_is_an_object() {
        for dn in [
            "CN=A,DC=x".to_owned(),
            format!("CN=A CNF:{GUID},DC=x"),
            format!("CN=CNF:{GUID},DC=x"),
            "CN=A\\0ACNF:not a guid,DC=x".to_owned(),
            format!("CN=A,OU=B\\0ACNF:{GUID},DC=x"),
            "DC=x".to_owned(),
            String::new(),
        ] {
            assert_eq!(remnant(&dn, &[("isdeleted", "FALSE")]), None, "{dn}");
        }
    }
}
