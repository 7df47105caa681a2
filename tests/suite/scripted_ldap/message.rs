//! Messages of LDAP (RFC 4511 section 4.1.1) as elements of ASN.1.

use std::io::Read as _;
use std::net::TcpStream;

use ldap3::asn1::{PL, StructureTag, TagClass, parse_tag, parse_uint};

use super::{Attribute, Search};

pub(super) fn search(operation: StructureTag, controls: Vec<StructureTag>, id: &[u8]) -> Search {
    let mut parts = constructed(operation).into_iter();
    let mut next = || parts.next().expect("a part of a search");
    let base = text(next());
    let scope = number(&primitive(next()));
    let filter = (0..5).map(|_| next()).last().expect("a filter");
    let attributes = constructed(next()).into_iter().map(text).collect();
    let cookie = controls.into_iter().find_map(|control| {
        let mut parts = constructed(control).into_iter();
        (text(parts.next()?) == "1.2.840.113556.1.4.319").then(|| {
            let value = primitive(parts.last().expect("its value"));
            let (_, value) = parse_tag(&value).expect("its value");
            primitive(constructed(value).pop().expect("a cookie"))
        })
    });
    let message = u8::try_from(number(id)).unwrap_or_default();
    Search { base, scope, attributes, cookie, message, id: id.to_vec(), filter }
}

pub(super) fn entry(dn: &str, attributes: Vec<Attribute>) -> StructureTag {
    let attributes = attributes
        .into_iter()
        .map(|(name, values)| {
            let values = values.iter().map(|value| octet_string(value)).collect();
            universal(16, PL::C(vec![octet_string(name.as_bytes()), universal(17, PL::C(values))]))
        })
        .collect();
    application(4, PL::C(vec![octet_string(dn.as_bytes()), universal(16, PL::C(attributes))]))
}

pub(super) fn result(operation: u64, code: u8, text: &str) -> StructureTag {
    let code = universal(10, PL::P(vec![code]));
    application(operation, PL::C(vec![code, octet_string(b""), octet_string(text.as_bytes())]))
}

pub(super) fn paged(cookie: &[u8]) -> StructureTag {
    let value = encode(&universal(16, PL::C(vec![universal(2, PL::P(vec![0])), octet_string(cookie)])));
    let control = universal(16, PL::C(vec![octet_string(b"1.2.840.113556.1.4.319"), octet_string(&value)]));
    StructureTag { class: TagClass::Context, id: 0, payload: PL::C(vec![control]) }
}

pub(super) fn message_of(id: &[u8], operation: StructureTag, controls: Option<StructureTag>) -> Vec<u8> {
    let parts = [universal(2, PL::P(id.to_vec())), operation].into_iter().chain(controls).collect();
    encode(&universal(16, PL::C(parts)))
}

fn universal(id: u64, payload: PL) -> StructureTag {
    StructureTag { class: TagClass::Universal, id, payload }
}

pub(super) fn application(id: u64, payload: PL) -> StructureTag {
    StructureTag { class: TagClass::Application, id, payload }
}

pub(super) fn octet_string(octets: &[u8]) -> StructureTag {
    universal(4, PL::P(octets.to_vec()))
}

pub(super) fn constructed(tag: StructureTag) -> Vec<StructureTag> {
    tag.expect_constructed().expect("a constructed element")
}

pub(super) fn primitive(tag: StructureTag) -> Vec<u8> {
    tag.expect_primitive().expect("a primitive element")
}

fn text(tag: StructureTag) -> String {
    String::from_utf8(primitive(tag)).expect("UTF-8")
}

fn number(octets: &[u8]) -> u64 {
    parse_uint(octets).expect("a number").1
}

/// The encoding of an element; lengths always in four octets, which BER allows.
fn encode(tag: &StructureTag) -> Vec<u8> {
    let (form, content) = match &tag.payload {
        PL::P(octets) => (0, octets.clone()),
        PL::C(tags) => (0x20, tags.iter().flat_map(encode).collect()),
    };
    let first = (tag.class as u8) << 6 | form | u8::try_from(tag.id).expect("a small number");
    let length = u32::try_from(content.len()).expect("a short element").to_be_bytes();
    [vec![first, 0x84], length.to_vec(), content].concat()
}

pub(super) fn read_message(stream: &mut TcpStream) -> Option<StructureTag> {
    let mut octets = vec![0; 2];
    stream.read_exact(&mut octets).ok()?;
    let mut length = usize::from(octets[1]);
    if length >= 0x80 {
        let mut long = vec![0; length & 0x7f];
        stream.read_exact(&mut long).ok()?;
        length = usize::try_from(number(&long)).ok()?;
        octets.extend(long);
    }
    let mut content = vec![0; length];
    stream.read_exact(&mut content).ok()?;
    octets.extend(content);
    Some(parse_tag(&octets).expect("a message").1)
}
