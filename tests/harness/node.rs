//! A Kubernetes cluster of one real node: kubelet and containerd run pods, and their names are answered. `hack/node` starts it,
//! in namespaces of its own.

use std::fs::{self, File};
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use nix::sched::{CloneFlags, setns};
use nix::sys::signal::Signal;
use tempfile::TempDir;

use super::link::Link;
use super::process::Process;
use super::{command, environment, folder, helm, image};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// The node's own address in its network, at which pods reach what listens there.
const ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 89, 0, 1);

/// A running node, with the image of the program under test.
#[derive(Debug)]
pub struct Node {
    _process: Process,
    folder: TempDir,
}

impl Node {
    /// Starts one, which takes about ten seconds and 1 GB.
    #[must_use]
    pub fn start() -> Self {
        assert!(
            environment::is_root(),
            "only root can start a node, and `hack/node test` runs the tests that need one"
        );
        let folder = folder::temporary("node");
        let log = folder.path().join("log");
        let mut run = Command::new(hack("node"));
        run.arg("run").env("NODE_STATE", folder.path().join("state"));
        let mut process = Process::spawn_ended_by(Signal::SIGTERM, "hack/node run", run, &log);
        process.wait_until("is ready", || folder.path().join("state/ready").exists());
        let node = Self { _process: process, folder };
        let archive = image::build(&node.folder.path().join("image")).archive;
        command::run(node.hack("load").arg(archive));
        node
    }

    /// A command that runs in the node, with its network, files and processes.
    #[must_use]
    pub fn command(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut command = self.hack("exec");
        command.arg(program).args(arguments);
        command
    }

    /// Runs kubectl as the administrator and returns its output. Panics with its output if it fails.
    pub fn kubectl(&self, arguments: &[&str]) -> String {
        command::run(&mut self.command(Path::new("kubectl"), arguments))
    }

    /// Whether kubectl succeeds.
    #[must_use]
    pub fn kubectl_succeeds(&self, arguments: &[&str]) -> bool {
        command::output(&mut self.command(Path::new("kubectl"), arguments), "").status.success()
    }

    /// `kubectl apply` of these YAML documents.
    pub fn apply(&self, yaml: &str) {
        command::run_with(&mut self.command(Path::new("kubectl"), &["apply", "-f", "-"]), yaml);
    }

    /// Runs helm as the administrator and returns its output. Panics with its output if it fails.
    pub fn helm(&self, arguments: &[&str]) -> String {
        let mut helm = self.command(&helm::program(), arguments);
        helm.env("HELM_CONFIG_HOME", "/nonexistent").env("HELM_PLUGINS", "/nonexistent");
        command::run(&mut helm)
    }

    /// Makes a server of this process (`host:port`) one of the node's network, at its address and this port, while the value
    /// lives.
    #[must_use]
    pub fn forward(&self, port: u16, server: &str) -> Link {
        let network = File::open(format!("/proc/{}/ns/net", self.first_process())).expect("the node runs");
        // A thread has a network of its own, and sockets stay in the network in which they were created.
        let listen = move || {
            setns(network.as_fd(), CloneFlags::CLONE_NEWNET).expect("root may enter the node's network");
            TcpListener::bind((ADDRESS, port)).unwrap_or_else(|error| panic!("listen on {ADDRESS}:{port}: {error}"))
        };
        Link::from(thread::spawn(listen).join().expect("a listener in the node's network"), server)
    }

    /// Lets the node's DNS answer this name, which is not one of the cluster, with the node's address.
    pub fn name(&self, host: &str) {
        let hosts = File::options().append(true).open(self.folder.path().join("state/hosts"));
        writeln!(hosts.expect("the file that CoreDNS reads"), "{ADDRESS} {host}").expect("the same");
    }

    /// The address that [`Node::forward`] listens at.
    #[must_use]
    pub const fn address(&self) -> Ipv4Addr {
        ADDRESS
    }

    /// The process of a pod of the operator, as this process sees it.
    #[must_use]
    pub fn operator_process(&self, pod: &str) -> Option<u32> {
        let name = format!("POD_NAME={pod}");
        let is_it = |process: &u32| {
            let read = |file: &str| fs::read(format!("/proc/{process}/{file}")).unwrap_or_default();
            let starts_right = read("cmdline").starts_with(b"/directory-group-sync\0operator\0");
            starts_right && read("environ").split(|octet| *octet == 0).any(|variable| variable == name.as_bytes())
        };
        let processes =
            fs::read_dir("/proc").expect("/proc").filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        processes.into_iter().find(is_it)
    }

    fn first_process(&self) -> u32 {
        let state = self.folder.path().join("state");
        let outer = fs::read_to_string(state.join("outer")).expect("the node runs");
        let children = format!("/proc/{0}/task/{0}/children", outer.trim());
        fs::read_to_string(children).expect("the node runs").trim().parse().expect("one process")
    }

    fn hack(&self, what: &str) -> Command {
        let mut command = Command::new(hack("node"));
        command.arg(what).env("NODE_STATE", self.folder.path().join("state"));
        command
    }
}

fn hack(script: &str) -> PathBuf {
    Path::new(ROOT).join("hack").join(script)
}
