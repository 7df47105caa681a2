//! Unknown fields, which strict field validation refuses because they are typing errors.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::JSONSchemaProps;
use serde_json::Value;

use super::path;
use crate::manifest::problem::FieldProblem;
use crate::manifest::suggestion::unknown_field;

/// The fields of every object, which no definition lists. `metadata` is checked elsewhere.
const ROOT: [&str; 3] = ["apiVersion", "kind", "metadata"];

/// Removes unknown fields and lists them.
pub(super) fn remove(schema: &JSONSchemaProps, object: &mut Value, problems: &mut Vec<FieldProblem>) {
    let Value::Object(fields) = object else { return };
    let root: Vec<_> = ROOT.into_iter().filter_map(|name| fields.remove_entry(name)).collect();
    walk(schema, object, "", problems);
    if let Value::Object(fields) = object {
        fields.extend(root);
    }
}

fn walk(schema: &JSONSchemaProps, value: &mut Value, at: &str, problems: &mut Vec<FieldProblem>) {
    match value {
        Value::Object(fields) => fields.retain(|name, value| {
            let known = schema.properties.as_ref().and_then(|properties| properties.get(name));
            let known = known.or_else(|| path::values(schema));
            if let Some(schema) = known {
                walk(schema, value, &path::field(at, name), problems);
            } else {
                let known = schema.properties.iter().flatten().map(|(name, _)| name.as_str());
                let known = known.chain(ROOT.into_iter().filter(|_| at.is_empty()));
                problems.push(FieldProblem::new(path::field(at, name), unknown_field(name, known)));
            }
            known.is_some()
        }),
        Value::Array(values) => {
            if let Some(schema) = path::items(schema) {
                for (index, value) in values.iter_mut().enumerate() {
                    walk(schema, value, &path::item(at, index), problems);
                }
            }
        }
        _ => {}
    }
}
