//! The content of a certificate (X.509, RFC 5280 section 4.1). `rustls` verifies. This is for the dates of a
//! certificate that is trusted itself, and for the texts of refusals, which need more than `rustls` tells.

use std::net::{Ipv4Addr, Ipv6Addr};

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;
use rustls::pki_types::{CertificateDer, UnixTime};

use super::der::{self, BIT_STRING, BOOLEAN, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE};
use super::name::{Name, shown};

/// `id-ce-subjectAltName`, RFC 5280 section 4.2.1.6.
const SUBJECT_ALTERNATIVE_NAME: &[u8] = &[0x55, 0x1d, 0x11];
/// `id-ce-basicConstraints`, RFC 5280 section 4.2.1.9.
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
/// `id-ce-keyUsage`, RFC 5280 section 4.2.1.3.
const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
/// `keyCertSign`, the sixth bit of a key usage.
const KEY_CERT_SIGN: u8 = 0x04;
/// `rsaEncryption`, RFC 3279 section 2.3.1.
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

/// One certificate.
#[derive(Debug, Clone)]
pub(super) struct Certificate {
    /// 1, 2 or 3; only the third has extensions, so only it has alternative names.
    pub(super) version: u8,
    /// The name of the authority that signed it.
    pub(super) issuer: Name,
    /// The name of its holder.
    pub(super) subject: Name,
    /// The start of its validity, in UTC.
    pub(super) not_before: DateTime,
    /// The end of its validity, in UTC.
    pub(super) not_after: DateTime,
    /// The host names and addresses that it is for.
    pub(super) names: Vec<HostName>,
    /// `SubjectPublicKeyInfo` without its header.
    pub(super) key: Vec<u8>,
    /// Whether it says that it is an authority's; `None`: it does not say.
    authority: Option<bool>,
    /// Whether its key may sign certificates; `None`: it does not say.
    signs: Option<bool>,
}

/// A subject alternative name of a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum HostName {
    /// `dNSName`, perhaps with a wildcard.
    Dns(String),
    /// `iPAddress`.
    Address(String),
}

impl Certificate {
    /// `None`: it cannot be read.
    pub(super) fn read(octets: &CertificateDer<'_>) -> Option<Self> {
        let mut certificate = der::expect(&mut &**octets, SEQUENCE)?;
        let mut body = der::expect(&mut certificate, SEQUENCE)?;
        let version = match der::optional(&mut body, 0xa0) {
            Some(mut version) => der::expect(&mut version, INTEGER)?.first()?.checked_add(1)?,
            None => 1,
        };
        der::expect(&mut body, INTEGER)?;
        der::expect(&mut body, SEQUENCE)?;
        let issuer = Name { encoding: der::expect(&mut body, SEQUENCE)?.to_vec() };
        let mut validity = der::expect(&mut body, SEQUENCE)?;
        let (not_before, not_after) = (time(der::take(&mut validity)?)?, time(der::take(&mut validity)?)?);
        let subject = Name { encoding: der::expect(&mut body, SEQUENCE)?.to_vec() };
        let key = der::expect(&mut body, SEQUENCE)?.to_vec();
        let mut read = Self {
            version,
            issuer,
            subject,
            not_before,
            not_after,
            names: Vec::new(),
            key,
            authority: None,
            signs: None,
        };
        // The two unique identifiers of version 2 stand before the extensions.
        if let Some((_, mut extensions)) = der::elements(body).find(|(tag, _)| *tag == 0xa3) {
            der::elements(der::expect(&mut extensions, SEQUENCE)?)
                .try_for_each(|(_, extension)| read.note_extension(extension))?;
        }
        Some(read)
    }

    fn note_extension(&mut self, mut extension: &[u8]) -> Option<()> {
        let kind = der::expect(&mut extension, OBJECT_IDENTIFIER)?;
        der::optional(&mut extension, BOOLEAN);
        let mut value = der::expect(&mut extension, OCTET_STRING)?;
        match kind {
            SUBJECT_ALTERNATIVE_NAME => {
                self.names = der::elements(der::expect(&mut value, SEQUENCE)?).filter_map(host_name).collect();
            }
            BASIC_CONSTRAINTS => {
                let mut constraints = der::expect(&mut value, SEQUENCE)?;
                let says = der::optional(&mut constraints, BOOLEAN);
                self.authority = Some(says.is_some_and(|octets| octets != [0]));
            }
            KEY_USAGE => {
                let bits = der::expect(&mut value, BIT_STRING)?;
                self.signs = Some(bits.get(1).is_some_and(|bits| bits & KEY_CERT_SIGN != 0));
            }
            _ => {}
        }
        Some(())
    }

