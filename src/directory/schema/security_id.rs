//! Security identifiers of Active Directory, which primary groups are known by.

/// The identifier of a user or a group of a domain, `S-1-5-21-…`: MS-DTYP section 2.4.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SecurityId {
    domain: [u32; 3],
    rid: u32,
}

/// A value that is not a security identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the value of `objectSid` is not a security identifier (MS-DTYP section 2.4.2)")]
pub struct InvalidSecurityId;

/// `SECURITY_NT_AUTHORITY` and `SECURITY_NT_NON_UNIQUE`, MS-DTYP section 2.4.2.4: the start of all identifiers of
/// domains.
const OF_A_DOMAIN: (u64, u32) = (5, 21);

/// `DOMAIN_GROUP_RID_USERS`, MS-DTYP section 2.4.2.4.
const DOMAIN_USERS: u32 = 513;

impl SecurityId {
    /// Reads `objectSid`: octets, or in the files of some tools their text. `None`: it does not belong to a domain. The
    /// built-in groups have such identifiers, and no user has one of them as primary group.
    ///
    /// # Errors
    /// When it is neither.
    pub fn read(value: &[u8]) -> Result<Option<Self>, InvalidSecurityId> {
        let (authority, sub_authorities) = octets(value).or_else(|| text(value)).ok_or(InvalidSecurityId)?;
        Ok(match sub_authorities.as_slice() {
            [first, a, b, c, rid] if (authority, *first) == OF_A_DOMAIN => {
                Some(Self { domain: [*a, *b, *c], rid: *rid })
            }
            _ => None,
        })
    }

    /// The identifier of the same domain with this relative identifier.
    #[must_use]
    pub const fn sibling(self, rid: u32) -> Self {
        Self { rid, ..self }
    }

    /// Whether it is that of `Domain Users`, the default primary group.
    #[must_use]
    pub const fn is_domain_users(self) -> bool {
        self.rid == DOMAIN_USERS
    }

    /// The relative identifier. `primaryGroupID` is that of a group in the user's domain (MS-ADA3 section 2.120).
    #[must_use]
    pub const fn rid(self) -> u32 {
        self.rid
    }
}

/// MS-DTYP section 2.4.2.2: revision, number of sub-authorities, authority (big-endian), sub-authorities
/// (little-endian).
fn octets(value: &[u8]) -> Option<(u64, Vec<u32>)> {
    let ([1, count, authority @ ..], rest) = value.split_first_chunk::<8>()? else { return None };
    let authority = authority.iter().fold(0, |number, octet| number << 8 | u64::from(*octet));
    let (chunks, rest) = rest.as_chunks::<4>();
    (rest.is_empty() && chunks.len() == usize::from(*count))
        .then(|| (authority, chunks.iter().map(|chunk| u32::from_le_bytes(*chunk)).collect()))
}

/// MS-DTYP section 2.4.2.1: `S-1-5-21-1-2-3-513`.
fn text(value: &[u8]) -> Option<(u64, Vec<u32>)> {
    let mut numbers = std::str::from_utf8(value).ok()?.strip_prefix("S-1-")?.split('-');
    let authority = numbers.next()?.parse().ok()?;
    Some((authority, numbers.map(|number| number.parse().ok()).collect::<Option<_>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const USERS: &[u8] = &[
        1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 0x7d, 0xd4, 0xaf, 0xa4, 0xd4, 0x8f, 0xcc, 0x42, 0x96, 0xc3, 0x93, 0xd7, 1,
        2, 0, 0,
    ];

    #[test]
    fn octets_and_text_are_one_identifier() {
        let users = SecurityId::read(USERS).unwrap().unwrap();
        assert_eq!(users.rid(), 513);
        assert!(users.is_domain_users());
        assert_eq!(SecurityId::read(b"S-1-5-21-2762986621-1120702420-3616785302-513"), Ok(Some(users)));
        assert_eq!(users.sibling(1104).sibling(513), users);
        assert_ne!(users.sibling(1104), users);
    }

    #[test]
    fn an_identifier_without_a_domain_is_no_primary_group() {
        // BUILTIN\Users; its octets are text by chance, as many of these are.
        assert_eq!(SecurityId::read(b"\x01\x02\0\0\0\0\0\x05\x20\0\0\0\x21\x02\0\0"), Ok(None));
        // The domain itself, and Authenticated Users.
        assert_eq!(SecurityId::read(b"S-1-5-21-1-2-3"), Ok(None));
        assert_eq!(SecurityId::read(b"S-1-5-11"), Ok(None));
    }

    #[test]
    fn an_identifier_that_is_cut_off_is_an_error() {
        for value in [&USERS[..27], &USERS[..24], b"", b"S-1-", b"S-1-5-x", b"S-1-5-21--1"] {
            assert_eq!(SecurityId::read(value), Err(InvalidSecurityId), "{value:?}");
        }
    }
}
