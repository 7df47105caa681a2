//! What Argo CD says by the script of `docs/gitops.md`. Argo CD runs Lua 5.1, so a later version would prove nothing.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::harness::{command, environment};

/// The health of an object: `Healthy`, `Progressing`, `Degraded` or `Suspended`.
pub(super) fn health(object: &Value) -> String {
    let lua = environment::program(&environment::on_path("lua5.1"), "apt-get install lua5.1");
    let program = format!(
        "local obj = {}\nlocal hs = (function()\n{}\nend)()\nprint(hs.status)\nassert(hs.message)",
        literal(object),
        script()
    );
    command::run_with(Command::new(lua).arg("-"), &program).trim().to_owned()
}

/// The script, as the document has it.
fn script() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/gitops.md");
    let text = std::fs::read_to_string(file).unwrap();
    let (_, block) = text.split_once("```yaml\n# argocd-cm.yaml\n").expect("the block");
    let (block, _) = block.split_once("```").unwrap();
    let map: Value = serde_yaml::from_str(block).unwrap();
    let customizations = map["data"]["resource.customizations"].as_str().unwrap();
    let customizations: Value = serde_yaml::from_str(customizations).unwrap();
    customizations["directorysync.dev/*"]["health.lua"].as_str().unwrap().to_owned()
}

/// A value as Lua writes it.
fn literal(value: &Value) -> String {
    match value {
        Value::Null => "nil".to_owned(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) => quoted(text),
        Value::Array(items) => format!("{{{}}}", items.iter().map(literal).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| format!("[{}] = {}", quoted(name), literal(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
    }
}

/// Every octet by its number, so that none has a meaning.
fn quoted(text: &str) -> String {
    let octets = text.bytes().fold(String::new(), |mut octets, octet| {
        write!(octets, "\\{octet:03}").unwrap();
        octets
    });
    format!("\"{octets}\"")
}
