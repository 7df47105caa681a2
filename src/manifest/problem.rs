//! Problems of files.

use std::fmt;
use std::num::NonZeroUsize;

use super::located::Key;
use super::origin::Origin;

/// A problem of a file, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file as it was specified, or `-` for standard input.
    pub file: String,
    /// The number of the document in its file, from 1. `None`: the file as a whole.
    pub document: Option<usize>,
    /// The number of the item in the document, from 1, if the document is a `List`.
    pub item: Option<NonZeroUsize>,
    /// Kind, namespace and name of the object, as far as they are known.
    pub object: Option<String>,
    /// The field, in the API server's notation: `spec.groups[0].dn`.
    pub field: Option<String>,
    /// What was found, and what to do. It never contains a value of a Secret.
    pub message: String,
}

impl Problem {
    /// A problem of a whole file.
    pub(super) fn of_file(file: impl Into<String>, message: impl Into<String>) -> Self {
        Self { file: file.into(), document: None, item: None, object: None, field: None, message: message.into() }
    }

    /// A problem of a whole document whose object is not known.
    pub(super) fn of_document(origin: Origin, message: impl Into<String>) -> Self {
        Self { document: Some(origin.document), item: origin.item, ..Self::of_file(origin.file, message) }
    }

    /// A problem of a whole object.
    pub(super) fn of_object(origin: Origin, kind: &str, key: &Key, message: impl Into<String>) -> Self {
        let object = match key {
            (namespace, name) if namespace.is_empty() => format!("{kind} {name}"),
            (namespace, name) => format!("{kind} {namespace}/{name}"),
        };
        Self { object: Some(object), ..Self::of_document(origin, message) }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(document) = self.document {
            write!(f, ", document {document}")?;
        }
        if let Some(item) = self.item {
            write!(f, ", item {item}")?;
        }
        for part in [&self.object, &self.field].into_iter().flatten() {
            write!(f, ": {part}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for Problem {}

/// A problem of one field, without the place where the object was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FieldProblem {
    pub(super) field: String,
    pub(super) message: String,
}

impl FieldProblem {
    pub(super) fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}
