//! The rights of a release, each one for itself: one verb on one resource in one place.

use serde_json::Value;

use crate::harness::KubernetesApi;
use crate::harness::kubernetes::Request;

/// What a rule of a role allows.
#[derive(Debug)]
pub(super) struct Right {
    /// The namespace of a Role; none of a ClusterRole.
    namespace: Option<String>,
    group: String,
    resource: String,
    subresource: String,
    /// The only object that it allows this for.
    name: Option<String>,
    verb: String,
}

/// Those that the release's account has, as the API server shows the roles.
pub(super) fn rights_of(api: &KubernetesApi, release: &str) -> Vec<Right> {
    let label = format!("app.kubernetes.io/instance={release}");
    let roles =
        api.kubectl(&["get", "clusterroles,roles", "--all-namespaces", "--selector", &label, "--output", "json"]);
    let roles: Value = serde_json::from_str(&roles).unwrap();
    let mut rights = Vec::new();
    for role in roles["items"].as_array().unwrap() {
        let labels = role["metadata"]["labels"].as_object().unwrap();
        if labels.keys().any(|label| label.contains("/aggregate-to-")) {
            continue;
        }
        let namespace = role["metadata"]["namespace"].as_str().map(str::to_owned);
        for rule in role["rules"].as_array().unwrap() {
            let names = texts(&rule["resourceNames"]);
            let names = if names.is_empty() { vec![None] } else { names.into_iter().map(Some).collect() };
            for (group, resource, verb) in every(rule) {
                let (resource, subresource) = resource.split_once('/').unwrap_or((&resource, ""));
                let of_name = |name: &Option<String>| Right {
                    namespace: namespace.clone(),
                    group: group.clone(),
                    resource: resource.to_owned(),
                    subresource: subresource.to_owned(),
                    name: name.clone(),
                    verb: verb.clone(),
                };
                rights.extend(names.iter().map(of_name));
            }
        }
    }
    rights
}

/// Whether the request needed this right. A server-side apply that creates an object needs two.
pub(super) fn is_used_by(right: &Right, request: &Request) -> bool {
    let object = &request.object;
    let creates = request.verb == "patch" && request.status.code == 201;
    (request.verb == right.verb || creates && right.verb == "create")
        && (&object.api_group, &object.resource, &object.subresource)
            == (&right.group, &right.resource, &right.subresource)
        && right.namespace.as_ref().is_none_or(|namespace| *namespace == object.namespace)
        && right.name.as_ref().is_none_or(|name| *name == object.name)
}

fn every(rule: &Value) -> Vec<(String, String, String)> {
    let mut all = Vec::new();
    for group in texts(&rule["apiGroups"]) {
        for resource in texts(&rule["resources"]) {
            all.extend(texts(&rule["verbs"]).into_iter().map(|verb| (group.clone(), resource.clone(), verb)));
        }
    }
    all
}

fn texts(list: &Value) -> Vec<String> {
    let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}
