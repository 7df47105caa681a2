//! How much of a file is read, and how deep it may be, before the YAML parser sees it. That parser takes time that grows
//! with the square of the depth.

use granit_parser::{Event, Parser, ScanError};

/// The most octets of a file. Objects have at most 1.5 MiB in a cluster, and a list has several of them.
pub const MAX_FILE: u64 = 16 << 20;
/// The most levels. The resources of this program have fewer than 16.
const MAX_DEPTH: usize = 64;
/// The most brackets after a place that only one of the two parsers can read.
const MAX_BRACKETS: usize = 1000;

/// Why a text is not given to the parser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Excess {
    #[error("is larger than {} MiB: divide it into several files", MAX_FILE >> 20)]
    Size,
    #[error("line {line}, column {column}: has more than {MAX_DEPTH} levels: remove the brackets or the indentation")]
    Depth { line: usize, column: usize },
    #[error(
        "is not valid YAML: line {line}, column {column}: this cannot be read; check brackets, quotation marks and indentation"
    )]
    Unreadable { line: usize, column: usize },
}

/// Reads a text by its events, which takes time that grows with its length alone.
pub(super) fn check(text: &str) -> Result<(), Excess> {
    if u64::try_from(text.len()).unwrap_or(u64::MAX) > MAX_FILE {
        return Err(Excess::Size);
    }
    let mut depth = 0_usize;
    for event in Parser::new_from_str(text) {
        match event {
            Ok((Event::SequenceStart(..) | Event::MappingStart(..), span)) => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(Excess::Depth { line: span.start.line(), column: span.start.col() + 1 });
                }
            }
            Ok((Event::SequenceEnd | Event::MappingEnd, _)) => depth = depth.saturating_sub(1),
            Ok(_) => {}
            Err(error) => return rest(text, &error),
        }
    }
    Ok(())
}

/// The other parser has better words for what is wrong, unless the rest of the text is deep.
fn rest(text: &str, error: &ScanError) -> Result<(), Excess> {
    let marker = error.marker();
    let rest = text.chars().skip(marker.index());
    if rest.filter(|character| matches!(character, '[' | '{')).count() > MAX_BRACKETS {
        return Err(Excess::Unreadable { line: marker.line(), column: marker.col() + 1 });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deep_text_is_refused_wherever_it_is_deep() {
        let deep = |count: usize| "[".repeat(count) + &"]".repeat(count);
        let bare: Vec<String> = (0..65).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
        for text in [
            deep(100_000),
            deep(65),
            format!("{}x", "- ".repeat(65)),
            bare.concat(),
            format!("a: 1\n---\n- {}", deep(70)),
        ] {
            assert!(check(&text).is_err(), "{text:.100}");
        }
        assert_eq!(check(&deep(65)), Err(Excess::Depth { line: 1, column: 65 }));
        // Where the first parser stops, the second one does not start on much.
        for broken in ["a: @b\n", "\t- [\n", "'", "a: [1\nb: 2\n", "%\n---\n"] {
            let text = format!("{broken}c: {}\n", deep(100_000));
            assert!(check(&text).is_err(), "{broken:?}");
        }
    }

    #[test]
    fn brackets_in_texts_and_comments_do_not_count() {
        let many = "[{".repeat(10_000);
        for text in [
            format!("a: '{many}'\nb: \"{many}\"\n# {many}\n"),
            format!("a: |\n  don't {many}\n  {many}\nb: x{many}\n"),
            "- {a: 1}\n".repeat(10_000),
        ] {
            assert_eq!(check(&text), Ok(()), "{text:.60}");
        }
        assert_eq!(check(&" ".repeat(17 << 20)), Err(Excess::Size));
    }
}
