//! The records of a file: RFC 2849 without values that are kept elsewhere, and with the lines that `ldapsearch` prints
//! around its entries. A file that is not in this form is an error. A value that cannot be read breaks only its record.
//! Rule `one-broken-object`.

mod attribute;
mod closing;
mod encoding;
mod record;

use self::attribute::Attribute;
use self::closing::Closing;
use self::record::RecordBuilder;
pub(super) use self::record::{BrokenRecord, Record, Wrong};
use super::known_attribute::KnownAttribute;
use super::lines::{Content, lines};
use super::problem::{InvalidLdif, Problem};

/// A reference of the server to entries that the file does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    /// Its line, from 1.
    pub(super) line: usize,
    /// The URL.
    pub(super) url: String,
}

/// The content of a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Parsed {
    /// The entries, in their order.
    pub(super) records: Vec<Record>,
    /// The entries that are broken, in their order.
    pub(super) broken: Vec<BrokenRecord>,
    /// The references, in their order.
    pub(super) references: Vec<Reference>,
    /// Whether the file proves that it is complete.
    pub(super) is_whole: bool,
}

/// Reads a file.
pub(super) fn parse(file: &[u8]) -> Result<Parsed, InvalidLdif> {
    encoding::check(file)?;
    let mut parser = Parser::default();
    for line in lines(file) {
        let read = match &line.content {
            Content::Empty => {
                parser.end_record();
                Ok(())
            }
            Content::Comment(comment) => parser.comment(line.number, comment),
            Content::Text(text) => attribute::parse(text).and_then(|attribute| parser.line(line.number, attribute)),
        };
        match read {
            Ok(()) => {}
            // The file ends within this line, so the line need not be wrong.
            Err(_) if !line.is_ended && !parser.closing.has_counted() => parser.cut_off(line.number),
            Err(problem) => return Err(problem.at(line.number)),
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

/// What the lines up to the next empty one are.
#[derive(Default)]
enum Block {
    /// Nothing yet.
    #[default]
    Between,
    /// An entry.
    Record(Box<RecordBuilder>),
    /// The lines that `ldapsearch` prints for a reference or at the end of a search.
    Answer,
}

impl Parser {
    fn line(&mut self, number: usize, attribute: Attribute<'_>) -> Result<(), Problem> {
        match &mut self.block {
            Block::Record(record) => record.add(number, attribute),
            Block::Answer => self.answer(number, attribute),
            Block::Between => match attribute.name.as_str() {
                "version" if attribute.value.as_deref() == Ok(b"1") => Ok(()),
                "version" => Err(Problem::UnknownVersion),
                "dn" => {
                    self.closing.reopen()?;
                    self.block = Block::Record(Box::new(RecordBuilder::new(number, attribute.value)));
                    Ok(())
                }
                "search" | "result" | "ref" => {
                    self.block = Block::Answer;
                    self.answer(number, attribute)
                }
                other => Err(Problem::NoName(KnownAttribute::of(other))),
            },
        }
    }

    /// A line that `ldapsearch` adds. The end of a search must say that the server gave everything.
    fn answer(&mut self, line: usize, attribute: Attribute<'_>) -> Result<(), Problem> {
        let value = attribute.value?;
        let text = String::from_utf8_lossy(&value);
        match attribute.name.as_str() {
            "result" => self.closing.note_result(&text),
            "pagedresults" => {
                self.closing.note_page(&text);
                Ok(())
            }
            "ref" => self.refer(line, &text),
            "dn" => Err(Problem::NoEmptyLine),
            _ => Ok(()),
        }
    }

    /// `ldapsearch -L` prints a reference as a comment: `# refldap://…`.
    fn comment(&mut self, line: usize, comment: &[u8]) -> Result<(), Problem> {
        self.closing.note_comment(line, comment);
        match comment.strip_prefix(b" ref").filter(|url| url.starts_with(b"ldap")) {
            Some(url) => self.refer(line, &String::from_utf8_lossy(url)),
            None => Ok(()),
        }
    }

    fn refer(&mut self, line: usize, url: &str) -> Result<(), Problem> {
        self.closing.reopen()?;
        self.parsed.references.push(Reference { line, url: url.to_owned() });
        Ok(())
    }

    fn end_record(&mut self) {
        if let Block::Record(record) = std::mem::take(&mut self.block) {
            match record.finish() {
                Ok(record) => self.parsed.records.push(record),
                Err(broken) => self.parsed.broken.push(*broken),
            }
        }
    }

    /// The file ends within this line. Between entries, the line may start one.
    fn cut_off(&mut self, line: usize) {
        match &mut self.block {
            Block::Between => self.block = Block::Record(Box::new(RecordBuilder::unnamed(line))),
            Block::Record(record) => record.go_on(),
            Block::Answer => {}
        }
    }

    /// The end of the file. Unless an empty line ended the last entry, that entry may not be complete.
    fn end(mut self) -> Result<Parsed, InvalidLdif> {
        if let Block::Record(record) = std::mem::take(&mut self.block) {
            self.parsed.broken.push(record.cut_off());
        }
        let Parsed { records, broken, references, .. } = &self.parsed;
        let is_whole = self.closing.proves_the_end(records.len() + broken.len(), references.len())?;
        Ok(Parsed { is_whole, ..self.parsed })
    }
}

#[cfg(test)]
mod tests;
