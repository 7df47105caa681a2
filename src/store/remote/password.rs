//! Passwords of new accounts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use crate::store::Error;

/// A random password that is neither kept nor shown: people sign in by the directory, or an administrator gives them one.
///
/// # Errors
/// When this machine has no randomness.
pub fn unknown_password() -> Result<String, Error> {
    let mut octets = [0; 32];
    getrandom::fill(&mut octets)
        .map_err(|_| Error::unexpected("creating an account", "this machine has no randomness for its password"))?;
    // Some servers ask for letters of both cases, digits and signs.
    Ok(format!("aA1!{}", STANDARD_NO_PAD.encode(octets)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_has_every_kind_of_character_and_is_another_each_time() {
        let password = unknown_password().unwrap();
        let has = |is: fn(&char) -> bool| password.chars().any(|character| is(&character));
        assert!(has(char::is_ascii_uppercase) && has(char::is_ascii_lowercase) && has(char::is_ascii_digit));
        assert!(has(char::is_ascii_punctuation) && password.len() > 40);
        assert_ne!(password, unknown_password().unwrap());
    }
}
