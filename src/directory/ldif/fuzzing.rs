//! What the fuzzer reaches of this adapter (`fuzz/targets/ldif.rs`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::parse::{Parsed, parse};
use crate::directory::entry::Entry;

/// Reads a file, writes its entries and reads those.
pub fn file(octets: &[u8]) {
    let Ok(parsed) = parse(octets) else { return };
    let written = write(&parsed);
    let again = parse(written.as_bytes()).expect("what was written can be read");
    assert!(entries(&parsed).eq(entries(&again)), "{written}");
}

fn entries(parsed: &Parsed) -> impl Iterator<Item = &Entry> {
    parsed.records.iter().map(|record| &record.entry)
}

fn write(parsed: &Parsed) -> String {
    let mut written = String::new();
    for entry in entries(parsed) {
        let mut line = |name: &str, value: &[u8]| written.extend([name, ":: ", &STANDARD.encode(value), "\n"]);
        line("dn", entry.dn.as_bytes());
        for (name, values) in &entry.attributes {
            values.iter().for_each(|value| line(name, value));
        }
        written.push('\n');
    }
    written
}
