//! The bases of a read.

use super::dn::Dn;
use super::schema::Effective;
use super::selection::within;
use super::{Error, Query, Selector};

/// Every base of the settings and the query, each once, with the first field that gives it. Rule `boundaries`: one that
/// is outside the groups' base is not read.
///
/// # Errors
/// [`Error::Configuration`] with the field whose name does not parse.
pub(super) fn bases(effective: &Effective, query: &Query) -> Result<Vec<(String, Dn)>, Error> {
    let Effective { base, groups, users, .. } = effective;
    let mut bases = vec![("spec.baseDN".to_owned(), base.clone())];
    let mut add = |field: String, dn: Dn| {
        if bases.iter().all(|(_, known)| *known != dn) {
            bases.push((field, dn));
        }
    };
    add("spec.groups.baseDN".to_owned(), groups.base.clone());
    add("spec.users.baseDN".to_owned(), users.base.clone());
    for (list, selectors) in [("spec.groups", &query.selectors), ("spec.exclude", &query.exclude)] {
        for (index, selector) in selectors.iter().enumerate() {
            if let Selector::Filter { base: Some(base), .. } = selector {
                let field = format!("{list}[{index}].baseDN");
                let dn = Dn::parse(base).map_err(|error| Error::invalid(field.as_str(), error))?;
                if let Some(base) = within(dn, &groups.base) {
                    add(field, base);
                }
            }
        }
    }
    Ok(bases)
}
