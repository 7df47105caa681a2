//! The normal form of a name.

use super::InvalidDn;
use super::attribute_type::short_name;
use super::parse::{Value, relative_names};
use crate::sync::fold::fold_into;

/// Appends the normal form of a name to a buffer.
pub(super) fn write(text: &str, buffer: &mut String) -> Result<(), InvalidDn> {
    let start = buffer.len();
    if text.bytes().all(is_plain) && write_plain(text, buffer) {
        return Ok(());
    }
    buffer.truncate(start);
    write_any(text, buffer)
}

/// Appends one pair of attribute type and value in normal form.
pub(super) fn write_pair(attribute: &str, value: &str, buffer: &mut String) {
    write_type(attribute, buffer);
    write_value(&Value::Octets(value.as_bytes().to_vec()), buffer);
}

/// Whether an octet means itself wherever it stands, so that no escape, quote or further spelling has to be looked at.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii() && !matches!(byte, b'\\' | b'"' | b'+' | b'#' | b';' | b'<' | b'>')
}

/// The way of nearly every name: one pass, no allocation. Says false where something looks wrong, for the parser to
/// name it.
fn write_plain(text: &str, buffer: &mut String) -> bool {
    if text.is_empty() {
        return true;
    }
    for (index, relative) in text.split(',').enumerate() {
        let Some((attribute, value)) = relative.split_once('=') else { return false };
        let attribute = attribute.trim_matches(' ');
        if !super::parse::is_attribute_type(attribute) {
            return false;
        }
        if index > 0 {
            buffer.push(',');
        }
        write_type(attribute, buffer);
        fold_into(value, buffer);
    }
    true
}

/// Any name: values with escapes, several pairs in a relative name (in the order of their normal forms, RFC 4514
/// section 2.2 gives them none).
fn write_any(text: &str, buffer: &mut String) -> Result<(), InvalidDn> {
    for (index, relative) in relative_names(text)?.iter().enumerate() {
        if index > 0 {
            buffer.push(',');
        }
        let mut pairs: Vec<String> = relative
            .iter()
            .map(|pair| {
                let mut normal = String::new();
                write_type(pair.attribute, &mut normal);
                write_value(&pair.value, &mut normal);
                normal
            })
            .collect();
        pairs.sort_unstable();
        buffer.push_str(&pairs.join("+"));
    }
    Ok(())
}

fn write_type(attribute: &str, buffer: &mut String) {
    let start = buffer.len();
    buffer.extend(attribute.chars().map(|character| character.to_ascii_lowercase()));
    let short = short_name(&buffer[start..]);
    if short.len() != buffer.len() - start {
        let short = short.to_owned();
        buffer.truncate(start);
        buffer.push_str(&short);
    }
    buffer.push('=');
}

/// Folded text where the octets are text, else every octet as it is. What would separate is written as an octet.
fn write_value(value: &Value, buffer: &mut String) {
    match value {
        Value::Octets(octets) => match std::str::from_utf8(octets) {
            Ok(text) => {
                let mut folded = String::with_capacity(text.len());
                fold_into(text, &mut folded);
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
            Err(_) => octets.iter().for_each(|octet| push_octet(*octet, "\\", buffer)),
        },
        Value::Encoded(octets) => {
            buffer.push('#');
            octets.iter().for_each(|octet| push_octet(*octet, "", buffer));
        }
    }
}

fn push_octet(octet: u8, before: &str, buffer: &mut String) {
    buffer.push_str(before);
    for digit in [octet >> 4, octet & 15] {
        buffer.push(char::from_digit(u32::from(digit), 16).unwrap_or_default());
    }
}
