//! Signing in: a token for a password or for the site's embed secret, or a key.

use std::time::Duration;

use async_trait::async_trait;
use http::StatusCode;
use secrecy::ExposeSecret as _;
use serde_json::Value;

use super::settings::BoldBiCredentials;
use crate::store::Error;
use crate::store::remote::http::{Answer, Body, Client, Request, SignIn, Token};

pub(super) struct BoldBiSignIn {
    credentials: BoldBiCredentials,
}

impl BoldBiSignIn {
    pub(super) const fn new(credentials: BoldBiCredentials) -> Self {
        Self { credentials }
    }
}

const ATTEMPT: &str = "signing in to the dashboard server";
/// How long before its end a token is replaced, as the vendor's own client does.
const MARGIN: Duration = Duration::from_mins(10);
/// How long a token is used that does not say when it ends, as above.
const UNSAID: Duration = Duration::from_mins(50);

#[async_trait]
impl SignIn for BoldBiSignIn {
    async fn sign_in(&self, client: &Client) -> Result<Token, Error> {
        let (username, key, secret) = match &self.credentials {
            BoldBiCredentials::ApiKey(key) => return Ok(bearer(key.expose_secret(), None)),
            BoldBiCredentials::Password { username, password } => (username, "password", password),
            BoldBiCredentials::EmbedSecret { username, embed_secret } => (username, "embed_secret", embed_secret),
        };
        let body =
            Body::form(&[("grant_type", key), ("username", username.expose_secret()), (key, secret.expose_secret())]);
        let answer = client.send(&Request::sign_in("token", body), None, None).await?;
        let is_refusal = matches!(
            answer.status,
            StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND
        );
        if is_refusal && !answer.is_foreign {
            let cause = format!(
                "{}: check the Secret, spec.boldBI.url and spec.boldBI.site, and that the account is active",
                answer.words()
            );
            return Err(Error::access_denied(ATTEMPT, cause));
        }
        let words = answer.words();
        let body = answer.into_body()?;
        match body.get("access_token").and_then(Value::as_str) {
            Some(token) if !token.is_empty() => Ok(bearer(token, Some(lifetime(body.get("expires_in"))))),
            _ => Err(Error::access_denied(ATTEMPT, format!("{words}: the answer has no access_token"))),
        }
    }

    fn is_signed_out(&self, answer: &Answer) -> bool {
        answer.status == StatusCode::UNAUTHORIZED && !matches!(self.credentials, BoldBiCredentials::ApiKey(_))
    }
}

/// How long a token is used: the seconds that the server says, as a number or a text, less a margin.
fn lifetime(expires_in: Option<&Value>) -> Duration {
    let seconds = expires_in.and_then(|value| value.as_u64().or_else(|| value.as_str()?.trim().parse().ok()));
    match seconds.map(Duration::from_secs) {
        Some(lifetime) => lifetime.saturating_sub(MARGIN.min(lifetime / 2)),
        None => UNSAID,
    }
}

fn bearer(token: &str, lifetime: Option<Duration>) -> Token {
    Token { authorization: format!("Bearer {token}").into(), lifetime }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_token_is_replaced_before_its_end() {
        let seconds = |value: Value| lifetime(Some(&value)).as_secs();
        assert_eq!(seconds(json!(3600)), 3000);
        assert_eq!(seconds(json!(" 86400 ")), 85_800);
        assert_eq!(seconds(json!("60")), 30, "a short one is used for half of its time");
        assert_eq!(seconds(json!("soon")), UNSAID.as_secs());
        assert_eq!(lifetime(None), UNSAID);
    }
}
