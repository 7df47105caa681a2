//! Which octets the guard passes and which it refuses, in any pieces.

use proptest::prelude::*;

use super::bounds::{DEEPEST, LONGEST_VALUE};
use super::message::{
    BIND_RESPONSE, EXTENDED_RESPONSE, INTERMEDIATE_RESPONSE, SEARCH_RESULT_DONE, SEARCH_RESULT_ENTRY,
    SEARCH_RESULT_REFERENCE,
};
use super::*;
use crate::ber::{BOOLEAN, ENUMERATED, INTEGER, OCTET_STRING, SEQUENCE, element, integer};

const CONTROLS: u8 = 0xa0;

fn message(id: u32, parts: &[Vec<u8>]) -> Vec<u8> {
    element(SEQUENCE, &[element(INTEGER, &integer(id)), parts.concat()].concat())
}

fn result(operation: u8, code: u8, name: &[u8], text: &[u8], more: &[Vec<u8>]) -> Vec<u8> {
    let parts = [element(ENUMERATED, &[code]), element(OCTET_STRING, name), element(OCTET_STRING, text)];
    element(operation, &[parts.concat(), more.concat()].concat())
}

fn entry(name: &str, values: &[&[u8]]) -> Vec<u8> {
    let values: Vec<u8> = values.iter().flat_map(|value| element(OCTET_STRING, value)).collect();
    let attribute = [element(OCTET_STRING, b"member"), element(0x31, &values)].concat();
    let attributes = element(SEQUENCE, &element(SEQUENCE, &attribute));
    element(SEARCH_RESULT_ENTRY, &[element(OCTET_STRING, name.as_bytes()), attributes].concat())
}

fn control(parts: &[Vec<u8>]) -> Vec<u8> {
    element(CONTROLS, &element(SEQUENCE, &parts.concat()))
}

fn done() -> Vec<u8> {
    let cookie = control(&[element(OCTET_STRING, b"1.2.840.113556.1.4.319"), element(OCTET_STRING, b"\x30\x00")]);
    message(2, &[result(SEARCH_RESULT_DONE, 0, b"", b"", &[]), cookie])
}

/// A guard that saw a bind with the id 1 and searches with the ids 2 and 300.
fn guard() -> Guard {
    let mut guard = Guard::default();
    let bind = element(0x60, &element(OCTET_STRING, b"\x03"));
    let search = element(0x63, &[7; 300]);
    let searches = [2, 300].map(|id| message(id, std::slice::from_ref(&search)));
    let requests = [message(1, &[bind]), searches.concat()].concat();
    for octet in requests {
        guard.note(&[octet]);
    }
    guard
}

/// The number of messages that pass and answer a search.
fn passed(octets: &[u8]) -> Result<usize, Violation> {
    guard().feed(octets).map(of_searches)
}

fn of_searches(passed: &[Passed]) -> usize {
    passed.iter().filter(|message| message.kind != MessageKind::Bind).count()
}

#[test]
fn honest_answers_pass() {
    let referral = element(0xa3, &element(OCTET_STRING, b"ldap://dc2/"));
    let critical = [element(OCTET_STRING, b"1.2.3"), element(BOOLEAN, &[0xff]), element(OCTET_STRING, b"v")];
    let answers = [
        message(1, &[result(BIND_RESPONSE, 0, b"", b"", &[element(0x87, b"\xff")])]),
        message(2, &[entry("cn=a", &[b"cn=b", b"\xff\xfe", b""])]),
        message(2, &[entry("", &[]), control(&critical)]),
        message(300, &[element(SEARCH_RESULT_REFERENCE, &element(OCTET_STRING, b"ldap://x/"))]),
        message(300, &[element(INTERMEDIATE_RESPONSE, &element(0x80, b"1.2.3"))]),
        message(300, &[result(SEARCH_RESULT_DONE, 10, b"dc=x", "später\0".as_bytes(), &[referral])]),
        done(),
    ];
    assert_eq!(passed(&answers.concat()), Ok(6), "the bind is no search");
    let mut long = answers[1].clone();
    // Active Directory writes every length in four octets.
    long.splice(1..2, [0x84, 0, 0, 0, long[1]]);
    assert_eq!(passed(&long), Ok(1));
}

