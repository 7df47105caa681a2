//! Validation of documents against the definitions of `crds/`, in the API server's order: unknown fields, defaults,
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
use crate::api::v1alpha1::{ClusterDirectory, DashboardServer, Directory, DirectoryGroupSync};
use rules::Rules;

/// The definitions of the kinds that a file can contain. Only those that occur are compiled, because compiling the rules
/// takes a while.
pub(super) struct Schemas {
    pub(super) sync: LazyCell<Schema>,
    pub(super) directory: LazyCell<Schema>,
    pub(super) cluster_directory: LazyCell<Schema>,
    pub(super) dashboard_server: LazyCell<Schema>,
}

impl Schemas {
    pub(super) fn new() -> Self {
        Self {
            sync: LazyCell::new(|| Schema::new(published::<DirectoryGroupSync>())),
            directory: LazyCell::new(|| Schema::new(published::<Directory>())),
            cluster_directory: LazyCell::new(|| Schema::new(published::<ClusterDirectory>())),
            dashboard_server: LazyCell::new(|| Schema::new(published::<DashboardServer>())),
        }
    }
}

/// One definition.
pub(super) struct Schema {
    structure: JSONSchemaProps,
    rules: Rules,
    is_of_cluster: bool,
}

impl Schema {
    fn new(crd: CustomResourceDefinition) -> Self {
        let is_of_cluster = crd.spec.scope == "Cluster";
        let structure = crd
            .spec
            .versions
            .into_iter()
            .next()
            .and_then(|version| version.schema)
            .and_then(|schema| schema.open_api_v3_schema)
            .unwrap_or_default();
        Self { rules: Rules::new(&structure), structure, is_of_cluster }
    }

    /// Whether objects of this definition have no namespace.
    pub(super) const fn is_of_cluster(&self) -> bool {
        self.is_of_cluster
    }

    /// Fills in defaults, removes fields that would not be stored, and lists the problems.
    pub(super) fn validate(&self, object: &mut Value, problems: &mut Vec<FieldProblem>) {
        // The API server ignores a status here. The output of `kubectl get` has one, perhaps from a newer operator.
        if let Value::Object(fields) = object {
            fields.remove("status");
        }
        unknown::remove(&self.structure, object, problems);
        defaults::fill_in(&self.structure, object);
        if structure::check(&self.structure, object, problems) == structure::Structure::Sound {
            self.rules.check(&self.structure, object, problems);
        }
    }
}
