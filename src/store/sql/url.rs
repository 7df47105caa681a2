//! The connection URL, parsed by an allow-list: what is not known here is refused by its name, so that a URL can neither
//! name a file of ours, nor open a socket, nor turn verification off by accident. No error repeats the URL.

use std::path::PathBuf;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::store::Error;

/// The field that names the server's authorities.
pub(super) const AUTHORITIES: &str = "spec.sql.tls.caRef";

/// Where a user store is.
#[derive(Debug, Clone)]
pub(super) enum Address {
    /// `postgres://…` or `postgresql://…`
    Postgres(PostgresAddress),
    /// `sqlite:path`
    Sqlite(PathBuf),
}

/// A PostgreSQL server and database, and how to sign in.
#[derive(Debug, Clone)]
pub(super) struct PostgresAddress {
    /// A DNS name or an IP address.
    pub(super) host: String,
    /// 5432 where the URL says none.
    pub(super) port: u16,
    /// The role.
    pub(super) username: String,
    /// Empty where the URL has none.
    pub(super) password: SecretString,
    /// The role's name where the URL says none, as libpq does.
    pub(super) database: String,
    /// How the connection is secured.
    pub(super) tls: Tls,
    /// What `pg_stat_activity` shows.
    pub(super) application_name: String,
    /// TCP, TLS and sign-in together.
    pub(super) connect_timeout: Duration,
}

/// `sslmode`, with libpq's meanings. `allow` and `prefer`, which fall back to clear text without a word, are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tls {
    /// The certificate and the name in it are verified.
    VerifyFull,
    /// The certificate is verified, the name in it is not.
    VerifyAuthority,
    /// Encrypted, and any server is accepted. With configured authorities it is `verify-ca`, as in libpq.
    Require,
    /// Clear text.
    Disable,
}

const DEFAULT_PORT: u16 = 5432;
const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const MAX_CONNECT_TIMEOUT_SECONDS: u64 = 300;
const APPLICATION_NAME: &str = "directory-group-sync";

/// Parses the URL of a user store.
///
/// # Errors
/// [`Error::Configuration`] with what is wrong and how to write it.
pub(super) fn parse(url: &SecretString, allow_sqlite: bool) -> Result<Address, Error> {
    let text = url.expose_secret().trim();
    match text.split_once(':') {
        Some(("sqlite", _)) if !allow_sqlite => Err(misconfigured(
            "a SQLite file is a store only outside a cluster; in a cluster use postgres://user:password@host/database",
        )),
        Some(("sqlite", path)) => parse_sqlite(path),
        Some(("postgres" | "postgresql", _)) => parse_postgres(text),
        _ => Err(misconfigured("the URL must begin with postgres://, postgresql:// or sqlite:")),
    }
}

/// The field that leads to the URL.
pub(super) const FIELD: &str = "spec.sql.secretKeyRef";

/// The URL leads where no run can work.
pub(super) fn misconfigured(problem: impl Into<String>) -> Error {
    Error::configuration(FIELD, problem)
}

fn parse_sqlite(rest: &str) -> Result<Address, Error> {
    // What is between two slashes and the third would be a host, which a file has none of.
    let path = match rest.strip_prefix("//") {
        Some(path) if !path.starts_with('/') => {
            return Err(misconfigured("write sqlite:path, or sqlite:///path from the root on"));
        }
        Some(path) => path,
        None => rest,
    };
    if path.contains('?') {
        return Err(misconfigured("a sqlite: URL takes no parameters; write sqlite:path"));
    }
    if path.is_empty() || path.contains(":memory:") {
        return Err(misconfigured("a sqlite: URL must name a file; write sqlite:path"));
    }
    Ok(Address::Sqlite(PathBuf::from(path)))
}

fn parse_postgres(text: &str) -> Result<Address, Error> {
    let url = Url::parse(text)
        .map_err(|_| misconfigured("not a URL; write postgres://user:password@host:port/database, with what is special in the password percent-encoded"))?;
    // An unescaped `/`, `?` or `#` in a password ends the host part early. What follows would then be taken for a path
    // or for parameters, whose names errors print.
    let [_, _, database_and_parameters] = split_at_slashes(text);
    if database_and_parameters.contains('@') || url.fragment().is_some() {
        return Err(misconfigured(
            "`/`, `?`, `#` and `@` in a user name, password or database name must be percent-encoded (%2F, %3F, %23, %40)",
        ));
    }
    let username = decode("user name", url.username())?;
    if username.is_empty() {
        return Err(misconfigured("the URL must name a user: postgres://user:password@host/database"));
    }
    let database = match decode("database name", url.path().trim_start_matches('/'))? {
        empty if empty.is_empty() => username.clone(),
        database => database,
    };
    let mut address = PostgresAddress {
        host: host(&url)?,
        port: url.port().unwrap_or(DEFAULT_PORT),
        username,
        password: decode("password", url.password().unwrap_or_default())?.into(),
        database,
        tls: Tls::VerifyFull,
        application_name: APPLICATION_NAME.to_owned(),
        connect_timeout: DEFAULT_CONNECT_TIMEOUT,
    };
    let mut seen = Vec::new();
    for (name, value) in url.query_pairs() {
        // The driver ends a parameter at a NUL, and takes what follows for another one.
        if value.contains(char::is_control) {
            return Err(misconfigured("the value of a parameter contains a control character"));
        }
        set_parameter(&mut address, &name, &value)?;
        if seen.contains(&name) {
            return Err(misconfigured(format!("parameter `{name}` occurs twice")));
        }
        seen.push(name);
    }
    Ok(Address::Postgres(address))
}

