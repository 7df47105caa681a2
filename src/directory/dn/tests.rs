//! Distinguished names: which are the same, and which texts are not valid.

use proptest::prelude::*;

use super::{Dn, ExtendedDn, Hasher, InvalidDn};
use crate::sync::fold::fold;
use crate::sync::identity::{ExternalId, IdKind};

fn dn(text: &str) -> Dn {
    Dn::parse(text).unwrap()
}

#[test]
fn spellings_of_one_name_are_one() {
    for (one, other) in [
        ("CN=BI Analysts,OU=Groups,DC=corp,DC=example", "cn=bi analysts, ou=groups , dc=CORP,dc=example"),
        ("CN=a  b,DC=x", "cn=A B,dc=x"),
        ("2.5.4.3=a,0.9.2342.19200300.100.1.25=x", "cn=a,dc=x"),
        ("OID.2.5.4.3=a", "commonName=A"),
        ("UID=jane,DC=x", "userid=jane,domainComponent=x"),
        ("cn=Smith\\, Jane,dc=x", "cn=Smith\\2C Jane,dc=x"),
        ("cn=\"Smith, Jane\",dc=x", "cn=Smith\\, Jane,dc=x"),
        ("cn=\"say \\\"hi\\\"\",dc=x", "cn=say \\22hi\\22,dc=x"),
        ("cn=a;dc=x", "cn=a,dc=x"),
        ("cn=\\20a\\20,dc=x", "cn=a,dc=x"),
        ("cn=a\\=b,dc=x", "cn=a=b,dc=x"),
        ("cn=#040161,dc=x", "cn=a,dc=x"),
        ("cn=Lu\\C4\\8Di\\C4\\87", "cn=Lučić"),
        ("cn=Jos\u{e9}", "cn=Jose\u{301}"),
        ("uid=jane+cn=Jane Roe,dc=x", "CN=Jane Roe + UID=jane,dc=x"),
        ("", "  "),
    ] {
        assert_eq!(dn(one), dn(other), "{one} and {other}");
        assert_eq!(dn(one).hash(), dn(other).hash(), "{one} and {other}");
    }
}

#[test]
fn other_names_are_not() {
    for (one, other) in [
        ("cn=a,dc=x", "cn=b,dc=x"),
        ("cn=a,dc=x", "uid=a,dc=x"),
        ("cn=a\\,dc=x", "cn=a,dc=x"),
        ("cn=a\\+uid=b", "cn=a+uid=b"),
        ("cn=\\#040161", "cn=#040161"),
        ("cn=#0101ff", "cn=\\#0101ff"),
        ("cn=\\ff", "cn=\\5cff"),
        ("cn=é,dc=x", "cn=e,dc=x"),
        ("cn=a,dc=x", "cn=a"),
        ("cn=,dc=x", "dc=x"),
    ] {
        assert_ne!(dn(one).hash(), dn(other).hash(), "{one} and {other}");
    }
}

#[test]
fn an_invalid_name_is_refused_with_its_position() {
    for (text, position) in [
        ("BI Analysts", 1),
        ("cn=a,", 6),
        ("cn=a,,dc=x", 6),
        (",dc=x", 1),
        ("cn=a,=x", 6),
        ("c n=a", 1),
        ("cn=é,ou", 6),
        ("cn=a\\", 5),
        ("cn=a\\x", 5),
        ("cn=\"a", 4),
        ("cn=\"a\"b", 7),
        ("cn=#04016", 4),
        ("cn=#", 4),
        ("cn=a\"b", 5),
        ("<GUID=00>", 1),
    ] {
        match Dn::parse(text) {
            Err(InvalidDn { position: found, .. }) => assert_eq!(found, position, "{text}"),
            Ok(dn) => panic!("{text} was read as {}", dn.normal()),
        }
    }
}

#[test]
fn entries_below_a_base_are_found_by_complete_relative_names() {
    let base = dn("OU=BI,DC=corp,DC=example");
    for inside in
        ["ou=bi,dc=corp,dc=example", "cn=a,ou=BI, dc=corp, dc=example", "cn=a\\,b,ou=c,ou=bi,dc=corp,dc=example"]
    {
        assert!(dn(inside).is_at_or_below(&base), "{inside}");
    }
    for outside in [
        "dc=corp,dc=example",
        "ou=notbi,dc=corp,dc=example",
        "cn=x\\,ou=bi\\,dc=corp\\,dc=example",
        "cn=x\\,ou=bi,dc=corp,dc=example",
    ] {
        assert!(!dn(outside).is_at_or_below(&base), "{outside}");
    }
    assert!(base.is_at_or_below(&dn("")));
}

