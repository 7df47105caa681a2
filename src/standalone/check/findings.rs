//! What a check tried and found, as text, and how it ends.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::name::{key, shown};
use crate::api::v1alpha1::condition::Reason;
use crate::api::v1alpha1::{DashboardServer, Directory, DirectoryGroupSync};
use crate::directory::{self, Probe};
use crate::run::error::Error;
use crate::run::rehearsal::{Rehearsal, UnseenAttribute};
use crate::run::report::sentence::{UNREHEARSED, changed};
use crate::standalone::console::complaints;
use crate::standalone::{CommandOutput, Exit};
use crate::store::Capabilities;
use crate::sync::escape::quoted;
use crate::sync::wording::count;

/// How many warnings of one sync are listed.
const MAX_WARNINGS: usize = 40;

/// What was found so far.
#[derive(Debug)]
pub(super) struct Findings {
    text: String,
    exit: Exit,
}

impl Default for Findings {
    fn default() -> Self {
        Self { text: String::new(), exit: Exit::InSync }
    }
}

impl Findings {
    pub(super) fn directory(&mut self, object: &Directory, probe: &Result<Probe, Error>) {
        let probe = match probe {
            Ok(probe) => probe,
            Err(error) => return self.failed(object.kind(), object, error),
        };
        let tried =
            if object.spec.ldap.is_some() { "connected, signed in and found the bases" } else { "read the file" };
        let (directory_id, server) = (&probe.directory_id, &probe.server.identity);
        let found = format!("ok: {tried}; directory id {directory_id}, server {server}");
        let settings = probe.effective.iter().map(|(field, value)| format!("spec.{field}: {value}"));
        self.print(object.kind(), object, &found, settings);
    }

    pub(super) fn dashboard_server(&mut self, object: &DashboardServer, probe: &Result<Capabilities, Error>) {
        match probe {
            Ok(Capabilities { product, version, dialect, signed_in_as, is_atomic, .. }) => {
                // A server that is not atomic can undo nothing, so nothing was started there.
                let tried = match signed_in_as {
                    _ if *is_atomic => "connected, started a write and undid it".to_owned(),
                    Some(account) => format!("connected, signed in as {} and checked its rights", quoted(account)),
                    None => "connected and checked the rights".to_owned(),
                };
                let found = format!("ok: {tried}; {product} {version}");
                let habits = dialect.iter().map(|habit| format!("status.dialect: {habit}"));
                self.print("DashboardServer", object, &found, habits);
            }
            Err(error) => self.failed("DashboardServer", object, error),
        }
    }

    /// `effective` contains the names of attributes that have default values.
    pub(super) fn sync(
        &mut self,
        object: &DirectoryGroupSync,
        rehearsal: &Result<Rehearsal, Error>,
        effective: Option<&BTreeMap<String, String>>,
    ) {
        const KIND: &str = "DirectoryGroupSync";
        let Rehearsal { outcome, unseen } = match rehearsal {
            Ok(rehearsal) => rehearsal,
            Err(error) => return self.failed(KIND, object, error),
        };
        let (needed, optional): (Vec<&UnseenAttribute>, _) = unseen.iter().partition(|unseen| unseen.is_needed);
        if let Some(unseen) = needed.first() {
            let error = directory::Error::configuration(unseen.field, not_found(unseen, effective));
            return self.failed(KIND, object, &error.into());
        }
        let mut warnings: Vec<String> =
            optional.iter().map(|unseen| format!("{}: {}", unseen.field, not_found(unseen, effective))).collect();
        let pending = outcome.pending.changes();
        warnings.extend(
            pending.iter().flat_map(|pending| &pending.reasons).map(|reason| format!("would be held: {reason}")),
        );
        warnings.extend(complaints(outcome));
        if !warnings.is_empty() {
            self.exit = self.exit.max(Exit::NeedsFixing);
        }
        let would = pending.map_or_else(|| "nothing would change".to_owned(), |pending| changed(&pending.counts));
        let mut found = if outcome.is_unrehearsed {
            format!("ok: read the directory and the store: {would}; {UNREHEARSED}")
        } else {
            format!("ok: read the directory and the store, and rehearsed the run: {would}")
        };
        if !outcome.refusals.is_empty() {
            self.exit = self.exit.max(Exit::PartlyFailed);
            let refused = count(outcome.refusals.len() as u64, "write");
            found = format!("{}: the store would refuse {refused}", Reason::PartiallySynced);
        }
        let refusals =
            outcome.refusals.iter().map(|(name, message)| format!("would be refused: \"{name}\": {message}"));
        let more = warnings.len().saturating_sub(MAX_WARNINGS);
        let more = (more > 0).then(|| format!("and {}", count(more as u64, "more warning")));
        let warnings = warnings.iter().take(MAX_WARNINGS).map(|warning| format!("warning: {warning}"));
        self.print(KIND, object, &found, refusals.chain(warnings).chain(more));
    }

    /// The probe of an object that the sync needs has failed.
    pub(super) fn not_tried(&mut self, object: &DirectoryGroupSync, dependency: &str) {
        self.print("DirectoryGroupSync", object, &format!("not tried, because {dependency} cannot be used"), []);
    }

    pub(super) fn failed<K: kube::Resource<DynamicType = ()>>(&mut self, kind: &str, object: &K, error: &Error) {
        self.exit = self.exit.max(match error {
            Error::Settings(_) | Error::Dependency { .. } => Exit::Invalid,
            _ => Exit::Failed,
        });
        self.print(kind, object, &format!("{}: {error}", error.reason()), []);
    }

    /// The files contain nothing to check.
    pub(super) fn nothing_to_do(&mut self, message: &str) {
        self.exit = Exit::Invalid;
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "{message}");
    }

    pub(super) fn output(self) -> CommandOutput {
        CommandOutput { results: self.text, notes: String::new(), exit: self.exit }
    }

    fn print<K: kube::Resource<DynamicType = ()>>(
        &mut self,
        kind: &str,
        object: &K,
        found: &str,
        details: impl IntoIterator<Item = String>,
    ) {
        let _ = writeln!(self.text, "{kind} {}: {found}", shown(&key(object)));
        for detail in details {
            let _ = writeln!(self.text, "    {detail}");
        }
    }
}

fn not_found(unseen: &UnseenAttribute, effective: Option<&BTreeMap<String, String>>) -> String {
    let UnseenAttribute { field, name, noun, entries, .. } = unseen;
    let path = field.strip_prefix("spec.").unwrap_or(field);
    let name = name.as_ref().or_else(|| effective?.get(path)).map(|name| format!(" \"{name}\"")).unwrap_or_default();
    let has = match entries {
        0 => format!("no {noun} has"),
        1 => format!("the only {noun} that was read does not have"),
        _ => format!("none of the {entries} {noun}s that were read has"),
    };
    format!("{has} the attribute{name}: correct the name, or grant the bind account read access to it")
}
