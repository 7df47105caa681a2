//! From the text of a file to its documents.

use serde::Deserialize;
use serde_json::{Map, Number, Value};

use super::document::{Document, NOT_AN_OBJECT};
use super::origin::Origin;
use super::problem::Problem;
use super::source::Text;
use super::{bounds, broken_yaml, list};

/// Why a value cannot be read.
#[derive(Debug, thiserror::Error)]
enum InvalidValue {
    #[error(transparent)]
    Excess(#[from] bounds::Excess),
    #[error("is not valid JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("{}", broken_yaml::described(error, text))]
    Yaml { error: serde_yaml::Error, text: String },
    #[error("has a key that is not a text: put the key in quotes")]
    Key,
    #[error("has a tag, such as !secret: remove it")]
    Tag,
    #[error("has the number {0}, which JSON cannot represent: remove it, or put it in quotes")]
    Number(f64),
}

/// The objects of a file, in order. Each is a document, or an item of a document that is a list. Empty documents are
/// skipped, and each broken one is a problem.
pub(super) fn documents(text: &Text) -> Vec<Result<Document, Problem>> {
    let mut documents = Vec::new();
    for (index, value) in values(text).into_iter().enumerate() {
        let (file, folder) = (text.file.clone(), text.folder.clone());
        let origin = Origin { file, document: index + 1, item: None, folder, version: text.version };
        match value {
            Err(error) => documents.push(Err(Problem::of_document(origin, error.to_string()))),
            Ok(serde_yaml::Value::Null) => {}
            Ok(value) => documents.extend(list::items(document(value, origin))),
        }
    }
    documents
}

/// The values of a file. The parser cannot find the next one after a broken one.
fn values(text: &Text) -> Vec<Result<serde_yaml::Value, InvalidValue>> {
    let mut values = Vec::new();
    if text.is_json {
        // The YAML parser reads most of JSON, except for surrogate pairs and some tabs.
        for value in serde_json::Deserializer::from_str(&text.content).into_iter() {
            values.push(value.map_err(InvalidValue::from));
        }
        return values;
    }
    if let Err(excess) = bounds::check(&text.content) {
        return vec![Err(excess.into())];
    }
    for part in serde_yaml::Deserializer::from_str(&text.content) {
        let value = serde_yaml::Value::deserialize(part).and_then(|mut value| {
            value.apply_merge()?;
            Ok(value)
        });
        let is_broken = value.is_err();
        values.push(value.map_err(|error| InvalidValue::Yaml { error, text: text.content.clone() }));
        if is_broken {
            break;
        }
    }
    values
}

fn document(value: serde_yaml::Value, origin: Origin) -> Result<Document, Problem> {
    match json(value) {
        Ok(Value::Object(object)) => Ok(Document { origin, object }),
        Ok(_) => Err(Problem::of_document(origin, NOT_AN_OBJECT)),
        Err(error) => Err(Problem::of_document(origin, error.to_string())),
    }
}

/// The value as `kubectl` would send it to the API server.
fn json(yaml: serde_yaml::Value) -> Result<Value, InvalidValue> {
    Ok(match yaml {
        serde_yaml::Value::Null => Value::Null,
        serde_yaml::Value::Bool(value) => Value::Bool(value),
        serde_yaml::Value::Number(number) => Value::Number(json_number(&number)?),
        serde_yaml::Value::String(text) => Value::String(text),
        serde_yaml::Value::Sequence(items) => Value::Array(items.into_iter().map(json).collect::<Result<_, _>>()?),
        serde_yaml::Value::Mapping(fields) => {
            let mut object = Map::new();
            for (name, value) in fields {
                let serde_yaml::Value::String(name) = name else { return Err(InvalidValue::Key) };
                object.insert(name, json(value)?);
            }
            Value::Object(object)
        }
        serde_yaml::Value::Tagged(_) => return Err(InvalidValue::Tag),
    })
}

/// A number without a fraction is an integer, whatever its notation: `kubectl` sends `20.0` as `20`.
fn json_number(number: &serde_yaml::Number) -> Result<Number, InvalidValue> {
    /// Up to here every integer is a number with 53 bits.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if let Some(integer) = number.as_i64() {
        return Ok(integer.into());
    }
    if let Some(integer) = number.as_u64() {
        return Ok(integer.into());
    }
    let float = number.as_f64().unwrap_or(f64::NAN);
    if float.fract() == 0.0 && float.abs() <= EXACT {
        #[expect(clippy::cast_possible_truncation, reason = "it has no fraction and at most 53 bits")]
        return Ok((float as i64).into());
    }
    Number::from_f64(float).ok_or(InvalidValue::Number(float))
}
