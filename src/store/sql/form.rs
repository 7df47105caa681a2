//! How a SQL store keeps texts.

use crate::sync::form::{Form, TextForm};

/// Texts are kept as they are; PostgreSQL has no NUL.
pub(super) fn form() -> Form {
    let text = || TextForm { forbidden: vec!['\0'], ..TextForm::ANY };
    Form { group_name: text(), description: text(), username: text(), email: text(), text: text() }
}
