//! Probing every configured server, so that a fail-over leads to a known server.

use crate::directory::settings::{DirectorySettings, LdapSettings, Source};
use crate::directory::{self, Error, Probe};

/// The answer of each server, in the order of the spec.
#[derive(Debug)]
pub(super) struct Findings {
    /// Whether these are servers, and not a file.
    pub(super) servers: bool,
    /// The name and the answer of each server. After a refused bind, no other server was asked.
    pub(super) answers: Vec<(String, Result<Probe, Error>)>,
}

/// Asks every server, one after the other. A refused bind is not tried on another server.
pub(super) async fn probe(settings: DirectorySettings) -> Findings {
    let mut answers = Vec::new();
    let ldap = match &settings.source {
        Source::Ldif { origin, .. } => {
            let origin = origin.clone();
            answers.push((origin, one(settings).await));
            return Findings { servers: false, answers };
        }
        Source::Ldap(ldap) => ldap.clone(),
    };
    for server in &ldap.servers {
        let alone = LdapSettings { servers: vec![server.clone()], ..ldap.clone() };
        let answer = one(DirectorySettings { source: Source::Ldap(alone), ..settings.clone() }).await;
        let refused = matches!(answer, Err(Error::BindRefused { .. }));
        answers.push((server.clone(), answer));
        if refused {
            break;
        }
    }
    Findings { servers: true, answers }
}

async fn one(settings: DirectorySettings) -> Result<Probe, Error> {
    directory::open(settings)?.probe().await
}
