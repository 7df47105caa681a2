//! The entries behind the member values of the groups that were read: the users in scope, and what the other values
//! name.

use ldap3::Scope;

use super::look_up::{Area, BATCH, Key, Names};
use super::search::Search;
use super::session::Session;
use crate::directory::Error;
use crate::directory::assembly::{Aside, Assembly, UnreadNumber};
use crate::directory::entry::Entry;
use crate::directory::schema::{Effective, Kind};

/// Users in one page: the largest that every server gives by default (Active Directory's `MaxPageSize`).
const PAGE: u32 = 1000;
/// Below this many distinct members the users are asked for in batches of ids; from it on, one scan of the users' base
/// is cheaper whatever its size: 20 batches cost about as much as a scan of 20,000 users. Where each needs a request of its
/// own, it is [`BATCH`].
const FEW: usize = 2000;
const ATTEMPT: &str = "reading the users";

impl Session {
    /// Reads the users that the groups in the assembly need.
    pub(super) async fn read_users(&mut self, assembly: &mut Assembly) -> Result<(), Error> {
        let few = match self.names().await? {
            Names::ByAttribute(_) => FEW,
            Names::One => BATCH,
        };
        if assembly.unread().nth(few).is_some() {
            self.scan_users(assembly).await?;
        }
        self.resolve(assembly).await
    }

    async fn scan_users(&mut self, assembly: &mut Assembly) -> Result<(), Error> {
        let (attributes, filter) = (self.user_attributes(), self.effective.users.filter.to_string());
        let search = Search {
            attempt: ATTEMPT,
            field: Some("spec.users.filter"),
            base: self.effective.users.base.as_str(),
            scope: Scope::Subtree,
            filter: &filter,
            attributes: &attributes,
            controls: Vec::new(),
        };
        let page = self.root.page_size(PAGE);
        let mut each = |decoded: super::decoder::Decoded| assembly.add_user(&decoded.entry).map(drop);
        self.connection.each(&search, page, &self.contexts, &mut each).await.map(super::search::Complete::into_inner)
    }

    /// Finds out what the values name of which nothing is known: first the users in scope, then whatever else can be
    /// read in the whole directory. A value whose entry shows nothing or is not there stays unread.
    pub(super) async fn resolve(&mut self, assembly: &mut Assembly) -> Result<(), Error> {
        let effective = self.effective.clone();
        let keys: Vec<Key> = unread(assembly).into_iter().map(|(_, key)| key).collect();
        let attributes = self.user_attributes();
        let area = Area {
            base: &effective.users.base,
            filter: Some(&effective.users.filter),
            attributes: &attributes,
            controls: Vec::new(),
        };
        self.look_up(ATTEMPT, &keys, &area, &mut |decoded| add_user(assembly, &decoded.entry, &effective)).await?;

        let rest = unread(assembly);
        let keys: Vec<Key> = rest.iter().map(|(_, key)| key.clone()).collect();
        let attributes = self.located_attributes();
        let context = self.context.clone();
        let area = Area { base: &context, filter: None, attributes: &attributes, controls: Vec::new() };
        let mut found = Vec::new();
        self.look_up(ATTEMPT, &keys, &area, &mut |decoded| {
            if let Some(aside) = aside(effective.kind(&decoded.entry), &decoded.entry) {
                found.extend(rest.iter().filter(|(_, key)| key.is(&decoded.entry)).map(|(number, _)| (*number, aside)));
            }
            Ok(())
        })
        .await?;
        for (number, aside) in found {
            assembly.set_aside(number, aside);
        }
        Ok(())
    }

    pub(super) fn user_attributes(&self) -> Vec<String> {
        self.effective.user_attributes().into_iter().map(str::to_owned).collect()
    }

    pub(super) fn located_attributes(&self) -> Vec<String> {
        self.effective.located_attributes().into_iter().map(str::to_owned).collect()
    }
}

fn unread(assembly: &Assembly) -> Vec<(UnreadNumber, Key)> {
    assembly.unread().filter_map(|(number, member)| Some((number, Key::of(member)?))).collect()
}

/// Adds a user once: two spellings of one name find it twice.
fn add_user(assembly: &mut Assembly, entry: &Entry, effective: &Effective) -> Result<(), Error> {
    match entry.external_id(&effective.ids)? {
        Some(id) if assembly.has_user(id) => Ok(()),
        _ => assembly.add_user(entry).map(drop),
    }
}

/// What an entry outside the users' scope means for the values that name it; `None` where it hides what it is.
fn aside(kind: Kind, entry: &Entry) -> Option<Aside> {
    if entry.values("objectclass").is_empty() {
        return None;
    }
    match kind {
        Kind::User => Some(Aside::OutOfScope),
        Kind::Group | Kind::Other => Some(Aside::NotAUser),
    }
}
