//! One answer of a list, in the forms of all versions.

use http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::refusal::says_no;
use crate::store::Error;
use crate::store::remote::http::Answer;

/// A row that has an id.
pub(super) trait Row: DeserializeOwned {
    /// Its id.
    fn id(&self) -> i64;
}

/// What an answer says of a list.
pub(super) enum Page<T> {
    /// These rows, and how many the whole list has, if it says so.
    Rows(Vec<T>, Option<usize>),
    /// The list is empty, or the page is behind its end.
    End,
    /// The group whose members are asked for does not exist.
    Missing,
}

/// Reads an answer. `key` is what a list of these rows is called, such as `UserList`.
///
/// # Errors
/// When the answer is not such a list.
pub(super) fn page<T: Row>(answer: Answer, key: &str, number: usize) -> Result<Page<T>, Error> {
    match answer.status {
        _ if answer.is_foreign => return Err(answer.error()),
        StatusCode::NO_CONTENT => return Ok(Page::End),
        // "Page does not exists."
        StatusCode::BAD_REQUEST if number > 1 => return Ok(Page::End),
        StatusCode::NOT_FOUND | StatusCode::NOT_ACCEPTABLE => return Ok(Page::Missing),
        _ => {}
    }
    let attempt = answer.attempt.clone();
    let unexpected = |cause: String| Error::unexpected(format!("asking the dashboard server ({attempt})"), cause);
    if says_no(&answer.body) {
        return Err(unexpected(answer.words()));
    }
    let body = answer.into_body()?;
    let rows = rows(&body, key).ok_or_else(|| unexpected(format!("the answer has no {key}, as Bold BI's has")))?;
    let rows: Result<Vec<T>, _> = rows.into_iter().map(|row| serde_json::from_value(row.clone())).collect();
    let rows = rows.map_err(|error| unexpected(format!("a row of {key} is not one of Bold BI ({error})")))?;
    let total = body.get("TotalResults").and_then(Value::as_u64).and_then(|total| usize::try_from(total).ok());
    Ok(Page::Rows(rows, total))
}

/// The rows of a body: version 4.0 has one list under its name, 5.0 has lists in the list `Data`.
fn rows<'a>(body: &'a Value, key: &str) -> Option<Vec<&'a Value>> {
    if let Some(list) = body.get(key) {
        return Some(list.as_array()?.iter().collect());
    }
    let parts = match body.get("Data")? {
        Value::Array(parts) => parts.as_slice(),
        part => std::slice::from_ref(part),
    };
    let mut rows = Vec::new();
    for part in parts {
        match part.get(key) {
            Some(list) => rows.extend(list.as_array()?),
            // A list in a list is odd enough for one of them to go in some version.
            None if part.is_object() && part.get("Id").or_else(|| part.get("UserId")).is_some() => rows.push(part),
            None => return None,
        }
    }
    Some(rows)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rows_are_found_in_every_form() {
        let rows = |body: Value| rows(&body, "UserList").map(|rows| rows.len());
        assert_eq!(rows(json!({"UserList": [{"UserId": 1}]})), Some(1));
        assert_eq!(rows(json!({"Data": [{"UserList": [{"UserId": 1}, {"UserId": 2}]}]})), Some(2));
        assert_eq!(rows(json!({"Data": [{"UserList": [{"UserId": 1}]}, {"UserList": [{"UserId": 2}]}]})), Some(2));
        assert_eq!(rows(json!({"Data": {"UserList": []}})), Some(0));
        assert_eq!(rows(json!({"Data": []})), Some(0));
        assert_eq!(rows(json!({"Data": [{"UserId": 1}]})), Some(1));
        for body in [
            json!({}),
            json!({"UserList": null}),
            json!({"Data": null}),
            json!({"Data": [{"GroupList": []}]}),
            json!([]),
        ] {
            assert_eq!(rows(body.clone()), None, "{body}");
        }
    }
}
