//! Active Directory: a Samba domain controller for the domain EXAMPLE.TEST, served over LDAP only.
//!
//! Provisioning takes seconds, so it is done once a machine, into the cache folder; every instance is a copy. Copies
//! are one and the same domain (its GUID, SIDs and invocation id) with different servers, which a test can use for
//! servers that do not agree. [`Builder::another_domain`] is one of the same name with other ids.

mod domain;

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;

use base64::Engine as _;
use tempfile::TempDir;

use super::certificates::{Certificates, Files};
use super::ldap_tools::LdapTools;
use super::loopback::Loopback;
use super::process::Process;
use super::{command, environment, folder};

const INSTALL: &str = "apt-get install -y --no-install-recommends samba-ad-dc samba-ad-provision samba-dsdb-modules \
                       ldb-tools ldap-utils python3-samba winbind";
const REALM: &str = "EXAMPLE.TEST";
const HOST: &str = "dc1";
/// The password of the administrator and of every account that the harness creates.
const PASSWORD: &str = "Correct-Horse-7";

/// The configuration of a domain controller.
#[derive(Debug, Clone, Default)]
pub struct Builder {
    entries: String,
    another_domain: bool,
}

impl Builder {
    /// Entries to load before the start, as LDIF: the fast way for more than a hundred. A user without a password
    /// needs none here.
    #[must_use]
    pub fn entries(mut self, ldif: &str) -> Self {
        self.entries.push_str(ldif.trim());
        self.entries.push_str("\n\n");
        self
    }

    /// Serves another domain with the same name, but with other GUIDs, SIDs and invocation id.
    #[must_use]
    pub const fn another_domain(mut self) -> Self {
        self.another_domain = true;
        self
    }

    /// Loads the entries and starts the server.
    #[must_use]
    pub fn start(self) -> SambaAd {
        SambaAd::start(&self)
    }
}

/// A running domain controller. Ports 389 (StartTLS) and 636 of an address of its own: Samba cannot listen on others.
#[derive(Debug)]
pub struct SambaAd {
    process: Option<Process>,
    loopback: Loopback,
    certificates: Certificates,
    files: Files,
    folder: TempDir,
}

/// An account to bind with.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its distinguished name.
    pub dn: String,
    /// Its user principal name, `NAME@EXAMPLE.TEST`.
    pub principal: String,
    /// Its password.
    pub password: String,
}

impl SambaAd {
    /// The naming context, which is the domain head.
    pub const BASE: &'static str = "DC=example,DC=test";

