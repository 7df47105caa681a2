//! What can become of a request.

/// What the proxy does with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The server receives it, and the client the server's answer.
    Forward,
    /// The connection is closed without an answer. The server does not receive the request.
    HangUp,
    /// The server does the work, then the connection is closed without an answer.
    LoseAnswer,
    /// The client receives the server's answer, and then the connection is closed without notice. The next request on it
    /// is lost.
    ForwardAndHangUp,
    /// The client receives this. The server does not receive the request.
    Instead(Answer),
    /// The server does the work, and the client receives this.
    Afterwards(Answer),
    /// The server does the work. Its answer stops in the middle of the body, and the connection is closed.
    CutBody,
    /// The server does the work. The body of its answer never stops.
    EndlessBody,
    /// The client waits until it gives up. The server does not receive the request.
    Stall,
    /// The server does the work, and the client waits for the answer until it gives up.
    StallAfterwards,
}

/// An answer that is not the server's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Its headers, without those about the body's length.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Answer {
    /// This status with the body that Flask-AppBuilder has for errors.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::says(status, "Fatal error")
    }

    /// This status with a JSON body `{"message": …}`. With 200, it is a refusal that looks like success.
    #[must_use]
    pub fn says(status: u16, message: &str) -> Self {
        Self::json(status, &serde_json::json!({ "message": message }).to_string())
    }

    /// This JSON.
    #[must_use]
    pub fn json(status: u16, body: &str) -> Self {
        Self { status, headers: Vec::new(), body: body.to_owned() }.with("content-type", "application/json")
    }

    /// 429, with the value of `Retry-After` if there is one.
    #[must_use]
    pub fn too_many_requests(retry_after: Option<&str>) -> Self {
        let answer = Self::says(429, "429 Too Many Requests: 50 per 1 second");
        retry_after.map_or(answer.clone(), |value| answer.with("retry-after", value))
    }

    /// A page, as a load balancer or a sign-in page in front of the server has it.
    #[must_use]
    pub fn page(status: u16, text: &str) -> Self {
        let body = format!("<!doctype html><html><title>{text}</title><body>{text}</body></html>");
        Self { status, headers: Vec::new(), body }.with("content-type", "text/html; charset=utf-8")
    }

    /// A redirect to this URL.
    #[must_use]
    pub fn redirect(status: u16, url: &str) -> Self {
        Self::page(status, "Redirecting").with("location", url)
    }

    /// The same with one more header.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}
