//! Whole runs within this process: read, plan, apply and report, as the operator and `sync -f` have them, at a time that
//! the test tells.

use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use directory_group_sync::api::v1alpha1::condition::{Condition, Reason};
use directory_group_sync::api::v1alpha1::directory_group_sync::status::{ProblemKind, RunResult};
use directory_group_sync::api::v1alpha1::{DashboardServer, DirectoryGroupSync, DirectoryGroupSyncStatus};
use directory_group_sync::directory::settings::DirectorySettings;
use directory_group_sync::run::host::{Presence, RunHost, Step};
use directory_group_sync::run::report::approval::Location;
use directory_group_sync::run::report::context::ReportContext;
use directory_group_sync::run::report::status;
use directory_group_sync::run::run;
use directory_group_sync::run::settings::{RunEnvironment, Settings, sync_settings};
use directory_group_sync::standalone::INSTALLATION;
use directory_group_sync::store::Interruption;
use directory_group_sync::store::StoreSettings;
use directory_group_sync::store::sql::SqlSettings;
use directory_group_sync::sync::identity::Owner;
use jiff::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::company::object;
use crate::harness::folder;
use crate::store_content::Content;

/// When a store is filled, and when a run meets what has changed since.
pub(crate) const EARLIER: Timestamp = Timestamp::constant(1_700_000_000, 0);
pub(crate) const NOW: Timestamp = Timestamp::constant(1_700_086_400, 0);

/// A SQLite file in a folder of its own, that runs write to.
pub(crate) struct Store(TempDir);

impl Store {
    pub(crate) fn new() -> Self {
        Self(folder::temporary("store"))
    }

    /// One that a run has filled from this directory a day ago.
    pub(crate) async fn filled(directory: DirectorySettings, spec: &Value) -> Self {
        let store = Self::new();
        let status = store.sync(directory, spec, EARLIER).await;
        assert_eq!(result(&status), RunResult::Synced, "{status:#?}");
        store
    }

    /// Another one with the same content.
    pub(crate) fn copy(&self) -> Self {
        let copy = Self::new();
        std::fs::copy(self.file(), copy.file()).unwrap();
        copy
    }

    /// Where it is.
    pub(crate) fn file(&self) -> PathBuf {
        self.0.path().join("store.db")
    }

    /// The folder, with nothing else in it.
    pub(crate) fn folder(&self) -> &Path {
        self.0.path()
    }

    /// What it holds.
    pub(crate) async fn content(&self) -> Content {
        Content::of_sqlite(&self.file()).await
    }

    /// Synchronizes with these fields of the sync's spec; returns the new status.
    pub(crate) async fn sync(
        &self,
        directory: DirectorySettings,
        spec: &Value,
        now: Timestamp,
    ) -> DirectoryGroupSyncStatus {
        let mut spec = spec.clone();
        spec["directoryRef"] = json!({"name": "corp"});
        spec["dashboardServerRef"] = json!({"name": "bi"});
        let sync: DirectoryGroupSync = serde_json::from_value(object("DirectoryGroupSync", "teams", spec)).unwrap();
        let spec = json!({"sql": {"secretKeyRef": {"name": "bi", "key": "url"}}});
        let server: DashboardServer = serde_json::from_value(object("DashboardServer", "bi", spec)).unwrap();
        let environment = RunEnvironment { installation: INSTALLATION.to_owned(), ..RunEnvironment::default() };
        let url = format!("sqlite:{}", self.file().display()).into();
        let settings = Settings {
            sync: sync_settings(&sync, &server, &environment).unwrap(),
            directory,
            store: StoreSettings::Sql(SqlSettings { url, authorities: None, allow_sqlite: true }),
            timeout: Duration::from_mins(15),
        };
        let outcome = Box::pin(run(&settings, &At(now))).await;
        let report_context = ReportContext {
            generation: 1,
            requested_at: None,
            other_requested_at: None,
            approval: None,
            suspended: false,
            start: now,
            end: now,
            next: None,
            location: Location::Files { command: "sync -f teams.yaml", server: "bi" },
            plan_ref: None,
        };
        status(&DirectoryGroupSyncStatus::default(), &outcome, &report_context)
    }
}

/// The spec of a sync of every group, everything else as it is by default.
pub(crate) fn sync_of_every_group() -> Value {
    json!({"groups": [{"filter": "(objectClass=*)"}]})
}

/// A process in which it is always the same time and nothing stops a run.
struct At(Timestamp);

#[async_trait]
impl RunHost for At {
    fn now(&self) -> Timestamp {
        self.0
    }

    async fn presence(&self, _: &Owner) -> Presence {
        Presence::Unknown
    }

    async fn may_go_on(&self) -> Result<(), Interruption> {
        Ok(())
    }

    fn entered(&self, _: Step) {}
}

/// What came of the run.
pub(crate) fn result(status: &DirectoryGroupSyncStatus) -> RunResult {
    RunResult::named(&status.last_run.as_ref().expect("a run has ended").result).expect("a word that is documented")
}

/// The condition that sums up.
pub(crate) fn ready(status: &DirectoryGroupSyncStatus) -> &Condition {
    status.conditions.iter().find(|condition| condition.type_.as_str() == "Ready").expect("every status has it")
}

/// The kinds of the problems, in their order.
pub(crate) fn problems(status: &DirectoryGroupSyncStatus) -> Vec<ProblemKind> {
    let kind = |kind| ProblemKind::named(kind).expect("a word that is documented");
    status.problems.iter().map(|problem| kind(&problem.kind)).collect()
}

/// The run failed for this reason and has told nothing but that.
pub(crate) fn assert_failed(status: &DirectoryGroupSyncStatus, reason: Reason, context: &str) {
    let ready = ready(status);
    assert_eq!((result(status), &*ready.reason), (RunResult::Failed, reason.as_str()), "{context}: {}", ready.message);
    assert!(ready.message.starts_with("reading the directory: "), "{context}: {}", ready.message);
    assert_eq!((&status.current, &status.last_change, &status.plan), (&None, &None, &None), "{context}");
}
