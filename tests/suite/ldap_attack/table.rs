//! What a hostile directory answers to the search for groups, and what a run says to that.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::TcpStream;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use directory_group_sync::api::v1alpha1::condition::Reason;

use super::REQUEST;
use super::octets::{element, group, message, message_with, result, text};
use crate::scripted_ldap::{Answer, Search};

use Reason::{
    DirectoryAnswerMalformed as Malformed, DirectoryReadIncomplete as Incomplete, DirectoryUnreachable as Unreachable,
};

/// What is answered to the search for groups.
pub(super) type Script = Box<dyn Fn(&Search) -> Vec<Answer> + Send + Sync>;

/// One row.
pub(super) struct Attack {
    pub(super) name: &'static str,
    /// The reason that the run gives.
    pub(super) reason: Reason,
    /// What it says.
    pub(super) says: &'static str,
    /// The time-out that ends it; without one, the guard does.
    pub(super) ends: Duration,
    /// The answer to the search for groups.
    pub(super) script: Script,
}

fn attack(
    name: &'static str,
    reason: Reason,
    says: &'static str,
    script: impl Fn(&Search) -> Vec<Answer> + Send + Sync + 'static,
) -> Attack {
    Attack { name, reason, says, ends: Duration::ZERO, script: Box::new(script) }
}

fn patient(name: &'static str, script: impl Fn(&Search) -> Vec<Answer> + Send + Sync + 'static) -> Attack {
    let (reason, says) = (Reason::DirectoryTimedOut, "no answer within 3 s");
    Attack { name, reason, says, ends: REQUEST, script: Box::new(script) }
}

/// A million elements, each in the one before it.
fn nested() -> Vec<u8> {
    const LEVELS: u32 = 1_000_000;
    (1..=LEVELS).rev().flat_map(|level| [&[0x30, 0x84], &(6 * (level - 1)).to_be_bytes()[..]].concat()).collect()
}

/// The names of the attacks, each with the reason that a run gives for it.
pub(crate) fn reasons() -> BTreeMap<&'static str, Reason> {
    attacks().iter().map(|attack| (attack.name, attack.reason)).collect()
}

