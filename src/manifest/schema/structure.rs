//! Types, bounds and required fields: everything in a definition except its rules.

use std::collections::BTreeMap;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::JSONSchemaProps;
use serde_json::{Map, Value};

use super::path;
use crate::manifest::problem::FieldProblem;

/// Whether the rules can be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Structure {
    /// They can, even if a bound is exceeded.
    Sound,
    /// They cannot, because a value is missing, of another type, or longer than the rules expect. The API server does not
    /// check the rules then either.
    Unsound,
}

/// Lists the problems.
pub(super) fn check(schema: &JSONSchemaProps, value: &Value, problems: &mut Vec<FieldProblem>) -> Structure {
    let mut check = Check { problems, structure: Structure::Sound };
    check.value(schema, value, "");
    check.structure
}

struct Check<'a> {
    problems: &'a mut Vec<FieldProblem>,
    structure: Structure,
}

impl Check<'_> {
    fn value(&mut self, schema: &JSONSchemaProps, value: &Value, at: &str) {
        let found = type_of(value);
        if let Some(wanted) = schema.type_.as_deref().filter(|wanted| *wanted != found) {
            return self.blocking(at, format!("Invalid value: {found:?}: must be of type {wanted}"));
        }
        self.choice(schema, value, at);
        match value {
            Value::Object(fields) => {
                for name in schema.required.iter().flatten().filter(|name| !fields.contains_key(*name)) {
                    self.blocking(&path::field(at, name), "Required value".to_owned());
                }
                for (name, schema) in schema.properties.iter().flatten() {
                    if let Some(value) = fields.get(name) {
                        self.value(schema, value, &path::field(at, name));
                    }
                }
                if let Some(schema) = path::values(schema) {
                    self.map(schema, fields, at);
                }
                if let Some(max) = schema.max_properties.filter(|max| count(fields.len()) > *max) {
                    self.blocking(at, format!("Too many: {}: must have at most {max} items", fields.len()));
                }
            }
            Value::Array(values) => self.list(schema, values, at),
            Value::String(text) => {
                let length = count(text.chars().count());
                if let Some(max) = schema.max_length.filter(|max| length > *max) {
                    self.blocking(at, format!("Too long: may not be more than {max} characters"));
                }
            }
            Value::Number(number) => self.number(schema, number.as_f64().unwrap_or_default(), value, at),
            Value::Bool(_) | Value::Null => {}
        }
    }

    fn choice(&mut self, schema: &JSONSchemaProps, value: &Value, at: &str) {
        let Some(choices) = &schema.enum_ else { return };
        if !choices.iter().any(|choice| choice.0 == *value) {
            let choices: Vec<_> = choices.iter().map(|choice| choice.0.to_string()).collect();
            self.blocking(at, format!("Unsupported value: {value}: supported values: {}", choices.join(", ")));
        }
    }

    fn list(&mut self, schema: &JSONSchemaProps, values: &[Value], at: &str) {
        let length = count(values.len());
        if let Some(max) = schema.max_items.filter(|max| length > *max) {
            self.blocking(at, format!("Too many: {length}: must have at most {max} items"));
        }
        if let Some(min) = schema.min_items.filter(|min| length < *min) {
            self.wrong(at, format!("Invalid value: {length}: must have at least {min} items"));
        }
        if schema.x_kubernetes_list_type.as_deref() == Some("set") {
            let mut seen: BTreeMap<String, usize> = BTreeMap::new();
            for (index, value) in values.iter().enumerate() {
                let times = seen.entry(value.to_string()).or_default();
                *times += 1;
                if *times == 2 {
                    self.wrong(&path::item(at, index), format!("Duplicate value: {value}"));
                }
            }
        }
        if let Some(schema) = path::items(schema) {
            for (index, value) in values.iter().enumerate() {
                self.value(schema, value, &path::item(at, index));
            }
        }
    }

    fn map(&mut self, of_values: &JSONSchemaProps, fields: &Map<String, Value>, at: &str) {
        for (key, value) in fields {
            self.value(of_values, value, &path::field(at, key));
        }
    }

    fn number(&mut self, schema: &JSONSchemaProps, number: f64, value: &Value, at: &str) {
        if let Some(min) = schema.minimum.filter(|min| number < *min) {
            self.wrong(at, format!("Invalid value: {value}: must be greater than or equal to {min}"));
        }
        if let Some(max) = schema.maximum.filter(|max| number > *max) {
            self.wrong(at, format!("Invalid value: {value}: must be less than or equal to {max}"));
        }
    }

    fn wrong(&mut self, at: &str, message: String) {
        self.problems.push(FieldProblem::new(at, message));
    }

    fn blocking(&mut self, at: &str, message: String) {
        self.structure = Structure::Unsound;
        self.wrong(at, message);
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}
