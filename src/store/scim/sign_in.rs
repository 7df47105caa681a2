//! Signing in: a token that the server has given, or one for client credentials.

use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use url::{Url, form_urlencoded};

use super::settings::ScimCredentials;
use crate::store::remote::http::{Answer, Body, Client, ClientFields, ClientSettings, Request, SignIn, Token};
use crate::store::{Error, ServerAddress};
use crate::tls::Fields;

pub(super) enum ScimSignIn {
    Bearer(SecretString),
    OAuth2 {
        /// A client of the server that gives tokens.
        client: Box<Client>,
        /// The last segment of its URL.
        path: String,
        scopes: String,
        client_id: SecretString,
        client_secret: SecretString,
    },
}

const ATTEMPT: &str = "signing in to the dashboard server";
/// How long before its end a token is replaced.
const MARGIN: Duration = Duration::from_mins(1);
/// How long a token is used that does not say when it ends (RFC 6749 section 5.1 only recommends that it does).
const UNSAID: Duration = Duration::from_mins(5);

const FIELDS: ClientFields = ClientFields {
    url: "spec.scim.auth.oauth2.tokenURL",
    tls: Fields {
        authorities: "spec.scim.tls.caRef",
        name: "set spec.scim.auth.oauth2.tokenURL to a name in it",
        protocol: "the server does not use TLS on this port: correct spec.scim.auth.oauth2.tokenURL",
    },
};

impl ScimSignIn {
    /// # Errors
    /// [`Error::Configuration`] when the URL of the tokens cannot work.
    pub(super) fn new(credentials: ScimCredentials, settings: &ClientSettings) -> Result<Self, Error> {
        let (token_url, scopes, client_id, client_secret) = match credentials {
            ScimCredentials::Bearer(token) => return Ok(Self::Bearer(token)),
            ScimCredentials::OAuth2 { token_url, scopes, client_id, client_secret } => {
                (token_url, scopes, client_id, client_secret)
            }
        };
        let (settings, path) = of_tokens(&token_url, settings);
        let client = Client::new(settings, FIELDS)?;
        Ok(Self::OAuth2 { client: Box::new(client), path, scopes: scopes.join(" "), client_id, client_secret })
    }
}

/// The server that gives tokens. `None`: there is none, or its URL cannot be used.
pub(super) fn address(credentials: &ScimCredentials, settings: &ClientSettings) -> Option<ServerAddress> {
    match credentials {
        ScimCredentials::Bearer(_) => None,
        ScimCredentials::OAuth2 { token_url, .. } => of_tokens(token_url, settings).0.address(FIELDS.url),
    }
}

/// How to reach the server that gives tokens, and the path there.
fn of_tokens(token_url: &str, settings: &ClientSettings) -> (ClientSettings, String) {
    let (url, path) = parted(token_url);
    (ClientSettings { url, ..settings.clone() }, path)
}

/// A URL without its last segment, and that segment. What is no URL stays as it is: the client says so.
fn parted(url: &str) -> (String, String) {
    let Ok(mut base) = Url::parse(url) else { return (url.to_owned(), String::new()) };
    let path = base.path_segments().and_then(Iterator::last).unwrap_or_default().to_owned();
    if let Ok(mut segments) = base.path_segments_mut() {
        segments.pop();
    }
    (base.into(), path)
}

#[async_trait]
impl SignIn for ScimSignIn {
    async fn sign_in(&self, _: &Client) -> Result<Token, Error> {
        let (client, path, scopes, client_id, client_secret) = match self {
            Self::Bearer(token) => return Ok(bearer(token.expose_secret(), None)),
            Self::OAuth2 { client, path, scopes, client_id, client_secret } => {
                (client, path, scopes, client_id, client_secret)
            }
        };
        let mut form = vec![("grant_type", "client_credentials")];
        if !scopes.is_empty() {
            form.push(("scope", scopes));
        }
        let request = Request::sign_in(path.as_str(), Body::form(&form));
        let answer = client.send(&request, Some(&basic(client_id, client_secret)), None).await?;
        // RFC 6749 section 5.2.
        if matches!(answer.status, StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED) && !answer.is_foreign {
            let cause = format!(
                "{}: check clientID and clientSecret in the Secret, and spec.scim.auth.oauth2.scopes",
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
        answer.status == StatusCode::UNAUTHORIZED && matches!(self, Self::OAuth2 { .. })
    }
}

/// The credentials of a client (RFC 6749 section 2.3.1): encoded as in a form first.
fn basic(client_id: &SecretString, client_secret: &SecretString) -> SecretString {
    let encoded = |secret: &SecretString| form_urlencoded::byte_serialize(secret.expose_secret().as_bytes()).collect();
    let (id, secret): (String, String) = (encoded(client_id), encoded(client_secret));
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}"))).into()
}

/// How long a token is used: the seconds that the server says, less a margin.
fn lifetime(expires_in: Option<&Value>) -> Duration {
    let seconds = expires_in.and_then(|value| value.as_u64().or_else(|| value.as_str()?.trim().parse().ok()));
    seconds.map(Duration::from_secs).map_or(UNSAID, |lifetime| lifetime.saturating_sub(MARGIN.min(lifetime / 2)))
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
        assert_eq!(seconds(json!(300)), 240, "Keycloak's");
        assert_eq!(seconds(json!("60")), 30, "a short one is used for half of its time");
        assert_eq!(lifetime(None), UNSAID);
    }

    #[test]
    fn a_client_is_named_as_in_a_form() {
        let basic = basic(&"id:1".to_owned().into(), &"a b+c".to_owned().into());
        assert_eq!(basic.expose_secret(), &format!("Basic {}", STANDARD.encode("id%3A1:a+b%2Bc")));
    }

    #[test]
    fn the_last_segment_is_the_path_of_the_request() {
        let parted = |url: &str| parted(url);
        let url = "https://sso.example/realms/bi/protocol/openid-connect/token";
        let expected = ("https://sso.example/realms/bi/protocol/openid-connect".to_owned(), "token".to_owned());
        assert_eq!(parted(url), expected);
        assert_eq!(parted("https://sso.example/token"), ("https://sso.example/".to_owned(), "token".to_owned()));
        assert_eq!(parted("not a url"), ("not a url".to_owned(), String::new()));
    }
}
