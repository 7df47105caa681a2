//! Which rights are missing, in the words in which an administrator of Grafana grants them.

use std::collections::BTreeMap;

use http::StatusCode;

use super::own_account::Rights;
use super::server::GrafanaServer;
use crate::store::Error;
use crate::store::remote::http::Request;

/// What a run does in the organization. The role Admin has all of it.
const IN_THE_ORGANIZATION: [&str; 7] = [
    "org.users:read",
    "teams:create",
    "teams:read",
    "teams:write",
    "teams:delete",
    "teams.permissions:read",
    "teams.permissions:write",
];
/// What a run does in the organization that creates accounts.
const WITH_ACCOUNTS: [&str; 2] = ["org.users:add", "org.users:write"];
/// What a run does to accounts of the server.
const TO_ACCOUNTS: [&str; 5] = ["users:read", "users:create", "users:write", "users:disable", "users:enable"];
/// What ends sessions.
const LOG_OUT: &str = "users:logout";
/// A right on some objects alone hides the others, which would read as their absence.
const READS: [&str; 3] = ["org.users:read", "teams:read", "teams.permissions:read"];
/// The same of who administrates the server, and is protected where accounts are changed.
const READS_ACCOUNTS: &str = "users:read";

impl GrafanaServer {
    /// What we may do; asked for once.
    pub(super) async fn rights(&self) -> Result<&Rights, Error> {
        self.found_rights.get_or_try_init(|| self.find_rights()).await
    }

    async fn find_rights(&self) -> Result<Rights, Error> {
        let answer = self.session.send(&Request::get("api/access-control/user/permissions"), None).await?;
        if answer.status == StatusCode::NOT_FOUND {
            // So a server answers whose access control is switched off: the first request that lacks a right says so.
            return Ok(Rights::default());
        }
        let attempt = format!("asking the dashboard server ({})", answer.attempt);
        let held: BTreeMap<String, Vec<String>> = serde_json::from_value(answer.into_body()?).map_err(|error| {
            Error::unexpected(attempt, format!("the answer has no rights ({error})")).caused_by(error)
        })?;
        let is_missing = |right: &&str| {
            let covers_all = |scopes: &Vec<String>| scopes.iter().any(|scope| scope.ends_with('*'));
            let must_cover_all = READS.contains(right) || *right == READS_ACCOUNTS;
            !held.get(*right).is_some_and(|scopes| !must_cover_all || covers_all(scopes))
        };
        let accounts = if self.manages_accounts { &WITH_ACCOUNTS[..] } else { &[] };
        let here = IN_THE_ORGANIZATION.iter().chain(accounts).copied();
        let of_accounts = if self.manages_accounts { &TO_ACCOUNTS[..] } else { &[] };
        let of_server = of_accounts.iter().copied().chain(self.log_out_removed.then_some(LOG_OUT));
        let reads = READS.iter().chain(self.manages_accounts.then_some(&READS_ACCOUNTS));
        let is_blind = reads.into_iter().any(is_missing);
        let (here, of_server): (Vec<&str>, Vec<&str>) =
            (here.filter(is_missing).collect(), of_server.filter(is_missing).collect());
        let role = (!here.is_empty())
            .then(|| format!("the role Admin in organization {} (missing: {})", self.organization, here.join(", ")));
        let administrator = (!of_server.is_empty())
            .then(|| format!("the server permission Grafana Admin (missing: {})", of_server.join(", ")));
        Ok(Rights { missing: role.into_iter().chain(administrator).collect(), is_blind })
    }
}
