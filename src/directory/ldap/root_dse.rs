//! The root DSE (RFC 4512 section 5.1): what a server is and what it can do.

use std::collections::BTreeSet;

use ldap3::Scope;

use super::connection::Connection;
use super::control::PAGED_RESULTS;
use super::reference::Contexts;
use super::search::Search;
use crate::directory::Error;
use crate::directory::entry::Entry;

/// `LDAP_CAP_ACTIVE_DIRECTORY_OID`, MS-ADTS section 3.1.1.3.4.3.1.
const ACTIVE_DIRECTORY: &str = "1.2.840.113556.1.4.800";
/// `LDAP_CAP_ACTIVE_DIRECTORY_ADAM_OID`, same section.
const AD_LDS: &str = "1.2.840.113556.1.4.1851";
/// What only a FreeIPA server's root DSE bears.
const FREE_IPA_MARKS: [&str; 2] = ["ipadomainlevel", "ipatopologypluginversion"];

/// How 389 Directory Server names its product, whoever sells it; FreeIPA stores its entries in one.
const DIRECTORY_SERVER_389: &str = "389-Directory/";

/// What is asked for: by name, because most of it is operational.
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

/// What a server says it is, as far as that decides its schema.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Product {
    /// Active Directory and Samba.
    ActiveDirectory,
    /// Active Directory Lightweight Directory Services.
    AdLds,
    /// FreeIPA.
    FreeIpa,
    /// Any other, which does not say.
    #[default]
    Other,
}

/// The attributes of the root DSE that decide how a directory is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct RootDse {
    pub(super) naming_contexts: Vec<String>,
    /// Active Directory: the domain head. FreeIPA and 389DS name one too.
    pub(super) default_naming_context: Option<String>,
    pub(super) root_domain_naming_context: Option<String>,
    pub(super) configuration_naming_context: Option<String>,
    pub(super) schema_naming_context: Option<String>,
    /// The entry of the server itself, which has its `invocationId`.
    pub(super) ds_service_name: Option<String>,
    /// The highest update sequence number that the server has committed.
    pub(super) highest_committed_usn: Option<i64>,
    pub(super) product: Product,
    /// 389 Directory Server, FreeIPA among them.
    pub(super) is_389_directory_server: bool,
    pub(super) controls: BTreeSet<String>,
}

impl RootDse {
    /// Reads it. Every account may, before it binds too (RFC 4512 section 5.1 leaves that to the server, in practice
    /// all allow it).
    pub(super) async fn read(connection: &mut Connection) -> Result<Self, Error> {
        let attempt = format!("reading the root DSE of {}", connection.address);
        let search = Search {
            attempt: &attempt,
            field: None,
            base: "",
            scope: Scope::Base,
            filter: "(objectClass=*)",
            attributes: &ATTRIBUTES.map(str::to_owned),
            controls: Vec::new(),
        };
        let entries = connection.search(&search, &Contexts::none()).await?.into_inner();
        match entries.into_iter().next() {
            Some(decoded) => Ok(Self::from_entry(&decoded.entry)),
            None => Err(Error::incomplete(attempt, "the server shows none; let the account that reads see it")),
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

    /// The page size to ask for; `None` where the server has no pages.
    pub(super) fn page_size(&self, size: u32) -> Option<u32> {
        self.supports(PAGED_RESULTS).then_some(size)
    }
}

fn product(root: &Entry) -> Product {
    let can = |oid: &str| root.values("supportedcapabilities").iter().any(|value| value == oid.as_bytes());
    if can(AD_LDS) {
        Product::AdLds
    } else if can(ACTIVE_DIRECTORY) {
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
    fn no_page_size_where_the_server_has_no_pages() {
        assert_eq!(root(&[]).page_size(1000), None);
    }
}
