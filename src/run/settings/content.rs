//! Values from referenced objects.

use std::path::PathBuf;

use secrecy::ExposeSecret as _;

use super::invalid::InvalidSettings;
use crate::api::v1alpha1::reference::KeyReference;
use crate::run::referenced_object::{Contents, ReferencedObject, ReferencedObjects};

/// Looks up one value. `field` is the path of the reference.
pub(super) fn value<'a>(
    referenced: &'a ReferencedObjects,
    object: &ReferencedObject,
    key: &str,
    field: &str,
) -> Result<(&'a [u8], &'a Contents), InvalidSettings> {
    let contents = referenced
        .get(object)
        .ok_or_else(|| InvalidSettings::Missing { field: field.to_owned(), object: object.clone() })?;
    let value = contents.values.get(key).ok_or_else(|| InvalidSettings::MissingKey {
        field: field.to_owned(),
        object: object.clone(),
        key: key.to_owned(),
        keys: contents.values.len(),
    })?;
    Ok((value.expose_secret(), contents))
}

/// Looks up the value of a reference to a key of a Secret.
pub(super) fn secret<'a>(
    referenced: &'a ReferencedObjects,
    reference: &KeyReference,
    field: &str,
) -> Result<(&'a [u8], &'a Contents), InvalidSettings> {
    value(referenced, &ReferencedObject::Secret(reference.name.clone()), &reference.key, field)
}

/// A path from an object, relative to the folder of the object's file.
pub(super) fn path_in(folder: Option<&PathBuf>, path: &str) -> Option<PathBuf> {
    folder.map(|folder| folder.join(path))
}
