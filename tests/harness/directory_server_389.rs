//! 389 Directory Server: an `ns-slapd` with the entries and the configuration of a test.
//!
//! The instance is created like those of `dscreate`, but without systemd and outside the system's folders. The package's
//! own templates are filled in, and the server creates its empty database at its first start, in about a second.

mod configuration;
mod instance;

use std::path::PathBuf;
use std::time::Duration;

use tempfile::TempDir;

use self::configuration::{Configuration, Place};
use super::certificates::Certificates;
use super::ldap_tools::LdapTools;
use super::loopback::Loopback;
use super::process::Process;
use super::{command, folder, naming_context, wait};

const INSTALL: &str = "apt-get install -y --no-install-recommends 389-ds-base libnss3-tools openssl ldap-utils";
/// The account that may do everything, and the only one that sees tombstones. It is in no database.
const DIRECTORY_MANAGER: &str = "cn=Directory Manager";
/// The Directory Manager's password.
const PASSWORD: &str = "correct horse";
/// Every account that has bound may read everything but passwords.
const READ: &str = "aci: (targetattr != \"userPassword || aci\")(version 3.0; acl \"read\"; \
                    allow (read, search, compare) userdn = \"ldap:///all\";)";

/// The configuration of an `ns-slapd`.
#[derive(Debug, Clone)]
pub struct Builder {
    suffix: String,
    entries: String,
    settings: Vec<(String, String, String)>,
    /// Entries of `cn=config`.
    added: String,
}

impl Builder {
    /// The entries, as LDIF, added online: each gets its `nsUniqueId` as on any server. The one at the suffix is added
    /// if it is not among them; every bound account may read all but passwords, unless it has an `aci` of its own.
    #[must_use]
    pub fn entries(mut self, ldif: &str) -> Self {
        self.entries.push_str(ldif.trim());
        self.entries.push_str("\n\n");
        self
    }

    /// Turns a plug-in on: `USN`, `MemberOf Plugin`, `referential integrity postoperation`, `entryuuid`, …
    #[must_use]
    pub fn plugin(self, name: &str) -> Self {
        self.setting(&plugin(name), "nsslapd-pluginEnabled", "on")
    }

    /// Gives an entry of `cn=config` this one value of an attribute.
    #[must_use]
    pub fn setting(mut self, dn: &str, attribute: &str, value: &str) -> Self {
        self.settings.push((dn.to_owned(), attribute.to_owned(), value.to_owned()));
        self
    }

    /// Adds an entry to `cn=config`: a replica, an index, …
    #[must_use]
    pub fn configuration(mut self, ldif: &str) -> Self {
        self.added.push_str(ldif.trim());
        self.added.push_str("\n\n");
        self
    }

    /// Starts the server and adds the entries.
    #[must_use]
    pub fn start(self) -> DirectoryServer389 {
        DirectoryServer389::start(&self)
    }
}

/// A running `ns-slapd`, with `ldap://` (and StartTLS) and `ldaps://`.
#[derive(Debug)]
pub struct DirectoryServer389 {
    process: Option<Process>,
    loopback: Loopback,
    port: u16,
    tls_port: u16,
    certificates: Certificates,
    ca: PathBuf,
    suffix: String,
    folder: TempDir,
}

impl DirectoryServer389 {
    /// A server for the naming context `dc=NAME,dc=…`.
    #[must_use]
    pub fn builder(suffix: &str) -> Builder {
        Builder { suffix: suffix.to_owned(), entries: String::new(), settings: Vec::new(), added: String::new() }
    }

    fn start(builder: &Builder) -> Self {
        // The server takes what follows a `slapd-` in a path for its name, and ends without a word where that misleads
        // it.
        let folder = folder::temporary("389ds");
        let loopback = Loopback::claim();
        let certificates = Certificates::new();
        let (port, tls_port) = (loopback.free_port(), loopback.free_port());
        let ca = folder::write(folder.path(), "ca.crt", certificates.ca());
        let suffix = builder.suffix.clone();
        let mut server = Self { process: None, loopback, port, tls_port, certificates, ca, suffix, folder };
        server.make_files(builder);
        server.resume();
        server.modify(&naming_context::with_root(&server.suffix, &builder.entries, |name| {
            format!("objectClass: domain\ndc: {name}\n{READ}")
        }));
        server
    }

    fn make_files(&self, builder: &Builder) {
        let root = self.folder.path();
        let (address, user) = (self.loopback.to_string(), instance::user());
        let (port, tls_port) = (self.port.to_string(), self.tls_port.to_string());
        let place = Place {
            root: &root.display().to_string(),
            address: &address,
            port: &port,
            tls_port: &tls_port,
            user: &user.name,
            suffix: &self.suffix,
            manager: (DIRECTORY_MANAGER, PASSWORD),
        };
        let mut configuration = Configuration::of_package(&place);
        configuration.add(&builder.added);
        for (dn, attribute, value) in &builder.settings {
            configuration.set(dn, attribute, value);
        }
        instance::make_files(root, configuration.text());
        instance::write_certificate(root, &self.certificates, &["localhost", &address]);
        instance::give(root, &user);
    }

