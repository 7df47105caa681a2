//! The identity of an entry: its name and its ids. Rule `identity`.

use super::Effective;
use crate::directory::Error;
use crate::directory::dn::{Dn, ExtendedDn, InvalidDn};
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

/// Why an entry has no identity.
#[derive(Debug)]
pub(super) enum Unidentified {
    /// It cannot be decoded. The others go on without it. Rule `one-broken-object`.
    Broken(BrokenEntry),
    /// It shows none of the ids that are read.
    Hidden(Error),
}

impl Identity {
    /// Reads that of an entry.
    pub(super) fn read(entry: &Entry, effective: &Effective) -> Result<Self, Unidentified> {
        let dn = parse_dn(entry);
        let ids = entry.external_ids(&effective.ids);
        let broken = |problem: &dyn std::error::Error| {
            Unidentified::Broken(BrokenEntry {
                id: ids.as_ref().ok().and_then(|ids| ids.first().copied()),
                place: dn.as_ref().ok().map(Dn::place),
                label: entry.dn.as_str().into(),
                defect: Defect::Undecodable(problem.to_string().into()),
            })
        };
        match (&dn, &ids) {
            (Ok(dn), Ok(ids)) => match ids.split_first() {
                Some((id, others)) => Ok(Self { id: *id, other_ids: others.into(), dn: dn.clone() }),
                None => Err(Unidentified::Hidden(hidden(entry, effective))),
            },
            (Err(problem), _) => Err(broken(problem)),
            (Ok(_), Err(problem)) => Err(broken(problem)),
        }
    }
}

/// The name of an entry, without the prefix of Active Directory's extended-DN control.
pub(super) fn parse_dn(entry: &Entry) -> Result<Dn, InvalidDn> {
    Dn::parse(ExtendedDn::parse(&entry.dn).dn)
}

fn hidden(entry: &Entry, effective: &Effective) -> Error {
    let attributes: Vec<&str> = effective.id_attributes().collect();
    let (dn, attributes) = (&entry.dn, attributes.join(" or "));
    let problem = format!("entry `{dn}` shows no {attributes}: grant the bind account read access to that attribute");
    Error::configuration("spec.ldap.auth", problem)
}
