//! The lines of a file (RFC 2849 section 2): unfolded, numbered, and sorted into comments, empty lines and text.

use std::borrow::Cow;

/// A line with its continuations.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// The number of its first line, from 1.
    pub(super) number: usize,
    /// What it is.
    pub(super) content: Content<'a>,
    /// Whether a line break ends it. The last line of a file that was cut off has none.
    pub(super) is_ended: bool,
}

/// What a line is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Content<'a> {
    /// Nothing: the end of a record.
    Empty,
    /// The text after `#`.
    Comment(Cow<'a, [u8]>),
    /// Part of a record.
    Text(Cow<'a, [u8]>),
}

/// Splits a file at LF or CRLF and joins each line that starts with one space to the line before.
pub(super) fn lines(file: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    let ended = file.strip_suffix(b"\n");
    let split = ended.unwrap_or(file).split(|byte| *byte == b'\n');
    let mut physical = split.map(|line| line.strip_suffix(b"\r").unwrap_or(line)).zip(1..).peekable();
    std::iter::from_fn(move || {
        let (first, number) = physical.next()?;
        let mut joined = Cow::Borrowed(first);
        if !first.is_empty() {
            while let Some((next, _)) = physical.next_if(|(next, _)| next.starts_with(b" ")) {
                joined.to_mut().extend_from_slice(&next[1..]);
            }
        }
        let is_ended = ended.is_some() || physical.peek().is_some();
        Some(Line { number, content: content(joined), is_ended })
    })
}

fn content(line: Cow<'_, [u8]>) -> Content<'_> {
    match line.first() {
        None => Content::Empty,
        Some(b'#') => Content::Comment(match line {
            Cow::Borrowed(line) => Cow::Borrowed(&line[1..]),
            Cow::Owned(mut line) => Cow::Owned(line.split_off(1)),
        }),
        Some(_) => Content::Text(line),
    }
}

#[cfg(test)]
mod tests {
    use super::{Content, lines};

    fn shown(file: &str) -> Vec<(usize, String)> {
        let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
        lines(file.as_bytes())
            .map(|line| match line.content {
                Content::Empty => (line.number, String::new()),
                Content::Comment(comment) => (line.number, format!("#{}", text(&comment))),
                Content::Text(line_text) => (line.number, text(&line_text)),
            })
            .collect()
    }

    #[test]
    fn folded_lines_are_joined_and_keep_their_first_number() {
        let expected = [(1, "version: 1"), (2, ""), (3, "# a comment"), (5, "dn: cn=a,dc=x"), (8, ""), (9, "dn: cn=b")];
        for end in ["\n", "\r\n"] {
            let file = ["version: 1", "", "# a", "  comment", "dn: cn=", " a,", " dc=x", "", "dn: cn=b"].join(end);
            let expected = expected.map(|(number, text)| (number, text.to_owned()));
            assert_eq!(shown(&file), expected);
            assert_eq!(shown(&format!("\u{feff}{file}{end}")), expected);
        }
    }

    #[test]
    fn only_the_last_line_of_a_file_may_have_no_end() {
        let ended = |file: &str| lines(file.as_bytes()).map(|line| line.is_ended).collect::<Vec<_>>();
        assert_eq!(ended("dn: a\ncn: a\n"), [true, true]);
        assert_eq!(ended("dn: a\ncn: a"), [true, false]);
        assert_eq!(ended("dn: a\ncn: a\n b"), [true, false]);
        assert_eq!(ended("dn: a\r\ncn: a\r\n"), [true, true]);
    }

    #[test]
    fn an_empty_line_is_not_continued() {
        assert_eq!(shown("dn: a\n\n b"), [(1, "dn: a".to_owned()), (2, String::new()), (3, " b".to_owned())]);
    }
}
