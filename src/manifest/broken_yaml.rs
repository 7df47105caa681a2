//! Why a text is not valid YAML, in words for the author of the file. The parser reports what it expected at the position
//! where it stopped; the most frequent cause is wrong indentation.

/// A message of the parser, by words that it contains.
struct Message {
    words: &'static str,
    /// What is wrong.
    found: &'static str,
    remedy: &'static str,
    position: Position,
}

/// Which position of the message is that of the mistake.
#[derive(Clone, Copy)]
enum Position {
    /// Where the parser stopped, which the message names first.
    Stop,
    /// Where the bracket or the quotation mark is opened, which the message names last.
    Opening,
}

const INDENTATION: &str = "check the indentation of this line and of the lines before it";

const MESSAGES: [Message; 12] = [
    stop("did not find expected key", "a key is expected here", INDENTATION),
    stop("did not find expected '-' indicator", "a list item (-) is expected here", INDENTATION),
    stop("did not find expected <document start>", "the document should end here", INDENTATION),
    stop("block sequence entries are not allowed", "a list item (-) is not allowed here", INDENTATION),
    stop("block mapping", "the fields should end here", INDENTATION),
    stop(
        "mapping values are not allowed",
        "a colon is not allowed here",
        "check the indentation, and put a value that contains a colon in quotes",
    ),
    stop(
        "could not find expected ':'",
        "a colon is expected here",
        "check the indentation, and write a colon and a space after each key",
    ),
    stop("cannot start any token", "a value cannot start with this character", "put the value in quotes"),
    opening("quoted scalar", "the quotation mark here is never closed", "close it or remove it"),
    opening("flow sequence", "the bracket here is never closed", "close it"),
    opening("flow mapping", "the brace here is never closed", "close it"),
    stop("duplicate entry", "two fields of one object have the same name", "remove one of them"),
];

const fn stop(words: &'static str, found: &'static str, remedy: &'static str) -> Message {
    Message { words, found, remedy, position: Position::Stop }
}

const fn opening(words: &'static str, found: &'static str, remedy: &'static str) -> Message {
    Message { words, found, remedy, position: Position::Opening }
}

/// Describes an error of the parser: where it is, what was found, and what to do.
pub(super) fn described(error: &serde_yaml::Error, text: &str) -> String {
    let said = error.to_string();
    if let Some(line) = error.location().and_then(|location| tab(text, location.line())) {
        return format!("is not valid YAML: line {line} is indented with a tab: use spaces");
    }
    let known = MESSAGES.iter().find(|message| said.contains(message.words));
    // Not all messages have a position.
    let place = |message: &Message| {
        let location = || error.location().map(|location| (location.line(), location.column()));
        position(&said, message.position).or_else(location)
    };
    match known.and_then(|message| Some((message, place(message)?))) {
        Some((Message { found, remedy, .. }, (line, column))) => {
            format!("is not valid YAML: line {line}, column {column}: {found}; {remedy}")
        }
        // The parser's words may quote the file, which may be a foreign one. Rule `withheld-text`.
        None => match error.location() {
            Some(at) => format!("is not valid YAML: line {}, column {}: this cannot be read", at.line(), at.column()),
            None => "is not valid YAML: check quotation marks, anchors (&) and aliases (*)".to_owned(),
        },
    }
}

/// A line and a column, both from 1, of which the message has one or two: `… at line 2 column 1, while … at line 1 column 4`.
fn position(said: &str, position: Position) -> Option<(usize, usize)> {
    let mut positions = said.split("at line ").skip(1).filter_map(|rest| {
        let (line, rest) = rest.split_once(" column ")?;
        let column = rest.split(|letter: char| !letter.is_ascii_digit()).next()?;
        Some((line.parse().ok()?, column.parse().ok()?))
    });
    match position {
        Position::Stop => positions.next(),
        Position::Opening => positions.last(),
    }
}

/// The line with this number, from 1, or the one before it, if it is indented with a tab.
fn tab(text: &str, line: usize) -> Option<usize> {
    let has_tab = |number: &usize| {
        let line = number.checked_sub(1).and_then(|index| text.lines().nth(index)).unwrap_or_default();
        line.chars().take_while(|letter| letter.is_whitespace()).any(|letter| letter == '\t')
    };
    [line, line.saturating_sub(1)].into_iter().find(has_tab)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        let parsed = serde_yaml::from_str::<serde_yaml::Value>(text);
        described(&parsed.expect_err(text), text)
    }

    #[test]
    fn wrong_indentation_is_reported() {
        for (text, line) in [("spec:\n\tname: a\n", 2), ("spec:\n  a: 1\n\tb: 2\n", 3), ("a:\n  b:\n  \t- c: 1\n", 3)] {
            assert_eq!(said(text), format!("is not valid YAML: line {line} is indented with a tab: use spaces"));
        }
        for text in ["a:\n  b: 1\n c: 2\n", "a: 1\n  b: 2\n", "- a\n b: 1\n", "a:\n  - b\n  c: 1\n", "a: 1\n- b\n"] {
            let said = said(text);
            assert!(said.contains("; check the indentation"), "{text:?}: {said}");
            assert!(said.starts_with("is not valid YAML: line "), "{text:?}: {said}");
        }
    }

    #[test]
    fn unclosed_brackets_and_missing_quotes_are_reported_where_they_are() {
        for (text, expected) in [
            ("a: 'b\n", "line 1, column 4: the quotation mark here is never closed; close it or remove it"),
            ("a: [b\nc: 1\n", "line 1, column 4: the bracket here is never closed; close it"),
            ("a: {b: 1\nc: [\n", "line 1, column 4: the brace here is never closed; close it"),
            ("a: @b\n", "line 1, column 4: a value cannot start with this character; put the value in quotes"),
            (
                "a: b: c\n",
                "line 1, column 5: a colon is not allowed here; check the indentation, and put a value that contains a \
                 colon in quotes",
            ),
        ] {
            assert_eq!(said(text), format!("is not valid YAML: {expected}"), "{text:?}");
        }
    }
}
