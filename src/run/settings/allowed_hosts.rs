//! Rule `allowed-hosts`: where the operator may connect, by the option `--allowed-hosts`.

mod host;
mod pattern;

use self::host::Host;
pub use self::pattern::{HostPattern, InvalidPattern};
use super::invalid::InvalidSettings;
use crate::directory::ldap::servers;
use crate::directory::settings::{DirectorySettings, Source};
use crate::store::StoreSettings;

/// The hosts that resources may name. None: they may name every host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowedHosts(Vec<HostPattern>);

impl From<Vec<HostPattern>> for AllowedHosts {
    fn from(patterns: Vec<HostPattern>) -> Self {
        Self(patterns)
    }
}

impl AllowedHosts {
    /// Rule `allowed-hosts`: the settings of an object of this kind, if every server in them is allowed. Also one that would be
    /// tried last.
    ///
    /// # Errors
    /// [`InvalidSettings::HostNotAllowed`] for the first one that is not.
    pub fn admit_directory(
        &self,
        kind: &str,
        settings: DirectorySettings,
    ) -> Result<DirectorySettings, InvalidSettings> {
        if let Source::Ldap(ldap) = &settings.source {
            for (host, port) in servers(ldap) {
                self.check(&format!("{kind} spec.ldap.servers"), &host, port)?;
            }
        }
        Ok(settings)
    }

    /// Rule `allowed-hosts`: the same for a store.
    ///
    /// # Errors
    /// [`InvalidSettings::HostNotAllowed`] for the first server that is not allowed.
    pub fn admit_store(&self, settings: StoreSettings) -> Result<StoreSettings, InvalidSettings> {
        for address in settings.addresses() {
            self.check(&format!("DashboardServer {}", address.field), &address.host, address.port)?;
        }
        Ok(settings)
    }

