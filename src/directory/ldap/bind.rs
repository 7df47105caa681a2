//! The bind operation (RFC 4511 section 4.2): who reads. A refusal is final: it is never tried again here, nor on
//! another server, so that our retries never lock an account.

use ldap3::LdapResult;
use secrecy::ExposeSecret;

use super::connection::Connection;
use super::result::{self, BUSY, INVALID_CREDENTIALS, UNAVAILABLE};
use crate::directory::Error;
use crate::directory::settings::{Credentials, LdapSettings, TlsMode};

/// `constraintViolation`: 389 Directory Server says it where its password policy has locked the account.
const CONSTRAINT_VIOLATION: u32 = 19;
/// `unwillingToPerform`: 389 Directory Server says it, with this word, of an account that `nsAccountLock` disables.
const UNWILLING_TO_PERFORM: u32 = 53;
const INACTIVATED: &str = "inactivated";

/// Refuses, before anything is sent, what must never be sent.
pub(super) fn check(settings: &LdapSettings) -> Result<(), Error> {
    let refused = |field: &str, problem: &str| Err(Error::configuration(field, problem));
    match &settings.credentials {
        Credentials::Simple { username, password } => {
            if username.is_empty() || password.expose_secret().is_empty() {
                return refused(
                    "spec.ldap.auth.simple.secretRef",
                    "the username or the password is empty, which would bind as nobody (RFC 4513 section 5.1.2); fill \
                     both keys, or say `anonymous: {}`",
                );
            }
            if settings.tls == TlsMode::None && !settings.allow_plaintext_password {
                return refused(
                    "spec.ldap.tls.mode",
                    "None would send the password unencrypted; use LDAPS or StartTLS, or set allowPlaintextPassword: true \
                     where that is meant",
                );
            }
            Ok(())
        }
        Credentials::External { .. } if settings.tls == TlsMode::None => {
            refused("spec.ldap.tls.mode", "None has no client certificate to prove; use LDAPS or StartTLS")
        }
        Credentials::External { .. } | Credentials::Anonymous => Ok(()),
    }
}

/// Why a bind did not work, and whether the server looked at the credentials.
pub(super) enum Refusal {
    /// The server is out of service and judged nothing: another one may be asked.
    OutOfService(Error),
    /// Anything else ends the run.
    Final(Error),
}

/// Binds. `ldap3` decodes the answer in the task that asks, and panics on a malformed one, so that task is one of its
/// own.
pub(super) async fn bind(connection: &mut Connection, credentials: &Credentials, attempt: &str) -> Result<(), Refusal> {
    let (mut ldap, credentials) = (connection.ldap.clone(), credentials.clone());
    let request = async move {
        match &credentials {
            Credentials::Simple { username, password } => {
                Some(ldap.simple_bind(username, password.expose_secret()).await)
            }
            Credentials::External { .. } => Some(ldap.sasl_external_bind().await),
            Credentials::Anonymous => None,
        }
    };
    let mut task = tokio::task::JoinSet::new();
    task.spawn(request);
    match task.join_next().await {
        Some(Ok(None)) => Ok(()),
        Some(Ok(Some(Ok(result)))) => judge(attempt, &result),
        Some(Ok(Some(Err(error)))) => Err(Refusal::Final(connection.lost(attempt, error).await)),
        Some(Err(_)) | None => Err(Refusal::Final(Error::malformed(attempt, "the answer breaks the protocol"))),
    }
}

fn judge(attempt: &str, result: &LdapResult) -> Result<(), Refusal> {
    match result.rc {
        0 => Ok(()),
        INVALID_CREDENTIALS => Err(Refusal::Final(Error::bind_refused(diagnostic(result)).caused_by(result.clone()))),
        CONSTRAINT_VIOLATION => Err(refused("the account is locked after too many refused passwords", result)),
        UNWILLING_TO_PERFORM if result.text.to_ascii_lowercase().contains(INACTIVATED) => {
            Err(refused("the account is disabled", result))
        }
        BUSY | UNAVAILABLE => Err(Refusal::OutOfService(result::failure(attempt, None, result))),
        7 | 14 | 48 | UNWILLING_TO_PERFORM => {
            let problem = format!("the server does not take this kind of bind {}", result::said(result));
            Err(Refusal::Final(Error::configuration("spec.ldap.auth", problem).caused_by(result.clone())))
        }
        _ => Err(Refusal::Final(result::failure(attempt, None, result))),
    }
}

fn refused(reason: &str, result: &LdapResult) -> Refusal {
    Refusal::Final(Error::bind_refused(format!("{reason} {}", result::said(result))).caused_by(result.clone()))
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
    ("80090346", "the server demands channel binding, which this kind of bind does not have"),
];

/// What result 49 says, in words.
fn diagnostic(result: &LdapResult) -> String {
    let code = result
        .text
        .split_once("data ")
        .map(|(_, rest)| rest.chars().take_while(char::is_ascii_hexdigit).collect::<String>().to_ascii_lowercase());
    let reason = REASONS
        .iter()
        .find(|(known, _)| code.as_deref() == Some(known))
        .map_or("the username or the password is wrong, or the account may not sign in", |(_, reason)| reason);
    format!("{reason} {}", result::said(result))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

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
        }
    }

    fn simple(password: &str) -> Credentials {
        Credentials::Simple { username: "reader".into(), password: password.into() }
    }

    #[test]
    fn a_password_never_travels_in_clear_unless_that_is_meant() {
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
    fn sub_codes_read_as_words() {
        let words = |text: &str| {
            diagnostic(&LdapResult { rc: 49, matched: String::new(), text: text.into(), refs: vec![], ctrls: vec![] })
        };
        assert!(
            words("80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 775, v1db1\0")
                .starts_with("the account is locked (result 49: 80090308")
        );
        assert!(words("Simple Bind Failed: NT_STATUS_LOGON_FAILURE, data 52E").starts_with("the username or"));
        assert!(words("data 57, v1").contains("255"));
        assert!(words("").contains("may not sign in (result 49)"));
    }
}
