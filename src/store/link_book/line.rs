//! A change of a book as a line of text: one JSON object, named after the kind of change. A book that is kept as text is such
//! lines in their order.

mod link;
mod remembered;
mod text;

use serde::{Deserialize, Serialize};

use self::link::{AccountLine, GroupLine, Owners};
use self::remembered::{ClaimsLine, DirectoryLine, ForgetLine};
use super::BookChange;

/// Writes changes as lines, each with a line feed at its end.
///
/// # Errors
/// Those of the serializer. The types of lines cause none.
pub fn lines_of<'a>(changes: impl IntoIterator<Item = &'a BookChange>) -> Result<Vec<String>, serde_json::Error> {
    let line = |change: &BookChange| Ok(serde_json::to_string(&Line::from(change))? + "\n");
    changes.into_iter().map(line).collect()
}

/// Reads lines. One reader for a whole book, because links share their owners.
#[derive(Debug, Default)]
pub struct LineReader {
    owners: Owners,
}

impl LineReader {
    /// The change that a line says.
    ///
    /// # Errors
    /// When it is not one, in words. A field that is not known is one too many: a newer program may have meant something.
    pub fn change(&mut self, text: &str) -> Result<BookChange, serde_json::Error> {
        Ok(match serde_json::from_str(text)? {
            Line::Group(line) => BookChange::Group(line.into_entry(&mut self.owners)),
            Line::Account(line) => BookChange::Account(line.into_entry(&mut self.owners)),
            Line::Forget(line) => {
                let (directory_id, id) = line.ids();
                BookChange::Forget(directory_id, id)
            }
            Line::Directory(line) => BookChange::Remember(line.into()),
            Line::Claims(line) => BookChange::Claim(line.into()),
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Line {
    Group(GroupLine),
    Account(AccountLine),
    Forget(ForgetLine),
    Directory(DirectoryLine),
    Claims(ClaimsLine),
}

impl From<&BookChange> for Line {
    fn from(change: &BookChange) -> Self {
        match change {
            BookChange::Group(entry) => Self::Group(entry.into()),
            BookChange::Account(entry) => Self::Account(entry.into()),
            BookChange::Forget(directory_id, id) => Self::Forget(ForgetLine::new(*directory_id, *id)),
            BookChange::Remember(known) => Self::Directory(known.into()),
            BookChange::Claim(claimed) => Self::Claims(claimed.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::sample::changes;
    use super::*;

    proptest! {
        #[test]
        fn every_change_survives_its_line(changes in changes(8)) {
            let mut reader = LineReader::default();
            for (line, change) in lines_of(&changes).unwrap().iter().zip(&changes) {
                let text = line.strip_suffix('\n').unwrap();
                prop_assert!(!text.contains('\n'));
                prop_assert_eq!(&reader.change(text).unwrap(), change);
            }
        }
    }

    #[test]
    fn what_is_not_a_line_is_refused() {
        let right = r#"{"forget":{"directory":"entryUUID:00000000-0000-0000-0000-000000000001","id":"entryUUID:00000000-0000-0000-0000-000000000002"}}"#;
        let read = |line: &str| LineReader::default().change(line);
        assert!(read(right).is_ok());
        for (from, to) in [
            ("entryUUID:", "uuid:"),
            ("000001", "00001"),
            ("forget", "remember"),
            ("{\"directory", "{\"more\":1,\"directory"),
            ("\"id\"", "\"directory\""),
            (",\"id\":\"entryUUID:00000000-0000-0000-0000-000000000002\"", ""),
            ("}}", "}"),
            ("}}", "}} x"),
        ] {
            let wrong = right.replacen(from, to, 1);
            assert_ne!(wrong, right);
            assert!(read(&wrong).is_err(), "{wrong}");
        }
    }
}
