//! Where the server of a store listens.

/// A host and a port that the settings of a store lead to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerAddress {
    /// The field that names the host, or leads to it.
    pub field: &'static str,
    /// A host name or an IP address, an IPv6 one without its brackets.
    pub host: String,
    /// The TCP port.
    pub port: u16,
}
