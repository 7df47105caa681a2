//! What the fuzzer reaches of this adapter (`fuzz/targets/entry.rs` and `fuzz/targets/guard.rs`).

use ldap3::asn1::parse_tag;

use super::decoder::{self, Decoded, Range, SEARCH_RESULT_ENTRY};
use super::guard::{Guard, Violation};
use super::sorter::Sorter;
use crate::ber::{OCTET_STRING, SEQUENCE, element};

/// `SET`.
const SET: u8 = 0x31;

/// Decodes an entry, encodes what came of it and decodes that.
pub fn entry(octets: &[u8]) {
    if let Ok((_, tag)) = parse_tag(octets) {
        drop(decoder::references(tag));
    }
    if let Ok(decoded) = decoder::decode(octets) {
        survives(decoded);
    }
}

/// What of a server's octets goes to `ldap3`, when they come in pieces of this size, and how many entries do not.
///
/// # Errors
/// What the guard found.
pub fn sort(requests: &[u8], octets: &[u8], size: usize) -> Result<(usize, Vec<u8>), Violation> {
    let (mut guard, mut sorter) = (Guard::default(), Sorter::default());
    guard.note(requests);
    let (mut entries, mut others) = (0, Vec::new());
    for piece in octets.chunks(size) {
        let arrivals = sorter.sort(piece, guard.feed(piece)?);
        entries += arrivals.entries.len();
        others.extend(arrivals.octets);
        arrivals.entries.into_iter().filter_map(|arrived| arrived.entry.ok()).for_each(survives);
    }
    Ok((entries, others))
}

fn survives(decoded: Decoded) {
    let encoded = encode(&decoded);
    assert_eq!(decoder::decode(&encoded), Ok(decoded), "{encoded:02x?}");
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
