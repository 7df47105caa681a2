//! Where a user's programs keep what they remember from one run to the next.

use std::env::var_os;
use std::ffi::OsString;
use std::path::PathBuf;

/// `$XDG_STATE_HOME/directory-group-sync`, by default `~/.local/state/directory-group-sync` (XDG Base Directory
/// Specification 0.8); `None` where neither is told. Nothing is created.
#[must_use]
pub fn state_folder() -> Option<PathBuf> {
    of(var_os("XDG_STATE_HOME"), var_os("HOME"))
}

/// The specification has relative paths ignored.
fn of(state: Option<OsString>, home: Option<OsString>) -> Option<PathBuf> {
    let absolute = |path: OsString| Some(PathBuf::from(path)).filter(|path| path.is_absolute());
    let state = state.and_then(absolute).or_else(|| Some(home.and_then(absolute)?.join(".local/state")))?;
    Some(state.join("directory-group-sync"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_lies_where_the_specification_has_it() {
        let of = |state: Option<&str>, home: Option<&str>| of(state.map(OsString::from), home.map(OsString::from));
        let folder = |path: &str| Some(PathBuf::from(path));
        assert_eq!(of(Some("/s"), Some("/h")), folder("/s/directory-group-sync"));
        for ignored in [None, Some(""), Some("s")] {
            assert_eq!(of(ignored, Some("/h")), folder("/h/.local/state/directory-group-sync"));
            assert_eq!(of(ignored, ignored), None);
        }
    }
}
