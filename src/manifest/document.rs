//! One document with an object, and the steps to a typed object.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::located::Located;
use super::metadata::{self, Metadata};
use super::origin::Origin;
use super::problem::{FieldProblem, Problem};
use super::schema::Schema;
use super::suggestion::nearest;

/// The message about a document or an item that is not an object.
pub(super) const NOT_AN_OBJECT: &str = "must be an object with apiVersion and kind";

/// The kinds that a file can contain.
const KINDS: [&str; 6] =
    ["DirectoryGroupSync", "Directory", "ClusterDirectory", "DashboardServer", "Secret", "ConfigMap"];

/// One document with an object. It does not implement `Debug`, because it may be a Secret.
pub(super) struct Document {
    pub(super) origin: Origin,
    pub(super) object: Map<String, Value>,
}

impl Document {
    pub(super) fn api_version(&self) -> Option<&str> {
        self.object.get("apiVersion").and_then(Value::as_str)
    }

    pub(super) fn kind(&self) -> Option<&str> {
        self.object.get("kind").and_then(Value::as_str)
    }

    /// Why the kind of the document is not accepted.
    pub(super) fn unknown_kind(&self) -> Problem {
        let message = match (self.api_version(), self.kind()) {
            (Some(version), Some(kind)) => {
                let meant = nearest(kind, KINDS).filter(|meant| *meant != kind);
                let meant = meant.map(|meant| format!("; did you mean {meant}?")).unwrap_or_default();
                format!(
                    "the kind {kind} of {version} is not supported, only DirectoryGroupSync, Directory, ClusterDirectory and \
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
        let metadata = metadata::check(&mut self.object, schema.is_of_cluster(), &mut problems);
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
            Err(problems) => Err(located_problems(problems, &origin, &kind, &metadata)),
        }
    }

    /// Checks the metadata of an object in a namespace, and fills in the namespace.
    pub(super) fn metadata(&mut self, problems: &mut Vec<FieldProblem>) -> Metadata {
        metadata::check(&mut self.object, false, problems)
    }
}

/// The problems with the place of their object.
pub(super) fn located_problems(
    problems: Vec<FieldProblem>,
    origin: &Origin,
    kind: &str,
    metadata: &Metadata,
) -> Vec<Problem> {
    problems
        .into_iter()
        .map(|problem| Problem {
            field: Some(problem.field).filter(|field| !field.is_empty()),
            ..Problem::of_object(origin.clone(), kind, &metadata.key(), problem.message)
        })
        .collect()
}
