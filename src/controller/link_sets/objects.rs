//! The objects of one DashboardServer, as the API server has them.

use async_trait::async_trait;
use kube::api::{DeleteParams, ListParams, PostParams};
use kube::core::PartialObjectMeta;
use kube::{Api, Client, Resource as _, ResourceExt as _};

use super::layout::{LINKS_LABEL, Listed, SERVER_LABEL, WRITE_LABEL, server_label};
use crate::api::NEW_LINKS_ANNOTATION;
use crate::api::v1alpha1::{DashboardServer, DashboardServerLinkSet, DashboardServerStatus};
use crate::controller::api_server::answer;
use crate::controller::cluster::get;
use crate::controller::key::Key;
use crate::controller::patch;
use crate::store::Error;

/// How many objects a page lists.
const PAGE: u32 = 500;

/// What a write came to.
#[derive(Debug, Clone)]
pub(super) enum Written {
    /// The object, as it is now.
    Done(Box<DashboardServerLinkSet>),
    /// Somebody else wrote an object of this name.
    Conflict,
}

/// What the DashboardServer says of its links.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Record {
    /// The id of the links that it has had; `None`: none yet.
    pub(super) links_id: Option<String>,
    /// The id of links that an administrator gives up.
    pub(super) given_up: Option<String>,
}

/// Objects with links, each call one request.
#[async_trait]
pub(super) trait Objects: Send + Sync {
    async fn get(&self, name: &str) -> Result<Option<DashboardServerLinkSet>, Error>;
    async fn list(&self) -> Result<Vec<Listed>, Error>;
    async fn create(&self, set: &DashboardServerLinkSet) -> Result<Written, Error>;
    /// Replaces the version that `set` has.
    async fn replace(&self, set: &DashboardServerLinkSet) -> Result<Written, Error>;
    /// Deletes the object if it is there.
    async fn delete(&self, name: &str) -> Result<(), Error>;
    async fn record(&self) -> Result<Record, Error>;
    async fn remember(&self, links_id: &str) -> Result<(), Error>;
}

/// Those of an API server.
pub(super) struct ClusterObjects {
    client: Client,
    server: Key,
}

impl ClusterObjects {
    pub(super) const fn new(client: Client, server: Key) -> Self {
        Self { client, server }
    }

    fn api(&self) -> Api<DashboardServerLinkSet> {
        Api::namespaced(self.client.clone(), &self.server.namespace)
    }

    fn failed(&self, verb: &str, error: kube::Error) -> Error {
        let attempt = format!("{verb} the {}s of {}", DashboardServerLinkSet::kind(&()), self.server);
        let cause = error.to_string();
        let is_forbidden = matches!(&error, kube::Error::Api(status) if status.is_forbidden());
        if is_forbidden { Error::access_denied(attempt, cause) } else { Error::unreachable(attempt, cause) }
            .caused_by(error)
    }

    fn written(&self, answer: Result<DashboardServerLinkSet, kube::Error>) -> Result<Written, Error> {
        match answer {
            Ok(set) => Ok(Written::Done(Box::new(set))),
            Err(kube::Error::Api(status)) if status.is_conflict() || status.is_already_exists() => {
                Ok(Written::Conflict)
            }
            // The object that was read is gone.
            Err(kube::Error::Api(status)) if status.is_not_found() => Ok(Written::Conflict),
            Err(error) => Err(self.failed("writing", error)),
        }
    }
}

#[async_trait]
impl Objects for ClusterObjects {
    async fn get(&self, name: &str) -> Result<Option<DashboardServerLinkSet>, Error> {
        get(&self.client, &self.server.beside(name)).await.map_err(|error| self.failed("reading", error))
    }

    async fn list(&self) -> Result<Vec<Listed>, Error> {
        let api = self.api();
        let selector = format!("{SERVER_LABEL}={}", server_label(&self.server.name));
        let mut page = ListParams::default().labels(&selector).limit(PAGE);
        let mut listed = Vec::new();
        loop {
            let found = answer(api.list_metadata(&page)).await.map_err(|error| self.failed("listing", error))?;
            listed.extend(found.items.iter().map(listing));
            match found.metadata.continue_.filter(|token| !token.is_empty()) {
                Some(token) => page = page.continue_token(&token),
                None => return Ok(listed),
            }
        }
    }

    async fn create(&self, set: &DashboardServerLinkSet) -> Result<Written, Error> {
        self.written(answer(self.api().create(&written_by(), set)).await)
    }

    async fn replace(&self, set: &DashboardServerLinkSet) -> Result<Written, Error> {
        self.written(answer(self.api().replace(&set.name_any(), &written_by(), set)).await)
    }

    async fn delete(&self, name: &str) -> Result<(), Error> {
        match answer(self.api().delete(name, &DeleteParams::default())).await {
            Err(kube::Error::Api(status)) if status.is_not_found() => Ok(()),
            answer => answer.map(drop).map_err(|error| self.failed("deleting", error)),
        }
    }

    async fn record(&self) -> Result<Record, Error> {
        let server = get::<DashboardServer>(&self.client, &self.server).await;
        let server = server.map_err(|error| self.failed("reading", error))?;
        let record = |server: DashboardServer| Record {
            given_up: server.annotations().get(NEW_LINKS_ANNOTATION).cloned(),
            links_id: server.status.and_then(|status| status.links_id),
        };
        Ok(server.map(record).unwrap_or_default())
    }

    async fn remember(&self, links_id: &str) -> Result<(), Error> {
        let server = get::<DashboardServer>(&self.client, &self.server).await;
        let server = server.map_err(|error| self.failed("reading", error))?;
        let gone = || Error::unexpected("writing its status", format!("the DashboardServer {} is gone", self.server));
        let with_id = |now: &DashboardServer| {
            let links_id = Some(links_id.to_owned());
            Some(DashboardServerStatus { links_id, ..now.status.clone().unwrap_or_default() })
        };
        let written = patch::status(&self.client, &server.ok_or_else(gone)?, with_id).await;
        written.map_err(|error| self.failed("recording", error))?.ok_or_else(gone).map(drop)
    }
}

fn listing(object: &PartialObjectMeta<DashboardServerLinkSet>) -> Listed {
    let label = |key: &str| object.labels().get(key).cloned().unwrap_or_default();
    Listed { name: object.name_any(), links_id: label(LINKS_LABEL), write: label(WRITE_LABEL).parse().ok() }
}

fn written_by() -> PostParams {
    PostParams { field_manager: Some(patch::FIELD_MANAGER.to_owned()), ..PostParams::default() }
}
