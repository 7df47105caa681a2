//! A signed-in client: signs in when it must, once more when the server has forgotten it.

use std::sync::Arc;

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
    /// Signs in; the value of the `Authorization` header of what follows.
    ///
    /// # Errors
    /// [`Error::AccessDenied`] when the credentials are refused.
    async fn sign_in(&self, client: &Client) -> Result<SecretString, Error>;

    /// Whether an answer means that the server does not know the token any more.
    fn is_signed_out(&self, answer: &Answer) -> bool;
}

/// A client and its token.
pub struct Session {
    client: Client,
    sign_in: Box<dyn SignIn>,
    token: Mutex<Option<Arc<SecretString>>>,
}

impl Session {
    /// A session that has not begun.
    #[must_use]
    pub fn new(client: Client, sign_in: Box<dyn SignIn>) -> Self {
        Self { client, sign_in, token: Mutex::new(None) }
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
        let mut token = self.token.lock().await;
        if let Some(token) = token.as_ref() {
            return Ok(Arc::clone(token));
        }
        let fresh = Arc::new(self.sign_in.sign_in(&self.client).await?);
        *token = Some(Arc::clone(&fresh));
        Ok(fresh)
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
        let mut token = self.token.lock().await;
        token.take_if(|held| Arc::ptr_eq(held, refused));
    }
}