    /// Whether it was signed with its own key, according to its names.
    pub(super) fn is_self_issued(&self) -> bool {
        self.issuer == self.subject
    }

    /// Whether it says that it is an authority's.
    pub(super) fn is_authority(&self) -> bool {
        self.authority == Some(true)
    }

    /// Whether it may sign others: unless it says that it may not. A certificate of version 1, for instance, does not
    /// say, and has always been accepted.
    pub(super) fn may_sign(&self) -> bool {
        self.authority != Some(false) && self.signs != Some(false)
    }

    /// Its subject, or a name that it is for: ` (CN=dc1)`. Empty if it has neither.
    pub(super) fn label(&self) -> String {
        let named = || self.names.first().map(|name| name.text().to_owned());
        self.subject.text().or_else(named).map(|name| format!(" ({name})")).unwrap_or_default()
    }
}

impl HostName {
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Dns(name) | Self::Address(name) => name,
        }
    }
}

/// The time of a handshake, in UTC.
pub(super) fn civil(time: UnixTime) -> DateTime {
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    Offset::UTC.to_datetime(Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX))
}

/// The bits of an RSA key's modulus; `None` for another kind of key.
pub(super) fn rsa_bits(mut key: &[u8]) -> Option<usize> {
    let mut algorithm = der::expect(&mut key, SEQUENCE)?;
    if der::expect(&mut algorithm, OBJECT_IDENTIFIER)? != RSA {
        return None;
    }
    // The first octet counts unused bits.
    let mut numbers = der::expect(&mut key, BIT_STRING)?.get(1..)?;
    let mut numbers = der::expect(&mut numbers, SEQUENCE)?;
    let modulus = der::expect(&mut numbers, INTEGER)?;
    let significant: Vec<u8> = modulus.iter().copied().skip_while(|octet| *octet == 0).collect();
    let unused = significant.first().map_or(0, |octet| octet.leading_zeros());
    (significant.len() * 8).checked_sub(usize::try_from(unused).ok()?)
}

/// RFC 5280 section 4.1.2.5: `YYMMDDHHMMSSZ` up to 2049, `YYYYMMDDHHMMSSZ` from 2050 on.
fn time((tag, content): (u8, &[u8])) -> Option<DateTime> {
    let digits = std::str::from_utf8(content).ok()?.strip_suffix('Z')?;
    let (year, rest) = match tag {
        der::UTC_TIME => {
            let (year, rest) = digits.split_at_checked(2)?;
            let year: i16 = year.parse().ok()?;
            (if year < 50 { 2000 + year } else { 1900 + year }, rest)
        }
        der::GENERALIZED_TIME => {
            let (year, rest) = digits.split_at_checked(4)?;
            (year.parse().ok()?, rest)
        }
        _ => return None,
    };
    if rest.len() != 10 || !rest.bytes().all(|octet| octet.is_ascii_digit()) {
        return None;
    }
    let field = |from: usize| rest.get(from..from + 2)?.parse::<i8>().ok();
    let day = Date::new(year, field(0)?, field(2)?).ok()?;
    let time = Time::new(field(4)?, field(6)?, field(8)?, 0).ok()?;
    Some(day.to_datetime(time))
}

/// RFC 5280 section 4.2.1.6: `[2]` is a `dNSName`, `[7]` an `iPAddress`.
fn host_name((tag, content): (u8, &[u8])) -> Option<HostName> {
    match tag {
        0x82 => Some(HostName::Dns(shown(&String::from_utf8_lossy(content)))),
        0x87 => {
            let v4 = <[u8; 4]>::try_from(content).map(|octets| Ipv4Addr::from(octets).to_string());
            let v6 = <[u8; 16]>::try_from(content).map(|octets| Ipv6Addr::from(octets).to_string());
            v4.or(v6).ok().map(HostName::Address)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
