//! The entries that the member values of the groups refer to: the users in scope, member groups where those count, and
//! of any other entry its kind.

use super::decoder::Decoded;
use super::look_up::{BATCH, EntryKey, LookUpScope};
use super::name_look_up::NameLookUp;
use super::search::{Complete, NO_ATTRIBUTES, Presence, Search};
use super::session::Session;
use crate::directory::Error;
use crate::directory::assembly::{Assembly, MOST_LEVELS, NewMemberValues, too_deep};
use crate::directory::entry::Entry;
use crate::directory::filter::Filter;
use crate::directory::schema::{Effective, Kind, PrimaryGroupId};

/// Users in one page: the largest page that every server sends by default (Active Directory's `MaxPageSize`).
const PAGE: u32 = 1000;
/// Up to this many distinct members, the users are asked for in batches of ids. For more of them, one scan of the
/// users' base is cheaper, whatever its size: 20 batches cost about as much as a scan of 20,000 users. Where each user
/// needs a request of its own, the limit is [`BATCH`].
const FEW: usize = 2000;
const ATTEMPT: &str = "reading the users";

impl Session {
    /// Resolves the values of which nothing is known, level by level: a member group brings values of its own. A value
    /// whose entry shows nothing or does not exist stays unresolved.
    pub(super) async fn resolve(&mut self, assembly: &mut Assembly) -> Result<(), Error> {
        for _ in 0..=MOST_LEVELS {
            let new = assembly.take_new_values();
            let primary = assembly.take_new_primary_groups();
            if assembly.unresolved(&new).next().is_none() && primary.is_empty() {
                return Ok(());
            }
            self.read_users(&new, &primary, assembly).await?;
            if assembly.is_nested() {
                self.read_member_groups(&keys(assembly, &new), assembly).await?;
            }
            self.classify_others(&keys(assembly, &new), assembly).await?;
        }
        Err(too_deep())
    }

    /// Reads the users in scope: all of them, or those that the values and the primary groups refer to.
    async fn read_users(
        &mut self,
        new: &NewMemberValues,
        primary: &[PrimaryGroupId],
        assembly: &mut Assembly,
    ) -> Result<(), Error> {
        let few = match self.name_look_up().await? {
            NameLookUp::ByAttribute(_) => FEW,
            NameLookUp::OneByOne => BATCH,
        };
        if !assembly.has_every_user() {
            // Nearly all users are in Domain Users, and a search for its members misses users that hide their primary
            // group.
            let nearly_all = primary.len() > FEW || primary.iter().any(|group| group.is_of_nearly_every_user());
            if nearly_all || assembly.unresolved(new).nth(few).is_some() {
                self.scan_users(assembly).await?;
            } else {
                self.read_primary_members(primary, assembly).await?;
            }
        }
        // Also after a scan, which misses an entry that was moved to a place that it had passed.
        let effective = self.effective.clone();
        let attributes = self.user_attributes();
        let scope = LookUpScope {
            base: &effective.users.base,
            filter: Some(&effective.users.filter),
            attributes: &attributes,
            controls: Vec::new(),
        };
        let keys = keys(assembly, new);
        self.look_up(ATTEMPT, &keys, &scope, &mut |decoded| add_user(assembly, &decoded.entry)).await
    }

    async fn scan_users(&mut self, assembly: &mut Assembly) -> Result<(), Error> {
        let filter = self.effective.users.filter.clone();
        self.read_users_that_match(&filter, assembly).await?.into_inner();
        assembly.note_every_user();
        Ok(())
    }

