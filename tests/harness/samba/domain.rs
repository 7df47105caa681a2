//! The domains that are copied for the instances, and Samba's configuration.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use super::{HOST, INSTALL, PASSWORD, REALM, program};
use crate::harness::certificates::Files;
use crate::harness::loopback::Loopback;
use crate::harness::{command, environment, folder};

const NETBIOS_DOMAIN: &str = "EXAMPLE";
/// Increase it when [`provision`] changes. It is part of the cache key, like Samba's version.
const RECIPE: u32 = 1;

/// The domain that instances are copies of.
pub(super) fn provisioned(domain: &str) -> PathBuf {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let version = command::run(Command::new(program("samba")).arg("--version"));
    let version = version.trim().trim_start_matches("Version ");
    let kept = environment::cache().join("samba").join(format!("{version}-{RECIPE}-{domain}"));
    if !kept.exists() {
        let parent = kept.parent().expect("it was joined");
        fs::create_dir_all(parent).expect("the cache folder can be written");
        let making =
            tempfile::Builder::new().prefix("making-").tempdir_in(parent).expect("the cache folder can be written");
        provision(&making.path().join("domain"));
        // Another process may have been faster, and its domain is just as good.
        let _ = fs::rename(making.path().join("domain"), &kept);
    }
    kept
}

fn provision(domain: &Path) {
    fs::create_dir_all(domain).expect("a folder of ours");
    let mut provision = Command::new(program("samba-tool"));
    provision.args(["domain", "provision", "--server-role=dc", "--dns-backend=NONE", "--use-rfc2307"]);
    provision.args([
        &format!("--realm={REALM}"),
        &format!("--domain={NETBIOS_DOMAIN}"),
        &format!("--host-name={HOST}"),
    ]);
    provision.args([
        "--host-ip=127.0.0.1",
        &format!("--adminpass={PASSWORD}"),
        &format!("--targetdir={}", domain.display()),
    ]);
    provision.args(["--backend-store=mdb", "--backend-store-size=8Gb"]);
    command::run(&mut provision);
    folder::write(&domain.join("etc"), "smb.conf", &configuration(domain, None));
    // The cache is kept for a long time, and the administrator's password would expire.
    let policy = ["domain", "passwordsettings", "set", "--max-pwd-age=0", "--min-pwd-age=0"];
    command::run(&mut samba_tool(domain, &policy));
}

pub(super) fn samba_tool(domain: &Path, arguments: &[&str]) -> Command {
    let mut tool = Command::new(program("samba-tool"));
    tool.args(arguments).arg("-H").arg(domain.join("private/sam.ldb")).arg("-s").arg(domain.join("etc/smb.conf"));
    tool
}

/// smb.conf(5): everything is below one folder, and only LDAP is served.
pub(super) fn configuration(domain: &Path, serve: Option<(&Loopback, &Files)>) -> String {
    let folder = domain.display();
    let listen = serve.map_or_else(String::new, |(address, files)| {
        format!(
            "interfaces = {address}/8\nbind interfaces only = yes\ntls enabled = yes\n\
             tls keyfile = {}\ntls certfile = {}\ntls cafile = {}\n",
            files.key.display(),
            files.certificate.display(),
            files.ca.display()
        )
    });
    format!(
        "[global]\nnetbios name = {host}\nrealm = {REALM}\nworkgroup = {NETBIOS_DOMAIN}\n\
         server role = active directory domain controller\nserver services = ldap\ndcerpc endpoint servers =\n\
         private dir = {folder}/private\nstate directory = {folder}/state\ncache directory = {folder}/cache\n\
         lock directory = {folder}\npid directory = {folder}\nncalrpc dir = {folder}/ncalrpc\n\
         binddns dir = {folder}/bind-dns\nlog file = {folder}/log\n\
         ldap server require strong auth = allow_sasl_over_tls\nldb:nosync = yes\nkccsrv:samba_kcc = false\n{listen}",
        host = HOST.to_uppercase()
    )
}

/// The folder in which Debian has the modules of Samba's database. Its name contains the machine's architecture.
pub(super) fn modules() -> PathBuf {
    let folders =
        fs::read_dir("/usr/lib").into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path().join("samba/ldb")));
    let candidates: Vec<_> = folders.map(|folder| folder.join("samldb.so")).collect();
    let module = environment::program(&candidates, INSTALL);
    module.parent().expect("it was joined").to_owned()
}
