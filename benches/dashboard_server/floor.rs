//! The least that the requests of a run can take: the same ones, over connections that stay open.

use std::thread;
use std::time::{Duration, Instant};

use url::form_urlencoded::byte_serialize;

use crate::harness::FlaskAppBuilder;
use crate::harness::flask_app_builder::Administrator;
use crate::harness::http::Connection;
use crate::harness::http_faults::{Exchange, Request};

/// As many as a run has on their way.
const CONNECTIONS: usize = 4;

/// Sends the requests of a run to an equal server; how long that took. Reads are sent one after the other, as a run does, and
/// writes of one kind on some connections at a time.
#[must_use]
pub fn replay(address: &str, exchanges: &[Exchange]) -> Duration {
    let token = Administrator::sign_in(address, FlaskAppBuilder::BOT).token().to_owned();
    let requests: Vec<&Request> = exchanges.iter().map(|exchange| &exchange.request).collect();
    let start = Instant::now();
    for batch in requests.chunk_by(|first, second| kind(first) == kind(second)) {
        let lanes = if kind(batch[0]).is_some() { CONNECTIONS } else { 1 };
        thread::scope(|scope| {
            for lane in 0..lanes {
                let token = &token;
                scope.spawn(move || {
                    let mut connection = Connection::open(address).expect("the server listens");
                    for (position, request) in batch.iter().enumerate() {
                        if lane_of(request, position) % lanes == lane {
                            send(&mut connection, request, token);
                        }
                    }
                });
            }
        });
    }
    start.elapsed()
}

/// What may be sent side by side; `None`: nothing.
fn kind(request: &Request) -> Option<&'static str> {
    match (&*request.method, number(request)) {
        ("POST", _) if request.path.ends_with("/users/") => Some("accounts"),
        ("POST", _) if request.path.ends_with("/groups/") => Some("groups"),
        // A group is read just before it is written.
        (_, Some(_)) if request.path.contains("/groups/") => Some("members"),
        _ => None,
    }
}

/// The requests about one object stay in their order.
fn lane_of(request: &Request, position: usize) -> usize {
    number(request).unwrap_or(position)
}

fn number(request: &Request) -> Option<usize> {
    request.path.rsplit('/').next()?.parse().ok()
}

fn send(connection: &mut Connection, request: &Request, token: &str) {
    let query: String = byte_serialize(request.query.trim_start_matches("q=").as_bytes()).collect();
    let path = if query.is_empty() { request.path.clone() } else { format!("{}?q={query}", request.path) };
    let answer = connection.call(&request.method, &path, Some(token), &request.body);
    let answer = answer.unwrap_or_else(|error| panic!("{} {path}: {error}", request.method));
    // Without a version, the small server answers 404.
    assert!(answer.status() < 300 || request.path == "/version", "{} {path}: {}", request.method, answer.text());
}
