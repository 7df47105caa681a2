//! OpenLDAP: a slapd with the entries and the configuration of a test.

use std::path::PathBuf;
use std::process::Command;

use nix::sys::signal::Signal;
use tempfile::TempDir;

use super::certificates::{Certificates, Files, Pair};
use super::ldap_tools::LdapTools;
use super::loopback::Loopback;
use super::process::Process;
use super::{command, environment, folder, naming_context};

const INSTALL: &str = "apt-get install -y --no-install-recommends slapd ldap-utils";
/// The administrator's password.
const PASSWORD: &str = "correct horse";
const SCHEMAS: [&str; 4] = ["core", "cosine", "inetorgperson", "nis"];
/// The folder in which Debian has the overlays.
const MODULES: &str = "/usr/lib/ldap";

/// The configuration of a slapd.
#[derive(Debug, Clone)]
pub struct Builder {
    suffix: String,
    entries: String,
    modules: Vec<String>,
    global: Vec<String>,
    database: Vec<String>,
    overlays: Vec<String>,
}

impl Builder {
    /// The entries, as LDIF. The one at the suffix is added if it is not among them.
    #[must_use]
    pub fn entries(mut self, ldif: &str) -> Self {
        self.entries.push_str(ldif.trim());
        self.entries.push_str("\n\n");
        self
    }

    /// Loads the module of an overlay (`memberof`, `refint`, `deref`, `syncprov`, `retcode`, …) and puts it over the
    /// database, followed by these lines of its own.
    #[must_use]
    pub fn overlay(mut self, name: &str, lines: &str) -> Self {
        self.modules.push(format!("moduleload {name}"));
        self.overlays.push(format!("overlay {name}\n{lines}"));
        self
    }

    /// Lines for the database, before any overlay: `limits …`, `access to …`, `sizelimit …` (slapd.conf(5)).
    #[must_use]
    pub fn database(mut self, lines: &str) -> Self {
        self.database.push(lines.to_owned());
        self
    }

    /// Lines for the whole server: `TLSVerifyClient demand`, `authz-regexp …`, `attributetype …`.
    #[must_use]
    pub fn global(mut self, lines: &str) -> Self {
        self.global.push(lines.to_owned());
        self
    }

    /// Loads the entries and starts the server.
    #[must_use]
    pub fn start(self) -> OpenLdap {
        OpenLdap::start(&self)
    }
}

/// A running slapd, with `ldap://` (and StartTLS) and `ldaps://`. Its schemas are core, cosine, inetorgperson and nis;
/// everybody may read, unless the test has `access` lines.
#[derive(Debug)]
pub struct OpenLdap {
    process: Option<Process>,
    loopback: Loopback,
    port: u16,
    tls_port: u16,
    certificates: Certificates,
    files: Files,
    /// Whether the server shows another certificate than one of its authority.
    is_disguised: bool,
    suffix: String,
    folder: TempDir,
}

impl OpenLdap {
    /// A server for the naming context `dc=NAME,dc=…`.
    #[must_use]
    pub fn builder(suffix: &str) -> Builder {
        Builder {
            suffix: suffix.to_owned(),
            entries: String::new(),
            modules: Vec::new(),
            global: Vec::new(),
            database: Vec::new(),
            overlays: Vec::new(),
        }
    }

    fn start(builder: &Builder) -> Self {
        let folder = folder::temporary("slapd");
        let loopback = Loopback::claim();
        let certificates = Certificates::new();
        let files = certificates.write_server(&["localhost", &loopback.to_string()], folder.path());
        let tools = certificates.client("tools");
        folder::write(folder.path(), "client.crt", &tools.certificate);
        folder::write_private(folder.path(), "client.key", &tools.key);
        let (port, tls_port) = (loopback.free_port(), loopback.free_port());
        let suffix = builder.suffix.clone();
        let (process, is_disguised) = (None, false);
        let mut server = Self { process, loopback, port, tls_port, certificates, files, is_disguised, suffix, folder };
        server.configure(builder);
        server.resume();
        server
    }

