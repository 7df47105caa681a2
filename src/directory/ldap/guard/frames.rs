//! The elements of an encoding (ITU-T X.690) as they come: with definite lengths, each inside the element around it.

use super::Violation;
use super::bounds::DEEPEST;
use crate::ber::CONSTRUCTED;

/// The number in a tag that means that the number is in the octets after it.
const MORE: u8 = 0x1f;

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// The header of an element. A message has the depth 0.
    Header { depth: usize, tag: u8, length: u32 },
    /// Content of the primitive element that was started last, or some of it.
    Content(&'a [u8]),
    /// The end of the innermost element.
    End { depth: usize },
}

/// The position in the current message.
#[derive(Debug, Default)]
pub(super) struct Frames {
    /// The octets of the message so far, and the ends of the open elements, outermost first.
    position: u64,
    ends: Ends,
    header: Header,
    /// Whether the innermost element is primitive.
    is_primitive: bool,
}

/// The octets of a header so far.
#[derive(Debug, Default)]
enum Header {
    #[default]
    Tag,
    Length {
        tag: u8,
    },
    Long {
        tag: u8,
        missing: u8,
        length: u32,
    },
}

#[derive(Debug, Default)]
struct Ends {
    ends: [u64; DEEPEST],
    depth: usize,
}

impl Frames {
    /// Takes the next token off the octets. `None` when there are no more octets.
    pub(super) fn next<'a>(&mut self, octets: &mut &'a [u8]) -> Result<Option<Token<'a>>, Violation> {
        loop {
            if let Some(end) = self.ends.last()
                && self.is_between()
            {
                if self.position == end {
                    return Ok(Some(self.close()));
                }
                if self.is_primitive {
                    let missing = usize::try_from(end - self.position).unwrap_or(usize::MAX);
                    let (content, rest) = octets.split_at(missing.min(octets.len()));
                    *octets = rest;
                    self.position += content.len() as u64;
                    return Ok((!content.is_empty()).then_some(Token::Content(content)));
                }
            }
            // Nearly every header is two octets that came together.
            if let [tag, length @ ..0x80, rest @ ..] = octets
                && self.is_between()
                && tag & MORE != MORE
            {
                *octets = rest;
                self.position += 2;
                return self.open(*tag, u32::from(*length)).map(Some);
            }
            let Some((octet, rest)) = octets.split_first() else { return Ok(None) };
            *octets = rest;
            self.position += 1;
            if let Some((tag, length)) = self.header(*octet)? {
                return self.open(tag, length).map(Some);
            }
        }
    }

    /// Whether a message has started and not ended.
    pub(super) const fn is_inside(&self) -> bool {
        self.ends.depth > 0 || !self.is_between()
    }

    /// The octets of the current message.
    pub(super) const fn length(&self) -> u64 {
        self.ends.ends[0]
    }

    const fn is_between(&self) -> bool {
        matches!(self.header, Header::Tag)
    }

    /// One more octet of a header.
    fn header(&mut self, octet: u8) -> Result<Option<(u8, u32)>, Violation> {
        match std::mem::take(&mut self.header) {
            Header::Tag if octet & MORE == MORE => {
                Err(Violation::Malformed("a tag of several octets, which LDAP does not have".to_owned()))
            }
            Header::Tag => {
                self.header = Header::Length { tag: octet };
                Ok(None)
            }
            Header::Length { tag } => match octet {
                0..=0x7f => Ok(Some((tag, u32::from(octet)))),
                0x81..=0x84 => {
                    self.header = Header::Long { tag, missing: octet & 0x7f, length: 0 };
                    Ok(None)
                }
                0x80 => {
                    Err(Violation::Malformed("an indefinite length, which RFC 4511 section 5.1 forbids".to_owned()))
                }
                _ => Err(Violation::Malformed("a length of more than four octets".to_owned())),
            },
            Header::Long { tag, missing, length } => {
                let length = (length << 8) | u32::from(octet);
                if missing == 1 {
                    return Ok(Some((tag, length)));
                }
                self.header = Header::Long { tag, missing: missing - 1, length };
                Ok(None)
            }
        }
    }

    fn open(&mut self, tag: u8, length: u32) -> Result<Token<'static>, Violation> {
        let depth = self.ends.depth;
        let end = self.position + u64::from(length);
        if self.ends.last().is_some_and(|outer| end > outer) {
            return Err(Violation::Malformed(format!(
                "an element of {length} octets that ends outside the one around it"
            )));
        }
        if !self.ends.push(end) {
            return Err(Violation::Malformed(format!("elements nested more than {DEEPEST} deep")));
        }
        self.is_primitive = tag & CONSTRUCTED == 0;
        Ok(Token::Header { depth, tag, length })
    }

    fn close(&mut self) -> Token<'static> {
        self.ends.depth -= 1;
        // The element around a primitive element is a constructed one.
        self.is_primitive = false;
        if self.ends.depth == 0 {
            self.position = 0;
        }
        Token::End { depth: self.ends.depth }
    }
}

impl Ends {
    fn last(&self) -> Option<u64> {
        self.depth.checked_sub(1).map(|innermost| self.ends[innermost])
    }

    const fn push(&mut self, end: u64) -> bool {
        if self.depth == DEEPEST {
            return false;
        }
        self.ends[self.depth] = end;
        self.depth += 1;
        true
    }
}
