//! Entries by what identifies them, in batches: an external id, a name, or a `uid`.

use ldap3::Scope;
use ldap3::controls::RawControl;

use super::reference::Contexts;
use super::result::{self, INVALID_DN_SYNTAX, NO_SUCH_OBJECT, REFERRAL};
use super::search::{Each, Search};
use super::session::Session;
use crate::directory::Error;
use crate::directory::dn::{Dn, ExtendedDn};
use crate::directory::entry::Entry;
use crate::directory::filter::Filter;
use crate::sync::fold::fold;
use crate::sync::identity::{ExternalId, IdKind};
use crate::sync::snapshot::UnreadMember;

/// Keys in one filter. Samba's cost grows with the square: 100 ids take 8 ms, 1,000 take 240.
pub(super) const BATCH: usize = 100;
/// What a member value of `memberUid` names, RFC 2307 section 2.3.
const UID: &str = "uid";

/// What identifies an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    /// Its external id.
    Id(ExternalId),
    /// Its name.
    Name(Dn),
    /// Its `uid`.
    Username(String),
}

impl Key {
    /// What a member value identifies its entry by; `None` if it is nothing of the kind.
    pub(super) fn of(member: &UnreadMember) -> Option<Self> {
        match (member.id, member.dn) {
            (Some(id), _) => Some(Self::Id(id)),
            (None, Some(_)) => Dn::parse(&member.label).ok().map(Self::Name),
            (None, None) => (!member.label.is_empty()).then(|| Self::Username(member.label.to_string())),
        }
    }

    /// Whether this is the entry.
    pub(super) fn is(&self, entry: &Entry) -> bool {
        match self {
            Self::Id(id) => entry.external_id(&[id.kind()]).is_ok_and(|found| found == Some(*id)),
            Self::Name(dn) => Dn::parse(ExtendedDn::parse(&entry.dn).dn).is_ok_and(|found| found == *dn),
            Self::Username(name) => entry
                .values(UID)
                .iter()
                .filter_map(|uid| std::str::from_utf8(uid).ok())
                .any(|uid| fold(uid) == fold(name)),
        }
    }

    /// What the entry matches; `name_attribute` holds entries' names.
    pub(super) fn filter(&self, name_attribute: &str) -> Filter {
        match self {
            Self::Id(id) if id.kind() == IdKind::ObjectGuid => {
                Filter::equality(id.kind().attribute(), id.guid_octets())
            }
            Self::Id(id) if id.kind() == IdKind::EdirectoryGuid => Filter::equality(id.kind().attribute(), id.octets()),
            Self::Id(id) => Filter::equality(id.kind().attribute(), id.value()),
            Self::Name(dn) => Filter::equality(name_attribute, dn.as_str()),
            Self::Username(name) => Filter::equality(UID, name.as_str()),
        }
    }
}

/// How entries can be asked for by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    /// Many at once, by an attribute that holds each entry's name.
    ByAttribute(&'static str),
    /// Each by a read of its own.
    One,
}

/// Where and how entries are looked for.
#[derive(Debug, Clone)]
pub(super) struct Area<'a> {
    /// At or below this entry.
    pub(super) base: &'a Dn,
    /// Matching this.
    pub(super) filter: Option<&'a Filter>,
    /// What of them is read.
    pub(super) attributes: &'a [String],
    pub(super) controls: Vec<RawControl>,
}

impl Session {
    /// Reads those of the entries that are in the area and can be seen. What is not found is not there or hidden, or on
    /// another server, so references are no matter where the area is the whole directory; a base of the settings must
    /// be whole.
    pub(super) async fn look_up(
        &mut self,
        attempt: &str,
        keys: &[Key],
        area: &Area<'_>,
        each: Each<'_>,
    ) -> Result<(), Error> {
        let names = self.names().await?;
        let one_by_one = |key: &&Key| names == Names::One && matches!(key, Key::Name(_));
        let name_attribute = match names {
            Names::ByAttribute(attribute) => attribute,
            Names::One => "",
        };
        let together: Vec<&Key> = keys.iter().filter(|key| !one_by_one(key)).collect();
        for batch in together.chunks(BATCH) {
            let wanted = Filter::any_of(batch.iter().map(|key| key.filter(name_attribute)));
            let filter = area.filter.map_or(wanted.clone(), |filter| filter.clone().and(wanted)).to_string();
            self.ask_for(attempt, area.base.as_str(), Scope::Subtree, &filter, area, each).await?;
        }
        for key in keys.iter().filter(one_by_one) {
            if let Key::Name(dn) = key
                && dn.is_at_or_below(area.base)
            {
                let filter = area.filter.map_or("(objectClass=*)".to_owned(), ToString::to_string);
                self.ask_for(attempt, dn.as_str(), Scope::Base, &filter, area, each).await?;
            }
        }
        Ok(())
    }

