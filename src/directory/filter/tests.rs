//! Filters: how they are read, which entries they match, and which texts are not valid.

use proptest::prelude::*;

use super::{Assertion, Extensible, Filter, Substrings};
use crate::directory::entry::Entry;

fn filter(text: &str) -> Filter {
    Filter::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn assertion(attribute: &str, value: &str) -> Assertion {
    Assertion { attribute: attribute.to_owned(), value: value.into() }
}

#[test]
fn every_form_of_rfc_4515_is_read() {
    let present = |attribute: &str| Filter::Present(attribute.to_owned());
    let by_rule = |attribute: Option<&str>, dn, rule: Option<&str>, value: &str| {
        let (attribute, rule) = (attribute.map(str::to_owned), rule.map(str::to_owned));
        Filter::Extensible(Extensible { attribute, dn, rule, value: value.into() })
    };
    let pattern = |initial: Option<&str>, any: &[&str], last: Option<&str>| {
        let piece = |piece: &str| piece.as_bytes().to_vec();
        Filter::Substrings(Substrings {
            attribute: "cn".to_owned(),
            initial: initial.map(piece),
            any: any.iter().copied().map(piece).collect(),
            last: last.map(piece),
        })
    };
    for (text, expected) in [
        ("(cn=Babs Jensen)", Filter::equality("cn", "Babs Jensen")),
        ("(!(cn=Tim))", Filter::Not(Box::new(Filter::equality("cn", "Tim")))),
        (
            "(&(a=*)(|(b=*)(c=1)))",
            Filter::And(vec![present("a"), Filter::Or(vec![present("b"), Filter::equality("c", "1")])]),
        ),
        ("(&)", Filter::And(vec![])),
        ("(|)", Filter::Or(vec![])),
        ("(cn=*)", present("cn")),
        ("(cn=)", Filter::equality("cn", "")),
        ("(cn=univ*of*a*)", pattern(Some("univ"), &["of", "a"], None)),
        ("(cn=*mich)", pattern(None, &[], Some("mich"))),
        ("(cn=BI-*)", pattern(Some("BI-"), &[], None)),
        ("(age>=7)", Filter::GreaterOrEqual(assertion("age", "7"))),
        ("(age<=7)", Filter::LessOrEqual(assertion("age", "7"))),
        ("(sn~=smith)", Filter::Approximate(assertion("sn", "smith"))),
        ("(cn:caseExactMatch:=Fred)", by_rule(Some("cn"), false, Some("caseExactMatch"), "Fred")),
        ("(cn:=Betty)", by_rule(Some("cn"), false, None, "Betty")),
        ("(sn:dn:2.4.6.8.10:=Barney)", by_rule(Some("sn"), true, Some("2.4.6.8.10"), "Barney")),
        ("(o:dn:=Ace)", by_rule(Some("o"), true, None, "Ace")),
        ("(:1.2.3:=Wilma)", by_rule(None, false, Some("1.2.3"), "Wilma")),
        ("(:DN:2.4.6.8.10:=Dino)", by_rule(None, true, Some("2.4.6.8.10"), "Dino")),
        ("(o=Parens R Us \\28for all\\29)", Filter::equality("o", "Parens R Us (for all)")),
        ("(cn=\\2A)", Filter::equality("cn", "*")),
        ("(bin=\\00\\00\\ff)", Filter::equality("bin", vec![0, 0, 0xff])),
        ("(sn=Lu\\c4\\8di)", Filter::equality("sn", "Luči")),
        ("(cn;lang-en=a)", Filter::equality("cn;lang-en", "a")),
        ("(2.5.4.3=a)", Filter::equality("2.5.4.3", "a")),
        ("(seeAlso=cn=a,dc=x)", Filter::equality("seeAlso", "cn=a,dc=x")),
    ] {
        assert_eq!(filter(text), expected, "{text}");
    }
}

#[test]
fn an_invalid_filter_is_refused_with_its_position() {
    for (text, position, problem) in [
        ("", 1, "expected `(`"),
        ("cn=BI", 1, "expected `(`"),
        ("(cn=BI", 7, "`)` is missing"),
        ("(cn=BI))", 8, "no `(` is open"),
        ("(cn=a)(cn=b)", 7, "join several"),
        ("(&(cn=a)cn=b)", 9, "expected `)`"),
        ("(!)", 3, "expected `(`"),
        ("()", 2, "an attribute"),
        ("(=a)", 2, "an attribute"),
        ("(cn)", 4, "after the attribute"),
        ("(cn>a)", 5, "after the attribute"),
        ("(cn=é(b)", 6, "\\28"),
        ("(cn=a\\2)", 6, "two hexadecimal digits"),
        ("(cn=a**b)", 5, "two `*`"),
        ("(age>=7*)", 8, "\\2a"),
        ("(:=a)", 2, "before `:=`"),
        ("(cn:a:b:=c)", 7, "one matching rule"),
        ("(cn:a=c)", 6, "`:=`"),
        ("(cn;=c)", 5, "an option"),
    ] {
        let error = Filter::parse(text).expect_err(text);
        assert_eq!(error.position, position, "{text}: {error}");
        assert!(error.problem.contains(problem), "{text}: {error}");
    }
}

#[test]
fn a_hostile_filter_is_refused_and_not_followed() {
    for nesting in ["(!", "(&", "(|(a=b)"] {
        let text = nesting.repeat(Filter::MAX_LENGTH / nesting.len());
        assert!(Filter::parse(&text).unwrap_err().problem.contains("deep"), "{nesting}");
    }
    let long = format!("(cn={})", "a".repeat(Filter::MAX_LENGTH));
    assert!(Filter::parse(&long).unwrap_err().problem.contains("bytes"));
    let deep = format!("{}(a=b){}", "(!".repeat(Filter::MAX_DEPTH), ")".repeat(Filter::MAX_DEPTH));
    assert_eq!(filter(&deep).to_string(), deep);
}

fn entry(attributes: &[(&str, &[&[u8]])]) -> Entry {
    let attributes = attributes
        .iter()
        .map(|(name, values)| ((*name).to_owned(), values.iter().map(|value| value.to_vec()).collect()))
        .collect();
    Entry { dn: "cn=a".to_owned(), attributes }
}

#[test]
fn filters_are_evaluated_on_folded_values() {
    let entry = entry(&[
        ("cn", &[b"BI Analysts", "Straße".as_bytes()]),
        ("objectclass", &[b"top", b"groupOfNames"]),
        ("objectguid", &[&[0xff, 0x00, 0x41]]),
    ]);
    for (text, matches) in [
        ("(cn=bi  analysts)", true),
        ("(CN=STRASSE)", true),
        ("(cn=BI)", false),
        ("(cn=BI *)", true),
        ("(cn=B *)", false),
        ("(cn=*Ana*sts)", true),
        ("(cn=*sts*Ana*)", false),
        ("(cn=bi*i*ts)", false),
        ("(cn=*stras*)", true),
        ("(cn=BI Ana*Analysts)", false),
        ("(objectClass=groupofnames)", true),
        ("(description=*)", false),
        ("(cn=*)", true),
        ("(objectGUID=\\ff\\00\\41)", true),
        ("(objectGUID=\\ff\\00\\61)", false),
        ("(objectGUID=\\ff*)", true),
        ("(!(description=a))", true),
        ("(&(cn=*)(objectClass=top))", true),
        ("(&(cn=*)(objectClass=person))", false),
        ("(|(cn=x)(objectClass=top))", true),
        ("(&)", true),
        ("(|)", false),
    ] {
        assert_eq!(filter(text).evaluate(&entry), matches, "{text}");
    }
}

#[test]
fn a_filter_that_only_a_server_evaluates_is_named() {
    for text in ["(a=b)", "(&(a=*)(!(b=c*)))"] {
        assert_eq!(filter(text).supported_in_a_file(), Ok(()), "{text}");
    }
    for (text, named) in [
        ("(&(a=b)(!(uid>=7)))", "(uid>=7)"),
        ("(a<=b)", "(a<=b)"),
        ("(|(a~=b)(c=d))", "(a~=b)"),
        ("(userAccountControl:1.2.840.113556.1.4.803:=2)", "(userAccountControl:1.2.840.113556.1.4.803:=2)"),
    ] {
        assert_eq!(filter(text).supported_in_a_file().unwrap_err().filter, named);
    }
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![any::<String>().prop_map(String::into_bytes), prop::collection::vec(any::<u8>(), 0..20)]
}

fn piece() -> impl Strategy<Value = Vec<u8>> {
    value().prop_filter("no piece is empty", |piece| !piece.is_empty())
}

fn any_filter() -> impl Strategy<Value = Filter> {
    let attribute = || "[a-zA-Z][a-zA-Z0-9-]{0,8}(;[a-z]{1,4})?";
    let assertion = || (attribute(), value()).prop_map(|(attribute, value)| Assertion { attribute, value });
    let rule = || "[a-zA-Z]{3,8}|1(\\.[1-9]){1,3}";
    let substrings =
        (attribute(), prop::option::of(piece()), prop::collection::vec(piece(), 0..3), prop::option::of(piece()))
            .prop_filter("a piece is there", |(_, initial, any, last)| {
                initial.is_some() || !any.is_empty() || last.is_some()
            })
            .prop_map(|(attribute, initial, any, last)| {
                Filter::Substrings(Substrings { attribute, initial, any, last })
            });
    let extensible = (prop::option::of(attribute()), any::<bool>(), prop::option::of(rule()), value())
        .prop_filter("something is compared", |(attribute, _, rule, _)| attribute.is_some() || rule.is_some())
        .prop_map(|(attribute, dn, rule, value)| Filter::Extensible(Extensible { attribute, dn, rule, value }));
    let leaf = prop_oneof![
        assertion().prop_map(Filter::Equality),
        attribute().prop_map(Filter::Present),
        substrings,
        assertion().prop_map(Filter::GreaterOrEqual),
        assertion().prop_map(Filter::LessOrEqual),
        assertion().prop_map(Filter::Approximate),
        extensible,
    ];
    leaf.prop_recursive(5, 30, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Filter::And),
            prop::collection::vec(inner.clone(), 0..4).prop_map(Filter::Or),
            inner.prop_map(|inner| Filter::Not(Box::new(inner))),
        ]
    })
}

