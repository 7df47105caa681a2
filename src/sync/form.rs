//! The form in which a dashboard server keeps texts. Wanted and found are compared in that form, and what a server
//! cannot hold is refused, not mangled.

/// How one kind of text is kept. A value of this type is data that a store's probe gives; the functions are pure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextForm {
    /// The longest text in characters; `None`: no bound.
    pub max_characters: Option<usize>,
    /// Characters that the server refuses, beside those that every server is spared.
    pub forbidden: &'static [char],
    /// Whether the server trims blanks at both ends.
    pub trims: bool,
}

impl TextForm {
    /// Anything but what every server is spared.
    pub const ANY: Self = Self { max_characters: None, forbidden: &[], trims: false };
}

/// The form of every text that a plan writes.
#[derive(Debug, Clone, PartialEq, Eq)]
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
}
