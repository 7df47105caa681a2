//! How much text a store may have. A read keeps all of it, so it is bounded by what user stores have, not by what
//! databases take.

use crate::store::Error;

/// The longest text that is written, in characters. Directories have names, addresses and descriptions of up to some
/// thousand.
pub(super) const MOST_CHARACTERS: usize = 1 << 14;
/// The longest text that is read, in octets: that many characters in UTF-8.
pub(super) const LONGEST_TEXT: usize = MOST_CHARACTERS * 4;
/// What all texts may have together, in octets, and how much more for each row. An account with its link has some 500.
const MOST_TEXT: u64 = 64 << 20;
const MORE_FOR_EACH_ROW: u64 = 2 << 10;

/// The texts that were read so far.
#[derive(Debug, Default)]
pub(super) struct TextBounds {
    octets: u64,
    rows: u64,
}

impl TextBounds {
    /// Counts the texts of a row of this table.
    ///
    /// # Errors
    /// When one of them or all of them are longer than any store's.
    pub(super) fn admit<'t>(
        &mut self,
        table: &str,
        texts: impl IntoIterator<Item = Option<&'t str>>,
    ) -> Result<(), Error> {
        self.rows += 1;
        for text in texts.into_iter().flatten() {
            if text.len() > LONGEST_TEXT {
                return Err(too_long(table));
            }
            self.octets += text.len() as u64;
        }
        if self.octets > MOST_TEXT + self.rows * MORE_FOR_EACH_ROW {
            let found = format!(
                "{} MiB of text in {} rows, which is more than any user store has: check what is in users and groups",
                self.octets >> 20,
                self.rows
            );
            return Err(Error::unexpected("reading the store", found));
        }
        Ok(())
    }
}

/// A text in this table is longer than any store's.
pub(super) fn too_long(table: &str) -> Error {
    let found = format!("a text of more than {LONGEST_TEXT} octets: shorten it");
    Error::unexpected(format!("reading {table}"), found)
}

/// The beginning of a text that is not what it should be, for a message.
pub(super) fn beginning(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_text_and_all_texts_have_a_bound() {
        let text = "x".repeat(LONGEST_TEXT);
        TextBounds::default().admit("users", [Some(&*text), None]).unwrap();
        let longer = format!("{text}x");
        let error = TextBounds::default().admit("users", [Some(&*longer)]).unwrap_err().to_string();
        assert!(error.contains("reading users: a text of more than 65536 octets"), "{error}");

        let mut bounds = TextBounds::default();
        let refused = (0..30_000).find_map(|_| bounds.admit("users", [Some(&text[..30_000])]).err());
        assert!(refused.unwrap().to_string().contains("MiB of text in"));
        let mut bounds = TextBounds::default();
        assert!((0..1_000_000).all(|_| bounds.admit("users", [Some(&text[..1_000])]).is_ok()));
    }
}
