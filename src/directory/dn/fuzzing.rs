//! What the fuzzer reaches of distinguished names (`fuzz/targets/dn.rs`).

use std::fmt::Write as _;

use super::normal;
use super::parse::{Pair, Parser, Separator, Value};
use super::{Dn, ExtendedDn, Hasher};

/// Parses a name, writes it in the text form of RFC 4514 and parses that.
pub fn name(octets: &[u8]) {
    let Ok(text) = std::str::from_utf8(octets) else { return };
    let _ = ExtendedDn::parse(text);
    let Ok(dn) = Dn::parse(text) else { return };
    let mut long_way = String::new();
    normal::write_any(text, &mut long_way).expect("it was parsed before");
    assert_eq!(dn.normal(), long_way, "both ways lead to one form");
    assert_eq!(Hasher::default().hash(text), Ok(dn.hash()));
    assert!(dn.is_at_or_below(&dn));

    let written = write(text);
    assert_eq!(pairs(&written), pairs(text), "{written}");
    assert_eq!(Dn::parse(&written), Ok(dn), "{written}");
}

fn pairs(text: &str) -> Vec<(Separator, String, Vec<u8>, bool)> {
    let mut parser = Parser::new(text);
    let mut pairs = Vec::new();
    while let Some(Pair { before, attribute, value }) = parser.pair().expect("it was parsed before") {
        let (octets, is_encoded) = match value {
            Value::Octets(octets) => (octets.into_owned(), false),
            Value::Encoded(octets) => (octets, true),
        };
        pairs.push((before, attribute.to_owned(), octets, is_encoded));
    }
    pairs
}

/// Every octet of a value as a hexadecimal pair.
fn write(text: &str) -> String {
    let mut written = String::new();
    for (before, attribute, octets, is_encoded) in pairs(text) {
        written.push_str(match before {
            Separator::Start => "",
            Separator::Comma => ",",
            Separator::Plus => "+",
        });
        written.extend([attribute.as_str(), "=", if is_encoded { "#" } else { "" }]);
        for octet in octets {
            let _ = write!(written, "{}{octet:02x}", if is_encoded { "" } else { "\\" });
        }
    }
    written
}
