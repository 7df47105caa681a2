//! The environment: variables, the cache folder, the user.

use std::path::PathBuf;

/// The variable's value, if it is set and not empty.
#[must_use]
pub fn variable(name: &str) -> Option<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the tests' conventions are environment variables; all are read here"
    )]
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The cache folder for files that take long to build. `hack/test` fills it.
#[must_use]
pub fn cache() -> PathBuf {
    let base = variable("XDG_CACHE_HOME").map(PathBuf::from);
    let base = base.or_else(|| Some(PathBuf::from(variable("HOME")?).join(".cache")));
    base.expect("HOME is set").join("directory-group-sync")
}

/// Whether this process runs as root. Servers that refuse root are started as another user then.
#[must_use]
pub fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

/// The first of these programs that exists. Panics with the command that installs it.
#[must_use]
pub fn program(candidates: &[PathBuf], install: &str) -> PathBuf {
    candidates.iter().find(|path| path.is_file()).cloned().unwrap_or_else(|| {
        let names: Vec<_> = candidates.iter().map(|path| path.display().to_string()).collect();
        panic!(
            "not found: {}. Install it with `{install}`, or all that the tests need with `hack/test`",
            names.join(" or ")
        )
    })
}

/// The candidates for a program in a folder of the usual search path.
#[must_use]
pub fn on_path(name: &str) -> Vec<PathBuf> {
    let path = variable("PATH").unwrap_or_default();
    let folders =
        path.split(':').chain(["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]);
    folders.filter(|folder| !folder.is_empty()).map(|folder| PathBuf::from(folder).join(name)).collect()
}
