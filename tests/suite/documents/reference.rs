//! `docs/reference.md`: every field of every kind, from the definitions, with the examples of `reference/`.

use std::fmt::Write as _;
use std::fs;

use directory_group_sync::api::crd::crd_files;
use serde_json::Value;

use super::{KINDS, documents, read, root};
use crate::harness::{KubernetesApi, environment, folder};

/// With this variable set, the reference is written and not compared.
const UPDATE: &str = "UPDATE_REFERENCE";

const REFERENCE_HEAD: &str = "\
# Reference

Every field of the six kinds of `directorysync.dev/v1alpha1`, as `crds/` has them.
A field with `[]` is of each item of a list; a field in **bold** has to be set.

This page is generated: `UPDATE_REFERENCE=1 cargo test --test suite reference` writes it again.
";

#[test]
fn the_reference_has_every_field() {
    let mut text = REFERENCE_HEAD.to_owned();
    for kind in KINDS.into_iter().chain(["DirectoryGroupSyncPlan", "DashboardServerLinkSet"]) {
        text.push_str(&section(&definition(kind)));
    }
    let file = root().join("docs/reference.md");
    if environment::variable(UPDATE).is_some() {
        fs::write(&file, &text).unwrap();
    }
    assert!(text.contains("| `spec.groups[].baseDN` | string |"), "{text}");
    assert!(text.contains("| **`spec.directoryRef.name`** | string |"), "{text}");
    assert!(
        read("docs/reference.md") == text,
        "docs/reference.md is not what crds/ says: {UPDATE}=1 cargo test --test suite reference"
    );
}

/// The example with every field leaves none out.
#[test]
fn the_full_examples_have_every_field() {
    for kind in KINDS {
        let objects = documents(&example_file(kind, "full"));
        let definition = definition(kind);
        let spec = &definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"];
        for path in leaves(spec).into_iter().filter(|path| !is_of_directory(kind, &path[0])) {
            let is_there = objects.iter().any(|object| leads_somewhere(&object["spec"], &path));
            assert!(is_there, "the full example of {kind} has no spec.{}", path.join("."));
        }
    }
}

/// What the samples show is what the operator may write.
#[test]
fn the_api_server_takes_the_samples() {
    let api = KubernetesApi::shared();
    api.install_crds();
    let namespace = api.namespace("samples");
    for kind in KINDS {
        let mut object = documents(&example_file(kind, "minimal")).remove(0);
        object["metadata"]["namespace"] = namespace.clone().into();
        if kind == LIKE_DIRECTORY {
            // The API server is shared, and the object has no namespace of its own.
            object["metadata"]["name"] = namespace.clone().into();
        }
        api.apply(&object.to_string());
        let status = if kind == LIKE_DIRECTORY { "Directory" } else { kind };
        object["status"] = documents(&example_file(status, "status")).remove(0)["status"].take();
        let file = folder::temporary("sample");
        let file = folder::write(file.path(), "sample.json", &object.to_string());
        api.kubectl(&["replace", "--subresource=status", "--validate=strict", "-f", file.to_str().unwrap()]);
    }
    for kind in ["DirectoryGroupSyncPlan", "DashboardServerLinkSet"] {
        let mut object = documents(&example_file(kind, "sample")).remove(0);
        object["metadata"]["namespace"] = namespace.clone().into();
        api.apply(&object.to_string());
    }
}

/// The kind that has every field of a Directory, which are not listed again.
const LIKE_DIRECTORY: &str = "ClusterDirectory";

/// Whether a field of the spec is described where Directory is.
fn is_of_directory(kind: &str, field: &str) -> bool {
    kind == LIKE_DIRECTORY && field != "allowedNamespaces"
}

fn example(kind: &str, which: &str) -> String {
    format!("```yaml\n{}\n```", example_file(kind, which).trim_end())
}

fn example_file(kind: &str, which: &str) -> String {
    read(format!("tests/suite/documents/reference/{kind}.{which}.yaml"))
}

/// The paths of all properties that have none of their own.
fn leaves(schema: &Value) -> Vec<Vec<String>> {
    let of_items = schema["items"]["properties"].as_object();
    let Some(properties) = schema["properties"].as_object().or(of_items) else { return vec![Vec::new()] };
    let paths = properties
        .iter()
        .flat_map(|(name, property)| leaves(property).into_iter().map(|rest| [vec![name.clone()], rest].concat()));
    paths.collect()
}