proptest! {
    #[test]
    fn a_filter_is_read_back(filter in any_filter()) {
        prop_assert_eq!(Filter::parse(&filter.to_string()), Ok(filter));
    }

    #[test]
    fn no_text_panics(text in any::<String>(), symbols in "[()&|!*=<>~:;\\\\a0é ]{0,30}") {
        for text in [text, symbols] {
            if let Ok(filter) = Filter::parse(&text) {
                prop_assert_eq!(Filter::parse(&filter.to_string()), Ok(filter));
            }
        }
    }

    #[test]
    fn a_value_matches_itself_and_its_own_beginning_and_end(value in "[a-zA-Zß é]{1,8}", at in 0_usize..8) {
        let entry = entry(&[("cn", &[value.as_bytes()])]);
        prop_assert!(Filter::equality("cn", value.as_bytes()).evaluate(&entry));
        let at = value.char_indices().map(|(index, _)| index).nth(at).unwrap_or(value.len());
        let (head, tail) = value.split_at(at);
        let piece = |piece: &str| (!piece.trim().is_empty()).then(|| piece.trim().as_bytes().to_vec());
        let pattern = Substrings { attribute: "cn".into(), initial: piece(head), any: vec![], last: piece(tail) };
        prop_assert!(Filter::Substrings(pattern).evaluate(&entry));
    }
}
