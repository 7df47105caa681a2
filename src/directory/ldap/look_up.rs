//! Entries by what identifies them, in batches: an external id, a name, or a `uid`.

use ldap3::Scope;
use ldap3::controls::RawControl;

use super::name_look_up::NameLookUp;
use super::reference::IgnoredReferences;
use super::result::{self, INVALID_DN_SYNTAX, NO_SUCH_OBJECT, REFERRAL};
use super::search::{EVERY_ENTRY, Each, Search};
use super::session::Session;
use crate::directory::Error;
use crate::directory::dn::{Dn, ExtendedDn};
use crate::directory::entry::Entry;
use crate::directory::filter::Filter;
use crate::sync::fold::fold;
use crate::sync::identity::{ExternalId, IdKind};
use crate::sync::snapshot::UnresolvedValue;

/// Keys in one filter. Samba's cost grows with the square: 100 ids take 8 ms, 1,000 take 240.
pub(super) const BATCH: usize = 100;
/// What a value of `memberUid` refers to, RFC 2307 section 2.3.
const UID: &str = "uid";

/// What identifies an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum EntryKey {
    /// Its external id.
    Id(ExternalId),
    /// Its name.
    Name(Dn),
    /// Its `uid`.
    Username(String),
}

impl EntryKey {
    /// What a member value identifies its entry by. `None` if it is none of these.
    pub(super) fn from_member(member: &UnresolvedValue) -> Option<Self> {
        match (member.id, member.dn) {
            (Some(id), _) => Some(Self::Id(id)),
            (None, Some(_)) => Dn::parse(&member.label).ok().map(Self::Name),
            (None, None) => (!member.label.is_empty()).then(|| Self::Username(member.label.to_string())),
        }
    }

    /// Whether it is the key of this entry.
    pub(super) fn identifies(&self, entry: &Entry) -> bool {
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

    /// The filter that finds the entry. `name_attribute` is the attribute with each entry's name.
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

/// Where entries are looked up, and what is read of them.
#[derive(Debug, Clone)]
pub(super) struct LookUpScope<'a> {
    /// At or below this entry.
    pub(super) base: &'a Dn,
    /// Only entries that match this. `None` is the whole directory.
    pub(super) filter: Option<&'a Filter>,
    pub(super) attributes: &'a [String],
    pub(super) controls: Vec<RawControl>,
}

impl Session {
    /// Reads those of the entries that are in the scope and can be seen. An entry that is not found is not there,
    /// hidden or on another server. So references are ignored where the scope is the whole directory. A base of the
    /// settings must be complete.
    pub(super) async fn look_up(
        &mut self,
        attempt: &str,
        keys: &[EntryKey],
        scope: &LookUpScope<'_>,
        each: Each<'_>,
    ) -> Result<(), Error> {
        let by_name = self.name_look_up().await?;
        let one_by_one = |key: &&EntryKey| by_name == NameLookUp::OneByOne && matches!(key, EntryKey::Name(_));
        let name_attribute = match by_name {
            NameLookUp::ByAttribute(attribute) => attribute,
            NameLookUp::OneByOne => "",
        };
        let together: Vec<&EntryKey> = keys.iter().filter(|key| !one_by_one(key)).collect();
        for batch in together.chunks(BATCH) {
            let wanted = Filter::any_of(batch.iter().map(|key| key.filter(name_attribute)));
            let filter = scope.filter.map_or(wanted.clone(), |filter| filter.clone().and(wanted)).to_string();
            let search = Search::below(attempt, scope.base.as_str(), &filter, scope.attributes);
            self.ask_for(search, scope, each).await?;
        }
        for key in keys.iter().filter(one_by_one) {
            if let EntryKey::Name(dn) = key
                && dn.is_at_or_below(scope.base)
            {
                let filter = scope.filter.map_or(EVERY_ENTRY.to_owned(), ToString::to_string);
                let search = Search::entry(attempt, dn.as_str(), scope.attributes).with_filter(&filter);
                self.ask_for(search, scope, each).await?;
            }
        }
        Ok(())
    }

    async fn ask_for(&mut self, search: Search<'_>, scope: &LookUpScope<'_>, each: Each<'_>) -> Result<(), Error> {
        let search = search.with_controls(scope.controls.clone());
        let ignored = if scope.filter.is_some() { &self.ignored } else { &IgnoredReferences::All };
        // Each entry is passed on before the result is checked: a hundred groups may have millions of members. An error
        // ends the read.
        let answer = self.connection.ask(&search, ignored, each).await?;
        match (answer.rc, search.scope) {
            // There is no entry with that name. A base that is gone with everything below it is an error.
            (0, _) | (NO_SUCH_OBJECT | REFERRAL | INVALID_DN_SYNTAX, Scope::Base) => Ok(()),
            _ => Err(result::failure(search.attempt, None, &answer)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::snapshot::DnHash;

    fn member(id: Option<ExternalId>, dn: Option<DnHash>, label: &str) -> UnresolvedValue {
        UnresolvedValue::new(id, dn, label.into())
    }

    #[test]
    fn a_value_is_asked_for_by_the_best_that_it_has() {
        let id = ExternalId::from_guid_octets(*b"0123456789abcdef");
        let hash = Some(DnHash([0; 16]));
        assert_eq!(EntryKey::from_member(&member(Some(id), hash, "cn=a")), Some(EntryKey::Id(id)));
        let by_name = EntryKey::from_member(&member(None, hash, "cn=a,dc=b"));
        assert!(matches!(by_name, Some(EntryKey::Name(dn)) if dn.as_str() == "cn=a,dc=b"));
        assert_eq!(EntryKey::from_member(&member(None, None, "ada")), Some(EntryKey::Username("ada".into())));
        assert_eq!(EntryKey::from_member(&member(None, None, "")), None);
    }

    #[test]
    fn ids_are_asked_for_in_the_form_that_the_directory_compares() {
        let guid = EntryKey::Id(ExternalId::from_guid_octets(*b"0123456789abcde\xff"));
        assert!(guid.filter("").to_string().ends_with("\\ff)"), "{}", guid.filter(""));
        let uuid = ExternalId::parse(IdKind::EntryUuid, "0a1b2c3d-0000-4000-8000-00000000000a").unwrap();
        assert_eq!(EntryKey::Id(uuid).filter("").to_string(), "(entryUUID=0a1b2c3d-0000-4000-8000-00000000000a)");
    }

    #[test]
    fn an_entry_is_known_by_its_key() {
        let mut entry = Entry { dn: "<GUID=x>;UID=Ada,DC=b".into(), ..Entry::default() };
        entry.attributes.insert("uid".into(), vec![b"Ada".to_vec()]);
        assert!(EntryKey::Name(Dn::parse("uid=ada,dc=b").unwrap()).identifies(&entry));
        assert!(EntryKey::Username("ADA".into()).identifies(&entry));
        assert!(!EntryKey::Username("eve".into()).identifies(&entry));
    }
}
