//! The metadata of an object, as far as a file can specify it.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::{Map, Value};

use super::located::{DEFAULT_NAMESPACE, Key};
use super::problem::FieldProblem;
use super::suggestion::unknown_field;

/// The fields that the API machinery knows.
const FIELDS: [&str; 15] = [
    "annotations",
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "finalizers",
    "generateName",
    "generation",
    "labels",
    "managedFields",
    "name",
    "namespace",
    "ownerReferences",
    "resourceVersion",
    "selfLink",
    "uid",
];

/// The namespace and the name of an object.
pub(super) struct Metadata {
    namespace: String,
    name: String,
}

impl Metadata {
    pub(super) fn key(&self) -> Key {
        (self.namespace.clone(), self.name.clone())
    }
}

/// Checks `metadata` and fills in the namespace if it is absent. From an object of the cluster it is removed, as the API server
/// does.
pub(super) fn check(
    object: &mut Map<String, Value>,
    is_of_cluster: bool,
    problems: &mut Vec<FieldProblem>,
) -> Metadata {
    let namespace = if is_of_cluster { "" } else { DEFAULT_NAMESPACE };
    let unknown = Metadata { namespace: namespace.to_owned(), name: "?".to_owned() };
    let Some(Value::Object(fields)) = object.get_mut("metadata") else {
        problems.push(FieldProblem::new("metadata.name", "Required value"));
        return unknown;
    };
    for field in fields.keys().filter(|field| !FIELDS.contains(&field.as_str())) {
        problems.push(FieldProblem::new(format!("metadata.{field}"), unknown_field(field, FIELDS)));
    }
    if is_of_cluster {
        fields.remove("namespace");
    } else if fields.get("namespace").is_none_or(Value::is_null) {
        fields.insert("namespace".to_owned(), DEFAULT_NAMESPACE.into());
    }
    let metadata: ObjectMeta = match serde_json::from_value(Value::Object(fields.clone())) {
        Ok(metadata) => metadata,
        Err(error) => {
            problems.push(FieldProblem::new("metadata", format!("Invalid value: {error}")));
            return unknown;
        }
    };
    let namespace = metadata.namespace.unwrap_or_default();
    if !is_of_cluster && !is_label(&namespace) {
        let message = "must be the name of a namespace: lower-case letters, digits and -";
        problems.push(FieldProblem::new("metadata.namespace", format!("Invalid value: {namespace:?}: {message}")));
    }
    let name = metadata.name.unwrap_or_default();
    if name.is_empty() {
        problems.push(FieldProblem::new("metadata.name", "Required value"));
        return Metadata { namespace, ..unknown };
    }
    if name.len() > 253 || !name.split('.').all(is_subdomain_part) {
        let message = "must be a name of at most 253 lower-case letters, digits, - and .";
        problems.push(FieldProblem::new("metadata.name", format!("Invalid value: {name:?}: {message}")));
    }
    Metadata { namespace, name }
}

/// A label of the domain name system, RFC 1123.
fn is_label(text: &str) -> bool {
    text.len() <= 63 && is_subdomain_part(text)
}

/// Kubernetes bounds the length of a subdomain, but not of its parts.
fn is_subdomain_part(part: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !part.is_empty() && part.chars().all(inner) && !part.starts_with('-') && !part.ends_with('-')
}
