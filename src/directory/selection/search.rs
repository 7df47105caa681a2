//! The searches that find the groups of a selection.

use super::{Finding, Matches, Selection};
use crate::directory::dn::Dn;
use crate::directory::filter::Filter;
use crate::directory::schema::Effective;

/// A search for groups on a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupSearch {
    /// The entry to start from.
    pub base: Dn,
    /// How deep it goes.
    pub scope: Scope,
    /// What it finds.
    pub filter: Filter,
    /// The selectors by filter that every entry of the answer matches. Those by name and DN are compared with the
    /// entry.
    pub finds: Matches,
}

impl GroupSearch {
    /// How it found an entry.
    #[must_use]
    pub fn finding(&self) -> Finding<'_> {
        // Rule `boundaries`: every search is for something in the groups' base.
        Finding { by_filter: &self.finds, is_in_base: true, matches_group_filter: self.scope == Scope::Subtree }
    }
}

/// How deep a search goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The base itself. If it does not exist, a selector by DN selects nothing, which is not an error.
    Base,
    /// The base and everything below. If it does not exist, that is an error.
    Subtree,
}

/// How many names a filter has: every server accepts as many without a temporary table (`MaxTempTableSize` of Active
/// Directory).
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
