//! Signing in: a token of 15 minutes for a password, or a key.

use async_trait::async_trait;
use http::StatusCode;
use secrecy::ExposeSecret as _;
use serde_json::json;

use super::settings::SupersetCredentials;
use crate::store::Error;
use crate::store::remote::http::{Answer, Body, Client, Request, SignIn, Token};

pub(super) struct SupersetSignIn {
    credentials: SupersetCredentials,
}

impl SupersetSignIn {
    pub(super) const fn new(credentials: SupersetCredentials) -> Self {
        Self { credentials }
    }
}

const ATTEMPT: &str = "signing in to the dashboard server";

#[async_trait]
impl SignIn for SupersetSignIn {
    async fn sign_in(&self, client: &Client) -> Result<Token, Error> {
        let (username, password, provider) = match &self.credentials {
            SupersetCredentials::ApiKey(key) => return Ok(bearer(key.expose_secret())),
            SupersetCredentials::Password { username, password, provider } => (username, password, provider),
        };
        let body = json!({
            "username": username.expose_secret(),
            "password": password.expose_secret(),
            "provider": provider,
            "refresh": false,
        });
        let request = Request::sign_in("api/v1/security/login", Body::Json(body));
        let answer = client.send(&request, None, None).await?;
        if answer.status == StatusCode::UNAUTHORIZED {
            let cause = format!(
                "{}: check username and password in the Secret, and that the account is active",
                answer.words()
            );
            return Err(Error::access_denied(ATTEMPT, cause));
        }
        let body = answer.into_body()?;
        let token = body.get("access_token").and_then(serde_json::Value::as_str);
        let token = token.ok_or_else(|| Error::unexpected(ATTEMPT, "the answer has no access_token"))?;
        Ok(bearer(token))
    }

    /// 401 for a token that has expired; 422 with the key `msg` for one that is not of this server, such as after a change
    /// of its `SECRET_KEY`. A 422 of its API has the key `message`.
    fn is_signed_out(&self, answer: &Answer) -> bool {
        let is_of_the_token = answer.body.get("msg").is_some();
        matches!(self.credentials, SupersetCredentials::Password { .. })
            && (answer.status == StatusCode::UNAUTHORIZED
                || (answer.status == StatusCode::UNPROCESSABLE_ENTITY && is_of_the_token))
    }
}

/// The server says when it does not know the token any more.
fn bearer(token: &str) -> Token {
    Token { authorization: format!("Bearer {token}").into(), lifetime: None }
}
