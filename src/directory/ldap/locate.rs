//! Groups and members by external id, in the whole directory and among its deleted objects. An entry that is found is
//! evidence. One that is not found proves nothing. Rules `missing-group` and `member-value`.

use std::collections::{BTreeSet, HashMap, hash_map};
use std::sync::Arc;

use ldap3::controls::RawControl;

use super::control::{self, SHOW_DELETED, SHOW_RECYCLED};
use super::decoder::Decoded;
use super::look_up::{BATCH, EntryKey, LookUpScope};
use super::range::{CHANGE, Truncated};
use super::reference::IgnoredReferences;
use super::search::Search;
use super::session::Session;
use crate::directory::Error;
use crate::directory::assembly::Supplement;
use crate::directory::dn::{Dn, ExtendedDn};
use crate::directory::filter::Filter;
use crate::directory::selection::{Finding, GroupSearch, Matches};
use crate::sync::identity::{ExternalId, IdKind};
use crate::sync::snapshot::{GroupSighting, MemberSighting, Snapshot};

const ATTEMPT: &str = "looking up objects by their ids";
/// On every deleted object, MS-ADTS section 3.1.1.5.5.
const IS_DELETED: &str = "isDeleted";

/// What a look-up shows of one object.
enum Sighting {
    /// It can be read. Several ids may lead to one entry.
    Shown(Arc<Decoded>),
    /// It exists and shows nothing.
    Hidden,
    /// Its tombstone.
    Deleted,
    /// It is not found.
    Nowhere,
}

impl Sighting {
    fn from_entry(decoded: Arc<Decoded>) -> Self {
        let entry = &decoded.entry;
        if entry.values(IS_DELETED).iter().any(|value| value.eq_ignore_ascii_case(b"TRUE")) {
            Self::Deleted
        } else if entry.values("objectclass").is_empty() {
            Self::Hidden
        } else {
            Self::Shown(decoded)
        }
    }
}

impl Session {
    /// Looks up groups. Those that exist are read completely, with the selectors that select them now.
    pub(super) async fn locate_groups(
        &mut self,
        ids: &[ExternalId],
        searches: &[GroupSearch],
        supplement: &mut Supplement,
        snapshot: &mut Snapshot,
    ) -> Result<(), Error> {
        let mut found = Vec::new();
        let mut by_dn: HashMap<String, ExternalId> = HashMap::new();
        for (id, sighting) in self.sight(ids).await? {
            let sighting = match sighting {
                Sighting::Shown(decoded) => match by_dn.entry(decoded.entry.dn.clone()) {
                    hash_map::Entry::Vacant(vacant) => {
                        vacant.insert(id);
                        found.push((id, decoded));
                        continue;
                    }
                    // Two links stand for one entry. It is read once, and stays under either link.
                    hash_map::Entry::Occupied(first) => {
                        snapshot.located_groups.insert(*first.get(), GroupSighting::Unreadable);
                        GroupSighting::Unreadable
                    }
                },
                Sighting::Hidden => GroupSighting::Unreadable,
                Sighting::Deleted => GroupSighting::Deleted,
                Sighting::Nowhere => GroupSighting::Nowhere,
            };
            snapshot.located_groups.insert(id, sighting);
        }
        if found.is_empty() {
            return Ok(());
        }
        let keys: Vec<EntryKey> = found.iter().map(|(id, _)| EntryKey::Id(*id)).collect();
        let selected = self.selected(&keys, searches).await?;
        for (id, decoded) in found {
            if !self.add_located(id, &decoded, &selected, supplement).await? {
                snapshot.located_groups.insert(id, GroupSighting::Unreadable);
            }
        }
        self.resolve(supplement.assembly()).await
    }

