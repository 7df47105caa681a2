//! What the server's answers to calls mean.

use http::StatusCode;
use serde_json::Value;

use crate::store::remote::CallFailure;
use crate::store::remote::http::Answer;

/// What a call is about, for the words of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    Group,
    Account,
    Members,
}

/// The `Data` of an answer that confirms the call. A success status alone is not a confirmation.
pub(super) fn accepted(answer: &Answer, about: About) -> Result<&Value, CallFailure> {
    let is_yes = |key: &str| answer.body.get(key) == Some(&Value::Bool(true));
    if !answer.status.is_success() || answer.is_foreign || says_no(&answer.body) {
        Err(refusal(answer, about))
    } else if answer.status == StatusCode::NO_CONTENT {
        Ok(&Value::Null)
    } else if is_yes("Status") || is_yes("ApiStatus") {
        Ok(answer.body.get("Data").unwrap_or(&Value::Null))
    } else {
        Err(CallFailure::Lost(answer.words()))
    }
}

/// Whether a body says no, whatever the status: itself, or one of the items of its `Data`.
pub(super) fn says_no(body: &Value) -> bool {
    let no = |value: &Value| ["Status", "ApiStatus"].iter().any(|key| value.get(key) == Some(&Value::Bool(false)));
    no(body) || body.get("Data").and_then(Value::as_array).is_some_and(|items| items.iter().any(no))
}

/// The failure of a call that the server answered with a no.
fn refusal(answer: &Answer, about: About) -> CallFailure {
    let said = answer.body.to_string().to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    match answer.status {
        _ if answer.is_foreign => CallFailure::Lost(answer.words()),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS => {
            CallFailure::Ended(answer.error())
        }
        status if status.is_redirection() => CallFailure::Ended(answer.error()),
        StatusCode::NOT_FOUND => CallFailure::Gone,
        _ if about == About::Account && has(&["license", "licence", "user limit", "userlimit"]) => {
            CallFailure::Refused("the server has no license left for another account".to_owned())
        }
        StatusCode::CONFLICT => CallFailure::Refused(taken(about, &said)),
        _ if has(&["already exist", "already taken", "already in use"]) => CallFailure::Refused(taken(about, &said)),
        // So it answers a name of an account that is in use, too.
        StatusCode::INTERNAL_SERVER_ERROR if about == About::Account => CallFailure::Refused(format!(
            "{}: most likely, another account of the server has its username or its e-mail address",
            answer.words()
        )),
        _ => CallFailure::Refused(answer.words()),
    }
}

/// Which value another object has. The server's own words may have values: rule `withheld-text`.
fn taken(about: About, said: &str) -> String {
    let what = match about {
        About::Account if said.contains("mail") => "another account of the server has its e-mail address",
        About::Account if said.contains("user") => "another account of the server has its username",
        About::Account => "another account of the server has its username or its e-mail address",
        About::Group => "another group of the server has its name",
        About::Members => "the server refuses members that it has already",
    };
    what.to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(status: u16, body: Value) -> Answer {
        Answer { status: StatusCode::from_u16(status).unwrap(), body, attempt: "POST x".to_owned(), is_foreign: false }
    }

    fn message(status: u16, body: Value, about: About) -> String {
        match accepted(&answer(status, body), about) {
            Err(CallFailure::Refused(message)) => message,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_yes_says_so() {
        assert_eq!(accepted(&answer(200, json!({"Status": true, "Data": 7})), About::Group).unwrap(), &json!(7));
        assert!(accepted(&answer(204, Value::Null), About::Group).is_ok());
        for body in [json!({}), json!({"message": "no"}), json!([])] {
            let failure = accepted(&answer(200, body.clone()), About::Group).unwrap_err();
            assert!(matches!(failure, CallFailure::Lost(_)), "{body}: {failure:?}");
        }
        for body in [
            json!({"Status": false, "Message": "Failed"}),
            json!({"ApiStatus": false, "Status": true, "Message": "Failed"}),
            json!({"ApiStatus": true, "Status": true, "Message": "Failed", "Data": [{"Status": false}]}),
        ] {
            let said = message(200, body, About::Group);
            assert_eq!(said, "the server answered 200 OK: Failed");
        }
    }

    #[test]
    fn a_refusal_names_its_cause_and_no_value() {
        let body = |text: &str| json!({"Status": false, "Message": text});
        for (status, text, about, expected) in [
            (409, "Group name already exists.", About::Group, "another group of the server has its name"),
            (
                409,
                "Email address already exists.",
                About::Account,
                "another account of the server has its e-mail address",
            ),
            (409, "Username already exists.", About::Account, "another account of the server has its username"),
            (
                200,
                "Email address already exists.",
                About::Account,
                "another account of the server has its e-mail address",
            ),
            (
                417,
                "There are no remaining license(s)",
                About::Account,
                "the server has no license left for another account",
            ),
            (200, "User limit exceeded", About::Account, "the server has no license left for another account"),
            (
                417,
                "Failed to add user.",
                About::Account,
                "the server answered 417 Expectation Failed: Failed to add user.",
            ),
        ] {
            assert_eq!(message(status, body(text), about), expected, "{status} {text}");
        }
        assert!(message(500, Value::Null, About::Account).contains("most likely, another account"));
    }
}
