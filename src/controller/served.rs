//! Whether the API server serves the kinds, and in a version that has every field of this operator. It drops the fields that
//! it does not know.

use std::convert::Infallible;
use std::time::Duration;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::{Client, Error};
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::sleep;

use super::api_server::answer;
use crate::api::GROUP;
use crate::api::crd::crds;
use crate::api::v1alpha1::VERSION;

/// How often the API server is asked whether it serves the kinds yet.
const POLL: Duration = Duration::from_secs(2);
/// How often it is asked again whether the definitions are new enough.
const POLL_OUTDATED: Duration = Duration::from_secs(15);

/// The definitions that an operator uses. One of single namespaces does not use those of the cluster.
pub(super) fn used(namespaces: &[String]) -> Vec<CustomResourceDefinition> {
    crds().into_iter().filter(|crd| namespaces.is_empty() || crd.spec.scope == "Namespaced").collect()
}

/// Waits until the API server serves the kinds. Discovery needs no rights.
pub(super) async fn served(client: &Client, used: &[CustomResourceDefinition]) {
    let group_version = format!("{GROUP}/{VERSION}");
    let kinds: Vec<&str> = used.iter().map(|crd| &*crd.spec.names.plural).collect();
    let mut is_reported = false;
    loop {
        match answer(client.list_api_group_resources(&group_version)).await {
            Ok(list) if kinds.iter().all(|kind| list.resources.iter().any(|served| served.name == *kind)) => return,
            answer if !is_reported => {
                let error = answer.err().map(|error| error.to_string());
                tracing::warn!(error, "waiting for the API server to serve {group_version}: apply crds/");
                is_reported = true;
            }
            _ => {}
        }
        sleep(POLL).await;
    }
}

/// Looks whether the definitions, which are served, have every field, and says so by `fits`.
pub(super) async fn compare(
    client: &Client,
    used: &[CustomResourceDefinition],
    fits: &watch::Sender<Fit>,
) -> Infallible {
    let mut last = None;
    loop {
        match missing(client, used).await {
            Ok(None) => break,
            Ok(Some(field)) => {
                if last.as_ref() != Some(&field) {
                    tracing::warn!(field, "the API server has older definitions than this operator: apply crds/");
                }
                fits.send_replace(Fit::Lacks(field.clone()));
                last = Some(field);
            }
            // Where nobody may ask, nobody knows.
            Err(Error::Api(status)) if status.is_forbidden() || status.is_not_found() => {
                tracing::debug!(error = %status, "asking for the served definitions");
                break;
            }
            Err(error) => tracing::debug!(error = %error, "asking for the served definitions"),
        }
        sleep(POLL_OUTDATED).await;
    }
    fits.send_replace(Fit::Fits);
    std::future::pending().await
}

/// How the served definitions fit this operator.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Fit {
    /// They are not served, or not compared yet.
    #[default]
    Unknown,
    /// They lack this field, or more.
    Lacks(String),
    /// They have every field, or nobody may ask.
    Fits,
}

/// The first field that a served definition lacks.
async fn missing(client: &Client, used: &[CustomResourceDefinition]) -> Result<Option<String>, Error> {
    let path = format!("/openapi/v3/apis/{GROUP}/{VERSION}");
    let request = http::Request::get(path).body(Vec::new()).map_err(|error| Error::Service(Box::new(error)))?;
    let served: Value = answer(client.request(request)).await?;
    Ok(used.iter().find_map(|crd| lacks(crd, &served)))
}

/// The first field of a definition that the served document of its group lacks.
fn lacks(crd: &CustomResourceDefinition, served: &Value) -> Option<String> {
    let kind = &crd.spec.names.kind;
    let is_of_kind = |schema: &&Value| {
        let kinds = schema["x-kubernetes-group-version-kind"].as_array().map(Vec::as_slice).unwrap_or_default();
        kinds.iter().any(|it| it["kind"] == **kind && it["version"] == VERSION && it["group"] == GROUP)
    };
    let schemas = served["components"]["schemas"].as_object()?;
    let Some(theirs) = schemas.values().find(is_of_kind) else { return Some(kind.clone()) };
    let version = crd.spec.versions.iter().find(|version| version.name == VERSION)?;
    let ours = serde_json::to_value(version.schema.as_ref()?.open_api_v3_schema.as_ref()?).ok()?;
    absent(&ours, theirs).map(|path| format!("{kind} {path}"))
}

