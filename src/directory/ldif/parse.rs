//! The records of a file: RFC 2849 without changes and without values that are kept elsewhere, and with what
//! `ldapsearch` prints around its entries.

mod attribute;

use self::attribute::{Attribute, Name};
use super::lines::{Content, lines};
use crate::directory::dn::Dn;
use crate::directory::entry::Entry;

/// An entry of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    /// The line of its `dn:`, from 1.
    pub(super) line: usize,
    /// Its name.
    pub(super) dn: Dn,
    /// What the file says of it.
    pub(super) entry: Entry,
}

/// What a server referred to instead of answering: entries that the file has not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    /// Its line, from 1.
    pub(super) line: usize,
    /// The URL.
    pub(super) url: String,
}

/// Everything that a file says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Parsed {
    /// The entries, in their order.
    pub(super) records: Vec<Record>,
    /// The references, in their order.
    pub(super) references: Vec<Reference>,
}

/// A file that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub(super) struct InvalidLdif {
    /// Where, from 1.
    pub(super) line: usize,
    /// What was found and what would be right.
    pub(super) problem: String,
}

/// Reads a whole file.
pub(super) fn parse(file: &[u8]) -> Result<Parsed, InvalidLdif> {
    if file.starts_with(b"\xff\xfe") || file.starts_with(b"\xfe\xff") {
        let problem = "the file is UTF-16; LDIF is UTF-8 (`ldifde` writes it without `-u`)".to_owned();
        return Err(InvalidLdif { line: 1, problem });
    }
    let mut parser = Parser::default();
    for line in lines(file) {
        let read = match &line.content {
            Content::Blank => {
                parser.end_record();
                Ok(())
            }
            Content::Comment(comment) => {
                parser.comment(line.number, comment);
                Ok(())
            }
            Content::Text(text) => attribute::parse(text).and_then(|attribute| parser.line(line.number, attribute)),
        };
        read.map_err(|problem| InvalidLdif { line: line.number, problem })?;
    }
    parser.end_record();
    Ok(parser.parsed)
}

#[derive(Default)]
struct Parser {
    parsed: Parsed,
    block: Block,
}

/// What the lines up to the next blank one are.
#[derive(Default)]
enum Block {
    /// Nothing yet.
    #[default]
    Between,
    /// An entry.
    Record(Record),
    /// What `ldapsearch` prints for a reference or at the end of a search.
    Answer,
}

impl Parser {
    fn line(&mut self, number: usize, attribute: Attribute<'_>) -> Result<(), String> {
        match &mut self.block {
            Block::Record(record) => add(&mut record.entry, attribute),
            Block::Answer => self.answer(number, &attribute),
            Block::Between => match attribute.name.as_str() {
                "version" if attribute.value.as_ref() == b"1" => Ok(()),
                "version" => Err("only version 1 of LDIF is known, RFC 2849".to_owned()),
                "dn" => {
                    let text = std::str::from_utf8(&attribute.value).map_err(|_| "the name is not UTF-8")?;
                    let dn = Dn::parse(text).map_err(|error| error.to_string())?;
                    let entry = Entry { dn: text.to_owned(), ..Entry::default() };
                    self.block = Block::Record(Record { line: number, dn, entry });
                    Ok(())
                }
                "search" | "result" | "ref" => {
                    self.block = Block::Answer;
                    self.answer(number, &attribute)
                }
                other => Err(format!("an entry begins with `dn:`, this one with `{other}:`")),
            },
        }
    }

    /// A line of `ldapsearch`'s own: the end of a search has to say that the server gave everything.
    fn answer(&mut self, line: usize, attribute: &Attribute<'_>) -> Result<(), String> {
        let text = String::from_utf8_lossy(&attribute.value);
        match attribute.name.as_str() {
            "result" if text.split(' ').next() != Some("0") => Err(format!(
                "the server ended the export with `{text}`, so entries are missing; export again, with \
                 `-E pr=1000/noprompt` or by an account without that limit"
            )),
            "ref" => {
                self.parsed.references.push(Reference { line, url: text.into_owned() });
                Ok(())
            }
            "dn" => Err("a blank line should stand before an entry".to_owned()),
            _ => Ok(()),
        }
    }

    /// `ldapsearch -LLL` prints a reference as a comment: `# refldap://…`.
    fn comment(&mut self, line: usize, comment: &[u8]) {
        if let Some(url) = comment.strip_prefix(b" ref").filter(|url| url.starts_with(b"ldap")) {
            self.parsed.references.push(Reference { line, url: String::from_utf8_lossy(url).into_owned() });
        }
    }

    fn end_record(&mut self) {
        if let Block::Record(record) = std::mem::take(&mut self.block) {
            self.parsed.records.push(record);
        }
    }
}

fn add(entry: &mut Entry, attribute: Attribute<'_>) -> Result<(), String> {
    let name = match attribute.name {
        Name::Whole(name) => name,
        Name::Option => return Ok(()),
    };
    match name.as_str() {
        "dn" => return Err("a blank line should stand before the next entry".to_owned()),
        "changetype" => {
            return Err("the file has changes; it should have entries, as `ldapsearch` exports them".to_owned());
        }
        _ => {}
    }
    entry.attributes.entry(name).or_default().push(attribute.value.into_owned());
    Ok(())
}

#[cfg(test)]
mod tests;
