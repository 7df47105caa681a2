//! The custom resource definitions, as they are published in `crds/`.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSONSchemaProps, JSONSchemaPropsOrArray,
};
use kube::CustomResourceExt;

use super::v1alpha1::{
    ClusterDirectory, DashboardServer, DashboardServerLinkSet, Directory, DirectoryGroupSync, DirectoryGroupSyncPlan,
};

/// Every definition, in the order of their files' names.
#[must_use]
pub fn crds() -> Vec<CustomResourceDefinition> {
    vec![
        published::<ClusterDirectory>(),
        published::<DashboardServerLinkSet>(),
        published::<DashboardServer>(),
        published::<Directory>(),
        published::<DirectoryGroupSyncPlan>(),
        published::<DirectoryGroupSync>(),
    ]
}

/// The files of `crds/` with their content. `directory-group-sync crds` prints them in this order.
///
/// # Errors
/// Those of the serializer. The definitions of this crate cause none.
pub fn crd_files() -> Result<Vec<(String, String)>, serde_yaml::Error> {
    crds()
        .iter()
        .map(|crd| {
            let name = format!("{}_{}.yaml", crd.spec.group, crd.spec.names.plural);
            Ok((name, format!("---\n{}", serde_yaml::to_string(crd)?)))
        })
        .collect()
}

/// The derived definition of one kind, with three differences.
///
/// No field may be null. A field that is null and one that is absent would mean the same, and every rule would have to say
/// so twice. The API server drops nulls where they are not allowed.
///
/// Fields that the operator writes have no defaults, because a value that was not observed has to be absent. These are
/// status, or all fields of a kind without a spec.
///
/// A description has one line for each paragraph, because `kubectl explain` wraps lines but does not join them.
#[must_use]
pub fn published<K: CustomResourceExt>() -> CustomResourceDefinition {
    let mut crd = K::crd();
    for version in &mut crd.spec.versions {
        let Some(root) = version.schema.as_mut().and_then(|schema| schema.open_api_v3_schema.as_mut()) else {
            continue;
        };
        each(root, |schema| {
            schema.nullable = None;
            schema.description = schema.description.as_deref().map(one_line_a_paragraph);
        });
        for (_, schema) in root.properties.iter_mut().flatten().filter(|(name, _)| *name != "spec") {
            each(schema, |schema| schema.default = None);
        }
    }
    crd
}

/// Joins the lines of each paragraph. An item of a list starts a line of its own.
fn one_line_a_paragraph(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    let mut is_new_paragraph = true;
    for line in text.lines().map(str::trim) {
        if line.is_empty() {
            is_new_paragraph = true;
            joined.push_str("\n\n");
            continue;
        }
        if !is_new_paragraph {
            joined.push(if line.starts_with("- ") { '\n' } else { ' ' });
        }
        joined.push_str(line);
        is_new_paragraph = false;
    }
    joined
}