    /// Adds a group with all its members. Returns whether it could be decoded.
    async fn add_located(
        &mut self,
        id: ExternalId,
        decoded: &Decoded,
        selected: &Selected,
        supplement: &mut Supplement,
    ) -> Result<bool, Error> {
        let mut by_filter = Matches::default();
        for (ids, finds) in &selected.by_filter {
            if ids.contains(&id) {
                by_filter.merge(finds);
            }
        }
        let is_in_scope = selected.in_scope.contains(&id);
        let dn = Dn::parse(ExtendedDn::parse(&decoded.entry.dn).dn);
        let is_in_base = is_in_scope || dn.is_ok_and(|dn| dn.is_at_or_below(&self.effective.groups.base));
        let finding = Finding { by_filter: &by_filter, is_in_base, matches_group_filter: is_in_scope };
        let truncated = Truncated::from_entry(ATTEMPT, decoded, self.effective.schema.member_attributes())?;
        let number = supplement.add_group(&decoded.entry, finding)?;
        let rests = number.zip(truncated).into_iter().collect();
        self.read_rests(ATTEMPT, rests, supplement.assembly()).await?;
        Ok(number.is_some())
    }

    /// Looks up members.
    pub(super) async fn locate_members(
        &mut self,
        ids: &[ExternalId],
        supplement: &mut Supplement,
        snapshot: &mut Snapshot,
    ) -> Result<(), Error> {
        let effective = self.effective.clone();
        let keys: Vec<EntryKey> = ids.iter().copied().map(EntryKey::Id).collect();
        let attributes = self.user_attributes();
        let scope = LookUpScope {
            base: &effective.users.base,
            filter: Some(&effective.users.filter),
            attributes: &attributes,
            controls: Vec::new(),
        };
        let mut users = Vec::new();
        self.look_up(ATTEMPT, &keys, &scope, &mut |decoded| {
            users.push((decoded.entry.clone(), supplement.add_user(&decoded.entry)?));
            Ok(())
        })
        .await?;
        for (entry, index) in users {
            for id in ids.iter().filter(|id| EntryKey::Id(**id).identifies(&entry)) {
                let sighting = index.map_or(MemberSighting::Unreadable, MemberSighting::User);
                snapshot.located_members.insert(*id, sighting);
                snapshot.located_names.extend(supplement.names(&entry).map(|names| (*id, names)));
            }
        }
        let rest: Vec<ExternalId> =
            ids.iter().copied().filter(|id| !snapshot.located_members.contains_key(id)).collect();
        for (id, sighting) in self.sight(&rest).await? {
            let sighting = match sighting {
                Sighting::Shown(decoded) => {
                    snapshot.located_names.extend(supplement.names(&decoded.entry).map(|names| (id, names)));
                    supplement.sighting(effective.kind(&decoded.entry))
                }
                Sighting::Hidden => MemberSighting::Unreadable,
                Sighting::Deleted => MemberSighting::Deleted,
                Sighting::Nowhere => MemberSighting::Nowhere,
            };
            snapshot.located_members.insert(id, sighting);
        }
        Ok(())
    }

    /// What can be seen of each object, anywhere in the directory.
    async fn sight(&mut self, ids: &[ExternalId]) -> Result<Vec<(ExternalId, Sighting)>, Error> {
        let mut attributes = self.located_attributes();
        let is_active_directory = self.effective.schema.is_of_active_directory();
        if is_active_directory {
            attributes.extend([IS_DELETED, CHANGE].map(str::to_owned));
        }
        let controls: Vec<RawControl> = self.extended_names().into_iter().chain(self.deleted_too()).collect();
        let context = self.context.clone();
        let mut sightings = Vec::with_capacity(ids.len());
        for batch in ids.chunks(BATCH) {
            let keys: Vec<EntryKey> = batch.iter().copied().map(EntryKey::Id).collect();
            let scope =
                LookUpScope { base: &context, filter: None, attributes: &attributes, controls: controls.clone() };
            let mut shown = Vec::new();
            self.look_up(ATTEMPT, &keys, &scope, &mut |decoded| {
                shown.push(Arc::new(decoded));
                Ok(())
            })
            .await?;
            for id in batch {
                let found = shown.iter().find(|decoded| EntryKey::Id(*id).identifies(&decoded.entry));
                let sighting = match found {
                    Some(decoded) => Sighting::from_entry(Arc::clone(decoded)),
                    // A filter does not find an entry whose id is hidden. A read of the entry itself does.
                    None if is_active_directory => self.read_by_guid(*id, &attributes, &controls).await?,
                    None => Sighting::Nowhere,
                };
                sightings.push((*id, sighting));
            }
        }
        self.add_tombstones(&mut sightings).await?;
        Ok(sightings)
    }

