//! The entry points of the fuzz targets `fuzz/targets/entry.rs` and `fuzz/targets/guard.rs`.

use ldap3::asn1::parse_tag;

use super::decoder::{self, Decoded, Range, SEARCH_RESULT_ENTRY};
use super::demultiplexer::Demultiplexer;
use super::guard::{Guard, Violation};
use crate::ber::{OCTET_STRING, SEQUENCE, element};

/// `SET`.
const SET: u8 = 0x31;

/// Decodes an entry, encodes the result and decodes that.
pub fn entry(octets: &[u8]) {
    if let Ok((_, tag)) = parse_tag(octets) {
        drop(decoder::references(tag));
    }
    if let Ok(decoded) = decoder::decode(octets) {
        survives(decoded);
    }
}

/// How many entries a server's octets have, and which octets go to `ldap3`, when they come in pieces of this size.
///
/// # Errors
/// The guard's.
pub fn split(requests: &[u8], octets: &[u8], size: usize) -> Result<(usize, Vec<u8>), Violation> {
    let (mut guard, mut demultiplexer) = (Guard::default(), Demultiplexer::default());
    guard.note(requests);
    let (mut entries, mut others) = (0, Vec::new());
    for piece in octets.chunks(size) {
        let split = demultiplexer.split(piece, guard.feed(piece)?);
        entries += split.entries.len();
        others.extend(split.octets);
        split.entries.into_iter().filter_map(|queued| queued.entry.ok()).for_each(survives);
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
    // Only the bounds of a range are kept, so the values are under the plain attribute.
    let ranges = decoded.ranges.iter().map(|Range { attribute: name, low, high }| {
        let high = high.map_or("*".to_owned(), |high| high.to_string());
        attribute(&format!("{name};range={low}-{high}"), &[])
    });
    let attributes = decoded.entry.attributes.iter().map(|(name, values)| attribute(name, values));
    let attributes: Vec<u8> = attributes.chain(ranges).flatten().collect();
    element(SEARCH_RESULT_ENTRY, &[text(&decoded.entry.dn), element(SEQUENCE, &attributes)].concat())
}
