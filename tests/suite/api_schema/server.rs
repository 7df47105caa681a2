//! The API server's verdict on an object.

use std::collections::BTreeSet;

use kube::api::PostParams;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config, Error};
use serde_json::Value;

use super::cases::Case;
use crate::harness::KubernetesApi;

/// The API server, with our kinds.
pub(super) struct ApiServer {
    client: Client,
}

/// What it says.
#[derive(Debug)]
pub(super) enum Verdict {
    /// This would be stored.
    Accepted(Value),
    /// These are wrong.
    Refused(BTreeSet<Refusal>),
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Refusal {
    /// The field.
    pub(super) field: String,
    /// What is wrong with it.
    pub(super) message: String,
}

impl Refusal {
    /// Whether the schema does not know the field.
    pub(super) fn is_of_unknown_field(&self) -> bool {
        self.message.starts_with("unknown field")
    }
}

impl ApiServer {
    /// The shared server.
    pub(super) async fn shared() -> Self {
        let api = KubernetesApi::shared();
        api.install_crds();
        let kubeconfig = Kubeconfig::read_from(api.kubeconfig()).unwrap();
        let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap();
        Self { client: Client::try_from(config).unwrap() }
    }

    /// A client of it.
    pub(super) fn client(&self) -> Client {
        self.client.clone()
    }

    /// Has it check an object as `kubectl apply` sends it, with strict field validation, and store nothing.
    pub(super) async fn create(&self, case: &Case) -> Verdict {
        let object = serde_json::to_vec(&case.object).unwrap();
        let mut request = kube::core::Request::new(&case.url).create(&PostParams::default(), object).unwrap();
        *request.uri_mut() = format!("{}?dryRun=All&fieldValidation=Strict", case.url).parse().unwrap();
        match self.client.request::<Value>(request).await {
            Ok(stored) => Verdict::Accepted(stored),
            Err(Error::Api(status)) => Verdict::Refused(refusals(&status)),
            Err(error) => panic!("{error}"),
        }
    }
}

/// What a refusal names. The server adds that it checked no rules, which is about no field.
pub(super) fn refusals(status: &kube::core::Status) -> BTreeSet<Refusal> {
    let unknown = status.message.split("unknown field \"").skip(1).filter_map(|rest| rest.split_once('"'));
    let unknown = unknown.map(|(field, _)| Refusal { field: field.to_owned(), message: "unknown field".to_owned() });
    let causes = status.details.iter().flat_map(|details| &details.causes);
    let causes = causes.filter(|cause| cause.field != "<nil>");
    let causes = causes.map(|cause| Refusal { field: cause.field.clone(), message: cause.message.clone() });
    let refusals: BTreeSet<_> = unknown.chain(causes).collect();
    assert!(!refusals.is_empty(), "{status:?}");
    refusals
}