    /// Reads the members of primary groups, which do not list them.
    async fn read_primary_members(&mut self, groups: &[PrimaryGroupId], assembly: &mut Assembly) -> Result<(), Error> {
        for batch in groups.chunks(BATCH) {
            let any = batch.iter().map(|group| group.filter());
            let filter = self.effective.users.filter.clone().and(Filter::any_of(any));
            self.read_users_that_match(&filter, assembly).await?.into_inner();
        }
        if groups.is_empty() || assembly.shows_primary_groups() {
            return Ok(());
        }
        let Some([show, have]) = self.effective.schema.witnesses_of_primary_groups() else { return Ok(()) };
        // These groups have no members, or the server hides them.
        if self.any_user(show).await? != Presence::There && self.any_user(have).await? != Presence::NotThere {
            assembly.note_hidden_primary_groups();
        }
        Ok(())
    }

    /// Whether any user in scope also matches this.
    async fn any_user(&mut self, filter: Filter) -> Result<Presence, Error> {
        let effective = self.effective.clone();
        let filter = effective.users.filter.clone().and(filter).to_string();
        let attributes = [NO_ATTRIBUTES.to_owned()];
        self.connection.presence(&search_for_users(&effective, &filter, &attributes), &self.ignored).await
    }

    /// Reads the users below their base that match, in pages.
    async fn read_users_that_match(&mut self, filter: &Filter, assembly: &mut Assembly) -> Result<Complete<()>, Error> {
        let effective = self.effective.clone();
        let (attributes, filter) = (self.user_attributes(), filter.to_string());
        let search = search_for_users(&effective, &filter, &attributes);
        let page = self.root.page_size(PAGE);
        // One search finds each user once. Before it, some may have been read already.
        let is_first = !assembly.has_users();
        let mut each = |decoded: Decoded| {
            if is_first { assembly.add_user(&decoded.entry).map(drop) } else { add_user(assembly, &decoded.entry) }
        };
        self.connection.each(&search, page, &self.ignored, &mut each).await
    }

    /// Reads of which kind the other entries are, in the whole directory.
    async fn classify_others(&mut self, keys: &[EntryKey], assembly: &mut Assembly) -> Result<(), Error> {
        let (effective, context) = (self.effective.clone(), self.context.clone());
        let attributes: Vec<String> = effective.kind_attributes().into_iter().map(str::to_owned).collect();
        let scope = LookUpScope { base: &context, filter: None, attributes: &attributes, controls: Vec::new() };
        self.look_up(ATTEMPT, keys, &scope, &mut |decoded| classify(assembly, &decoded.entry, &effective)).await
    }

    pub(super) fn user_attributes(&self) -> Vec<String> {
        self.effective.user_attributes().into_iter().map(str::to_owned).collect()
    }

    pub(super) fn located_attributes(&self) -> Vec<String> {
        self.effective.located_attributes().into_iter().map(str::to_owned).collect()
    }
}

/// A search below the users' base.
fn search_for_users<'a>(effective: &'a Effective, filter: &'a str, attributes: &'a [String]) -> Search<'a> {
    let base = effective.users.base.as_str();
    Search::below(ATTEMPT, base, filter, attributes).with_field("spec.users.filter")
}

fn keys(assembly: &Assembly, new: &NewMemberValues) -> Vec<EntryKey> {
    assembly.unresolved(new).filter_map(EntryKey::from_member).collect()
}

/// Adds a user once. Two spellings of one name find it twice.
fn add_user(assembly: &mut Assembly, entry: &Entry) -> Result<(), Error> {
    if assembly.has_user(entry) { Ok(()) } else { assembly.add_user(entry).map(drop) }
}

/// Notes the kind of an entry that no search for users or groups found. An entry that hides its kind stays unresolved.
fn classify(assembly: &mut Assembly, entry: &Entry, effective: &Effective) -> Result<(), Error> {
    if entry.values("objectclass").is_empty() {
        return Ok(());
    }
    match effective.kind(entry) {
        Kind::User => assembly.add_out_of_scope(entry),
        Kind::Foreign => assembly.add_foreign(entry),
        Kind::Group if assembly.is_nested() => assembly.add_unreadable_group(entry)?,
        Kind::Group | Kind::Other => assembly.add_other(entry),
    }
    Ok(())
}
