//! Which texts a site can hold.

use crate::sync::form::{Form, TextForm};

/// What the site's own pages refuse, and the lengths of its database's columns.
pub(super) fn form() -> Form {
    let text = |max| TextForm { max_characters: Some(max), forbidden: vec!['\0'], ..TextForm::ANY };
    let forbidden = |more: &str| FORBIDDEN.chars().chain(more.chars()).collect();
    Form {
        group_name: TextForm { forbidden: forbidden(""), trims: true, ..text(255) },
        description: text(1024),
        username: TextForm {
            min_characters: 3,
            forbidden: forbidden("&"),
            joined_by: vec!['.', '_', '-'],
            ..text(254)
        },
        email: text(350),
        text: text(64),
        has_display_name: false,
        has_phone: true,
        requires_email: true,
        ..Form::ANY
    }
}

/// What no name may contain.
const FORBIDDEN: &str = "*[\\]|/:<>%+#?'\";,";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_the_pages_take() {
        let Form { group_name, username, .. } = form();
        assert_eq!(group_name.kept(" BI & Analysts (EMEA) "), Ok("BI & Analysts (EMEA)"));
        for name in ["a/b", "Sales, EMEA", "R+D", "it's", "100%", "a\\b", "C#"] {
            assert!(group_name.kept(name).is_err(), "{name}");
        }
        assert!(username.kept("ada.lovelace").is_ok() && username.kept("ada@corp.example").is_ok());
        for name in ["ab", "ada lovelace", "ada..l", "svc$", "a&b@corp.example", "DOM\\ada"] {
            assert!(username.kept(name).is_err(), "{name}");
        }
    }
}
