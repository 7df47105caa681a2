//! The normal form of a name.

use super::attribute_type::short_name;
use super::invalid::InvalidDn;
use super::parse::{Pair, Parser, Separator, Value, is_in_attribute_type};
use crate::sync::fold::fold_into;

/// Appends the normal form of a name to a buffer.
pub(super) fn write(text: &str, buffer: &mut String) -> Result<(), InvalidDn> {
    let start = buffer.len();
    buffer.push_str(text);
    let lower = &mut buffer[start..];
    lower.make_ascii_lowercase();
    if is_normal(lower) {
        return Ok(());
    }
    buffer.truncate(start);
    write_any(text, buffer)
}

/// Appends one pair of attribute type and value in normal form.
pub(super) fn write_pair(attribute: &str, value: &str, buffer: &mut String) {
    write_type(attribute, buffer);
    write_text(value, buffer);
}

/// Whether a text in lower case is a normal form already: ASCII, without escapes, without spaces that do not count, and
/// with short attribute types only. Nearly every name is one, which takes one pass and no allocation. If something
/// looks wrong, the answer is false and the parser says what it is.
fn is_normal(lower: &str) -> bool {
    let mut value = false;
    let mut start = 0;
    let mut before = b',';
    for (at, byte) in lower.bytes().enumerate() {
        // Most octets are letters and digits, which may stand anywhere.
        if byte.is_ascii_alphanumeric() {
            before = byte;
            continue;
        }
        match byte {
            b'=' if !value => {
                let attribute = &lower[start..at];
                if attribute.is_empty() || short_name(attribute) != attribute {
                    return false;
                }
                value = true;
            }
            b',' if value && before != b' ' => {
                value = false;
                start = at + 1;
            }
            b' ' if !value || matches!(before, b' ' | b'=') => return false,
            b'\\' | b'"' | b'+' | b'#' | b';' | b'<' | b'>' | b',' | 0..b' ' | 0x7f.. => return false,
            byte if !value && !is_in_attribute_type(byte) => return false,
            _ => {}
        }
        before = byte;
    }
    (value && before != b' ') || lower.is_empty()
}

/// Any name, also with escapes in values and with several pairs in a relative name. Pairs are put in the order of their
/// normal forms, because they have none by themselves (RFC 4514 section 2.2).
pub(super) fn write_any(text: &str, buffer: &mut String) -> Result<(), InvalidDn> {
    let mut parser = Parser::new(text);
    let mut start = buffer.len();
    let mut pairs = 0;
    while let Some(Pair { attribute, value, before }) = parser.pair()? {
        match before {
            Separator::Start => {}
            Separator::Comma => {
                sort_pairs(buffer, start, pairs);
                buffer.push(',');
                start = buffer.len();
                pairs = 0;
            }
            Separator::Plus => buffer.push('+'),
        }
        write_type(attribute, buffer);
        write_value(&value, buffer);
        pairs += 1;
    }
    sort_pairs(buffer, start, pairs);
    Ok(())
}

fn sort_pairs(buffer: &mut String, start: usize, pairs: usize) {
    if pairs > 1 {
        let relative = buffer.split_off(start);
        let mut sorted: Vec<&str> = relative.split('+').collect();
        sorted.sort_unstable();
        buffer.push_str(&sorted.join("+"));
    }
}

fn write_type(attribute: &str, buffer: &mut String) {
    let start = buffer.len();
    buffer.push_str(attribute);
    let lower = &mut buffer[start..];
    lower.make_ascii_lowercase();
    let short = short_name(lower);
    if short.len() != lower.len() {
        let short = short.to_owned();
        buffer.truncate(start);
        buffer.push_str(&short);
    }
    buffer.push('=');
}

/// Folded text if the octets are text, else every octet. A character that would separate is escaped.
fn write_value(value: &Value<'_>, buffer: &mut String) {
    match value {
        Value::Octets(octets) => match std::str::from_utf8(octets) {
            Ok(text) => write_text(text, buffer),
            Err(_) => push_octets(octets, "\\", buffer),
        },
        Value::Encoded(octets) => {
            buffer.push('#');
            push_octets(octets, "", buffer);
        }
    }
}

fn write_text(text: &str, buffer: &mut String) {
    let start = buffer.len();
    fold_into(text, buffer);
    let folded = &buffer[start..];
    if folded.starts_with('#') || folded.contains([',', '+', '\\']) {
        let folded = buffer.split_off(start);
        for (index, character) in folded.chars().enumerate() {
            match character {
                ',' => buffer.push_str("\\2c"),
                '+' => buffer.push_str("\\2b"),
                '\\' => buffer.push_str("\\5c"),
                '#' if index == 0 => buffer.push_str("\\23"),
                other => buffer.push(other),
            }
        }
    }
}

/// In hexadecimal, each octet after this prefix.
fn push_octets(octets: &[u8], before: &str, buffer: &mut String) {
    for octet in octets {
        buffer.push_str(before);
        for digit in [octet >> 4, octet & 15] {
            buffer.push(char::from_digit(u32::from(digit), 16).unwrap_or_default());
        }
    }
}
