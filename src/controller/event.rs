//! Events (`events.k8s.io`): only about changes, naming groups and counts, never persons. A run never fails because
//! one could not be published.

use kube::runtime::events::{Event, EventType, Recorder, Reporter};
use kube::{Client, Resource};

use super::api_server::answer;
use super::patch::FIELD_MANAGER;
use crate::sync::escape::visible;

/// The longest note, in octets: the API's limit is 1 kB.
const NOTE_MAX_LENGTH: usize = 1000;

/// Something that happened to an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EventDraft {
    /// Whether it is a warning.
    pub(super) warning: bool,
    /// What happened, in one word.
    pub(super) reason: &'static str,
    /// What the operator was doing, in one word.
    pub(super) action: &'static str,
    /// What happened, in a sentence.
    pub(super) text: String,
}

/// Publishes what happened to an object.
pub(super) async fn publish<K: Resource<DynamicType = ()>>(client: &Client, object: &K, notes: Vec<EventDraft>) {
    let reporter = Reporter { controller: FIELD_MANAGER.to_owned(), instance: None };
    for note in notes {
        // One recorder would combine events with the same reason under the first note, but the notes differ.
        let recorder = Recorder::new(client.clone(), reporter.clone());
        let event = Event {
            type_: if note.warning { EventType::Warning } else { EventType::Normal },
            reason: note.reason.to_owned(),
            note: Some(cut(&note.text)),
            action: note.action.to_owned(),
            secondary: None,
        };
        if let Err(error) = answer(recorder.publish(&event, &object.object_ref(&()))).await {
            tracing::warn!(reason = note.reason, error = %error, "publishing an event");
        }
    }
}

/// The text with invisible characters escaped, and not too long.
fn cut(text: &str) -> String {
    let mut text = visible(text, false).into_owned();
    if text.len() > NOTE_MAX_LENGTH {
        let end = (0..=NOTE_MAX_LENGTH - '…'.len_utf8()).rev().find(|end| text.is_char_boundary(*end));
        text.truncate(end.unwrap_or_default());
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_cut_between_characters() {
        for text in ["é".repeat(600), "x".repeat(1001), "short".to_owned(), "€".repeat(400)] {
            let note = cut(&text);
            assert!(note.len() <= NOTE_MAX_LENGTH && (note == text || note.ends_with('…')));
        }
    }

    #[test]
    fn a_note_shows_what_is_in_it() {
        assert_eq!(cut("a\u{1b}[2K\r\u{202e}b"), r"a\u{1b}[2K\u{d}\u{202e}b");
    }
}
