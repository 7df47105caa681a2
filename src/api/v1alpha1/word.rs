//! The words of a status: each of a list that is documented and may grow.
//!
//! They travel as plain texts. A definition that listed them would refuse the status of a newer operator, and an operator
//! that read nothing but those it knows would lose what a newer one wrote.

use schemars::{Schema, SchemaGenerator, json_schema};

/// What the API machinery allows for the reason of a condition.
const PATTERN: &str = "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$";
/// The longest word, in characters.
const MAX_LENGTH: usize = 128;

/// Declares an enumeration of names that go over the wire.
macro_rules! vocabulary {
    (
        $(#[$meta:meta])*
        pub enum $name:ident { $( $(#[$docs:meta])* $variant:ident = $text:literal, )+ }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $( $(#[$docs])* $variant, )+ }

        impl $name {
            /// Every one of them, in the order of their declaration.
            pub const ALL: &'static [Self] = &[ $( Self::$variant, )+ ];

            /// The name as it goes over the wire. It never changes.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $text, )+ }
            }

            /// What goes by this name; `None`: a newer version wrote it.
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
