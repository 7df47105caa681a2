//! The attributes that a message may name: those of public schemas. Any other text before a colon may be a private one.
//! Rule `withheld-text`.

use std::fmt;

/// An attribute of a public schema, or any other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct KnownAttribute(Option<&'static str>);

/// RFC 4512 and 4519, 2798, 2307, 4530, and the schemas of Active Directory, FreeIPA and 389 Directory Server, as far as
/// they describe users and groups.
const KNOWN: [&str; 62] = [
    "accountExpires",
    "c",
    "changetype",
    "cn",
    "control",
    "dc",
    "description",
    "displayName",
    "distinguishedName",
    "dn",
    "employeeNumber",
    "entryUUID",
    "gidNumber",
    "givenName",
    "GUID",
    "homeDirectory",
    "ibm-entryUUID",
    "initials",
    "ipaUniqueID",
    "jpegPhoto",
    "krbPrincipalName",
    "l",
    "labeledURI",
    "loginShell",
    "mail",
    "manager",
    "member",
    "memberOf",
    "memberUid",
    "memberURL",
    "mobile",
    "modifyTimestamp",
    "nsAccountLock",
    "nsUniqueId",
    "o",
    "objectCategory",
    "objectClass",
    "objectGUID",
    "objectSid",
    "ou",
    "postalAddress",
    "postalCode",
    "primaryGroupID",
    "proxyAddresses",
    "pwdLastSet",
    "result",
    "sAMAccountName",
    "sn",
    "st",
    "street",
    "telephoneNumber",
    "thumbnailPhoto",
    "title",
    "uid",
    "uidNumber",
    "uniqueMember",
    "userAccountControl",
    "userCertificate",
    "userPassword",
    "userPrincipalName",
    "version",
    "whenChanged",
];

impl KnownAttribute {
    /// The attribute that an attribute description, with its options, stands for.
    pub(super) fn of(description: &str) -> Self {
        let name = description.split(';').next().unwrap_or_default();
        Self(KNOWN.into_iter().find(|known| known.eq_ignore_ascii_case(name)))
    }
}

impl fmt::Display for KnownAttribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(name) => write!(f, "`{name}`"),
            None => f.write_str("an attribute that is not of a standard schema"),
        }
    }
}
