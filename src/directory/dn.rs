//! Distinguished names: RFC 4514, with the older spellings of RFC 2253 and RFC 1779 that directories still write.
//!
//! Two names are the same if their normal forms are equal. A normal form has attribute types in lower case and by their
//! short name, and folded values. It has escapes only where a character would otherwise separate: a comma in it always
//! ends a relative name, so parents and bases are found by their text.

mod attribute_type;
mod extended;
#[cfg(fuzzing)]
pub mod fuzzing;
mod invalid;
mod normal;
mod parse;

pub use extended::ExtendedDn;
pub use invalid::InvalidDn;

use sha2::{Digest as _, Sha256};

use crate::sync::snapshot::{DnHash, Place};

/// A distinguished name that was parsed.
#[derive(Debug, Clone)]
pub struct Dn {
    text: String,
    normal: String,
}

/// Two names are equal if their normal forms are.
impl PartialEq for Dn {
    fn eq(&self, other: &Self) -> bool {
        self.normal == other.normal
    }
}

impl Eq for Dn {}

impl Dn {
    /// Parses the text form of RFC 4514 section 3. The empty text names the root.
    ///
    /// # Errors
    /// When the text breaks that grammar.
    pub fn parse(text: &str) -> Result<Self, InvalidDn> {
        let mut normal = String::with_capacity(text.len());
        normal::write(text, &mut normal)?;
        Ok(Self { text: text.to_owned(), normal })
    }

    /// The name as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The text that is equal for equal names. It is not for display and not a text form of RFC 4514.
    #[must_use]
    pub fn normal(&self) -> &str {
        &self.normal
    }

    /// The hash of the name, which the core keeps.
    #[must_use]
    pub fn hash(&self) -> DnHash {
        hash_of_normal(&self.normal)
    }

    /// The place of an entry with this name. The root is its own parent.
    #[must_use]
    pub fn place(&self) -> Place {
        place_of_normal(&self.normal)
    }

    /// Whether it is that base or lies below it.
    #[must_use]
    pub fn is_at_or_below(&self, base: &Self) -> bool {
        match self.normal.strip_suffix(&base.normal) {
            Some(rest) => rest.is_empty() || base.normal.is_empty() || rest.ends_with(','),
            None => false,
        }
    }

    /// Whether the first relative name has this attribute with this value, both in any case. The attribute may be given
    /// by any of its names.
    #[must_use]
    pub fn is_named_by(&self, attribute: &str, value: &str) -> bool {
        let mut pair = String::new();
        normal::write_pair(attribute, value, &mut pair);
        own_name(&self.normal).split('+').any(|own| own == pair)
    }

    /// The value of the first pair of its first relative name, without escapes and in the case in which it was given;
    /// empty for the root, and where it is not text.
    #[must_use]
    pub fn own_value(&self) -> String {
        match parse::Parser::new(&self.text).pair() {
            Ok(Some(parse::Pair { value: parse::Value::Octets(octets), .. })) => {
                String::from_utf8(octets.into_owned()).unwrap_or_default()
            }
            _ => String::new(),
        }
    }
}

impl std::fmt::Display for Dn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

/// Hashes names one after the other with one buffer, because there may be a million member values.
#[derive(Debug, Default)]
pub struct Hasher {
    normal: String,
}

impl Hasher {
    /// The hash of a name, equal to [`Dn::hash`].
    ///
    /// # Errors
    /// When the text is not a distinguished name.
    pub fn hash(&mut self, text: &str) -> Result<DnHash, InvalidDn> {
        self.normalize(text)?;
        Ok(hash_of_normal(&self.normal))
    }

    /// The place of an entry with this name, equal to [`Dn::place`].
    ///
    /// # Errors
    /// When the text is not a distinguished name.
    pub fn place(&mut self, text: &str) -> Result<Place, InvalidDn> {
        self.normalize(text)?;
        Ok(place_of_normal(&self.normal))
    }

    fn normalize(&mut self, text: &str) -> Result<(), InvalidDn> {
        self.normal.clear();
        normal::write(text, &mut self.normal)
    }
}

/// The first 16 bytes of SHA-256: no user can choose a name that collides with another one.
fn hash_of_normal(normal: &str) -> DnHash {
    let digest = Sha256::digest(normal.as_bytes());
    let mut hash = [0; 16];
    hash.copy_from_slice(&digest[..16]);
    DnHash(hash)
}

fn place_of_normal(normal: &str) -> Place {
    let parent = normal.split_once(',').map_or("", |(_, parent)| parent);
    Place { dn: hash_of_normal(normal), parent: hash_of_normal(parent) }
}

fn own_name(normal: &str) -> &str {
    normal.split_once(',').map_or(normal, |(own, _)| own)
}

#[cfg(test)]
mod tests;
