//! One server, and requests to it.

use std::fmt;
use std::time::Duration;

use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue, IF_MATCH};
use http::{HeaderMap, StatusCode};
use reqwest::redirect::Policy;
use secrecy::{ExposeSecret as _, SecretSlice, SecretString};
use tokio::sync::OnceCell;
use tokio::time::sleep;
use url::Url;

use super::answer::Answer;
use super::body::{self, Unread};
use super::pause::{ATTEMPTS, pause};
use super::request::{Body, Repeat, Request, RequestFailure};
use crate::memory;
use crate::store::{Error, Guard, ServerAddress};
use crate::tls::{self, Fields, Proof, Trust};
use crate::traffic::Traffic;

/// How to reach a server.
#[derive(Debug, Clone)]
pub struct ClientSettings {
    /// Its URL, with a path if it is not at the root.
    pub url: String,
    /// Certificates in PEM to trust instead of the system's authorities.
    pub authorities: Option<SecretSlice<u8>>,
    /// Whether a password may be sent unencrypted, to a URL with `http:`.
    pub allow_plaintext_password: bool,
    /// The limit for a connection, with TLS.
    pub connect_timeout: Duration,
    /// The limit for one request with its whole answer.
    pub request_timeout: Duration,
    /// What counts the requests.
    pub traffic: Traffic,
}

impl ClientSettings {
    /// The server that a client would connect to, which the field `field` names. `None`: [`Client::new`] refuses the URL.
    pub(in crate::store) fn address(&self, field: &'static str) -> Option<ServerAddress> {
        let base = base(self, field).ok()?;
        let (host, port) = (base.host_str()?, base.port_or_known_default()?);
        let host = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host).to_owned();
        Some(ServerAddress { field, host, port })
    }
}

/// The fields that messages refer to.
#[derive(Debug, Clone, Copy)]
pub struct ClientFields {
    /// The field with the URL.
    pub url: &'static str,
    /// Those about TLS.
    pub tls: Fields,
}

/// A client of one server. It follows no redirect: a request has a password or a token, and goes where the settings say.
pub struct Client {
    settings: ClientSettings,
    fields: ClientFields,
    base: Url,
    headers: HeaderMap,
    json: &'static str,
    given: Option<Trust>,
    connections: OnceCell<Connections>,
}

struct Connections {
    http: reqwest::Client,
    tls: tls::Client,
}

/// How long an unused connection is kept. gunicorn closes one after two seconds, and a request that meets the end of its
/// connection has no answer.
const KEEPS_IDLE: Duration = Duration::from_secs(1);

impl Client {
    /// A client. Nothing is connected yet. The proxy comes from the environment (`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`).
    ///
    /// # Errors
    /// [`Error::Configuration`] when the settings cannot work.
    pub fn new(settings: ClientSettings, fields: ClientFields) -> Result<Self, Error> {
        let base = base(&settings, fields.url)?;
        let given = settings.authorities.as_ref().map(|pem| Trust::given(pem.expose_secret())).transpose();
        let given = given.map_err(|error| Error::configuration(fields.tls.authorities, error.to_string()))?;
        let (headers, json) = (HeaderMap::new(), "application/json");
        Ok(Self { settings, fields, base, headers, json, given, connections: OnceCell::new() })
    }

    /// With a header that each request has.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// With this media type for the JSON that it sends.
    #[must_use]
    pub const fn sending(mut self, media_type: &'static str) -> Self {
        self.json = media_type;
        self
    }

