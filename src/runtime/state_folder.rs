//! The folder in which a user's programs store state between runs.

use std::env::var_os;
use std::ffi::OsString;
use std::path::PathBuf;

/// `$XDG_STATE_HOME/directory-group-sync`, by default `~/.local/state/directory-group-sync` (XDG Base Directory
/// Specification 0.8). `None` if neither is set. The folder is not created.
#[must_use]
pub fn state_folder() -> Option<PathBuf> {
    from_variables(var_os("XDG_STATE_HOME"), var_os("HOME"))
}

/// Relative paths are ignored, as the specification requires.
fn from_variables(state: Option<OsString>, home: Option<OsString>) -> Option<PathBuf> {
    let absolute = |path: OsString| Some(PathBuf::from(path)).filter(|path| path.is_absolute());
    let state = state.and_then(absolute).or_else(|| Some(home.and_then(absolute)?.join(".local/state")))?;
    Some(state.join("directory-group-sync"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_that_of_the_specification() {
        let folder_of = |state: Option<&str>, home: Option<&str>| {
            from_variables(state.map(OsString::from), home.map(OsString::from))
        };
        let folder = |path: &str| Some(PathBuf::from(path));
        assert_eq!(folder_of(Some("/s"), Some("/h")), folder("/s/directory-group-sync"));
        for ignored in [None, Some(""), Some("s")] {
            assert_eq!(folder_of(ignored, Some("/h")), folder("/h/.local/state/directory-group-sync"));
            assert_eq!(folder_of(ignored, ignored), None);
        }
    }
}
