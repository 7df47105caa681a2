//! The root DSE (RFC 4512 section 5.1): which product a server is and what it supports.

use std::collections::BTreeSet;

use super::connection::Connection;
use super::control::PAGED_RESULTS;
use super::reference::IgnoredReferences;
use super::search::Search;
use crate::directory::Error;
use crate::directory::dn::Dn;
use crate::directory::entry::Entry;
use crate::directory::schema::DNS_PARTITIONS;

/// `LDAP_CAP_ACTIVE_DIRECTORY_OID`, MS-ADTS section 3.1.1.3.4.3.1.
const ACTIVE_DIRECTORY: &str = "1.2.840.113556.1.4.800";
/// `LDAP_CAP_ACTIVE_DIRECTORY_ADAM_OID`, same section.
const AD_LDS: &str = "1.2.840.113556.1.4.1851";
/// Attributes that only the root DSE of a FreeIPA server has.
const FREE_IPA_MARKS: [&str; 2] = ["ipadomainlevel", "ipatopologypluginversion"];

/// How 389 Directory Server names its product, also when another vendor sells it. FreeIPA stores its entries in one.
const DIRECTORY_SERVER_389: &str = "389-Directory/";

/// The attributes to read, by name, because most of them are operational.
const ATTRIBUTES: [&str; 14] = [
    "objectClass",
    "namingContexts",
    "defaultNamingContext",
    "rootDomainNamingContext",
    "configurationNamingContext",
    "schemaNamingContext",
    "dsServiceName",
    "highestCommittedUSN",
    "supportedControl",
    "supportedCapabilities",
    "vendorName",
    "vendorVersion",
    "ipaDomainLevel",
    "ipaTopologyPluginVersion",
];

/// Which product a server says it is, as far as that decides the schema.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Product {
    /// Active Directory and Samba.
    ActiveDirectory,
    /// Active Directory Lightweight Directory Services.
    AdLds,
    /// FreeIPA.
    FreeIpa,
    /// Any other product, which does not say.
    #[default]
    Other,
}

/// The attributes of the root DSE that decide how a directory is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct RootDse {
    pub(super) naming_contexts: Vec<String>,
    /// In Active Directory the domain head. FreeIPA and 389 Directory Server have one too.
    pub(super) default_naming_context: Option<String>,
    pub(super) root_domain_naming_context: Option<String>,
    pub(super) configuration_naming_context: Option<String>,
    pub(super) schema_naming_context: Option<String>,
    /// The server's own entry, which has its `invocationId`.
    pub(super) ds_service_name: Option<String>,
    /// The highest update sequence number that the server has committed.
    pub(super) highest_committed_usn: Option<i64>,
    pub(super) product: Product,
    /// Whether it is a 389 Directory Server. FreeIPA is one.
    pub(super) is_389_directory_server: bool,
    pub(super) controls: BTreeSet<String>,
}

impl RootDse {
    /// Reads it. RFC 4512 section 5.1 leaves it to the server who may do that. In practice every account may, also
    /// before a bind.
    pub(super) async fn read(connection: &mut Connection) -> Result<Self, Error> {
        let attempt = format!("reading the root DSE of {}", connection.address);
        let attributes = ATTRIBUTES.map(str::to_owned);
        let search = Search::entry(&attempt, "", &attributes);
        let entries = connection.search(&search, &IgnoredReferences::none()).await?.into_inner();
        match entries.into_iter().next() {
            Some(decoded) => Ok(Self::from_entry(&decoded.entry)),
            None => {
                Err(Error::incomplete(attempt, "the bind account cannot read it; grant it read access to the root DSE"))
            }
        }
    }

    fn from_entry(entry: &Entry) -> Self {
        let all = |attribute: &str| {
            entry.values(attribute).iter().map(|value| String::from_utf8_lossy(value).into_owned()).collect::<Vec<_>>()
        };
        let first = |attribute: &str| all(attribute).into_iter().next().filter(|value| !value.is_empty());
        Self {
            naming_contexts: all("namingcontexts"),
            default_naming_context: first("defaultnamingcontext"),
            root_domain_naming_context: first("rootdomainnamingcontext"),
            configuration_naming_context: first("configurationnamingcontext"),
            schema_naming_context: first("schemanamingcontext"),
            ds_service_name: first("dsservicename"),
            highest_committed_usn: first("highestcommittedusn").and_then(|value| value.trim().parse().ok()),
            product: product(entry),
            is_389_directory_server: all("vendorname").iter().any(|vendor| vendor == "389 Project")
                || all("vendorversion").iter().any(|version| version.starts_with(DIRECTORY_SERVER_389)),
            controls: all("supportedcontrol").into_iter().collect(),
        }
    }

    /// Whether the server advertises a control.
    pub(super) fn supports(&self, control: &str) -> bool {
        self.controls.contains(control)
    }

    /// The page size to ask for. `None` where the server does not support pages.
    pub(super) fn page_size(&self, size: u32) -> Option<u32> {
        self.supports(PAGED_RESULTS).then_some(size)
    }

