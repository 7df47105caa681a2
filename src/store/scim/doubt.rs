//! What an error of the server means for an account that was to be created.

use std::sync::atomic::Ordering;

use serde_json::Value;

use super::refusal::{About, taken};
use super::resource::User;
use super::server::ScimServer;
use crate::store::remote::CallFailure;
use crate::sync::snapshot::Attributes;

/// How many errors of the server one run explains by reading all accounts.
const LOOKS: usize = 5;

impl ScimServer {
    /// The account may be there, unless all accounts show why it is not: Keycloak answers 500 where another account has the
    /// address.
    pub(super) async fn after_an_error(&self, words: String, wanted: &Value) -> CallFailure {
        let lost = CallFailure::Lost(words);
        if self.looks.fetch_add(1, Ordering::Relaxed) >= LOOKS {
            return lost;
        }
        let Ok(accounts) = self.list::<User>("Users", User::ATTRIBUTES).await else { return lost };
        let same =
            |held: Option<Box<str>>, wanted: &str| held.is_some_and(|it| it.to_lowercase() == wanted.to_lowercase());
        let text = |pointer: &str| wanted.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let (username, address) = (text("/userName"), text("/emails/0/value"));
        let (mut is_there, mut is_taken) = (false, false);
        for Attributes { username: held, email, .. } in accounts.iter().map(|account| account.account().attributes) {
            is_there |= same(held, username);
            is_taken |= same(email, address);
        }
        if is_taken && !is_there { CallFailure::Refused(taken(About::Account)) } else { lost }
    }
}