/// Whether the value, or an item of the list that it is, has something at the path.
fn leads_somewhere(value: &Value, path: &[String]) -> bool {
    if let Some(items) = value.as_array().filter(|_| !path.is_empty()) {
        return items.iter().any(|item| leads_somewhere(item, path));
    }
    match path {
        [] => !value.is_null(),
        [name, rest @ ..] => leads_somewhere(&value[name.as_str()], rest),
    }
}

fn section(definition: &Value) -> String {
    const TABLE: &str = "| field | type | default | meaning |\n|---|---|---|---|";
    let kind = definition["spec"]["names"]["kind"].as_str().unwrap();
    let schema = &definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
    let mut text = format!("\n## {kind}\n\n{}\n", one_line(schema));
    if KINDS.contains(&kind) {
        let (minimal, full) = (example(kind, "minimal"), example(kind, "full"));
        let every = if kind == LIKE_DIRECTORY { "With every field of its own" } else { "With every field" };
        writeln!(text, "\n### {kind} examples\n\nThe minimum:\n\n{minimal}\n\n{every}:\n\n{full}").unwrap();
    }
    if kind == LIKE_DIRECTORY {
        let mut own = schema["properties"]["spec"].clone();
        own["properties"].as_object_mut().unwrap().retain(|field, _| !is_of_directory(kind, field));
        writeln!(text, "\nAll other fields, and `status`, are those of a [Directory](#directory).").unwrap();
        writeln!(text, "\n### {kind} spec\n\n{TABLE}").unwrap();
        fields(&mut text, "spec.", &own);
        return text;
    }
    let parts = ["spec", "status"].map(|part| (part, &schema["properties"][part]));
    for (part, part_schema) in parts.iter().filter(|(_, part_schema)| !part_schema.is_null()) {
        writeln!(text, "\n### {kind} {part}\n\n{TABLE}").unwrap();
        fields(&mut text, &format!("{part}."), part_schema);
    }
    if KINDS.contains(&kind) {
        writeln!(text, "\n### {kind} status sample\n\n{}", example(kind, "status")).unwrap();
    } else {
        writeln!(text, "\n### {kind} sample\n\n{}", example(kind, "sample")).unwrap();
    }
    if parts.iter().all(|(_, part_schema)| part_schema.is_null()) {
        writeln!(text, "\n{TABLE}").unwrap();
        fields(&mut text, "", schema);
    }
    text
}

/// A row for each property of an object, its own properties right below it. `before` is what their paths begin with.
fn fields(text: &mut String, before: &str, schema: &Value) {
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{before}{name}");
        let field = if required.contains(&name.as_str()) { format!("**`{path}`**") } else { format!("`{path}`") };
        let default = match &property["default"] {
            Value::Null | Value::Object(_) => String::new(),
            Value::String(value) => format!("`{value}`"),
            value => format!("`{value}`"),
        };
        writeln!(text, "| {field} | {} | {default} | {} |", type_of(property), one_line(property)).unwrap();
        fields(text, &format!("{path}."), property);
        fields(text, &format!("{path}[]."), &property["items"]);
    }
}

fn type_of(schema: &Value) -> String {
    if let Some(values) = schema["enum"].as_array() {
        return values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ");
    }
    match schema["type"].as_str().unwrap_or_default() {
        "array" => format!("list of {}s", type_of(&schema["items"])),
        "object" if schema.get("additionalProperties").is_some() => "map of strings".to_owned(),
        name if schema["format"] == "date-time" => format!("{name}, a time"),
        name => name.to_owned(),
    }
}

fn one_line(schema: &Value) -> String {
    schema["description"].as_str().unwrap_or_default().replace("\n\n", " ").replace('\n', " ").replace('|', "\\|")
}

fn definition(kind: &str) -> Value {
    let files = crd_files().unwrap();
    let all = files.iter().map(|(_, text)| serde_yaml::from_str::<Value>(text).unwrap());
    all.into_iter().find(|definition| definition["spec"]["names"]["kind"] == kind).unwrap()
}