#[test]
fn a_place_is_a_name_and_its_parents() {
    let place = dn("cn=Smith\\, Jane,OU=People,dc=x").place();
    assert_eq!(place.dn, dn("CN=smith\\2c jane,ou=people,DC=X").hash());
    assert_eq!(place.parent, dn("ou=People,dc=x").hash());
    assert_eq!(dn("dc=x").place().parent, dn("").hash());
}

#[test]
fn an_entry_is_named_by_the_pairs_of_its_own_name() {
    let jane = dn("uid=Jane+cn=Jane Roe,ou=cn\\=x,dc=x");
    assert!(jane.is_named_by("UID", "jane"));
    assert!(jane.is_named_by("commonName", "jane  roe"));
    assert!(!jane.is_named_by("dc", "x"));
}

#[test]
fn extended_names_give_their_identity() {
    let id = ExternalId::parse(IdKind::ObjectGuid, "6f61f619-8b86-d011-b42d-00c04fc964ff").ok();
    for prefix in [
        "<GUID=19f6616f868b11d0b42d00c04fc964ff>;",
        "<GUID=6f61f619-8b86-d011-b42d-00c04fc964ff>;<SID=S-1-5-21-1-2-3-1104>;",
        "<GUID=19f6616f868b11d0b42d00c04fc964ff>;<SID=010500000000000515000000>;",
    ] {
        let text = format!("{prefix}CN=Jane,DC=x");
        assert_eq!(ExtendedDn::parse(&text), ExtendedDn { id, dn: "CN=Jane,DC=x" }, "{prefix}");
    }
    assert_eq!(ExtendedDn::parse("CN=Jane,DC=x"), ExtendedDn { id: None, dn: "CN=Jane,DC=x" });
}

/// A value in each of the ways in which RFC 4514 lets it be written.
fn spellings(value: &str) -> [String; 3] {
    let octets = value.bytes().map(|byte| format!("\\{byte:02X}")).collect::<Vec<_>>().concat();
    let special = |character: char| "\"+,;<=>\\# ".contains(character);
    let escaped = value.chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([c])).collect();
    let quoted = value.replace('\\', "\\\\").replace('"', "\\\"");
    [octets, escaped, format!("\"{quoted}\"")]
}

proptest! {
    #[test]
    fn escapes_never_change_what_a_name_says(values in prop::collection::vec(".{0,12}", 1..4)) {
        let written = |style: usize| {
            values.iter().map(|value| format!("cn={}", spellings(value)[style])).collect::<Vec<_>>().join(",")
        };
        let name = dn(&written(0));
        let mut hasher = Hasher::default();
        for style in 0..3 {
            prop_assert_eq!(&dn(&written(style)), &name);
            prop_assert_eq!(hasher.hash(&written(style)).unwrap(), name.hash());
            prop_assert_eq!(hasher.place(&written(style)).unwrap(), name.place());
        }
        prop_assert_eq!(name.normal().split(',').count(), values.len());
    }

    #[test]
    fn names_are_equal_exactly_if_their_values_fold_to_one(one in "[aA,+\\\\#ſß é]{0,4}", other in "[aA,+\\\\#ſß é]{0,4}") {
        let name = |value: &str| dn(&format!("cn={}", spellings(value)[0]));
        prop_assert_eq!(name(&one) == name(&other), fold(&one) == fold(&other));
    }

    #[test]
    fn the_short_way_and_the_long_way_agree(text in "(cn|OU|dc|2\\.5\\.4\\.3) {0,2}= {0,2}[a-zA-Z =]{0,8},(dc)=[xX]{0,2}") {
        let mut long = String::new();
        super::normal::write_any(&text, &mut long).unwrap();
        prop_assert_eq!(dn(&text).normal().to_owned(), long);
    }

    #[test]
    fn no_text_panics(text in any::<String>(), symbols in "[cn=,+\\\\\"#;<> 0é]{0,20}") {
        let _ = Dn::parse(&text);
        let _ = Dn::parse(&symbols);
        let _ = ExtendedDn::parse(&text);
    }
}

#[test]
fn the_own_value_is_what_was_written_without_escapes() {
    for (name, value) in [
        ("CN=BI Users\\0ACNF:6a8d,CN=Users,DC=x", "BI Users\nCNF:6a8d"),
        ("CN=Smith\\, Jane+uid=jane,DC=x", "Smith, Jane"),
        ("cn=\\ff,dc=x", ""),
        ("cn=#3003020101,dc=x", ""),
        ("", ""),
    ] {
        assert_eq!(dn(name).own_value(), value, "{name}");
    }
}
