//! The form in which a dashboard server keeps texts. Wanted and found are compared in that form, and what a server
//! cannot keep is refused, not changed.

/// How one kind of text is kept. A value of this type is data that a store's probe gives; the functions are pure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextForm {
    /// The shortest text in characters.
    pub min_characters: usize,
    /// The longest text in characters; `None`: no bound.
    pub max_characters: Option<usize>,
    /// Characters that the server refuses, in addition to those that no server gets.
    pub forbidden: Vec<char>,
    /// If it is not empty, a text consists of ASCII letters and digits with single ones of these characters between them, or
    /// is an e-mail address.
    pub joined_by: Vec<char>,
    /// Whether the server trims blanks at both ends.
    pub trims: bool,
    /// Whether the server keeps every text in lower case, so that texts which differ only in case are one.
    pub ignores_case: bool,
}

impl TextForm {
    /// Any text without the characters that no server gets.
    pub const ANY: Self = Self {
        min_characters: 0,
        max_characters: None,
        forbidden: Vec::new(),
        joined_by: Vec::new(),
        trims: false,
        ignores_case: false,
    };

    /// Whether the server, which holds one of these texts, would hold the same after the other one is written.
    #[must_use]
    pub fn is_same(&self, held: &str, wanted: &str) -> bool {
        held == wanted || (self.ignores_case && held.to_lowercase() == wanted.to_lowercase())
    }
}

/// The form of every text that a plan writes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, and every combination exists")]
pub struct Form {
    /// Names of groups.
    pub group_name: TextForm,
    /// Descriptions of groups.
    pub description: TextForm,
    /// Usernames.
    pub username: TextForm,
    /// E-mail addresses.
    pub email: TextForm,
    /// Given, family and display names, telephone numbers.
    pub text: TextForm,
    /// Whether groups have a description.
    pub has_description: bool,
    /// Whether accounts have a given name and a family name.
    pub has_first_and_last_name: bool,
    /// Whether accounts have a display name.
    pub has_display_name: bool,
    /// Whether accounts have a telephone number.
    pub has_phone: bool,
    /// Whether an account must have an e-mail address.
    pub requires_email: bool,
}

impl Form {
    /// A server that keeps every text as it is.
    pub const ANY: Self = Self {
        group_name: TextForm::ANY,
        description: TextForm::ANY,
        username: TextForm::ANY,
        email: TextForm::ANY,
        text: TextForm::ANY,
        has_description: true,
        has_first_and_last_name: true,
        has_display_name: true,
        has_phone: true,
        requires_email: false,
    };
}

/// Why a text cannot be kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Nothing is left of it.
    #[error("it is empty")]
    Empty,
    /// The directory shows octets that are not text.
    #[error("its value in the directory is not UTF-8; fix it there")]
    Undecodable,
    /// It is longer than the server's bound.
    #[error("it has {found} characters, and the server takes at most {max}")]
    TooLong {
        /// How long it is.
        found: usize,
        /// How long it may be.
        max: usize,
    },
    /// It is shorter than the server's bound.
    #[error("it has {found} characters, and the server takes at least {min}")]
    TooShort {
        /// How long it is.
        found: usize,
        /// How long it must be.
        min: usize,
    },
    /// It has other characters than the server takes, or two of those that may only stand between letters.
    #[error("it must be an e-mail address, or letters and digits with single {} between them", listed(.0))]
    Joined(Vec<char>),
    /// It has a character that cannot be kept, or an invisible one.
    #[error("it contains the character {}, which is not allowed", .0.escape_unicode())]
    Character(char),
}

impl TextForm {
    /// Rule `valid-names`: the text as the server keeps it.
    ///
    /// # Errors
    /// When the server cannot keep it, or it contains a control, bidirectional or zero-width character, with which two
    /// names that look alike would be two names (Unicode Technical Report 36).
    pub fn kept<'a>(&self, text: &'a str) -> Result<&'a str, Unfit> {
        let text = if self.trims { text.trim() } else { text };
        if text.trim().is_empty() {
            return Err(Unfit::Empty);
        }
        if let Some(character) =
            text.chars().find(|character| deceives(*character) || self.forbidden.contains(character))
        {
            return Err(Unfit::Character(character));
        }
        if !self.joined_by.is_empty() && !text.contains('@') && !self.is_joined(text) {
            return Err(Unfit::Joined(self.joined_by.clone()));
        }
        let (min, max) = (self.min_characters, self.max_characters.unwrap_or(usize::MAX));
        // Only a text of many octets can be too long, and only one of few too short.
        if text.len() <= max && text.len() >= min.saturating_mul(4) {
            return Ok(text);
        }
        match text.chars().count() {
            found if found > max => Err(Unfit::TooLong { found, max }),
            found if found < min => Err(Unfit::TooShort { found, min }),
            _ => Ok(text),
        }
    }

    fn is_joined(&self, text: &str) -> bool {
        let mut words = text.split(|character| self.joined_by.contains(&character));
        words.all(|word| !word.is_empty() && word.chars().all(|character| character.is_ascii_alphanumeric()))
    }
}

fn listed(characters: &[char]) -> String {
    characters.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// Control, bidirectional, zero-width and other invisible characters: those that Unicode calls default ignorable, and
/// those whose glyph is empty.
pub(crate) fn deceives(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
            | '\u{16FE4}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D159}' | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_kept() {
        for text in ["BI Analysts", "Zoë Müller", "日本語", "R&D (EMEA), “west”", "O'Hara"] {
            assert_eq!(TextForm::ANY.kept(text), Ok(text));
        }
    }

    /// Rule `valid-names`.
    #[test]
    fn what_people_cannot_see_is_refused() {
        for text in ["a\u{200B}b", "a\u{202E}b", "a\tb", "a\u{0}b", "a\u{FEFF}", "a\u{2800}", "a\u{1D173}"] {
            assert!(matches!(TextForm::ANY.kept(text), Err(Unfit::Character(_))), "{text:?}");
        }
        assert_eq!(TextForm::ANY.kept(" \u{3000} "), Err(Unfit::Empty));
    }

    #[test]
    fn a_servers_own_bounds_count_characters() {
        let form = TextForm { max_characters: Some(3), forbidden: vec!['/'], trims: true, ..TextForm::ANY };
        assert_eq!(form.kept(" äöü "), Ok("äöü"));
        assert_eq!(form.kept("äöüß"), Err(Unfit::TooLong { found: 4, max: 3 }));
        assert_eq!(form.kept("a/b"), Err(Unfit::Character('/')));
        let form = TextForm { min_characters: 3, ..TextForm::ANY };
        assert_eq!(form.kept("äö"), Err(Unfit::TooShort { found: 2, min: 3 }));
        assert_eq!(form.kept("äöü"), Ok("äöü"));
    }

    #[test]
    fn some_servers_take_words_with_single_signs_between_them() {
        let form = TextForm { joined_by: vec!['.', '_', '-'], ..TextForm::ANY };
        for text in ["ada", "ada.l-o_v3", "ada+x@corp.example"] {
            assert_eq!(form.kept(text), Ok(text));
        }
        for text in ["ada..l", ".ada", "ada-", "ada lovelace", "zoë", "a$"] {
            assert_eq!(form.kept(text), Err(Unfit::Joined(vec!['.', '_', '-'])), "{text}");
        }
        let said = form.kept("a b").unwrap_err().to_string();
        assert_eq!(said, "it must be an e-mail address, or letters and digits with single . _ - between them");
    }
}
