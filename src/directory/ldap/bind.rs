//! The bind operation (RFC 4511 section 4.2): with which account the directory is read. A refusal is final. The bind is
//! never repeated, here or on another server, so that it never locks an account.

use ldap3::{Ldap, LdapError, LdapResult};
use secrecy::ExposeSecret;

use super::address::Address;
use super::result::{self, BUSY, INVALID_CREDENTIALS, UNAVAILABLE};
use super::withheld::Withheld;
use crate::directory::Error;
use crate::directory::settings::{Credentials, LdapSettings, TlsMode};

/// `constraintViolation`: 389 Directory Server says it where its password policy has locked the account.
const CONSTRAINT_VIOLATION: u32 = 19;
/// `unwillingToPerform`: 389 Directory Server says it, with this word, of an account that `nsAccountLock` disables.
const UNWILLING_TO_PERFORM: u32 = 53;
const INACTIVATED: &str = "inactivated";

/// The Secret of a simple bind, and that of a client certificate.
const PASSWORD: &str = "spec.ldap.auth.simple.secretRef";
const CERTIFICATE: &str = "spec.ldap.auth.external.secretRef";

/// Refuses credentials that must never be sent, before anything is sent.
pub(super) fn check(settings: &LdapSettings) -> Result<(), Error> {
    let refused = |field: &str, problem: &str| Err(Error::configuration(field, problem));
    match &settings.credentials {
        Credentials::Simple { username, password } => {
            if username.expose_secret().is_empty() || password.expose_secret().is_empty() {
                return refused(
                    PASSWORD,
                    "the username or the password is empty, which would be an anonymous bind (RFC 4513 section 5.1.2); \
                     fill in both keys, or set `anonymous: {}`",
                );
            }
            if settings.tls == TlsMode::None && !settings.allow_plaintext_password {
                return refused(
                    "spec.ldap.tls.mode",
                    "None would send the password unencrypted; use LDAPS or StartTLS, or set allowPlaintextPassword: \
                     true",
                );
            }
            Ok(())
        }
        Credentials::External { .. } if settings.tls == TlsMode::None => {
            refused("spec.ldap.tls.mode", "None cannot send a client certificate; use LDAPS or StartTLS")
        }
        Credentials::External { .. } | Credentials::Anonymous => Ok(()),
    }
}

/// Why a server cannot be used.
pub(super) enum Refusal {
    /// It is out of service and has not checked the credentials: another server may be asked.
    OutOfService(Error),
    /// Anything else ends the run.
    Final(Error),
}

/// Why a connection is not bound.
pub(super) enum Unbound {
    /// By the server's answer.
    Refused(Refusal),
    /// The connection was lost before an answer.
    Lost(LdapError),
}

/// Binds. Nothing of the Secret is in an error, whatever the server repeats. `ldap3` decodes the answer in the task that asks, and panics on a malformed one, so it gets a task of its
/// own.
pub(super) async fn bind(
    mut ldap: Ldap,
    server: &Address,
    credentials: &Credentials,
    withheld: &Withheld,
) -> Result<(), Unbound> {
    let request = {
        let credentials = credentials.clone();
        async move {
            match &credentials {
                Credentials::Simple { username, password } => {
                    Some(ldap.simple_bind(username.expose_secret(), password.expose_secret()).await)
                }
                Credentials::External { .. } => Some(ldap.sasl_external_bind().await),
                Credentials::Anonymous => None,
            }
        }
    };
    let mut task = tokio::task::JoinSet::new();
    task.spawn(request);
    match task.join_next().await {
        Some(Ok(None)) => Ok(()),
        Some(Ok(Some(Ok(result)))) => accept(server, credentials, withheld, result).map_err(Unbound::Refused),
        Some(Ok(Some(Err(error)))) => Err(Unbound::Lost(error)),
        Some(Err(_)) | None => {
            let error = Error::malformed(attempt(server), "the answer breaks the protocol");
            Err(Unbound::Refused(Refusal::Final(error)))
        }
    }
}

/// What errors call a bind.
pub(super) fn attempt(server: &Address) -> String {
    format!("binding to {server}")
}

fn accept(server: &Address, credentials: &Credentials, withheld: &Withheld, result: LdapResult) -> Result<(), Refusal> {
    let result = &LdapResult { text: withheld.without(&result.text), ..result };
    let refused = |reason: &str| {
        let said = result::said(result);
        let diagnostic = match credentials {
            Credentials::Simple { .. } => {
                format!("{PASSWORD}: {server} refused the bind with this username and password: {reason} {said}")
            }
            Credentials::External { .. } => {
                format!("{CERTIFICATE}: {server} refused the bind with the client certificate: {reason} {said}")
            }
            Credentials::Anonymous => format!("{server} refused the bind: {reason} {said}"),
        };
        Err(Refusal::Final(Error::bind_refused(diagnostic).caused_by(result.clone())))
    };
    match result.rc {
        0 => Ok(()),
        INVALID_CREDENTIALS => refused(reason(result)),
        CONSTRAINT_VIOLATION => refused("the account is locked after too many wrong passwords"),
        UNWILLING_TO_PERFORM if result.text.to_ascii_lowercase().contains(INACTIVATED) => {
            refused("the account is disabled")
        }
        BUSY | UNAVAILABLE => Err(Refusal::OutOfService(result::failure(&attempt(server), None, result))),
        7 | 14 | 48 | UNWILLING_TO_PERFORM => {
            let problem = format!("{server} does not accept this kind of bind {}", result::said(result));
            Err(Refusal::Final(Error::configuration("spec.ldap.auth", problem).caused_by(result.clone())))
        }
        _ => Err(Refusal::Final(result::failure(&attempt(server), None, result))),
    }
}

