//! A Kubernetes API server with its etcd: RBAC, admission by schema and CEL, an audit log. No node and no controller,
//! so nothing runs as a pod, and a deleted namespace stays `Terminating`.

pub mod audit;

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use tempfile::TempDir;

pub use audit::Request;

use super::certificates::{self, Certificates};
use super::link::Link;
use super::loopback::Loopback;
use super::process::Process;
use super::{command, environment, folder};

const INSTALL: &str = "hack/kubernetes/build";
/// The one place that says which Kubernetes is built.
const MODULE: &str = include_str!("../../hack/kubernetes/go.mod");
/// The bearer token of a member of `system:masters`.
const TOKEN: &str = "token-of-the-administrator";

/// A running API server. Tests that share it use different namespaces.
#[derive(Debug)]
pub struct KubernetesApi {
    /// The command that starts it, and its process unless it was killed.
    apiserver: (Vec<OsString>, Mutex<Option<Process>>),
    etcd: Process,
    url: String,
    ca: String,
    crds: OnceLock<()>,
    folder: TempDir,
    _loopback: Loopback,
}

impl KubernetesApi {
    /// The server that the tests of this process share.
    #[must_use]
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<KubernetesApi> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// A separate server, which takes about three seconds and 300 MB.
    #[must_use]
    pub fn start() -> Self {
        let folder = folder::temporary("kubernetes");
        let loopback = Loopback::claim();
        let (etcd, etcd_url) = start_etcd(&loopback, folder.path());
        let certificates = Certificates::new();
        let port = loopback.free_port();
        let apiserver = apiserver(&loopback, port, &certificates, &etcd_url, folder.path());
        let arguments = apiserver.get_args().map(OsStr::to_owned).collect();
        let apiserver = (arguments, Mutex::default());
        let url = format!("https://{loopback}:{port}");
        let ca = certificates.ca().to_owned();
        let api = Self { apiserver, etcd, url, ca, crds: OnceLock::new(), folder, _loopback: loopback };
        folder::write_private(api.folder.path(), "kubeconfig", &api.kubeconfig_with(TOKEN));
        api.resume();
        api
    }

    /// Kills the API server with SIGKILL. etcd keeps its content.
    pub fn kill(&self) {
        self.process().take().into_iter().for_each(Process::kill);
    }

    /// Starts it again after [`KubernetesApi::kill`], at the same address.
    pub fn resume(&self) {
        let mut apiserver = Command::new(binary("kube-apiserver"));
        apiserver.args(&self.apiserver.0);
        let mut apiserver = Process::spawn("kube-apiserver", apiserver, &self.folder.path().join("kube-apiserver.log"));
        let kubectl =
            |arguments: &[&str]| command::output(&mut kubectl(self.folder.path(), arguments), "").status.success();
        apiserver.wait_until("is ready", || kubectl(&["get", "--raw", "/readyz"]));
        // The server creates its own namespaces a moment later, and the installation's id is the UID of kube-system.
        apiserver.wait_until("has kube-system", || kubectl(&["get", "namespace", "default", "kube-system"]));
        *self.process() = Some(apiserver);
    }

    fn process(&self) -> std::sync::MutexGuard<'_, Option<Process>> {
        self.apiserver.1.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The process ids of the API server, unless it was killed, and of its etcd.
    #[must_use]
    pub fn ids(&self) -> Vec<u32> {
        self.process().iter().chain([&self.etcd]).map(Process::id).collect()
    }

    /// `https://ADDRESS:PORT`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A kubeconfig file of the administrator.
    #[must_use]
    pub fn kubeconfig(&self) -> PathBuf {
        self.folder.path().join("kubeconfig")
    }

    /// The text of a kubeconfig for the bearer of this token (of a service account: `kubectl create token`).
    #[must_use]
    pub fn kubeconfig_with(&self, token: &str) -> String {
        self.kubeconfig_by(&self.url, token)
    }

    /// The administrator's kubeconfig by way of a link to this server, as text.
    #[must_use]
    pub fn kubeconfig_over(&self, link: &Link) -> String {
        self.kubeconfig_by(&format!("https://{}", link.address()), TOKEN)
    }

    /// A link to this server.
    #[must_use]
    pub fn link(&self) -> Link {
        Link::to(self.url.trim_start_matches("https://"))
    }

