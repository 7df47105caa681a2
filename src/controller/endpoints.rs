//! What the operator answers to those who watch it: `/healthz`, `/readyz` and `/metrics`.

use std::sync::Arc;

use http::StatusCode;
use prometheus_client::encoding::prometheus_text::CONTENT_TYPE;
use tokio::sync::watch;
use tokio::time::Instant;

use super::lease::Lease;
use super::metrics::Metrics;
use super::scopes::Scopes;
use super::served::Fit;
use crate::runtime::http_server::Answer;

/// What the answers are made of.
pub(super) struct Endpoints {
    pub(super) metrics: Arc<Metrics>,
    pub(super) scopes: Scopes,
    pub(super) fit: watch::Receiver<Fit>,
    pub(super) lease: Option<Arc<Lease>>,
}

impl Endpoints {
    /// The answer to a request; `None` for an unknown path.
    pub(super) fn answer(&self, path: &str) -> Option<Answer> {
        match path {
            "/healthz" => Some(verdict(&self.stopped())),
            "/readyz" => Some(verdict(&self.unready())),
            "/metrics" => Some(match self.metrics.text() {
                Ok(text) => Answer { status: StatusCode::OK, media_type: CONTENT_TYPE, text },
                Err(error) => verdict(&[format!("the metrics cannot be encoded: {error}")]),
            }),
            _ => None,
        }
    }

    /// What has stopped: the process must be started again.
    fn stopped(&self) -> Vec<String> {
        let now = Instant::now();
        self.scopes.all().iter().filter_map(|scope| scope.heart.stopped(now)).collect()
    }

    /// What is not there yet.
    fn unready(&self) -> Vec<String> {
        let fit = match &*self.fit.borrow() {
            Fit::Fits => None,
            Fit::Unknown => Some("the API server does not serve the kinds yet: apply crds/".to_owned()),
            Fit::Lacks(field) => Some(format!(
                "the API server's definitions are older than this operator, they lack {field}: apply crds/"
            )),
        };
        let scopes = self.scopes.all();
        let waits = scopes.is_empty() && self.lease.as_ref().is_some_and(|lease| lease.is_known());
        let idle = (scopes.is_empty() && !waits).then(|| "the lease is not known yet".to_owned());
        let unlisted = scopes.iter().flat_map(|scope| scope.heart.unlisted());
        let unlisted = unlisted.map(|kind| format!("no list of {kind} has arrived yet"));
        fit.into_iter().chain(idle).chain(unlisted).collect()
    }
}

/// All is well, or what is not.
fn verdict(problems: &[String]) -> Answer {
    let (status, text) = match problems {
        [] => (StatusCode::OK, "ok\n".to_owned()),
        problems => (StatusCode::SERVICE_UNAVAILABLE, format!("{}\n", problems.join("\n"))),
    };
    Answer { status, media_type: "text/plain; charset=utf-8", text }
}
