//! The words of a status: each is from a documented list, to which words may be added.
//!
//! They are transmitted as plain texts. A definition that listed them would refuse the status of a newer operator, and an
//! operator that read only the words that it knows would lose what a newer one wrote.

use schemars::{Schema, SchemaGenerator, json_schema};

/// The pattern that the API machinery requires for the reason of a condition.
const PATTERN: &str = "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$";
/// The longest word, in characters.
const MAX_LENGTH: usize = 128;

/// Declares an enumeration of names that are transmitted.
macro_rules! vocabulary {
    (
        $(#[$meta:meta])*
        pub enum $name:ident { $( $(#[$docs:meta])* $variant:ident = $text:literal, )+ }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $( $(#[$docs])* $variant, )+ }

        impl $name {
            /// All words, in the order of their declaration.
            pub const ALL: &'static [Self] = &[ $( Self::$variant, )+ ];

            /// The name as it is transmitted. It never changes.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $text, )+ }
            }

            /// The word with this name. `None`: a newer version wrote it.
            #[must_use]
            pub fn named(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|word| word.as_str() == text)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl From<$name> for &'static str {
            fn from(name: $name) -> Self {
                name.as_str()
            }
        }
    };
}
pub(super) use vocabulary;

/// The schema of a word.
pub(super) fn word(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "maxLength": MAX_LENGTH, "pattern": PATTERN})
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use crate::api::v1alpha1::condition::{ConditionType, Reason};
    use crate::api::v1alpha1::directory::status::BindState;
    use crate::api::v1alpha1::directory_group_sync::status::{DuplicateReason, ProblemKind, RunResult};

    /// Every source file outside this folder.
    fn sources(folder: &Path, text: &mut String) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("src/api") {
                sources(&path, text);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                // Tests expect words. A translation into the words of the API sets none.
                let lines = fs::read_to_string(&path).unwrap();
                let code = lines.split("#[cfg(test)]").next().unwrap();
                text.extend(code.lines().filter(|line| !line.contains("=> api::")).map(|line| format!("{line}\n")));
            }
        }
    }

    /// A word that is documented and never set would make administrators wait for it.
    #[test]
    fn every_word_is_set_somewhere() {
        let mut text = String::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut text);
        let words = |name: &str, words: Vec<String>| words.into_iter().map(|word| format!("{name}::{word}")).collect();
        let all: [Vec<String>; 6] = [
            words("ConditionType", ConditionType::ALL.iter().map(|word| format!("{word:?}")).collect()),
            words("Reason", Reason::ALL.iter().map(|word| format!("{word:?}")).collect()),
            words("BindState", BindState::ALL.iter().map(|word| format!("{word:?}")).collect()),
            words("DuplicateReason", DuplicateReason::ALL.iter().map(|word| format!("{word:?}")).collect()),
            words("ProblemKind", ProblemKind::ALL.iter().map(|word| format!("{word:?}")).collect()),
            words("RunResult", RunResult::ALL.iter().map(|word| format!("{word:?}")).collect()),
        ];
        let is_set = |word: &str| {
            text.match_indices(word).any(|(at, _)| !text[at + word.len()..].starts_with(|c: char| c.is_alphanumeric()))
        };
        let unset: Vec<_> = all.iter().flatten().filter(|word| !is_set(word)).collect();
        assert!(unset.is_empty(), "documented, but never set: {unset:?}");
    }
}