    /// The connections, made ready by the first request: the system's authorities are read from its disk.
    async fn connections(&self) -> Result<&Connections, Error> {
        self.connections
            .get_or_try_init(|| async {
                let (settings, fields) = (&self.settings, &self.fields);
                let trust = match &self.given {
                    Some(trust) => trust.clone(),
                    None if self.base.scheme() == "http" => Trust::nobody(),
                    None => Trust::system()
                        .await
                        .map_err(|error| Error::configuration(fields.tls.authorities, error.to_string()))?,
                };
                let unusable = || Error::configuration(self.fields.url, "no TLS client can be made for it");
                let tls = tls::Client::new(Proof::Name(trust), None, self.fields.tls).ok_or_else(unusable)?;
                let http = reqwest::Client::builder()
                    .tls_backend_preconfigured(tls.config())
                    .redirect(Policy::none())
                    .connect_timeout(settings.connect_timeout)
                    .timeout(settings.request_timeout)
                    .pool_idle_timeout(KEEPS_IDLE)
                    .default_headers(self.headers.clone())
                    .user_agent(concat!("directory-group-sync/", env!("CARGO_PKG_VERSION")))
                    .build();
                Ok(Connections { http: http.map_err(|error| unusable().caused_by(error))?, tls })
            })
            .await
    }

    /// The server's URL as it is compared: without a slash at the end.
    #[must_use]
    pub fn address(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// Sends a request until there is an answer, at most five times. It is sent again where the server did not take it, and
    /// where no answer came if that is safe. `guard` is asked before everything that may write.
    ///
    /// # Errors
    /// When no answer came, with what is known of the request.
    pub async fn send(
        &self,
        request: &Request<'_>,
        token: Option<&SecretString>,
        guard: Option<&dyn Guard>,
    ) -> Result<Answer, RequestFailure> {
        let mut attempts = 0;
        loop {
            if let Some(guard) = guard.filter(|_| request.writes()) {
                guard.may_go_on().await?;
            }
            attempts += 1;
            let (result, headers) = match self.settings.traffic.count(self.send_once(request, token)).await {
                Ok((answer, headers)) if may_be_repeated(answer.status, request.repeat) => (Ok(answer), Some(headers)),
                Ok((answer, _)) if is_unknown(answer.status, request.repeat) => {
                    return Err(RequestFailure::Lost(answer.error()));
                }
                Ok((answer, _)) => return Ok(answer),
                Err(failure) if failure.can_be_repeated(request.repeat) => (Err(failure.into_failure()), None),
                Err(failure) => return Err(failure.into_failure()),
            };
            if attempts == ATTEMPTS {
                return result;
            }
            let wait = sleep(pause(attempts, headers.as_ref(), fraction()));
            match guard {
                Some(guard) => tokio::select! {
                    () = wait => {}
                    interruption = guard.stopped() => return Err(interruption.into()),
                },
                None => wait.await,
            }
        }
    }

    async fn send_once(
        &self,
        request: &Request<'_>,
        token: Option<&SecretString>,
    ) -> Result<(Answer, HeaderMap), Broken> {
        let attempt = request.attempt();
        let mut url = self.base.clone();
        url.set_path(&format!("{}/{}", self.base.path().trim_end_matches('/'), request.path));
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&request.query);
        }
        let connections = self.connections().await.map_err(Broken::before)?;
        let mut call = connections.http.request(request.method.clone(), url);
        if let Some(token) = token {
            let mut value = HeaderValue::from_str(token.expose_secret()).map_err(|_| {
                let problem = "the credentials have a character that no HTTP header can carry";
                Broken::before(Error::access_denied("signing in to the dashboard server", problem))
            })?;
            value.set_sensitive(true);
            call = call.header(AUTHORIZATION, value);
        }
        if let Some(version) = &request.if_match {
            call = call.header(IF_MATCH, version);
        }
        match &request.body {
            Some(Body::Json(body)) => call = call.header(CONTENT_TYPE, self.json).body(body.to_string()),
            Some(Body::Form(form)) => {
                let form = form.expose_secret().to_owned();
                call = call.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form);
            }
            None => {}
        }
        let mut memory = memory::Watch::start();
        let response = call.send().await.map_err(|error| self.broken(connections, &attempt, error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = match body::read(response, &mut memory, &self.settings.traffic).await {
            Ok(body) => body,
            Err(Unread::Broken(error)) => return Err(self.broken(connections, &attempt, error)),
            Err(other) => {
                let error = Error::unexpected(format!("asking the dashboard server ({attempt})"), other.to_string());
                return Err(Broken { error, was_sent: true, is_final: true });
            }
        };
        let is_foreign = body.is_none();
        Ok((Answer { status, body: body.unwrap_or_default(), attempt, is_foreign }, headers))
    }

    fn broken(&self, connections: &Connections, attempt: &str, error: reqwest::Error) -> Broken {
        let was_sent = !error.is_connect() && !error.is_builder();
        let error = error.without_url();
        let doing = format!("asking the dashboard server at {} ({attempt})", self.address());
        if let Some(refusal) = connections.tls.explain(&error) {
            return Broken { error: Error::tls(doing, refusal).caused_by(error), was_sent: false, is_final: true };
        }
        let cause = if error.is_timeout() && was_sent {
            "the server did not answer in time".to_owned()
        } else if error.is_timeout() {
            "the connection could not be made in time".to_owned()
        } else if was_sent {
            "the connection ended before the whole answer was there".to_owned()
        } else {
            innermost(&error)
        };
        Broken { error: Error::unreachable(doing, cause).caused_by(error), was_sent, is_final: false }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base", &self.base.as_str()).finish_non_exhaustive()
    }
}

