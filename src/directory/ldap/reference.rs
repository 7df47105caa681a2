//! References in the answer to a search (RFC 4511 section 4.5.3). They are never followed, because that would send the
//! credentials to any host that a reference names. A reference to a partition without groups and users is ignored. Any
//! other one stands for entries that were not read, so it fails the read. Rule `complete-read`.

use ldap3::asn1::StructureTag;

use super::decoder;
use crate::directory::Error;
use crate::directory::ldap_url::dn_in;

/// The longest part of a URL that an error repeats, in characters.
const LONGEST_URL: usize = 200;

/// Which references are ignored.
#[derive(Debug, Clone)]
pub(super) enum IgnoredReferences {
    /// Those to these naming contexts, in normal form.
    To(Vec<String>),
    /// All of them, in a look-up by id: what it does not find is not taken for deleted.
    All,
}

impl IgnoredReferences {
    /// No reference is ignored.
    pub(super) const fn none() -> Self {
        Self::To(Vec::new())
    }

    /// An error unless the reference is ignored. All URLs of one reference lead to the same entries on several servers.
    pub(super) fn check(&self, attempt: &str, reference: StructureTag) -> Result<(), Error> {
        let urls = decoder::references(reference).map_err(|cause| Error::malformed(attempt, cause))?;
        if !urls.is_empty() && urls.iter().all(|url| self.contains(url)) {
            return Ok(());
        }
        let url: String = urls.first().map(String::as_str).unwrap_or_default().chars().take(LONGEST_URL).collect();
        Err(Error::incomplete(
            attempt,
            format!(
                "the server refers to `{}` for entries below the base, and references are never followed; narrow the \
                 base to what this server has, or read that part with a Directory of its own",
                url.escape_debug()
            ),
        ))
    }

    fn contains(&self, url: &str) -> bool {
        let Self::To(contexts) = self else { return true };
        dn_in(url).is_some_and(|dn| contexts.iter().any(|context| context == dn.normal()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ignored() -> IgnoredReferences {
        IgnoredReferences::To(vec![
            "cn=configuration,dc=corp,dc=example".into(),
            "cn=schema,cn=configuration,dc=corp,dc=example".into(),
            "dc=domaindnszones,dc=sub,dc=corp,dc=example".into(),
            "dc=forestdnszones,dc=corp,dc=example".into(),
        ])
    }

    #[test]
    fn references_to_these_naming_contexts_are_ignored() {
        for url in [
            "ldap://corp.example/CN=Configuration,DC=corp,DC=example",
            "ldap://DomainDnsZones.sub.corp.example/DC=DomainDnsZones,DC=sub,DC=corp,DC=example??base",
            "ldap://ForestDnsZones.corp.example/dc=forestdnszones,dc=corp,dc=example",
            "ldaps://x/CN=Schema%2cCN=Configuration,DC=corp,DC=example",
        ] {
            assert!(ignored().contains(url), "{url}");
            assert!(!IgnoredReferences::none().contains(url), "{url}");
        }
    }

    #[test]
    fn no_other_reference_is_ignored() {
        for url in [
            "ldap://child.sub.corp.example/DC=child,DC=sub,DC=corp,DC=example",
            "ldap://x/OU=DomainDnsZones,DC=sub,DC=corp,DC=example",
            "ldap://x/DC=DomainDnsZones,DC=elsewhere",
            "ldap://x/",
            "ldap://x",
            "ldap://x/%zz",
            "",
        ] {
            assert!(!ignored().contains(url), "{url}");
        }
    }
}
