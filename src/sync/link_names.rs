//! The names by which links know their users.

use std::collections::HashMap;

use super::fold::fold;
use super::found::Found;
use super::identity::ExternalId;
use super::index::Index;
use super::pairing::broken_links::BrokenLinks;
use super::snapshot::{DnHash, Snapshot, UnresolvedValue};

/// The linked users by what they were called when they were last seen: an unresolved value may name one of them.
#[derive(Debug, Default)]
pub(crate) struct LinkNames {
    dns: HashMap<DnHash, ExternalId>,
    /// Folded; empty where no value is a username.
    usernames: HashMap<String, ExternalId>,
}

impl LinkNames {
    /// From the links of one directory, for these values. They do not name a user that the read showed in another
    /// place.
    pub(crate) fn new<'a>(
        values: impl Iterator<Item = &'a UnresolvedValue>,
        snapshot: &Snapshot,
        found: &Found,
        broken: &BrokenLinks,
        index: &Index,
    ) -> Self {
        let (mut any, mut any_username) = (false, false);
        for value in values.filter(|value| value.id.is_none()) {
            (any, any_username) = (true, any_username || value.dn.is_none());
        }
        let mut names = Self::default();
        if !any {
            return names;
        }
        let links = found.accounts.iter().filter_map(|account| account.link.as_ref());
        for link in links.chain(broken.accounts.all().map(|(_, link)| link)) {
            let is_unread = index.user(link.id).is_none() || snapshot.located_members.contains_key(&link.id);
            if link.directory_id == snapshot.directory_id && is_unread {
                names.dns.insert(link.place.dn, link.id);
                if any_username {
                    names.usernames.insert(fold(&link.username), link.id);
                }
            }
        }
        names
    }

    /// The user that a value names: by the id that it carries, else by the name.
    pub(crate) fn id_of(&self, value: &UnresolvedValue) -> Option<ExternalId> {
        value.id.or_else(|| match value.dn {
            Some(dn) => self.dns.get(&dn).copied(),
            None if self.usernames.is_empty() => None,
            None => self.usernames.get(&fold(&value.label)).copied(),
        })
    }
}
