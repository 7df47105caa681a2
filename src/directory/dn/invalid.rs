//! Why a text is not a distinguished name.

use crate::sync::escape::shown;

/// A text that is not a distinguished name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a distinguished name: character {position}: {problem}", shown(text))]
pub struct InvalidDn {
    /// The text; a long one is cut off.
    pub text: String,
    /// Where, in characters from 1.
    pub position: usize,
    /// What was found there and what would be right.
    pub problem: &'static str,
}
