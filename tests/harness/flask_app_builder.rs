//! A real dashboard server's user store: Flask-AppBuilder, whose security API is also that of Apache Superset.
//!
//! `hack/dashboard-servers/build` installs it once a machine; every test starts one of its own from a prepared SQLite
//! file, or on a PostgreSQL database of its own. With the variable `DIRECTORY_GROUP_SYNC_SUPERSET` (`hack/superset`) it is
//! the real Superset.

mod administrator;
pub mod content;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

pub use administrator::Administrator;
pub use content::Content;

use super::http::Connection;
use super::loopback::Loopback;
use super::postgres::Database;
use super::process::Process;
use super::{command, environment, folder};

/// The content of these files is the key in the cache, as in the script.
const FILES: [&str; 4] = [
    include_str!("../../hack/dashboard-servers/flask_app_builder_app.py"),
    include_str!("../../hack/dashboard-servers/superset_app.py"),
    include_str!("../../hack/dashboard-servers/superset_config.py"),
    include_str!("../../hack/dashboard-servers/test_bed.py"),
];
const FLASK_APP_BUILDER: Product = Product {
    name: "flask-app-builder",
    application: "flask_app_builder_app",
    version: "unknown",
    packages: include_str!("../../hack/dashboard-servers/flask-app-builder.txt"),
};
const SUPERSET: Product = Product {
    name: "superset",
    application: "superset_app",
    version: "6.1.0",
    packages: include_str!("../../hack/dashboard-servers/superset.txt"),
};
/// The password of every account of `test_bed.py`.
const PASSWORD: &str = "correct horse";

/// The configuration of a server.
#[derive(Debug, Clone, Default)]
pub struct Builder {
    database: Option<String>,
    settings: Map<String, Value>,
}

impl Builder {
    /// Keeps its data in this database, which must be empty. The start takes seconds, for Superset a minute.
    #[must_use]
    pub fn on(mut self, database: &Database<'_>) -> Self {
        self.database = Some(database.url().replacen("postgres:", "postgresql+psycopg2:", 1));
        self
    }

    /// Gives a setting of Flask-AppBuilder, Flask or one of its extensions this value: `FAB_API_MAX_PAGE_SIZE`,
    /// `JWT_ACCESS_TOKEN_EXPIRES` (seconds), …
    #[must_use]
    pub fn setting(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.settings.insert(name.to_owned(), value.into());
        self
    }

    /// Hashes passwords as a real installation does, which costs a tenth of a second for each account.
    #[must_use]
    pub fn real_passwords(self) -> Self {
        self.setting("FAB_PASSWORD_HASH_METHOD", "scrypt")
    }

    /// Starts the server.
    #[must_use]
    pub fn start(self) -> FlaskAppBuilder {
        let (folder, loopback, product) = (folder::temporary("dashboard"), Loopback::claim(), Product::chosen());
        let database = self.database.unwrap_or_else(|| {
            let file = folder.path().join("prepared.sqlite");
            std::fs::copy(product.home().join("prepared.sqlite"), &file).expect("the prepared database");
            format!("sqlite:///{}", file.display())
        });
        let settings = Value::Object(self.settings).to_string();
        let port = loopback.free_port();
        let mut server = FlaskAppBuilder { process: None, product, loopback, port, database, settings, folder };
        if server.database.starts_with("postgresql") {
            let application = format!("{}.py", product.application);
            command::run(server.python().arg(application));
        }
        server.resume();
        server
    }
}

/// Who signs in to the server, and how.
#[derive(Debug, Clone, Copy)]
pub struct Credentials {
    /// The account's name.
    pub username: &'static str,
    /// Its password.
    pub password: &'static str,
}

/// A running server, over HTTP without TLS ([`super::HttpFaults`] can put TLS in front of it).
///
/// It has the roles `Admin`, `Public` and `Directory sync`, on Superset more, and the accounts [`FlaskAppBuilder::ADMIN`] and
/// [`FlaskAppBuilder::BOT`].
#[derive(Debug)]
pub struct FlaskAppBuilder {
    process: Option<Process>,
    product: Product,
    loopback: Loopback,
    port: u16,
    database: String,
    settings: String,
    folder: TempDir,
}

impl FlaskAppBuilder {
    /// The administrator.
    pub const ADMIN: Credentials = Credentials { username: "admin", password: PASSWORD };
    /// The account for the program under test, with the rights that it needs.
    pub const BOT: Credentials = Credentials { username: "sync", password: PASSWORD };

