//! What was learned of a server's habits. It is remembered as long as the process lives: a run begins with what the run before
//! it has learned, and the probe shows it.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use super::settings::{DisplayName, MemberRemoval, MembersInList, Rename, ScimDialect};

static LEARNED: LazyLock<Mutex<HashMap<String, Arc<Mutex<Learned>>>>> = LazyLock::new(Mutex::default);

/// What was learned; `None`: nothing yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Learned {
    pub(super) member_removal: Option<MemberRemoval>,
    pub(super) members_in_list: Option<MembersInList>,
    pub(super) rename: Option<Rename>,
    pub(super) display_name: Option<DisplayName>,
}

/// What this run knows of removals.
#[derive(Debug, Clone, Default)]
pub(super) enum Removals {
    /// None was tried.
    #[default]
    Untried,
    /// It was seen that they work in this form.
    Work(MemberRemoval),
    /// It was seen that no form works, and why.
    Fail(String),
}

/// The dialect of one server: what the settings say, and what was learned.
#[derive(Debug)]
pub(super) struct Dialect {
    said: ScimDialect,
    learned: Arc<Mutex<Learned>>,
}

impl Dialect {
    /// The dialect of the server at this address.
    pub(super) fn of(address: &str, said: ScimDialect) -> Self {
        let mut all = LEARNED.lock().unwrap_or_else(PoisonError::into_inner);
        Self { said, learned: Arc::clone(all.entry(address.to_owned()).or_default()) }
    }

    pub(super) const fn said(&self) -> &ScimDialect {
        &self.said
    }

    /// What was learned, to change it.
    pub(super) fn learned(&self) -> MutexGuard<'_, Learned> {
        self.learned.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn member_removal(&self) -> Option<MemberRemoval> {
        self.said.member_removal.or_else(|| self.learned().member_removal)
    }

    pub(super) fn members_in_list(&self) -> Option<MembersInList> {
        self.said.members_in_list.or_else(|| self.learned().members_in_list)
    }

    pub(super) fn rename(&self) -> Option<Rename> {
        self.said.rename.or_else(|| self.learned().rename)
    }

    /// Whether the server makes display names of accounts itself.
    pub(super) fn ignores_display_names(&self) -> bool {
        self.display_name() == Some(DisplayName::Ignored)
    }

    fn display_name(&self) -> Option<DisplayName> {
        self.said.display_name.or_else(|| self.learned().display_name)
    }

    /// What is known, as the fields of `spec.scim.dialect` that say the same.
    pub(super) fn known(&self) -> Vec<String> {
        let removal = self.member_removal().map(|it| format!("memberRemoval: {it:?}"));
        let in_list = self.members_in_list().map(|it| format!("membersInList: {it:?}"));
        let rename = self.rename().map(|it| format!("rename: {it:?}"));
        let display_name = self.display_name().map(|it| format!("displayName: {it:?}"));
        [removal, in_list, rename, display_name].into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_run_learns_the_next_one_knows_and_settings_come_first() {
        let first = Dialect::of("https://dialect.example", ScimDialect::AUTO);
        assert_eq!(first.known(), Vec::<String>::new());
        first.learned().member_removal = Some(MemberRemoval::Value);
        first.learned().display_name = Some(DisplayName::Ignored);
        let said = ScimDialect { rename: Some(Rename::Put), ..ScimDialect::AUTO };
        let next = Dialect::of("https://dialect.example", said);
        assert_eq!(next.known(), ["memberRemoval: Value", "rename: Put", "displayName: Ignored"]);
        assert!(next.ignores_display_names());
        let said = ScimDialect { display_name: Some(DisplayName::Kept), ..said };
        assert!(!Dialect::of("https://dialect.example", said).ignores_display_names());
        let said = ScimDialect { member_removal: Some(MemberRemoval::Filter), ..ScimDialect::AUTO };
        assert_eq!(Dialect::of("https://dialect.example", said).member_removal(), Some(MemberRemoval::Filter));
        assert_eq!(Dialect::of("https://other.example", ScimDialect::AUTO).member_removal(), None);
    }
}
