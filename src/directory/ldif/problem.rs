//! What is wrong with a file or with one of its entries.

use base64::DecodeError;

use crate::directory::dn::InvalidDn;
use crate::directory::entry::InvalidId;

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
    /// A line without a colon. The line, shortened.
    #[error("`{0}` is not `attribute: value`; if it continues the line before, start it with one space")]
    NotAnAttribute(String),
    /// A line whose text before the colon is not an attribute. The line, shortened.
    #[error("`{0}` does not start with an attribute; if it continues the line before, start it with one space")]
    NoAttribute(String),
    /// An attribute that should be the name of an entry.
    #[error("an entry must start with `dn:`; this one starts with `{0}:`")]
    NoName(String),
    /// Two entries, one directly after the other.
    #[error("`dn:` starts an entry; put an empty line before it")]
    NoEmptyLine,
    /// Changes of entries. The kind of change.
    #[error("the file has changes (`changetype: {0}`) instead of entries; export entries, as `ldapsearch` does")]
    Change(String),
    /// Some values of an attribute. The attribute description.
    #[error(
        "`{0}` is only one range of a long attribute, and the file lacks the others; use `spec.ldap`, which reads all"
    )]
    Range(String),
    /// A value that does not decode.
    #[error("the value of `{attribute}` after `::` is not Base64; export the file again, or encode the value")]
    NotBase64 {
        /// The attribute description.
        attribute: String,
        /// What the decoder says.
        #[source]
        cause: DecodeError,
    },
    /// A value that is kept elsewhere. The attribute description.
    #[error("`{0}:<` refers to a file or URL, which is never read; write the value itself, as `{0}::` and Base64")]
    Elsewhere(String),
    /// A name that is not text.
    #[error("the name is not UTF-8; convert the file to UTF-8")]
    NameNotUtf8,
    /// A name that breaks the grammar.
    #[error(transparent)]
    Name(#[from] InvalidDn),
    /// An object class that is not text.
    #[error("a value of `objectClass` is not UTF-8, so it is not known whether the entry is a user or a group")]
    ClassNotUtf8,
    /// An id that cannot be read.
    #[error(transparent)]
    Id(#[from] InvalidId),
    /// A user or a group without any id.
    #[error("`{dn}` has none of {ids}, so it cannot be told from another entry of the same name; {export}")]
    NoId {
        /// The name of the entry.
        dn: String,
        /// The attributes with ids.
        ids: String,
        /// How to export the file with them.
        export: String,
    },
    /// Two entries with one id.
    #[error("`{dn}` has the id of `{other}` in line {line}; export one directory, with one search")]
    SameId {
        /// The name of the later entry.
        dn: String,
        /// The name of the first.
        other: String,
        /// The line of the first.
        line: usize,
    },
    /// A reference at or below a base that is read. The URL.
    #[error(
        "the export has a reference to `{0}` instead of the entries there; export them too, or read them with a \
         Directory of their own"
    )]
    Reference(String),
    /// A search that a limit ended. The result, as the server gave it.
    #[error(
        "the server ended the export with `{0}`, so entries are missing; export again with `-E pr=1000/noprompt`, or \
         with an account that has no such limit"
    )]
    Limit(String),
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

impl Problem {
    /// The problem in a line.
    pub(super) const fn at(self, line: usize) -> InvalidLdif {
        InvalidLdif { line, problem: self }
    }
}
