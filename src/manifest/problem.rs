//! What is wrong with a file.

use std::fmt;
use std::num::NonZeroUsize;

use super::{Key, Origin};

/// Something that is wrong, with the place where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file as it was named, or what stands for it.
    pub file: String,
    /// The place of the document in its file, from 1; `None`: the file as a whole.
    pub document: Option<usize>,
    /// The place of the item in the document, from 1, where the document is a `List`.
    pub item: Option<NonZeroUsize>,
    /// Kind, namespace and name of the object, as far as they can be told.
    pub object: Option<String>,
    /// The field, as the API server writes it: `spec.groups[0].dn`.
    pub field: Option<String>,
    /// What was found and what would be right. Never holds the content of a Secret.
    pub message: String,
}

impl Problem {
    /// About a whole file.
    pub(super) fn of_file(file: impl Into<String>, message: impl Into<String>) -> Self {
        Self { file: file.into(), document: None, item: None, object: None, field: None, message: message.into() }
    }

    /// About a whole document, before anything is known of it.
    pub(super) fn of_document(origin: Origin, message: impl Into<String>) -> Self {
        Self { document: Some(origin.document), item: origin.item, ..Self::of_file(origin.file, message) }
    }

    /// About a whole object.
    pub(super) fn of_object(origin: Origin, kind: &str, (namespace, name): &Key, message: impl Into<String>) -> Self {
        Self { object: Some(format!("{kind} {namespace}/{name}")), ..Self::of_document(origin, message) }
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

/// Something that is wrong with one field, before it is known where the object was read.
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