    fn kubeconfig_by(&self, url: &str, token: &str) -> String {
        use base64::Engine as _;
        let ca = base64::engine::general_purpose::STANDARD.encode(&self.ca);
        format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: test\n\
             contexts: [{{name: test, context: {{cluster: test, user: test}}}}]\n\
             clusters: [{{name: test, cluster: {{server: \"{url}\", tls-server-name: localhost, \
             certificate-authority-data: \"{ca}\"}}}}]\n\
             users: [{{name: test, user: {{token: \"{token}\"}}}}]\n"
        )
    }

    /// Runs kubectl as the administrator and returns its output. Panics with its output if it fails.
    pub fn kubectl(&self, arguments: &[&str]) -> String {
        command::run(&mut kubectl(self.folder.path(), arguments))
    }

    /// The same with this text on its standard input.
    pub fn kubectl_with(&self, arguments: &[&str], input: &str) -> String {
        command::run_with(&mut kubectl(self.folder.path(), arguments), input)
    }

    /// Starts a kubectl that keeps printing (`get --watch`), into this file.
    #[must_use]
    pub fn watch(&self, arguments: &[&str], output: &Path) -> Process {
        Process::spawn("kubectl", kubectl(self.folder.path(), arguments), output)
    }

    /// Whether kubectl succeeds.
    #[must_use]
    pub fn kubectl_succeeds(&self, arguments: &[&str]) -> bool {
        command::output(&mut kubectl(self.folder.path(), arguments), "").status.success()
    }

    /// Runs kubectl and returns its error message. Panics if it succeeds.
    #[must_use]
    pub fn kubectl_fails(&self, arguments: &[&str], input: &str) -> String {
        let output = command::output(&mut kubectl(self.folder.path(), arguments), input);
        assert!(
            !output.status.success(),
            "kubectl {arguments:?} succeeded: {}",
            String::from_utf8_lossy(&output.stdout)
        );
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    /// `kubectl apply` of these YAML documents.
    pub fn apply(&self, yaml: &str) -> String {
        self.kubectl_with(&["apply", "-f", "-"], yaml)
    }

    /// Has the API server serve the kinds of `crds/`; the first call applies them, every one returns when they are
    /// there.
    pub fn install_crds(&self) {
        self.crds.get_or_init(|| {
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/crds");
            self.kubectl(&["apply", "--server-side", "-f", folder]);
            self.kubectl(&["wait", "--for=condition=Established", "--timeout=60s", "-f", folder]);
        });
    }

    /// Creates a namespace for one test and returns its name.
    #[must_use]
    pub fn namespace(&self, name: &str) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let name = format!("{}-{}", name.replace('_', "-"), NEXT.fetch_add(1, Ordering::Relaxed));
        self.kubectl(&["create", "namespace", &name]);
        name
    }

    /// Every request that has been answered so far, oldest first. A watch is included from its start on.
    #[must_use]
    pub fn audit(&self) -> Vec<Request> {
        let log = fs::read_to_string(self.folder.path().join("audit.log")).unwrap_or_default();
        audit::requests(&log)
    }

    /// The requests in one namespace from clients whose user agent starts with this.
    #[must_use]
    pub fn requests(&self, user_agent: &str, namespace: &str) -> Vec<Request> {
        let mut requests = self.audit();
        requests.retain(|request| request.user_agent.starts_with(user_agent) && request.object.namespace == namespace);
        requests
    }

    /// The end of the API server's log.
    #[must_use]
    pub fn log_tail(&self) -> String {
        self.process().as_ref().map(Process::log_tail).unwrap_or_default()
    }
}

fn start_etcd(loopback: &Loopback, folder: &Path) -> (Process, String) {
    let url = format!("http://{loopback}:{}", loopback.free_port());
    let mut etcd = Command::new(binary("etcd"));
    etcd.arg("--data-dir").arg(folder.join("etcd"));
    etcd.args(["--listen-client-urls", &url, "--advertise-client-urls", &url]);
    etcd.args(["--listen-peer-urls", &format!("http://{loopback}:0"), "--unsafe-no-fsync", "--log-level", "error"]);
    (Process::spawn("etcd", etcd, &folder.join("etcd.log")), url)
}

fn apiserver(loopback: &Loopback, port: u16, certificates: &Certificates, etcd: &str, folder: &Path) -> Command {
    let files = certificates.write_server(&["localhost", &loopback.to_string()], folder);
    let signer = certificates::key();
    let verifier = folder::write(folder, "service-accounts.pub", &signer.public_key_pem());
    let signer = folder::write_private(folder, "service-accounts.key", &signer.serialize_pem());
    let tokens = folder::write_private(folder, "tokens.csv", &format!("{TOKEN},administrator,1,system:masters\n"));
    let policy = folder::write(folder, "audit-policy.yaml", audit::POLICY);
    let mut apiserver = Command::new(binary("kube-apiserver"));
    apiserver.args([
        "--etcd-servers",
        etcd,
        "--bind-address",
        &loopback.to_string(),
        "--secure-port",
        &port.to_string(),
    ]);
    apiserver.arg("--tls-cert-file").arg(files.certificate).arg("--tls-private-key-file").arg(files.key);
    apiserver.arg("--service-account-key-file").arg(verifier).arg("--service-account-signing-key-file").arg(signer);
    apiserver.args(["--service-account-issuer", "https://kubernetes.default.svc"]);
    apiserver.arg("--token-auth-file").arg(tokens).args(["--authorization-mode", "RBAC"]);
    // Without its controller no ServiceAccount "default" exists, and this plugin would refuse every pod.
    apiserver.args(["--disable-admission-plugins", "ServiceAccount", "--service-cluster-ip-range", "10.0.0.0/24"]);
    apiserver.arg("--audit-policy-file").arg(policy).arg("--audit-log-path").arg(folder.join("audit.log"));
    apiserver.arg("--cert-dir").arg(folder);
    apiserver
}

fn kubectl(folder: &Path, arguments: &[&str]) -> Command {
    let mut kubectl = Command::new(kubectl_program());
    kubectl.arg("--kubeconfig").arg(folder.join("kubeconfig")).arg("--cache-dir").arg(folder.join("kubectl-cache"));
    kubectl.args(arguments);
    kubectl
}

/// The path of kubectl.
#[must_use]
pub fn kubectl_program() -> PathBuf {
    let mut candidates = vec![assets().join("kubectl"), built().join("kubectl")];
    candidates.extend(environment::on_path("kubectl"));
    environment::program(&candidates, INSTALL)
}

/// A program of Kubernetes.
fn binary(name: &str) -> PathBuf {
    environment::program(&[assets().join(name)], INSTALL)
}

/// The folder of the variable `KUBEBUILDER_ASSETS`, otherwise the one that `hack/kubernetes/build` fills.
fn assets() -> PathBuf {
    environment::variable("KUBEBUILDER_ASSETS").map_or_else(built, PathBuf::from)
}

fn built() -> PathBuf {
    let version =
        MODULE.lines().find_map(|line| line.trim_start_matches("require ").strip_prefix("k8s.io/kubernetes "));
    environment::cache().join("kubernetes").join(version.expect("go.mod requires k8s.io/kubernetes").trim())
}
