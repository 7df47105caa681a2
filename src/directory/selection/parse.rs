//! From a query to a selection.

use unicode_normalization::UnicodeNormalization as _;

use super::{ByDn, ByFilter, Matches, Selection};
use crate::directory::dn::Dn;
use crate::directory::filter::Filter;
use crate::directory::schema::Effective;
use crate::directory::{Error, Query, Selector};
use crate::sync::fold::fold;
use crate::sync::snapshot::SelectorIndex;

impl Selection {
    /// Parses the selectors of a query.
    ///
    /// # Errors
    /// [`Error::Configuration`] with the field whose name or filter does not parse.
    pub fn parse(query: &Query, effective: &Effective) -> Result<Self, Error> {
        let mut selection = Self { nested: query.nested, ..Self::default() };
        for (index, selector) in query.selectors.iter().enumerate() {
            let position = SelectorIndex::try_from(index).map_err(|_| {
                let (count, most) = (query.selectors.len(), SelectorIndex::MAX);
                Error::configuration(
                    "spec.groups",
                    format!("{count} selectors are too many: at most {most} are allowed"),
                )
            })?;
            let finds = Matches { selectors: vec![position], excluded: false };
            selection.add(&format!("spec.groups[{index}]"), selector, &finds, effective)?;
        }
        for (index, selector) in query.exclude.iter().enumerate() {
            let finds = Matches { selectors: Vec::new(), excluded: true };
            selection.add(&format!("spec.exclude[{index}]"), selector, &finds, effective)?;
        }
        Ok(selection)
    }

    /// Whether every filter can be evaluated without a server.
    ///
    /// # Errors
    /// [`Error::Configuration`] with the field of the first that cannot.
    pub fn supported_in_a_file(&self) -> Result<(), Error> {
        self.filters.iter().try_for_each(|selector| {
            let refused = selector.filter.supported_in_a_file();
            refused.map_err(|error| Error::invalid(selector.field.as_str(), error))
        })
    }

    /// Rule `boundaries`: adds a selector as far as it is in the groups' base.
    fn add(&mut self, path: &str, selector: &Selector, finds: &Matches, effective: &Effective) -> Result<(), Error> {
        match selector {
            Selector::Dn(text) => {
                let dn = parse_dn(&format!("{path}.dn"), text)?;
                if !dn.is_at_or_below(&effective.groups.base) {
                    self.outside.extend(&finds.selectors);
                    return Ok(());
                }
                let known = self.dns.entry(dn.normal().to_owned());
                known.or_insert_with(|| ByDn { dn, finds: Matches::default() }).finds.merge(finds);
            }
            Selector::Name(name) => {
                let known = self.names.entry(fold(name)).or_default();
                known.finds.merge(finds);
                // To Active Directory a letter with an accent, and the letter followed by the accent, are different
                // names.
                for spelling in [name.clone(), name.nfc().collect(), name.nfd().collect()] {
                    if !known.spellings.contains(&spelling) {
                        known.spellings.push(spelling);
                    }
                }
            }
            Selector::Filter { filter, base } => {
                let field = format!("{path}.filter");
                let filter = Filter::parse(filter).map_err(|error| Error::invalid(field.as_str(), error))?;
                let base = match base {
                    Some(base) => within(parse_dn(&format!("{path}.baseDN"), base)?, &effective.groups.base),
                    None => Some(effective.groups.base.clone()),
                };
                let Some(base) = base else {
                    self.outside.extend(&finds.selectors);
                    return Ok(());
                };
                match self.filters.iter_mut().find(|known| known.filter == filter && known.base == base) {
                    Some(known) => known.finds.merge(finds),
                    None => self.filters.push(ByFilter { field, filter, base, finds: finds.clone() }),
                }
            }
        }
        Ok(())
    }
}

/// Rule `boundaries`: the part of a selector's base that is in the groups' base.
pub(in crate::directory) fn within(base: Dn, groups: &Dn) -> Option<Dn> {
    if base.is_at_or_below(groups) { Some(base) } else { groups.is_at_or_below(&base).then(|| groups.clone()) }
}

fn parse_dn(field: &str, text: &str) -> Result<Dn, Error> {
    Dn::parse(text).map_err(|error| Error::invalid(field, error))
}
