//! Values that settings take from what the objects refer to.

use std::path::PathBuf;

use secrecy::ExposeSecret as _;

use super::invalid::InvalidSettings;
use crate::api::v1alpha1::reference::KeyReference;
use crate::run::referenced_object::{Contents, ReferencedObject, ReferencedObjects};

/// Looks up one value. `field` is the path of the reference in the object that bears it.
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
        keys: contents.values.keys().cloned().collect(),
    })?;
    Ok((value.expose_secret(), contents))
}

/// Looks up what a key reference to a Secret points to.
pub(super) fn secret<'a>(
    referenced: &'a ReferencedObjects,
    reference: &KeyReference,
    field: &str,
) -> Result<(&'a [u8], &'a Contents), InvalidSettings> {
    value(referenced, &ReferencedObject::Secret(reference.name.clone()), &reference.key, field)
}

/// A path that an object gives, made absolute by the folder of the file that gave it.
pub(super) fn path_in(folder: Option<&PathBuf>, path: &str) -> Option<PathBuf> {
    folder.map(|folder| folder.join(path))
}
