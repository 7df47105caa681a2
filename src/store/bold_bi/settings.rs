//! How to reach a Bold BI site.

use secrecy::SecretString;

use crate::store::remote::http::ClientSettings;

/// What a `DashboardServer` with `spec.boldBI` means once its references are resolved.
#[derive(Debug, Clone)]
pub struct BoldBiSettings {
    /// How to reach the server. The URL is without the site.
    pub client: ClientSettings,
    /// The identifier of the site; `None` in Bold BI's cloud.
    pub site: Option<String>,
    /// Which version of the API is used.
    pub api_version: ApiVersion,
    /// How to sign in.
    pub credentials: BoldBiCredentials,
    /// The name of the group that the site puts every new account into: the API does not show it.
    pub default_group: Option<String>,
    /// How many requests may be on their way at a time.
    pub at_a_time: usize,
}

/// Which version of the API is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApiVersion {
    /// The newest one that the server has.
    Auto,
    /// 5.0.
    V5,
    /// 4.0.
    V4,
}

/// How we sign in.
#[derive(Debug, Clone)]
pub enum BoldBiCredentials {
    /// With an account of the site.
    Password {
        /// Its username or e-mail address.
        username: SecretString,
        /// Its password.
        password: SecretString,
    },
    /// As an account of the site, with the site's embed secret.
    EmbedSecret {
        /// The account's username or e-mail address.
        username: SecretString,
        /// The secret.
        embed_secret: SecretString,
    },
    /// With a key of an account.
    ApiKey(SecretString),
}