/// Changes a schema and everything in it.
fn each(schema: &mut JSONSchemaProps, change: fn(&mut JSONSchemaProps)) {
    change(schema);
    for property in schema.properties.iter_mut().flatten() {
        each(property.1, change);
    }
    if let Some(JSONSchemaPropsOrArray::Schema(items)) = &mut schema.items {
        each(items, change);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::{BTreeMap, BTreeSet};

    use serde_json::Value;

    use super::*;
    use crate::api::v1alpha1::condition::ConditionType;
    use crate::api::v1alpha1::directory::status::BindState;
    use crate::api::v1alpha1::directory_group_sync::status::{DuplicateReason, ProblemKind, RunResult};

    #[test]
    fn the_folder_has_exactly_these_definitions() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/crds");
        let mut names: Vec<String> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        let files = crd_files().unwrap();
        assert_eq!(names, files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>(), "run hack/generate");
        for (name, text) in files {
            let written = std::fs::read_to_string(format!("{folder}/{name}")).unwrap();
            assert!(written == text, "crds/{name} is not up to date: run hack/generate");
        }
    }

    /// Walks every property of every definition.
    fn each_property(check: impl Fn(&str, &Value)) {
        fn walk(path: &str, schema: &Value, check: &impl Fn(&str, &Value)) {
            for (name, property) in schema["properties"].as_object().into_iter().flatten() {
                let path = format!("{path}.{name}");
                check(&path, property);
                walk(&path, property, check);
            }
            if let Some(items) = schema.get("items") {
                let path = format!("{path}[]");
                check(&path, items);
                walk(&path, items, check);
            }
        }
        for crd in crds() {
            let schema = serde_json::to_value(&crd.spec.versions[0].schema).unwrap();
            walk(&crd.spec.names.kind, &schema["openAPIV3Schema"], &check);
        }
    }

    #[test]
    fn every_field_is_described_with_its_values_and_its_default() {
        each_property(|path, schema| {
            let description = schema["description"].as_str().unwrap_or_default();
            assert!(!description.is_empty() || path.ends_with(']'), "{path} has no description");
            for value in schema["enum"].as_array().into_iter().flatten() {
                assert!(description.contains(value.as_str().unwrap()), "{path} does not describe {value}");
            }
            if schema.get("default").is_some_and(|default| !default.is_object()) {
                assert!(description.contains("efault"), "{path} does not describe its default");
            }
        });
    }

    /// A definition that listed the words of a status would refuse the words of a newer operator.
    #[test]
    fn the_words_of_a_status_are_described_and_not_listed() {
        fn texts<T: Copy>(all: &[T], text: fn(T) -> &'static str) -> Vec<&'static str> {
            all.iter().map(|word| text(*word)).collect()
        }
        let mut words = BTreeMap::from([
            ("DirectoryGroupSync.status.lastRun.result", texts(RunResult::ALL, RunResult::as_str)),
            ("DirectoryGroupSync.status.duplicates[].reason", texts(DuplicateReason::ALL, DuplicateReason::as_str)),
            ("DirectoryGroupSync.status.problems[].kind", texts(ProblemKind::ALL, ProblemKind::as_str)),
            ("Directory.status.bind.state", texts(BindState::ALL, BindState::as_str)),
            ("ClusterDirectory.status.bind.state", texts(BindState::ALL, BindState::as_str)),
        ]);
        for kind in ["DirectoryGroupSync", "Directory", "ClusterDirectory", "DashboardServer"] {
            let path = format!("{kind}.status.conditions[].type").leak();
            words.insert(path, texts(ConditionType::ALL, ConditionType::as_str));
        }
        let described = RefCell::new(BTreeSet::new());
        each_property(|path, schema| {
            // True, False and Unknown are words of the API machinery.
            let closed = schema.get("enum").is_some() && path.contains(".status.");
            assert!(!closed || path.ends_with(".conditions[].status"), "{path} lists its words");
            let Some(words) = words.get(path) else { return };
            let description = schema["description"].as_str().unwrap();
            for word in words {
                assert!(description.contains(word), "{path} does not describe {word}");
            }
            described.borrow_mut().insert(path.to_owned());
        });
        assert_eq!(described.into_inner().len(), words.len(), "every field with words is there");
    }

    #[test]
    fn paragraphs_are_joined_and_items_of_lists_are_not() {
        let text = "One idea\nover two lines.\n\nA list:\n- first,\n  continued\n- second";
        assert_eq!(one_line_a_paragraph(text), "One idea over two lines.\n\nA list:\n- first, continued\n- second");
    }

    /// `kubectl explain` wraps what it prints by itself.
    #[test]
    fn each_paragraph_of_a_description_is_one_line() {
        let check = |path: &str, description: &str| {
            for (before, after) in description.lines().zip(description.lines().skip(1)) {
                let is_new = before.is_empty() || after.is_empty() || after.starts_with("- ");
                assert!(is_new, "{path}: a paragraph is broken after {before:?}");
            }
        };
        each_property(|path, schema| check(path, schema["description"].as_str().unwrap_or_default()));
        for crd in crds() {
            let schema = crd.spec.versions[0].schema.as_ref().unwrap().open_api_v3_schema.as_ref().unwrap();
            check(&crd.spec.names.kind, schema.description.as_deref().unwrap());
        }
    }

    #[test]
    fn every_text_and_every_list_is_bounded() {
        each_property(|path, schema| match schema["type"].as_str().unwrap() {
            "string" => {
                let bounded =
                    schema.get("maxLength").or(schema.get("enum")).is_some() || schema["format"] == "date-time";
                assert!(bounded, "{path} has no maxLength");
            }
            "array" => {
                assert!(schema.get("maxItems").is_some(), "{path} has no maxItems");
                assert!(schema.get("x-kubernetes-list-type").is_some(), "{path} has no list type");
            }
            "integer" => {
                assert!(
                    ["int32", "int64"].iter().any(|format| schema["format"] == *format),
                    "{path} is not a plain integer"
                );
                let is_bounded = schema.get("minimum").and(schema.get("maximum")).is_some();
                assert!(is_bounded || !path.contains(".spec."), "{path} has no bounds");
            }
            "object" | "boolean" => {}
            other => panic!("{path} is of type {other}"),
        });
    }

    #[test]
    fn no_field_may_be_null_and_no_field_of_a_spec_has_a_pattern() {
        each_property(|path, schema| {
            for keyword in ["nullable", "oneOf", "anyOf", "allOf", "not"] {
                assert!(schema.get(keyword).is_none(), "{path} has {keyword}");
            }
            // Labels are the only map.
            let is_map = path.ends_with(".selector.matchLabels");
            assert_eq!(schema.get("additionalProperties").is_some(), is_map, "{path}");
            assert!(!is_map || schema.get("maxProperties").is_some(), "{path} has no maxProperties");
            // The API server's error for a pattern only quotes the pattern. Only the operator writes a status.
            assert!(schema.get("pattern").is_none() || path.contains(".status."), "{path} has a pattern");
            for rule in schema["x-kubernetes-validations"].as_array().into_iter().flatten() {
                assert!(rule["message"].as_str().is_some_and(|message| !message.is_empty()), "{path}: {rule}");
            }
        });
    }
}