/// `scheme:`, the part with user and host, and all that follows its end.
fn split_at_slashes(text: &str) -> [&str; 3] {
    let (scheme, rest) = text.split_once("//").unwrap_or((text, ""));
    let (authority, rest) = rest.find(['/', '?', '#']).map_or((rest, ""), |end| rest.split_at(end));
    [scheme, authority, rest]
}

fn decode(what: &str, text: &str) -> Result<String, Error> {
    let decoded = percent_decode_str(text)
        .decode_utf8()
        .map_err(|_| misconfigured(format!("the {what} is not UTF-8 once its percent-encoding is undone")))?;
    if decoded.contains('\0') {
        return Err(misconfigured(format!("the {what} contains a NUL character")));
    }
    Ok(decoded.into_owned())
}

/// The host, which is a name or an address: a percent sign would be a socket's path, a comma a list of hosts.
fn host(url: &Url) -> Result<String, Error> {
    let host = url.host_str().unwrap_or_default();
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    let is_name = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
    if bare.is_empty() || !(is_name(bare) || bare.parse::<std::net::IpAddr>().is_ok()) {
        return Err(misconfigured(
            "the URL must name one host, as a DNS name or an IP address; sockets and lists of hosts are not taken",
        ));
    }
    Ok(bare.to_owned())
}

