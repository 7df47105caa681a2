//! `dse.ldif`, the configuration of 389 Directory Server, from the package's templates as `dscreate` uses them.

use std::fs;
use std::path::{Path, PathBuf};

use super::INSTALL;
use crate::harness::environment;

const TEMPLATES: &str = "/usr/share/dirsrv/data";
/// The database of the naming context.
pub(super) const BACKEND: &str = "userRoot";
/// Upstream's server adds these to its configuration by itself. Debian's server has them but does not add them.
const ENTRY_UUID: &str = "dn: cn=entryuuid_syntax,cn=plugins,cn=config
objectClass: top
objectClass: nsSlapdPlugin
cn: entryuuid_syntax
nsslapd-pluginPath: libentryuuid-syntax-plugin
nsslapd-pluginInitfunc: entryuuid_syntax_plugin_init
nsslapd-pluginType: syntax
nsslapd-pluginEnabled: on

dn: cn=entryuuid,cn=plugins,cn=config
objectClass: top
objectClass: nsSlapdPlugin
cn: entryuuid
nsslapd-pluginPath: libentryuuid-plugin
nsslapd-pluginInitfunc: entryuuid_plugin_init
nsslapd-pluginType: betxnpreoperation
nsslapd-pluginEnabled: off
nsslapd-plugin-depends-on-type: database
";

/// The folders of an instance.
#[derive(Debug)]
pub(super) struct Place<'a> {
    pub(super) root: &'a str,
    pub(super) address: &'a str,
    pub(super) port: &'a str,
    pub(super) tls_port: &'a str,
    pub(super) user: &'a str,
    pub(super) suffix: &'a str,
    /// Name and password.
    pub(super) manager: (&'a str, &'a str),
}

/// The text of a `dse.ldif`: entries with an empty line between them.
#[derive(Debug)]
pub(super) struct Configuration(String);

impl Configuration {
    /// The one that the package has for new instances.
    pub(super) fn of_package(place: &Place<'_>) -> Self {
        let mut configuration = Self(String::new());
        for template in ["template-dse.ldif", "template-suffix-db.ldif"] {
            let template = environment::program(&[PathBuf::from(TEMPLATES).join(template)], INSTALL);
            configuration.add(&place.fill_in(&fs::read_to_string(template).expect("a text file")));
        }
        configuration.add(ENTRY_UUID);
        for (dn, attribute, value) in [
            ("cn=config", "nsslapd-listenhost", place.address),
            ("cn=config", "nsslapd-securelistenhost", place.address),
            ("cn=config", "nsslapd-secureport", place.tls_port),
            ("cn=config", "nsslapd-security", "on"),
            // A small memory cache, and no waiting for disks, because the files are deleted with the folder.
            ("cn=config,cn=ldbm database,cn=plugins,cn=config", "nsslapd-cache-autosize", "0"),
            ("cn=config,cn=ldbm database,cn=plugins,cn=config", "nsslapd-dbcachesize", "1000000"),
            ("cn=config,cn=ldbm database,cn=plugins,cn=config", "nsslapd-db-durable-transaction", "off"),
        ] {
            configuration.set(dn, attribute, value);
        }
        configuration
    }

    /// The one that a stopped server left.
    pub(super) fn read(file: &Path) -> Self {
        Self(fs::read_to_string(file).expect("a file of ours"))
    }

    /// Adds entries.
    pub(super) fn add(&mut self, ldif: &str) {
        for entry in ldif.split("\n\n").map(without_comments).filter(|entry| !entry.is_empty()) {
            self.0.push_str(&entry);
            self.0.push_str("\n\n");
        }
    }

    /// Replaces all values of an attribute by one.
    pub(super) fn set(&mut self, dn: &str, attribute: &str, value: &str) {
        let mut found = false;
        let entries = self.0.split("\n\n").map(|entry| {
            if !entry.lines().next().and_then(|line| line.strip_prefix("dn: ")).is_some_and(|it| same_dn(it, dn)) {
                return entry.to_owned();
            }
            found = true;
            let is_value =
                |line: &str| line.split_once(':').is_some_and(|(name, _)| name.eq_ignore_ascii_case(attribute));
            let others: Vec<&str> = entry.lines().filter(|line| !is_value(line)).collect();
            format!("{}\n{attribute}: {value}", others.join("\n"))
        });
        self.0 = entries.collect::<Vec<_>>().join("\n\n");
        assert!(found, "{dn} is not an entry of the configuration");
    }

    pub(super) fn text(&self) -> &str {
        &self.0
    }
}

impl Place<'_> {
    fn fill_in(&self, template: &str) -> String {
        let Self { root, address: _, port, tls_port: _, user, suffix, manager: (manager, password) } = self;
        let below = |folder: &str| format!("{root}/{folder}");
        // The server accepts a plain-text password only if it is marked as such.
        let password = format!("{{CLEAR}}{password}");
        let values = [
            ("config_dir", below("config")),
            ("cert_dir", below("config")),
            ("schema_dir", below("config/schema")),
            ("db_dir", below("db")),
            ("db_home_dir", below("db")),
            ("log_dir", below("logs")),
            ("run_dir", below("run")),
            ("lock_dir", below("lock")),
            ("ldif_dir", below("ldif")),
            ("bak_dir", below("bak")),
            ("tmp_dir", below("tmp")),
            ("inst_dir", (*root).to_owned()),
            ("ldapi", below("run/ldapi")),
            ("ldapi_enabled", "off".to_owned()),
            ("ldapi_autobind", "off".to_owned()),
            ("fqdn", "localhost".to_owned()),
            ("ds_port", (*port).to_owned()),
            ("ds_user", (*user).to_owned()),
            ("ds_suffix", (*suffix).to_owned()),
            ("ds_bename", BACKEND.to_owned()),
            ("ds_passwd", password),
            ("rootdn", (*manager).to_owned()),
            ("db_lib", "bdb".to_owned()),
        ];
        values.iter().fold(template.to_owned(), |text, (name, value)| text.replace(&format!("%{name}%"), value))
    }
}

fn without_comments(entry: &str) -> String {
    entry.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()).collect::<Vec<_>>().join("\n")
}

/// The templates have a space after some commas.
fn same_dn(one: &str, other: &str) -> bool {
    one.replace(", ", ",").trim().eq_ignore_ascii_case(other)
}
