//! The form of the file: a head of one length, and lines. The head says how many octets of lines count and what their digest
//! is, so that a file which was cut, edited or mixed with another one is noticed, and a write that was cut off is not.

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::store::link_book::ledger::{Ledger, WrongLine};
use crate::store::link_book::line::LineReader;

const FORMAT: &str = "directory-group-sync links";
const VERSION: u32 = 1;
/// How many octets [`head`] has.
pub(super) const HEAD_LENGTH: u64 = 160;

/// A file with more lines than twice its entries and this many is rewritten.
const SUPERFLUOUS_LINES: usize = 1000;

/// What a file says.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub(super) ledger: Ledger,
    pub(super) lines: usize,
    /// How many octets the lines have.
    pub(super) octets: u64,
    /// Of the lines, to be continued.
    pub(super) digest: Sha256,
}

impl Content {
    /// Whether so much is no longer true that the file should be rewritten.
    pub(super) fn is_worth_rewriting(&self) -> bool {
        self.lines > 2 * self.ledger.len() + SUPERFLUOUS_LINES
    }
}

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum Damage {
    #[error("it does not start as a file of links does")]
    Foreign,
    #[error(
        "its version is {0}, and this program knows version {VERSION}: use the program that wrote it, or a newer one"
    )]
    Version(u32),
    #[error("it is cut: it should have {expected} octets and has {found}")]
    Cut { expected: u64, found: u64 },
    #[error("its content does not fit its digest: somebody edited it, or it is damaged")]
    Digest,
    #[error("it is not UTF-8")]
    Encoding,
    #[error(transparent)]
    Line(#[from] WrongLine),
}

#[derive(Deserialize)]
struct Versioned {
    format: String,
    version: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    #[serde(rename = "format")]
    _format: String,
    #[serde(rename = "version")]
    _version: u32,
    octets: String,
    sha256: String,
}

/// The first line of a file whose lines have these octets and this digest.
pub(super) fn head(octets: u64, digest: &Sha256) -> String {
    let digest = digest.clone().finalize();
    format!("{{\"format\":\"{FORMAT}\",\"version\":{VERSION},\"octets\":\"{octets:020}\",\"sha256\":\"{digest:x}\"}}\n")
}

/// Reads a file, all of it.
pub(super) fn parse(file: &[u8]) -> Result<Content, Damage> {
    let first = file.iter().position(|octet| *octet == b'\n').ok_or(Damage::Foreign)?;
    let first = &file[..first];
    match serde_json::from_slice(first) {
        Ok(Versioned { format, .. }) if format != FORMAT => return Err(Damage::Foreign),
        Ok(Versioned { version: VERSION, .. }) => {}
        Ok(Versioned { version, .. }) => return Err(Damage::Version(version)),
        Err(_) => return Err(Damage::Foreign),
    }
    let Head { octets, sha256, .. } = serde_json::from_slice(first).map_err(|_| Damage::Foreign)?;
    let octets: u64 = octets.parse().map_err(|_| Damage::Foreign)?;
    let expected = HEAD_LENGTH.saturating_add(octets);
    let found = file.len() as u64;
    let cut = || Damage::Cut { expected, found };
    let length = usize::try_from(octets).map_err(|_| cut())?;
    let lines = file.get(first.len() + 1..).and_then(|lines| lines.get(..length)).ok_or_else(cut)?;
    let digest = Sha256::new_with_prefix(lines);
    if format!("{:x}", digest.clone().finalize()) != sha256 {
        return Err(Damage::Digest);
    }
    if head(octets, &digest).as_bytes().strip_suffix(b"\n") != Some(first) {
        return Err(Damage::Foreign);
    }
    let text = std::str::from_utf8(lines).map_err(|_| Damage::Encoding)?;
    let mut ledger = Ledger::default();
    let lines = ledger.replay(text, &mut LineReader::default())?;
    Ok(Content { ledger, lines, octets, digest })
}