#[test]
fn messages_that_ldap3_does_not_survive_are_refused() {
    let malformed = |operation: Vec<u8>| message(2, &[operation]);
    let code = element(ENUMERATED, &[0]);
    let empty = element(OCTET_STRING, b"");
    let no_text = [code.clone(), empty.clone()].concat();
    let bad_referral = element(0xa3, &element(OCTET_STRING, b"\xff"));
    for (octets, words) in [
        (malformed(result(SEARCH_RESULT_DONE, 12, b"", b"caf\xe9", &[])), "a diagnostic message beside result 12"),
        (malformed(result(SEARCH_RESULT_DONE, 0, b"\xff", b"", &[])), "the name in a result beside result 0"),
        (malformed(result(SEARCH_RESULT_DONE, 10, b"", b"", &[bad_referral])), "a referral beside result 10"),
        (malformed(result(SEARCH_RESULT_DONE, 10, b"", b"", &[element(0x83, b"x")])), "a malformed element"),
        (malformed(element(SEARCH_RESULT_DONE, &no_text)), "without its code, name and message"),
        (malformed(element(SEARCH_RESULT_DONE, &empty)), "a result without a code"),
        (malformed(element(SEARCH_RESULT_DONE, b"")), "without its code"),
        (
            malformed(element(SEARCH_RESULT_DONE, &[element(ENUMERATED, b""), empty.clone(), empty.clone()].concat())),
            "a result code that is not valid",
        ),
        (malformed(element(0x6f, b"")), "an operation that is not an answer"),
        (message(2, &[]), "a message without an operation"),
        (b"\x30\x00".to_vec(), "a message without an operation"),
        (element(SEQUENCE, &element(OCTET_STRING, b"x")), "a message without a number"),
        (element(SEQUENCE, &element(INTEGER, b"\xff")), "number is not valid"),
        (element(SEQUENCE, &element(INTEGER, b"\x01\0\0\0\0")), "number is not valid"),
        (message(2, &[entry("", &[]), element(CONTROLS, b"\x04\x00")]), "a malformed control"),
        (message(2, &[entry("", &[]), control(&[])]), "a control without a name"),
        (message(2, &[entry("", &[]), control(&[element(OCTET_STRING, b"\xff")])]), "the name of a control"),
        (message(2, &[entry("", &[]), control(&[empty.clone(), element(BOOLEAN, b"")])]), "a malformed control"),
        (message(2, &[entry("", &[]), control(&[]), control(&[])]), "a control without a name"),
        (message(2, &[entry("", &[]), element(SEQUENCE, b"")]), "an unexpected element"),
        (element(0x31, b""), "not the start of a message"),
        (message(7, &[entry("", &[])]), "request 7, which is not open"),
        (message(1, &[entry("", &[])]), "request 1 that does not fit it"),
        (message(2, &[result(BIND_RESPONSE, 0, b"", b"", &[])]), "request 2 that does not fit it"),
        ([done(), done()].concat(), "request 2, which is not open"),
    ] {
        match passed(&octets) {
            Err(Violation::Malformed(found)) => assert!(found.contains(words), "`{found}` says not `{words}`"),
            other => panic!("{words}: {other:?}"),
        }
    }
}

#[test]
fn encodings_that_lie_about_their_lengths_are_refused() {
    for (octets, words) in [
        (&b"\x30\x80\x02\x01\x02\0\0"[..], "an indefinite length"),
        (b"\x30\x85\0\0\0\0\x01", "more than four octets"),
        (b"\x30\xff", "more than four octets"),
        (b"\x3f\x01", "a tag of several octets"),
        (b"\x30\x05\x02\x04\0", "outside the one around it"),
        (b"\x30\x04\x02\x82\0\x01", "outside the one around it"),
        (b"\x30\x06\x02\x01\x02\x64\x7f", "outside the one around it"),
    ] {
        match passed(octets) {
            Err(Violation::Malformed(found)) => assert!(found.contains(words), "`{found}` says not `{words}`"),
            other => panic!("{words}: {other:?}"),
        }
    }
}

