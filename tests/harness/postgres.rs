//! PostgreSQL: one server for the whole run with a database for each test, or a server of one's own to kill.

pub mod database;

use std::fs;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use nix::sys::signal::Signal;
use nix::unistd::User;
use tempfile::TempDir;

pub use database::{Database, Statistics};

use super::certificates::{Certificates, Files, Pair};
use super::loopback::Loopback;
use super::process::Process;
use super::{command, environment, folder};

const INSTALL: &str = "apt-get install -y --no-install-recommends postgresql";
const SUPERUSER: &str = "postgres";
/// Of the superuser and of every database's owner: passwords are asked for, as on a real server, but are not secret.
const PASSWORD: &str = "correct horse";

/// A PostgreSQL server. TLS is on, with a certificate for its address and for `localhost`; passwords are asked for.
#[derive(Debug)]
pub struct Postgres {
    process: Option<Process>,
    loopback: Loopback,
    port: u16,
    certificates: Certificates,
    files: Files,
    /// Whether the server shows another certificate than one of its authority.
    is_disguised: bool,
    options: Vec<String>,
    folder: TempDir,
}

impl Postgres {
    /// The server that the tests of this process share.
    #[must_use]
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(|| Self::start(&[]))
    }

    /// A server of one's own, with these settings (`name=value`).
    #[must_use]
    pub fn start(settings: &[&str]) -> Self {
        let folder = folder::temporary("postgres");
        command::run(Command::new("cp").arg("-a").arg(template()).arg(folder.path().join("data")));
        let loopback = Loopback::claim();
        let certificates = Certificates::new();
        let files = certificates.write_server(&["localhost", &loopback.to_string()], folder.path());
        own(&files.key);
        let port = loopback.free_port();
        let options = settings.iter().map(|&setting| setting.to_owned()).collect();
        let (process, is_disguised) = (None, false);
        let mut server = Self { process, loopback, port, certificates, files, is_disguised, options, folder };
        server.resume();
        server
    }

    /// Starts the server again after [`Postgres::stop`] or [`Postgres::kill`], on the same port.
    pub fn resume(&mut self) {
        let mut server = as_server_user(&tool("postgres"));
        server.arg("-D").arg(self.folder.path().join("data"));
        let own = [
            format!("listen_addresses={}", self.loopback),
            format!("port={}", self.port),
            "unix_socket_directories=".to_owned(),
            // The files are deleted with the folder.
            "fsync=off".to_owned(),
            "autovacuum=off".to_owned(),
            "log_line_prefix=%d %u ".to_owned(),
            "ssl=on".to_owned(),
            format!("ssl_cert_file={}", self.files.certificate.display()),
            format!("ssl_key_file={}", self.files.key.display()),
        ];
        for setting in own.iter().chain(&self.options) {
            server.args(["-c", setting]);
        }
        // SIGQUIT ("immediate") ends it at once and gives its shared memory back.
        let log = self.folder.path().join("log");
        let mut process = Process::spawn_ended_by(Signal::SIGQUIT, "postgres", server, &log);
        process.wait_until("answers", || {
            command::output(self.psql(SUPERUSER, SUPERUSER).args(["--command", "SELECT 1"]), "").status.success()
        });
        self.process = Some(process);
    }

    /// Starts the server again with this certificate (and those that follow it in its PEM), even if it is not valid.
    pub fn present(&mut self, pair: &Pair) {
        self.stop();
        fs::write(&self.files.certificate, &pair.certificate).expect("a file of ours");
        fs::write(&self.files.key, &pair.key).expect("a file of ours");
        self.is_disguised = true;
        self.resume();
    }

    /// The authority that signs the server's certificates.
    #[must_use]
    pub const fn certificates(&self) -> &Certificates {
        &self.certificates
    }

    /// The host part of its address.
    #[must_use]
    pub fn host(&self) -> String {
        self.loopback.to_string()
    }

    /// Stops the server gracefully. Its clients are disconnected.
    pub fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            // SIGINT is PostgreSQL's "fast" shutdown.
            process.signal(Signal::SIGINT);
            process.wait();
        }
    }

    /// Makes a stopped server a standby, which only accepts reads, when it is resumed.
    pub fn demote(&self) {
        own(&folder::write(&self.folder.path().join("data"), "standby.signal", ""));
    }

    /// Stops the server like a crash would, without waiting.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// A new, empty database with an owner of its own, both named after the test.
    #[must_use]
    pub fn database(&self, name: &str) -> Database<'_> {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let name = format!("{}_{}", name.replace('-', "_"), NEXT.fetch_add(1, Ordering::Relaxed));
        self.administrate(SUPERUSER, &format!("CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'"));
        self.administrate(SUPERUSER, &format!("CREATE DATABASE {name} OWNER {name}"));
        Database { server: self, name }
    }

    /// The process id of the server, while it runs. Its children serve the clients.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.process.as_ref().map(Process::id)
    }

    /// Host and port, as a URL has them.
    #[must_use]
    pub fn address(&self) -> String {
        format!("{}:{}", self.loopback, self.port)
    }

    /// The certificate of the CA that signed the server's, as PEM.
    #[must_use]
    pub fn ca(&self) -> String {
        fs::read_to_string(&self.files.ca).expect("a file of ours")
    }

    /// The same, as a file.
    #[must_use]
    pub fn ca_file(&self) -> &Path {
        &self.files.ca
    }

    /// The server's log. Give `log_statement=all` to [`Postgres::start`] to see every statement, with its
    /// database and user before it.
    #[must_use]
    pub fn log(&self) -> String {
        self.process.as_ref().map(Process::log).unwrap_or_default()
    }

    /// Runs one or more statements as the superuser; the rows come as lines, their columns parted by `|`.
    pub fn administrate(&self, database: &str, sql: &str) -> String {
        command::run(self.psql(SUPERUSER, database).args(["--command", sql]))
    }

    fn psql(&self, user: &str, database: &str) -> Command {
        let mut psql = Command::new(tool("psql"));
        psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"]);
        psql.args(["--host", &self.loopback.to_string(), "--port", &self.port.to_string()]);
        psql.args(["--username", user, "--dbname", database]);
        psql.env("PGPASSWORD", PASSWORD);
        if self.is_disguised {
            psql.env("PGSSLMODE", "require");
        } else {
            psql.env("PGSSLMODE", "verify-full").env("PGSSLROOTCERT", &self.files.ca);
        }
        psql
    }
}

