//! One entry of `--allowed-hosts`: a name, all names below one, an address or a range of addresses, and perhaps a port.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use super::host::{Host, Name};

/// The hosts of one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPattern {
    hosts: Hosts,
    /// `None`: every port.
    port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Hosts {
    Name(Name),
    /// Everything below a name, and not the name itself.
    Below(Name),
    /// An address is a range of one.
    Range(Range),
}

/// Why a text is not an entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPattern {
    /// It would allow nothing, or everything.
    #[error("it is empty: leave out the option to allow every host")]
    Empty,
    /// It has a scheme, or a user.
    #[error("it is a URL: write only its host, or host:port")]
    Url,
    /// What follows the colon is not a port.
    #[error("the port must be a number from 1 to 65535")]
    Port,
    /// Brackets around something else, or only one of them.
    #[error("brackets are for an IPv6 address or range: write [2001:db8::1]:443 or [2001:db8::/32]:443")]
    Brackets,
    /// A slash in something that is not a range.
    #[error("a range is an address, a slash and the number of its fixed bits: write 10.1.0.0/16 or 2001:db8::/32")]
    Range,
    /// A range that does not start where it says.
    #[error("the address has bits behind its first {prefix}: write {network}/{prefix}")]
    Beyond {
        /// The first address of the range.
        network: IpAddr,
        /// The number of bits that are fixed.
        prefix: u8,
    },
    /// A range within `::ffff:0:0/96`. Such addresses are compared as IPv4 addresses.
    #[error("it is a range of IPv4 addresses in the form of IPv6: write it as IPv4, such as 10.1.0.0/16")]
    Mapped,
    /// An asterisk elsewhere, or before something that is not a name.
    #[error("a * stands for all labels before a name: write *.corp.example; leave out the option to allow every host")]
    Wildcard,
    /// A text that only a resolver might take for an address.
    #[error("an address is written as four numbers from 0 to 255, without leading zeros, or in the form of IPv6")]
    Address,
    /// Not a host name.
    #[error(
        "it is not a host name: labels of 1 to 63 letters, digits, hyphens and underscores, with dots between them; \
         write other letters in Punycode (xn--…)"
    )]
    Name,
}

impl HostPattern {
    pub(super) fn allows(&self, host: &Host, port: u16) -> bool {
        let is_host = match (&self.hosts, host) {
            (Hosts::Name(name), Host::Name(host)) => host == name,
            (Hosts::Below(name), Host::Name(host)) => host.is_below(name),
            (Hosts::Range(range), Host::Address(address)) => range.contains(*address),
            (Hosts::Name(_) | Hosts::Below(_), Host::Address(_)) | (Hosts::Range(_), Host::Name(_)) => false,
        };
        is_host && self.port.is_none_or(|only| only == port)
    }
}

impl FromStr for HostPattern {
    type Err = InvalidPattern;

    fn from_str(text: &str) -> Result<Self, InvalidPattern> {
        if text.is_empty() {
            return Err(InvalidPattern::Empty);
        }
        if text.contains("//") || text.contains('@') {
            return Err(InvalidPattern::Url);
        }
        if let Some(rest) = text.strip_prefix('[') {
            let (host, port) = rest.split_once(']').ok_or(InvalidPattern::Brackets)?;
            let port = match port.strip_prefix(':') {
                Some(port) => Some(port),
                None if port.is_empty() => None,
                None => return Err(InvalidPattern::Brackets),
            };
            if !host.contains(':') {
                return Err(InvalidPattern::Brackets);
            }
            return Ok(Self { hosts: hosts(host)?, port: port.map(self::port).transpose()? });
        }
        match text.split_once(':') {
            // Several colons: an IPv6 address without brackets, so without a port.
            Some((host, port)) if !port.contains(':') => {
                Ok(Self { hosts: hosts(host)?, port: Some(self::port(port)?) })
            }
            _ => Ok(Self { hosts: hosts(text)?, port: None }),
        }
    }
}

