//! One `SearchResultEntry` (RFC 4511 section 4.5.2) as an [`Entry`]. Values are moved out of the decoded tree, never
//! copied and never taken for text; whatever is malformed is an error.

use ldap3::asn1::{PL, StructureTag};

use crate::directory::entry::Entry;

/// `SearchResultEntry`, `[APPLICATION 4]`.
const SEARCH_RESULT_ENTRY: u64 = 4;

/// An entry as one answer showed it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Decoded {
    /// The entry, with the values of ranged attributes among the others of the same name.
    pub(super) entry: Entry,
    /// The ranges that the server cut attributes into.
    pub(super) ranges: Vec<Range>,
}

/// What the option `range=low-high` says of an attribute (MS-ADTS section 3.1.1.3.1.3.3): the values are those from
/// `low` to `high`; `None` is `*`, the last of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Range {
    /// The attribute in lower case, without options.
    pub(super) attribute: String,
    /// The index of the first value.
    pub(super) low: u32,
    /// The index of the last value.
    pub(super) high: Option<u32>,
}

/// Decodes one entry; the error says what is wrong with it.
pub(super) fn decode(tag: StructureTag) -> Result<Decoded, &'static str> {
    if tag.id != SEARCH_RESULT_ENTRY {
        return Err("an answer to a search is no entry");
    }
    let [name, attributes] = parts(tag, "an entry is not a name and attributes")?;
    let dn = String::from_utf8(octets(name, "an entry's name is no octet string")?)
        .map_err(|_| "an entry's name is not UTF-8")?;
    let mut decoded = Decoded { entry: Entry { dn, ..Entry::default() }, ranges: Vec::new() };
    for attribute in constructed(attributes, "an entry's attributes are no sequence")? {
        let [description, values] = parts(attribute, "an attribute is not a description and values")?;
        let description = String::from_utf8(octets(description, "an attribute's description is no octet string")?)
            .map_err(|_| "an attribute's description is not UTF-8")?;
        let values = constructed(values, "an attribute's values are no set")?
            .into_iter()
            .map(|value| octets(value, "a value is no octet string"))
            .collect::<Result<Vec<_>, _>>()?;
        add(&mut decoded, &description, values)?;
    }
    Ok(decoded)
}

/// Files values under their attribute. Options (RFC 4512 section 2.5) other than `binary` and `range` make a subtype,
/// a name in another language for one, which nobody asked for.
fn add(decoded: &mut Decoded, description: &str, values: Vec<Vec<u8>>) -> Result<(), &'static str> {
    let mut options = description.split(';');
    let attribute = options.next().unwrap_or_default().to_ascii_lowercase();
    if attribute.is_empty() {
        return Err("an attribute has no name");
    }
    let mut cut = None;
    for option in options {
        let option = option.to_ascii_lowercase();
        if let Some(range) = option.strip_prefix("range=") {
            let (low, high) = bounds(range).ok_or("a range option has no bounds")?;
            cut = Some(Range { attribute: attribute.clone(), low, high });
        } else if option != "binary" {
            return Ok(());
        }
    }
    decoded.ranges.extend(cut);
    // Active Directory sends an empty `member` beside `member;range=0-1499`: both are the same attribute.
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

