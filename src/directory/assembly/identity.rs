//! Which entry it is: its name and its ids.

use super::Effective;
use crate::directory::Error;
use crate::directory::dn::{Dn, ExtendedDn};
use crate::directory::entry::Entry;
use crate::sync::identity::ExternalId;
use crate::sync::snapshot::{BrokenEntry, Defect};

/// The name and the ids of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) id: ExternalId,
    pub(super) other_ids: Box<[ExternalId]>,
    pub(super) dn: Dn,
}

/// Why an entry has none.
#[derive(Debug)]
pub(super) enum Unidentified {
    /// It cannot be decoded; the others can.
    Broken(BrokenEntry),
    /// It shows none of the ids that the settings go by.
    Hidden(Error),
}

impl Identity {
    /// Of an entry.
    pub(super) fn read(entry: &Entry, effective: &Effective) -> Result<Self, Unidentified> {
        let dn = parse_dn(entry);
        let ids = entry.external_ids(&effective.ids);
        let broken = |problem: &str| {
            Unidentified::Broken(BrokenEntry {
                id: ids.as_ref().ok().and_then(|ids| ids.first().copied()),
                place: dn.as_ref().ok().map(Dn::place),
                label: entry.dn.as_str().into(),
                defect: Defect::Undecodable(problem.into()),
            })
        };
        match (&dn, &ids) {
            (Ok(dn), Ok(ids)) => match ids.split_first() {
                Some((id, others)) => Ok(Self { id: *id, other_ids: others.into(), dn: dn.clone() }),
                None => Err(Unidentified::Hidden(hidden(entry, effective))),
            },
            (Err(problem), _) | (Ok(_), Err(problem)) => Err(broken(problem)),
        }
    }
}

/// The name of an entry, without what Active Directory's extended-DN control puts before it; else what is wrong with it.
pub(super) fn parse_dn(entry: &Entry) -> Result<Dn, String> {
    Dn::parse(ExtendedDn::parse(&entry.dn).dn).map_err(|error| error.to_string())
}

fn hidden(entry: &Entry, effective: &Effective) -> Error {
    let attributes: Vec<&str> = effective.id_attributes().collect();
    let (dn, attributes) = (&entry.dn, attributes.join(" or "));
    let problem = format!("entry `{dn}` shows no {attributes}: let the account that binds read that attribute");
    Error::configuration("spec.ldap.auth", problem)
}
