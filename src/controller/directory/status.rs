//! The result of a probe of a Directory, as its status. It is the same if nothing has changed.

use std::fmt::Write as _;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::probe::Findings;
use super::servers::known;
use crate::api::REQUESTED_AT_ANNOTATION;
use crate::api::v1alpha1::DirectoryStatus;
use crate::api::v1alpha1::condition::Reason;
use crate::api::v1alpha1::directory::status::{
    BindState, BindStatus, EffectiveSetting, MAX_EFFECTIVE, SENTENCE_MAX_LENGTH,
};
use crate::controller::condition::probed;
use crate::controller::request::Request;
use crate::directory::{self, Probe};
use crate::run::error::Error;
use crate::run::report::conditions::{Writer, kept};
use crate::run::schedule::{BIND_REST, later};
use crate::sync::escape::visible;

/// The parts of a status that do not depend on the probe.
#[derive(Debug)]
pub(super) struct ProbeContext {
    pub(super) generation: i64,
    /// The requests of the annotations.
    pub(super) request: Request,
    /// The version of the Secret that was used. `None` if no Secret is needed.
    pub(super) secret_version: Option<String>,
    /// Whether positions are due.
    pub(super) positions: bool,
    pub(super) now: Timestamp,
}

/// The status after a probe, and its events.
pub(super) fn after(
    before: &DirectoryStatus,
    finding: Result<Findings, Error>,
    context: &ProbeContext,
) -> (DirectoryStatus, Result<String, Error>) {
    let mut status = before.clone();
    let found = finding.and_then(|findings| digest(&mut status, findings, context));
    status.conditions = probed(&before.conditions, context.generation, &found, context.now);
    status.observed_generation = Some(context.generation);
    status.last_handled_reconcile_at = context.request.at.clone().or(status.last_handled_reconcile_at);
    status.other_handled_reconcile_at.clone_from(&context.request.other);
    (status, found)
}

/// The status while no active sync refers to the Directory, so that a probe is not needed.
pub(super) fn unreferenced(before: &DirectoryStatus, generation: i64, now: Timestamp) -> DirectoryStatus {
    let message = format!(
        "its servers are not probed, because no active DirectoryGroupSync that may use it refers to it; to probe them once, set the \
         annotation {REQUESTED_AT_ANNOTATION} to a new value"
    );
    let writer = Writer { before: &before.conditions, generation, now };
    let ready = kept(&writer, Reason::NotReferenced, &message, "probe");
    DirectoryStatus { conditions: vec![ready], observed_generation: Some(generation), ..before.clone() }
}

/// Updates the status with the answers. One server that answers is enough.
fn digest(status: &mut DirectoryStatus, findings: Findings, context: &ProbeContext) -> Result<String, Error> {
    let all = findings.answers.len();
    let mut probes: Vec<Probe> = Vec::new();
    let mut failures = Vec::new();
    for (server, answer) in findings.answers {
        match answer {
            Ok(probe) => probes.push(probe),
            Err(error) => failures.push((server, error)),
        }
    }
    let refusal = failures.iter().find_map(|(_, error)| match error {
        directory::Error::BindRefused { diagnostic, .. } => Some(diagnostic.clone()),
        _ => None,
    });
    if let Some(diagnostic) = refusal {
        status.bind = Some(refused_now(&diagnostic, context.secret_version.clone(), context.now));
        return Err(directory::Error::bind_refused(diagnostic).into());
    }
    let Some(first) = probes.first() else {
        let error = failures.into_iter().next().map_or_else(nothing_asked, |(_, error)| error);
        return Err(error.into());
    };
    if let Some(other) = probes.iter().find(|probe| probe.directory_id != first.directory_id) {
        let problem = format!(
            "lists servers of different directories: {} serves {}, {} serves {}",
            first.server.identity, first.directory_id, other.server.identity, other.directory_id
        );
        return Err(directory::Error::configuration("spec.ldap.servers", problem).into());
    }
    status.directory_id = Some(first.directory_id.to_string());
    status.effective = effective(first);
    if findings.servers {
        let answered = probes.iter().map(|probe| &probe.server);
        status.servers = known(&status.servers, answered, context.positions, context.now);
    } else {
        status.servers.clear();
    }
    status.bind = accepted(status.bind.take(), context);
    Ok(sentence(all, &failures, findings.servers))
}

fn nothing_asked() -> directory::Error {
    directory::Error::configuration("spec.ldap.servers", "lists no server")
}

/// The status after a refused bind.
pub(in crate::controller) fn refused_now(
    diagnostic: &str,
    secret_version: Option<String>,
    now: Timestamp,
) -> BindStatus {
    BindStatus {
        state: BindState::Refused.to_string(),
        secret_resource_version: secret_version,
        diagnostic: Some(visible(diagnostic, false).chars().take(SENTENCE_MAX_LENGTH).collect()),
        time: Time(now),
        not_before_time: Some(Time(later(now, BIND_REST))),
    }
}

/// The status after an accepted bind with a Secret. The time is that of the first one with this version.
fn accepted(before: Option<BindStatus>, context: &ProbeContext) -> Option<BindStatus> {
    context.secret_version.as_ref()?;
    let same = before
        .filter(|bind| bind.state == BindState::Accepted.as_str())
        .filter(|bind| bind.secret_resource_version == context.secret_version);
    Some(same.unwrap_or_else(|| BindStatus {
        state: BindState::Accepted.to_string(),
        secret_resource_version: context.secret_version.clone(),
        diagnostic: None,
        time: Time(context.now),
        not_before_time: None,
    }))
}

