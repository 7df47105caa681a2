//! What the server's refusals mean.

use http::StatusCode;
use serde_json::Value;

use crate::store::remote::CallFailure;
use crate::store::remote::http::Answer;

/// An answer that says yes.
///
/// # Errors
/// Everything else. A yes that does not say what was done is lost.
pub(super) fn accepted(answer: &Answer) -> Result<&Value, CallFailure> {
    if !answer.status.is_success() || answer.is_foreign {
        return Err(refusal(answer));
    }
    if answer.body.get("message").is_some_and(Value::is_string) {
        return Ok(&answer.body);
    }
    Err(CallFailure::Lost(format!("{}: it does not say what was done", answer.words())))
}

/// The failure of a call that the server answered with a no.
pub(super) fn refusal(answer: &Answer) -> CallFailure {
    match answer.status {
        _ if answer.is_foreign => CallFailure::Lost(answer.words()),
        StatusCode::NOT_FOUND => CallFailure::Gone,
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS => {
            CallFailure::Ended(answer.error())
        }
        status if status.is_redirection() => CallFailure::Ended(answer.error()),
        _ => CallFailure::Refused(answer.words()),
    }
}

/// Whether the server minds that the account signs in by LDAP, OAuth or SAML. A 403 says it as well as a missing right.
pub(super) fn minds_external(answer: &Answer) -> bool {
    let said = answer.body.get("message").and_then(Value::as_str).unwrap_or_default();
    !answer.is_foreign && said.to_lowercase().contains("external user")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(status: u16, body: Value) -> Answer {
        Answer { status: StatusCode::from_u16(status).unwrap(), body, attempt: "PUT x".to_owned(), is_foreign: false }
    }

    #[test]
    fn a_yes_says_what_was_done() {
        assert!(accepted(&answer(200, json!({"message": "Team updated"}))).is_ok());
        for body in [json!({}), json!([]), Value::Null, json!({"message": 1})] {
            assert!(matches!(accepted(&answer(200, body)), Err(CallFailure::Lost(_))));
        }
        assert!(matches!(accepted(&answer(404, json!({"message": "no"}))), Err(CallFailure::Gone)));
        assert!(matches!(accepted(&answer(403, json!({"message": "no"}))), Err(CallFailure::Ended(_))));
        assert!(matches!(accepted(&answer(500, json!({"message": "no"}))), Err(CallFailure::Refused(_))));
    }

    #[test]
    fn an_account_that_signs_in_elsewhere_is_no_missing_right() {
        assert!(minds_external(&answer(403, json!({"message": "User info cannot be updated for external Users"}))));
        assert!(minds_external(&answer(500, json!({"message": "Could not disable external user"}))));
        assert!(!minds_external(&answer(403, json!({"message": "Permissions needed: users:write"}))));
    }
}
