//! A real Keycloak, with its SCIM server. `hack/keycloak install` installs it once a machine, with a prepared database.

mod realm;

use std::path::Path;
use std::process::Command;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

pub use realm::{Profile, Realm};

use super::http::Connection;
use super::loopback::Loopback;
use super::process::Process;
use super::{command, folder};

/// A token of the administrator lives for a minute.
const TOKEN_IS_USED: Duration = Duration::from_secs(30);

/// A running server, over HTTP without TLS. It takes half a minute to start and half a gigabyte, so tests share one, and each
/// has a realm of its own.
#[derive(Debug)]
pub struct Keycloak {
    process: Process,
    loopback: Loopback,
    port: u16,
    token: Mutex<Option<(Instant, String)>>,
    _folder: TempDir,
}

impl Keycloak {
    /// The administrator's, as in `hack/keycloak`.
    pub const PASSWORD: &'static str = "correct horse";

    /// The server that all tests of this process share.
    #[must_use]
    pub fn shared() -> &'static Self {
        static SHARED: LazyLock<Keycloak> = LazyLock::new(Keycloak::start);
        &SHARED
    }

    /// Starts one with data of its own.
    #[must_use]
    pub fn start() -> Self {
        let (folder, loopback) = (folder::temporary("keycloak"), Loopback::claim());
        let port = loopback.free_port();
        prepare(folder.path());
        let mut server = Command::new(folder.path().join("bin/kc.sh"));
        server.args(["start", "--optimized", "--cache=local", "--http-enabled=true"]);
        server.arg(format!("--http-host={loopback}")).arg(format!("--http-port={port}"));
        // Else tokens that are asked for through a proxy are those of another issuer.
        server.arg(format!("--hostname=http://{loopback}:{port}"));
        // It is not used for long enough to be compiled twice.
        server.env("JAVA_OPTS_APPEND", "-XX:TieredStopAtLevel=1").current_dir(folder.path());
        let mut process = Process::spawn("Keycloak", server, &folder.path().join("log"));
        let address = format!("{loopback}:{port}");
        process.wait_until("answers", || {
            let answer = Connection::open(&address).and_then(|mut it| it.call("GET", "/realms/master", None, ""));
            answer.is_ok_and(|answer| answer.status() == 200)
        });
        Self { process, loopback, port, token: Mutex::default(), _folder: folder }
    }

    /// A new realm, which is read and written as `docs/scim.md` says.
    #[must_use]
    pub fn realm(&self, profile: Profile) -> Realm<'_> {
        Realm::create(self, profile)
    }

    /// Host and port.
    #[must_use]
    pub fn address(&self) -> String {
        format!("{}:{}", self.loopback, self.port)
    }

    /// `http://ADDRESS:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// What it printed.
    #[must_use]
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// A request of the administrator, below `/admin/realms`. Panics unless it succeeds.
    fn administrate(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let path = format!("/admin/realms{path}");
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut connection = Connection::open(&self.address()).expect("the server listens");
        let answer = connection.call(method, &path, Some(&self.token()), &body).expect("an answer");
        assert!((200..300).contains(&answer.status()), "{method} {path} {body}: {} {}", answer.first, answer.text());
        serde_json::from_slice(&answer.body).unwrap_or_default()
    }

    fn token(&self) -> String {
        let mut token = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, token)) = &*token
            && at.elapsed() < TOKEN_IS_USED
        {
            return token.clone();
        }
        let path = "/realms/master/protocol/openid-connect/token";
        let password = Self::PASSWORD.replace(' ', "+");
        let form = format!("grant_type=password&client_id=admin-cli&username=admin&password={password}");
        let mut connection = Connection::open(&self.address()).expect("the server listens");
        let answer = connection.post_form(path, &form).expect("an answer");
        let body: Value = serde_json::from_slice(&answer.body).expect("JSON");
        let given = body["access_token"].as_str().unwrap_or_else(|| panic!("no token: {body}")).to_owned();
        *token = Some((Instant::now(), given.clone()));
        given
    }
}

/// Makes a folder a Keycloak with its own data: links to the programs, and a copy of the prepared database. `kc.sh` takes the
/// folder that it is in for its home, so that one is copied.
fn prepare(folder: &Path) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("hack/keycloak");
    let home = command::run(Command::new(script).arg("install"));
    let home = Path::new(home.trim());
    for name in ["conf", "lib", "providers", "themes", "version.txt"] {
        std::os::unix::fs::symlink(home.join(name), folder.join(name)).expect("a link in a folder of ours");
    }
    command::run(Command::new("cp").arg("-r").args([home.join("bin"), home.join("data")]).arg(folder));
}
