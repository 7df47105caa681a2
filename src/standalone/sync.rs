//! `sync -f`: runs every `DirectoryGroupSync` of the files once.

use std::fmt::Write as _;

use kube::ResourceExt as _;
use serde_json::{Value, json};

use super::console::{Console, summary};
use super::gather::{credential, namespace, origin, settings};
use super::refusals::Refusals;
use super::{Exit, NO_SYNC, Output, Said};
use crate::api::v1alpha1::condition::Reason;
use crate::api::v1alpha1::directory_group_sync::status::RunResult;
use crate::api::v1alpha1::{DirectoryGroupSync, DirectoryGroupSyncStatus};
use crate::manifest::Manifest;
use crate::run::error::Error;
use crate::run::outcome::{Outcome, Pending};
use crate::run::report::approval::{Location, unmatched, waiting};
use crate::run::report::context::ReportContext;
use crate::run::report::result::result;
use crate::run::report::status;
use crate::run::run;
use crate::run::settings::RunEnvironment;
use crate::runtime::clock;
use crate::sync::escape::visible_json;
use crate::sync::policy::Approval;

/// What the command line asks for.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// Overrides `spec.mode`.
    pub preview: bool,
    /// The hash of the held removals that a person approves.
    pub approve: Option<&'a str>,
    /// The first part of the owners' names.
    pub installation: &'a str,
    /// How results are printed.
    pub output: Output,
    /// What was typed, as a shell takes it, less `--approve` and `--preview`.
    pub command: &'a str,
}

impl Request<'_> {
    fn environment(&self) -> RunEnvironment {
        RunEnvironment {
            installation: self.installation.to_owned(),
            known_servers: None,
            approval: Approval { object: None, hash: self.approve.map(str::to_owned) },
        }
    }
}

/// Runs the syncs one after the other.
pub async fn sync(manifest: &Manifest, request: &Request<'_>, refusals: &Refusals) -> Said {
    let mut exit = Exit::InStep;
    let mut text = String::new();
    let mut objects = Vec::new();
    let mut answer = Answer::default();
    for located in manifest.syncs() {
        let sync = &located.object;
        let name = format!("{}/{}", namespace(sync), sync.name_any());
        if sync.spec.suspend {
            let _ = writeln!(text, "{name}: {}: spec.suspend is true, so it does not run", Reason::SuspendedBySpec);
            continue;
        }
        let location = Location::Files { command: request.command };
        let start = clock::now();
        let outcome = match settings(manifest, located, &request.environment()) {
            Ok(mut settings) => {
                if request.preview {
                    settings.sync.preview();
                }
                let console = Console::new(&sync.name_any(), refusals, credential(manifest, located));
                let outcome = run(&settings, &console).await;
                console.finish();
                outcome
            }
            Err(error) => Err(error),
        };
        exit = exit.max(exit_of(&outcome));
        answer.hear(&name, &outcome);
        let end = clock::now();
        let report_context = ReportContext {
            generation: 1,
            requested_at: None,
            other_requested_at: None,
            approval: None,
            suspended: sync.spec.suspend,
            start,
            end,
            next: None,
            location,
            plan_ref: None,
        };
        if let Err(Error::Settings(invalid)) = &outcome {
            let origin = origin(manifest, located, invalid);
            let _ = write!(text, "{origin}: ");
        }
        text.push_str(&summary(&name, &outcome, location));
        objects.push(object(sync, &status(&DirectoryGroupSyncStatus::default(), &outcome, &report_context)));
    }
    let mut aside = String::new();
    if manifest.syncs().next().is_none() {
        let _ = writeln!(aside, "{NO_SYNC}");
        exit = Exit::Invalid;
    } else if let Some((said, answered)) = request.approve.and_then(|approval| answer.to(approval)) {
        aside.push_str(&said);
        exit = exit.max(answered);
    }
    let results = match request.output {
        Output::Text => text,
        Output::Json => serde_json::to_string_pretty(&objects)
            .map(|text| visible_json(&text).into_owned() + "\n")
            .unwrap_or_default(),
        Output::Yaml => serde_yaml::to_string(&objects).unwrap_or_default(),
    };
    Said { results, aside, exit }
}

/// What all syncs together answer to an approval: it is of one of them.
#[derive(Debug, Default)]
struct Answer {
    was_used: bool,
    /// A run failed before it could tell.
    is_open: bool,
    /// Names and hashes of what waits.
    waiting: Vec<(String, String)>,
}

impl Answer {
    fn hear(&mut self, name: &str, outcome: &Result<Outcome, Error>) {
        let waits = waiting(outcome);
        self.was_used |= outcome.as_ref().is_ok_and(|outcome| outcome.approved);
        self.is_open |= outcome.is_err() && waits.is_none();
        self.waiting.extend(waits.map(|hash| (name.to_owned(), hash.to_owned())));
    }

    /// What is said to an approval that nothing waited for, and how the process ends at least.
    fn to(&self, approval: &str) -> Option<(String, Exit)> {
        if self.was_used {
            return None;
        }
        if self.waiting.is_empty() {
            return (!self.is_open).then(|| (format!("{}\n", unmatched(approval, None)), Exit::Invalid));
        }
        let said = self.waiting.iter().map(|(name, hash)| format!("{name}: {}\n", unmatched(approval, Some(hash))));
        Some((said.collect(), Exit::Pending))
    }
}

fn exit_of(outcome: &Result<Outcome, Error>) -> Exit {
    match outcome {
        Err(Error::Settings(_) | Error::Dependency { .. }) => Exit::Invalid,
        Err(_) => Exit::Failed,
        Ok(outcome) if result(outcome) == RunResult::PartiallySynced => Exit::PartlyFailed,
        Ok(Outcome { pending: Pending::Held(_) | Pending::WouldChange(_), .. }) => Exit::Pending,
        Ok(outcome) if !outcome.problems.is_empty() || !outcome.duplicates.is_empty() => Exit::NeedsFixing,
        Ok(outcome) if outcome.counts.wrote() => Exit::Applied,
        Ok(_) => Exit::InStep,
    }
}

fn object(sync: &DirectoryGroupSync, status: &DirectoryGroupSyncStatus) -> Value {
    json!({
        "apiVersion": "directorysync.dev/v1alpha1",
        "kind": "DirectoryGroupSync",
        "metadata": {"name": sync.name_any(), "namespace": namespace(sync)},
        "status": status,
    })
}
