//! The formats of COPY: binary as it comes out, text as it goes in. PostgreSQL manual, COPY, "File Formats".

use std::io::Write as _;

use jiff::Timestamp;

use crate::store::sql::row::Encoder;

/// Rows in COPY's text format. The server reads each column with its type's own input function, so that the tables of
/// others may have other types of text and number than ours.
#[derive(Debug, Default)]
pub(super) struct TextRows {
    bytes: Vec<u8>,
    row_has_columns: bool,
}

impl TextRows {
    /// What is sent.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    fn separate(&mut self) {
        if self.row_has_columns {
            self.bytes.push(b'\t');
        }
        self.row_has_columns = true;
    }
}

impl Encoder for TextRows {
    fn integer(&mut self, value: i64) {
        self.separate();
        // Writing to a vector cannot fail.
        let _ = write!(self.bytes, "{value}");
    }

    fn text(&mut self, value: Option<&str>) {
        self.separate();
        let Some(text) = value else { return self.bytes.extend_from_slice(b"\\N") };
        let mut rest = text.as_bytes();
        while let Some(at) = rest.iter().position(|byte| matches!(byte, b'\\' | b'\n' | b'\r' | b'\t')) {
            self.bytes.extend_from_slice(&rest[..at]);
            self.bytes.extend_from_slice(match rest[at] {
                b'\n' => b"\\n",
                b'\r' => b"\\r",
                b'\t' => b"\\t",
                _ => b"\\\\",
            });
            rest = &rest[at + 1..];
        }
        self.bytes.extend_from_slice(rest);
    }

    fn flag(&mut self, value: bool) {
        self.separate();
        self.bytes.push(if value { b't' } else { b'f' });
    }

    fn end_row(&mut self) {
        self.bytes.push(b'\n');
        self.row_has_columns = false;
    }
}

/// What is not in COPY's binary format, or holds what its type cannot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the server's answer holds {0}")]
pub(super) struct Malformed(&'static str);

/// The columns of one binary row. A row comes as one message (PostgreSQL manual, "COPY Operations").
#[derive(Debug)]
pub(super) struct BinaryRow<'m> {
    rest: &'m [u8],
}

const SIGNATURE: &[u8; 11] = b"PGCOPY\n\xff\r\n\0";

/// What one message of a binary copy holds.
#[derive(Debug)]
pub(super) enum Message<'m> {
    /// A row.
    Row(BinaryRow<'m>),
    /// The header alone.
    Header,
    /// The trailer: no row follows.
    End,
}

/// Reads a message; the first has the header before its row.
pub(super) fn message(mut rest: &[u8], is_first: bool, columns: i16) -> Result<Message<'_>, Malformed> {
    if is_first {
        rest = rest.strip_prefix(SIGNATURE).ok_or(Malformed("no header of a copy"))?;
        let mut header = BinaryRow { rest };
        let flags = header.bytes::<4>()?;
        let extension = header.bytes::<4>()?;
        if flags != [0; 4] || extension != [0; 4] {
            return Err(Malformed("a copy in a format that is not known"));
        }
        rest = header.rest;
        if rest.is_empty() {
            return Ok(Message::Header);
        }
    }
    let mut row = BinaryRow { rest };
    match i16::from_be_bytes(row.bytes()?) {
        -1 if row.rest.is_empty() => Ok(Message::End),
        count if count == columns => Ok(Message::Row(row)),
        _ => Err(Malformed("a row with another number of columns")),
    }
}

impl<'m> BinaryRow<'m> {
    /// An integer that is not NULL.
    pub(super) fn integer(&mut self) -> Result<i64, Malformed> {
        let value = self.value()?.ok_or(Malformed("NULL for an id"))?;
        Ok(i64::from_be_bytes(value.try_into().map_err(|_| Malformed("an id that is not 64 bits wide"))?))
    }

