//! Rule `claimed-directory-id`: where a Directory reads and whom it trusts there, to be compared with other Directories.

use kube::ResourceExt as _;
use secrecy::ExposeSecret as _;

use crate::api::v1alpha1::Directory;
use crate::directory::ldap::addresses;
use crate::directory::settings::{LdapSettings, Source, TlsMode};
use crate::sync::claim::Endpoints;
use crate::sync::digest::digest;
use crate::sync::identity::Owner;

/// The endpoints of the Directory or ClusterDirectory of this sync.
pub(super) fn endpoints(directory: &Directory, source: &Source, owner: &Owner) -> Endpoints {
    let of_cluster = directory.is_of_cluster();
    match source {
        Source::Ldap(ldap) => Endpoints { of_cluster, addresses: addresses(ldap), authority: authority(ldap) },
        // Two namespaces never have one file, and no server has such an address.
        Source::Ldif { .. } => {
            let namespace = if of_cluster { "" } else { &*owner.namespace };
            let address = format!("ldif:{}/{namespace}/{}", owner.installation, directory.name_any());
            Endpoints { of_cluster, addresses: [address.into()].into(), authority: None }
        }
    }
}

/// Without TLS no authority decides which server answers. Those of the system sign for everybody.
fn authority(ldap: &LdapSettings) -> Option<Box<str>> {
    let pem = ldap.authorities.as_ref().filter(|_| ldap.tls != TlsMode::None)?;
    Some(digest(pem.expose_secret().trim_ascii()).into())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use secrecy::SecretSlice;
    use serde_json::{Value, json};

    use super::*;
    use crate::run::referenced_object::{Contents, ReferencedObject, ReferencedObjects};
    use crate::run::settings::directory_settings;

    fn contents(key: &str, text: &str) -> Contents {
        let values = BTreeMap::from([(key.to_owned(), SecretSlice::from(text.as_bytes().to_vec()))]);
        Contents { values, folder: None }
    }

    #[expect(clippy::needless_pass_by_value, reason = "a table reads better without borrows")]
    fn of(spec: Value) -> Endpoints {
        let mut object = json!({"apiVersion": "directorysync.dev/v1alpha1", "kind": "Directory",
            "metadata": {"name": "corp", "namespace": "bi"}, "spec": {"baseDN": "dc=x"}});
        object["spec"].as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
        let directory: Directory = serde_json::from_value(object).unwrap();
        let ca = |name: &str| ReferencedObject::ConfigMap(name.to_owned());
        let referenced = ReferencedObjects::from([
            (ca("ca"), contents("ca.crt", "PEM\n")),
            (ca("same"), contents("ca.crt", "PEM")),
            (ca("other"), contents("ca.crt", "PEM2")),
            (ca("file"), contents("company.ldif", "")),
        ]);
        let settings = directory_settings(&directory, &referenced).unwrap();
        endpoints(&directory, &settings.source, &"standalone/bi/teams".parse().unwrap())
    }

    #[expect(clippy::needless_pass_by_value, reason = "a table reads better without borrows")]
    fn ldap(servers: &[&str], tls: Value) -> Value {
        json!({"ldap": {"servers": servers, "tls": tls, "auth": {"anonymous": {}}}})
    }

    #[test]
    fn addresses_are_those_of_all_servers_with_their_ports() {
        let addresses = |servers: &[&str], tls| of(ldap(servers, tls)).addresses.into_iter().collect::<Vec<_>>();
        assert_eq!(
            addresses(&["DC2.Corp:3269", "dc1", "DC1:636"], json!({})),
            ["dc1:636".into(), "dc2.corp:3269".into()]
        );
        assert_eq!(addresses(&["dc1", "[::1]"], json!({"mode": "StartTLS"})), ["[::1]:389".into(), "dc1:389".into()]);
    }

    #[test]
    fn an_authority_is_the_content_of_a_reference_and_needs_tls() {
        let authority = |tls| of(ldap(&["dc1"], tls)).authority;
        let named = |name: &str| json!({"caRef": {"name": name}});
        assert_eq!(authority(named("ca")), authority(named("same")));
        assert!(authority(named("ca")).is_some() && authority(named("ca")) != authority(named("other")));
        assert_eq!(authority(json!({})), None, "those of the system are everybody's");
        assert_eq!(authority(json!({"caRef": {"name": "ca"}, "mode": "None"})), None);
    }

    #[test]
    fn a_file_has_an_address_of_its_namespace() {
        let file = of(json!({"ldif": {"configMapKeyRef": {"name": "file", "key": "company.ldif"}}}));
        assert_eq!(file.addresses, ["ldif:standalone/bi/corp".into()].into());
        assert_eq!(file.authority, None);
    }
}
