//! Messages of LDAP (RFC 4511 section 4.1.1), octet by octet.

use crate::scripted_ldap::Search;

/// An element with its length in four octets.
pub(super) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&[tag, 0x84], &length[..], content].concat()
}

pub(super) fn text(value: &str) -> Vec<u8> {
    element(0x04, value.as_bytes())
}

pub(super) fn message(search: &Search, operation: &[u8]) -> Vec<u8> {
    element(0x30, &[&[0x02, 0x01, search.message], operation].concat())
}

pub(super) fn result(operation: u8, code: u8, diagnostic: &[u8]) -> Vec<u8> {
    element(operation, &[&[0x0a, 0x01, code], &text("")[..], &element(0x04, diagnostic)].concat())
}

/// A group entry with one attribute beside those that every group needs.
pub(super) fn group(number: u32, attribute: &str, values: &[u8]) -> Vec<u8> {
    let [a, b, c, d] = number.to_be_bytes();
    let mut id = vec![7; 12];
    id.extend([a, b, c, d]);
    let one = |name: &str, value: &[u8]| element(0x30, &[text(name), element(0x31, &element(0x04, value))].concat());
    let attributes = [
        one("objectClass", b"group"),
        one("objectGUID", &id),
        one("cn", format!("group {number}").as_bytes()),
        one("uSNChanged", b"7"),
        element(0x30, &[text(attribute), element(0x31, values)].concat()),
    ];
    element(0x64, &[text(&format!("CN=group {number},DC=corp")), element(0x30, &attributes.concat())].concat())
}

/// A message whose number may be of any size.
pub(super) fn message_with(search: &Search, parts: &[u8]) -> Vec<u8> {
    element(0x30, &[element(0x02, &search.id), parts.to_vec()].concat())
}
