//! The controls of requests (RFC 4511 section 4.1.11). Only controls that the root DSE lists are sent: Samba answers an
//! unknown critical control with a message that breaks the protocol.

use ldap3::controls::RawControl;

use crate::ber;

/// Simple paged results, RFC 2696.
pub(super) const PAGED_RESULTS: &str = "1.2.840.113556.1.4.319";
/// Names with their GUID and SID, `LDAP_SERVER_EXTENDED_DN_OID`, MS-ADTS section 3.1.1.3.4.1.5.
pub(super) const EXTENDED_DN: &str = "1.2.840.113556.1.4.529";
/// Deleted objects as well, `LDAP_SERVER_SHOW_DELETED_OID`, MS-ADTS section 3.1.1.3.4.1.14.
pub(super) const SHOW_DELETED: &str = "1.2.840.113556.1.4.417";
/// Recycled objects as well, `LDAP_SERVER_SHOW_RECYCLED_OID`, MS-ADTS section 3.1.1.3.4.1.13.
pub(super) const SHOW_RECYCLED: &str = "1.2.840.113556.1.4.2064";

/// Asks for one page of at most `size` entries. An empty cookie asks for the first page.
pub(super) fn page(size: u32, cookie: &[u8]) -> RawControl {
    let mut content = ber::element(ber::INTEGER, &ber::integer(size));
    content.extend(ber::element(ber::OCTET_STRING, cookie));
    critical(PAGED_RESULTS, Some(ber::element(ber::SEQUENCE, &content)))
}

/// The cookie in the value of a paged results response.
pub(super) fn cookie(value: &[u8]) -> Option<Vec<u8>> {
    let mut content = ber::take_content(&mut &*value, ber::SEQUENCE)?;
    ber::take_content(&mut content, ber::INTEGER)?;
    ber::take_content(&mut content, ber::OCTET_STRING).map(<[u8]>::to_vec)
}

/// Asks for names as `<GUID=…>;<SID=…>;DN`, the GUID in its text form (flag 1).
pub(super) fn extended_dn() -> RawControl {
    let flag = ber::element(ber::INTEGER, &ber::integer(1));
    critical(EXTENDED_DN, Some(ber::element(ber::SEQUENCE, &flag)))
}

/// A control that the server must obey, or refuse the request.
pub(super) fn critical(oid: &str, value: Option<Vec<u8>>) -> RawControl {
    RawControl { ctype: oid.to_owned(), crit: true, val: value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_survives_its_control() {
        for given in [&b""[..], b"\0\x01cookie", &[7; 300]] {
            let control = page(1000, given);
            assert_eq!(control.val.as_deref().and_then(cookie).as_deref(), Some(given));
        }
        assert_eq!(cookie(b"\x30\x03\x02\x01"), None);
    }

    #[test]
    fn the_extended_dn_flag_is_encoded_as_the_protocol_says() {
        assert_eq!(extended_dn().val.as_deref(), Some(&b"\x30\x03\x02\x01\x01"[..]));
    }
}
