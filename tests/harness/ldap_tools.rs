//! The command-line tools of `ldap-utils`, against one server and as one account.

use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};

use super::{command, environment};

/// The package with the tools.
pub const INSTALL: &str = "apt-get install -y --no-install-recommends ldap-utils";

/// How the tools reach a server.
#[derive(Debug, Clone)]
pub struct LdapTools {
    /// `ldap://` or `ldaps://`, host and port.
    pub url: String,
    /// The certificate of the CA that has signed the server's certificate. `None`: any certificate is accepted.
    pub ca: Option<PathBuf>,
    /// A client certificate and its key, for servers that require one.
    pub identity: Option<(PathBuf, PathBuf)>,
    /// The name to bind with; an empty one binds anonymously.
    pub bind_dn: String,
    /// The password.
    pub password: String,
}

impl LdapTools {
    /// `ldapsearch` with these arguments (base, scope, filter, attributes) as LDIF without comments and wrapped lines.
    #[must_use]
    pub fn search(&self, arguments: &[&str]) -> String {
        command::run(self.tool("ldapsearch").args(["-LLL", "-o", "ldif_wrap=no"]).args(arguments))
    }

    /// The same, to measure its cost: the LDIF goes to `/dev/null`.
    pub fn search_in_vain(&self, arguments: &[&str]) {
        let mut search = self.tool("ldapsearch");
        let status = search.args(["-LLL", "-o", "ldif_wrap=no"]).args(arguments).stdout(Stdio::null()).status();
        assert!(status.as_ref().is_ok_and(ExitStatus::success), "{search:?}: {status:?}");
    }

    /// Whether the server answers a read of its root.
    #[must_use]
    pub fn answers(&self) -> bool {
        let mut probe = self.tool("ldapsearch");
        probe.args(["-LLL", "-s", "base", "-b", "", "(objectClass=*)", "1.1"]);
        command::output(&mut probe, "").status.success()
    }

    /// `ldapmodify`: change records, or entries to add.
    pub fn modify(&self, ldif: &str) {
        command::run_with(self.tool("ldapmodify").arg("-a"), ldif);
    }

    /// `ldapdelete` of one entry.
    pub fn delete(&self, dn: &str) {
        command::run(self.tool("ldapdelete").arg(dn));
    }

    /// The same tools with another account.
    #[must_use]
    pub fn bound_as(&self, dn: &str, password: &str) -> Self {
        Self { bind_dn: dn.to_owned(), password: password.to_owned(), ..self.clone() }
    }

    fn tool(&self, name: &str) -> Command {
        let mut tool = Command::new(environment::program(&environment::on_path(name), INSTALL));
        tool.args(["-x", "-H", &self.url, "-D", &self.bind_dn, "-w", &self.password]);
        match &self.ca {
            Some(ca) => tool.env("LDAPTLS_CACERT", ca).env("LDAPTLS_REQCERT", "demand"),
            None => tool.env("LDAPTLS_REQCERT", "never"),
        };
        if let Some((certificate, key)) = &self.identity {
            tool.env("LDAPTLS_CERT", certificate).env("LDAPTLS_KEY", key);
        }
        // Without the configuration of the machine or the user.
        tool.env("LDAPCONF", "/dev/null").env("HOME", "/nonexistent");
        tool
    }
}