    /// 389 Directory Server: an object that was not found may have a tombstone.
    async fn add_tombstones(&mut self, sightings: &mut [(ExternalId, Sighting)]) -> Result<(), Error> {
        let missing: Vec<ExternalId> =
            sightings.iter().filter(|(_, sighting)| matches!(sighting, Sighting::Nowhere)).map(|(id, _)| *id).collect();
        let deleted = self.tombstones(&missing).await?;
        for (_, sighting) in sightings.iter_mut().filter(|(id, _)| deleted.contains(id)) {
            *sighting = Sighting::Deleted;
        }
        Ok(())
    }

    /// Reads an object by its id instead of its name, MS-ADTS section 3.1.1.3.1.2.4.
    async fn read_by_guid(
        &mut self,
        id: ExternalId,
        attributes: &[String],
        controls: &[RawControl],
    ) -> Result<Sighting, Error> {
        if id.kind() != IdKind::ObjectGuid {
            return Ok(Sighting::Nowhere);
        }
        let base = format!("<GUID={}>", id.value());
        let search = Search::entry(ATTEMPT, &base, attributes).with_controls(controls.to_vec());
        let Some(shown) = self.connection.search_if_there(&search, &IgnoredReferences::All).await? else {
            return Ok(Sighting::Nowhere);
        };
        let decoded = shown.into_inner().into_iter().next();
        Ok(decoded.map_or(Sighting::Nowhere, |decoded| Sighting::from_entry(Arc::new(decoded))))
    }

    /// Which of these groups are in the groups' scope, and which filters of the selection they match.
    async fn selected(&mut self, keys: &[EntryKey], searches: &[GroupSearch]) -> Result<Selected, Error> {
        let effective = self.effective.clone();
        let groups = &effective.groups;
        let in_scope = self.matching(keys, &groups.base, &groups.filter).await?;
        let mut by_filter = Vec::new();
        for search in searches.iter().filter(|search| search.finds != Matches::default()) {
            by_filter.push((self.matching(keys, &search.base, &search.filter).await?, search.finds.clone()));
        }
        Ok(Selected { in_scope, by_filter })
    }

    async fn matching(&mut self, keys: &[EntryKey], base: &Dn, filter: &Filter) -> Result<BTreeSet<ExternalId>, Error> {
        let effective = self.effective.clone();
        let attributes: Vec<String> = effective.id_attributes().map(str::to_owned).collect();
        let scope = LookUpScope { base, filter: Some(filter), attributes: &attributes, controls: Vec::new() };
        let mut matching = BTreeSet::new();
        self.look_up(ATTEMPT, keys, &scope, &mut |decoded| {
            matching.extend(decoded.entry.external_ids(&effective.ids).unwrap_or_default());
            Ok(())
        })
        .await?;
        Ok(matching)
    }

    /// Active Directory: the controls that show deleted objects, where the server supports them.
    fn deleted_too(&self) -> impl Iterator<Item = RawControl> {
        let shown =
            [SHOW_DELETED, SHOW_RECYCLED].map(|oid| self.root.supports(oid).then(|| control::critical(oid, None)));
        shown.into_iter().flatten()
    }
}

/// Which of the groups that were looked up are selected.
struct Selected {
    in_scope: BTreeSet<ExternalId>,
    by_filter: Vec<(BTreeSet<ExternalId>, Matches)>,
}
