//! The definitions of `crds/` as a judge of documents, in the API server's order: fields that nothing knows, defaults,
//! structure, rules.

mod defaults;
mod path;
mod rules;
mod structure;
mod unknown;

use std::cell::LazyCell;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{CustomResourceDefinition, JSONSchemaProps};
use serde_json::Value;

use super::problem::FieldProblem;
use crate::api::crd::published;
use crate::api::v1alpha1::{DashboardServer, Directory, DirectoryGroupSync};
use rules::Rules;

/// The definitions of the kinds that a file may hold. To compile the rules of one takes a while, hence only of those that
/// are met.
pub(super) struct Schemas {
    pub(super) sync: LazyCell<Schema>,
    pub(super) directory: LazyCell<Schema>,
    pub(super) dashboard_server: LazyCell<Schema>,
}

impl Schemas {
    pub(super) fn new() -> Self {
        Self {
            sync: LazyCell::new(|| Schema::new(published::<DirectoryGroupSync>())),
            directory: LazyCell::new(|| Schema::new(published::<Directory>())),
            dashboard_server: LazyCell::new(|| Schema::new(published::<DashboardServer>())),
        }
    }
}

/// One definition.
pub(super) struct Schema {
    structure: JSONSchemaProps,
    rules: Rules,
}

impl Schema {
    fn new(crd: CustomResourceDefinition) -> Self {
        let structure = crd
            .spec
            .versions
            .into_iter()
            .next()
            .and_then(|version| version.schema)
            .and_then(|schema| schema.open_api_v3_schema)
            .unwrap_or_default();
        Self { rules: Rules::new(&structure), structure }
    }

    /// Fills in defaults, takes out what would not be stored, and lists what is wrong.
    pub(super) fn validate(&self, object: &mut Value, problems: &mut Vec<FieldProblem>) {
        // The API server takes a status only through its own endpoint. A dump has one, perhaps a newer operator's.
        if let Value::Object(fields) = object {
            fields.remove("status");
        }
        unknown::remove(&self.structure, object, problems);
        defaults::fill_in(&self.structure, object);
        let verdict = structure::check(&self.structure, object, problems);
        if verdict == structure::Verdict::RulesCanBeChecked {
            self.rules.check(&self.structure, object, problems);
        }
    }
}
