//! The form of the messages whose octets the driver takes without looking whether they are there (PostgreSQL manual,
//! "Message Formats").

use super::Violation;

/// The rounds of a sign-in by SCRAM (RFC 5802 section 3). PostgreSQL's `scram_iterations` is 4096 unless an
/// administrator raises it. A million take a second.
const MOST_ROUNDS: u32 = 1_000_000;

/// Checks the body of a message.
pub(super) fn check(kind: u8, body: &[u8]) -> Result<(), Violation> {
    let is_whole = match kind {
        b'R' => return authentication(body),
        b'K' => body.len() >= 8,
        b'Z' => body.len() == 1,
        b'G' | b'H' => body.split_at_checked(1).is_some_and(|(_, rest)| has_elements(rest, 2)),
        b't' => has_elements(body, 4),
        b'D' => row(body).is_some(),
        _ => true,
    };
    if is_whole { Ok(()) } else { Err(broken()) }
}

fn broken() -> Violation {
    Violation::Malformed("a message that breaks PostgreSQL's protocol".to_owned())
}

/// `AuthenticationRequest`.
fn authentication(body: &[u8]) -> Result<(), Violation> {
    let (method, rest) = body.split_first_chunk().ok_or_else(broken)?;
    match u32::from_be_bytes(*method) {
        // The salt of MD5.
        5 if rest.len() < 4 => Err(broken()),
        // SCRAM's challenge and its end: attributes, each a letter, `=` and a value (RFC 5802 section 5.1).
        11 | 12 if rest.split(|octet| *octet == b',').any(|attribute| attribute.len() < 2) => Err(broken()),
        11 => rounds(rest),
        _ => Ok(()),
    }
}

fn rounds(challenge: &[u8]) -> Result<(), Violation> {
    for attribute in challenge.split(|octet| *octet == b',') {
        let Some(text) = attribute.strip_prefix(b"i=") else { continue };
        let rounds = std::str::from_utf8(text).ok().and_then(|text| text.parse::<u64>().ok());
        if rounds.is_none_or(|rounds| rounds > u64::from(MOST_ROUNDS)) {
            let asked = "a sign-in by SCRAM with an unusual number of iterations";
            return Err(Violation::TooMuch(format!("{asked} (at most {MOST_ROUNDS})")));
        }
    }
    Ok(())
}

/// A count of 16 bits, and that many elements of this length.
fn has_elements(octets: &[u8], length: usize) -> bool {
    let Some((count, rest)) = octets.split_first_chunk() else { return false };
    rest.len() == usize::from(u16::from_be_bytes(*count)) * length
}

/// `DataRow`: each value is inside the message.
fn row(body: &[u8]) -> Option<()> {
    let (count, mut rest) = body.split_first_chunk()?;
    for _ in 0..u16::from_be_bytes(*count) {
        let (length, values) = rest.split_first_chunk()?;
        // A negative length is NULL.
        let length = usize::try_from(i32::from_be_bytes(*length)).unwrap_or(0);
        rest = values.get(length..)?;
    }
    Some(())
}
