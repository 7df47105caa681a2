//! What it means that the server says no.

use http::StatusCode;
use serde_json::Value;

use crate::store::remote::http::Answer;
use crate::store::remote::{CallFailure, Done};

/// What a call is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    Account,
    Group,
}

/// What came of a call that answers nothing but yes or no.
pub(super) fn accepted(answer: &Answer, about: About) -> Result<Done, CallFailure> {
    if says_yes(answer) { Ok(Done::default()) } else { Err(refusal(answer, about)) }
}

/// A success is answered with nothing, or with the resource (RFC 7644 sections 3.5 and 3.6). Anything else is somebody's
/// words, which may say no.
fn says_yes(answer: &Answer) -> bool {
    let is_resource = |body: &Value| body.get("id").is_some() || body.get("schemas").is_some();
    let is_empty = answer.body.is_null() || answer.body.as_object().is_some_and(serde_json::Map::is_empty);
    answer.status.is_success() && !answer.is_foreign && (is_empty || is_resource(&answer.body))
}

/// A no, as a failure of the call.
pub(super) fn refusal(answer: &Answer, about: About) -> CallFailure {
    let is_taken = answer.status == StatusCode::CONFLICT
        || answer.body.get("scimType").and_then(Value::as_str) == Some("uniqueness");
    match answer.status {
        // It may have any body.
        _ if is_taken => CallFailure::Refused(taken(about)),
        _ if answer.is_foreign => CallFailure::Lost(answer.words()),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS => {
            CallFailure::Ended(answer.error())
        }
        status if status.is_redirection() => CallFailure::Ended(answer.error()),
        StatusCode::NOT_FOUND => CallFailure::Gone,
        // A yes that is none.
        status if status.is_success() => CallFailure::Lost(answer.words()),
        _ => CallFailure::Refused(answer.words()),
    }
}

/// The words for a name or an address that another object has.
pub(super) fn taken(about: About) -> String {
    match about {
        About::Account => "another account of the server has its username or its e-mail address",
        About::Group => "another group of the server has its name",
    }
    .to_owned()
}

/// Whether the server does not understand the form of a request, so that another form may be tried.
pub(super) fn is_not_understood(answer: &Answer) -> bool {
    !answer.is_foreign
        && matches!(
            answer.status,
            StatusCode::BAD_REQUEST
                | StatusCode::METHOD_NOT_ALLOWED
                | StatusCode::NOT_IMPLEMENTED
                | StatusCode::UNPROCESSABLE_ENTITY
        )
        && answer.body.get("scimType").and_then(Value::as_str) != Some("uniqueness")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(status: u16, body: Value, is_foreign: bool) -> Answer {
        Answer { status: StatusCode::from_u16(status).unwrap(), body, attempt: "POST x".to_owned(), is_foreign }
    }

    #[test]
    fn a_conflict_is_one_whatever_its_body_is() {
        let bodies = [(json!({"error": "conflict"}), false), (Value::Null, true), (json!({"detail": "ada@x"}), false)];
        for (body, is_foreign) in bodies {
            let failure = refusal(&answer(409, body, is_foreign), About::Group);
            assert!(matches!(&failure, CallFailure::Refused(words) if words.ends_with("has its name")), "{failure:?}");
        }
        let failure = refusal(&answer(400, json!({"scimType": "uniqueness"}), false), About::Account);
        assert!(matches!(&failure, CallFailure::Refused(words) if words.contains("has its username")), "{failure:?}");
    }

    #[test]
    fn a_yes_has_no_body_or_the_resource() {
        for body in [Value::Null, json!({}), json!({"id": "1"}), json!({"schemas": []})] {
            assert!(accepted(&answer(200, body.clone(), false), About::Group).is_ok(), "{body}");
        }
        for (body, is_foreign) in [(json!({"message": "no"}), false), (json!([]), false), (Value::Null, true)] {
            let failure = accepted(&answer(200, body.clone(), is_foreign), About::Group);
            assert!(matches!(failure, Err(CallFailure::Lost(_))), "{body}");
        }
    }

    #[test]
    fn a_refusal_has_the_servers_words_and_a_page_is_no_refusal() {
        let failure = refusal(&answer(400, json!({"detail": "Please specify lastName."}), false), About::Account);
        assert!(matches!(&failure, CallFailure::Refused(words) if words.ends_with("Please specify lastName.")));
        assert!(matches!(refusal(&answer(502, Value::Null, true), About::Group), CallFailure::Lost(_)));
        assert!(matches!(refusal(&answer(403, json!({}), false), About::Group), CallFailure::Ended(_)));
        assert!(matches!(refusal(&answer(404, json!({}), false), About::Group), CallFailure::Gone));
    }
}
