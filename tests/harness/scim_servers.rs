//! Real SCIM 2.0 servers, of four languages and as many opinions about the protocol.
//!
//! `hack/dashboard-servers/build` installs each once a machine; every test starts its own, which keeps its data in memory.
//!
//! Each is a library, which leaves much to the program around it. [`ScimServer::start`] is the library as it is,
//! [`ScimServer::start_strict`] what a dashboard server with a database would be.

mod content;
pub mod hand;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

pub use content::{Content, Group, User};

use super::folder;
use super::http::Connection;
use super::loopback::Loopback;
use super::process::Process;

/// The bearer token.
pub const TOKEN: &str = "let me in";

/// Which server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// scim2-server (Python): strict, with entity tags; takes members that do not exist.
    Scim2Server,
    /// scimmy (JavaScript): adds a member twice, ignores `If-Match`.
    Scimmy,
    /// scimmy as it answers behind its own routers: every list is its first 20 resources, whatever was asked for.
    ScimmyUnpaged,
    /// elimity-com/scim (Go): returns everything whatever attributes were asked for, and `null` for an empty list. It
    /// changes whole attributes by PATCH, and no parts of them.
    Elimity,
    /// django-scim2 (Python): no filters in paths, no `replace` of a group's attributes.
    DjangoScim2,
}

impl Kind {
    /// Every server that can be read completely.
    pub const ALL: [Self; 4] = [Self::Scim2Server, Self::Scimmy, Self::Elimity, Self::DjangoScim2];

    /// As `hack/dashboard-servers/build` knows it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Scim2Server => "scim2-server",
            Self::Scimmy | Self::ScimmyUnpaged => "scimmy",
            Self::Elimity => "elimity",
            Self::DjangoScim2 => "django-scim2",
        }
    }

    /// The path before `/Users` and `/Groups`.
    #[must_use]
    pub const fn base_path(self) -> &'static str {
        match self {
            Self::Scim2Server => "/v2",
            Self::Elimity => "",
            Self::Scimmy | Self::ScimmyUnpaged | Self::DjangoScim2 => "/scim/v2",
        }
    }

    /// The folder that it is installed in.
    fn home(self) -> &'static Path {
        static HOMES: [OnceLock<PathBuf>; 5] = [const { OnceLock::new() }; 5];
        HOMES[self as usize].get_or_init(|| {
            let build = Path::new(env!("CARGO_MANIFEST_DIR")).join("hack/dashboard-servers/build");
            let output = Command::new(build).arg(self.name()).output().expect("a script of ours");
            let told = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{told}");
            PathBuf::from(String::from_utf8_lossy(&output.stdout).trim())
        })
    }
}

/// A running server, over HTTP without TLS, empty at first.
#[derive(Debug)]
pub struct ScimServer {
    process: Process,
    kind: Kind,
    loopback: Loopback,
    port: u16,
    _folder: TempDir,
}

impl ScimServer {
    /// Starts one.
    #[must_use]
    pub fn start(kind: Kind) -> Self {
        Self::start_as(kind, (kind == Kind::ScimmyUnpaged).then_some("unpaged"))
    }

    /// Starts one where ids ascend, names and e-mail addresses are unique, members exist, and a deleted user leaves all
    /// groups. django-scim2 is always so.
    #[must_use]
    pub fn start_strict(kind: Kind) -> Self {
        Self::start_as(kind, Some("strict"))
    }

    fn start_as(kind: Kind, mode: Option<&str>) -> Self {
        let (folder, loopback) = (folder::temporary("scim"), Loopback::claim());
        let port = loopback.free_port();
        let mut server = Command::new(kind.home().join("serve"));
        server.args([&loopback.to_string(), &port.to_string(), TOKEN]).current_dir(folder.path());
        server.args(mode);
        let mut process = Process::spawn(kind.name(), server, &folder.path().join("log"));
        let (address, users) = (format!("{loopback}:{port}"), format!("{}/Users", kind.base_path()));
        process.wait_until("answers", || {
            let answer = Connection::open(&address).and_then(|mut connection| connection.call("GET", &users, None, ""));
            answer.is_ok_and(|answer| answer.status() == 401)
        });
        Self { process, kind, loopback, port, _folder: folder }
    }

    /// Which server it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Host and port.
    #[must_use]
    pub fn address(&self) -> String {
        format!("{}:{}", self.loopback, self.port)
    }

    /// The URL before `/Users` and `/Groups`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}{}", self.address(), self.kind.base_path())
    }

    /// The bearer token.
    #[must_use]
    pub const fn token(&self) -> &'static str {
        TOKEN
    }

    /// What it printed.
    #[must_use]
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// What it contains now. Two resources with one name fail the test.
    #[must_use]
    pub fn content(&self) -> Content {
        Content::of(self)
    }
}
