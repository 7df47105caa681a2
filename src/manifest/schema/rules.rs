//! The CEL rules of a definition.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::JSONSchemaProps;
use kube::core::cel::{CompiledSchema, ErrorKind, ValidationError, Validator, compile_schema};
use serde_json::Value;

use super::path;
use crate::manifest::problem::FieldProblem;

/// The compiled rules of a definition.
pub(super) struct Rules {
    validator: Validator,
    compiled: CompiledSchema,
}

impl Rules {
    pub(super) fn new(schema: &JSONSchemaProps) -> Self {
        // A schema is plain data. If it could not be written as JSON, no rule would compile, and every object would fail.
        let schema = serde_json::to_value(schema).unwrap_or_default();
        Self { validator: Validator::new(), compiled: compile_schema(&schema) }
    }

    /// Lists the rules that are violated, in the order of their fields.
    pub(super) fn check(&self, schema: &JSONSchemaProps, object: &Value, problems: &mut Vec<FieldProblem>) {
        let Err(errors) = self.validator.validate_compiled(&self.compiled, object, None) else { return };
        let mut broken: Vec<_> = errors
            .into_iter()
            .map(|error| {
                let message = words(&error, schema, object);
                FieldProblem::new(error.field_path, message)
            })
            .collect();
        broken.sort_by(|a, b| a.field.cmp(&b.field));
        problems.append(&mut broken);
    }
}

/// The message of the API server. It shows the value only if the rule is attached to the value itself.
fn words(error: &ValidationError, schema: &JSONSchemaProps, object: &Value) -> String {
    if error.kind == ErrorKind::ValidationFailure && error.reason.as_deref() == Some("FieldValueForbidden") {
        return format!("Forbidden: {}", error.message);
    }
    match path::find(schema, object, &error.field_path) {
        Some((schema, value)) if is_attached(error, schema) && !value.is_object() && !value.is_array() => {
            format!("Invalid value: {}: {}", visible(value), error.message)
        }
        _ => format!("Invalid value: {}", error.message),
    }
}

/// The value as JSON, with invisible characters escaped: a character that looks like a space is a likely cause.
fn visible(value: &Value) -> String {
    let hidden = |c: char| {
        (c.is_whitespace() && c != ' ')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    let escape = |c: char| if hidden(c) { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() };
    value.to_string().chars().map(escape).collect()
}

fn is_attached(error: &ValidationError, schema: &JSONSchemaProps) -> bool {
    schema.x_kubernetes_validations.iter().flatten().any(|rule| rule.rule == error.rule)
}
