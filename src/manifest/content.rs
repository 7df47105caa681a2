//! Secrets and `ConfigMap`s, with the values that other objects refer to.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretSlice;
use serde_json::{Map, Value};

use super::document::{Document, located_problems};
use super::located::{Key, Located, Named};
use super::problem::{FieldProblem, Problem};
use super::suggestion::unknown_field;

/// A Secret. Its values are exposed only on explicit request.
#[derive(Debug, Clone)]
pub struct Secret {
    key: Key,
    data: BTreeMap<String, SecretSlice<u8>>,
}

impl Secret {
    /// All values by key.
    #[must_use]
    pub const fn data(&self) -> &BTreeMap<String, SecretSlice<u8>> {
        &self.data
    }
}

/// A `ConfigMap`. It may be as private as a Secret: a directory can be in it.
#[derive(Debug, Clone)]
pub struct ConfigMap {
    key: Key,
    data: BTreeMap<String, SecretSlice<u8>>,
}

impl ConfigMap {
    /// All values by key.
    #[must_use]
    pub const fn data(&self) -> &BTreeMap<String, SecretSlice<u8>> {
        &self.data
    }
}

impl Named for Secret {
    fn kind(&self) -> &'static str {
        "Secret"
    }

    fn key(&self) -> Key {
        self.key.clone()
    }
}

impl Named for ConfigMap {
    fn kind(&self) -> &'static str {
        "ConfigMap"
    }

    fn key(&self) -> Key {
        self.key.clone()
    }
}

/// Reads a Secret. `stringData` overrides `data`, as in the API server.
pub(super) fn secret(document: Document) -> Result<Located<Secret>, Vec<Problem>> {
    let fields = ["apiVersion", "data", "immutable", "kind", "metadata", "stringData", "type"];
    read(document, &fields, |object, problems| {
        let mut data = entries(object, "data", problems, decode);
        data.append(&mut entries(object, "stringData", problems, plain));
        data.into_iter().map(|(key, value)| (key, SecretSlice::from(value))).collect()
    })
    .map(|(located, data)| Located { object: Secret { key: located.object, data }, origin: located.origin })
}

/// Reads a `ConfigMap`.
pub(super) fn config_map(document: Document) -> Result<Located<ConfigMap>, Vec<Problem>> {
    let fields = ["apiVersion", "binaryData", "data", "immutable", "kind", "metadata"];
    read(document, &fields, |object, problems| {
        let mut data = entries(object, "data", problems, plain);
        for (key, value) in entries(object, "binaryData", problems, decode) {
            if data.insert(key.clone(), value).is_some() {
                problems
                    .push(FieldProblem::new(format!("binaryData[{key}]"), "Duplicate value: the key is also in data"));
            }
        }
        data.into_iter().map(|(key, value)| (key, SecretSlice::from(value))).collect()
    })
    .map(|(located, data)| Located { object: ConfigMap { key: located.object, data }, origin: located.origin })
}

fn read<D>(
    mut document: Document,
    fields: &[&str],
    data: impl FnOnce(&Map<String, Value>, &mut Vec<FieldProblem>) -> D,
) -> Result<(Located<Key>, D), Vec<Problem>> {
    let mut problems = Vec::new();
    let metadata = document.metadata(&mut problems);
    for field in document.object.keys().filter(|field| !fields.contains(&field.as_str())) {
        problems.push(FieldProblem::new(field, unknown_field(field, fields.iter().copied())));
    }
    for (field, is_right, kind) in
        [("type", Value::is_string as fn(&Value) -> bool, "string"), ("immutable", Value::is_boolean, "boolean")]
    {
        if document.object.get(field).is_some_and(|value| !value.is_null() && !is_right(value)) {
            problems.push(FieldProblem::new(field, format!("must be of type {kind}")));
        }
    }
    let data = data(&document.object, &mut problems);
    if problems.is_empty() {
        return Ok((Located { object: metadata.key(), origin: document.origin }, data));
    }
    let kind = document.kind().unwrap_or_default().to_owned();
    Err(located_problems(problems, &document.origin, &kind, &metadata))
}

/// Why an entry is refused. No message shows the value.
#[derive(Debug, Clone, Copy, thiserror::Error)]
enum InvalidEntry {
    #[error("must be of type string: put it in quotes")]
    NotAString,
    #[error("must have a key of letters, digits, -, _ and .")]
    Key,
    #[error("must be base64; in a Secret, use stringData for plain text")]
    NotBase64,
}

/// The entries of one map.
fn entries(
    object: &Map<String, Value>,
    field: &str,
    problems: &mut Vec<FieldProblem>,
    read: fn(&str) -> Result<Vec<u8>, InvalidEntry>,
) -> BTreeMap<String, Vec<u8>> {
    let entries = match object.get(field) {
        None | Some(Value::Null) => return BTreeMap::new(),
        Some(Value::Object(entries)) => entries,
        Some(_) => {
            problems.push(FieldProblem::new(field, "must be of type object: keys with values"));
            return BTreeMap::new();
        }
    };
    let mut read_entries = BTreeMap::new();
    for (key, value) in entries {
        let value = match value {
            Value::String(text) => read(text),
            // As in the API server, whose Go types do not have a null.
            Value::Null => Ok(Vec::new()),
            _ => Err(InvalidEntry::NotAString),
        };
        let value = if is_key(key) { value } else { Err(InvalidEntry::Key) };
        match value {
            Ok(value) => {
                read_entries.insert(key.clone(), value);
            }
            Err(error) => problems.push(FieldProblem::new(format!("{field}[{key}]"), error.to_string())),
        }
    }
    read_entries
}

/// The API server's rule for keys.
fn is_key(key: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    !key.is_empty() && key.len() <= 253 && key.chars().all(allowed) && key != "." && !key.starts_with("..")
}

#[expect(clippy::unnecessary_wraps, reason = "one of two ways to read an entry")]
fn plain(text: &str) -> Result<Vec<u8>, InvalidEntry> {
    Ok(text.as_bytes().to_vec())
}

/// Line breaks are ignored, because block scalars have them. The API server ignores them too.
fn decode(text: &str) -> Result<Vec<u8>, InvalidEntry> {
    let text: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    STANDARD.decode(text).map_err(|_| InvalidEntry::NotBase64)
}