#[test]
fn more_than_the_limits_is_refused_before_it_comes() {
    let header = |length: u32| [b"\x30\x84".to_vec(), length.to_be_bytes().to_vec()].concat();
    assert_eq!(passed(&header(LONGEST_MESSAGE)), Ok(0));
    for length in [LONGEST_MESSAGE + 1, u32::MAX] {
        assert!(matches!(passed(&header(length)), Err(Violation::TooMuch(words)) if words.contains("a message of")));
    }
    let value =
        [&b"\x30\x84\0\x10\0\0\x02\x01\x02\x64\x84\0\x0f\xff\0\x04\x84"[..], &(LONGEST_VALUE + 1).to_be_bytes()];
    assert!(matches!(passed(&value.concat()), Err(Violation::TooMuch(words)) if words.contains("a value of")));
    let tiny: Vec<&[u8]> = vec![b""; 1 << 19];
    let many = message(2, &[entry("cn=a", &tiny)]);
    assert!(matches!(passed(&many), Err(Violation::TooMuch(words)) if words.contains("over 524288 values")));
}

#[test]
fn nesting_is_bounded() {
    // An element of `levels` elements, the innermost of which is empty.
    let nested = |levels: usize| (1..levels).fold(element(SEQUENCE, b""), |inner, _| element(SEQUENCE, &inner));
    let entry = |levels| message(2, &[element(SEARCH_RESULT_ENTRY, &nested(levels))]);
    assert_eq!(passed(&entry(DEEPEST - 2)), Ok(1));
    assert!(matches!(passed(&entry(DEEPEST - 1)), Err(Violation::Malformed(words)) if words.contains("32 deep")));
}

#[test]
fn a_notice_of_disconnection_ends_the_session_with_its_text() {
    let name = element(0x8a, b"1.3.6.1.4.1.1466.20036");
    let inside = message(0, &[result(EXTENDED_RESPONSE, 52, b"", b"shutting down\0", std::slice::from_ref(&name))]);
    // Active Directory puts the name after the response.
    let after = message(0, &[result(EXTENDED_RESPONSE, 52, b"", b"shutting down\0", &[]), name]);
    for notice in [inside, after] {
        assert_eq!(passed(&notice), Err(Violation::NoticeOfDisconnection("result 52: shutting down".into())));
    }
}

#[test]
fn the_guard_knows_whether_a_message_is_complete() {
    let octets = done();
    for cut in 1..octets.len() {
        let mut guard = guard();
        guard.feed(&octets[..cut]).unwrap();
        assert!(guard.is_inside_a_message(), "after {cut} octets");
        guard.feed(&octets[cut..]).unwrap();
        assert!(!guard.is_inside_a_message());
    }
}

/// Answers, some of them with octets changed.
fn answers() -> impl Strategy<Value = Vec<u8>> {
    let entries = proptest::collection::vec(any::<Vec<u8>>(), 0..4).prop_map(|values| {
        let values: Vec<&[u8]> = values.iter().map(Vec::as_slice).collect();
        message(2, &[entry("cn=a", &values)])
    });
    let results = (any::<u8>(), any::<Vec<u8>>())
        .prop_map(|(code, text)| message(300, &[result(SEARCH_RESULT_DONE, code & 0x7f, b"", &text, &[])]));
    let messages = proptest::collection::vec(prop_oneof![entries, results, Just(done()), any::<Vec<u8>>()], 0..4);
    let changes = proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..3);
    (messages, changes).prop_map(|(messages, changes)| {
        let mut octets = messages.concat();
        for (position, octet) in changes {
            if !octets.is_empty() {
                let position = position.index(octets.len());
                octets[position] = octet;
            }
        }
        octets
    })
}

proptest! {
    #[test]
    fn pieces_change_nothing(octets in answers(), pieces in proptest::collection::vec(1usize..40, 1..20)) {
        let mut guard = guard();
        let (mut count, mut rest, mut violation) = (0, octets.as_slice(), None);
        for size in pieces.iter().cycle() {
            let (piece, after) = rest.split_at((*size).min(rest.len()));
            rest = after;
            match guard.feed(piece) {
                Ok(messages) => count += of_searches(messages),
                Err(found) => violation = Some(found),
            }
            if rest.is_empty() || violation.is_some() {
                break;
            }
        }
        match passed(&octets) {
            Ok(whole) => prop_assert_eq!((whole, None), (count, violation)),
            Err(whole) => prop_assert_eq!(Some(whole), violation),
        }
    }
}
