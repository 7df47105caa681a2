//! Every rule and every bound of the schema, with what it accepts and what it refuses: each case through the real API
//! server and through the files' path, which must say the same.

mod cases;
mod life;
mod of_cluster_directory;
mod of_directory;
mod of_server;
mod of_sync;
mod server;

use std::collections::BTreeSet;

use directory_group_sync::api::crd::crds;
use directory_group_sync::manifest::{self, Manifest, Problem, Source};
use serde_json::Value;

use cases::{Case, Expected};
use server::{ApiServer, Refusal, Verdict};

#[tokio::test]
async fn a_directory_group_sync_is_held_to_the_same_by_both() {
    hold(of_sync::cases(), |manifest| one(manifest.syncs())).await;
}

#[tokio::test]
async fn a_directory_is_held_to_the_same_by_both() {
    hold(of_directory::cases(), |manifest| one(manifest.directories())).await;
}

/// The cases of a Directory hold for what it has in common with one.
#[tokio::test]
async fn a_cluster_directory_is_held_to_the_same_by_both() {
    hold(of_cluster_directory::cases(), |manifest| one(manifest.directories())).await;
}

#[tokio::test]
async fn a_dashboard_server_is_held_to_the_same_by_both() {
    hold(of_server::cases(), |manifest| one(manifest.dashboard_servers())).await;
}

/// A rule that no case breaks is not tested.
#[test]
fn every_rule_is_broken_by_some_case() {
    let cases = [of_sync::cases(), of_directory::cases(), of_cluster_directory::cases(), of_server::cases()].concat();
    let broken: BTreeSet<String> = cases.iter().filter_map(Case::broken_rule).collect();
    let mut rules = BTreeSet::new();
    for crd in crds() {
        collect(&serde_json::to_value(&crd.spec.versions[0].schema).unwrap(), &mut rules);
    }
    assert!(rules.len() > 20, "{rules:?}");
    let unseen: Vec<_> = rules.difference(&broken).collect();
    assert!(unseen.is_empty(), "no case breaks: {unseen:#?}");
}

/// The messages of all rules that concern an object for itself.
fn collect(schema: &Value, messages: &mut BTreeSet<String>) {
    for rule in schema["x-kubernetes-validations"].as_array().into_iter().flatten() {
        if !rule["rule"].as_str().unwrap().contains("oldSelf") {
            messages.insert(rule["message"].as_str().unwrap().to_owned());
        }
    }
    match schema {
        Value::Object(fields) => fields.values().for_each(|value| collect(value, messages)),
        Value::Array(values) => values.iter().for_each(|value| collect(value, messages)),
        _ => {}
    }
}

/// Runs every case through both and compares them with what is expected and with each other.
async fn hold<T>(cases: Vec<Case>, read: impl Fn(&Manifest) -> T)
where
    T: serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let server = ApiServer::shared().await;
    let mut complaints = Vec::new();
    for case in cases {
        let by_server = server.create(&case).await;
        let by_file = manifest::load(&[source(&case.object)]);
        if let Err(complaint) = compare(&case, &by_server, &by_file, &read) {
            complaints.push(format!("{}: {complaint}", case.change));
        }
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

fn source(object: &Value) -> Source {
    Source::Text { name: "case.yaml".to_owned(), text: serde_yaml::to_string(object).unwrap() }
}

fn one<'a, T: Clone + 'a>(mut found: impl Iterator<Item = &'a manifest::Located<T>>) -> T {
    found.next().unwrap().object.clone()
}

fn compare<T>(
    case: &Case,
    by_server: &Verdict,
    by_file: &Result<Manifest, Vec<Problem>>,
    read: impl Fn(&Manifest) -> T,
) -> Result<(), String>
where
    T: serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let by_file = match (by_server, by_file) {
        (Verdict::Accepted(stored), Ok(manifest)) => {
            let (stored, read): (Value, T) = (spec(stored), read(manifest));
            // What the server stored is what the file was read as, defaults and all.
            let typed: T = serde_json::from_value(case.with_spec(stored)).map_err(|error| error.to_string())?;
            return match case.expected {
                Expected::Accepted if typed == read => Ok(()),
                Expected::Accepted => Err(format!("the server stored {typed:?}, the file was read as {read:?}")),
                _ => Err("was accepted".to_owned()),
            };
        }
        (Verdict::Refused(refusals), Err(problems)) => (refusals, problems),
        (Verdict::Accepted(_), Err(problems)) => return Err(format!("only the file was refused: {problems:?}")),
        (Verdict::Refused(refusals), Ok(_)) => return Err(format!("only the server refused it: {refusals:?}")),
    };
    let (server, file) = by_file;
    let file: BTreeSet<Refusal> = file
        .iter()
        .map(|problem| Refusal { field: problem.field.clone().unwrap_or_default(), message: problem.message.clone() })
        .collect();
    // The server stops at unknown fields, but for a file all problems are listed at once.
    let file = if server.iter().all(Refusal::is_of_unknown_field) {
        file.into_iter().filter(Refusal::is_of_unknown_field).collect()
    } else {
        file
    };
    let fields =
        |refusals: &BTreeSet<Refusal>| refusals.iter().map(|refusal| refusal.field.clone()).collect::<Vec<_>>();
    if fields(server) != fields(&file) {
        return Err(format!("other fields: the server says {server:?}, the file {file:?}"));
    }
    match &case.expected {
        Expected::Accepted => Err(format!("was refused: {server:?}")),
        Expected::OutOfBounds { field } if fields(server).contains(&(*field).to_owned()) => Ok(()),
        Expected::OutOfBounds { field } => Err(format!("{field} is not refused: {server:?}")),
        Expected::Broken { .. } if *server != file => {
            Err(format!("other words: the server says {server:?}, the file {file:?}"))
        }
        Expected::Broken { field, message } => {
            let said = |refusal: &Refusal| refusal.field == *field && refusal.message.ends_with(message);
            if server.iter().any(said) { Ok(()) } else { Err(format!("says something else: {server:?}")) }
        }
    }
}

fn spec(object: &Value) -> Value {
    object["spec"].clone()
}
