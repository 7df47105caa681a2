//! The text form of a filter.

use std::fmt::{self, Display, Formatter, Write as _};

use super::{Assertion, Extensible, Filter, Substrings};

/// RFC 4515: what [`Filter::parse`] reads back as the same filter.
impl Display for Filter {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_char('(')?;
        match self {
            Self::And(filters) => list(f, '&', filters),
            Self::Or(filters) => list(f, '|', filters),
            Self::Not(inner) => write!(f, "!{inner}"),
            Self::Equality(assertion) => compare(f, assertion, "="),
            Self::Present(attribute) => write!(f, "{attribute}=*"),
            Self::Substrings(pattern) => substrings(f, pattern),
            Self::GreaterOrEqual(assertion) => compare(f, assertion, ">="),
            Self::LessOrEqual(assertion) => compare(f, assertion, "<="),
            Self::Approximate(assertion) => compare(f, assertion, "~="),
            Self::Extensible(extensible) => by_rule(f, extensible),
        }?;
        f.write_char(')')
    }
}

fn list(f: &mut Formatter<'_>, operator: char, filters: &[Filter]) -> fmt::Result {
    f.write_char(operator)?;
    filters.iter().try_for_each(|filter| filter.fmt(f))
}

fn compare(f: &mut Formatter<'_>, assertion: &Assertion, operator: &str) -> fmt::Result {
    write!(f, "{}{operator}", assertion.attribute)?;
    value(f, &assertion.value)
}

fn substrings(f: &mut Formatter<'_>, pattern: &Substrings) -> fmt::Result {
    write!(f, "{}=", pattern.attribute)?;
    value(f, pattern.initial.as_deref().unwrap_or_default())?;
    f.write_char('*')?;
    for piece in &pattern.any {
        value(f, piece)?;
        f.write_char('*')?;
    }
    value(f, pattern.last.as_deref().unwrap_or_default())
}

fn by_rule(f: &mut Formatter<'_>, extensible: &Extensible) -> fmt::Result {
    f.write_str(extensible.attribute.as_deref().unwrap_or_default())?;
    if extensible.dn {
        f.write_str(":dn")?;
    }
    if let Some(rule) = &extensible.rule {
        write!(f, ":{rule}")?;
    }
    f.write_str(":=")?;
    value(f, &extensible.value)
}

/// Text. The five characters of RFC 4515 section 3, other control characters, and octets that are not UTF-8 are
/// escaped.
fn value(f: &mut Formatter<'_>, octets: &[u8]) -> fmt::Result {
    for chunk in octets.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '*' | '(' | ')' | '\\' | '\0'..='\x1f' | '\x7f' => write!(f, "\\{:02x}", u32::from(character))?,
                other => f.write_char(other)?,
            }
        }
        for octet in chunk.invalid() {
            write!(f, "\\{octet:02x}")?;
        }
    }
    Ok(())
}
