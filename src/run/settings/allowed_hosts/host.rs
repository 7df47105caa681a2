//! A host as it is written, in the form in which hosts are compared. It is never resolved.

use std::net::IpAddr;

/// The most characters of a name and of a label of it (RFC 1035 section 2.3.4).
const MAX_NAME: usize = 253;
const MAX_LABEL: usize = 63;

/// A host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Host {
    /// An IPv4 address that is written as an IPv6 one is an IPv4 address.
    Address(IpAddr),
    Name(Name),
}

/// A host name in lower case, without the dot at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name(String);

impl Host {
    /// `None`: neither an address nor a name. An IPv6 address is without its brackets.
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text.parse::<IpAddr>() {
            Ok(address) => Some(Self::Address(address.to_canonical())),
            Err(_) => Name::parse(text).map(Self::Name),
        }
    }
}

impl Name {
    fn parse(text: &str) -> Option<Self> {
        let name = text.strip_suffix('.').unwrap_or(text);
        let is_label = |label: &str| {
            let is_part = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_');
            (1..=MAX_LABEL).contains(&label.len()) && label.bytes().all(is_part)
        };
        (name.len() <= MAX_NAME && name.split('.').all(is_label)).then(|| Self(name.to_ascii_lowercase()))
    }

    pub(super) fn is_below(&self, above: &Self) -> bool {
        self.0.strip_suffix(&*above.0).is_some_and(|labels| labels.ends_with('.'))
    }

    /// Whether a resolver may take it for an IPv4 address, such as `127.1` (WHATWG URL, "ends in a number").
    pub(super) fn is_like_an_address(&self) -> bool {
        let last = self.0.rsplit('.').next().unwrap_or_default();
        let digits = last.strip_prefix("0x").map(|digits| digits.bytes().all(|octet| octet.is_ascii_hexdigit()));
        digits.unwrap_or_else(|| last.bytes().all(|octet| octet.is_ascii_digit()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_the_lengths_of_the_dns() {
        let (longest, long) = ("a".repeat(MAX_LABEL), "a".repeat(MAX_LABEL + 1));
        assert!(Host::parse(&longest).is_some() && Host::parse(&long).is_none());
        let name = [&*longest; 4].join(".");
        assert!(Host::parse(&name).is_none(), "255 characters");
        assert!(Host::parse(&name[2..]).is_some(), "253 characters");
    }
}
