//! The grammar of RFC 4515 section 3.

use super::{Assertion, Extensible, Filter, InvalidFilter, Substrings};

pub(super) fn filter(text: &str) -> Result<Filter, InvalidFilter> {
    if text.len() > Filter::MAX_LENGTH {
        return Err(InvalidFilter {
            position: 1,
            problem: format!("a filter has at most {} octets, this one has {}", Filter::MAX_LENGTH, text.len()),
        });
    }
    let mut parser = Parser { text, at: 0 };
    let filter = parser.filter(0)?;
    match parser.peek() {
        None => Ok(filter),
        Some(b')') => Err(parser.problem("this `)` closes nothing")),
        Some(_) => Err(parser.problem("the filter ends before this; several filters are joined as `(&(…)(…))`")),
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn filter(&mut self, depth: usize) -> Result<Filter, InvalidFilter> {
        if depth > Filter::MAX_DEPTH {
            return Err(self.problem(format!("filters nest at most {} deep", Filter::MAX_DEPTH)));
        }
        if self.peek() != Some(b'(') {
            return Err(self.problem("a filter begins with `(`, as in `(cn=BI-*)`"));
        }
        self.at += 1;
        let filter = match self.peek() {
            Some(b'&') => Filter::And(self.list(depth)?),
            Some(b'|') => Filter::Or(self.list(depth)?),
            Some(b'!') => {
                self.at += 1;
                Filter::Not(Box::new(self.filter(depth + 1)?))
            }
            _ => self.item()?,
        };
        if self.peek() != Some(b')') {
            return Err(self.problem("expected `)`"));
        }
        self.at += 1;
        Ok(filter)
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Filter>, InvalidFilter> {
        self.at += 1;
        let mut parts = Vec::new();
        while self.peek() == Some(b'(') {
            parts.push(self.filter(depth + 1)?);
        }
        Ok(parts)
    }

    fn item(&mut self) -> Result<Filter, InvalidFilter> {
        let attribute = self.attribute_description()?.map(str::to_owned);
        if self.peek() == Some(b':') {
            return self.by_rule(attribute);
        }
        let Some(attribute) = attribute else {
            return Err(self.problem("an attribute, `&`, `|` or `!` should stand here"));
        };
        let operator = self.operator()?;
        if operator == b'=' {
            return self.equality_or_pattern(attribute);
        }
        let assertion = Assertion { attribute, value: self.single_value()? };
        Ok(match operator {
            b'>' => Filter::GreaterOrEqual(assertion),
            b'<' => Filter::LessOrEqual(assertion),
            _ => Filter::Approximate(assertion),
        })
    }

    /// `=`, or the first character of `>=`, `<=` or `~=`.
    fn operator(&mut self) -> Result<u8, InvalidFilter> {
        let wrong = "one of `=`, `>=`, `<=`, `~=` and `:=` should follow the attribute";
        let Some(operator @ (b'=' | b'>' | b'<' | b'~')) = self.peek() else {
            return Err(self.problem(wrong));
        };
        if operator != b'=' {
            self.at += 1;
            if self.peek() != Some(b'=') {
                return Err(self.problem(wrong));
            }
        }
        self.at += 1;
        Ok(operator)
    }

    fn equality_or_pattern(&mut self, attribute: String) -> Result<Filter, InvalidFilter> {
        let start = self.at;
        let mut parts = vec![self.value()?];
        while self.peek() == Some(b'*') {
            self.at += 1;
            parts.push(self.value()?);
        }
        let mut parts = parts.into_iter();
        let initial = parts.next().unwrap_or_default();
        let Some(last) = parts.next_back() else {
            return Ok(Filter::Equality(Assertion { attribute, value: initial }));
        };
        let any: Vec<_> = parts.collect();
        if any.iter().any(Vec::is_empty) {
            self.at = start;
            return Err(self.problem("two `*` in a row mean no more than one"));
        }
        if initial.is_empty() && any.is_empty() && last.is_empty() {
            return Ok(Filter::Present(attribute));
        }
        let part = |part: Vec<u8>| (!part.is_empty()).then_some(part);
        Ok(Filter::Substrings(Substrings { attribute, initial: part(initial), any, last: part(last) }))
    }

    /// What follows the attribute: `[":dn"] [":" rule] ":=" value`.
    fn by_rule(&mut self, attribute: Option<String>) -> Result<Filter, InvalidFilter> {
        let before = self.at;
        let mut dn = false;
        let mut rule = None;
        loop {
            self.at += 1;
            if self.peek() == Some(b'=') {
                self.at += 1;
                break;
            }
            let start = self.at;
            match self.word() {
                "" => return Err(self.problem("a matching rule or `=` should follow `:`")),
                word if word.eq_ignore_ascii_case("dn") && !dn && rule.is_none() => dn = true,
                word if rule.is_none() => rule = Some(word.to_owned()),
                _ => {
                    self.at = start;
                    return Err(self.problem("one matching rule is enough"));
                }
            }
            if self.peek() != Some(b':') {
                return Err(self.problem("`:=` should follow here"));
            }
        }
        if attribute.is_none() && rule.is_none() {
            self.at = before;
            return Err(self.problem("an attribute or a matching rule should stand before `:=`"));
        }
        Ok(Filter::Extensible(Extensible { attribute, dn, rule, value: self.single_value()? }))
    }

    fn single_value(&mut self) -> Result<Vec<u8>, InvalidFilter> {
        let value = self.value()?;
        if self.peek() == Some(b'*') {
            return Err(self.problem("`*` is a pattern with `=` only; as a character it is written `\\2a`"));
        }
        Ok(value)
    }

    /// Octets up to `*`, `(` or `)`, without escapes.
    fn value(&mut self) -> Result<Vec<u8>, InvalidFilter> {
        let mut octets = Vec::new();
        loop {
            match self.peek() {
                None => return Err(self.problem("`)` is missing at the end")),
                Some(b'(') => return Err(self.problem("`(` inside a value is written `\\28`")),
                Some(0) => return Err(self.problem("NUL inside a value is written `\\00`")),
                Some(b'*' | b')') => return Ok(octets),
                Some(b'\\') => octets.push(self.escaped()?),
                Some(octet) => {
                    self.at += 1;
                    octets.push(octet);
                }
            }
        }
    }

    fn escaped(&mut self) -> Result<u8, InvalidFilter> {
        let digit = |at: usize| {
            let byte = self.text.as_bytes().get(at).copied()?;
            char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
        };
        match (digit(self.at + 1), digit(self.at + 2)) {
            (Some(high), Some(low)) => {
                self.at += 3;
                Ok(high << 4 | low)
            }
            _ => Err(self.problem("a backslash stands before two hexadecimal digits; itself it is written `\\5c`")),
        }
    }

    /// An attribute type with its options (RFC 4512 section 2.5), if one stands here.
    fn attribute_description(&mut self) -> Result<Option<&str>, InvalidFilter> {
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
        let start = self.at;
        self.word();
        while self.at > start && self.peek() == Some(b';') {
            self.at += 1;
            if self.word().is_empty() {
                return Err(self.problem("an option should follow `;`"));
            }
        }
        let end = self.at;
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
        Ok((end > start).then(|| &self.text[start..end]))
    }

    fn word(&mut self) -> &str {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')) {
            self.at += 1;
        }
        &self.text[start..self.at]
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn problem(&self, problem: impl Into<String>) -> InvalidFilter {
        let position = self.text.get(..self.at).map_or(self.at, |before| before.chars().count()) + 1;
        InvalidFilter { position, problem: problem.into() }
    }
}
