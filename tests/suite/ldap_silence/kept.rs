//! What is kept of something that is hidden.

use directory_group_sync::api::v1alpha1::condition::Reason;
use directory_group_sync::api::v1alpha1::directory_group_sync::status::{ProblemKind, RunResult};
use directory_group_sync::directory::settings::DirectorySettings;
use serde_json::{Value, json};

use crate::store_content::Content;
use crate::whole_run::{NOW, Store, assert_failed, problems, ready, result};

/// Since when a group shows no members, and since when a group or a user is found nowhere.
pub(super) const EMPTY: &str = "empty_since";
pub(super) const MISSING: &str = "missing_since";

/// The link of a group.
pub(super) const fn group(name: &str) -> (&str, &str, &str) {
    ("group_links", "name", name)
}

/// The link of an account.
pub(super) const fn account(username: &str) -> (&str, &str, &str) {
    ("user_links", "username", username)
}

/// A store that was filled before something was hidden.
pub(super) struct Kept {
    store: Store,
    before: Content,
    sync: Value,
}

impl Kept {
    /// With the groups of these names.
    pub(super) async fn of(directory: DirectorySettings, groups: &[&str]) -> Self {
        let groups: Vec<Value> = groups.iter().map(|name| json!({"name": name})).collect();
        let sync = json!({"groups": groups});
        let store = Store::filled(directory, &sync).await;
        let before = store.content().await;
        assert!(before.groups().iter().all(|group| !group.ends_with(':')), "{:?}", before.groups());
        Self { store, before, sync }
    }

    /// A run tells these problems and writes nothing.
    pub(super) async fn unchanged(&self, directory: DirectorySettings, told: &[ProblemKind]) {
        let after = self.run(directory, told).await;
        assert_eq!(self.before.changes_to(&after), [""; 0]);
    }

    /// A run tells these problems, and all that it writes is the time at which it noted them, at the links of these.
    pub(super) async fn noted(
        &self,
        directory: DirectorySettings,
        told: &[ProblemKind],
        time: &str,
        links: &[(&str, &str, &str)],
    ) {
        let after = self.run(directory, told).await;
        let mut expected = self.before.clone();
        for (table, column, name) in links {
            expected.set(table, (column, name), time, &format!("{NOW:.6}"));
        }
        // How far the server is by now is written with whatever else is.
        expected.take("directory_servers", &after);
        assert_eq!(expected.changes_to(&after), [""; 0]);
    }

    async fn run(&self, directory: DirectorySettings, told: &[ProblemKind]) -> Content {
        let store = self.store.copy();
        let status = store.sync(directory, &self.sync, NOW).await;
        assert_eq!(result(&status), RunResult::SyncedWithProblems, "{status:#?}");
        assert_eq!(problems(&status), told, "{status:#?}");
        store.content().await
    }

    /// A run fails and names this field.
    pub(super) async fn field_at_fault(&self, directory: DirectorySettings, field: &str) {
        let store = self.store.copy();
        let status = store.sync(directory, &self.sync, NOW).await;
        assert_failed(&status, Reason::DirectoryMisconfigured, field);
        let message = &ready(&status).message;
        assert!(message.starts_with(&format!("reading the directory: {field}: ")), "not {field}: {message}");
        assert_eq!(self.before.changes_to(&store.content().await), [""; 0]);
    }
}