/// The path of the first property that the first schema has and the second one lacks.
fn absent(ours: &Value, theirs: &Value) -> Option<String> {
    let properties = ours["properties"].as_object().into_iter().flatten();
    for (name, property) in properties.filter(|(name, _)| *name != "metadata") {
        let Some(their_property) = theirs["properties"].get(name) else { return Some(name.clone()) };
        if let Some(path) = absent(property, their_property) {
            return Some(if path.starts_with('[') { format!("{name}{path}") } else { format!("{name}.{path}") });
        }
    }
    for (key, sign) in [("items", "[]"), ("additionalProperties", "[*]")] {
        if let Some(ours) = ours.get(key)
            && let Some(path) = absent(ours, &theirs[key])
        {
            return Some(if path.starts_with('[') { format!("{sign}{path}") } else { format!("{sign}.{path}") });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_first_field_that_is_absent_is_named() {
        let ours = json!({"properties": {
            "metadata": {"properties": {"anything": {}}},
            "spec": {"properties": {"groups": {"items": {"properties": {"name": {}, "roles": {"items": {}}}}}}},
            "status": {"properties": {"servers": {"additionalProperties": {"properties": {"a": {}}}}}},
        }});
        assert_eq!(absent(&ours, &ours), None);
        let without = |pointer: &str, name: &str| {
            let mut theirs = ours.clone();
            theirs.pointer_mut(pointer).unwrap().as_object_mut().unwrap().remove(name);
            absent(&ours, &theirs)
        };
        let roles = without("/properties/spec/properties/groups/items/properties", "roles");
        assert_eq!(roles.as_deref(), Some("spec.groups[].roles"));
        let of_map = without("/properties/status/properties/servers/additionalProperties/properties", "a");
        assert_eq!(of_map.as_deref(), Some("status.servers[*].a"));
        assert_eq!(without("/properties", "status").as_deref(), Some("status"));
        assert_eq!(without("/properties/metadata/properties", "anything"), None, "the API server describes it");
    }

    #[test]
    fn an_operator_of_single_namespaces_uses_no_kinds_of_the_cluster() {
        let kinds = |namespaces: &[String]| -> Vec<String> {
            used(namespaces).into_iter().map(|crd| crd.spec.names.kind).collect()
        };
        let all = kinds(&[]);
        let of_namespaces = kinds(&["bi".to_owned()]);
        assert!(all.contains(&"ClusterDirectory".to_owned()));
        assert_eq!(of_namespaces.len() + 1, all.len());
        assert!(!of_namespaces.contains(&"ClusterDirectory".to_owned()));
    }

    #[test]
    fn a_definition_is_found_by_its_kind() {
        let crds = crds();
        let schema = |crd: &CustomResourceDefinition| {
            let version = crd.spec.versions.iter().find(|version| version.name == VERSION).unwrap();
            let mut schema =
                serde_json::to_value(version.schema.as_ref().unwrap().open_api_v3_schema.as_ref()).unwrap();
            schema["x-kubernetes-group-version-kind"] =
                json!([{"group": GROUP, "version": VERSION, "kind": crd.spec.names.kind}]);
            schema
        };
        let schemas: serde_json::Map<_, _> =
            crds.iter().map(|crd| (format!("dev.{}", crd.spec.names.kind), schema(crd))).collect();
        let served = json!({"components": {"schemas": schemas}});
        assert!(crds.iter().all(|crd| lacks(crd, &served).is_none()));
        let mut older = served.clone();
        older["components"]["schemas"].as_object_mut().unwrap().remove("dev.Directory");
        assert_eq!(crds.iter().find_map(|crd| lacks(crd, &older)).as_deref(), Some("Directory"));
    }
}