fn set_parameter(address: &mut PostgresAddress, name: &str, value: &str) -> Result<(), Error> {
    match name {
        "sslmode" => {
            address.tls = match value {
                "verify-full" => Tls::VerifyFull,
                "verify-ca" => Tls::VerifyAuthority,
                "require" => Tls::Require,
                "disable" => Tls::Disable,
                "allow" | "prefer" => {
                    return Err(misconfigured(
                        "parameter `sslmode`: allow and prefer fall back to clear text; use verify-full (the default), verify-ca, require or disable",
                    ));
                }
                _ => {
                    return Err(misconfigured(
                        "parameter `sslmode` must be verify-full (the default), verify-ca, require or disable",
                    ));
                }
            };
        }
        "application_name" => value.clone_into(&mut address.application_name),
        "connect_timeout" => {
            address.connect_timeout = match value.parse() {
                Ok(seconds @ 1..=MAX_CONNECT_TIMEOUT_SECONDS) => Duration::from_secs(seconds),
                _ => {
                    return Err(misconfigured(format!(
                        "parameter `connect_timeout` must be 1 to {MAX_CONNECT_TIMEOUT_SECONDS} seconds"
                    )));
                }
            };
        }
        "sslrootcert" | "sslcert" | "sslkey" | "sslcrl" | "passfile" | "service" | "servicefile" => {
            return Err(misconfigured(format!(
                "parameter `{name}` names a file, which is not taken; an authority is given in tls.caRef"
            )));
        }
        "host" | "hostaddr" | "port" | "user" | "password" | "dbname" => {
            return Err(misconfigured(format!(
                "parameter `{name}` is not taken; write it into the URL: postgres://user:password@host:port/database"
            )));
        }
        "options" => {
            return Err(misconfigured(
                "parameter `options` is not taken; keep settings with the role: ALTER ROLE … SET search_path = …",
            ));
        }
        // Its name may be a part of a password that is not encoded.
        _ => {
            return Err(misconfigured(
                "one of the parameters is not known; only sslmode, application_name and connect_timeout are",
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(url: &str) -> String {
        match parse(&url.into(), true) {
            Err(Error::Configuration { field, problem, .. }) if field == FIELD => problem,
            other => panic!("{url}: {other:?}"),
        }
    }

    fn postgres(url: &str) -> PostgresAddress {
        match parse(&url.into(), false) {
            Ok(Address::Postgres(address)) => address,
            other => panic!("{url}: {other:?}"),
        }
    }

    #[test]
    fn a_url_says_all_that_may_be_said() {
        let address = postgres(
            "postgresql://sync%40bi:p%2Fw%40%3F%23@db.corp.example:6543/bi%20store?sslmode=verify-ca&application_name=x&connect_timeout=3",
        );
        assert_eq!((address.host.as_str(), address.port), ("db.corp.example", 6543));
        assert_eq!((address.username.as_str(), address.database.as_str()), ("sync@bi", "bi store"));
        assert_eq!(address.password.expose_secret(), "p/w@?#");
        assert_eq!((address.tls, address.application_name.as_str()), (Tls::VerifyAuthority, "x"));
        assert_eq!(address.connect_timeout, Duration::from_secs(3));
    }

    #[test]
    fn what_a_url_leaves_out_is_verified_and_as_libpq_has_it() {
        let address = postgres("postgres://sync@[::1]");
        assert_eq!((address.host.as_str(), address.port, address.database.as_str()), ("::1", 5432, "sync"));
        assert_eq!((address.tls, address.password.expose_secret()), (Tls::VerifyFull, ""));
        assert_eq!(address.application_name, "directory-group-sync");
    }

    #[test]
    fn every_mode_of_tls_must_be_written_to_be_less_than_verified() {
        for (mode, tls) in [
            ("verify-full", Tls::VerifyFull),
            ("verify-ca", Tls::VerifyAuthority),
            ("require", Tls::Require),
            ("disable", Tls::Disable),
        ] {
            assert_eq!(postgres(&format!("postgres://u:p@h/d?sslmode={mode}")).tls, tls);
        }
        for mode in ["prefer", "allow", "DISABLE", "none", ""] {
            assert!(problem(&format!("postgres://u:p@h/d?sslmode={mode}")).contains("`sslmode`"), "{mode}");
        }
    }

    #[test]
    fn a_parameter_that_is_not_on_the_list_is_refused_by_its_name() {
        for name in [
            "sslrootcert",
            "sslcert",
            "sslkey",
            "sslcrl",
            "passfile",
            "service",
            "host",
            "hostaddr",
            "port",
            "user",
            "password",
            "dbname",
            "options",
        ] {
            assert!(problem(&format!("postgres://u:p@h/d?{name}=1")).contains(&format!("`{name}`")), "{name}");
        }
        assert!(problem("postgres://u:p@h/d?channel_binding=1").contains("one of the parameters is not known"));
        assert!(problem("postgres://u:p@h/d?sslmode=disable&sslmode=require").contains("`sslmode` occurs twice"));
        for seconds in ["0", "-1", "301", "ten", ""] {
            assert!(problem(&format!("postgres://u:p@h/d?connect_timeout={seconds}")).contains("`connect_timeout`"));
        }
    }

    #[test]
    fn a_parameter_hides_no_other_one() {
        for value in ["x%00options%00-csearch_path%3Dsneaky", "x%0A", "%7F"] {
            let said = problem(&format!("postgres://u:p@h/d?application_name={value}"));
            assert!(said.contains("a control character") && !said.contains("sneaky"), "{said}");
        }
    }

    #[test]
    fn a_host_is_one_name_or_address() {
        for url in [
            "postgres://u:p@/d",
            "postgres:///d",
            "postgres://u:p@%2Fvar%2Frun%2Fpostgresql/d",
            "postgres://u:p@a,b/d",
            "postgres://u:p@a:1,b:2/d",
            "postgres:d",
            "postgres://h/d",
        ] {
            problem(url);
        }
    }

    #[test]
    fn no_error_shows_any_part_of_a_secret() {
        for url in [
            "postgres://u:s3c/ret@h/d",
            "postgres://u:1/s3cret@h/d",
            "postgres://u:1?s3cret@h/d",
            "postgres://u@h/d?s3cret=1",
            "postgres://u@h?s3cret",
            "postgres://u:1?s3cret&ret@h/d",
            "postgres://u:1?a=b&s3cret#ret@h/d",
            "postgres://u:1#s3cret@h/d",
            "postgres://u:s3cret@h:port/d",
            "postgres://u:s3cret@h/d?sslrootcert=/s3cret",
            "postgres://u:s3cret%FF@h/d",
            "mysql://u:s3cret@h/d",
            "s3cret",
        ] {
            assert!(!problem(url).contains("s3c"), "{url}");
        }
        assert!(!format!("{:?}", postgres("postgres://u:s3cret@h/d")).contains("s3cret"));
    }

    proptest::proptest! {
        /// Rule `withheld-text`: a Secret with anything in it.
        #[test]
        fn nothing_of_a_text_that_is_not_a_url_is_told(
            text in "(postgres|postgresql|mysql)?(:|://|)(k4n4ry|u)?[:@/?#&=% ]?(k4n4ry|%k4|h|\\[)?[:@/?#&=%,]{0,2}(k4n4ry|d|sslmode|options)?(=k4n4ry)?",
        ) {
            if let Err(error) = parse(&text.clone().into(), false) {
                let said = format!("{error} {error:?}");
                proptest::prop_assert!(!said.contains("k4"), "{said}: {text}");
            }
        }
    }

    #[test]
    fn sqlite_is_a_file_outside_a_cluster() {
        for (url, path) in [("sqlite:a/b.db", "a/b.db"), ("sqlite:///a/b.db", "/a/b.db"), ("sqlite:/a b.db", "/a b.db")]
        {
            assert!(
                matches!(parse(&url.into(), true), Ok(Address::Sqlite(found)) if found.as_path() == std::path::Path::new(path)),
                "{url}"
            );
            assert!(parse(&url.into(), false).is_err(), "{url}");
        }
        for url in ["sqlite:", "sqlite://", "sqlite://a.db", "sqlite::memory:", "sqlite:a.db?mode=ro"] {
            problem(url);
        }
    }
}
