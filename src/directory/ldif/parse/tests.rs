//! Which files are LDIF, and where a file is not.

use proptest::prelude::*;

use super::{BrokenRecord, Reference, Wrong, parse};
use crate::directory::ldif::problem::InvalidLdif;

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
                mail: a@x\nmail: b@x\nuserCertificate;binary:: AAH/\ncn;lang-de: A\nmember;range=0-*: cn=b\nraw: ü\n\n";
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
    let file = "\n# first\ndn: cn=a,\n dc=x\ncn: a\n\n\n# second\ndn:: Y249w7wsZGM9eA==\n\n";
    let parsed = parse(file.as_bytes()).unwrap();
    let shown: Vec<_> = parsed.records.iter().map(|record| (record.line, record.entry.dn.as_str())).collect();
    assert_eq!(shown, [(3, "cn=a,dc=x"), (9, "cn=ü,dc=x")]);
}

#[test]
fn the_lines_of_ldapsearch_around_entries_are_understood() {
    let file = "# extended LDIF\n#\n# LDAPv3\n\ndn: cn=a,dc=x\ncn: a\n\n\
                # search reference\nref: ldap://x/DC=sub,DC=x\n\n# refldap://y/DC=z\n\n\
                # search result\nsearch: 2\nresult: 0 Success\ncontrol: 1.2.840.113556.1.4.319 false MAA=\n\
                pagedresults: cookie=\n\n# numEntries: 1\n";
    let parsed = parse(file.as_bytes()).unwrap();
    assert_eq!(parsed.records.len(), 1);
    assert!(parsed.is_whole);
    assert_eq!(
        parsed.references,
        [
            Reference { line: 9, url: "ldap://x/DC=sub,DC=x".to_owned() },
            Reference { line: 11, url: "ldap://y/DC=z".to_owned() },
        ]
    );
}

#[test]
fn an_invalid_file_is_refused_with_its_line_and_a_fix() {
    for (file, line, fix) in [
        ("dn: cn=a\n\ncn: a\n", 3, "must start with `dn:`"),
        ("dn: cn=a\ncn\n", 2, "start it with one space"),
        ("dn: cn=a\ncn: a\n: b\n", 3, "does not start with an attribute: its octet 1 cannot"),
        ("dn: cn=a\nchangetype: modify\nreplace: cn\ncn: a\n-\n", 2, "(`changetype`)"),
        ("dn: cn=a\nchangetype: delete\n", 2, "as `ldapsearch` does"),
        ("dn: cn=a\nchangetype: moddn\nnewrdn: cn=b\n", 2, "has changes"),
        ("dn: cn=a\nchangetype:: ?\n", 2, "has changes"),
        ("version: 2\n", 1, "version 1"),
        ("dn: cn=a\ncn: a\ndn: cn=b\n", 3, "empty line"),
        ("dn: cn=a\ncn: a\n\nsearch: 2\nresult: 4 Size limit exceeded\n", 5, "with result 4 (sizeLimitExceeded)"),
        ("dn: cn=a\nmember;range=0-1499: cn=b\n", 2, "`member` has only one range"),
        ("\u{feff}dn: cn=a\n\n\n\u{feff}dn: cn=b\n", 4, "does not start with an attribute"),
    ] {
        let InvalidLdif { line: found, problem } = parse(file.as_bytes()).expect_err(file);
        assert_eq!(found, line, "{file}: {problem}");
        assert!(problem.to_string().contains(fix), "{file}: {problem}");
    }
}

#[test]
fn utf_16_is_refused_with_a_command_whose_file_is_read() {
    let little: Vec<u8> = "dn: cn=ü".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = "dn: cn=ü".encode_utf16().flat_map(u16::to_be_bytes).collect();
    for (mark, file) in [(b"\xff\xfe".as_slice(), &little), (b"\xfe\xff", &big), (b"", &little), (b"", &big)] {
        let InvalidLdif { line, problem } = parse(&[mark, file].concat()).unwrap_err();
        assert_eq!(line, 1);
        let problem = problem.to_string();
        assert!(problem.contains("UTF-16") && problem.contains("`ldifde -f FILE -d BASE`, without `-u`"), "{problem}");
    }
    let parsed = parse(b"dn: CN=a,DC=x\r\nchangetype: add\r\ncn: a\r\n\r\n").unwrap();
    assert_eq!(parsed.records[0].entry.attributes.keys().collect::<Vec<_>>(), ["cn"]);
    assert_eq!(parsed.broken, []);
}

