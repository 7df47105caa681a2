//! Which accounts are disabled, and when they expire.

use super::*;

#[test]
fn a_disabled_account_is_told_where_the_directory_says_so() {
    use AccountState::{Disabled, Enabled, Unknown};
    for (schema, entry, state) in [
        (Schema::ActiveDirectory, with("useraccountcontrol", &["512"]), Enabled),
        (Schema::ActiveDirectory, with("useraccountcontrol", &["514"]), Disabled),
        (Schema::ActiveDirectory, with("useraccountcontrol", &["66050"]), Disabled),
        (Schema::ActiveDirectory, with("useraccountcontrol", &["-2147483646"]), Disabled),
        (Schema::ActiveDirectory, with("useraccountcontrol", &["what"]), Unknown),
        (Schema::ActiveDirectory, Entry::default(), Unknown),
        (Schema::FreeIpa, with("nsaccountlock", &["TRUE"]), Disabled),
        (Schema::FreeIpa, with("nsaccountlock", &["false"]), Enabled),
        (Schema::Rfc2307bis, with("nsaccountlock", &["true"]), Disabled),
        (Schema::Rfc2307bis, Entry::default(), Enabled),
        (Schema::Rfc2307, Entry::default(), Enabled),
        (Schema::AdLds, with("msds-useraccountdisabled", &["TRUE"]), Disabled),
        (Schema::AdLds, with("msds-useraccountdisabled", &["true "]), Disabled),
        (Schema::AdLds, with("msds-useraccountdisabled", &["FALSE"]), Enabled),
        (Schema::AdLds, with("msds-useraccountdisabled", &["yes"]), Unknown),
        (Schema::AdLds, with("msds-userpasswordexpired", &["TRUE"]), Enabled),
        (Schema::AdLds, with("useraccountcontrol", &["514"]), Enabled),
        (Schema::AdLds, Entry::default(), Enabled),
        (Schema::Rfc2307bis, with("logindisabled", &["TRUE"]), Disabled),
        (Schema::Rfc2307bis, with("logindisabled", &["FALSE"]), Enabled),
        (Schema::Rfc2307bis, with("ibm-pwdaccountlocked", &["true"]), Disabled),
    ] {
        assert_eq!(state_of(schema, &entry), (state, None), "{schema:?} {entry:?}");
    }
}

/// The state without the cause of a doubt, and the expiry.
fn state_of(schema: Schema, entry: &Entry) -> (AccountState, Option<jiff::Timestamp>) {
    let (state, expires) = schema.account_state(entry);
    (state.account_state(), expires)
}

#[test]
fn a_lock_of_the_password_policy_that_never_ends_disables_the_account() {
    use AccountState::{Disabled, Enabled};
    for schema in [Schema::Rfc2307, Schema::Rfc2307bis] {
        for (value, state) in [
            ("000001010000Z", Disabled),
            ("00000101000000Z", Disabled),
            ("0000010100Z", Disabled),
            ("000001010000+0000", Disabled),
            ("00000101000000.0Z", Disabled),
            ("000001010100+0100", Disabled),
            ("20251126093000Z", Enabled),
            ("20251126093000.123456Z", Enabled),
            ("000001010001Z", Enabled),
            ("000001010000+0100", Enabled),
            ("000001010000", Enabled),
            ("", Enabled),
        ] {
            let entry = with("pwdaccountlockedtime", &[value]);
            assert_eq!(state_of(schema, &entry), (state, None), "{schema:?} {value}");
        }
        let attributes = Effective::for_server(&settings("dc=x"), schema).unwrap();
        assert!(attributes.user_attributes().contains(&"pwdAccountLockedTime"), "it is operational, so asked by name");
    }
}

#[test]
fn an_unclear_state_names_the_attribute_and_its_value() {
    let cause = |schema: Schema, entry: &Entry| match schema.account_state(entry).0 {
        ShownState::Unclear(cause) => *cause,
        other => panic!("{other:?}"),
    };
    let hidden = UnclearState::Hidden { attribute: "userAccountControl" };
    assert_eq!(cause(Schema::ActiveDirectory, &Entry::default()), hidden);
    let mut both = with("accountexpires", &["20200101000000.0Z"]);
    assert_eq!(cause(Schema::ActiveDirectory, &both), hidden, "what is hidden comes first");
    both.attributes.insert("useraccountcontrol".to_owned(), vec![b"512".to_vec()]);
    for (schema, entry, attribute, value) in [
        (Schema::ActiveDirectory, with("useraccountcontrol", &["enabled"]), "userAccountControl", "enabled"),
        (Schema::ActiveDirectory, both, "accountExpires", "20200101000000.0Z"),
        (Schema::AdLds, with("accountexpires", &[" "]), "accountExpires", " "),
        (Schema::AdLds, with("msds-useraccountdisabled", &["1"]), "msDS-UserAccountDisabled", "1"),
        (Schema::FreeIpa, with("krbprincipalexpiration", &["never"]), "krbPrincipalExpiration", "never"),
        (Schema::Rfc2307bis, with("loginexpirationtime", &["soon"]), "loginExpirationTime", "soon"),
    ] {
        match cause(schema, &entry) {
            UnclearState::Value { attribute: named, value: shown, form } => {
                assert_eq!((named, &*shown), (attribute, value), "{schema:?}");
                assert!(!form.is_empty());
            }
            other @ UnclearState::Hidden { .. } => panic!("{schema:?} {other:?}"),
        }
    }
}

#[test]
fn an_account_expires_when_the_directory_says_so() {
    use AccountState::{Disabled, Enabled, Unknown};
    let both = |state: &str, attribute: &str, value: &str| {
        let mut entry = with(attribute, &[value]);
        entry.attributes.insert("useraccountcontrol".to_owned(), vec![state.into()]);
        entry
    };
    let time = || Some("2025-01-01T00:00:00Z".parse().unwrap());
    for (schema, entry, account) in [
        (Schema::ActiveDirectory, both("512", "accountexpires", "133801632000000000"), (Enabled, time())),
        (Schema::ActiveDirectory, both("514", "accountexpires", "133801632000000000"), (Disabled, time())),
        (Schema::ActiveDirectory, both("512", "accountexpires", "9223372036854775807"), (Enabled, None)),
        (Schema::ActiveDirectory, both("512", "accountexpires", "tomorrow"), (Unknown, None)),
        (Schema::ActiveDirectory, both("514", "accountexpires", "tomorrow"), (Disabled, None)),
        (Schema::ActiveDirectory, with("accountexpires", &["133801632000000000"]), (Unknown, time())),
        (Schema::FreeIpa, with("krbprincipalexpiration", &["20250101000000Z"]), (Enabled, time())),
        (Schema::FreeIpa, with("krbprincipalexpiration", &["2025"]), (Unknown, None)),
        (Schema::FreeIpa, with("krbprincipalexpiration", &["2025010100Z"]), (Enabled, time())),
        (Schema::FreeIpa, with("krbprincipalexpiration", &["20250101020000.0+0200"]), (Enabled, time())),
        (Schema::AdLds, with("accountexpires", &["133801632000000000"]), (Enabled, time())),
        (Schema::Rfc2307bis, with("shadowexpire", &["1"]), (Enabled, None)),
        (Schema::Rfc2307bis, with("loginexpirationtime", &["20250101000000Z"]), (Enabled, time())),
    ] {
        assert_eq!(state_of(schema, &entry), account, "{schema:?} {entry:?}");
    }
}
