//! Lists: what `kubectl get` prints for more than one object.

use std::num::NonZeroUsize;

use serde_json::Value;

use super::document::{Document, NO_OBJECT};
use super::suggestion::unknown_field;
use super::{Origin, Problem};

/// What a list has; its metadata says nothing of the objects.
const FIELDS: [&str; 4] = ["apiVersion", "items", "kind", "metadata"];

/// The items of a document that is a list (`List` of v1, or `DirectoryGroupSyncList` and the like, as the API server
/// answers); any other document itself.
pub(super) fn items(document: Result<Document, Problem>) -> Vec<Result<Document, Problem>> {
    let Ok(mut list) = document else { return vec![document] };
    let Some(kind) = list.kind().and_then(|kind| kind.strip_suffix("List")).map(str::to_owned) else {
        return vec![Ok(list)];
    };
    let about = |field: &str, message: String| Problem {
        field: Some(field.to_owned()),
        ..Problem::of_document(list.origin.clone(), message)
    };
    let unknown = list.object.keys().filter(|field| !FIELDS.contains(&field.as_str()));
    let mut found: Vec<_> = unknown.map(|field| Err(about(field, unknown_field(field, FIELDS)))).collect();
    let items = match list.object.remove("items") {
        Some(Value::Array(items)) => items,
        Some(Value::Null) => Vec::new(),
        Some(_) => return vec![Err(about("items", "must be of type array: the objects of the list".to_owned()))],
        None => return vec![Err(about("items", "Required value".to_owned()))],
    };
    // The API server's own answers name the kind once, for all items.
    let common = (!kind.is_empty()).then(|| (list.object.get("apiVersion").cloned(), Value::String(kind)));
    for (index, item) in items.into_iter().enumerate() {
        let origin = Origin { item: NonZeroUsize::new(index + 1), ..list.origin.clone() };
        let Value::Object(mut object) = item else {
            found.push(Err(Problem::of_document(origin, NO_OBJECT)));
            continue;
        };
        if let Some((version, kind)) = &common
            && !object.contains_key("kind")
        {
            object.insert("kind".to_owned(), kind.clone());
            object.extend(version.iter().map(|version| ("apiVersion".to_owned(), version.clone())));
        }
        found.push(Ok(Document { origin, object }));
    }
    found
}
