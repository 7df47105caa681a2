//! The custom resource definitions, as they are published in `crds/`.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSONSchemaProps, JSONSchemaPropsOrArray,
};
use kube::CustomResourceExt;

use super::v1alpha1::{DashboardServer, Directory, DirectoryGroupSync};

/// Every definition, in the order of their files' names.
#[must_use]
pub fn crds() -> Vec<CustomResourceDefinition> {
    vec![published::<DashboardServer>(), published::<Directory>(), published::<DirectoryGroupSync>()]
}

/// The files of `crds/` with their content, in order: printed one after the other they are what
/// `directory-group-sync crds` prints.
///
/// # Errors
/// Never for the definitions of this crate; what the serializer would say.
pub fn crd_files() -> Result<Vec<(String, String)>, serde_yaml::Error> {
    crds()
        .iter()
        .map(|crd| {
            let name = format!("{}_{}.yaml", crd.spec.group, crd.spec.names.plural);
            Ok((name, format!("---\n{}", serde_yaml::to_string(crd)?)))
        })
        .collect()
}

/// The derived definition, stricter in one point: no field may be null. A field that is not there and one that is null
/// would mean the same, and every rule would have to say so twice; the API server drops nulls where they are not allowed.
#[must_use]
pub fn published<K: CustomResourceExt>() -> CustomResourceDefinition {
    let mut crd = K::crd();
    for version in &mut crd.spec.versions {
        if let Some(schema) = version.schema.as_mut().and_then(|schema| schema.open_api_v3_schema.as_mut()) {
            forbid_null(schema);
        }
    }
    crd
}

fn forbid_null(schema: &mut JSONSchemaProps) {
    schema.nullable = None;
    for property in schema.properties.iter_mut().flatten() {
        forbid_null(property.1);
    }
    if let Some(JSONSchemaPropsOrArray::Schema(items)) = &mut schema.items {
        forbid_null(items);
    }
}
