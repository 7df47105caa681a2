//! LDAP URLs (RFC 4516 section 2): what servers and their exports write for a reference.

use percent_encoding::percent_decode_str;

use super::dn::Dn;

/// The name in an LDAP URL. `None`: the URL has none, or it is not a name.
pub(super) fn dn_in(url: &str) -> Option<Dn> {
    let (_, after_scheme) = url.split_once("://")?;
    let (_, after_host) = after_scheme.split_once('/')?;
    let encoded = after_host.split('?').next().filter(|name| !name.is_empty())?;
    let name: Vec<u8> = percent_decode_str(encoded).collect();
    // The decoder leaves a `%` without two digits as it is. Each one that it decodes takes two characters.
    let is_decoded = name.len() + 2 * encoded.matches('%').count() == encoded.len();
    Dn::parse(std::str::from_utf8(&name).ok().filter(|_| is_decoded)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_read_without_its_encoding() {
        for url in
            ["ldap://x/DC=a,DC=x", "ldaps://x:636/dc=a,dc=x??sub", "ldap:///DC=a%2cDC%3Dx?cn", "ldap://x/DC=%61,DC=x"]
        {
            assert_eq!(dn_in(url), Dn::parse("dc=a,dc=x").ok(), "{url}");
        }
        assert_eq!(dn_in("ldap://x/CN=100%25,DC=x"), Dn::parse("cn=100%,dc=x").ok());
    }

    #[test]
    fn a_url_without_a_name_or_with_a_broken_one_has_none() {
        for url in [
            "",
            "ldap://x",
            "ldap://x/",
            "ldap://x/??sub",
            "ldap://x/%zz",
            "ldap://x/DC=a%2",
            "ldap://x/DC=%ff",
            "DC=a",
        ] {
            assert_eq!(dn_in(url), None, "{url}");
        }
    }
}