    /// The references that lead to no groups and users: those to the configuration and schema contexts and to the DNS
    /// partitions of the domain and the forest, whether or not this server has them.
    pub(super) fn ignored_references(&self) -> IgnoredReferences {
        // Only Active Directory has a configuration context. With other products every reference counts.
        if self.configuration_naming_context.is_none() {
            return IgnoredReferences::none();
        }
        let own = [&self.configuration_naming_context, &self.schema_naming_context].into_iter().flatten().cloned();
        let domains = [&self.default_naming_context, &self.root_domain_naming_context];
        let partitions = domains
            .into_iter()
            .flatten()
            .flat_map(|domain| DNS_PARTITIONS.iter().map(move |partition| format!("{partition},{domain}")));
        let normal = |dn: String| Dn::parse(&dn).ok().map(|dn| dn.normal().to_owned());
        IgnoredReferences::To(own.chain(partitions).filter_map(normal).collect())
    }
}

fn product(root: &Entry) -> Product {
    let has = |oid: &str| root.values("supportedcapabilities").iter().any(|value| value == oid.as_bytes());
    if has(AD_LDS) {
        Product::AdLds
    } else if has(ACTIVE_DIRECTORY) {
        Product::ActiveDirectory
    } else if FREE_IPA_MARKS.iter().any(|mark| !root.values(mark).is_empty()) {
        Product::FreeIpa
    } else {
        Product::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(attributes: &[(&str, &[&str])]) -> RootDse {
        let attributes = attributes
            .iter()
            .map(|(name, values)| ((*name).to_owned(), values.iter().map(|value| value.as_bytes().to_vec()).collect()))
            .collect();
        RootDse::from_entry(&Entry { dn: String::new(), attributes })
    }

    #[test]
    fn active_directory_is_known_by_its_capability() {
        let samba = root(&[
            ("supportedcapabilities", &["1.2.840.113556.1.4.800", "1.2.840.113556.1.4.1670"]),
            ("highestcommittedusn", &["4242"]),
            ("supportedcontrol", &["1.2.840.113556.1.4.319"]),
        ]);
        assert_eq!(samba.product, Product::ActiveDirectory);
        assert_eq!(samba.highest_committed_usn, Some(4242));
        assert_eq!(samba.page_size(1000), Some(1000));
    }

    #[test]
    fn ad_lds_is_known_by_its_capability() {
        let capabilities = ["1.2.840.113556.1.4.1670", "1.2.840.113556.1.4.1791", "1.2.840.113556.1.4.1851"];
        assert_eq!(root(&[("supportedcapabilities", &capabilities)]).product, Product::AdLds);
        let neither = ["1.2.840.113556.1.4.1670"];
        assert_eq!(root(&[("supportedcapabilities", &neither)]).product, Product::Other);
    }

    #[test]
    fn free_ipa_is_known_by_its_marks() {
        let ipa = root(&[("vendorname", &["389 Project"]), ("ipadomainlevel", &["1"])]);
        assert_eq!(ipa.product, Product::FreeIpa);
        assert_eq!(root(&[("vendorname", &["389 Project"])]).product, Product::Other);
    }

    #[test]
    fn a_389_directory_server_is_known_by_its_vendor() {
        assert!(root(&[("vendorname", &["389 Project"])]).is_389_directory_server);
        let red_hat = root(&[("vendorname", &["Red Hat"]), ("vendorversion", &["389-Directory/1.4.3 B2021.1"])]);
        assert!(red_hat.is_389_directory_server);
        assert!(!root(&[("vendorname", &["The OpenLDAP Project"])]).is_389_directory_server);
    }

    #[test]
    fn references_to_partitions_without_groups_and_users_are_ignored() {
        let root = RootDse {
            default_naming_context: Some("DC=sub,DC=corp".into()),
            root_domain_naming_context: Some("DC=corp".into()),
            configuration_naming_context: Some("CN=Configuration,DC=corp".into()),
            schema_naming_context: Some("CN=Schema,CN=Configuration,DC=corp".into()),
            ..RootDse::default()
        };
        let IgnoredReferences::To(contexts) = root.ignored_references() else { panic!("all are ignored") };
        assert_eq!(
            contexts,
            [
                "cn=configuration,dc=corp",
                "cn=schema,cn=configuration,dc=corp",
                "dc=domaindnszones,dc=sub,dc=corp",
                "dc=forestdnszones,dc=sub,dc=corp",
                "dc=domaindnszones,dc=corp",
                "dc=forestdnszones,dc=corp",
            ]
        );
        let elsewhere = RootDse { default_naming_context: Some("dc=corp".into()), ..RootDse::default() };
        assert!(matches!(elsewhere.ignored_references(), IgnoredReferences::To(none) if none.is_empty()));
    }

    #[test]
    fn no_page_size_where_the_server_has_no_pages() {
        assert_eq!(root(&[]).page_size(1000), None);
    }
}
