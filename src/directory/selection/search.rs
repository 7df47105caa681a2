//! The searches that find what a selection names.

use super::{Finding, Matches, Selection};
use crate::directory::dn::Dn;
use crate::directory::filter::Filter;
use crate::directory::schema::Effective;

/// A search for groups on a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupSearch {
    /// Where.
    pub base: Dn,
    /// How deep.
    pub scope: Scope,
    /// What.
    pub filter: Filter,
    /// The selectors by filter that every entry of the answer satisfies. An entry's own name and DN say the rest.
    pub finds: Matches,
}

impl GroupSearch {
    /// What it says of every entry of its answer.
    #[must_use]
    pub fn finding(&self) -> Finding<'_> {
        Finding { by_filter: &self.finds, matches_group_filter: self.scope == Scope::Subtree }
    }
}

/// How deep a search goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The base itself. One that is not there is no error: a DN that selects nothing.
    Base,
    /// The base and everything below. One that is not there is an error.
    Subtree,
}

/// A filter that every server takes without a temporary table; see `MaxTempTableSize` of Active Directory.
const NAMES_IN_ONE_SEARCH: usize = 100;

impl Selection {
    /// The searches that find every group which a selector selects, and every group that an excluding filter names; the
    /// latter last. What only excludes by name or DN takes no search.
    #[must_use]
    pub fn searches(&self, effective: &Effective) -> Vec<GroupSearch> {
        let groups = &effective.groups;
        let subtree = |base: &Dn, filter: Filter, finds: Matches| GroupSearch {
            base: base.clone(),
            scope: Scope::Subtree,
            filter: groups.filter.clone().and(filter),
            finds,
        };

        let (selecting, excluding): (Vec<_>, Vec<_>) =
            self.filters.iter().partition(|selector| !selector.finds.selectors.is_empty());
        let by_filter =
            |selector: &&super::ByFilter| subtree(&selector.base, selector.filter.clone(), selector.finds.clone());
        let mut searches: Vec<GroupSearch> = selecting.iter().map(by_filter).collect();

        let names: Vec<Filter> = self
            .names
            .values()
            .filter(|selector| !selector.finds.selectors.is_empty())
            .flat_map(|selector| &selector.spellings)
            .map(|name| Filter::equality(&groups.name, name.as_bytes()))
            .collect();
        let chunks = names.chunks(NAMES_IN_ONE_SEARCH);
        searches.extend(chunks.map(|chunk| subtree(&groups.base, Filter::any_of(chunk.to_vec()), Matches::default())));

        let dns = self.dns.values().filter(|selector| !selector.finds.selectors.is_empty());
        searches.extend(dns.map(|selector| GroupSearch {
            base: selector.dn.clone(),
            scope: Scope::Base,
            filter: effective.filter_of_named_group().clone(),
            finds: Matches::default(),
        }));
        searches.extend(excluding.iter().map(by_filter));
        searches
    }
}