fn port(text: &str) -> Result<u16, InvalidPattern> {
    number(text).filter(|port| *port != 0).ok_or(InvalidPattern::Port)
}

/// A number without a sign, which the library would take.
fn number<T: FromStr>(text: &str) -> Option<T> {
    text.bytes().all(|octet| octet.is_ascii_digit()).then(|| text.parse().ok())?
}

fn hosts(text: &str) -> Result<Hosts, InvalidPattern> {
    if text.contains('/') {
        return Range::parse(text).map(Hosts::Range);
    }
    match Host::parse(text) {
        Some(Host::Address(address)) => Ok(Hosts::Range(Range::of_one(address))),
        Some(Host::Name(name)) if name.is_like_an_address() => Err(InvalidPattern::Address),
        Some(Host::Name(name)) => Ok(Hosts::Name(name)),
        None if text.contains('*') => {
            let name = text.strip_prefix("*.").and_then(Host::parse);
            match name {
                Some(Host::Name(name)) if !name.is_like_an_address() => Ok(Hosts::Below(name)),
                _ => Err(InvalidPattern::Wildcard),
            }
        }
        None if text.contains(':') => Err(InvalidPattern::Address),
        None => Err(InvalidPattern::Name),
    }
}

/// Addresses that start with the same bits (RFC 4632).
#[derive(Debug, Clone, PartialEq, Eq)]
struct Range {
    network: IpAddr,
    prefix: u8,
}

impl Range {
    const fn of_one(address: IpAddr) -> Self {
        Self { network: address, prefix: if address.is_ipv4() { 32 } else { 128 } }
    }

    fn parse(text: &str) -> Result<Self, InvalidPattern> {
        let (address, prefix) = text.split_once('/').ok_or(InvalidPattern::Range)?;
        let address: IpAddr = address.parse().map_err(|_| InvalidPattern::Range)?;
        let widest = Self::of_one(address).prefix;
        let prefix = number(prefix).filter(|prefix| *prefix <= widest).ok_or(InvalidPattern::Range)?;
        if address.to_canonical() != address {
            return Err(InvalidPattern::Mapped);
        }
        let network = start(address, prefix);
        if network == address { Ok(Self { network, prefix }) } else { Err(InvalidPattern::Beyond { network, prefix }) }
    }

    fn contains(&self, address: IpAddr) -> bool {
        self.network.is_ipv4() == address.is_ipv4() && start(address, self.prefix) == self.network
    }
}

