//! Rule `escaped-text`: what a text from outside looks like in a message. A directory, a server, a store or a file may
//! hold characters that move a terminal's cursor, turn the direction of writing or cannot be seen; no such character
//! leaves this program.
//!
//! Code that writes a message uses one of these where the text becomes part of it. [`visible`] is the net below them:
//! the console, the logs and the status pass everything through it once more.

use std::borrow::Cow;
use std::fmt::{self, Display, Formatter, Write as _};

use super::form::deceives;

/// Rule `escaped-text`: a text between quotation marks: `"` and `\` in it are `\"` and `\\`, and an invisible character
/// is `\u{200b}`.
#[must_use]
pub const fn quoted(text: &str) -> impl Display + '_ {
    Quoted(text)
}

/// A text without quotation marks, such as a distinguished name or the words of a server: an invisible character is
/// `\u{200b}`, and only a text with something of that kind has its `\` doubled, so that one output is of one text
/// alone.
#[must_use]
pub const fn shown(text: &str) -> impl Display + '_ {
    Shown(text)
}

/// A text that is one of several between commas or in parentheses: quoted only where it could be taken for more than
/// one.
#[must_use]
pub const fn listed(text: &str) -> impl Display + '_ {
    Listed(text)
}

/// A finished message without invisible characters; its lines stay lines where `lines` says so. Nothing else changes,
/// so that what is escaped already stays as it is.
#[must_use]
pub fn visible(message: &str, lines: bool) -> Cow<'_, str> {
    let hides = |character: char| deceives(character) && !(lines && character == '\n');
    if !message.contains(hides) {
        return Cow::Borrowed(message);
    }
    let mut text = String::with_capacity(message.len() + 16);
    for character in message.chars() {
        if hides(character) {
            text.extend(character.escape_unicode());
        } else {
            text.push(character);
        }
    }
    Cow::Owned(text)
}

/// A finished JSON text without invisible characters. Inside a string, the only place where they may be, they
/// are `\u001b`, which means the same.
#[must_use]
pub fn visible_json(json: &str) -> Cow<'_, str> {
    let hides = |character: char| deceives(character) && character != '\n';
    if !json.contains(hides) {
        return Cow::Borrowed(json);
    }
    let mut text = String::with_capacity(json.len() + 16);
    for character in json.chars() {
        if hides(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                let _ = write!(text, "\\u{unit:04x}");
            }
        } else {
            text.push(character);
        }
    }
    Cow::Owned(text)
}

struct Quoted<'a>(&'a str);
struct Shown<'a>(&'a str);
struct Listed<'a>(&'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        escape(self.0, &['"', '\\'], f)?;
        f.write_char('"')
    }
}

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let escapes = self.0.contains(deceives) || self.0.contains("\\u{");
        if escapes { escape(self.0, &['\\'], f) } else { f.write_str(self.0) }
    }
}

impl Display for Listed<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let splits = |character: char| deceives(character) || ",;()\"\\…".contains(character);
        if self.0.is_empty() || self.0.trim() != self.0 || self.0.contains(splits) {
            quoted(self.0).fmt(f)
        } else {
            f.write_str(self.0)
        }
    }
}

fn escape(text: &str, marks: &[char], f: &mut Formatter<'_>) -> fmt::Result {
    for character in text.chars() {
        if deceives(character) {
            write!(f, "{}", character.escape_unicode())?;
        } else {
            if marks.contains(&character) {
                f.write_char('\\')?;
            }
            f.write_char(character)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Rule `escaped-text`.
    #[test]
    fn what_people_write_stays_as_it_is() {
        for text in ["BI Analysts", "CN=Doe\\, John,DC=corp", "Zoë “Z” Müller", "日本語", "CORP\\ada"] {
            assert_eq!(shown(text).to_string(), text);
            assert_eq!(visible(text, false), text);
        }
        assert_eq!(listed("ada.byron@corp.example").to_string(), "ada.byron@corp.example");
        assert_eq!(listed("ada, bob").to_string(), "\"ada, bob\"");
        assert_eq!(quoted("a \"b\" \\ c").to_string(), r#""a \"b\" \\ c""#);
    }

    #[test]
    fn what_nobody_sees_is_spelled_out() {
        // A control character of each kind, an end of line, a mark of direction, one without width, a tag.
        let text = "\u{1b}[2K\r\n\u{7f}\u{9b}\u{202e}\u{200b}\u{2028}\u{e0041}";
        let expected = r"\u{1b}[2K\u{d}\u{a}\u{7f}\u{9b}\u{202e}\u{200b}\u{2028}\u{e0041}";
        assert_eq!(shown(text).to_string(), expected);
        assert_eq!(quoted(text).to_string(), format!("\"{expected}\""));
        assert_eq!(listed(text).to_string(), format!("\"{expected}\""));
        assert_eq!(visible(text, false), expected);
        assert_eq!(visible("a\n\tb", true), "a\n\\u{9}b", "the lines of a message stay lines");
    }

    proptest! {
        /// Two texts never look alike.
        #[test]
        fn one_output_is_of_one_text(
            one in r#"[ab"\\u{}1\x1b\u200b,()]{0,6}"#,
            other in r#"[ab"\\u{}1\x1b\u200b,()]{0,6}"#,
        ) {
            prop_assert_eq!(one == other, quoted(&one).to_string() == quoted(&other).to_string());
            prop_assert_eq!(one == other, shown(&one).to_string() == shown(&other).to_string());
            prop_assert_eq!(one == other, listed(&one).to_string() == listed(&other).to_string());
        }

        #[test]
        fn the_net_changes_nothing_that_is_escaped(text in any::<String>()) {
            for escaped in [quoted(&text).to_string(), shown(&text).to_string(), listed(&text).to_string()] {
                prop_assert!(!escaped.contains(deceives));
                prop_assert_eq!(visible(&escaped, false), &*escaped);
            }
        }
    }
}
