//! Which directory this is: the ids of the entries that everything else is read below. Rule `same-directory`.

use super::connection::Connection;
use super::reference::IgnoredReferences;
use super::root_dse::RootDse;
use super::search::Search;
use crate::directory::Error;
use crate::directory::dn::Dn;
use crate::directory::entry::Entry;
use crate::directory::schema::{Effective, Schema};
use crate::sync::identity::{DirectoryId, ExternalId};

/// The naming context that contains the base. A server with the whole tree shows it with an empty name (RFC 4512
/// section 5.1.2), as eDirectory does. That entry is the root DSE, which has no id, so the base itself takes its place.
pub(super) fn context(root: &RootDse, effective: &Effective) -> Result<Dn, Error> {
    let contexts: Vec<Dn> = if effective.schema == Schema::ActiveDirectory {
        root.default_naming_context.iter().filter_map(|dn| Dn::parse(dn).ok()).collect()
    } else {
        root.naming_contexts.iter().filter_map(|dn| Dn::parse(dn).ok()).collect()
    };
    let containing = contexts.iter().filter(|context| effective.base.is_at_or_below(context));
    let nearest = containing.max_by_key(|context| context.normal().len());
    let context = nearest.map(|context| if context.normal().is_empty() { &effective.base } else { context });
    context.cloned().ok_or_else(|| {
        let contexts = match contexts.as_slice() {
            [] => "it shows none".to_owned(),
            contexts => contexts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        };
        let base = &effective.base;
        let problem = format!("`{base}` is in none of the server's naming contexts ({contexts}); correct the base");
        Error::configuration("spec.baseDN", problem)
    })
}

/// The ids of a directory, from those of its root entry: first its identity.
pub(super) fn of_root((id, others): (ExternalId, Vec<ExternalId>)) -> (DirectoryId, Box<[DirectoryId]>) {
    (DirectoryId(id), others.into_iter().map(DirectoryId).collect())
}

/// Reads an entry that a setting specifies, with its external ids, first its identity, and further attributes. An entry
/// that cannot be read is a mistake in that setting.
pub(super) async fn identify(
    connection: &mut Connection,
    effective: &Effective,
    field: &str,
    dn: &Dn,
    further: &[&str],
) -> Result<((ExternalId, Vec<ExternalId>), Entry), Error> {
    let ids: Vec<&str> = effective.id_attributes().collect();
    let attributes: Vec<String> = ids.iter().chain(further).map(|name| (*name).to_owned()).collect();
    let attempt = format!("reading `{dn}`");
    let search = Search::entry(&attempt, dn.as_str(), &attributes).with_field(field);
    let shown = connection.search(&search, &IgnoredReferences::none()).await?.into_inner();
    let unreadable = |what: &str| {
        let ids = ids.join(" or ");
        let problem = format!("`{dn}` {what}; grant the bind account read access to the entry and to its {ids}");
        Error::configuration(field, problem)
    };
    let Some(decoded) = shown.into_iter().next() else { return Err(unreadable("cannot be read")) };
    let ids = decoded.entry.external_ids(&effective.ids);
    let ids = ids.map_err(|error| decoded.entry.malformed(error.to_string()).caused_by(error))?;
    match ids.split_first() {
        Some((id, others)) => Ok(((*id, others.to_vec()), decoded.entry)),
        None => Err(unreadable("shows no id")),
    }
}
