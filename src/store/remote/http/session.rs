//! A signed-in client: signs in when it must, again before its token ends and when the server has forgotten it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use secrecy::SecretString;
use tokio::sync::Mutex;

use super::answer::Answer;
use super::client::Client;
use super::request::{Request, RequestFailure};
use crate::store::{Error, Guard};

/// How a server signs clients in.
#[async_trait]
pub trait SignIn: Send + Sync {
    /// Signs in.
    ///
    /// # Errors
    /// [`Error::AccessDenied`] when the credentials are refused.
    async fn sign_in(&self, client: &Client) -> Result<Token, Error>;

    /// Whether an answer means that the server does not know the token any more.
    fn is_signed_out(&self, answer: &Answer) -> bool;
}

/// What a sign-in gives.
pub struct Token {
    /// The value of the `Authorization` header of what follows.
    pub authorization: SecretString,
    /// How long it is used; `None`: until the server does not know it any more.
    pub lifetime: Option<Duration>,
}

/// A client and its token.
pub struct Session {
    client: Client,
    sign_in: Box<dyn SignIn>,
    held: Mutex<Option<Held>>,
}

/// A token, and when it is replaced.
struct Held {
    token: Arc<SecretString>,
    ends: Option<Instant>,
}

impl Session {
    /// A session that has not begun.
    #[must_use]
    pub fn new(client: Client, sign_in: Box<dyn SignIn>) -> Self {
        Self { client, sign_in, held: Mutex::new(None) }
    }

    /// The client.
    #[must_use]
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// The token, after a sign-in if there is none.
    ///
    /// # Errors
    /// Those of a sign-in.
    pub async fn token(&self) -> Result<Arc<SecretString>, Error> {
        // Held while signing in, so that it is done once, whoever waits.
        let mut held = self.held.lock().await;
        let now = Instant::now();
        if let Some(held) = held.as_ref().filter(|held| held.ends.is_none_or(|ends| now < ends)) {
            return Ok(Arc::clone(&held.token));
        }
        let fresh = self.sign_in.sign_in(&self.client).await?;
        let token = Arc::new(fresh.authorization);
        // Counted from before the request: the server's time began no earlier.
        let ends = fresh.lifetime.and_then(|lifetime| now.checked_add(lifetime));
        *held = Some(Held { token: Arc::clone(&token), ends });
        Ok(token)
    }

    /// Sends a request, as [`Client::send`] does. A token that is not known any more is replaced once.
    ///
    /// # Errors
    /// When no answer came, or the sign-in was refused.
    pub async fn send(&self, request: &Request<'_>, guard: Option<&dyn Guard>) -> Result<Answer, RequestFailure> {
        let token = self.token().await.map_err(RequestFailure::NotDone)?;
        let answer = self.client.send(request, Some(&token), guard).await?;
        if !self.sign_in.is_signed_out(&answer) {
            return Ok(answer);
        }
        self.forget(&token).await;
        let token = self.token().await.map_err(RequestFailure::NotDone)?;
        self.client.send(request, Some(&token), guard).await
    }

    /// Forgets a token, unless another request has replaced it already.
    async fn forget(&self, refused: &Arc<SecretString>) {
        let mut held = self.held.lock().await;
        held.take_if(|held| Arc::ptr_eq(&held.token, refused));
    }
}
