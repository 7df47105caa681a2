//! One document, from text to a typed object.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value};

use super::list;
use super::metadata::{self, Metadata};
use super::problem::FieldProblem;
use super::schema::Schema;
use super::source::Text;
use super::suggestion::nearest;
use super::{Located, Origin, Problem, broken_yaml};

/// What is said of a document or an item that is no object.
pub(super) const NO_OBJECT: &str = "must be an object with apiVersion and kind";

/// The kinds that a file may hold.
const KINDS: [&str; 5] = ["DirectoryGroupSync", "Directory", "DashboardServer", "Secret", "ConfigMap"];

/// One document that holds an object. It has no `Debug`, because it may be a Secret.
pub(super) struct Document {
    pub(super) origin: Origin,
    pub(super) object: Map<String, Value>,
}

/// The objects of a file, in order: a document each, or an item of a document that is a list. Empty documents are passed
/// over, broken ones are a problem each.
pub(super) fn split(text: &Text) -> Vec<Result<Document, Problem>> {
    let mut documents = Vec::new();
    for (index, value) in values(text).into_iter().enumerate() {
        let (file, folder) = (text.file.clone(), text.folder.clone());
        let origin = Origin { file, document: index + 1, item: None, folder, version: text.version };
        match value {
            Err(message) => documents.push(Err(Problem::of_document(origin, message))),
            Ok(serde_yaml::Value::Null) => {}
            Ok(value) => documents.extend(list::items(document(value, origin))),
        }
    }
    documents
}

/// The values of a file. The parser cannot find the next one behind a broken one.
fn values(text: &Text) -> Vec<Result<serde_yaml::Value, String>> {
    let mut values = Vec::new();
    if text.is_json {
        // YAML reads most of JSON, but neither its escapes of two parts nor every tab.
        for value in serde_json::Deserializer::from_str(&text.content).into_iter() {
            values.push(value.map_err(|error| format!("is not JSON: {error}")));
        }
        return values;
    }
    for part in serde_yaml::Deserializer::from_str(&text.content) {
        let value = serde_yaml::Value::deserialize(part).and_then(|mut value| {
            value.apply_merge()?;
            Ok(value)
        });
        let is_broken = value.is_err();
        values.push(value.map_err(|error| broken_yaml::described(&error, &text.content)));
        if is_broken {
            break;
        }
    }
    values
}

fn document(value: serde_yaml::Value, origin: Origin) -> Result<Document, Problem> {
    match json(value) {
        Ok(Value::Object(object)) => Ok(Document { origin, object }),
        Ok(_) => Err(Problem::of_document(origin, NO_OBJECT)),
        Err(message) => Err(Problem::of_document(origin, message)),
    }
}

/// The same value as the API server would get it from `kubectl`.
fn json(yaml: serde_yaml::Value) -> Result<Value, String> {
    Ok(match yaml {
        serde_yaml::Value::Null => Value::Null,
        serde_yaml::Value::Bool(value) => Value::Bool(value),
        serde_yaml::Value::Number(number) => Value::Number(json_number(&number)?),
        serde_yaml::Value::String(text) => Value::String(text),
        serde_yaml::Value::Sequence(items) => Value::Array(items.into_iter().map(json).collect::<Result<_, _>>()?),
        serde_yaml::Value::Mapping(fields) => {
            let mut object = Map::new();
            for (name, value) in fields {
                let serde_yaml::Value::String(name) = name else {
                    return Err("has a key that is no text: put it in quotes".to_owned());
                };
                object.insert(name, json(value)?);
            }
            Value::Object(object)
        }
        serde_yaml::Value::Tagged(tagged) => return Err(format!("has the tag {}: leave it out", tagged.tag)),
    })
}

/// A number without a fraction is an integer, however it was written: `20.0` is `20` in JSON as `kubectl` sends it.
fn json_number(number: &serde_yaml::Number) -> Result<Number, String> {
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
    Number::from_f64(float).ok_or_else(|| format!("has the number {float}, which JSON cannot hold"))
}

impl Document {
    pub(super) fn api_version(&self) -> Option<&str> {
        self.object.get("apiVersion").and_then(Value::as_str)
    }

    pub(super) fn kind(&self) -> Option<&str> {
        self.object.get("kind").and_then(Value::as_str)
    }

    /// Why the document cannot be taken in at all.
    pub(super) fn unknown_kind(&self) -> Problem {
        let message = match (self.api_version(), self.kind()) {
            (Some(version), Some(kind)) => {
                let meant = nearest(kind, KINDS).filter(|meant| *meant != kind);
                let meant = meant.map(|meant| format!("; did you mean {meant}?")).unwrap_or_default();
                format!(
                    "{kind} of {version} is not known here: a file may hold DirectoryGroupSync, Directory and \
                     DashboardServer of directorysync.dev/v1alpha1, Secret and ConfigMap of v1, and lists of them{meant}"
                )
            }
            (None, _) => "apiVersion: Required value".to_owned(),
            (_, None) => "kind: Required value".to_owned(),
        };
        Problem::of_document(self.origin.clone(), message)
    }

    /// Validates the document against its definition and reads it.
    pub(super) fn into_resource<T: DeserializeOwned>(mut self, schema: &Schema) -> Result<Located<T>, Vec<Problem>> {
        let kind = self.kind().unwrap_or_default().to_owned();
        let mut problems = Vec::new();
        let metadata = self.metadata(&mut problems);
        let mut object = Value::Object(self.object);
        schema.validate(&mut object, &mut problems);
        let typed = if problems.is_empty() {
            serde_json::from_value(object).map_err(|error| vec![FieldProblem::new("", error.to_string())])
        } else {
            Err(problems)
        };
        let origin = self.origin;
        match typed {
            Ok(object) => Ok(Located { object, origin }),
            Err(problems) => Err(place(problems, &origin, &kind, &metadata)),
        }
    }

    /// Checks the metadata and fills in the namespace.
    pub(super) fn metadata(&mut self, problems: &mut Vec<FieldProblem>) -> Metadata {
        metadata::check(&mut self.object, problems)
    }
}

/// Says of each problem where it is.
pub(super) fn place(problems: Vec<FieldProblem>, origin: &Origin, kind: &str, metadata: &Metadata) -> Vec<Problem> {
    problems
        .into_iter()
        .map(|problem| Problem {
            field: Some(problem.field).filter(|field| !field.is_empty()),
            ..Problem::of_object(origin.clone(), kind, &metadata.key(), problem.message)
        })
        .collect()
}
