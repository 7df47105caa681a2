//! Lists, which `kubectl get` prints if there is more than one object.

use std::num::NonZeroUsize;

use serde_json::Value;

use super::document::{Document, NOT_AN_OBJECT};
use super::origin::Origin;
use super::problem::Problem;
use super::suggestion::unknown_field;

/// The fields of a list. Its metadata does not concern the objects.
const FIELDS: [&str; 4] = ["apiVersion", "items", "kind", "metadata"];

/// The items of a document that is a list: a `List` of v1, or an answer of the API server, such as a
/// `DirectoryGroupSyncList`. Any other document is returned as it is.
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
    // In an answer of the API server the kind of the list determines the kind of all items.
    let common = (!kind.is_empty()).then(|| (list.object.get("apiVersion").cloned(), Value::String(kind)));
    for (index, item) in items.into_iter().enumerate() {
        let origin = Origin { item: NonZeroUsize::new(index + 1), ..list.origin.clone() };
        let Value::Object(mut object) = item else {
            found.push(Err(Problem::of_document(origin, NOT_AN_OBJECT)));
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