fn parts(tag: StructureTag, problem: &'static str) -> Result<[StructureTag; 2], &'static str> {
    <[StructureTag; 2]>::try_from(constructed(tag, problem)?).map_err(|_| problem)
}

fn constructed(tag: StructureTag, problem: &'static str) -> Result<Vec<StructureTag>, &'static str> {
    match tag.payload {
        PL::C(tags) => Ok(tags),
        PL::P(_) => Err(problem),
    }
}

fn octets(tag: StructureTag, problem: &'static str) -> Result<Vec<u8>, &'static str> {
    match tag.payload {
        PL::P(octets) => Ok(octets),
        PL::C(_) => Err(problem),
    }
}

/// The URLs of a `SearchResultReference` (RFC 4511 section 4.5.3).
pub(super) fn references(tag: StructureTag) -> Result<Vec<String>, &'static str> {
    const PROBLEM: &str = "a reference is no sequence of URLs";
    constructed(tag, PROBLEM)?
        .into_iter()
        .map(|url| String::from_utf8(octets(url, PROBLEM)?).map_err(|_| PROBLEM))
        .collect()
}

#[cfg(test)]
mod tests {
    use ldap3::asn1::TagClass;
    use proptest::prelude::*;

    use super::*;

    fn primitive(octets: &[u8]) -> StructureTag {
        StructureTag { class: TagClass::Universal, id: 4, payload: PL::P(octets.to_vec()) }
    }

    fn sequence(id: u64, tags: Vec<StructureTag>) -> StructureTag {
        StructureTag { class: TagClass::Universal, id, payload: PL::C(tags) }
    }

    fn entry(attributes: &[(&str, &[&[u8]])]) -> StructureTag {
        let attributes = attributes
            .iter()
            .map(|(description, values)| {
                let values = values.iter().map(|value| primitive(value)).collect();
                sequence(16, vec![primitive(description.as_bytes()), sequence(17, values)])
            })
            .collect();
        sequence(SEARCH_RESULT_ENTRY, vec![primitive(b"cn=a"), sequence(16, attributes)])
    }

    #[test]
    fn names_are_lower_case_and_values_are_octets() {
        let decoded = decode(entry(&[("objectGUID", &[b"\xff\x00"]), ("userCertificate;binary", &[b"x"])])).unwrap();
        assert_eq!(decoded.entry.dn, "cn=a");
        assert_eq!(decoded.entry.attributes["objectguid"], [b"\xff\x00"]);
        assert_eq!(decoded.entry.attributes["usercertificate"], [b"x"]);
        assert_eq!(decoded.ranges, []);
    }

    #[test]
    fn a_range_beside_the_empty_attribute_is_that_attribute() {
        let decoded = decode(entry(&[("member", &[]), ("Member;Range=0-1499", &[b"cn=b"])])).unwrap();
        assert_eq!(decoded.entry.attributes["member"], [b"cn=b"]);
        assert_eq!(decoded.ranges, [Range { attribute: "member".into(), low: 0, high: Some(1499) }]);
        let last = decode(entry(&[("member;range=3000-*", &[b"cn=c"])])).unwrap();
        assert_eq!(last.ranges, [Range { attribute: "member".into(), low: 3000, high: None }]);
    }

    #[test]
    fn a_subtype_is_another_attribute() {
        let decoded = decode(entry(&[("cn;lang-de", &[b"Vertrieb"]), ("cn", &[b"Sales"])])).unwrap();
        assert_eq!(decoded.entry.attributes["cn"], [b"Sales"]);
        let ranged = decode(entry(&[("member;range=0-9;lang-de", &[b"cn=b"])])).unwrap();
        assert_eq!((ranged.entry.attributes.len(), ranged.ranges.len()), (0, 0));
    }

    #[test]
    fn malformed_entries_are_errors() {
        let broken_range = entry(&[("member;range=9-1", &[])]);
        let no_name = entry(&[("", &[])]);
        for tag in [primitive(b"x"), sequence(SEARCH_RESULT_ENTRY, vec![]), broken_range, no_name] {
            assert!(decode(tag).is_err());
        }
    }

    fn any_tag() -> impl Strategy<Value = StructureTag> {
        let leaf = (0u64..31, proptest::collection::vec(any::<u8>(), 0..8)).prop_map(|(id, octets)| StructureTag {
            class: TagClass::Universal,
            id,
            payload: PL::P(octets),
        });
        leaf.prop_recursive(5, 48, 4, |inner| {
            (0u64..31, proptest::collection::vec(inner, 0..4)).prop_map(|(id, tags)| sequence(id, tags))
        })
    }

    proptest! {
        #[test]
        fn no_tree_makes_the_decoder_panic(mut tag in any_tag()) {
            drop(references(tag.clone()));
            tag.id = SEARCH_RESULT_ENTRY;
            drop(decode(tag));
        }
    }
}
