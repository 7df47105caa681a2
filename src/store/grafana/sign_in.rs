//! Signing in: each request has the token, or the login and the password.

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::ExposeSecret as _;

use super::settings::GrafanaCredentials;
use crate::store::Error;
use crate::store::remote::http::{Answer, Client, SignIn, Token};

pub(super) struct GrafanaSignIn {
    credentials: GrafanaCredentials,
}

impl GrafanaSignIn {
    pub(super) const fn new(credentials: GrafanaCredentials) -> Self {
        Self { credentials }
    }
}

#[async_trait]
impl SignIn for GrafanaSignIn {
    async fn sign_in(&self, _: &Client) -> Result<Token, Error> {
        let authorization = match &self.credentials {
            GrafanaCredentials::Token(token) => format!("Bearer {}", token.expose_secret()),
            GrafanaCredentials::Password { username, password } => {
                let both = format!("{}:{}", username.expose_secret(), password.expose_secret());
                format!("Basic {}", STANDARD.encode(both))
            }
        };
        Ok(Token { authorization: authorization.into(), lifetime: None })
    }

    /// Never: Grafana counts wrong passwords and locks the account, so nothing is tried again.
    fn is_signed_out(&self, _: &Answer) -> bool {
        false
    }
}
