//! What a result code (RFC 4511 section 4.1.9 and appendix A) means for a read, and how to fix it.

use ldap3::LdapResult;

use crate::directory::Error;
use crate::sync::escape::shown;

/// `operationsError`.
pub(super) const OPERATIONS_ERROR: u32 = 1;
/// `referral`: the entry is on another server.
pub(super) const REFERRAL: u32 = 10;
/// `invalidDNSyntax`.
pub(super) const INVALID_DN_SYNTAX: u32 = 34;
/// `noSuchObject`: not there, hidden, or on another server. These cannot be distinguished.
pub(super) const NO_SUCH_OBJECT: u32 = 32;
/// `invalidCredentials`.
pub(super) const INVALID_CREDENTIALS: u32 = 49;
/// `busy`.
pub(super) const BUSY: u32 = 51;
/// `unavailable`.
pub(super) const UNAVAILABLE: u32 = 52;

/// The codes of a server that refuses or cannot evaluate a filter but does everything else: `timeLimitExceeded`,
/// `sizeLimitExceeded`, `adminLimitExceeded`, `undefinedAttributeType`, `inappropriateMatching`,
/// `insufficientAccessRights`, `unwillingToPerform`.
pub(super) const REFUSALS: [u32; 7] = [3, 4, 11, 17, 18, 50, 53];

/// The longest part of a server's diagnostic message that an error repeats, in characters.
const LONGEST_DIAGNOSTIC: usize = 300;

/// The error of a result code other than 0. `field` is the setting that the request came from, where there is one.
pub(super) fn failure(attempt: &str, field: Option<&str>, result: &LdapResult) -> Error {
    let said = said(result);
    let incomplete = |cause: &str| Error::incomplete(attempt, format!("{cause} {said}"));
    let setting = |field: &str, problem: &str| Error::configuration(field, format!("{attempt}: {problem} {said}"));
    let error = match (result.rc, field) {
        (OPERATIONS_ERROR, _) if ["000004DC", "00002020"].iter().any(|code| result.text.contains(code)) => {
            setting("spec.ldap.auth", "the server does not allow anonymous reads; specify a bind account")
        }
        (3, _) => incomplete(
            "the server's time limit was reached (timeLimitExceeded), so entries are missing; raise it for the bind \
             account, or narrow the base or the filter",
        ),
        (4, _) => incomplete(
            "the server's size limit was reached (sizeLimitExceeded), so entries are missing; remove it for the bind \
             account: on OpenLDAP with `limits dn.exact=\"<its DN>\" size=unlimited size.prtotal=unlimited`, on 389DS \
             and FreeIPA with `nsSizeLimit: -1` and `nsPagedSizeLimit: -1` on its entry",
        ),
        (11, _) => incomplete(
            "an administrative limit of the server was reached (adminLimitExceeded), so entries are missing; on 389DS \
             and FreeIPA remove it with `nsLookThroughLimit: -1` and `nsPagedLookThroughLimit: -1` on the bind \
             account's entry, or index the attributes of the filter",
        ),
        (8 | 13, _) => setting(
            "spec.ldap.tls.mode",
            "the server requires an encrypted connection (strongerAuthRequired or confidentialityRequired); use LDAPS \
             or StartTLS",
        ),
        (REFERRAL, Some(field)) => {
            setting(field, "the server refers to another server for this entry; use the server that has it")
        }
        (NO_SUCH_OBJECT, Some(field)) => setting(
            field,
            "the entry does not exist, or the bind account cannot read it; correct the name or grant read access",
        ),
        (50, Some(field)) => {
            setting(field, "the bind account cannot read this entry (insufficientAccessRights); grant it read access")
        }
        (INVALID_DN_SYNTAX, Some(field)) => {
            setting(field, "the server does not accept this distinguished name (invalidDNSyntax); correct it")
        }
        (18, Some(field)) => {
            setting(field, "the server cannot evaluate this filter (inappropriateMatching); change it")
        }
        (REFERRAL, None) => incomplete("the server refers to another server, and references are never followed"),
        (NO_SUCH_OBJECT, None) => incomplete("the entry is not there any more, or cannot be read"),
        (12, _) => incomplete("the server refuses a control that its root DSE lists (unavailableCriticalExtension)"),
        (50, _) => incomplete(
            "the bind account is not allowed to do this (insufficientAccessRights); grant it read access to the bases",
        ),
        (53, _) => incomplete("the server refuses to do this (unwillingToPerform)"),
        (BUSY | UNAVAILABLE | 80, _) => {
            Error::unreachable(attempt, format!("the server is busy or out of service {said}"))
        }
        _ => incomplete("the server refused the request"),
    };
    error.caused_by(result.clone())
}

/// The result code with the server's diagnostic message.
pub(super) fn said(result: &LdapResult) -> String {
    match words(&result.text) {
        text if text.is_empty() => format!("(result {})", result.rc),
        text => format!("(result {}: {text})", result.rc),
    }
}

/// A diagnostic message in one bounded line. Active Directory ends its messages with a line break and a NUL.
pub(super) fn words(diagnostic: &str) -> String {
    let text = diagnostic.trim_matches(|c: char| c.is_control() || c.is_whitespace());
    let start: String = text.chars().take(LONGEST_DIAGNOSTIC).collect();
    shown(&start).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(rc: u32, text: &str) -> LdapResult {
        LdapResult { rc, matched: String::new(), text: text.to_owned(), refs: Vec::new(), ctrls: Vec::new() }
    }

    #[test]
    fn limits_are_incomplete_reads_with_a_remedy() {
        let error = failure("reading the users", None, &result(4, ""));
        let names = |cause: &str| ["size=unlimited", "nsPagedSizeLimit: -1"].iter().all(|text| cause.contains(text));
        assert!(matches!(&error, Error::Incomplete { cause, .. } if names(cause)), "{error}");
        for rc in [3, 11, 12, 32, 50, 53, 90] {
            assert!(matches!(failure("reading", None, &result(rc, "")), Error::Incomplete { .. }), "{rc}");
        }
    }

    #[test]
    fn a_hidden_base_names_its_field() {
        let error = failure("reading the base", Some("spec.groups.baseDN"), &result(32, ""));
        assert!(matches!(&error, Error::Configuration { field, .. } if field == "spec.groups.baseDN"), "{error}");
    }

    #[test]
    fn required_tls_and_a_required_bind_are_settings() {
        let field = |rc, text| match failure("binding", None, &result(rc, text)) {
            Error::Configuration { field, .. } => field,
            other => other.to_string(),
        };
        assert_eq!(field(8, ""), "spec.ldap.tls.mode");
        assert_eq!(field(13, ""), "spec.ldap.tls.mode");
        assert_eq!(field(1, "000004DC: LdapErr: DSID-0C090A5C\0"), "spec.ldap.auth");
    }

    #[test]
    fn a_busy_server_is_unreachable() {
        for rc in [51, 52, 80] {
            assert!(matches!(failure("reading", Some("x"), &result(rc, "")), Error::Unreachable { .. }));
        }
    }

    #[test]
    fn the_servers_words_are_one_bounded_line() {
        assert_eq!(said(&result(49, "80090308: data 52e, v4563\n\0")), "(result 49: 80090308: data 52e, v4563)");
        assert!(said(&result(80, &"x".repeat(5000))).len() < 400);
        let hostile = said(&result(80, "no\u{1b}[2K\r\nyes\u{202e}"));
        assert_eq!(hostile, r"(result 80: no\u{1b}[2K\u{d}\u{a}yes\u{202e})");
    }
}