#[test]
fn a_record_that_cannot_be_read_breaks_nothing_else() {
    for (broken, dn, problem) in [
        (
            "dn: cn=b,dc=x\ncn:: ?\nsn: b\n",
            Some("cn=b,dc=x"),
            "line 5: the value of `cn` after `::` is not Base64 (RFC 2849): see its character 1;",
        ),
        (
            "dn: cn=b,dc=x\njpegPhoto:< file:///a.jpg\nsn: b\n",
            Some("cn=b,dc=x"),
            "line 5: the value of `jpegPhoto` refers to a file",
        ),
        ("dn: b\nsn: b\n", None, "line 4: the name is not a distinguished name: character 1: "),
        ("dn:: /w==\nsn: b\n", None, "line 4: the name is not UTF-8"),
        ("dn:: ?\nsn: b\n", None, "line 4: the value of `dn` after `::` is not Base64"),
    ] {
        let file = format!("dn: cn=a,dc=x\ncn: a\n\n{broken}\ndn: cn=c,dc=x\ncn: c\n\n");
        let parsed = parse(file.as_bytes()).unwrap();
        let shown: Vec<_> = parsed.records.iter().map(|record| record.dn.as_str()).collect();
        assert_eq!(shown, ["cn=a,dc=x", "cn=c,dc=x"]);
        let [record] = parsed.broken.as_slice() else { panic!("{parsed:?}") };
        assert_eq!(record.line, 4);
        assert_eq!(record.dn.as_ref().map(crate::directory::dn::Dn::as_str), dn);
        let Wrong::Unreadable(found) = &record.wrong else { panic!("{record:?}") };
        assert!(found.to_string().starts_with(problem), "{found}");
        assert_eq!(record.entry.values("sn"), [b"b"], "what can be read is kept");
    }
}

#[test]
fn replication_state_is_told_from_options_that_make_another_attribute() {
    let file = "dn: cn=a,dc=x\n\
                member;adcsn-6b0967dd000000010000;vucsn-6b0967dd000000010000: uid=a\n\
                member;vucsn-6b0967dd000000010000: uid=b\n\
                member;vdcsn-6b0967dd000000010000;deleted: uid=c\n\
                member;vucsn-6b0967dd000000010000;vdcsn-6b0967dd000000010001;deleted: uid=d\n\
                description;adcsn-6b0967dd000000010000;deletedattribute;deleted:\n\
                cn;mdcsn-6B0967DD000000010000: a\n\
                cn;lang-de: b\n\
                cn;lang-de;vucsn-6b0967dd000000010000: c\n\
                cn;phonetic;vucsn-6b0967dd000000010000: d\n\
                cn;csn-6b09: e\n\
                objectClass;vucsn-6b0967dd000100010000: nsTombstone\n\
                userCertificate;binary;vucsn-6b0967dd000000010000:: YQ==\n";
    let one = |name: &str, value: &str| (name.to_owned(), vec![value.to_owned()]);
    assert_eq!(
        attributes(&format!("{file}\n")),
        [
            one("cn", "a"),
            ("member".to_owned(), vec!["uid=a".to_owned(), "uid=b".to_owned()]),
            one("objectclass", "nsTombstone"),
            one("usercertificate", "a"),
        ]
    );
}

#[test]
fn the_last_entry_of_a_file_that_just_ends_is_not_relied_on_wherever_it_is_cut() {
    let first = "dn: cn=a,dc=x\ncn: a\n\n";
    let last = "dn: cn=b,dc=x\nobjectClass: x\ncn:: Yg==\nmember: cn=a,\n dc=x\nmember;range=0-*: cn=c\n";
    for length in 1..=last.len() {
        let file = format!("{first}{}", &last[..length]);
        let parsed = parse(file.as_bytes()).unwrap_or_else(|error| panic!("{error}: {file}"));
        assert_eq!(parsed.records.len(), 1, "{file}");
        let [BrokenRecord { line: 4, dn, wrong: Wrong::CutOff, .. }] = parsed.broken.as_slice() else {
            panic!("{parsed:?}")
        };
        // The name may be cut as long as nothing follows it.
        assert_eq!(dn.is_some(), last[..length].contains("x\no"), "{file}");
        assert!(!parsed.is_whole);
    }
    let parsed = parse(format!("{first}{last}\n").as_bytes()).unwrap();
    assert_eq!((parsed.records.len(), parsed.broken.len(), parsed.is_whole), (2, 0, false));
    let parsed = parse(format!("{first}{}\r\n", last.replace('\n', "\r\n")).as_bytes()).unwrap();
    assert_eq!((parsed.records.len(), parsed.broken.len(), parsed.is_whole), (2, 0, false));
}

proptest! {
    #[test]
    fn a_valid_file_is_read_back(
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
        file += end;
        let parsed = parse(file.as_bytes()).unwrap();
        prop_assert_eq!(&parsed.records[0].entry.attributes["cn"], &values);
    }

    #[test]
    fn no_file_panics(octets in any::<Vec<u8>>(), symbols in "(dn: cn=a|cn:|:: |:< |\n|\r\n| |#|version: 1|result: |ref: ldap|é){0,20}") {
        let _ = parse(&octets);
        let _ = parse(symbols.as_bytes());
    }
}
