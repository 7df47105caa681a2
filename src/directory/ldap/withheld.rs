//! What is taken out of a server's words before they become part of a message: a server may repeat the name of the bind
//! account, or worse, and both come from a Secret.

use secrecy::{ExposeSecret as _, SecretString};

use crate::directory::dn::Dn;
use crate::directory::settings::Credentials;

/// What stands in the place of a value.
const WITHHELD: &str = "[withheld]";
/// A shorter value is only taken out where it stands alone: a place where one letter is missing would tell it.
const SHORTEST_PART: usize = 4;

/// The values of the Secret with which a directory is read.
#[derive(Debug, Clone, Default)]
pub(super) struct Withheld {
    /// In lower case, the longest first.
    values: Vec<SecretString>,
}

impl Withheld {
    /// Rule `withheld-text`: the username, also in the form that servers give a distinguished name, and the password.
    pub(super) fn new(credentials: &Credentials) -> Self {
        let Credentials::Simple { username, password } = credentials else { return Self::default() };
        let username = username.expose_secret();
        let normal = Dn::parse(username).map(|dn| dn.normal().to_owned()).unwrap_or_default();
        let mut values = vec![username.to_ascii_lowercase(), normal, password.expose_secret().to_ascii_lowercase()];
        values.retain(|value| !value.is_empty());
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        Self { values: values.into_iter().map(SecretString::from).collect() }
    }

    /// The text without them.
    pub(super) fn without(&self, text: &str) -> String {
        self.values.iter().fold(text.to_owned(), |text, value| without(&text, value.expose_secret()))
    }
}

fn without(text: &str, value: &str) -> String {
    // The same octets mean the same places, because only ASCII letters change.
    let folded = text.to_ascii_lowercase();
    let mut kept = String::with_capacity(text.len());
    let mut from = 0;
    for (start, found) in folded.match_indices(value) {
        let end = start + found.len();
        if value.len() < SHORTEST_PART && !stands_alone(text, start, end) {
            continue;
        }
        kept.push_str(&text[from..start]);
        kept.push_str(WITHHELD);
        from = end;
    }
    kept.push_str(&text[from..]);
    kept
}

fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let joins = |character: Option<char>| character.is_some_and(char::is_alphanumeric);
    !joins(text[..start].chars().next_back()) && !joins(text[end..].chars().next())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn without(username: &str, password: &str, text: &str) -> String {
        Withheld::new(&Credentials::Simple { username: username.into(), password: password.into() }).without(text)
    }

    /// Rule `withheld-text`.
    #[test]
    fn no_value_of_the_secret_stays_in_a_text() {
        let reader = "CN=Reader, OU=Service,DC=corp";
        for (text, expected) in [
            ("no such user cn=reader,ou=service,dc=corp", "no such user [withheld]"),
            ("CN=Reader, OU=Service,DC=corp: `Hunter2!`", "[withheld]: `[withheld]`"),
            ("hunter2!hunter2!", "[withheld][withheld]"),
            ("ünhunter2!ü", "ün[withheld]ü"),
            ("data 52e", "data 52e"),
        ] {
            assert_eq!(without(reader, "Hunter2!", text), expected);
        }
        assert_eq!(without("r", "pw", "pw: the power of r, rpw"), "[withheld]: the power of [withheld], rpw");
        assert_eq!(without("", "", "nothing"), "nothing");
        assert!(
            !format!("{:?}", Withheld::new(&Credentials::Simple { username: "u".into(), password: "hunter".into() }))
                .contains("hunter")
        );
    }
}
