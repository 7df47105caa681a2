//! Decodes one `SearchResultEntry` (RFC 4511 section 4.5.2) from its octets to an [`Entry`]. Values are copied once and
//! are not taken for text. Anything malformed is an error.

use ldap3::asn1::{PL, StructureTag};

use crate::ber::{self, CONSTRUCTED};
use crate::directory::entry::Entry;

/// `SearchResultEntry`, `[APPLICATION 4]`.
pub(super) const SEARCH_RESULT_ENTRY: u8 = 0x64;

/// An entry as one answer showed it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Decoded {
    /// The entry. Values that came in a range are under the attribute's name without options.
    pub(super) entry: Entry,
    /// The ranges that the server truncated attributes to.
    pub(super) ranges: Vec<Range>,
}

/// The option `range=low-high` of an attribute (MS-ADTS section 3.1.1.3.1.3.3): its values are those from `low` to
/// `high`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Range {
    /// The attribute in lower case, without options.
    pub(super) attribute: String,
    /// The index of the first value.
    pub(super) low: u32,
    /// The index of the last value. `None` is `*`: the range ends with the attribute's last value.
    pub(super) high: Option<u32>,
}

/// Decodes the entry at the start of the octets. The error says what is wrong with it.
pub(super) fn decode(mut octets: &[u8]) -> Result<Decoded, &'static str> {
    let mut entry =
        ber::take_content(&mut octets, SEARCH_RESULT_ENTRY).ok_or("an answer to a search is not an entry")?;
    let dn = text(&mut entry, "an entry's name is not an octet string", "an entry's name is not UTF-8")?.to_owned();
    let mut attributes = constructed(&mut entry, "an entry's attributes are not a sequence")?;
    end(entry, "an entry is not a name and attributes")?;
    let mut decoded = Decoded { entry: Entry { dn, ..Entry::default() }, ranges: Vec::new() };
    while !attributes.is_empty() {
        let mut attribute = constructed(&mut attributes, "an attribute is not a description and values")?;
        let description = text(
            &mut attribute,
            "an attribute's description is not an octet string",
            "an attribute's description is not UTF-8",
        )?;
        let set = constructed(&mut attribute, "an attribute's values are not a set")?;
        end(attribute, "an attribute is not a description and values")?;
        add(&mut decoded, description, values(set)?)?;
    }
    Ok(decoded)
}

/// The values of a set. They are counted first, so that a large group uses no more memory than its members need.
fn values(set: &[u8]) -> Result<Vec<Vec<u8>>, &'static str> {
    const PROBLEM: &str = "a value is not an octet string";
    let (mut count, mut rest) = (0, set);
    while !rest.is_empty() {
        primitive(&mut rest, PROBLEM)?;
        count += 1;
    }
    let mut values = Vec::with_capacity(count);
    let mut rest = set;
    while !rest.is_empty() {
        values.push(primitive(&mut rest, PROBLEM)?.to_vec());
    }
    Ok(values)
}

/// Adds values under their attribute. Options (RFC 4512 section 2.5) other than `binary` and `range` make a subtype,
/// such as a name in another language, which is ignored.
fn add(decoded: &mut Decoded, description: &str, values: Vec<Vec<u8>>) -> Result<(), &'static str> {
    let mut options = description.split(';');
    let attribute = options.next().unwrap_or_default().to_ascii_lowercase();
    if attribute.is_empty() {
        return Err("an attribute has no name");
    }
    let mut truncated_to = None;
    for option in options {
        let option = option.to_ascii_lowercase();
        if let Some(range) = option.strip_prefix("range=") {
            let (low, high) = bounds(range).ok_or("a range option has no bounds")?;
            truncated_to = Some(Range { attribute: attribute.clone(), low, high });
        } else if option != "binary" {
            return Ok(());
        }
    }
    decoded.ranges.extend(truncated_to);
    // Active Directory sends an empty `member` besides `member;range=0-1499`. Both are the same attribute.
    let known = decoded.entry.attributes.entry(attribute).or_default();
    if known.is_empty() {
        *known = values;
    } else {
        known.extend(values);
    }
    Ok(())
}

fn bounds(range: &str) -> Option<(u32, Option<u32>)> {
    let (low, high) = range.split_once('-')?;
    let low = low.parse().ok()?;
    match high {
        "*" => Some((low, None)),
        high => high.parse().ok().filter(|high| *high >= low).map(|high| (low, Some(high))),
    }
}

/// The content of the next element, which must be constructed.
fn constructed<'a>(octets: &mut &'a [u8], problem: &'static str) -> Result<&'a [u8], &'static str> {
    ber::take(octets).filter(|element| element.tag & CONSTRUCTED != 0).map(|element| element.content).ok_or(problem)
}

/// The content of the next element, which must be primitive.
fn primitive<'a>(octets: &mut &'a [u8], problem: &'static str) -> Result<&'a [u8], &'static str> {
    ber::take(octets).filter(|element| element.tag & CONSTRUCTED == 0).map(|element| element.content).ok_or(problem)
}

fn text<'a>(octets: &mut &'a [u8], problem: &'static str, not_text: &'static str) -> Result<&'a str, &'static str> {
    std::str::from_utf8(primitive(octets, problem)?).map_err(|_| not_text)
}

