//! The contract of an API that a double serves, enforced on requests and on answers, and what of it was exercised.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use jsonschema::Validator;
use serde_json::{Value, json};

/// A contract: the operations of an API.
pub struct Contract(Vec<Operation>);

/// One operation of the API in one version.
pub struct Operation {
    /// `METHOD /v5.0/groups/{id}`.
    pub(super) name: String,
    method: String,
    path: Vec<String>,
    query: BTreeSet<String>,
    request: Option<Validator>,
    pub(super) is_form: bool,
    /// By status; `None`: an answer without a body.
    responses: BTreeMap<u16, Option<Validator>>,
}

impl Contract {
    /// Reads a contract, which is JSON: `operations`, each with its `method`, `path`, names of the `query`, schema of the
    /// `request` and of the `responses` by status (`null`: no body), and the `schemas` that they refer to. If an operation
    /// has `versions`, its path has the variable `{version}`.
    #[must_use]
    pub fn read(text: &str) -> Self {
        Self(operations(text))
    }

    /// The operation of a request.
    pub(super) fn operation(&self, method: &str, path: &str) -> Option<&Operation> {
        let segments: Vec<&str> = path.split('/').collect();
        let is_same =
            |(ours, theirs): (&String, &&str)| (ours.starts_with('{') && !theirs.is_empty()) || ours == theirs;
        let is_it = |operation: &&Operation| {
            operation.method == method
                && operation.path.len() == segments.len()
                && operation.path.iter().zip(&segments).all(is_same)
        };
        // A path without variables goes first.
        let variables = |operation: &&Operation| operation.path.iter().filter(|name| name.starts_with('{')).count();
        self.0.iter().filter(is_it).min_by_key(variables)
    }
}

fn operations(contract: &str) -> Vec<Operation> {
    let contract: Value = serde_json::from_str(contract).expect("the contract is JSON");
    let validator = |schema: &Value| {
        let root = json!({ "allOf": [schema], "schemas": contract["schemas"] });
        jsonschema::validator_for(&root).expect("a schema of the contract")
    };
    let mut operations = Vec::new();
    for operation in contract["operations"].as_array().expect("operations") {
        let texts = |key: &str| -> Vec<String> {
            let list = operation[key].as_array().into_iter().flatten();
            list.map(|text| text.as_str().expect("a text").to_owned()).collect()
        };
        let method = operation["method"].as_str().expect("a method").to_owned();
        let versions = texts("versions");
        let versions = if versions.is_empty() { vec![String::new()] } else { versions };
        for version in versions {
            let path = operation["path"].as_str().expect("a path").replace("{version}", &version);
            let responses = operation["responses"].as_object().expect("responses").iter();
            operations.push(Operation {
                name: format!("{method} {path}"),
                method: method.clone(),
                path: path.split('/').map(str::to_owned).collect(),
                query: texts("query").into_iter().collect(),
                request: operation.get("request").map(validator),
                is_form: operation["encoding"] == "form",
                responses: responses
                    .map(|(status, schema)| {
                        (status.parse().expect("a status"), (!schema.is_null()).then(|| validator(schema)))
                    })
                    .collect(),
            });
        }
    }
    operations
}

impl Operation {
    /// What of a request is not in the contract.
    pub(super) fn check_request(&self, query: &BTreeMap<String, String>, body: Option<&Value>) -> Result<(), String> {
        if let Some(name) = query.keys().find(|name| !self.query.contains(*name)) {
            return Err(format!("{}: the query has {name}", self.name));
        }
        check(&self.name, "request", self.request.as_ref(), body)
    }

    /// What of an answer is not in the contract.
    pub(super) fn check_answer(&self, status: u16, body: Option<&Value>) -> Result<(), String> {
        let Some(schema) = self.responses.get(&status) else {
            return Err(format!("{}: the double answers {status}, which is not in the contract", self.name));
        };
        check(&self.name, &format!("answer {status}"), schema.as_ref(), body)
    }
}

fn check(name: &str, what: &str, schema: Option<&Validator>, body: Option<&Value>) -> Result<(), String> {
    match (schema, body) {
        (None, None) => Ok(()),
        (None, Some(body)) => Err(format!("{name}: the {what} has a body: {body}")),
        (Some(_), None) => Err(format!("{name}: the {what} has no body")),
        (Some(schema), Some(body)) => schema.validate(body).map_err(|error| {
            format!("{name}: the {what} is not in the contract: {error} at {}: {body}", error.instance_path())
        }),
    }
}

/// Which operations were answered with which statuses.
#[derive(Debug, Clone, Default)]
pub struct Coverage(Arc<Mutex<BTreeSet<(String, u16)>>>);

impl Coverage {
    pub(super) fn note(&self, operation: &Operation, status: u16) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert((operation.name.clone(), status));
    }

    /// What of the contract was never exercised, as `METHOD /path: status`.
    #[must_use]
    pub fn missing(&self, contract: &Contract) -> Vec<String> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all = contract
            .0
            .iter()
            .flat_map(|operation| operation.responses.keys().map(move |status| (operation.name.clone(), *status)));
        all.filter(|exercised| !seen.contains(exercised)).map(|(name, status)| format!("{name}: {status}")).collect()
    }
}