/// A new data folder of `initdb`, created once for each run.
fn template() -> &'static Path {
    static TEMPLATE: OnceLock<TempDir> = OnceLock::new();
    let folder = TEMPLATE.get_or_init(|| {
        let folder = folder::temporary("postgres-template");
        own(folder.path());
        let password = folder::write(folder.path(), "password", PASSWORD);
        let mut initdb = as_server_user(&tool("initdb"));
        initdb.arg("-D").arg(folder.path().join("data")).arg("--pwfile").arg(password);
        initdb.args(["--username", SUPERUSER, "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"]);
        command::run(&mut initdb);
        // A link may have another address of this machine than the usual one.
        let rules = folder.path().join("data/pg_hba.conf");
        let usual = fs::read_to_string(&rules).expect("a file of initdb");
        fs::write(&rules, usual + "host all all 127.0.0.0/8 scram-sha-256\n").expect("a file of ours");
        folder
    });
    Box::leak(folder.path().join("data").into_boxed_path())
}

/// A program of the newest PostgreSQL that is installed.
fn tool(name: &str) -> PathBuf {
    let mut folders: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .map(|versions| versions.filter_map(|version| Some(version.ok()?.path().join("bin"))).collect())
        .unwrap_or_default();
    folders.sort_by_key(|folder| {
        let version =
            folder.parent().and_then(Path::file_name).and_then(|version| version.to_str()?.parse::<u32>().ok());
        std::cmp::Reverse(version)
    });
    let mut candidates: Vec<_> = folders.iter().map(|folder| folder.join(name)).collect();
    candidates.extend(environment::on_path(name));
    environment::program(&candidates, INSTALL)
}

/// PostgreSQL refuses to run as root, so its package has created a user.
fn as_server_user(program: &Path) -> Command {
    if !environment::is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", SUPERUSER, "--regid", SUPERUSER, "--clear-groups"]).arg(program).current_dir("/");
    command
}

fn own(path: &Path) {
    if environment::is_root() {
        let user = User::from_name(SUPERUSER).ok().flatten();
        let user = user.unwrap_or_else(|| panic!("no user {SUPERUSER}: install PostgreSQL with `{INSTALL}`"));
        chown(path, Some(user.uid.as_raw()), Some(user.gid.as_raw())).expect("root may change owners");
    }
}
