//! What the API server's audit log says of each request.

use serde::Deserialize;

/// Every request, without the bodies (`audit.k8s.io/v1`, kind Policy).
pub(super) const POLICY: &str = "\
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
";

/// A request, as the audit log has it (`audit.k8s.io/v1`, level Metadata).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// `ResponseStarted` (of a watch), `ResponseComplete` or `Panic`.
    pub stage: String,
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, …
    pub verb: String,
    /// The path, with its query.
    #[serde(rename = "requestURI")]
    pub uri: String,
    /// What the client calls itself.
    #[serde(default)]
    pub user_agent: String,
    /// Who it is.
    pub user: User,
    /// What it is about; empty where it is about no object.
    #[serde(default, rename = "objectRef")]
    pub object: Object,
    /// What was answered.
    #[serde(default, rename = "responseStatus")]
    pub status: Status,
}

/// Who made a request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct User {
    /// The name; `system:serviceaccount:NAMESPACE:NAME` of a service account.
    pub username: String,
}

/// What a request is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Object {
    /// The API group; empty for the core one.
    pub api_group: String,
    /// The plural name of the kind.
    pub resource: String,
    /// `status`, `finalizers`, `token`, or empty.
    pub subresource: String,
    /// The namespace, or empty.
    pub namespace: String,
    /// The object's name; empty for a list or a watch.
    pub name: String,
}

/// How a request was answered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Status {
    /// The HTTP status code.
    pub code: u16,
}

/// The requests of a log, a watch from its start on and anything else once it was answered; a line that is still being
/// written is left for the next time.
pub(super) fn requests(log: &str) -> Vec<Request> {
    let whole = log.rfind('\n').map_or("", |end| &log[..end]);
    let requests = whole.lines().map(|line| serde_json::from_str(line).expect("an audit event"));
    requests.filter(|request: &Request| (request.verb == "watch") == (request.stage == "ResponseStarted")).collect()
}
