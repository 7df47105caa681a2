//! What the fuzzer reaches of this adapter (`fuzz/targets/entry.rs`).

use ldap3::asn1::parse_tag;

use super::ber::{OCTET_STRING, SEQUENCE, element};
use super::decoder::{self, Decoded, Range};

/// `SET`.
const SET: u8 = 0x31;
/// `SearchResultEntry`, `[APPLICATION 4]`.
const SEARCH_RESULT_ENTRY: u8 = 0x64;

/// Decodes an entry, encodes what came of it and decodes that.
pub fn entry(octets: &[u8]) {
    let Ok((_, tag)) = parse_tag(octets) else { return };
    drop(decoder::references(tag.clone()));
    let Ok(decoded) = decoder::decode(tag) else { return };
    let encoded = encode(&decoded);
    let again = parse_tag(&encoded).ok().map(|(_, tag)| decoder::decode(tag));
    assert_eq!(again, Some(Ok(decoded)), "{encoded:02x?}");
}

fn encode(decoded: &Decoded) -> Vec<u8> {
    let text = |text: &str| element(OCTET_STRING, text.as_bytes());
    let attribute = |description: &str, values: &[Vec<u8>]| {
        let values: Vec<u8> = values.iter().flat_map(|value| element(OCTET_STRING, value)).collect();
        element(SEQUENCE, &[text(description), element(SET, &values)].concat())
    };
    // Of a range only its bounds are kept, so the values go beside it.
    let ranges = decoded.ranges.iter().map(|Range { attribute: name, low, high }| {
        let high = high.map_or("*".to_owned(), |high| high.to_string());
        attribute(&format!("{name};range={low}-{high}"), &[])
    });
    let attributes = decoded.entry.attributes.iter().map(|(name, values)| attribute(name, values));
    let attributes: Vec<u8> = attributes.chain(ranges).flatten().collect();
    element(SEARCH_RESULT_ENTRY, &[text(&decoded.entry.dn), element(SEQUENCE, &attributes)].concat())
}
