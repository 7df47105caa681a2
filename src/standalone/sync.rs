//! `sync -f`: runs every `DirectoryGroupSync` of the files once.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use kube::ResourceExt as _;
use serde_json::{Value, json};

use super::console::{Console, story};
use super::gather::{namespace, origin, settings};
use super::{Exit, Output};
use crate::api::v1alpha1::condition::Reason;
use crate::api::v1alpha1::{DirectoryGroupSync, DirectoryGroupSyncStatus};
use crate::directory;
use crate::manifest::Manifest;
use crate::run::error::Error;
use crate::run::report::{Occasion, Place, status};
use crate::run::settings::Circumstances;
use crate::run::{Outcome, run};
use crate::runtime::clock;
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
    fn circumstances(&self) -> Circumstances {
        Circumstances {
            installation: self.installation.to_owned(),
            known_servers: None,
            approval: Approval { object: None, hash: self.approve.map(str::to_owned) },
        }
    }
}

/// Runs the syncs one after the other and returns what to print and how to end.
pub async fn sync(manifest: &Manifest, request: &Request<'_>) -> (String, Exit) {
    let mut exit = Exit::InStep;
    let mut text = String::new();
    let mut objects = Vec::new();
    // A refused bind is not tried again: a second wrong password could lock the account.
    let mut refused: BTreeMap<(String, String), String> = BTreeMap::new();
    for located in manifest.syncs() {
        let sync = &located.object;
        let directory = (namespace(sync), sync.spec.directory_ref.name.clone());
        let name = format!("{}/{}", namespace(sync), sync.name_any());
        if sync.spec.suspend {
            let _ = writeln!(text, "{name}: {}: spec.suspend is true, so it does not run", Reason::SuspendedBySpec);
            continue;
        }
        let place = Place::Files { command: request.command };
        let start = clock::now();
        let outcome = match refused.get(&directory) {
            Some(diagnostic) => Err(directory::Error::BindRefused { diagnostic: diagnostic.clone() }.into()),
            None => match settings(manifest, located, &request.circumstances()) {
                Ok(mut settings) => {
                    if request.preview {
                        settings.sync.preview();
                    }
                    let console = Console::new(&sync.name_any());
                    let outcome = run(&settings, &console).await;
                    console.finish();
                    outcome
                }
                Err(error) => Err(error),
            },
        };
        if let Err(Error::Directory(directory::Error::BindRefused { diagnostic })) = &outcome {
            refused.insert(directory, diagnostic.clone());
        }
        exit = exit.max(exit_of(&outcome));
        let end = clock::now();
        let occasion = Occasion {
            generation: 1,
            requested_at: None,
            suspended: sync.spec.suspend,
            start,
            end,
            next: None,
            place,
            plan_ref: None,
        };
        if let Err(Error::Settings(invalid)) = &outcome {
            let origin = origin(manifest, located, invalid);
            let _ = write!(text, "{origin}: ");
        }
        text.push_str(&story(&name, &outcome, place));
        objects.push(object(sync, &status(&DirectoryGroupSyncStatus::default(), &outcome, &occasion)));
    }
    let printed = match request.output {
        Output::Text => text,
        Output::Json => serde_json::to_string_pretty(&objects).map(|text| text + "\n").unwrap_or_default(),
        Output::Yaml => serde_yaml::to_string(&objects).unwrap_or_default(),
    };
    (printed, exit)
}

fn exit_of(outcome: &Result<Outcome, Error>) -> Exit {
    match outcome {
        Err(Error::Settings(_) | Error::Dependency { .. }) => Exit::Invalid,
        Err(_) => Exit::Failed,
        Ok(outcome) if !outcome.preview && !outcome.refusals.is_empty() => Exit::PartlyFailed,
        Ok(outcome) if outcome.pending.is_some() => Exit::Pending,
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
