//! How a server finds entries by their names.

use super::connection::Connection;
use super::reference::IgnoredReferences;
use super::search::{NO_ATTRIBUTES, Search};
use crate::directory::Error;
use crate::directory::filter::Filter;
use crate::directory::schema::Effective;

const ATTEMPT: &str = "looking for a way to find entries by name";

/// How entries can be asked for by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NameLookUp {
    /// Many at once, by an attribute that has each entry's name.
    ByAttribute(&'static str),
    /// Each with a request of its own.
    OneByOne,
}

impl NameLookUp {
    /// Asks the server: one that knows `entryDN` (RFC 5020) in filters finds the base by it.
    pub(super) async fn detect(connection: &mut Connection, effective: &Effective) -> Result<Self, Error> {
        if effective.schema.is_of_active_directory() {
            return Ok(Self::ByAttribute("distinguishedName"));
        }
        let base = effective.base.as_str();
        let (filter, attributes) = (Filter::equality("entryDN", base).to_string(), [NO_ATTRIBUTES.to_owned()]);
        let search = Search::entry(ATTEMPT, base, &attributes).with_filter(&filter);
        let found = connection.search_if_there(&search, &IgnoredReferences::All).await?;
        let is_found = found.is_some_and(|found| !found.into_inner().is_empty());
        Ok(if is_found { Self::ByAttribute("entryDN") } else { Self::OneByOne })
    }
}