    /// A text.
    pub(super) fn text(&mut self) -> Result<Option<&'m str>, Malformed> {
        let text = self.value()?.map(std::str::from_utf8).transpose();
        text.map_err(|_| Malformed("a text that is not UTF-8; the database must have an encoding that is checked"))
    }

    /// A truth value; NULL is false.
    pub(super) fn flag(&mut self) -> Result<bool, Malformed> {
        Ok(self.value()? == Some(&[1]))
    }

    /// A time: microseconds since 2000-01-01 00:00:00 UTC.
    pub(super) fn time(&mut self) -> Result<Option<Timestamp>, Malformed> {
        const EPOCH_MICROSECONDS: i64 = 946_684_800_000_000;
        let Some(value) = self.value()? else { return Ok(None) };
        let since = i64::from_be_bytes(value.try_into().map_err(|_| Malformed("a time that is not 64 bits wide"))?);
        since
            .checked_add(EPOCH_MICROSECONDS)
            .and_then(|microseconds| Timestamp::from_microsecond(microseconds).ok())
            .map(Some)
            .ok_or(Malformed("a time outside the years -9999 to 9999"))
    }

    /// An array of integers without NULL; NULL is empty. Dimensions, flags, type, length and lower bound come first.
    pub(super) fn integers(&mut self) -> Result<Vec<i64>, Malformed> {
        let Some(value) = self.value()? else { return Ok(Vec::new()) };
        let mut array = BinaryRow { rest: value };
        let dimensions = array.length()?;
        array.bytes::<8>()?;
        if dimensions == Some(0) {
            return Ok(Vec::new());
        }
        let length = array.length()?.filter(|_| dimensions == Some(1)).ok_or(Malformed("an array of arrays"))?;
        array.bytes::<4>()?;
        // An element takes 12 bytes, so a length that exceeds the bytes reserves nothing.
        let mut integers = Vec::with_capacity(length.min(array.rest.len() / 12));
        for _ in 0..length {
            integers.push(array.integer()?);
        }
        Ok(integers)
    }

    fn value(&mut self) -> Result<Option<&'m [u8]>, Malformed> {
        let Some(length) = self.length()? else { return Ok(None) };
        let (value, rest) = self.rest.split_at_checked(length).ok_or(Malformed("a row that ends early"))?;
        self.rest = rest;
        Ok(Some(value))
    }

    /// A length; -1 is none.
    fn length(&mut self) -> Result<Option<usize>, Malformed> {
        match i32::from_be_bytes(self.bytes()?) {
            -1 => Ok(None),
            length => usize::try_from(length).map(Some).map_err(|_| Malformed("a negative length")),
        }
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(Malformed("a row that ends early"))?;
        self.rest = rest;
        Ok(*bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_end_its_column_or_row() {
        let mut rows = TextRows::default();
        rows.integer(-7);
        rows.text(Some("a\tb\nc\rd\\N\\."));
        rows.text(None);
        rows.text(Some(""));
        rows.flag(true);
        rows.end_row();
        rows.flag(false);
        rows.end_row();
        assert_eq!(String::from_utf8(rows.into_bytes()).unwrap(), "-7\ta\\tb\\nc\\rd\\\\N\\\\.\t\\N\t\tt\nf\n");
    }

    #[test]
    fn a_message_that_is_cut_anywhere_is_an_error() {
        let mut whole = SIGNATURE.to_vec();
        whole.extend([0; 8]);
        whole.extend([0, 3]);
        whole.extend([0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 5]);
        whole.extend([0, 0, 0, 2, b'h', b'i']);
        // One dimension, no NULLs, int8, one element, lower bound 1.
        whole.extend([0, 0, 0, 32, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0, 1, 0, 0, 0, 1]);
        whole.extend([0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 9]);
        let read = |bytes: &[u8]| -> Result<(i64, Option<String>, Vec<i64>), Malformed> {
            match message(bytes, true, 3)? {
                Message::Row(mut row) => Ok((row.integer()?, row.text()?.map(str::to_owned), row.integers()?)),
                _ => Err(Malformed("no row")),
            }
        };
        assert_eq!(read(&whole), Ok((5, Some("hi".to_owned()), vec![9])));
        for length in 0..whole.len() {
            assert!(read(&whole[..length]).is_err(), "{length}");
        }
        assert!(message(&whole, false, 3).is_err());
        assert!(message(&whole, true, 4).is_err());
        assert!(matches!(message(&[0xff, 0xff], false, 3), Ok(Message::End)));
    }
}
