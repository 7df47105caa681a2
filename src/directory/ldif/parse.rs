//! The records of a file: RFC 2849 without values that are kept elsewhere, and with what `ldapsearch` prints around its
//! entries. What breaks the form of the file is an error; what is wrong inside one record breaks that record only.

mod attribute;
mod closing;
mod encoding;
mod record;

use self::attribute::Attribute;
use self::closing::Closing;
use self::record::Draft;
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

/// An entry that is there and that nobody can rely on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BrokenRecord {
    /// The line of its `dn:`, from 1.
    pub(super) line: usize,
    /// Its name, if it can be read.
    pub(super) dn: Option<Dn>,
    /// What of it can be read; its name as a person may read it.
    pub(super) entry: Entry,
    /// Why nobody can rely on it.
    pub(super) wrong: Wrong,
}

/// Why nobody can rely on an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wrong {
    /// Something of it cannot be read: what was found and what would be right.
    Unreadable(String),
    /// The file ends with it, so nobody knows whether it is whole.
    CutOff,
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
    /// The entries that are broken, in their order.
    pub(super) broken: Vec<BrokenRecord>,
    /// The references, in their order.
    pub(super) references: Vec<Reference>,
    /// Whether the file says itself that it is whole.
    pub(super) is_whole: bool,
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
    encoding::check(file)?;
    let mut parser = Parser::default();
    for line in lines(file) {
        let read = match &line.content {
            Content::Blank => {
                parser.end_record();
                Ok(())
            }
            Content::Comment(comment) => parser.comment(line.number, comment),
            Content::Text(text) => attribute::parse(text).and_then(|attribute| parser.line(line.number, attribute)),
        };
        match read {
            Ok(()) => {}
            // The file ends in the middle of this line, so nothing is wrong with it.
            Err(_) if !line.is_ended && !parser.closing.has_counted() => parser.cut_off(line.number),
            Err(problem) => return Err(InvalidLdif { line: line.number, problem }),
        }
    }
    parser.end()
}

#[derive(Default)]
struct Parser {
    parsed: Parsed,
    block: Block,
    closing: Closing,
}

/// What the lines up to the next blank one are.
#[derive(Default)]
enum Block {
    /// Nothing yet.
    #[default]
    Between,
    /// An entry.
    Record(Draft),
    /// What `ldapsearch` prints for a reference or at the end of a search.
    Answer,
}

impl Parser {
    fn line(&mut self, number: usize, attribute: Attribute<'_>) -> Result<(), String> {
        match &mut self.block {
            Block::Record(draft) => draft.add(number, attribute),
            Block::Answer => self.answer(number, attribute),
            Block::Between => match attribute.name.as_str() {
                "version" if attribute.value.as_deref() == Ok(b"1") => Ok(()),
                "version" => Err("only version 1 of LDIF is known, RFC 2849".to_owned()),
                "dn" => {
                    self.closing.reopen()?;
                    self.block = Block::Record(Draft::new(number, attribute.value));
                    Ok(())
                }
                "search" | "result" | "ref" => {
                    self.block = Block::Answer;
                    self.answer(number, attribute)
                }
                other => Err(format!("an entry begins with `dn:`, this one with `{other}:`")),
            },
        }
    }

    /// A line of `ldapsearch`'s own: the end of a search has to say that the server gave everything.
    fn answer(&mut self, line: usize, attribute: Attribute<'_>) -> Result<(), String> {
        let value = attribute.value?;
        let text = String::from_utf8_lossy(&value);
        match attribute.name.as_str() {
            "result" => self.closing.note_result(&text),
            "pagedresults" => {
                self.closing.note_page(&text);
                Ok(())
            }
            "ref" => self.refer(line, &text),
            "dn" => Err("a blank line should stand before an entry".to_owned()),
            _ => Ok(()),
        }
    }

    /// `ldapsearch -L` prints a reference as a comment: `# refldap://…`.
    fn comment(&mut self, line: usize, comment: &[u8]) -> Result<(), String> {
        self.closing.note_comment(line, comment);
        match comment.strip_prefix(b" ref").filter(|url| url.starts_with(b"ldap")) {
            Some(url) => self.refer(line, &String::from_utf8_lossy(url)),
            None => Ok(()),
        }
    }

    fn refer(&mut self, line: usize, url: &str) -> Result<(), String> {
        self.closing.reopen()?;
        self.parsed.references.push(Reference { line, url: url.to_owned() });
        Ok(())
    }

    fn end_record(&mut self) {
        if let Block::Record(draft) = std::mem::take(&mut self.block) {
            match draft.finish() {
                Ok(record) => self.parsed.records.push(record),
                Err(broken) => self.parsed.broken.push(*broken),
            }
        }
    }

    /// The file ends in the middle of this line. Between entries, the line may have begun one.
    fn cut_off(&mut self, line: usize) {
        match &mut self.block {
            Block::Between => self.block = Block::Record(Draft::unnamed(line)),
            Block::Record(draft) => draft.go_on(),
            Block::Answer => {}
        }
    }

    /// The end of the file, which proves nothing by itself: unless an empty line ended the last entry, nobody knows
    /// whether that has more.
    fn end(mut self) -> Result<Parsed, InvalidLdif> {
        if let Block::Record(draft) = std::mem::take(&mut self.block) {
            self.parsed.broken.push(draft.cut_off());
        }
        let Parsed { records, broken, references, .. } = &self.parsed;
        let is_whole = self.closing.proves_the_end(records.len() + broken.len(), references.len())?;
        Ok(Parsed { is_whole, ..self.parsed })
    }
}

#[cfg(test)]
mod tests;
