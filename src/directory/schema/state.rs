//! Whether an account may be used, by the attributes of each kind of directory. Rule `disabled-account`.

use super::generalized_time;
use crate::directory::entry::Entry;
use crate::sync::snapshot::{ShownState, UnclearState};

/// How to tell whether an account may be used.
pub(super) struct State {
    /// The attributes. They are asked for by name, because some are operational.
    pub(super) attributes: &'static [&'static str],
    pub(super) read: fn(&Entry) -> ShownState,
}

/// Active Directory.
pub(super) const USER_ACCOUNT_CONTROL: State = State { attributes: &[CONTROL], read: by_control };

/// AD LDS has it instead of the bit of `userAccountControl`, MS-ADLS section 2.245. `msDS-UserPasswordExpired` says
/// that the password must be changed, not that the account is disabled.
pub(super) const USER_ACCOUNT_DISABLED: State = State { attributes: &[DISABLED], read: by_disabled };

/// FreeIPA.
pub(super) const NS_ACCOUNT_LOCK: State = State { attributes: &[LOCK], read: by_lock };

/// All other directories, with the attribute of each. An entry without any of them is enabled.
pub(super) const LOCKS: State =
    State { attributes: &[LOCK, LOGIN_DISABLED, ACCOUNT_LOCKED, LOCKED_TIME], read: by_locks };

const CONTROL: &str = "userAccountControl";
/// `ADS_UF_ACCOUNT_DISABLE`, MS-ADTS section 2.2.16.
const ACCOUNT_DISABLE: i32 = 0x2;
const DISABLED: &str = "msDS-UserAccountDisabled";
/// 389 Directory Server, FreeIPA and Oracle.
const LOCK: &str = "nsAccountLock";
/// eDirectory.
const LOGIN_DISABLED: &str = "loginDisabled";
/// IBM Security Verify Directory. An administrator sets it.
const ACCOUNT_LOCKED: &str = "ibm-pwdAccountLocked";
/// slapo-ppolicy(5) of OpenLDAP and others, draft-behera-ldap-password-policy section 5.3.3.
const LOCKED_TIME: &str = "pwdAccountLockedTime";
/// In the same section: the account is locked until an administrator unlocks it. Any other time is the start of a lock
/// that ends by itself. Such a lock does not count as disabled.
const FOR_EVER: &str = "000001010000Z";

/// Every account has `userAccountControl`. If an entry does not show it, the bind account cannot read it.
fn by_control(entry: &Entry) -> ShownState {
    let Some(value) = entry.values(CONTROL).first() else {
        return ShownState::Unclear(Box::new(UnclearState::Hidden { attribute: CONTROL }));
    };
    match std::str::from_utf8(value).ok().and_then(|control| control.trim().parse::<i32>().ok()) {
        Some(control) if control & ACCOUNT_DISABLE != 0 => ShownState::Disabled,
        Some(_) => ShownState::Enabled,
        None => ShownState::Unclear(Box::new(unclear(CONTROL, value, "a number"))),
    }
}

fn by_disabled(entry: &Entry) -> ShownState {
    match entry.values(DISABLED).first() {
        Some(value) if value.trim_ascii().eq_ignore_ascii_case(b"true") => ShownState::Disabled,
        Some(value) if !value.trim_ascii().eq_ignore_ascii_case(b"false") => {
            ShownState::Unclear(Box::new(unclear(DISABLED, value, "TRUE or FALSE")))
        }
        Some(_) | None => ShownState::Enabled,
    }
}

fn by_lock(entry: &Entry) -> ShownState {
    if is_true(entry, LOCK) { ShownState::Disabled } else { ShownState::Enabled }
}

fn by_locks(entry: &Entry) -> ShownState {
    let is_locked = [LOCK, LOGIN_DISABLED, ACCOUNT_LOCKED].iter().any(|attribute| is_true(entry, attribute));
    if is_locked || is_locked_for_ever(entry) { ShownState::Disabled } else { ShownState::Enabled }
}

fn is_true(entry: &Entry, attribute: &str) -> bool {
    entry.values(attribute).iter().any(|value| value.trim_ascii().eq_ignore_ascii_case(b"true"))
}

/// Times are compared as times (RFC 4517 section 4.2.16), because they can be written in several ways.
fn is_locked_for_ever(entry: &Entry) -> bool {
    let for_ever = generalized_time::parse(FOR_EVER);
    entry.values(LOCKED_TIME).iter().any(|value| {
        let time = std::str::from_utf8(value).ok().and_then(|text| generalized_time::parse(text.trim()));
        time.is_some() && time == for_ever
    })
}

/// The state of an account that has a value in a wrong form.
pub(super) fn unclear(attribute: &'static str, value: &[u8], form: &'static str) -> UnclearState {
    UnclearState::Value { attribute, value: String::from_utf8_lossy(value).into(), form }
}
