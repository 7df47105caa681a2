//! Which directory this is, and that its bases can be read: the entries that everything else stands on.

use ldap3::Scope;

use super::connection::Connection;
use super::reference::Contexts;
use super::root_dse::RootDse;
use super::search::Search;
use super::session::Session;
use crate::directory::Error;
use crate::directory::Query;
use crate::directory::bases::bases;
use crate::directory::dn::Dn;
use crate::directory::entry::Entry;
use crate::directory::schema::{Effective, Schema};
use crate::sync::identity::{DirectoryId, ExternalId};

/// The naming context that holds the base. A server that holds the whole tree names it by an empty name (RFC 4512 section
/// 5.1.2), as eDirectory does; that entry is the root DSE and has no id, so the base itself takes its place.
pub(super) fn context(root: &RootDse, effective: &Effective) -> Result<Dn, Error> {
    let contexts: Vec<Dn> = if effective.schema == Schema::ActiveDirectory {
        root.default_naming_context.iter().filter_map(|dn| Dn::parse(dn).ok()).collect()
    } else {
        root.naming_contexts.iter().filter_map(|dn| Dn::parse(dn).ok()).collect()
    };
    let holding = contexts.iter().filter(|context| effective.base.is_at_or_below(context));
    let held_by = holding.max_by_key(|context| context.normal().len());
    let context = held_by.map(|context| if context.normal().is_empty() { &effective.base } else { context });
    context.cloned().ok_or_else(|| {
        let contexts = match contexts.as_slice() {
            [] => "it shows none".to_owned(),
            contexts => contexts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        };
        let base = &effective.base;
        let problem = format!("`{base}` is in none of the naming contexts that the server holds ({contexts})");
        Error::configuration("spec.baseDN", problem)
    })
}

/// The ids of a directory, by those of its root entry: the first is its identity.
pub(super) fn of_root((id, others): (ExternalId, Vec<ExternalId>)) -> (DirectoryId, Box<[DirectoryId]>) {
    (DirectoryId(id), others.into_iter().map(DirectoryId).collect())
}

/// Reads the external ids of an entry that a setting names, the first being its identity, with the entry, which has these
/// attributes too. One that cannot be read is a mistake in that setting.
pub(super) async fn identify(
    connection: &mut Connection,
    effective: &Effective,
    field: &str,
    dn: &Dn,
    more: &[&str],
) -> Result<((ExternalId, Vec<ExternalId>), Entry), Error> {
    let ids: Vec<&str> = effective.id_attributes().collect();
    let attributes: Vec<String> = ids.iter().chain(more).map(|name| (*name).to_owned()).collect();
    let attempt = format!("reading `{dn}`");
    let search = Search {
        attempt: &attempt,
        field: Some(field),
        base: dn.as_str(),
        scope: Scope::Base,
        filter: "(objectClass=*)",
        attributes: &attributes,
        controls: Vec::new(),
    };
    let shown = connection.search(&search, &Contexts::none()).await?.into_inner();
    let unreadable = |what: &str| {
        let ids = ids.join(" or ");
        let problem = format!("`{dn}` {what}; grant the account that reads access to the entry and to {ids}");
        Error::configuration(field, problem)
    };
    let Some(decoded) = shown.into_iter().next() else { return Err(unreadable("cannot be read")) };
    let ids = decoded.entry.external_ids(&effective.ids).map_err(|problem| decoded.entry.malformed(problem))?;
    match ids.split_first() {
        Some((id, others)) => Ok(((*id, others.to_vec()), decoded.entry)),
        None => Err(unreadable("shows no id")),
    }
}

impl Session {
    /// Makes sure that every base that the settings and the query name can be read: one that cannot would read as an
    /// empty one.
    pub(super) async fn check_bases(&mut self, query: &Query) -> Result<(), Error> {
        for (field, dn) in bases(&self.effective, query)? {
            identify(&mut self.connection, &self.effective, &field, &dn, &[]).await?;
        }
        Ok(())
    }
}