    fn check(&self, field: &str, host: &str, port: u16) -> Result<(), InvalidSettings> {
        let is_allowed = |host: &Host| self.0.iter().any(|pattern| pattern.allows(host, port));
        if self.0.is_empty() || Host::parse(host).is_some_and(|host| is_allowed(&host)) {
            return Ok(());
        }
        Err(InvalidSettings::HostNotAllowed { field: field.to_owned(), host: host.to_owned(), port })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use secrecy::SecretSlice;
    use serde_json::{Value, json};

    use super::*;
    use crate::run::referenced_object::{Contents, ReferencedObject, ReferencedObjects};
    use crate::run::settings::{directory_settings, store_settings};

    fn allowed(patterns: &str) -> AllowedHosts {
        let patterns = patterns.split_whitespace().map(|pattern| pattern.parse().unwrap());
        patterns.collect::<Vec<HostPattern>>().into()
    }

    /// What is said of a Directory with these servers.
    fn of_directory(patterns: &str, mode: &str, servers: &[&str]) -> Result<(), InvalidSettings> {
        let directory = json!({"apiVersion": "directorysync.dev/v1alpha1", "kind": "Directory", "metadata": {"name": "d"},
            "spec": {"baseDN": "dc=x", "ldap": {"servers": servers, "tls": {"mode": mode}, "auth": {"anonymous": {}}}}});
        let settings = directory_settings(&serde_json::from_value(directory).unwrap(), &ReferencedObjects::new());
        allowed(patterns).admit_directory("Directory", settings.unwrap()).map(drop)
    }

    /// What is said of a DashboardServer. Its Secret has this URL, and every other key.
    #[expect(clippy::needless_pass_by_value, reason = "a table reads better without borrows")]
    fn of_store(patterns: &str, spec: Value, url: &str) -> Result<(), InvalidSettings> {
        let server = json!({"apiVersion": "directorysync.dev/v1alpha1", "kind": "DashboardServer",
            "metadata": {"name": "s"}, "spec": spec});
        let keys: &[&str] = match spec.as_object().unwrap().keys().next().unwrap().as_str() {
            "grafana" => &["token"],
            "scim" => &["token", "clientID", "clientSecret"],
            _ => &["apiKey"],
        };
        let octets = |text: &str| SecretSlice::from(text.as_bytes().to_vec());
        let mut values: BTreeMap<_, _> = keys.iter().map(|key| ((*key).to_owned(), octets("s3cret"))).collect();
        values.insert("url".to_owned(), octets(url));
        let contents = Contents { values, folder: None };
        let referenced = ReferencedObjects::from([(ReferencedObject::Secret("s".to_owned()), contents)]);
        let settings = store_settings(&serde_json::from_value(server).unwrap(), &referenced).unwrap();
        allowed(patterns).admit_store(settings).map(drop)
    }

    fn sql(patterns: &str, url: &str) -> Result<(), InvalidSettings> {
        of_store(patterns, json!({"sql": {"secretKeyRef": {"name": "s", "key": "url"}}}), url)
    }

    fn superset(patterns: &str, url: &str) -> Result<(), InvalidSettings> {
        of_store(patterns, json!({"superset": {"url": url, "secretRef": {"name": "s"}}}), "")
    }

    /// The host and the port that are not allowed.
    #[track_caller]
    fn refused(said: Result<(), InvalidSettings>) -> (String, u16) {
        match said {
            Err(InvalidSettings::HostNotAllowed { host, port, .. }) => (host, port),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn without_a_list_every_host_is_allowed() {
        assert_eq!(of_directory("", "LDAPS", &["169.254.169.254"]), Ok(()));
        assert_eq!(sql("", "postgres://u:p@169.254.169.254/d"), Ok(()));
        assert_eq!(superset("", "https://169.254.169.254/"), Ok(()));
    }

    #[test]
    fn every_server_of_a_directory_must_be_allowed_with_the_port_that_it_means() {
        assert_eq!(of_directory("*.corp.example:636", "LDAPS", &["dc1.corp.example", "DC2.corp.example.:636"]), Ok(()));
        assert_eq!(of_directory("dc1:389 [::1]:389", "StartTLS", &["dc1", "[::1]", "[0:0::1]:389"]), Ok(()));
        let last = of_directory("*.corp.example:636", "LDAPS", &["dc1.corp.example", "dc1.corp.example:389"]);
        assert_eq!(refused(last), ("dc1.corp.example".to_owned(), 389));
        assert_eq!(refused(of_directory("dc1:636", "StartTLS", &["dc1"])), ("dc1".to_owned(), 389));
        let said = of_directory("*.corp.example", "LDAPS", &["evilcorp.example"]).unwrap_err();
        assert_eq!(
            said.to_string(),
            "Directory spec.ldap.servers: the operator may not connect to the host \"evilcorp.example\" at port 636, \
             because its option --allowed-hosts does not list it: correct the host, or have a cluster administrator add \
             it to that option"
        );
        assert_eq!((said.kind(), said.reason().as_str()), ("Directory", "HostNotAllowed"));
        for trick in ["evil@dc1.corp.example", "evil#.corp.example", "evil/.corp.example", "evil%2f.corp.example"] {
            refused(of_directory("*.corp.example dc1.corp.example", "LDAPS", &[trick]));
        }
    }

    #[test]
    fn a_url_in_a_secret_is_refused_without_its_password() {
        assert_eq!(sql("db.corp.example:5432", "postgres://u:p@DB.corp.example/d"), Ok(()));
        assert_eq!(sql("[::1]:6543", "postgresql://u:p@[::1]:6543/d"), Ok(()));
        assert_eq!(refused(sql("db:5432", "postgres://u:p@db:22/d")), ("db".to_owned(), 22));
        let said =
            sql("db.corp.example", "postgres://db.corp.example:s3cret@evil.example/db.corp.example").unwrap_err();
        let text = said.to_string();
        assert!(
            text.starts_with("DashboardServer spec.sql.secretKeyRef: ") && text.contains("\"evil.example\""),
            "{text}"
        );
        assert!(!text.contains("s3cret") && text.contains("5432"), "{text}");
        // A resolver takes these for 127.0.0.1.
        for host in ["127.1", "0x7f000001", "0177.0.0.1", "2130706433"] {
            refused(sql("127.0.0.0/8", &format!("postgres://u:p@{host}/d")));
        }
        assert_eq!(sql("127.0.0.0/8", "postgres://u:p@[::ffff:127.0.0.1]/d"), Ok(()));
    }

    #[test]
    fn what_cannot_be_read_is_never_connected_to() {
        for url in ["postgres://u:p@db%2ecorp.example/d", "postgres://u:p@db,evil/d", "mysql://evil/d", "sqlite:/a.db"]
        {
            let settings = crate::store::sql::SqlSettings { url: url.into(), authorities: None, allow_sqlite: false };
            assert_eq!(StoreSettings::Sql(settings.clone()).addresses(), [], "{url}");
            crate::store::sql::open(settings).unwrap_err();
        }
    }

    #[test]
    fn the_host_of_a_url_is_the_one_that_is_connected_to() {
        let patterns = "bi.corp.example 127.0.0.1 xn--bcher-kva.example";
        for url in [
            "https://bi.corp.example",
            "https://BI.Corp.Example.:8443/path?query#fragment",
            "https://bi%2ecorp.example/",
            "https://bücher.example/",
            "https://0x7f.1/",
            "https://[::ffff:127.0.0.1]/",
        ] {
            assert_eq!(superset(patterns, url), Ok(()), "{url}");
        }
        for (url, host) in [
            ("https://evil.example\\@bi.corp.example/", "evil.example"),
            ("https://evil.example#@bi.corp.example/", "evil.example"),
            ("https://evil.example?@bi.corp.example/", "evil.example"),
            ("https://evil.example/bi.corp.example", "evil.example"),
            ("https://bi.corp.example.evil.example/", "bi.corp.example.evil.example"),
            ("https://xbi.corp.example/", "xbi.corp.example"),
            ("https://2852039166/latest/meta-data", "169.254.169.254"),
            ("https://[::ffff:a9fe:a9fe]/", "::ffff:a9fe:a9fe"),
        ] {
            assert_eq!(refused(superset(patterns, url)), (host.to_owned(), 443), "{url}");
        }
        // The client refuses a user.
        assert_eq!(superset(patterns, "https://bi.corp.example@evil.example/"), Ok(()));
    }

    #[test]
    fn every_kind_of_server_is_looked_at() {
        let url = "https://bi.corp.example";
        let reference = json!({"name": "s"});
        let tokens = |token_url: &str| json!({"scim": {"url": url, "auth": {"oauth2": {"secretRef": {"name": "s"}, "tokenURL": token_url}}}});
        for (spec, field) in [
            (json!({"superset": {"url": url, "secretRef": reference}}), "superset.url"),
            (json!({"boldBI": {"url": url, "site": "a", "secretRef": reference}}), "boldBI.url"),
            (json!({"grafana": {"url": url, "secretRef": reference}}), "grafana.url"),
            (json!({"scim": {"url": url, "auth": {"bearer": {"secretRef": reference}}}}), "scim.url"),
            (tokens("https://bi.corp.example/token"), "scim.url"),
        ] {
            assert_eq!(of_store("bi.corp.example:443", spec.clone(), ""), Ok(()), "{spec}");
            let said = of_store("bi.corp.example:8443", spec, "").unwrap_err().to_string();
            assert!(said.starts_with(&format!("DashboardServer spec.{field}: ")), "{said}");
        }
        let said = of_store("bi.corp.example", tokens("https://sso.evil.example:8443/a/token"), "").unwrap_err();
        assert_eq!(
            said,
            InvalidSettings::HostNotAllowed {
                field: "DashboardServer spec.scim.auth.oauth2.tokenURL".to_owned(),
                host: "sso.evil.example".to_owned(),
                port: 8443,
            }
        );
    }
}