    /// Starts the server again after [`DirectoryServer389::stop`], on the same ports and with the same entries.
    pub fn resume(&mut self) {
        let mut server = instance::server();
        // A `-d` keeps it in the foreground; with this level it logs as much as without.
        server.arg("-D").arg(self.configuration()).args(["-d", "16384"]);
        let mut process = Process::spawn("ns-slapd", server, &self.folder.path().join("logs/errors"));
        let probe = self.tools().bound_as("", "");
        process.wait_until("answers", || probe.answers());
        self.process = Some(process);
    }

    /// Stops the server in good order.
    pub fn stop(&mut self) {
        if let Some(process) = self.process.take() {
            process.stop();
        }
    }

    /// Turns a plug-in on, with a restart.
    pub fn turn_on(&mut self, name: &str) {
        self.stop();
        let file = self.configuration().join("dse.ldif");
        let mut configuration = Configuration::read(&file);
        configuration.set(&plugin(name), "nsslapd-pluginEnabled", "on");
        // Overwritten and not created again, because it is the server's file.
        std::fs::write(&file, configuration.text()).expect("a file of ours");
        self.resume();
    }

    /// Runs a task of the server, `entryuuid task` for instance, over the whole naming context, and waits for its end.
    pub fn run_task(&self, kind: &str) {
        let dn = format!("cn=once,cn={kind},cn=tasks,cn=config");
        self.modify(&format!(
            "dn: {dn}\nobjectClass: top\nobjectClass: extensibleObject\ncn: once\nbasedn: {}\n",
            self.suffix
        ));
        let done = || {
            let task = self.tools().search(&["-s", "base", "-b", &dn, "(nsTaskExitCode=*)", "nsTaskExitCode"]);
            task.lines().find_map(|line| line.strip_prefix("nsTaskExitCode: ").map(str::to_owned))
        };
        let code = wait::poll(Duration::from_mins(1), done);
        assert_eq!(code.as_deref(), Some("0"), "{kind}: {}", self.log());
    }

    /// What `ns-slapd db2ldif` writes of the database with these options, while the server is down.
    pub fn export(&mut self, options: &[&str]) -> String {
        self.stop();
        let file = self.folder.path().join("ldif/export.ldif");
        let mut export = instance::server();
        export.arg("db2ldif").arg("-D").arg(self.configuration()).args(["-n", configuration::BACKEND]);
        command::run(export.args(options).arg("-a").arg(&file));
        let text = std::fs::read_to_string(&file).expect("a file of ours");
        self.resume();
        text
    }

    /// The naming context.
    #[must_use]
    pub fn suffix(&self) -> &str {
        &self.suffix
    }

    /// Who may do everything; no limit and no access rule holds for it, so let the program under test bind as an
    /// account among the entries, unless it is to see tombstones.
    #[must_use]
    pub const fn manager(&self) -> &'static str {
        DIRECTORY_MANAGER
    }

    /// The Directory Manager's password.
    #[must_use]
    pub const fn password(&self) -> &'static str {
        PASSWORD
    }

    /// Host and port without TLS, as a Directory's `servers` have them; StartTLS is offered.
    #[must_use]
    pub fn address(&self) -> String {
        format!("{}:{}", self.loopback, self.port)
    }

    /// Host and port with TLS from the first byte.
    #[must_use]
    pub fn tls_address(&self) -> String {
        format!("{}:{}", self.loopback, self.tls_port)
    }

    /// Who signed the server's certificate.
    #[must_use]
    pub const fn certificates(&self) -> &Certificates {
        &self.certificates
    }

    /// The command-line tools as the Directory Manager, over `ldaps://`.
    #[must_use]
    pub fn tools(&self) -> LdapTools {
        LdapTools {
            url: format!("ldaps://{}", self.tls_address()),
            ca: Some(self.ca.clone()),
            identity: None,
            bind_dn: DIRECTORY_MANAGER.to_owned(),
            password: PASSWORD.to_owned(),
        }
    }

    /// Applies change records (or adds entries) as the Directory Manager.
    pub fn modify(&self, ldif: &str) {
        self.tools().modify(ldif);
    }

    /// The value of an attribute of an entry, operational ones too.
    #[must_use]
    pub fn attribute(&self, dn: &str, name: &str) -> Option<String> {
        let entry = self.tools().search(&["-s", "base", "-b", dn, "(objectClass=*)", name]);
        let mut pairs = entry.lines().filter_map(|line| line.split_once(": "));
        pairs.find(|(attribute, _)| attribute.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
    }

    /// What the server logged of itself.
    #[must_use]
    pub fn log(&self) -> String {
        self.process.as_ref().map(Process::log).unwrap_or_default()
    }

    fn configuration(&self) -> PathBuf {
        self.folder.path().join("config")
    }
}

fn plugin(name: &str) -> String {
    format!("cn={name},cn=plugins,cn=config")
}
