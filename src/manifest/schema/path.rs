//! Paths of fields in the API server's notation: `spec.groups[0].dn`.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
};
use serde_json::Value;

/// The path of a field of the object at `path`. The path of the root is empty.
pub(super) fn field(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// The path of an item of the list at `path`.
pub(super) fn item(path: &str, index: usize) -> String {
    format!("{path}[{index}]")
}

/// The schema of the items of a list.
pub(super) fn items(schema: &JSONSchemaProps) -> Option<&JSONSchemaProps> {
    match &schema.items {
        Some(JSONSchemaPropsOrArray::Schema(items)) => Some(items),
        _ => None,
    }
}

/// The schema of the values of a map, whose keys are data and not fields.
pub(super) fn values(schema: &JSONSchemaProps) -> Option<&JSONSchemaProps> {
    match &schema.additional_properties {
        Some(JSONSchemaPropsOrBool::Schema(values)) => Some(values),
        _ => None,
    }
}

/// The schema and the value at a path. The field names of these definitions contain neither dots nor brackets.
pub(super) fn find<'a>(
    schema: &'a JSONSchemaProps,
    value: &'a Value,
    path: &str,
) -> Option<(&'a JSONSchemaProps, &'a Value)> {
    let mut found = (schema, value);
    for step in path.split(['.', '[']).filter(|step| !step.is_empty()) {
        found = match step.strip_suffix(']') {
            Some(index) => (items(found.0)?, found.1.get(index.parse::<usize>().ok()?)?),
            None => (found.0.properties.as_ref()?.get(step)?, found.1.get(step)?),
        };
    }
    Some(found)
}
