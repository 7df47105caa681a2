//! `operator`: its arguments, and the client that it uses.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use kube::client::ClientBuilder;
use kube::{Client, Config};

use crate::controller::{Options, operate};
use crate::runtime::shutdown::Shutdown;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The namespaces to watch, separated by commas. Default: all namespaces.
    #[arg(long, env = "NAMESPACES", value_delimiter = ',')]
    namespaces: Vec<String>,
    /// How many runs are active at once.
    #[arg(long, env = "CONCURRENT", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1000))]
    concurrent: u16,
    /// The first part of owners' names in the store. Default: the UID of the namespace kube-system.
    #[arg(long, env = "INSTALLATION_ID")]
    installation_id: Option<String>,
}

/// Runs the operator until the process receives a signal to stop.
pub(super) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let shutdown = Shutdown::on_signals().context("handling signals")?;
    let mut config =
        Config::infer().await.context("finding the cluster: there is neither a service account nor a kubeconfig")?;
    let agent = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
    config.headers.push((http::header::USER_AGENT, http::HeaderValue::from_static(agent)));
    let client: Client = ClientBuilder::try_from(config).context("connecting to the cluster")?.build();
    let options = Options {
        // An empty environment variable means all namespaces.
        namespaces: arguments.namespaces.into_iter().filter(|namespace| !namespace.is_empty()).collect(),
        concurrent: arguments.concurrent,
        installation_id: arguments.installation_id.filter(|id| !id.is_empty()),
    };
    operate(client, options, shutdown).await?;
    Ok(ExitCode::SUCCESS)
}
