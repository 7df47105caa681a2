//! The id of what was created, as far as an answer tells it.

use serde_json::Value;

/// The id in the `Data` of an answer, whose form is documented for no version: a number, a text, or one object or a list of
/// one that has it. `None`: it tells none.
pub(super) fn given_id(data: &Value) -> Option<i64> {
    match data {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Array(items) => match &items[..] {
            [one] => given_id(one),
            _ => None,
        },
        Value::Object(object) => {
            ["Id", "GroupId", "UserId", "Data"].into_iter().find_map(|key| object.get(key)).and_then(given_id)
        }
        Value::Null | Value::Bool(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_id_is_learnt_in_every_likely_form() {
        for data in [json!(7), json!("7"), json!([7]), json!([{"Id": 7}]), json!({"GroupId": "7"}), json!({"Data": 7})]
        {
            assert_eq!(given_id(&data), Some(7), "{data}");
        }
        for data in [json!(null), json!(true), json!([]), json!([7, 8]), json!({}), json!("created"), json!(7.5)] {
            assert_eq!(given_id(&data), None, "{data}");
        }
    }
}