/// The table.
pub(super) fn attacks() -> Vec<Attack> {
    let (pages, nested) = (AtomicU32::new(0), element(0x64, &nested()));
    vec![
        attack("elements nested a million deep", Malformed, "nested more than 32 deep", move |search| {
            vec![Answer::Octets(message(search, &nested))]
        }),
        attack("a header that claims 2 GiB", Incomplete, "a message of 2147483647 octets", |_| {
            for_ever(|number| if number == 0 { b"\x30\x84\x7f\xff\xff\xff".to_vec() } else { vec![0; 65_536] })
        }),
        attack("an inner length beyond the outer one", Malformed, "ends outside the one around it", |search| {
            vec![Answer::Octets(message(search, b"\x64\x84\x00\x00\xff\xff")), Answer::Silence]
        }),
        attack("an indefinite length", Malformed, "an indefinite length", |_| {
            vec![Answer::Octets(b"\x30\x80".to_vec())]
        }),
        attack("a value of 1 MiB", Incomplete, "a value of 1048576 octets", |search| {
            vec![Answer::Octets(message(search, &group(0, "description", &element(0x04, &[b'x'; 1 << 20]))))]
        }),
        attack("an entry with a million values", Incomplete, "a message of over 524288 values", |search| {
            vec![Answer::Octets(message(search, &group(0, "member", &b"\x04\x01x".repeat(1_000_000))))]
        }),
        attack("as many values as one message may have", Incomplete, "sizeLimitExceeded", |search| {
            let entry = message(search, &group(0, "jpegPhoto", &b"\x04\x01x".repeat(524_000)));
            vec![Answer::Octets(entry), Answer::Octets(message(search, &result(0x65, 4, b"")))]
        }),
        attack("as many octets as one message may have", Incomplete, "sizeLimitExceeded", |search| {
            let value = element(0x04, &[b'x'; 100]);
            let entry = message(search, &group(0, "jpegPhoto", &value.repeat(316_000)));
            vec![Answer::Octets(entry), Answer::Octets(message(search, &result(0x65, 4, b"")))]
        }),
        attack(
            "a diagnostic that is no text",
            Malformed,
            "a diagnostic message beside result 12 that is not UTF-8",
            |search| vec![Answer::Octets(message(search, &result(0x65, 12, b"caf\xe9")))],
        ),
        attack("an unknown operation", Malformed, "an operation that is not an answer", |search| {
            vec![Answer::Octets(message(search, &element(0x6e, b"")))]
        }),
        attack("answers to no request", Malformed, "an answer to request 9999, which is not open", |_| {
            for_ever(|_| element(0x30, &[&b"\x02\x02\x27\x0f"[..], &result(0x65, 0, b"")].concat()))
        }),
        attack("messages that nobody asked for", Unreachable, "the server ended the session (result 52: bye)", |_| {
            for_ever(|_| element(0x30, &[&b"\x02\x01\x00"[..], &result(0x78, 52, b"bye")].concat()))
        }),
        attack("100,000 empty pages with moving cookies", Malformed, "empty pages again and again", move |search| {
            let number = pages.fetch_add(1, Ordering::Relaxed).to_be_bytes();
            let value = element(0x30, &[&[0x02, 0x01, 0x00], &element(0x04, &number)[..]].concat());
            let control = element(0x30, &[text("1.2.840.113556.1.4.319"), element(0x04, &value)].concat());
            vec![Answer::Octets(message_with(search, &[result(0x65, 0, b""), element(0xa0, &control)].concat()))]
        }),
        attack("references out of the base for ever", Incomplete, "references are never followed", |search| {
            let reference = message(search, &element(0x73, &text("ldap://elsewhere/DC=child,DC=corp")));
            for_ever(move |_| reference.clone())
        }),
        patient("references to what is no data for ever", |search| {
            let reference = message(search, &element(0x73, &text("ldap://x/CN=Configuration,DC=corp")));
            for_ever_at_a_pace(reference.repeat(100))
        }),
        patient("notes between the entries for ever", |search| {
            let note = message(search, &element(0x79, &element(0x80, b"1.2.3")));
            for_ever_at_a_pace(note.repeat(100))
        }),
        patient("the same entry for ever", |search| for_ever_at_a_pace(message(search, &group(0, "member", b"")))),
        patient("one octet a second", |search| {
            let octets = message(search, &group(0, "member", b""));
            vec![Answer::Stream(Box::new(slowly(octets, Duration::from_secs(1))))]
        }),
        patient("silence in the middle of an entry", |search| {
            let octets = message(search, &group(0, "member", b""));
            vec![Answer::Octets(octets[..octets.len() / 2].to_vec()), Answer::Silence]
        }),
        patient("silence", |_| vec![Answer::Silence]),
    ]
}

/// Sends what this makes until the connection is closed.
pub(super) fn for_ever(mut next: impl FnMut(u32) -> Vec<u8> + 'static) -> Vec<Answer> {
    vec![Answer::Stream(Box::new(move |stream| {
        for number in 0.. {
            stream.write_all(&next(number))?;
        }
        Ok(())
    }))]
}

/// The same, with pauses so that a time-out comes before the bound on messages.
fn for_ever_at_a_pace(octets: Vec<u8>) -> Vec<Answer> {
    for_ever(move |_| {
        std::thread::sleep(Duration::from_millis(1));
        octets.clone()
    })
}

/// Sends these octets one by one.
fn slowly(octets: Vec<u8>, pause: Duration) -> impl FnOnce(&mut TcpStream) -> std::io::Result<()> {
    move |stream| {
        for octet in octets {
            stream.write_all(&[octet])?;
            // The pauses are the attack.
            std::thread::sleep(pause);
        }
        Ok(())
    }
}
