//! The folders and files of an instance, and the user that it runs as.

use std::fs;
use std::os::unix::fs::chown;
use std::path::Path;
use std::process::Command;

use nix::unistd::User;

use super::INSTALL;
use crate::harness::certificates::Certificates;
use crate::harness::{command, environment, folder};

/// The package's user. The server runs as this user if the tests are run by root.
const USER: &str = "dirsrv";
const FOLDERS: [&str; 9] = ["config", "config/schema", "db", "logs", "run", "lock", "ldif", "bak", "tmp"];
/// The files of which each instance has a copy, and their targets.
const COPIED: [(&str, &str); 3] = [
    ("config/certmap.conf", "config"),
    ("config/slapd-collations.conf", "config"),
    ("schema/99user.ldif", "config/schema"),
];

/// Makes the folders and files that the server needs.
pub(super) fn make_files(root: &Path, configuration: &str) {
    for name in FOLDERS {
        fs::create_dir(root.join(name)).expect("a folder of ours");
    }
    for (name, folder) in COPIED {
        let original = environment::program(&[Path::new("/etc/dirsrv").join(name)], INSTALL);
        let name = original.file_name().expect("it was joined");
        fs::copy(&original, root.join(folder).join(name)).expect("a folder of ours");
    }
    folder::write(root, "config/dse.ldif", configuration);
    // The server's log file, which the harness opens too.
    folder::write(root, "logs/errors", "");
}

/// Puts a certificate for these names into the server's NSS database, which accepts keys only as PKCS #12.
pub(super) fn write_certificate(root: &Path, certificates: &Certificates, names: &[&str]) {
    let files = certificates.write_server(names, root);
    let (database, bundle) = (format!("sql:{}", root.join("config").display()), root.join("tls.p12"));
    command::run(program("certutil").args(["-N", "--empty-password", "-d", &database]));
    let mut export = program("openssl");
    export.args(["pkcs12", "-export", "-name", "Server-Cert", "-passout", "pass:"]);
    export.arg("-in").arg(&files.certificate).arg("-inkey").arg(&files.key).arg("-out").arg(&bundle);
    command::run(&mut export);
    command::run(program("pk12util").args(["-d", &database, "-W", "", "-K", "", "-i"]).arg(&bundle));
    command::run(program("certutil").args(["-A", "-d", &database, "-n", "CA", "-t", "CT,,", "-i"]).arg(&files.ca));
}

/// `ns-slapd`, as the user that it runs as.
pub(super) fn server() -> Command {
    let server = environment::program(&environment::on_path("ns-slapd"), INSTALL);
    if !environment::is_root() {
        return Command::new(server);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", USER, "--regid", USER, "--clear-groups"]).arg(server).current_dir("/");
    command
}

/// The user that the server runs as.
pub(super) fn user() -> User {
    let user = if environment::is_root() {
        User::from_name(USER).ok().flatten()
    } else {
        User::from_uid(nix::unistd::geteuid()).ok().flatten()
    };
    user.unwrap_or_else(|| panic!("no user {USER}: install 389 Directory Server with `{INSTALL}`"))
}

/// Makes the user the owner of a folder and of everything in it.
pub(super) fn give(path: &Path, user: &User) {
    if !environment::is_root() {
        return;
    }
    chown(path, Some(user.uid.as_raw()), Some(user.gid.as_raw())).expect("root may change owners");
    if path.is_dir() {
        for entry in path.read_dir().expect("a folder of ours") {
            give(&entry.expect("a folder of ours").path(), user);
        }
    }
}

fn program(name: &str) -> Command {
    Command::new(environment::program(&environment::on_path(name), INSTALL))
}
