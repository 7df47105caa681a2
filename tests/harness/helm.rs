//! Helm, in the version that `hack/setup` keeps in the cache folder.

use std::path::PathBuf;
use std::process::Command;

use super::environment;

/// The one place that says which.
const VERSION: &str = include_str!("../../hack/helm-version");

/// Helm with these arguments, without the user's configuration.
#[must_use]
pub fn helm(arguments: &[&str]) -> Command {
    let mut helm = Command::new(program());
    helm.args(arguments).env("HELM_CONFIG_HOME", "/nonexistent").env("HELM_PLUGINS", "/nonexistent");
    helm
}

/// Where it is.
#[must_use]
pub fn program() -> PathBuf {
    environment::program(&[environment::cache().join("helm").join(VERSION.trim()).join("helm")], "hack/setup")
}