    fn configure(&self, builder: &Builder) {
        let data = self.folder.path().join("data");
        std::fs::create_dir(&data).expect("a folder of ours");
        let mut lines: Vec<String> =
            SCHEMAS.iter().map(|schema| format!("include /etc/ldap/schema/{schema}.schema")).collect();
        lines.extend([format!("modulepath {MODULES}"), "moduleload back_mdb".to_owned()]);
        lines.extend_from_slice(&builder.modules);
        lines.extend([
            format!("TLSCACertificateFile {}", self.files.ca.display()),
            format!("TLSCertificateFile {}", self.files.certificate.display()),
            format!("TLSCertificateKeyFile {}", self.files.key.display()),
        ]);
        lines.extend_from_slice(&builder.global);
        lines.extend([
            "database mdb".to_owned(),
            format!("suffix \"{}\"", self.suffix),
            format!("rootdn \"{}\"", self.administrator()),
            format!("rootpw \"{PASSWORD}\""),
            format!("directory {}", data.display()),
            // A sparse file, which is deleted with the folder.
            "maxsize 4294967296\ndbnosync".to_owned(),
            "index objectClass,uid,cn,entryUUID eq".to_owned(),
        ]);
        lines.extend_from_slice(&builder.database);
        lines.extend_from_slice(&builder.overlays);
        let configuration = lines.join("\n") + "\n";
        folder::write(self.folder.path(), "slapd.conf", &configuration);
        // slapadd refuses entries without a parent.
        let entries = naming_context::with_root(&self.suffix, &builder.entries, |name| {
            format!("objectClass: organization\nobjectClass: dcObject\no: {name}\ndc: {name}")
        });
        let entries = folder::write(self.folder.path(), "entries.ldif", &entries);
        let mut load = Command::new(program("slapadd"));
        load.args(["-q", "-w", "-S", "1"]).arg("-f").arg(self.configuration()).arg("-l").arg(entries);
        command::run(&mut load);
    }

    /// Starts the server again after [`OpenLdap::stop`], on the same ports and with the same entries.
    pub fn resume(&mut self) {
        let mut slapd = Command::new(program("slapd"));
        slapd.arg("-f").arg(self.configuration());
        // A `-d` keeps it in the foreground; `stats` logs every connection and operation.
        slapd.args(["-d", "stats", "-h", &format!("{} {}", self.url(), self.tls_url())]);
        let mut process = Process::spawn("slapd", slapd, &self.folder.path().join("log"));
        let probe = self.tools().bound_as("", "");
        process.wait_until("answers", || probe.answers());
        self.process = Some(process);
    }

    /// Starts the server again with this certificate (and those that follow it in its PEM), even if it is not valid.
    pub fn present(&mut self, pair: &Pair) {
        self.stop();
        std::fs::write(&self.files.certificate, &pair.certificate).expect("a file of ours");
        std::fs::write(&self.files.key, &pair.key).expect("a file of ours");
        self.is_disguised = true;
        self.resume();
    }

    /// The host part of its addresses.
    #[must_use]
    pub fn host(&self) -> String {
        self.loopback.to_string()
    }

    /// Stops the server gracefully.
    pub fn stop(&mut self) {
        if let Some(process) = self.process.take() {
            process.stop();
        }
    }

    /// Freezes the server: the kernel still accepts connections, but there are no answers any more.
    pub fn freeze(&self) {
        self.process.iter().for_each(|process| process.signal(Signal::SIGSTOP));
    }

    /// Continues a frozen server.
    pub fn thaw(&self) {
        self.process.iter().for_each(|process| process.signal(Signal::SIGCONT));
    }

    /// The process id of the server, while it runs.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.process.as_ref().map(Process::id)
    }

    /// The naming context.
    #[must_use]
    pub fn suffix(&self) -> &str {
        &self.suffix
    }

    /// The administrator: `cn=admin` below the suffix. Limits and access rules do not apply to it, so the program under test
    /// should bind as an account among the entries.
    #[must_use]
    pub fn administrator(&self) -> String {
        format!("cn=admin,{}", self.suffix)
    }

    /// The administrator's password.
    #[must_use]
    pub const fn password(&self) -> &'static str {
        PASSWORD
    }

    /// `ldap://ADDRESS:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("ldap://{}:{}", self.loopback, self.port)
    }

    /// `ldaps://ADDRESS:PORT`.
    #[must_use]
    pub fn tls_url(&self) -> String {
        format!("ldaps://{}:{}", self.loopback, self.tls_port)
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

    /// The authority that has signed the server's certificate, and whose client certificates the server accepts (with
    /// `TLSVerifyClient`).
    #[must_use]
    pub const fn certificates(&self) -> &Certificates {
        &self.certificates
    }

    /// The command-line tools as the administrator, over `ldaps://`.
    #[must_use]
    pub fn tools(&self) -> LdapTools {
        LdapTools {
            url: self.tls_url(),
            ca: (!self.is_disguised).then(|| self.files.ca.clone()),
            identity: Some((self.folder.path().join("client.crt"), self.folder.path().join("client.key"))),
            bind_dn: self.administrator(),
            password: PASSWORD.to_owned(),
        }
    }

    /// Applies change records (or adds entries) as the administrator.
    pub fn modify(&self, ldif: &str) {
        self.tools().modify(ldif);
    }

    /// What slapd logged: a line for each connection (`ACCEPT`), request (`BIND`, `SRCH`, …) and `RESULT`.
    #[must_use]
    pub fn log(&self) -> String {
        self.process.as_ref().map(Process::log).unwrap_or_default()
    }

    fn configuration(&self) -> PathBuf {
        self.folder.path().join("slapd.conf")
    }
}

fn program(name: &str) -> PathBuf {
    environment::program(&environment::on_path(name), INSTALL)
}
