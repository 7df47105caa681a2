//! Why objects cannot be made into settings.

use crate::api::v1alpha1::condition::Reason;
use crate::run::referenced_object::{MAX_DIRECTORY_FILE, ReferencedObject};
use crate::sync::escape::quoted;

/// Why objects cannot be made into settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSettings {
    /// A value that does not work, although the schema accepts it.
    #[error("{field}: {problem}")]
    Field {
        /// The field's path, which starts with the kind of the object.
        field: String,
        /// What was found, and what to do.
        problem: String,
    },
    /// Rule `allowed-adoption`: the sync would adopt, and its dashboard server does not allow it.
    #[error(
        "{field}: the DashboardServer \"{server}\" does not allow to take over existing groups and accounts: remove \
         {field_alone}, or set spec.allowAdoption of the DashboardServer to true",
        field_alone = field.split_once(' ').map_or(&**field, |(_, path)| path)
    )]
    AdoptionNotAllowed {
        /// The field's path.
        field: String,
        /// The name of the `DashboardServer`.
        server: String,
    },
    /// Rule `allowed-hosts`: the operator may not connect to this host.
    #[error(
        "{field}: the operator may not connect to the host {} at port {port}, because its option --allowed-hosts does not \
         list it: correct the host, or have a cluster administrator add it to that option",
        quoted(host)
    )]
    HostNotAllowed {
        /// The path of the field that names the host, or leads to it.
        field: String,
        /// The host.
        host: String,
        /// The port.
        port: u16,
    },
    /// A reference to something that does not exist.
    #[error("{field}: there is no {object}{}: create it, or correct the reference", bound(object))]
    Missing {
        /// The reference's path.
        field: String,
        /// The referenced object.
        object: ReferencedObject,
    },
    /// A reference to a key that does not exist.
    #[error("{field}: {object} has no key \"{key}\"; {}", counted(*keys))]
    MissingKey {
        /// The reference's path.
        field: String,
        /// The referenced object.
        object: ReferencedObject,
        /// The missing key.
        key: String,
        /// How many keys the object has.
        keys: usize,
    },
    /// A referenced value that cannot be used. It is not repeated.
    #[error("{field}: \"{key}\" of {object} {problem}")]
    Content {
        /// The reference's path.
        field: String,
        /// The referenced object.
        object: ReferencedObject,
        /// The key.
        key: String,
        /// What is wrong with the value.
        problem: String,
    },
}

impl InvalidSettings {
    pub(in crate::run) fn field(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Field { field: field.into(), problem: problem.into() }
    }

    /// The kind of the object at fault: the first word of the field's path.
    #[must_use]
    pub fn kind(&self) -> &str {
        let (Self::Field { field, .. }
        | Self::AdoptionNotAllowed { field, .. }
        | Self::HostNotAllowed { field, .. }
        | Self::Missing { field, .. }
        | Self::MissingKey { field, .. }
        | Self::Content { field, .. }) = self;
        field.split(' ').next().unwrap_or_default()
    }

    /// The same, where the field's path does not start with the kind of its object yet.
    #[must_use]
    pub(super) fn of_kind(mut self, kind: &str) -> Self {
        let (Self::Field { field, .. }
        | Self::AdoptionNotAllowed { field, .. }
        | Self::HostNotAllowed { field, .. }
        | Self::Missing { field, .. }
        | Self::MissingKey { field, .. }
        | Self::Content { field, .. }) = &mut self;
        field.insert_str(0, &format!("{kind} "));
        self
    }

    /// The reason for the condition.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match self {
            Self::Field { .. } => Reason::InvalidSpec,
            Self::AdoptionNotAllowed { .. } => Reason::AdoptionNotAllowed,
            Self::HostNotAllowed { .. } => Reason::HostNotAllowed,
            Self::Missing { object: ReferencedObject::ConfigMap(_), .. } => Reason::ConfigMapNotFound,
            Self::Missing { object: ReferencedObject::Secret(_), .. } => Reason::SecretNotFound,
            Self::Missing { object: ReferencedObject::File(_), .. } | Self::Content { .. } => Reason::InvalidContent,
            Self::MissingKey { .. } => Reason::KeyNotFound,
        }
    }
}

/// What else may be the reason that a file is missing.
fn bound(object: &ReferencedObject) -> String {
    match object {
        ReferencedObject::File(_) => format!(" that can be read, of at most {} MiB", MAX_DIRECTORY_FILE >> 20),
        ReferencedObject::ConfigMap(_) | ReferencedObject::Secret(_) => String::new(),
    }
}

/// How many keys there are. Their names may be private too. Rule `withheld-text`.
fn counted(keys: usize) -> String {
    match keys {
        0 => "it has no keys: add this one".to_owned(),
        1 => "it has 1 other key: correct the key in the reference, or add this one".to_owned(),
        keys => format!("it has {keys} other keys: correct the key in the reference, or add this one"),
    }
}
