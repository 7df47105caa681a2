//! Where a group or an account comes from: the site itself, or a directory that the site imports from.

use serde::Deserialize;
use serde_json::Value;

/// The fields that say it, in all versions. Old servers have flags, newer ones a word, which may be one that no document
/// lists, such as `WindowsAD`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Provider {
    directory_type: Option<Value>,
    is_active_directory_user: Option<bool>,
    is_active_directory_group: Option<bool>,
    #[serde(rename = "IsAzureADGroup")]
    is_azure_ad_group: Option<bool>,
    is_azure_ad_user: Option<bool>,
}

/// The number of the word `Local`, where words are numbers.
const LOCAL: u64 = 1;

impl Provider {
    /// Whether it was created in the site. A word that is not known is another directory's.
    pub(super) fn is_local(&self) -> bool {
        let flags = [
            self.is_active_directory_user,
            self.is_active_directory_group,
            self.is_azure_ad_group,
            self.is_azure_ad_user,
        ];
        let is_word_local = match &self.directory_type {
            None | Some(Value::Null) => true,
            Some(Value::String(word)) => word.is_empty() || word.eq_ignore_ascii_case("local"),
            Some(other) => other.as_u64() == Some(LOCAL),
        };
        is_word_local && !flags.contains(&Some(true))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_the_site_itself_has_created_is_local() {
        let is_local = |value| serde_json::from_value::<Provider>(value).unwrap().is_local();
        for local in
            [json!({}), json!({"DirectoryType": "Local"}), json!({"DirectoryType": 1}), json!({"DirectoryType": null})]
        {
            assert!(is_local(local.clone()), "{local}");
        }
        assert!(is_local(json!({"IsAzureADGroup": false, "IsActiveDirectoryGroup": null})));
        for foreign in [
            json!({"DirectoryType": "WindowsAD"}),
            json!({"DirectoryType": "AzureAD"}),
            json!({"DirectoryType": "Tomorrow"}),
            json!({"DirectoryType": 5}),
            json!({"IsActiveDirectoryGroup": true}),
            json!({"IsAzureADGroup": true, "DirectoryType": "Local"}),
            json!({"IsAzureAdUser": true}),
        ] {
            assert!(!is_local(foreign.clone()), "{foreign}");
        }
    }
}