fn effective(probe: &Probe) -> Vec<EffectiveSetting> {
    let cut = |text: &str, max| visible(text, false).chars().take(max).collect::<String>();
    let setting = |(field, value): (&String, &String)| EffectiveSetting {
        field: cut(field, 128),
        value: cut(value, SENTENCE_MAX_LENGTH),
    };
    probe.effective.iter().take(MAX_EFFECTIVE).map(setting).collect()
}

fn sentence(all: usize, failures: &[(String, directory::Error)], servers: bool) -> String {
    if !servers {
        return "the file was read".to_owned();
    }
    let mut text = match (all - failures.len(), all) {
        (1, 1) => "the server answers".to_owned(),
        (answered, all) if answered == all => format!("all {all} servers answer"),
        (answered, all) => format!("{answered} of {all} servers answer"),
    };
    for (server, error) in failures {
        // Writing to a String cannot fail.
        let _ = write!(text, "; {server}: {error}");
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::sync::identity::{DirectoryId, ExternalId, IdKind};
    use crate::sync::snapshot::ServerIdentity;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn context(version: &str, second: i64) -> ProbeContext {
        ProbeContext {
            generation: 1,
            request: Request::default(),
            secret_version: Some(version.to_owned()),
            positions: false,
            now: at(second),
        }
    }

    fn answer(server: &str, directory_id: u8) -> (String, Result<Probe, directory::Error>) {
        let probe = Probe {
            directory_id: DirectoryId(ExternalId::new(IdKind::ObjectGuid, [directory_id; 16])),
            server: ServerIdentity { identity: server.to_owned(), position: Some(1) },
            effective: BTreeMap::from([("schema".to_owned(), "ActiveDirectory".to_owned())]),
        };
        (server.to_owned(), Ok(probe))
    }

    fn unreachable(server: &str) -> (String, Result<Probe, directory::Error>) {
        let error = directory::Error::unreachable("connecting", "refused");
        (server.to_owned(), Err(error))
    }

    fn refused(server: &str) -> (String, Result<Probe, directory::Error>) {
        (server.to_owned(), Err(directory::Error::bind_refused("wrong password")))
    }

    fn probed_with(
        before: &DirectoryStatus,
        answers: Vec<(String, Result<Probe, directory::Error>)>,
        context: &ProbeContext,
    ) -> DirectoryStatus {
        after(before, Ok(Findings { servers: true, answers }), context).0
    }

    fn ready(status: &DirectoryStatus) -> (&str, &str) {
        (&status.conditions[0].reason, &status.conditions[0].message)
    }

    #[test]
    fn nothing_moves_when_nothing_changes() {
        let first = probed_with(&DirectoryStatus::default(), vec![answer("a", 1)], &context("7", 10));
        assert_eq!(ready(&first), ("ProbeSucceeded", "the server answers"));
        assert_eq!(first.bind.as_ref().unwrap().time, Time(at(10)));
        assert_eq!(probed_with(&first, vec![answer("a", 1)], &context("7", 500)), first);
        let rotated = probed_with(&first, vec![answer("a", 1)], &context("8", 500));
        assert_eq!(rotated.bind.unwrap().time, Time(at(500)));
    }

    #[test]
    fn a_directory_that_nobody_needs_says_so_and_what_it_said_last() {
        let never = unreferenced(&DirectoryStatus::default(), 1, at(10));
        assert_eq!((&*never.conditions[0].status, ready(&never).0), ("Unknown", "NotReferenced"));
        assert!(!ready(&never).1.contains("the last probe"), "{never:?}");

        let probed = probed_with(&DirectoryStatus::default(), vec![answer("a", 1)], &context("7", 10));
        let status = unreferenced(&probed, 2, at(20));
        assert_eq!((&*status.conditions[0].status, ready(&status).0), ("True", "NotReferenced"));
        assert!(
            ready(&status).1.ends_with("; the last probe reported ProbeSucceeded: the server answers"),
            "{status:?}"
        );
        assert_eq!((status.observed_generation, &status.servers), (Some(2), &probed.servers));
        assert_eq!(unreferenced(&status, 2, at(30)), status, "it is written once");
        assert_eq!(
            probed_with(&status, vec![answer("a", 1)], &context("7", 40)),
            probed,
            "asked again it is as before"
        );
    }

    #[test]
    fn one_server_is_enough_and_the_others_are_named() {
        let status =
            probed_with(&DirectoryStatus::default(), vec![unreachable("a"), answer("b", 1)], &context("7", 10));
        assert_eq!(ready(&status), ("ProbeSucceeded", "1 of 2 servers answer; a: connecting: refused"));
        let none = probed_with(&status, vec![unreachable("a"), unreachable("b")], &context("7", 20));
        assert_eq!(ready(&none).0, "DirectoryUnreachable");
        assert_eq!(
            (&none.directory_id, &none.servers, &none.bind),
            (&status.directory_id, &status.servers, &status.bind)
        );
    }

    #[test]
    fn servers_of_two_directories_are_refused() {
        let status = probed_with(&DirectoryStatus::default(), vec![answer("a", 1), answer("b", 2)], &context("7", 10));
        assert_eq!(ready(&status).0, "DirectoryMisconfigured");
        assert_eq!(status.directory_id, None);
    }

    #[test]
    fn a_refusal_rests_for_half_an_hour() {
        let status = probed_with(&DirectoryStatus::default(), vec![refused("a")], &context("7", 10));
        assert_eq!(ready(&status), ("BindRefused", "reading the directory: wrong password"));
        let bind = status.bind.clone().unwrap();
        assert_eq!((&*bind.state, bind.not_before_time), ("Refused", Some(Time(at(10 + 1800)))));
        let held = Err(directory::Error::bind_refused("wrong password").into());
        assert_eq!(after(&status, held, &context("7", 20)).0, status, "holding it writes nothing");
    }
}
