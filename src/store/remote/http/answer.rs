//! An answer, and what its status means.

use http::StatusCode;
use serde_json::Value;

use crate::store::Error;
use crate::sync::escape::shown;

/// An answer of the server.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its body; `Null` where it is empty or is not JSON.
    pub body: Value,
    /// What was asked, for messages.
    pub attempt: String,
    /// Whether there is a body that is not JSON, such as a page of a proxy.
    pub is_foreign: bool,
}

/// How much of the server's words a message shows, in characters.
const WORDS: usize = 200;

impl Answer {
    /// The body of an answer that says yes.
    ///
    /// # Errors
    /// [`Error::AccessDenied`] for 401 and 403, else [`Error::Unexpected`].
    pub fn into_body(self) -> Result<Value, Error> {
        if self.status.is_success() && !self.is_foreign {
            return Ok(self.body);
        }
        Err(self.error())
    }

    /// What it means as an error.
    #[must_use]
    pub fn error(&self) -> Error {
        let attempt = format!("asking the dashboard server ({})", self.attempt);
        match self.status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if !self.is_foreign => {
                Error::access_denied(attempt, self.words())
            }
            status if status.is_redirection() => Error::unexpected(
                attempt,
                format!(
                    "the server redirects ({status}): set the URL of the DashboardServer to where the server really is"
                ),
            ),
            _ => Error::unexpected(attempt, self.words()),
        }
    }

    /// The status and the server's own words, bounded.
    #[must_use]
    pub fn words(&self) -> String {
        if self.is_foreign {
            return format!(
                "the answer ({}) is not JSON: the URL may lead to a proxy, a login page or another product",
                self.status
            );
        }
        match said(&self.body) {
            Some(words) => format!("the server answered {}: {}", self.status, shown(&words)),
            None => format!("the server answered {}", self.status),
        }
    }
}

/// The message of a body in one of the usual forms.
fn said(body: &Value) -> Option<String> {
    let keys = ["message", "msg", "error_description", "error", "detail", "Message", "StatusMessage"];
    let message = keys.into_iter().filter_map(|key| body.get(key)).find(|it| !it.is_null() && *it != "")?;
    let text = message.as_str().map_or_else(|| message.to_string(), str::to_owned);
    let mut words: String = text.chars().take(WORDS).collect();
    if words.len() < text.len() {
        words.push('…');
    }
    Some(words)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(status: u16, body: Value, is_foreign: bool) -> Answer {
        Answer { status: StatusCode::from_u16(status).unwrap(), body, attempt: "GET x".to_owned(), is_foreign }
    }

    #[test]
    fn the_servers_words_are_shown_and_bounded() {
        assert_eq!(
            answer(422, json!({"message": "taken"}), false).words(),
            "the server answered 422 Unprocessable Entity: taken"
        );
        let deep = json!({"message": {"users": ["User(s) with ID(s) [9] do not exist."]}});
        assert!(answer(400, deep, false).words().contains("[9] do not exist"));
        let long = answer(500, json!({"message": "x".repeat(10_000)}), false).words();
        assert!(long.len() < 300 && long.ends_with('…'), "{long}");
        assert_eq!(answer(500, Value::Null, false).words(), "the server answered 500 Internal Server Error");
    }

    #[test]
    fn a_page_of_a_proxy_is_no_answer() {
        for status in [200, 401, 503] {
            let error = answer(status, Value::Null, true).into_body().unwrap_err();
            assert!(matches!(&error, Error::Unexpected { cause, .. } if cause.contains("not JSON")), "{error}");
        }
        let moved = answer(302, Value::Null, true).into_body().unwrap_err();
        assert!(moved.to_string().contains("redirects (302 Found)"), "{moved}");
        assert!(matches!(answer(403, json!({}), false).into_body(), Err(Error::AccessDenied { .. })));
    }
}
