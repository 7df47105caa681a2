//! What is LDIF, and where a file stops being it.

use proptest::prelude::*;

use super::{InvalidLdif, Reference, parse};

/// The attributes of the one entry.
fn attributes(file: &str) -> Vec<(String, Vec<String>)> {
    let parsed = parse(file.as_bytes()).unwrap();
    let [record] = parsed.records.as_slice() else { panic!("{parsed:?}") };
    let text = |value: &Vec<u8>| String::from_utf8_lossy(value).into_owned();
    record.entry.attributes.iter().map(|(name, values)| (name.clone(), values.iter().map(text).collect())).collect()
}

#[test]
fn values_are_read_in_every_way_of_writing_them() {
    let file = "version: 1\ndn: cn=a,dc=x\nCN: a\nsn:Roe\ntitle:   wide  \ndescription:: w7xiZXI=\nempty:\n\
                mail: a@x\nmail: b@x\nuserCertificate;binary:: AAH/\ncn;lang-de: A\nmember;range=0-*: cn=b\nraw: ü\n";
    let one = |name: &str, value: &str| (name.to_owned(), vec![value.to_owned()]);
    assert_eq!(
        attributes(file),
        [
            one("cn", "a"),
            one("description", "über"),
            one("empty", ""),
            ("mail".to_owned(), vec!["a@x".to_owned(), "b@x".to_owned()]),
            one("member", "cn=b"),
            one("raw", "ü"),
            one("sn", "Roe"),
            one("title", "wide"),
            one("usercertificate", "\0\u{1}\u{fffd}"),
        ]
    );
}

#[test]
fn records_know_their_line_and_their_name() {
    let file = "\n# first\ndn: cn=a,\n dc=x\ncn: a\n\n\n# second\ndn:: Y249w7wsZGM9eA==\n";
    let parsed = parse(file.as_bytes()).unwrap();
    let shown: Vec<_> = parsed.records.iter().map(|record| (record.line, record.entry.dn.as_str())).collect();
    assert_eq!(shown, [(3, "cn=a,dc=x"), (9, "cn=ü,dc=x")]);
}

#[test]
fn what_ldapsearch_prints_around_entries_is_understood() {
    let file = "# extended LDIF\n#\n# LDAPv3\n\ndn: cn=a,dc=x\ncn: a\n\n\
                # search reference\nref: ldap://x/DC=sub,DC=x\n\n# refldap://y/DC=z\n\n\
                # search result\nsearch: 2\nresult: 0 Success\ncontrol: 1.2.840.113556.1.4.319 false MAA=\n\
                pagedresults: cookie=\n\n# numEntries: 1\n";
    let parsed = parse(file.as_bytes()).unwrap();
    assert_eq!(parsed.records.len(), 1);
    assert_eq!(
        parsed.references,
        [
            Reference { line: 9, url: "ldap://x/DC=sub,DC=x".to_owned() },
            Reference { line: 11, url: "ldap://y/DC=z".to_owned() },
        ]
    );
}

#[test]
fn what_cannot_be_read_is_refused_with_its_line_and_what_would_be_right() {
    for (file, line, fix) in [
        ("dn: cn=a\n\ncn: a\n", 3, "begins with `dn:`"),
        ("dn: cn=a\ncn\n", 2, "begins with one blank"),
        ("dn: cn=a\ncn: a\n: b\n", 3, "begin with an attribute"),
        ("dn: cn=a\ncn:: ?\n", 2, "not Base64"),
        ("dn: cn=a\njpegPhoto:< file:///a.jpg\n", 2, "Base64"),
        ("dn: cn=a\nchangetype: add\ncn: a\n", 2, "`ldapsearch` exports"),
        ("dn: a\n", 1, "is no distinguished name"),
        ("dn:: /w==\n", 1, "UTF-8"),
        ("version: 2\n", 1, "version 1"),
        ("dn: cn=a\ncn: a\ndn: cn=b\n", 3, "blank line"),
        ("dn: cn=a\ncn: a\n\nsearch: 2\nresult: 4 Size limit exceeded\n", 5, "`4 Size limit exceeded`"),
        ("dn: cn=a\nmember;range=0-1499: cn=b\n", 2, "`member;range=0-1499`"),
        ("\u{feff}dn: cn=a\n\n\n\u{feff}dn: cn=b\n", 4, "begin with an attribute"),
    ] {
        let InvalidLdif { line: found, problem } = parse(file.as_bytes()).expect_err(file);
        assert_eq!(found, line, "{file}: {problem}");
        assert!(problem.contains(fix), "{file}: {problem}");
    }
    assert!(parse(b"\xff\xfed\0n\0").unwrap_err().problem.contains("UTF-16"));
}

proptest! {
    #[test]
    fn what_is_written_by_the_rules_reads_back(
        values in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 1..5),
        width in 2_usize..20,
        end in prop_oneof![Just("\n"), Just("\r\n")],
    ) {
        use base64::Engine as _;
        let mut file = format!("dn: cn=a,dc=x{end}");
        for value in &values {
            let line = format!("cn:: {}", base64::engine::general_purpose::STANDARD.encode(value));
            let folded: Vec<&str> = line.as_bytes().chunks(width).map(|chunk| std::str::from_utf8(chunk).unwrap()).collect();
            file += &folded.join(&format!("{end} "));
            file += end;
        }
        let parsed = parse(file.as_bytes()).unwrap();
        prop_assert_eq!(&parsed.records[0].entry.attributes["cn"], &values);
    }

    #[test]
    fn no_file_panics(octets in any::<Vec<u8>>(), symbols in "(dn: cn=a|cn:|:: |:< |\n|\r\n| |#|version: 1|result: |ref: ldap|é){0,20}") {
        let _ = parse(&octets);
        let _ = parse(symbols.as_bytes());
    }
}
