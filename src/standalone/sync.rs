//! `sync -f`: runs every `DirectoryGroupSync` in the files once.

use std::fmt::Write as _;

use kube::ResourceExt as _;
use serde_json::{Value, json};

use super::console::{Console, summary};
use super::gather::{credential, origin, settings};
use super::links::Links;
use super::refusals::Refusals;
use super::{CommandOutput, Exit, NO_SYNC, Output};
use crate::api::v1alpha1::condition::Reason;
use crate::api::v1alpha1::directory_group_sync::status::RunResult;
use crate::api::v1alpha1::{DirectoryGroupSync, DirectoryGroupSyncStatus};
use crate::manifest::{Manifest, namespace};
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

/// The arguments of the command.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// Overrides `spec.mode`.
    pub preview: bool,
    /// The hash of the held changes that are approved.
    pub approve: Option<&'a str>,
    /// The first part of owners' names.
    pub installation: &'a str,
    /// The format of results.
    pub output: Output,
    /// Where links are kept that a dashboard server cannot keep itself.
    pub links: &'a Links,
    /// The shell command that starts the same run, without `--approve` and `--preview`.
    pub command: &'a str,
}

impl Request<'_> {
    fn environment(&self) -> RunEnvironment {
        RunEnvironment {
            installation: self.installation.to_owned(),
            known_servers: None,
            // Nothing remembers it between runs from files.
            store: None,
            approval: Approval { object: None, hash: self.approve.map(str::to_owned) },
        }
    }
}

/// Runs the syncs one after the other.
pub async fn sync(manifest: &Manifest, request: &Request<'_>, refusals: &Refusals) -> CommandOutput {
    let mut exit = Exit::InSync;
    let mut text = String::new();
    let mut objects = Vec::new();
    let mut answer = ApprovalAnswer::default();
    for located in manifest.syncs() {
        let sync = &located.object;
        let name = format!("{}/{}", namespace(sync), sync.name_any());
        if sync.spec.suspend {
            let _ =
                writeln!(text, "{name}: {}: it does not run, because spec.suspend is true", Reason::SuspendedBySpec);
            continue;
        }
        let location = Location::Files { command: request.command, server: &sync.spec.dashboard_server_ref.name };
        let start = clock::now();
        let outcome = match settings(manifest, located, &request.environment()) {
            Ok(mut settings) => {
                if request.preview {
                    settings.sync.preview();
                }
                let console = Console::new(
                    &sync.name_any(),
                    (refusals, credential(manifest, located)),
                    (request.links, (namespace(sync), sync.spec.dashboard_server_ref.name.clone())),
                );
                let outcome = run(&settings, &console).await;
                console.finish();
                outcome
            }
            Err(error) => Err(error),
        };
        exit = exit.max(exit_of(&outcome));
        answer.add(&name, &outcome);
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
    let mut notes = String::new();
    if manifest.syncs().next().is_none() {
        let _ = writeln!(notes, "{NO_SYNC}");
        exit = Exit::Invalid;
    } else if let Some((message, unmatched)) = request.approve.and_then(|approval| answer.unmatched(approval)) {
        notes.push_str(&message);
        exit = exit.max(unmatched);
    }
    let results = match request.output {
        Output::Text => text,
        Output::Json => serde_json::to_string_pretty(&objects)
            .map(|text| visible_json(&text).into_owned() + "\n")
            .unwrap_or_default(),
        Output::Yaml => serde_yaml::to_string(&objects).unwrap_or_default(),
    };
    CommandOutput { results, notes, exit }
}

/// What became of an approval. It is for one of the syncs.
#[derive(Debug, Default)]
struct ApprovalAnswer {
    was_used: bool,
    /// A run failed, so that its held changes are unknown.
    is_unknown: bool,
    /// Names of syncs, and hashes of their held changes.
    waiting: Vec<(String, String)>,
}

impl ApprovalAnswer {
    fn add(&mut self, name: &str, outcome: &Result<Outcome, Error>) {
        let waits = waiting(outcome);
        self.was_used |= outcome.as_ref().is_ok_and(|outcome| outcome.approved);
        self.is_unknown |= outcome.is_err() && waits.is_none();
        self.waiting.extend(waits.map(|hash| (name.to_owned(), hash.to_owned())));
    }

    /// The message about an approval that matches no held changes, and how the process ends at least.
    fn unmatched(&self, approval: &str) -> Option<(String, Exit)> {
        if self.was_used {
            return None;
        }
        if self.waiting.is_empty() {
            return (!self.is_unknown).then(|| (format!("{}\n", unmatched(approval, None)), Exit::Invalid));
        }
        let lines = self.waiting.iter().map(|(name, hash)| format!("{name}: {}\n", unmatched(approval, Some(hash))));
        Some((lines.collect(), Exit::Pending))
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
        Ok(_) => Exit::InSync,
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
