//! One entry of `spec.ldap.servers`: a host and a port.

use std::collections::BTreeSet;
use std::fmt;

use crate::directory::Error;
use crate::directory::settings::{LdapSettings, TlsMode};

/// Where all servers of these settings listen, in the form in which they are compared: `host:port` in lower case.
#[must_use]
pub fn addresses(settings: &LdapSettings) -> BTreeSet<Box<str>> {
    // One that is not an address fails the connection.
    let address = |text: &String| Address::parse(text, settings.tls).map_or_else(|_| text.clone(), |it| it.to_string());
    settings.servers.iter().map(|text| address(text).to_lowercase().into()).collect()
}

/// The host and the port of each server of these settings, an IPv6 address without its brackets. One that is not an address
/// is left out: it fails before anything is connected to.
pub fn servers(settings: &LdapSettings) -> impl Iterator<Item = (String, u16)> {
    let addresses = settings.servers.iter().filter_map(|text| Address::parse(text, settings.tls).ok());
    addresses.map(|Address { host, port }| (host, port))
}

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    /// A host name or an IP address, an IPv6 one without its brackets.
    pub(super) host: String,
    /// The TCP port.
    pub(super) port: u16,
}

impl Address {
    /// From `host`, `host:port` or an IPv6 address in brackets. The default port is 636 for LDAPS, else 389.
    pub(super) fn parse(text: &str, mode: TlsMode) -> Result<Self, Error> {
        let default = if mode == TlsMode::Ldaps { 636 } else { 389 };
        let invalid = |problem: &str| {
            let problem = format!("`{text}` {problem}; write host, host:port or [IPv6 address]:port");
            Error::configuration("spec.ldap.servers", problem)
        };
        if text.contains("://") {
            return Err(invalid("is a URL"));
        }
        let (host, port) = if let Some(rest) = text.strip_prefix('[') {
            let (host, rest) = rest.split_once(']').ok_or_else(|| invalid("has no closing bracket"))?;
            match rest {
                "" => (host, None),
                _ => (host, Some(rest.strip_prefix(':').ok_or_else(|| invalid("has text after the bracket"))?)),
            }
        } else {
            match text.split_once(':') {
                Some((_, port)) if port.contains(':') => return Err(invalid("is an IPv6 address without brackets")),
                Some((host, port)) => (host, Some(port)),
                None => (text, None),
            }
        };
        let port = match port {
            None => default,
            Some(port) => {
                port.parse().ok().filter(|port| *port != 0).ok_or_else(|| invalid("has no port from 1 to 65535"))?
            }
        };
        if host.is_empty() || host.contains(char::is_whitespace) {
            return Err(invalid("has no host"));
        }
        Ok(Self { host: host.to_owned(), port })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_follows_the_mode_unless_it_is_given() {
        for (text, mode, shown) in [
            ("dc1.corp.example", TlsMode::Ldaps, "dc1.corp.example:636"),
            ("dc1.corp.example", TlsMode::StartTls, "dc1.corp.example:389"),
            ("dc1:1636", TlsMode::Ldaps, "dc1:1636"),
            ("127.0.0.9:3890", TlsMode::None, "127.0.0.9:3890"),
            ("[::1]", TlsMode::Ldaps, "[::1]:636"),
            ("[fe80::1]:3890", TlsMode::None, "[fe80::1]:3890"),
        ] {
            assert_eq!(Address::parse(text, mode).expect(text).to_string(), shown);
        }
    }

    #[test]
    fn a_text_that_is_not_an_address_is_refused_with_its_field() {
        for text in ["", ":389", "host:", "host:0", "host:65536", "::1", "[::1", "[::1]x", "ldaps://dc1", "a b"] {
            let error = Address::parse(text, TlsMode::Ldaps).expect_err(text).to_string();
            assert!(error.starts_with("spec.ldap.servers: "), "{error}");
        }
    }
}
