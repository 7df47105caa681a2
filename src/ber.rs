//! The parts of the Basic Encoding Rules (ITU-T X.690) that are read and written outside `ldap3` and `rustls`: for the
//! StartTLS exchange, for the values of controls, and for certificates. Reading never recurses and never panics.

/// `BOOLEAN`.
pub(crate) const BOOLEAN: u8 = 0x01;
/// `INTEGER`.
pub(crate) const INTEGER: u8 = 0x02;
/// `OCTET STRING`.
pub(crate) const OCTET_STRING: u8 = 0x04;
/// `ENUMERATED`.
pub(crate) const ENUMERATED: u8 = 0x0a;
/// `SEQUENCE`.
pub(crate) const SEQUENCE: u8 = 0x30;
/// The bit of a tag that says that the content consists of elements.
pub(crate) const CONSTRUCTED: u8 = 0x20;

/// One element of an encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Element<'a> {
    /// Class, form and number; numbers above 30 do not occur in LDAP or in certificates.
    pub(crate) tag: u8,
    /// The content octets.
    pub(crate) content: &'a [u8],
}

/// Takes the first element off `input`; `None`: the octets are not a complete element.
pub(crate) fn take<'a>(input: &mut &'a [u8]) -> Option<Element<'a>> {
    let mut rest = *input;
    let (tag, length) = header(&mut rest)?;
    let content = rest.get(..length)?;
    *input = rest.get(length..)?;
    Some(Element { tag, content })
}

/// Takes the first element off `input` if it has this tag.
pub(crate) fn take_content<'a>(input: &mut &'a [u8], tag: u8) -> Option<&'a [u8]> {
    take(input).filter(|element| element.tag == tag).map(|element| element.content)
}

/// Takes the tag and the length of an element off `input`. LDAP (RFC 4511 section 5.1) and certificates do not allow
/// the indefinite form.
pub(crate) fn header(input: &mut &[u8]) -> Option<(u8, usize)> {
    let (tag, rest) = input.split_first()?;
    let (first, rest) = rest.split_first()?;
    if *first < 0x80 {
        *input = rest;
        return Some((*tag, usize::from(*first)));
    }
    let count = usize::from(first & 0x7f);
    if count == 0 || count > 4 {
        return None;
    }
    let octets = rest.get(..count)?;
    *input = rest.get(count..)?;
    Some((*tag, octets.iter().fold(0usize, |length, octet| (length << 8) | usize::from(*octet))))
}

/// A non-negative `INTEGER` or `ENUMERATED`.
pub(crate) fn unsigned(content: &[u8]) -> Option<u32> {
    if content.is_empty() || content.len() > 5 || content[0] >= 0x80 {
        return None;
    }
    u32::try_from(content.iter().fold(0u64, |value, octet| (value << 8) | u64::from(*octet))).ok()
}

/// The encoding of one element.
pub(crate) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut encoded = vec![tag];
    let length = content.len().to_be_bytes();
    let significant = &length[length.iter().take_while(|octet| **octet == 0).count()..];
    match significant {
        [] => encoded.push(0),
        [short] if *short < 0x80 => encoded.push(*short),
        long => {
            encoded.push(0x80 | u8::try_from(long.len()).unwrap_or(u8::MAX));
            encoded.extend_from_slice(long);
        }
    }
    encoded.extend_from_slice(content);
    encoded
}

/// The shortest content octets of a non-negative `INTEGER`.
pub(crate) fn integer(value: u32) -> Vec<u8> {
    let octets = value.to_be_bytes();
    let skip = octets.iter().take(3).take_while(|octet| **octet == 0).count();
    let mut content = octets[skip..].to_vec();
    if content[0] >= 0x80 {
        content.insert(0, 0);
    }
    content
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_every_form_survive() {
        for size in [0, 1, 127, 128, 255, 256, 65_535, 65_536] {
            let encoded = element(OCTET_STRING, &vec![7; size]);
            let mut input = encoded.as_slice();
            assert_eq!(take_content(&mut input, OCTET_STRING).map(<[u8]>::len), Some(size));
            assert!(input.is_empty());
        }
    }

    #[test]
    fn integers_survive_and_stay_positive() {
        for value in [0, 1, 127, 128, 255, 256, 1000, 0x7fff, 0x8000, u32::MAX] {
            let content = integer(value);
            assert!(content[0] < 0x80);
            assert_eq!(unsigned(&content), Some(value));
        }
        assert_eq!(unsigned(&[0xff]), None);
        assert_eq!(unsigned(&[]), None);
    }

    #[test]
    fn octets_that_are_not_an_element_are_refused() {
        for octets in [&b""[..], b"\x30", b"\x30\x05ab", b"\x30\x80ab\0\0", b"\x30\x85\x01\0\0\0\0", b"\x04\x82\x01"] {
            assert_eq!(take(&mut &*octets), None, "{octets:02x?}");
        }
    }
}