    /// A fresh copy of the domain.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    fn start(builder: &Builder) -> Self {
        let folder = folder::temporary("samba");
        let domain = folder.path().join("d");
        let original = domain::provisioned(if builder.another_domain { "other" } else { "first" });
        command::run(Command::new("cp").arg("-a").arg(original).arg(&domain));
        let loopback = Loopback::claim();
        demand_ports(&loopback);
        let names = [&loopback.to_string(), "localhost", &format!("{HOST}.{}", REALM.to_lowercase())];
        let certificates = Certificates::new();
        let files = certificates.write_server(&names, folder.path());
        folder::write(&domain.join("etc"), "smb.conf", &domain::configuration(&domain, Some((&loopback, &files))));
        let mut server = Self { process: None, loopback, certificates, files, folder };
        if !builder.entries.is_empty() {
            server.load(&builder.entries);
        }
        server.resume();
        server
    }

    /// Starts the server again after [`SambaAd::stop`], on the same address and with the same entries.
    pub fn resume(&mut self) {
        let mut samba = Command::new(program("samba"));
        // It also exits, with all its children, when its standard input ends.
        samba.args(["--interactive", "--model=prefork", "--debug-stdout"]).arg("-s").arg(self.configuration());
        let mut process = Process::spawn("samba", samba, &self.folder.path().join("log"));
        let probe = self.tools();
        process.wait_until("answers", || probe.answers());
        self.process = Some(process);
    }

    /// Stops the server gracefully.
    pub fn stop(&mut self) {
        if let Some(process) = self.process.take() {
            process.stop();
        }
    }

    /// The address; 636 answers TLS, 389 plain LDAP and StartTLS.
    #[must_use]
    pub fn address(&self) -> String {
        self.loopback.to_string()
    }

    /// `ldaps://ADDRESS`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("ldaps://{}", self.loopback)
    }

    /// The authority that has signed the server's certificate, for its address, `localhost` and `dc1.example.test`.
    #[must_use]
    pub const fn certificates(&self) -> &Certificates {
        &self.certificates
    }

    /// The domain's administrator, which can read Deleted Objects.
    #[must_use]
    pub fn administrator(&self) -> Account {
        account(&format!("CN=Administrator,CN=Users,{}", Self::BASE), "Administrator")
    }

    /// The command-line tools as the administrator, over `ldaps://`.
    #[must_use]
    pub fn tools(&self) -> LdapTools {
        let Account { dn, password, .. } = self.administrator();
        LdapTools { url: self.url(), ca: Some(self.files.ca.clone()), identity: None, bind_dn: dn, password }
    }

    /// Applies change records (or adds entries) as the administrator, while the server runs.
    pub fn modify(&self, ldif: &str) {
        self.tools().modify(ldif);
    }

    /// Deletes an entry; its tombstone goes to Deleted Objects.
    pub fn delete(&self, dn: &str) {
        self.tools().delete(dn);
    }

    /// Adds an enabled user `CN=NAME` below this DN, with these further attribute lines (`mail: …`).
    pub fn add_user(&self, parent: &str, name: &str, account_name: &str, attributes: &str) -> Account {
        let account = account(&format!("CN={name},{parent}"), account_name);
        let quoted: Vec<u8> = format!("\"{PASSWORD}\"").encode_utf16().flat_map(u16::to_le_bytes).collect();
        let password = base64::engine::general_purpose::STANDARD.encode(quoted);
        self.modify(&format!(
            "dn: {}\nobjectClass: user\nsAMAccountName: {account_name}\nuserPrincipalName: {}\nuserAccountControl: 512\n\
             unicodePwd:: {password}\n{}\n",
            account.dn,
            account.principal,
            attributes.trim()
        ));
        account
    }

    /// Adds a global security group below this DN with these members, and returns its DN.
    pub fn add_group(&self, parent: &str, name: &str, members: &[&str]) -> String {
        let dn = format!("CN={name},{parent}");
        let mut entry = vec![format!("dn: {dn}\nobjectClass: group\nsAMAccountName: {name}")];
        entry.extend(members.iter().map(|member| format!("member: {member}")));
        self.modify(&entry.join("\n"));
        dn
    }

    /// Adds an ordinary account for the program under test: it reads what every domain user reads, not Deleted Objects.
    pub fn add_service_account(&self, name: &str) -> Account {
        self.add_user(&format!("CN=Users,{}", Self::BASE), name, name, "")
    }

    /// Adds an access rule in SDDL to an entry; where `SID` stands in it, the trustee's is put. `(D;;RP;;;SID)` hides
    /// the entry (an entry without a readable property cannot be seen),
    /// `(OD;;RP;bf9679c0-0de6-11d0-a285-00aa003049e2;;SID)` its `member` attribute: the id is the attribute's
    /// `schemaIDGUID`.
    pub fn add_access_rule(&self, dn: &str, sddl: &str, trustee: &str) {
        let sddl = sddl.replace("SID", &self.attribute(trustee, "objectSid"));
        command::run(&mut self.samba_tool(&["dsacl", "set", &format!("--objectdn={dn}"), &format!("--sddl={sddl}")]));
    }

    /// `samba-tool` with these arguments, on this domain's database; the server may run meanwhile.
    #[must_use]
    pub fn samba_tool(&self, arguments: &[&str]) -> Command {
        domain::samba_tool(&self.folder.path().join("d"), arguments)
    }

    /// The object's `objectGUID` as text, in lower case.
    #[must_use]
    pub fn guid(&self, dn: &str) -> String {
        self.attribute(dn, "objectGUID").to_lowercase()
    }

    /// The first value of an attribute, as `ldbsearch` writes it: ids as text.
    #[must_use]
    pub fn attribute(&self, dn: &str, name: &str) -> String {
        let answer = command::run(self.ldb("ldbsearch").args(["-s", "base", "-b", dn, name]));
        let value = answer.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        value.unwrap_or_else(|| panic!("{dn} has no {name}:\n{answer}")).to_owned()
    }

    /// Samba's log.
    #[must_use]
    pub fn log(&self) -> String {
        self.process.as_ref().map(Process::log).unwrap_or_default()
    }

    fn load(&self, ldif: &str) {
        let file = folder::write(self.folder.path(), "entries.ldif", ldif);
        let mut load = self.ldb("ldbadd");
        load.args(["--nosync", "-o", "batch_mode:1", "-o", "transaction_index_cache_size:500000"]).arg(file);
        command::run(&mut load);
    }

    fn ldb(&self, name: &str) -> Command {
        let mut tool = Command::new(program(name));
        // Its `-s` is the scope of a search.
        tool.arg(format!("--configfile={}", self.configuration().display()));
        tool.arg("-H").arg(self.database()).env("LDB_MODULES_PATH", domain::modules());
        tool
    }

    fn configuration(&self) -> PathBuf {
        self.folder.path().join("d/etc/smb.conf")
    }

    fn database(&self) -> PathBuf {
        self.folder.path().join("d/private/sam.ldb")
    }
}

fn account(dn: &str, name: &str) -> Account {
    Account { dn: dn.to_owned(), principal: format!("{name}@{REALM}"), password: PASSWORD.to_owned() }
}

/// Samba's messages say little if it cannot listen, so this is checked before.
fn demand_ports(loopback: &Loopback) {
    for port in [389, 636] {
        TcpListener::bind((loopback.address(), port)).unwrap_or_else(|error| {
            panic!(
                "listen on {loopback}:{port}: {error}. Samba cannot use other ports: run the tests as root, and stop what \
                 listens on all addresses (`ss -ltnp 'sport = :{port}'`; after installing slapd: `systemctl stop slapd`)"
            )
        });
    }
}

fn program(name: &str) -> PathBuf {
    environment::program(&environment::on_path(name), INSTALL)
}
