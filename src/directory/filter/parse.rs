//! The grammar of RFC 4515 section 3.

use super::{Assertion, Extensible, Filter, InvalidFilter, Substrings};

impl Filter {
    /// Parses the text form of RFC 4515 section 3.
    ///
    /// # Errors
    /// When the text breaks that grammar, or [`Self::MAX_LENGTH`] or [`Self::MAX_DEPTH`].
    pub fn parse(text: &str) -> Result<Self, InvalidFilter> {
        let mut parser = Parser { text, at: 0 };
        if text.len() > Filter::MAX_LENGTH {
            let (most, length) = (Filter::MAX_LENGTH, text.len());
            return Err(parser.problem(format!("the filter has {length} bytes, but at most {most} are allowed")));
        }
        let filter = parser.filter(0)?;
        match parser.peek() {
            None => Ok(filter),
            Some(b')') => Err(parser.problem("no `(` is open for this `)`")),
            Some(_) => Err(parser.problem("expected the end of the filter; join several filters as `(&(…)(…))`")),
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn filter(&mut self, depth: usize) -> Result<Filter, InvalidFilter> {
        if depth > Filter::MAX_DEPTH {
            return Err(self.problem(format!("filters can be nested at most {} levels deep", Filter::MAX_DEPTH)));
        }
        if self.peek() != Some(b'(') {
            return Err(self.problem("expected `(`, as in `(cn=BI-*)`"));
        }
        self.at += 1;
        let filter = match self.peek() {
            Some(b'&') => Filter::And(self.list(depth)?),
            Some(b'|') => Filter::Or(self.list(depth)?),
            Some(b'!') => {
                self.at += 1;
                Filter::Not(Box::new(self.filter(depth + 1)?))
            }
            _ => self.comparison()?,
        };
        if self.peek() != Some(b')') {
            return Err(self.problem("expected `)`"));
        }
        self.at += 1;
        Ok(filter)
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Filter>, InvalidFilter> {
        self.at += 1;
        let mut filters = Vec::new();
        while self.peek() == Some(b'(') {
            filters.push(self.filter(depth + 1)?);
        }
        Ok(filters)
    }

    fn comparison(&mut self) -> Result<Filter, InvalidFilter> {
        let attribute = self.attribute_description()?.map(str::to_owned);
        if self.peek() == Some(b':') {
            return self.by_rule(attribute);
        }
        let Some(attribute) = attribute else {
            return Err(self.problem("expected an attribute, `&`, `|` or `!`"));
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
        let wrong = "expected `=`, `>=`, `<=`, `~=` or `:=` after the attribute";
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
        let mut pieces = vec![self.value()?];
        while self.peek() == Some(b'*') {
            self.at += 1;
            pieces.push(self.value()?);
        }
        let mut pieces = pieces.into_iter();
        let initial = pieces.next().unwrap_or_default();
        let Some(last) = pieces.next_back() else {
            return Ok(Filter::Equality(Assertion { attribute, value: initial }));
        };
        let any: Vec<_> = pieces.collect();
        if any.iter().any(Vec::is_empty) {
            self.at = start;
            return Err(self.problem("two `*` one after the other; write one"));
        }
        if initial.is_empty() && any.is_empty() && last.is_empty() {
            return Ok(Filter::Present(attribute));
        }
        let piece = |piece: Vec<u8>| (!piece.is_empty()).then_some(piece);
        Ok(Filter::Substrings(Substrings { attribute, initial: piece(initial), any, last: piece(last) }))
    }

    /// The rest after the attribute: `[":dn"] [":" rule] ":=" value`.
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
                "" => return Err(self.problem("expected a matching rule or `=` after `:`")),
                word if word.eq_ignore_ascii_case("dn") && !dn && rule.is_none() => dn = true,
                word if rule.is_none() => rule = Some(word.to_owned()),
                _ => {
                    self.at = start;
                    return Err(self.problem("expected `=`; a filter has at most one matching rule"));
                }
            }
            if self.peek() != Some(b':') {
                return Err(self.problem("expected `:=`"));
            }
        }
        if attribute.is_none() && rule.is_none() {
            self.at = before;
            return Err(self.problem("expected an attribute or a matching rule before `:=`"));
        }
        Ok(Filter::Extensible(Extensible { attribute, dn, rule, value: self.single_value()? }))
    }

    fn single_value(&mut self) -> Result<Vec<u8>, InvalidFilter> {
        let value = self.value()?;
        if self.peek() == Some(b'*') {
            return Err(self.problem("`*` is a wildcard with `=` only; write the character as `\\2a`"));
        }
        Ok(value)
    }

    /// Octets up to `*`, `(` or `)`, without escapes.
    fn value(&mut self) -> Result<Vec<u8>, InvalidFilter> {
        let mut octets = Vec::new();
        loop {
            match self.peek() {
                None => return Err(self.problem("the closing `)` is missing")),
                Some(b'(') => return Err(self.problem("write `(` inside a value as `\\28`")),
                Some(0) => return Err(self.problem("write NUL inside a value as `\\00`")),
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
            _ => Err(self
                .problem("a backslash must be followed by two hexadecimal digits; write a backslash itself as `\\5c`")),
        }
    }

    /// An attribute type with its options (RFC 4512 section 2.5), if there is one here.
    fn attribute_description(&mut self) -> Result<Option<&str>, InvalidFilter> {
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
        let start = self.at;
        self.word();
        while self.at > start && self.peek() == Some(b';') {
            self.at += 1;
            if self.word().is_empty() {
                return Err(self.problem("expected an option after `;`"));
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
        InvalidFilter { text: self.text.chars().take(300).collect(), position, problem: problem.into() }
    }
}
