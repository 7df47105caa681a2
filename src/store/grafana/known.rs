//! What the last reading showed and later calls need.

use std::collections::BTreeMap;

/// What the last reading showed.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The e-mail addresses of accounts, exactly as Grafana returned them: with another case, Grafana removes a member that
    /// it was to keep.
    pub(super) emails: BTreeMap<i64, String>,
    /// What paths call a team, by its uid.
    pub(super) teams: BTreeMap<Box<str>, String>,
}

impl Known {
    /// What paths call a team. Grafana 11.1 and later take a uid as well.
    pub(super) fn team(&self, uid: &str) -> String {
        self.teams.get(uid).cloned().unwrap_or_else(|| uid.to_owned())
    }
}
