//! Probing every configured server, so that a fail-over leads to a known server.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::directory::settings::{DirectorySettings, LdapSettings, Source};
use crate::directory::{self, Error, Probe};

/// The longest that a probe of all servers takes, if the interval is not longer.
const LIMIT: Duration = Duration::from_mins(5);

/// The answer of each server, in the order of the spec.
#[derive(Debug)]
pub(super) struct Findings {
    /// Whether these are servers, and not a file.
    pub(super) servers: bool,
    /// The name and the answer of each server. After a refused bind, no other server was asked.
    pub(super) answers: Vec<(String, Result<Probe, Error>)>,
}

/// Asks every server, one after the other, for at most the interval. A refused bind is not tried on another server.
pub(super) async fn probe(settings: DirectorySettings, interval: Duration) -> Findings {
    let limit = interval.min(LIMIT);
    let deadline = Instant::now() + limit;
    let mut answers = Vec::new();
    let ldap = match &settings.source {
        Source::Ldif { origin, .. } => {
            let origin = origin.clone();
            answers.push((origin, one(settings, deadline, limit).await));
            return Findings { servers: false, answers };
        }
        Source::Ldap(ldap) => ldap.clone(),
    };
    for server in &ldap.servers {
        let alone = LdapSettings { servers: vec![server.clone()], ..ldap.clone() };
        let alone = DirectorySettings { source: Source::Ldap(alone), ..settings.clone() };
        let answer = one(alone, deadline, limit).await;
        let refused = matches!(answer, Err(Error::BindRefused { .. }));
        answers.push((server.clone(), answer));
        if refused {
            break;
        }
    }
    Findings { servers: true, answers }
}

async fn one(settings: DirectorySettings, deadline: Instant, limit: Duration) -> Result<Probe, Error> {
    let mut directory = directory::open(settings)?;
    let late = |_| {
        let problem = format!("the probe of all servers took longer than {} s", limit.as_secs());
        Err(Error::unreachable("probing the server", problem))
    };
    timeout_at(deadline, directory.probe()).await.unwrap_or_else(late)
}
