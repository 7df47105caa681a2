//! `operator`: its arguments, and the client that it uses.

use std::hash::{BuildHasher as _, RandomState};
use std::net::SocketAddr;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{ArgAction, Args};
use kube::Config;

use super::installation_id;
use crate::controller::{ApiServer, LeaseOptions, Options, operate};
use crate::run::settings::HostPattern;
use crate::runtime::http_server::listen;
use crate::runtime::shutdown::Shutdown;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The namespaces to watch, separated by commas. Default: all namespaces.
    #[arg(long, env = "NAMESPACES", value_delimiter = ',')]
    namespaces: Vec<String>,
    /// The hosts that resources may name, separated by commas: names, *.corp.example for all names below corp.example,
    /// addresses, ranges such as 10.1.0.0/16, each with :PORT if only one port is meant. Default: all hosts.
    #[arg(long, env = "ALLOWED_HOSTS", value_delimiter = ',')]
    allowed_hosts: Vec<HostPattern>,
    /// How many runs are active at once.
    #[arg(long, env = "CONCURRENT", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1000))]
    concurrent: u16,
    /// The first part of owners' names in the store. Default: the UID of the namespace kube-system.
    #[arg(long, env = "INSTALLATION_ID", value_parser = installation_id::parse_optional)]
    installation_id: Option<String>,
    /// Whether this operator works only while it has the lease, so that of several replicas one works.
    #[arg(long, env = "LEADER_ELECT", default_value_t = true, action = ArgAction::Set, num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    leader_elect: bool,
    /// The name of the lease. Operators with different namespaces need different leases.
    #[arg(long, env = "LEASE_NAME", default_value = env!("CARGO_PKG_NAME"))]
    lease_name: String,
    /// The namespace of the lease, and of what ClusterDirectories refer to. Default: the namespace of the Pod or of the kubeconfig.
    #[arg(long, env = "POD_NAMESPACE")]
    lease_namespace: Option<String>,
    /// The address that answers /healthz, /readyz and /metrics, such as [::]:8080. Default: none.
    #[arg(long, env = "LISTEN", value_parser = clap::value_parser!(SocketAddr))]
    listen: Option<SocketAddr>,
    /// The name of this process in the lease, to which a number is added.
    #[arg(long, env = "POD_NAME", default_value = env!("CARGO_PKG_NAME"), hide = true)]
    pod_name: String,
}

/// Runs the operator until the process receives a signal to stop.
pub(super) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let shutdown = Shutdown::on_signals().context("handling signals")?;
    let mut config =
        Config::infer().await.context("finding the cluster: there is neither a service account nor a kubeconfig")?;
    let agent = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
    config.headers.push((http::header::USER_AGENT, http::HeaderValue::from_static(agent)));
    let namespace = arguments.lease_namespace.unwrap_or_else(|| config.default_namespace.clone());
    let lease = arguments.leader_elect.then(|| LeaseOptions {
        namespace: namespace.clone(),
        name: arguments.lease_name,
        // A container that was restarted has the same Pod, and the process before it may have been paused only.
        identity: format!("{}_{:016x}", arguments.pod_name, RandomState::new().hash_one(std::process::id())),
    });
    let api_server = ApiServer::new(&config).context("connecting to the cluster")?;
    let options = Options {
        // An empty environment variable means all namespaces.
        namespaces: arguments.namespaces.into_iter().filter(|namespace| !namespace.is_empty()).collect(),
        namespace,
        concurrent: arguments.concurrent,
        allowed_hosts: arguments.allowed_hosts.into(),
        installation_id: arguments.installation_id.filter(|id| !id.is_empty()),
        lease,
    };
    let listener = match arguments.listen {
        Some(address) => Some(listen(address).await.with_context(|| format!("listening at {address} (--listen)"))?),
        None => None,
    };
    if let Some(address) = listener.as_ref().and_then(|listener| listener.local_addr().ok()) {
        tracing::info!(%address, "answers probes and metrics");
    }
    Box::pin(operate(api_server, options, listener, shutdown)).await?;
    Ok(ExitCode::SUCCESS)
}
