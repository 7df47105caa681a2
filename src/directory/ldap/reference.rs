//! References in the answer to a search (RFC 4511 section 4.5.3). None is ever followed: that would send the
//! credentials to whatever host it names. One to a partition that holds no groups and no users is no data; any other
//! stands for entries that were not read, so it fails the read.

use ldap3::asn1::StructureTag;

use super::decoder;
use super::root_dse::RootDse;
use crate::directory::Error;
use crate::directory::dn::Dn;

/// The application partitions that every Active Directory forest has for DNS, MS-ADTS section 6.1.1.1.5.
const DNS_PARTITIONS: [&str; 2] = ["DC=DomainDnsZones", "DC=ForestDnsZones"];

/// Which references are no data.
#[derive(Debug, Clone)]
pub(super) enum Contexts {
    /// Those to these naming contexts, in normal form.
    Of(Vec<String>),
    /// All: a look-up by id claims nothing of what it does not find.
    All,
}

impl Contexts {
    /// The configuration and schema contexts, and the DNS partitions of the domain and the forest, whether or not this
    /// server holds them.
    pub(super) fn new(root: &RootDse) -> Self {
        let own = [&root.configuration_naming_context, &root.schema_naming_context].into_iter().flatten().cloned();
        let domains = [&root.default_naming_context, &root.root_domain_naming_context];
        let partitions = domains
            .into_iter()
            .flatten()
            .flat_map(|domain| DNS_PARTITIONS.iter().map(move |partition| format!("{partition},{domain}")));
        let normal = |dn: String| Dn::parse(&dn).ok().map(|dn| dn.normal().to_owned());
        // Only Active Directory names a configuration context; elsewhere no reference is without data.
        if root.configuration_naming_context.is_none() {
            return Self::none();
        }
        Self::Of(own.chain(partitions).filter_map(normal).collect())
    }

    /// No reference is without data.
    pub(super) const fn none() -> Self {
        Self::Of(Vec::new())
    }

    /// Judges one reference; its URLs name the same thing on several servers.
    pub(super) fn judge(&self, attempt: &str, reference: StructureTag) -> Result<(), Error> {
        let urls = decoder::references(reference).map_err(|cause| Error::malformed(attempt, cause))?;
        if !urls.is_empty() && urls.iter().all(|url| self.is_no_data(url)) {
            return Ok(());
        }
        let url: String = urls.first().map(String::as_str).unwrap_or_default().chars().take(200).collect();
        Err(Error::incomplete(
            attempt,
            format!(
                "the server refers to `{}` for entries below the base, and references are never followed; narrow the \
                 base to what this server holds, or read that part as a Directory of its own",
                url.escape_debug()
            ),
        ))
    }

    fn is_no_data(&self, url: &str) -> bool {
        let Self::Of(contexts) = self else { return true };
        name_in(url)
            .and_then(|name| Dn::parse(&name).ok())
            .is_some_and(|dn| contexts.iter().any(|context| context == dn.normal()))
    }
}

/// The distinguished name in an LDAP URL (RFC 4516 section 2), without its percent-encoding.
fn name_in(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let (_, rest) = rest.split_once('/')?;
    let mut octets = Vec::with_capacity(rest.len());
    let mut encoded = rest.split('?').next()?.bytes();
    while let Some(byte) = encoded.next() {
        if byte != b'%' {
            octets.push(byte);
            continue;
        }
        let digits = [encoded.next()?, encoded.next()?];
        octets.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
    }
    String::from_utf8(octets).ok().filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contexts() -> Contexts {
        Contexts::new(&RootDse {
            default_naming_context: Some("DC=sub,DC=corp,DC=example".into()),
            root_domain_naming_context: Some("DC=corp,DC=example".into()),
            configuration_naming_context: Some("CN=Configuration,DC=corp,DC=example".into()),
            schema_naming_context: Some("CN=Schema,CN=Configuration,DC=corp,DC=example".into()),
            ..RootDse::default()
        })
    }

    #[test]
    fn partitions_without_groups_and_users_are_no_data() {
        for url in [
            "ldap://corp.example/CN=Configuration,DC=corp,DC=example",
            "ldap://DomainDnsZones.sub.corp.example/DC=DomainDnsZones,DC=sub,DC=corp,DC=example??base",
            "ldap://ForestDnsZones.corp.example/dc=forestdnszones,dc=corp,dc=example",
            "ldaps://x/CN=Schema%2cCN=Configuration,DC=corp,DC=example",
        ] {
            assert!(contexts().is_no_data(url), "{url}");
        }
    }

    #[test]
    fn anything_else_is_data() {
        for url in [
            "ldap://child.sub.corp.example/DC=child,DC=sub,DC=corp,DC=example",
            "ldap://x/OU=DomainDnsZones,DC=sub,DC=corp,DC=example",
            "ldap://x/DC=DomainDnsZones,DC=elsewhere",
            "ldap://x/",
            "ldap://x",
            "ldap://x/%zz",
            "",
        ] {
            assert!(!contexts().is_no_data(url), "{url}");
        }
    }

    #[test]
    fn outside_active_directory_every_reference_is_data() {
        let contexts = Contexts::new(&RootDse::default());
        assert!(!contexts.is_no_data("ldap://x/CN=Configuration,DC=corp,DC=example"));
    }
}