const fn end(octets: &[u8], problem: &'static str) -> Result<(), &'static str> {
    if octets.is_empty() { Ok(()) } else { Err(problem) }
}

/// The URLs of a `SearchResultReference` (RFC 4511 section 4.5.3), which `ldap3` has parsed.
pub(super) fn references(tag: StructureTag) -> Result<Vec<String>, &'static str> {
    const PROBLEM: &str = "a reference is not a sequence of URLs";
    let PL::C(urls) = tag.payload else { return Err(PROBLEM) };
    urls.into_iter()
        .map(|url| match url.payload {
            PL::P(octets) => String::from_utf8(octets).map_err(|_| PROBLEM),
            PL::C(_) => Err(PROBLEM),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use ldap3::asn1::TagClass;
    use proptest::prelude::*;

    use super::*;
    use crate::ber::{OCTET_STRING, SEQUENCE, element};

    fn octet_string(octets: &[u8]) -> Vec<u8> {
        element(OCTET_STRING, octets)
    }

    fn entry(attributes: &[(&str, &[&[u8]])]) -> Vec<u8> {
        let attributes: Vec<u8> = attributes
            .iter()
            .flat_map(|(description, values)| {
                let values: Vec<u8> = values.iter().flat_map(|value| octet_string(value)).collect();
                element(SEQUENCE, &[octet_string(description.as_bytes()), element(0x31, &values)].concat())
            })
            .collect();
        element(SEARCH_RESULT_ENTRY, &[octet_string(b"cn=a"), element(SEQUENCE, &attributes)].concat())
    }

    #[test]
    fn names_are_lower_case_and_values_are_octets() {
        let decoded = decode(&entry(&[("objectGUID", &[b"\xff\x00"]), ("userCertificate;binary", &[b"x"])])).unwrap();
        assert_eq!(decoded.entry.dn, "cn=a");
        assert_eq!(decoded.entry.attributes["objectguid"], [b"\xff\x00"]);
        assert_eq!(decoded.entry.attributes["usercertificate"], [b"x"]);
        assert_eq!(decoded.ranges, []);
    }

    #[test]
    fn a_range_beside_the_empty_attribute_is_that_attribute() {
        let decoded = decode(&entry(&[("member", &[]), ("Member;Range=0-1499", &[b"cn=b"])])).unwrap();
        assert_eq!(decoded.entry.attributes["member"], [b"cn=b"]);
        assert_eq!(decoded.ranges, [Range { attribute: "member".into(), low: 0, high: Some(1499) }]);
        let last = decode(&entry(&[("member;range=3000-*", &[b"cn=c"])])).unwrap();
        assert_eq!(last.ranges, [Range { attribute: "member".into(), low: 3000, high: None }]);
    }

    #[test]
    fn a_subtype_is_another_attribute() {
        let decoded = decode(&entry(&[("cn;lang-de", &[b"Vertrieb"]), ("cn", &[b"Sales"])])).unwrap();
        assert_eq!(decoded.entry.attributes["cn"], [b"Sales"]);
        let ranged = decode(&entry(&[("member;range=0-9;lang-de", &[b"cn=b"])])).unwrap();
        assert_eq!((ranged.entry.attributes.len(), ranged.ranges.len()), (0, 0));
    }

    #[test]
    fn malformed_entries_are_errors() {
        let (name, empty) = (octet_string(b"cn=a"), element(SEQUENCE, b""));
        let entry_of = |parts: &[&[u8]]| element(SEARCH_RESULT_ENTRY, &parts.concat());
        let attribute_of =
            |parts: &[&[u8]]| entry_of(&[&name, &element(SEQUENCE, &element(SEQUENCE, &parts.concat()))]);
        let set = element(0x31, b"");
        for octets in [
            vec![],
            octet_string(b"x"),
            element(0x65, &[name.clone(), empty.clone()].concat()),
            entry_of(&[]),
            entry_of(&[&name]),
            entry_of(&[&empty, &empty]),
            entry_of(&[&octet_string(b"\xff"), &empty]),
            entry_of(&[&name, &name]),
            entry_of(&[&name, &empty, &empty]),
            entry_of(&[&name, &element(SEQUENCE, &name)]),
            attribute_of(&[]),
            attribute_of(&[&name]),
            attribute_of(&[&set, &set]),
            attribute_of(&[&octet_string(b"\xff"), &set]),
            attribute_of(&[&name, &name]),
            attribute_of(&[&name, &set, &set]),
            attribute_of(&[&name, &element(0x31, &empty)]),
            attribute_of(&[&name, &element(0x31, b"\x04\x02x")]),
            entry(&[("member;range=9-1", &[])]),
            entry(&[("", &[])]),
        ] {
            assert!(decode(&octets).is_err(), "{octets:02x?}");
        }
    }

    proptest! {
        #[test]
        fn octets_that_are_changed_or_truncated_cause_no_panic(
            position in any::<proptest::sample::Index>(), octet in any::<u8>(), end in any::<proptest::sample::Index>(),
        ) {
            let mut octets = entry(&[("member;range=0-1", &[b"cn=b", b""]), ("cn", &[b"a"])]);
            let position = position.index(octets.len());
            octets[position] = octet;
            drop(decode(&octets));
            prop_assert!(decode(&octets[..end.index(octets.len())]).is_err());
        }

        #[test]
        fn no_octets_cause_a_panic(mut octets: Vec<u8>, tags in proptest::collection::vec(any_tag(), 0..4)) {
            octets.splice(..0, [SEARCH_RESULT_ENTRY, u8::try_from(octets.len().min(127)).unwrap()]);
            drop(decode(&octets));
            for tag in tags {
                drop(references(tag));
            }
        }
    }

    fn any_tag() -> impl Strategy<Value = StructureTag> {
        let tag = |id, payload| StructureTag { class: TagClass::Universal, id, payload };
        let leaf = proptest::collection::vec(any::<u8>(), 0..8).prop_map(move |octets| tag(4, PL::P(octets)));
        leaf.prop_recursive(3, 16, 4, move |inner| {
            proptest::collection::vec(inner, 0..4).prop_map(move |tags| tag(16, PL::C(tags)))
        })
    }
}
