//! The selectors of a query, parsed: which searches find their groups, and which of them a group entry matches.
//! Rules `selection` and `boundaries`.

mod parse;
mod search;

pub(super) use parse::within;
pub use search::{GroupSearch, Scope};

use std::collections::BTreeMap;

use super::dn::Dn;
use super::entry::Entry;
use super::filter::Filter;
use crate::sync::fold::fold;
use crate::sync::snapshot::SelectorIndex;

/// A query whose names and filters parse. Equal selectors are kept once.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// By the normal form of the name.
    dns: BTreeMap<String, ByDn>,
    /// By the folded name.
    names: BTreeMap<String, ByName>,
    filters: Vec<ByFilter>,
    /// The selectors of `spec.groups` whose DN or base is outside the groups' base: they select nothing.
    outside: Vec<SelectorIndex>,
    nested: bool,
}

#[derive(Debug, Clone)]
struct ByDn {
    dn: Dn,
    finds: Matches,
}

#[derive(Debug, Clone, Default)]
struct ByName {
    /// Each spelling in the selectors, because a server may compare in another way.
    spellings: Vec<String>,
    finds: Matches,
}

#[derive(Debug, Clone)]
struct ByFilter {
    /// The field of the first selector with this filter.
    field: String,
    filter: Filter,
    base: Dn,
    finds: Matches,
}

/// Which selectors a group matches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Matches {
    /// The selectors of `spec.groups`, ascending, each once.
    pub selectors: Vec<SelectorIndex>,
    /// Whether a selector of `spec.exclude` is among them.
    pub excluded: bool,
}

/// How an adapter found a group entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding<'a> {
    /// The selectors by filter that it matches.
    pub by_filter: &'a Matches,
    /// Whether it is at or below the groups' base. Nothing selects it otherwise.
    pub is_in_base: bool,
    /// Whether it matches the groups' filter. A selector by name asks for that; a selector by DN does not.
    pub matches_group_filter: bool,
}

impl Matches {
    /// Adds what another search or another selector found.
    pub fn merge(&mut self, other: &Self) {
        self.selectors.extend(&other.selectors);
        self.selectors.sort_unstable();
        self.selectors.dedup();
        self.excluded |= other.excluded;
    }
}

impl Selection {
    /// Whether the members of member groups count.
    #[must_use]
    pub const fn is_nested(&self) -> bool {
        self.nested
    }

    /// Rule `boundaries`: the selectors of `spec.groups` that are outside the groups' base, ascending.
    #[must_use]
    pub fn outside(&self) -> &[SelectorIndex] {
        &self.outside
    }

    /// The selectors by DN that an entry matches.
    #[must_use]
    pub fn by_dn(&self, dn: &Dn) -> Matches {
        self.dns.get(dn.normal()).map(|selector| selector.finds.clone()).unwrap_or_default()
    }

    /// The selectors by name that a group matches which is in the groups' base and matches their filter.
    #[must_use]
    pub fn by_name(&self, name: &str) -> Matches {
        self.names.get(&fold(name)).map(|selector| selector.finds.clone()).unwrap_or_default()
    }

    /// The selectors by filter that a group of a file matches which is in the groups' base and matches their filter.
    #[must_use]
    pub fn by_filters(&self, dn: &Dn, entry: &Entry) -> Matches {
        let mut matches = Matches::default();
        for selector in &self.filters {
            if dn.is_at_or_below(&selector.base) && selector.filter.evaluate(entry) {
                matches.merge(&selector.finds);
            }
        }
        matches
    }
}

#[cfg(test)]
mod tests;
