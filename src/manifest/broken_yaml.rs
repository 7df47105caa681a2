//! What is wrong with a text that is no YAML, in words for whoever wrote it. The parser says what it expected where it
//! stopped; what people did is most often something with blanks.

/// What the parser says, and what to do about it.
const REMEDIES: [(&str, &str); 11] = [
    ("did not find expected key", INDENTATION),
    ("did not find expected '-' indicator", INDENTATION),
    ("did not find expected <document start>", INDENTATION),
    ("block sequence entries are not allowed", INDENTATION),
    ("block mapping", INDENTATION),
    ("mapping values are not allowed", "check the indentation, and put a value that has a colon in it in quotes"),
    ("could not find expected ':'", "check the indentation, and that each key has a colon and a blank behind it"),
    ("cannot start any token", "put a value that begins with this character in quotes"),
    ("quoted scalar", "close the quotation mark that is opened there, or take it away"),
    ("flow sequence", "close the bracket that is opened there"),
    ("flow mapping", "close the brace that is opened there"),
];
const INDENTATION: &str = "check the indentation of this line and of those before it";

/// Says of a parser's error what to do, as far as its words or the line tell.
pub(super) fn described(error: &serde_yaml::Error, text: &str) -> String {
    let said = error.to_string();
    if let Some(line) = error.location().and_then(|location| tab(text, location.line())) {
        return format!("is not YAML: {said}; line {line} is indented with a tab: use spaces");
    }
    match REMEDIES.iter().find(|(words, _)| said.contains(words)) {
        Some((_, remedy)) => format!("is not YAML: {said}; {remedy}"),
        None => format!("is not YAML: {said}"),
    }
}

/// The line with this number, from 1, or the one before it, if it is indented with a tab.
fn tab(text: &str, line: usize) -> Option<usize> {
    let is_indented_so = |number: &usize| {
        let line = number.checked_sub(1).and_then(|index| text.lines().nth(index)).unwrap_or_default();
        line.chars().take_while(|letter| letter.is_whitespace()).any(|letter| letter == '\t')
    };
    [line, line.saturating_sub(1)].into_iter().find(is_indented_so)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        let parsed = serde_yaml::from_str::<serde_yaml::Value>(text);
        described(&parsed.expect_err(text), text)
    }

    #[test]
    fn wrong_blanks_are_called_so() {
        for (text, line) in [("spec:\n\tname: a\n", 2), ("spec:\n  a: 1\n\tb: 2\n", 3), ("a:\n  b:\n  \t- c: 1\n", 3)] {
            let said = said(text);
            assert!(said.ends_with(&format!("; line {line} is indented with a tab: use spaces")), "{said}");
        }
        for text in ["a:\n  b: 1\n c: 2\n", "a: 1\n  b: 2\n", "- a\n b: 1\n", "a:\n  - b\n  c: 1\n", "a: 1\n- b\n"] {
            let said = said(text);
            assert!(said.contains("; check the indentation"), "{text:?}: {said}");
        }
    }

    #[test]
    fn what_is_not_closed_or_needs_quotes_is_called_so() {
        for (text, remedy) in [
            ("a: 'b\n", "quotation mark"),
            ("a: [b\nc: 1\n", "bracket"),
            ("a: {b: 1\nc: [\n", "brace"),
            ("a: @b\n", "in quotes"),
            ("a: b: c\n", "colon in it in quotes"),
        ] {
            let said = said(text);
            assert!(said.contains(remedy), "{text:?}: {said}");
        }
    }
}
