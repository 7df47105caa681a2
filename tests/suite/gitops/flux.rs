//! What Flux says, by its own library: by the expressions of `docs/gitops.md` for the kinds that have some, else by kstatus.

use std::path::Path;

use serde_json::Value;

use super::kstatus;

/// The status of each object: `Current`, `InProgress`, `Failed` and so on.
pub(super) fn statuses(objects: &[Value]) -> Vec<String> {
    let expressions = expressions();
    let status = |object: &Value| {
        let expressions = expressions
            .iter()
            .find(|expressions| ["apiVersion", "kind"].iter().all(|&field| expressions[field] == object[field]));
        let arguments = expressions.map(Value::to_string);
        kstatus::ask(arguments.as_slice(), std::slice::from_ref(object)).remove(0)
    };
    objects.iter().map(status).collect()
}

/// `healthCheckExprs`, as the document has them.
fn expressions() -> Vec<Value> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/gitops.md");
    let text = std::fs::read_to_string(file).unwrap();
    let (_, block) = text.split_once("```yaml\n# kustomization.yaml\n").expect("the block");
    let (block, _) = block.split_once("```").unwrap();
    let kustomization: Value = serde_yaml::from_str(block).unwrap();
    let expressions = kustomization["spec"]["healthCheckExprs"].as_array().unwrap();
    // Flux uses them only for what it waits for.
    let checked = kustomization["spec"]["healthChecks"].as_array().unwrap();
    let kinds = |items: &[Value]| items.iter().map(|item| item["kind"].clone()).collect::<Vec<_>>();
    assert_eq!(kinds(expressions), ["DirectoryGroupSync"]);
    assert_eq!(kinds(checked), kinds(expressions));
    expressions.clone()
}
