//! What the server's refusals mean.

use http::StatusCode;

use crate::store::remote::CallFailure;
use crate::store::remote::http::Answer;

/// The failure of a call that the server answered with a no.
pub(super) fn refusal(answer: &Answer) -> CallFailure {
    match answer.status {
        _ if answer.is_foreign => CallFailure::Lost(answer.words()),
        StatusCode::NOT_FOUND => CallFailure::Gone,
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => CallFailure::Ended(answer.error()),
        status if status.is_redirection() => CallFailure::Ended(answer.error()),
        // PostgreSQL's words have values: rule `withheld-text`. SQLite's name the column.
        StatusCode::UNPROCESSABLE_ENTITY => CallFailure::Refused(taken(answer)),
        // Flask-AppBuilder answers a name that is in use so, when it is changed.
        StatusCode::INTERNAL_SERVER_ERROR => CallFailure::Refused(format!(
            "{}: most likely, another object of the server has its name or its e-mail address",
            answer.words()
        )),
        _ => CallFailure::Refused(answer.words()),
    }
}

/// Which value another object has.
fn taken(answer: &Answer) -> String {
    let said = answer.body.get("message").map(ToString::to_string).unwrap_or_default();
    let what = [("username", "username"), ("email", "e-mail address"), ("ab_group", "name"), ("name", "name")];
    match what.into_iter().find(|(word, _)| said.contains(word)) {
        Some((_, what)) => format!("another object of the server has its {what}"),
        None => "the server's database refused it".to_owned(),
    }
}