    /// A server with an SQLite file.
    #[must_use]
    pub fn start() -> Self {
        Self::builder().start()
    }

    /// A server as the test wants it.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Starts the server again after [`FlaskAppBuilder::stop`] or [`FlaskAppBuilder::kill`], at the same address and with
    /// the same content.
    pub fn resume(&mut self) {
        let mut server = self.python();
        server.args(["-m", "gunicorn", "--workers=1", "--worker-class=gthread", "--threads=4", "--access-logfile=-"]);
        // It waits for open connections before it exits.
        server.args(["--graceful-timeout=1", "--bind", &self.address()]);
        server.arg(format!("{}:app", self.product.application));
        let mut process = Process::spawn(self.product.name, server, &self.folder.path().join("log"));
        let address = self.address();
        process.wait_until("answers", || {
            let answer = Connection::open(&address)
                .and_then(|mut connection| connection.call("GET", "/api/v1/security/groups/", None, ""));
            answer.is_ok_and(|answer| answer.status() == 401)
        });
        self.process = Some(process);
    }

    /// Stops the server in good order.
    pub fn stop(&mut self) {
        if let Some(process) = self.process.take() {
            process.stop();
        }
    }

    /// Stops the server like a crash would, without waiting.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Copies its SQLite file, as an administrator's backup does. The server stops meanwhile.
    pub fn back_up(&mut self) {
        self.stop();
        std::fs::copy(self.file(), self.file().with_extension("backup")).expect("the backup");
        self.resume();
    }

    /// Puts the last backup in place of its SQLite file. The server stops meanwhile.
    pub fn restore(&mut self) {
        self.stop();
        std::fs::copy(self.file().with_extension("backup"), self.file()).expect("the backup");
        self.resume();
    }

    fn file(&self) -> PathBuf {
        PathBuf::from(self.database.strip_prefix("sqlite:///").expect("a server with an SQLite file"))
    }

    /// `http://ADDRESS:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// The version that its API tells, or `unknown`.
    #[must_use]
    pub const fn version(&self) -> &'static str {
        self.product.version
    }

    /// Host and port.
    #[must_use]
    pub fn address(&self) -> String {
        format!("{}:{}", self.loopback, self.port)
    }

    /// What it printed, with a line for each request.
    #[must_use]
    pub fn log(&self) -> String {
        self.process.as_ref().map(Process::log).unwrap_or_default()
    }

    /// The administrator at work, signed in.
    #[must_use]
    pub fn administrator(&self) -> Administrator {
        Administrator::sign_in(&self.address(), Self::ADMIN)
    }

    /// What the server's database contains now.
    #[must_use]
    pub fn content(&self) -> Content {
        Content::of(&self.address())
    }

    /// Adds many accounts `(username, e-mail)` and groups `(name, usernames of its members)` without the API.
    pub fn load(&self, accounts: &[(String, String)], groups: &[(String, Vec<String>)]) {
        content::load(&self.address(), accounts, groups);
    }

    fn python(&self) -> Command {
        let home = self.product.home();
        let mut python = Command::new(home.join("bin/python"));
        python.env("DASHBOARD_DATABASE", &self.database).env("DASHBOARD_SETTINGS", &self.settings);
        python.env("SUPERSET_CONFIG_PATH", home.join("superset_config.py")).env("FLASK_APP", "superset");
        python.env("SUPERSET_HOME", self.folder.path()).current_dir(home);
        python
    }
}

/// A program with Flask-AppBuilder's security API.
#[derive(Debug, Clone, Copy)]
struct Product {
    name: &'static str,
    application: &'static str,
    /// The version that its API tells.
    version: &'static str,
    packages: &'static str,
}

impl Product {
    fn chosen() -> Self {
        environment::variable("DIRECTORY_GROUP_SYNC_SUPERSET").map_or(FLASK_APP_BUILDER, |_| SUPERSET)
    }

    /// The folder that it is installed in.
    fn home(&self) -> PathBuf {
        let mut key = String::new();
        for octet in &Sha256::digest(self.packages.to_owned() + &FILES.concat())[..8] {
            let _ = write!(key, "{octet:02x}");
        }
        let folder = environment::cache().join(self.name).join(key);
        let install = format!("hack/dashboard-servers/build {}", self.name);
        let python = environment::program(&[folder.join("bin/python")], &install);
        python.ancestors().nth(2).expect("it was joined").to_owned()
    }
}
