//! The parts of the Distinguished Encoding Rules (ITU-T X.690) that reading a certificate needs. Reading never recurses
//! and never panics, because the octets come from a server that has not proved anything yet.

use crate::ber;
pub(super) use crate::ber::{BOOLEAN, INTEGER, OCTET_STRING, SEQUENCE};

/// `BIT STRING`.
pub(super) const BIT_STRING: u8 = 0x03;
/// `OBJECT IDENTIFIER`.
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
/// `UTCTime`.
pub(super) const UTC_TIME: u8 = 0x17;
/// `GeneralizedTime`.
pub(super) const GENERALIZED_TIME: u8 = 0x18;
/// `SET`.
pub(super) const SET: u8 = 0x31;

/// Takes the tag and the content of the first element off `input`; `None`: the octets are not a complete element.
pub(super) fn take<'a>(input: &mut &'a [u8]) -> Option<(u8, &'a [u8])> {
    let mut rest = *input;
    // Tags of more than one octet do not occur in certificates.
    let element = ber::take(&mut rest).filter(|element| element.tag & 0x1f != 0x1f)?;
    *input = rest;
    Some((element.tag, element.content))
}

/// Takes the content of the first element off `input` if it has this tag.
pub(super) fn expect<'a>(input: &mut &'a [u8], tag: u8) -> Option<&'a [u8]> {
    take(input).filter(|(found, _)| *found == tag).map(|(_, content)| content)
}

/// The same for an optional element. If it is left out, `input` stays as it is.
pub(super) fn optional<'a>(input: &mut &'a [u8], tag: u8) -> Option<&'a [u8]> {
    (input.first() == Some(&tag)).then(|| expect(input, tag)).flatten()
}

/// The elements of a content, up to the first that is not complete.
pub(super) fn elements(mut content: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    std::iter::from_fn(move || take(&mut content))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_every_form_are_read() {
        let long = [&[OCTET_STRING, 0x82, 0x01, 0x00][..], &[7; 256]].concat();
        for (octets, length) in [(&b"\x04\x00"[..], 0), (b"\x04\x01a", 1), (b"\x04\x81\x01a", 1), (&long, 256)] {
            let mut input = octets;
            assert_eq!(expect(&mut input, OCTET_STRING).map(<[u8]>::len), Some(length));
            assert!(input.is_empty());
        }
    }

    #[test]
    fn an_element_is_read_back() {
        for length in [0, 1, 127, 128, 255, 256, 70_000] {
            let (content, mut input) = (vec![7; length], ber::element(SEQUENCE, &vec![7; length]));
            assert_eq!(expect(&mut input.as_slice(), SEQUENCE), Some(&content[..]));
            input.pop();
            assert_eq!(expect(&mut input.as_slice(), SEQUENCE), None);
        }
    }

    #[test]
    fn octets_that_are_not_an_element_are_refused() {
        for octets in [&b""[..], b"\x30", b"\x30\x05ab", b"\x30\x80ab\0\0", b"\x30\x85\x01\0\0\0\0", b"\x1f\x01a"] {
            assert_eq!(take(&mut &*octets), None, "{octets:02x?}");
        }
    }

    #[test]
    fn an_element_that_is_left_out_takes_no_octets() {
        let mut input = &b"\x02\x01\x07"[..];
        assert_eq!(optional(&mut input, BOOLEAN), None);
        assert_eq!(optional(&mut input, INTEGER), Some(&[7][..]));
    }
}