/// The first address of the range of this size that has the address.
fn start(address: IpAddr, prefix: u8) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(u32::BITS.saturating_sub(prefix.into())).unwrap_or(0);
            Ipv4Addr::from_bits(address.to_bits() & mask).into()
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(u128::BITS.saturating_sub(prefix.into())).unwrap_or(0);
            Ipv6Addr::from_bits(address.to_bits() & mask).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(pattern: &str, host: &str, port: u16) -> bool {
        let pattern: HostPattern = pattern.parse().unwrap_or_else(|error| panic!("{pattern}: {error}"));
        Host::parse(host).is_some_and(|host| pattern.allows(&host, port))
    }

    #[test]
    fn a_name_is_itself_alone() {
        for (pattern, host, expected) in [
            ("dc1.corp.example", "dc1.corp.example", true),
            ("DC1.Corp.Example", "dc1.CORP.example", true),
            ("dc1.corp.example.", "dc1.corp.example", true),
            ("dc1.corp.example", "dc1.corp.example.", true),
            ("dc1.corp.example", "dc1.corp.example..", false),
            ("corp.example", "dc1.corp.example", false),
            ("corp.example", "evilcorp.example", false),
            ("corp.example", "corp.example.evil", false),
            ("localhost", "127.0.0.1", false),
            ("localhost", "localhost", true),
            ("_ldap-1.corp.example", "_ldap-1.corp.example", true),
            ("xn--bcher-kva.example", "xn--bcher-kva.example", true),
            ("xn--bcher-kva.example", "bücher.example", false),
        ] {
            assert_eq!(allows(pattern, host, 636), expected, "{pattern} {host}");
        }
    }

    #[test]
    fn a_wildcard_stands_for_one_or_more_labels() {
        for (host, expected) in [
            ("dc1.corp.example", true),
            ("dc1.east.corp.example", true),
            ("DC1.CORP.EXAMPLE.", true),
            ("corp.example", false),
            ("evilcorp.example", false),
            ("evil-corp.example", false),
            ("corp.example.evil", false),
            ("dc1.corp.example.evil", false),
            (".corp.example", false),
            ("a..corp.example", false),
            ("*.corp.example", false),
            ("169.254.169.254", false),
            // What another parser would take for the end of the host, or for its start.
            ("evil.example/.corp.example", false),
            ("evil.example#.corp.example", false),
            ("evil.example?.corp.example", false),
            ("evil.example\\.corp.example", false),
            ("user@evil.corp.example", false),
            ("evil.example%2f.corp.example", false),
            ("evil%2ecorp.example", false),
            ("evil.example\u{0}.corp.example", false),
            ("evil.example .corp.example", false),
            ("evil。corp.example", false),
        ] {
            assert_eq!(allows("*.corp.example", host, 636), expected, "{host}");
        }
    }

    #[test]
    fn an_address_is_the_same_in_every_form() {
        for (pattern, host, expected) in [
            ("10.1.2.3", "10.1.2.3", true),
            ("10.1.2.3", "::ffff:10.1.2.3", true),
            ("10.1.2.3", "::ffff:a01:203", true),
            ("::ffff:10.1.2.3", "10.1.2.3", true),
            ("10.1.2.3", "10.1.2.30", false),
            ("10.1.2.3", "10.1.2.3.corp.example", false),
            ("2001:db8::1", "2001:DB8:0:0::1", true),
            ("[2001:db8::1]", "2001:db8::1", true),
            ("2001:db8::1", "2001:db8::2", false),
            // Forms that only a resolver takes for an address.
            ("127.0.0.1", "127.1", false),
            ("127.0.0.1", "0x7f000001", false),
            ("127.0.0.1", "2130706433", false),
            ("127.0.0.1", "0177.0.0.1", false),
            ("fe80::1", "fe80::1%eth0", false),
        ] {
            assert_eq!(allows(pattern, host, 636), expected, "{pattern} {host}");
        }
    }

    #[test]
    fn a_range_has_the_addresses_that_start_with_its_bits() {
        for (pattern, host, expected) in [
            ("10.1.0.0/16", "10.1.255.255", true),
            ("10.1.0.0/16", "10.2.0.0", false),
            ("10.1.0.0/16", "::ffff:10.1.0.1", true),
            ("10.1.2.3/32", "10.1.2.3", true),
            ("10.1.2.3/32", "10.1.2.2", false),
            ("10.1.2.2/31", "10.1.2.3", true),
            ("0.0.0.0/0", "192.0.2.1", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("::/0", "2001:db8::1", true),
            ("::/0", "192.0.2.1", false),
            ("::/0", "::ffff:192.0.2.1", false),
            ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("2001:db8::1/128", "2001:db8::1", true),
            ("0.0.0.0/0", "db", false),
            ("::/0", "db", false),
        ] {
            assert_eq!(allows(pattern, host, 636), expected, "{pattern} {host}");
        }
    }

    #[test]
    fn a_port_is_that_port_alone() {
        for (pattern, host, port, expected) in [
            ("db.corp.example", "db.corp.example", 22, true),
            ("db.corp.example:5432", "db.corp.example", 5432, true),
            ("db.corp.example:5432", "db.corp.example", 22, false),
            ("*.corp.example:636", "dc1.corp.example", 636, true),
            ("*.corp.example:636", "dc1.corp.example", 389, false),
            ("10.1.0.0/16:443", "10.1.2.3", 443, true),
            ("10.1.0.0/16:443", "10.1.2.3", 80, false),
            ("[2001:db8::1]:443", "2001:db8::1", 443, true),
            ("[2001:db8::1]:443", "2001:db8::1", 80, false),
            ("[2001:db8::/32]:443", "2001:db8::5", 443, true),
            ("[2001:db8::/32]:443", "2001:db8::5", 80, false),
            ("2001:db8::/32", "2001:db8::5", 80, true),
            // Without brackets the last group is a part of the address.
            ("2001:db8::443", "2001:db8::", 443, false),
        ] {
            assert_eq!(allows(pattern, host, port), expected, "{pattern} {host} {port}");
        }
    }

    #[test]
    fn a_text_that_is_not_an_entry_is_refused_with_what_to_write() {
        use InvalidPattern::{Address, Brackets, Empty, Mapped, Name, Port, Range, Url, Wildcard};
        for (text, expected) in [
            ("", Empty),
            ("ldaps://dc1.corp.example", Url),
            ("https://bi.corp.example/", Url),
            ("user:secret@db.corp.example", Url),
            ("db.corp.example:", Port),
            ("db.corp.example:0", Port),
            ("db.corp.example:65536", Port),
            ("db.corp.example:+5", Port),
            ("db.corp.example:https", Port),
            ("10.1.0.0/16:", Port),
            ("[2001:db8::1", Brackets),
            ("[2001:db8::1]443", Brackets),
            ("[10.1.2.3]:443", Brackets),
            ("[dc1.corp.example]", Brackets),
            ("[2001:db8::]/32", Brackets),
            ("10.1.0.0/33", Range),
            ("10.1.0.0/", Range),
            ("10.1.0.0/+8", Range),
            ("10.1/16", Range),
            ("10.1.0.0/255.255.0.0", Range),
            ("2001:db8::/129", Range),
            ("corp.example/24", Range),
            ("bi.corp.example/path", Range),
            ("::ffff:10.1.0.0/112", Mapped),
            ("*", Wildcard),
            ("*:636", Wildcard),
            ("*.", Wildcard),
            ("*corp.example", Wildcard),
            ("dc*.corp.example", Wildcard),
            ("dc1.*.example", Wildcard),
            ("*.*.example", Wildcard),
            ("*.10.1.2.3", Wildcard),
            ("*.2.3", Wildcard),
            ("127.1", Address),
            ("2130706433", Address),
            ("0x7f000001", Address),
            ("010.0.0.1", Address),
            ("256.0.0.1", Address),
            ("1.2.3.4.5", Address),
            ("2001:db8::1::2", Address),
            ("fe80::1%eth0", Address),
            (" dc1.corp.example", Name),
            ("dc1..corp.example", Name),
            (".corp.example", Name),
            (".", Name),
            ("dc1.corp.example..", Name),
            ("bücher.example", Name),
            ("dc1%2ecorp.example", Name),
            ("dc1\\corp.example", Name),
        ] {
            assert_eq!(text.parse::<HostPattern>(), Err(expected), "{text}");
        }
        let beyond = "10.1.2.3/16".parse::<HostPattern>().unwrap_err();
        assert_eq!(beyond.to_string(), "the address has bits behind its first 16: write 10.1.0.0/16");
    }

    proptest::proptest! {
        /// Whatever a resolver or another parser makes of a text, no text that ends elsewhere is below a name.
        #[test]
        fn only_plain_names_are_below_a_name(
            host in "([a-zA-Z0-9.@:/?#%\\\\ _*-]|[^a-z]){0,12}\\.?corp\\.example\\.?([.@:/#%a-z]{0,3})",
        ) {
            let name = host.strip_suffix('.').unwrap_or(&host).to_lowercase();
            let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
            let labels = name.strip_suffix(".corp.example").filter(|labels| labels.split('.').all(|label| !label.is_empty()));
            proptest::prop_assert_eq!(allows("*.corp.example", &host, 636), is_plain && labels.is_some(), "{}", host);
        }
    }
}
