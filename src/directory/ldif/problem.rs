//! What is wrong with a file or with one of its entries. Any Secret or local file can be named as a file, so no problem
//! has a text of it: rule `withheld-text`.

use super::known_attribute::KnownAttribute;
use crate::directory::dn::InvalidDn;
use crate::directory::entry::{InvalidId, LONGEST_VALUE};

/// A problem and its line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub(super) struct InvalidLdif {
    /// Where, from 1.
    pub(super) line: usize,
    /// What was found and what would be right.
    #[source]
    pub(super) problem: Problem,
}

/// What was found and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Problem {
    /// The encoding of Windows.
    #[error(
        "the file is UTF-16, but LDIF must be UTF-8; export it with `ldifde -f FILE -d BASE`, without `-u`. If Windows \
         PowerShell wrote it with `>`, run that command with `cmd /c`"
    )]
    Utf16,
    /// A later version.
    #[error("only LDIF version 1 (RFC 2849) can be read; export the file as that version")]
    UnknownVersion,
    /// A line without a colon.
    #[error(
        "the line has no colon, so it is not `attribute: value`; if it continues the line before, start it with one space"
    )]
    NotAnAttribute,
    /// A line whose text before the colon is not an attribute.
    #[error(
        "the line does not start with an attribute: its octet {octet} cannot be part of one; if it continues the line \
         before, start it with one space"
    )]
    NoAttribute {
        /// The first octet that cannot be part of an attribute, from 1.
        octet: usize,
    },
    /// An attribute that should be the name of an entry.
    #[error("an entry must start with `dn:`; this one starts with {0}")]
    NoName(KnownAttribute),
    /// Two entries, one directly after the other.
    #[error("`dn:` starts an entry; put an empty line before it")]
    NoEmptyLine,
    /// Changes of entries (`changetype:`).
    #[error("the file has changes (`changetype`) instead of entries; export entries, as `ldapsearch` does")]
    Change,
    /// Some values of an attribute.
    #[error(
        "{0} has only one range of its values (`;range=`), and the file lacks the others; use `spec.ldap`, which reads \
         all"
    )]
    Range(KnownAttribute),
    /// A value that does not decode.
    #[error(
        "the value of {attribute} after `::` is not Base64 (RFC 2849): see its character {character}; export the file \
         again, or encode the value"
    )]
    NotBase64 {
        /// The attribute.
        attribute: KnownAttribute,
        /// Where the decoder stopped, from 1.
        character: usize,
    },
    /// A value that is kept elsewhere.
    #[error(
        "the value of {0} refers to a file or URL (`:<`), which is never read; write the value itself, in Base64 after \
         `::`"
    )]
    Elsewhere(KnownAttribute),
    /// A name that is not text.
    #[error("the name is not UTF-8; convert the file to UTF-8")]
    NameNotUtf8,
    /// A name that breaks the grammar.
    #[error("the name is not a distinguished name: character {position}: {problem}")]
    Name {
        /// Where, in characters from 1.
        position: usize,
        /// What was found there and what would be right.
        problem: &'static str,
    },
    /// An object class that is not text.
    #[error("a value of `objectClass` is not UTF-8, so it is not known whether the entry is a user or a group")]
    ClassNotUtf8,
    /// A value that no server would send.
    #[error("a value of {0} is longer than {LONGEST_VALUE} octets; shorten it in the directory")]
    LongValue(KnownAttribute),
    /// An id that cannot be read.
    #[error(transparent)]
    Id(#[from] InvalidId),
    /// A user or a group without any id.
    #[error("the entry has none of {ids}, so it cannot be told from another entry of the same name; {export}")]
    NoId {
        /// The attributes with ids.
        ids: String,
        /// How to export the file with them.
        export: String,
    },
    /// Two entries with one id.
    #[error("the entry has the id of the entry in line {line}; export one directory, with one search")]
    SameId {
        /// The line of the first.
        line: usize,
    },
    /// A reference at or below a base that is read.
    #[error(
        "the export has a reference to another server instead of the entries there; export them too, or read them with \
         a Directory of their own"
    )]
    Reference,
    /// A search that did not end with result 0.
    #[error(
        "the server ended the export with {}, so entries are missing; export again with `-E pr=1000/noprompt`, or \
         with an account that has no such limit",
        result(*.0)
    )]
    Limit(Option<u8>),
    /// Something behind the end of a search.
    #[error(
        "the file continues after the closing lines of a search, which therefore do not count all of it; export \
         everything with one search"
    )]
    AfterTheEnd,
    /// Closing lines that count something else.
    #[error(
        "the closing lines say `{name}: {counted}`, but the file has {found}; it was cut off or changed: export it again"
    )]
    Miscounted {
        /// What is counted, as the closing lines call it.
        name: &'static str,
        /// What they say.
        counted: usize,
        /// What there is.
        found: usize,
    },
}

/// The result codes of limits have names (RFC 4511 appendix A.1). `None`: the text is not a code.
fn result(code: Option<u8>) -> String {
    match code {
        Some(3) => "result 3 (timeLimitExceeded)".to_owned(),
        Some(4) => "result 4 (sizeLimitExceeded)".to_owned(),
        Some(11) => "result 11 (adminLimitExceeded)".to_owned(),
        Some(code) => format!("result {code}"),
        None => "a result that is not a number".to_owned(),
    }
}

impl From<InvalidDn> for Problem {
    fn from(InvalidDn { position, problem, .. }: InvalidDn) -> Self {
        Self::Name { position, problem }
    }
}

impl Problem {
    /// The problem in a line.
    pub(super) const fn at(self, line: usize) -> InvalidLdif {
        InvalidLdif { line, problem: self }
    }
}
