//! Which release the server is, and what that means.

use serde::Deserialize;

/// The answer of `/api/health`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Release {
    #[serde(default)]
    pub(super) version: String,
    enterprise_commit: Option<String>,
}

impl Release {
    /// Whether it takes all members of a team at once: since 11.1. A version that cannot be read does not.
    pub(super) fn sets_members(&self) -> bool {
        let mut numbers = self.version.split(['.', '-', '+']).map(|number| number.parse::<u32>().ok());
        let (major, minor) = (numbers.next().flatten(), numbers.next().flatten());
        major.zip(minor).is_some_and(|version| version >= (11, 1))
    }

    /// Whether it is Grafana Enterprise, which may keep teams in step with a directory itself.
    pub(super) fn is_enterprise(&self) -> bool {
        self.enterprise_commit.as_deref().is_some_and(|commit| !commit.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_set_at_once_since_11_1() {
        for (version, sets_members) in [
            ("11.1.0", true),
            ("11.1.0-12345", true),
            ("12.0.0+security-01", true),
            ("13.2", true),
            ("11.0.9", false),
            ("9.5.21", false),
            ("", false),
            ("main", false),
        ] {
            let release = Release { version: version.to_owned(), ..Release::default() };
            assert_eq!(release.sets_members(), sets_members, "{version}");
        }
    }
}
