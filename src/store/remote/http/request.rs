//! A request, and what it means that no answer came.

use std::borrow::Cow;

use http::Method;
use secrecy::SecretString;
use serde_json::Value;
use url::form_urlencoded;

use crate::store::{Error, Interruption};

/// A request to the server.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// How.
    pub method: Method,
    /// The path below the server's URL, such as `api/v1/security/groups/`.
    pub path: Cow<'a, str>,
    /// The query, by names.
    pub query: Vec<(&'static str, String)>,
    /// The body.
    pub body: Option<Body>,
    /// What a lost answer allows.
    pub repeat: Repeat,
    /// The version that is to be changed, for the header `If-Match` (RFC 9110 section 13.1.1).
    pub if_match: Option<String>,
}

/// What a request sends.
#[derive(Debug, Clone)]
pub enum Body {
    /// JSON.
    Json(Value),
    /// The fields of a form (`application/x-www-form-urlencoded`), encoded. A password is among them.
    Form(SecretString),
}

impl Body {
    /// A form with these fields.
    #[must_use]
    pub fn form(fields: &[(&str, &str)]) -> Self {
        let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        Self::Form(text.into())
    }
}

/// Whether a request may be sent again when it is not known whether the server did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// Sent twice it does the same as sent once (RFC 9110 section 9.2.2).
    Safe,
    /// It is not sent again: it may create a second object.
    Never,
}

impl<'a> Request<'a> {
    fn new(method: Method, path: impl Into<Cow<'a, str>>, body: Option<Body>, repeat: Repeat) -> Self {
        Self { method, path: path.into(), query: Vec::new(), body, repeat, if_match: None }
    }

    /// A request that reads.
    #[must_use]
    pub fn get(path: impl Into<Cow<'a, str>>) -> Self {
        Self::new(Method::GET, path, None, Repeat::Safe)
    }

    /// A request that creates.
    #[must_use]
    pub fn post(path: impl Into<Cow<'a, str>>, body: Value) -> Self {
        Self::new(Method::POST, path, Some(Body::Json(body)), Repeat::Never)
    }

    /// A request that signs in: it changes nothing.
    #[must_use]
    pub fn sign_in(path: impl Into<Cow<'a, str>>, body: Body) -> Self {
        Self::new(Method::POST, path, Some(body), Repeat::Safe)
    }

    /// A request that replaces what it names.
    #[must_use]
    pub fn put(path: impl Into<Cow<'a, str>>, body: Value) -> Self {
        Self::new(Method::PUT, path, Some(Body::Json(body)), Repeat::Safe)
    }

    /// A request that changes a part of what it names, and does no more when it is sent twice.
    #[must_use]
    pub fn patch(path: impl Into<Cow<'a, str>>, body: Value) -> Self {
        Self::new(Method::PATCH, path, Some(Body::Json(body)), Repeat::Safe)
    }

    /// A request that deletes.
    #[must_use]
    pub fn delete(path: impl Into<Cow<'a, str>>) -> Self {
        Self::new(Method::DELETE, path, None, Repeat::Safe)
    }

    /// With a body.
    #[must_use]
    pub fn with_body(mut self, body: Value) -> Self {
        self.body = Some(Body::Json(body));
        self
    }

    /// Sent twice it does the same as sent once.
    #[must_use]
    pub fn repeatable(mut self) -> Self {
        self.repeat = Repeat::Safe;
        self
    }

    /// With a parameter of the query.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// What it is, for messages: no value of the query.
    #[must_use]
    pub fn attempt(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Whether the server may be changed by it.
    #[must_use]
    pub fn writes(&self) -> bool {
        self.method != Method::GET
    }
}

/// Why no answer came.
#[derive(Debug)]
pub enum RequestFailure {
    /// The server did not do it.
    NotDone(Error),
    /// The server may have done it.
    Lost(Error),
}

impl From<Interruption> for RequestFailure {
    fn from(interruption: Interruption) -> Self {
        Self::NotDone(interruption.into())
    }
}

impl From<RequestFailure> for Error {
    fn from(failure: RequestFailure) -> Self {
        match failure {
            RequestFailure::NotDone(error) | RequestFailure::Lost(error) => error,
        }
    }
}
