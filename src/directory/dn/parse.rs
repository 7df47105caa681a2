//! The grammar of RFC 4514 section 3, with quoted values and semicolons of RFC 2253 section 4.

use std::borrow::Cow;

use super::invalid::InvalidDn;

/// One pair of a relative name.
pub(super) struct Pair<'a> {
    /// How it is separated from the pair before.
    pub(super) before: Separator,
    /// The attribute type as it was written.
    pub(super) attribute: &'a str,
    /// Its value.
    pub(super) value: Value<'a>,
}

/// What separates two pairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Separator {
    /// Nothing: it is the first.
    Start,
    /// It starts a new relative name.
    Comma,
    /// It belongs to the relative name of the pair before.
    Plus,
}

/// A value without its escapes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    /// The octets that a text form or a known BER string stands for.
    Octets(Cow<'a, [u8]>),
    /// The BER encoding (`#04…`) of something that is not a string.
    Encoded(Vec<u8>),
}

/// Whether an octet can be part of an attribute type, which is a short name or an object identifier. The grammar has no
/// underscores, but some directories do.
pub(super) const fn is_in_attribute_type(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')
}

/// Reads a name pair by pair.
pub(super) struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The next pair; `None` at the end.
    pub(super) fn pair(&mut self) -> Result<Option<Pair<'a>>, InvalidDn> {
        let before = if self.at == 0 {
            self.skip_spaces();
            Separator::Start
        } else {
            match self.next() {
                None => return Ok(None),
                Some(b'+') => Separator::Plus,
                Some(_) => Separator::Comma,
            }
        };
        if before == Separator::Start && self.peek().is_none() {
            return Ok(None);
        }
        self.skip_spaces();
        let start = self.at;
        while self.peek().is_some_and(|byte| !matches!(byte, b'=' | b',' | b'+' | b';')) {
            self.at += 1;
        }
        let attribute = self.text[start..self.at].trim_matches(' ');
        if self.peek() != Some(b'=') {
            return Err(self.problem(start, "expected an attribute type and `=`, as in `cn=…`"));
        }
        if attribute.is_empty() || !attribute.bytes().all(is_in_attribute_type) {
            return Err(self.problem(start, "an attribute type must consist of letters, digits and dashes"));
        }
        self.at += 1;
        self.skip_spaces();
        let value = match self.peek() {
            Some(b'#') => self.encoded()?,
            Some(b'"') => self.quoted()?,
            _ => self.plain()?,
        };
        Ok(Some(Pair { before, attribute, value }))
    }

    /// Up to a separator. Spaces around it count only if they are escaped.
    fn plain(&mut self) -> Result<Value<'a>, InvalidDn> {
        let rest = &self.text.as_bytes()[self.at..];
        let end = rest.iter().position(|byte| matches!(byte, b',' | b'+' | b';' | b'\\' | b'"')).unwrap_or(rest.len());
        if !matches!(rest.get(end), Some(b'\\' | b'"')) {
            self.at += end;
            return Ok(Value::Octets(Cow::Borrowed(rest[..end].trim_ascii_end())));
        }
        let mut octets = Vec::with_capacity(rest.len());
        let mut kept = 0;
        while let Some(byte) = self.peek() {
            match byte {
                b',' | b'+' | b';' => break,
                b'\\' => {
                    octets.push(self.escaped()?);
                    kept = octets.len();
                }
                b'"' => return Err(self.problem(self.at, "write a quotation mark inside a value as `\\\"`")),
                other => {
                    self.at += 1;
                    octets.push(other);
                    if other != b' ' {
                        kept = octets.len();
                    }
                }
            }
        }
        octets.truncate(kept);
        Ok(Value::Octets(Cow::Owned(octets)))
    }

    fn quoted(&mut self) -> Result<Value<'a>, InvalidDn> {
        let start = self.at;
        self.at += 1;
        let mut octets = Vec::new();
        loop {
            match self.peek() {
                None => return Err(self.problem(start, "the closing quotation mark is missing")),
                Some(b'"') => break,
                Some(b'\\') => octets.push(self.escaped()?),
                Some(other) => {
                    self.at += 1;
                    octets.push(other);
                }
            }
        }
        self.at += 1;
        self.end_of_value()?;
        Ok(Value::Octets(Cow::Owned(octets)))
    }

    /// `#` and the hexadecimal digits of a BER encoding.
    fn encoded(&mut self) -> Result<Value<'a>, InvalidDn> {
        let start = self.at;
        self.at += 1;
        let mut octets = Vec::new();
        while self.peek().is_some_and(|byte| byte.is_ascii_hexdigit()) {
            let octet = self
                .hex_pair()
                .ok_or_else(|| self.problem(start, "`#` must be followed by pairs of hexadecimal digits"))?;
            octets.push(octet);
        }
        self.end_of_value()?;
        if octets.is_empty() {
            return Err(self
                .problem(start, "`#` must be followed by pairs of hexadecimal digits; write the character as `\\#`"));
        }
        Ok(match string_content(&octets) {
            Some(text) => Value::Octets(Cow::Owned(text.to_vec())),
            None => Value::Encoded(octets),
        })
    }

    /// One octet after a backslash: a hexadecimal pair, or the character itself.
    fn escaped(&mut self) -> Result<u8, InvalidDn> {
        let start = self.at;
        self.at += 1;
        if let Some(octet) = self.hex_pair() {
            return Ok(octet);
        }
        match self.next() {
            Some(byte @ (b' ' | b'"' | b'#' | b'+' | b',' | b';' | b'<' | b'=' | b'>' | b'\\')) => Ok(byte),
            _ => {
                Err(self
                    .problem(start, "a backslash must be followed by a special character or two hexadecimal digits"))
            }
        }
    }

    fn hex_pair(&mut self) -> Option<u8> {
        let pair = self.text.as_bytes().get(self.at..self.at + 2)?;
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let octet = digit(pair[0])? << 4 | digit(pair[1])?;
        self.at += 2;
        Some(octet)
    }

    fn end_of_value(&mut self) -> Result<(), InvalidDn> {
        self.skip_spaces();
        match self.peek() {
            None | Some(b',' | b'+' | b';') => Ok(()),
            Some(_) => Err(self.problem(self.at, "expected `,` or `+` after the value")),
        }
    }

    fn skip_spaces(&mut self) {
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn problem(&self, at: usize, problem: &'static str) -> InvalidDn {
        let position = self.text.get(..at).map_or(at, |before| before.chars().count()) + 1;
        InvalidDn { text: self.text.chars().take(300).collect(), position, problem }
    }
}

/// The content of a BER string (X.690 section 8.1: one tag, one definite length) of a type whose octets are text.
fn string_content(encoding: &[u8]) -> Option<&[u8]> {
    // OCTET STRING, UTF8String, NumericString, PrintableString, TeletexString, IA5String.
    let ([0x04 | 0x0c | 0x12 | 0x13 | 0x14 | 0x16, length], rest) = encoding.split_first_chunk::<2>()? else {
        return None;
    };
    let (length, content) = match *length {
        short @ 0..=0x7f => (usize::from(short), rest),
        0x81 => rest.split_first().map(|(length, content)| (usize::from(*length), content))?,
        0x82 => rest
            .split_first_chunk::<2>()
            .map(|(length, content)| (usize::from(u16::from_be_bytes(*length)), content))?,
        _ => return None,
    };
    (length == content.len()).then_some(content)
}