    async fn ask_for(
        &mut self,
        attempt: &str,
        base: &str,
        scope: Scope,
        filter: &str,
        area: &Area<'_>,
        each: Each<'_>,
    ) -> Result<(), Error> {
        let controls = area.controls.clone();
        let search = Search { attempt, field: None, base, scope, filter, attributes: area.attributes, controls };
        let contexts = if area.filter.is_some() { &self.contexts } else { &Contexts::All };
        // Not kept until the answer is judged: a hundred groups may have millions of members, and an error ends the read.
        let answer = self.connection.ask(&search, contexts, each).await?;
        match (answer.rc, scope) {
            // No entry of that name; a base that is gone with all below it is an error.
            (0, _) | (NO_SUCH_OBJECT | REFERRAL | INVALID_DN_SYNTAX, Scope::Base) => Ok(()),
            _ => Err(result::failure(attempt, None, &answer)),
        }
    }

    /// Found out once: a server that knows `entryDN` (RFC 5020) in filters finds the base by it.
    pub(super) async fn names(&mut self) -> Result<Names, Error> {
        if let Some(known) = self.names {
            return Ok(known);
        }
        let names = if self.effective.schema.is_of_active_directory() {
            Names::ByAttribute("distinguishedName")
        } else {
            let base = self.effective.base.as_str().to_owned();
            let search = Search {
                attempt: "looking for a way to find entries by name",
                field: None,
                base: &base,
                scope: Scope::Base,
                filter: &Filter::equality("entryDN", base.as_str()).to_string(),
                attributes: &["1.1".to_owned()],
                controls: Vec::new(),
            };
            let found = self.connection.search_if_there(&search, &Contexts::All).await?;
            if found.is_some_and(|found| !found.into_inner().is_empty()) {
                Names::ByAttribute("entryDN")
            } else {
                Names::One
            }
        };
        self.names = Some(names);
        Ok(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::snapshot::DnHash;

    fn member(id: Option<ExternalId>, dn: Option<DnHash>, label: &str) -> UnreadMember {
        UnreadMember::new(id, dn, label.into())
    }

    #[test]
    fn a_value_is_asked_for_by_the_best_that_it_has() {
        let id = ExternalId::from_guid_octets(*b"0123456789abcdef");
        let hash = Some(DnHash([0; 16]));
        assert_eq!(Key::of(&member(Some(id), hash, "cn=a")), Some(Key::Id(id)));
        assert!(matches!(Key::of(&member(None, hash, "cn=a,dc=b")), Some(Key::Name(dn)) if dn.as_str() == "cn=a,dc=b"));
        assert_eq!(Key::of(&member(None, None, "ada")), Some(Key::Username("ada".into())));
        assert_eq!(Key::of(&member(None, None, "")), None);
    }

    #[test]
    fn ids_are_asked_for_in_the_form_that_the_directory_compares() {
        let guid = Key::Id(ExternalId::from_guid_octets(*b"0123456789abcde\xff"));
        assert!(guid.filter("").to_string().ends_with("\\ff)"), "{}", guid.filter(""));
        let uuid = ExternalId::parse(IdKind::EntryUuid, "0a1b2c3d-0000-4000-8000-00000000000a").unwrap();
        assert_eq!(Key::Id(uuid).filter("").to_string(), "(entryUUID=0a1b2c3d-0000-4000-8000-00000000000a)");
    }

    #[test]
    fn an_entry_is_known_by_its_key() {
        let mut entry = Entry { dn: "<GUID=x>;UID=Ada,DC=b".into(), ..Entry::default() };
        entry.attributes.insert("uid".into(), vec![b"Ada".to_vec()]);
        assert!(Key::Name(Dn::parse("uid=ada,dc=b").unwrap()).is(&entry));
        assert!(Key::Username("ADA".into()).is(&entry));
        assert!(!Key::Username("eve".into()).is(&entry));
    }
}
