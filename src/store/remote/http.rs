//! The HTTP client of all adapters: one server, its certificate, limits for everything, repetitions where they are safe.

mod answer;
mod body;
mod client;
mod pause;
mod request;
mod session;

pub use self::answer::Answer;
pub use self::client::{Client, ClientFields, ClientSettings};
pub use self::request::{Body, Repeat, Request, RequestFailure};
pub use self::session::{Session, SignIn, Token};
