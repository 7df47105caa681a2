//! The defaults of the definition.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::JSONSchemaProps;
use serde_json::Value;

use super::path;

/// Fills in the defaults. A field that is null is treated as absent, because no field of these definitions may be null.
pub(super) fn fill_in(schema: &JSONSchemaProps, value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, schema) in schema.properties.iter().flatten() {
                if fields.get(name).is_some_and(Value::is_null) {
                    fields.remove(name);
                }
                if let (None, Some(default)) = (fields.get(name), &schema.default) {
                    fields.insert(name.clone(), default.0.clone());
                }
                if let Some(value) = fields.get_mut(name) {
                    fill_in(schema, value);
                }
            }
        }
        Value::Array(values) => {
            if let Some(schema) = path::items(schema) {
                for value in values {
                    fill_in(schema, value);
                }
            }
        }
        _ => {}
    }
}
