//! Whether an account may be used, by the attributes that say so in each kind of directory.

use super::generalized_time;
use crate::directory::entry::Entry;
use crate::sync::snapshot::{ShownState, UnclearState};

/// The attributes that tell whether an account may be used, and how.
pub(super) struct State {
    /// They are asked for by name, because some are operational.
    pub(super) attributes: &'static [&'static str],
    pub(super) read: fn(&Entry) -> ShownState,
}

/// Active Directory.
pub(super) const USER_ACCOUNT_CONTROL: State = State { attributes: &[CONTROL], read: by_control };

/// AD LDS: in place of the bit of `userAccountControl`, MS-ADLS section 2.245. `msDS-UserPasswordExpired` says that the
/// password must be changed, not that the account is disabled.
pub(super) const USER_ACCOUNT_DISABLED: State = State { attributes: &[DISABLED], read: by_disabled };

/// FreeIPA.
pub(super) const NS_ACCOUNT_LOCK: State = State { attributes: &[LOCK], read: by_lock };

/// Every other directory: what each of them calls it. One that has none of these has no such state.
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
/// IBM Security Verify Directory: what an administrator sets.
const ACCOUNT_LOCKED: &str = "ibm-pwdAccountLocked";
/// slapo-ppolicy(5) of OpenLDAP and others, draft-behera-ldap-password-policy section 5.3.3.
const LOCKED_TIME: &str = "pwdAccountLockedTime";
/// In the same section: the account is locked until an administrator opens it. Any other time is when a lock began that
/// ends by itself, which disables nobody.
const FOR_EVER: &str = "000001010000Z";

/// Every account has `userAccountControl`, so one that does not show it hides it.
fn by_control(entry: &Entry) -> ShownState {
    let Some(value) = entry.values(CONTROL).first() else {
        return ShownState::Unclear(Box::new(UnclearState::Hidden { attribute: CONTROL }));
    };
    match std::str::from_utf8(value).ok().and_then(|control| control.trim().parse::<i32>().ok()) {
        Some(control) if control & ACCOUNT_DISABLE != 0 => ShownState::Disabled,
        Some(_) => ShownState::Enabled,
        None => ShownState::Unclear(Box::new(super::unclear(CONTROL, value, "a number"))),
    }
}

fn by_disabled(entry: &Entry) -> ShownState {
    match entry.values(DISABLED).first() {
        Some(value) if value.trim_ascii().eq_ignore_ascii_case(b"true") => ShownState::Disabled,
        Some(value) if !value.trim_ascii().eq_ignore_ascii_case(b"false") => {
            ShownState::Unclear(Box::new(super::unclear(DISABLED, value, "TRUE or FALSE")))
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

/// Times are compared as times (RFC 4517 section 4.2.16), however they are written.
fn is_locked_for_ever(entry: &Entry) -> bool {
    let for_ever = generalized_time::parse(FOR_EVER);
    entry.values(LOCKED_TIME).iter().any(|value| {
        let time = std::str::from_utf8(value).ok().and_then(|text| generalized_time::parse(text.trim()));
        time.is_some() && time == for_ever
    })
}
