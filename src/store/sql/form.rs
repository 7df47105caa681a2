//! How a SQL store keeps texts.

use super::text_bounds::MOST_CHARACTERS;
use crate::sync::form::{Form, TextForm};

/// Texts are kept as they are, up to what a read takes; PostgreSQL has no NUL.
pub(super) fn form() -> Form {
    let text = || TextForm { max_characters: Some(MOST_CHARACTERS), forbidden: vec!['\0'], ..TextForm::ANY };
    Form { group_name: text(), description: text(), username: text(), email: text(), text: text(), ..Form::ANY }
}