/// Active Directory's reasons for result 49: the Windows error code, in hexadecimal, after `data` in the diagnostic.
const REASONS: [(&str, &str); 11] = [
    ("525", "there is no such user"),
    ("52e", "the username or the password is wrong"),
    ("530", "the account may not sign in at this time"),
    ("531", "the account may not sign in from this machine"),
    ("532", "the password has expired"),
    ("533", "the account is disabled"),
    ("701", "the account has expired"),
    ("773", "the password must be changed before the first sign-in"),
    ("775", "the account is locked"),
    ("57", "the bind DN is longer than 255 characters: use the user principal name"),
    ("80090346", "the server requires channel binding, which this kind of bind does not support"),
];

/// What result 49 means.
fn reason(result: &LdapResult) -> &'static str {
    let code = result
        .text
        .split_once("data ")
        .map(|(_, rest)| rest.chars().take_while(char::is_ascii_hexdigit).collect::<String>().to_ascii_lowercase());
    REASONS
        .iter()
        .find(|(known, _)| code.as_deref() == Some(known))
        .map_or("the username or the password is wrong, or the account may not sign in", |(_, reason)| reason)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::traffic::Traffic;

    fn settings(tls: TlsMode, credentials: Credentials) -> LdapSettings {
        LdapSettings {
            servers: vec!["localhost".into()],
            tls,
            server_name: None,
            authorities: None,
            allow_plaintext_password: false,
            credentials,
            connect_timeout: Duration::from_secs(1),
            request_timeout: Duration::from_secs(1),
            traffic: Traffic::default(),
        }
    }

    fn simple(password: &str) -> Credentials {
        Credentials::Simple { username: "reader".into(), password: password.into() }
    }

    #[test]
    fn a_password_is_never_sent_unencrypted_unless_that_is_allowed() {
        let clear = settings(TlsMode::None, simple("secret"));
        let error = check(&clear).unwrap_err().to_string();
        assert!(error.starts_with("spec.ldap.tls.mode: ") && !error.contains("secret"), "{error}");
        check(&LdapSettings { allow_plaintext_password: true, ..clear }).unwrap();
        check(&settings(TlsMode::StartTls, simple("secret"))).unwrap();
        check(&settings(TlsMode::None, Credentials::Anonymous)).unwrap();
    }

    #[test]
    fn an_empty_password_is_refused_whatever_the_connection() {
        for mode in [TlsMode::Ldaps, TlsMode::StartTls, TlsMode::None] {
            let mut settings = settings(mode, simple(""));
            settings.allow_plaintext_password = true;
            assert!(matches!(check(&settings), Err(Error::Configuration { .. })));
        }
    }

    #[test]
    fn a_refusal_names_its_field_the_server_and_the_reason() {
        let server = Address { host: "dc1.corp.example".into(), port: 636 };
        let refusal = |credentials: &Credentials, rc, text: &str| {
            let result = LdapResult { rc, matched: String::new(), text: text.into(), refs: vec![], ctrls: vec![] };
            match accept(&server, credentials, &Withheld::new(credentials), result) {
                Err(Refusal::Final(error @ Error::BindRefused { .. })) => error.to_string(),
                _ => panic!("it is not refused"),
            }
        };
        let simple = simple("secret");
        let words = refusal(
            &simple,
            49,
            "80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 775, v1db1\0",
        );
        assert!(
            words.starts_with(
                "spec.ldap.auth.simple.secretRef: dc1.corp.example:636 refused the bind with this username and password: \
                 the account is locked (result 49: 80090308"
            ),
            "{words}"
        );
        for (rc, text, expected) in [
            (
                49,
                "Simple Bind Failed: NT_STATUS_LOGON_FAILURE, data 52E",
                "the username or the password is wrong (result",
            ),
            (49, "data 57, v1", "longer than 255 characters"),
            (49, "", "may not sign in (result 49)"),
            (19, "", "the account is locked after"),
            (53, "Account inactivated. Contact system administrator.", "the account is disabled"),
        ] {
            assert!(refusal(&simple, rc, text).contains(expected), "{expected}");
        }
        for rc in [49, 53, 48, 51, 80] {
            let text = "SECRET is not the password of Reader, reader";
            let result = LdapResult { rc, matched: String::new(), text: text.into(), refs: vec![], ctrls: vec![] };
            let refused = accept(&server, &simple, &Withheld::new(&simple), result);
            let Err(Refusal::Final(error) | Refusal::OutOfService(error)) = refused else { panic!("{rc} is accepted") };
            let words = format!("{error} {error:?}").replace("simple.secretRef", "").to_lowercase();
            assert!(!words.contains("reader") && !words.contains("secret"), "{words}");
        }
        let external = Credentials::External { certificate: Vec::new().into(), key: Vec::new().into() };
        assert!(
            refusal(&external, 49, "").starts_with("spec.ldap.auth.external.secretRef: dc1.corp.example:636 refused")
        );
    }
}
