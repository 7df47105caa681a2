//! The documents hold to the code: every field, every reason and every kind of problem is explained.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use directory_group_sync::api::crd::crd_files;
use directory_group_sync::api::v1alpha1::condition::{ConditionType, Reason};
use directory_group_sync::api::v1alpha1::directory_group_sync::status::ProblemKind;
use serde_json::Value;

use crate::harness::environment;

/// With this variable set, the reference is written and not compared.
const UPDATE: &str = "UPDATE_REFERENCE";

const REFERENCE_HEAD: &str = "\
# Reference

Every field of the four kinds of `directorysync.dev/v1alpha1`, as `crds/` has them.
A field with `[]` is of each item of a list; a field in **bold** has to be set.

This page is generated: `UPDATE_REFERENCE=1 cargo test --test suite reference` writes it again.
";

#[test]
fn the_reference_has_every_field() {
    let mut text = REFERENCE_HEAD.to_owned();
    for kind in ["DirectoryGroupSync", "Directory", "DashboardServer", "DirectoryGroupSyncPlan"] {
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

#[test]
fn every_reason_and_every_problem_is_explained() {
    let text = read("docs/troubleshooting.md");
    // A condition may have the name of a reason.
    let (_, rest) = text.split_once("\n## Conditions\n").unwrap();
    let (conditions, rest) = rest.split_once("\n## ").unwrap();
    let explained = |text: &str, word: &str| {
        let rows = text.lines().filter(|line| line.starts_with(&format!("| `{word}` |"))).count();
        assert_eq!(rows, 1, "docs/troubleshooting.md has no row for {word}, or two");
    };
    for kind in ConditionType::ALL {
        explained(conditions, kind.as_str());
    }
    for reason in Reason::ALL {
        explained(rest, reason.as_str());
    }
    for kind in ProblemKind::ALL {
        explained(rest, kind.as_str());
    }
}

/// Every link of a document to a file leads somewhere.
#[test]
fn links_lead_somewhere() {
    let mut links = 0;
    for document in [
        "README.md",
        "docs/fault-matrix.md",
        "docs/reference.md",
        "docs/troubleshooting.md",
        "charts/directory-group-sync/README.md",
    ] {
        let text = read(document);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = link.split('#').next().unwrap_or_default();
            if !path.is_empty() && !path.contains("://") {
                let target = root().join(document).parent().unwrap().join(path);
                assert!(target.exists(), "{document} links to {link}, which is not there");
                links += 1;
            }
        }
    }
    assert!(links > 5, "{links} links were found");
}

fn section(definition: &Value) -> String {
    const TABLE: &str = "| field | type | default | meaning |\n|---|---|---|---|";
    let kind = definition["spec"]["names"]["kind"].as_str().unwrap();
    let schema = &definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
    let mut text = format!("\n## {kind}\n\n{}\n", one_line(schema));
    let parts = ["spec", "status"].map(|part| (part, &schema["properties"][part]));
    for (part, part_schema) in parts.iter().filter(|(_, part_schema)| !part_schema.is_null()) {
        writeln!(text, "\n### {kind} {part}\n\n{TABLE}").unwrap();
        fields(&mut text, &format!("{part}."), part_schema);
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

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("read {}: {error}", path.display()))
}