/// A request without an answer.
struct Broken {
    error: Error,
    was_sent: bool,
    /// The next attempt would fare no better.
    is_final: bool,
}

impl Broken {
    const fn before(error: Error) -> Self {
        Self { error, was_sent: false, is_final: true }
    }

    fn can_be_repeated(&self, repeat: Repeat) -> bool {
        !self.is_final && (!self.was_sent || repeat == Repeat::Safe)
    }

    fn into_failure(self) -> RequestFailure {
        if self.was_sent { RequestFailure::Lost(self.error) } else { RequestFailure::NotDone(self.error) }
    }
}

/// Whether the server says that it did nothing, or that something before it did not reach it and that does not matter.
fn may_be_repeated(status: StatusCode, repeat: Repeat) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS || (is_of_a_proxy(status) && repeat == Repeat::Safe)
}

/// Whether a proxy says that it had no answer from the server, which may have done it.
fn is_unknown(status: StatusCode, repeat: Repeat) -> bool {
    is_of_a_proxy(status) && repeat == Repeat::Never
}

fn is_of_a_proxy(status: StatusCode) -> bool {
    matches!(status, StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT)
}

fn base(settings: &ClientSettings, field: &'static str) -> Result<Url, Error> {
    let wrong = |problem: &str| Error::configuration(field, problem);
    let mut base = Url::parse(&settings.url)
        .map_err(|error| wrong(&format!("is not a URL ({error}): set one such as https://bi.example")))?;
    if !matches!(base.scheme(), "https" | "http") || base.host_str().is_none() {
        return Err(wrong("must begin with https:// and have a host, such as https://bi.example"));
    }
    if !base.username().is_empty() || base.password().is_some() {
        return Err(wrong("must not contain a username or a password: they belong into the Secret"));
    }
    if base.scheme() == "http" && !settings.allow_plaintext_password {
        return Err(wrong(
            "would send the password unencrypted: use https://, or set tls.allowPlaintextPassword to true",
        ));
    }
    base.set_query(None);
    base.set_fragment(None);
    Ok(base)
}

/// The words of the error that the others are about.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

/// A number from 0 to 1, never the same twice; 0 where the machine has no randomness.
fn fraction() -> f64 {
    let mut octets = [0; 4];
    match getrandom::fill(&mut octets) {
        Ok(()) => f64::from(u32::from_le_bytes(octets)) / f64::from(u32::MAX),
        Err(_) => 0.0,
    }
}
