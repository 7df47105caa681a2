//! The octets of an answer, bounded.

use reqwest::Response;
use serde_json::Value;

use crate::memory;
use crate::traffic::Traffic;

/// The octets of one answer. A group of 100,000 members has 4 MB.
const MAX_OCTETS: usize = 64 << 20;

/// Why a body could not be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unread {
    /// The connection broke.
    #[error("{0}")]
    Broken(reqwest::Error),
    /// It has no end that can be afforded.
    #[error("the answer has more than {} MiB", MAX_OCTETS >> 20)]
    TooLong,
    /// The memory is full.
    #[error("the read was ended, because the directory and the dashboard server sent {0}")]
    Full(memory::Full),
}

/// The body of an answer: JSON; `None` where it is not.
pub(super) async fn read(
    mut response: Response,
    memory: &mut memory::Watch,
    traffic: &Traffic,
) -> Result<Option<Value>, Unread> {
    let mut octets = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(Unread::Broken)? {
        traffic.receive(chunk.len());
        memory.note(chunk.len()).await.map_err(Unread::Full)?;
        if octets.len() + chunk.len() > MAX_OCTETS {
            return Err(Unread::TooLong);
        }
        octets.extend_from_slice(&chunk);
    }
    if octets.iter().all(u8::is_ascii_whitespace) {
        return Ok(Some(Value::Null));
    }
    Ok(serde_json::from_slice(&octets).ok())
}
