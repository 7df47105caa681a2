//! How a person approves what is held, where the run took place.

/// Where a run takes place.
#[derive(Debug, Clone, Copy)]
pub enum Place<'a> {
    /// For an object of a cluster.
    Cluster {
        /// Its namespace.
        namespace: &'a str,
        /// Its name.
        name: &'a str,
    },
    /// From files.
    Files {
        /// The command that ran it, as a shell takes it, without an approval.
        command: &'a str,
    },
}

impl Place<'_> {
    /// The exact command that approves what has this hash.
    #[must_use]
    pub fn approval(&self, hash: &str) -> String {
        match self {
            Self::Cluster { namespace, name } => {
                let annotation = crate::api::APPROVE_ANNOTATION;
                format!("kubectl annotate --overwrite -n {namespace} dgs/{name} {annotation}={hash}")
            }
            Self::Files { command } => format!("{command} --approve {hash}"),
        }
    }
}
