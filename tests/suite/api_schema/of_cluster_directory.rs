//! The cases of `ClusterDirectory`: those of a `Directory`, and the namespaces that it allows.

use directory_group_sync::api::v1alpha1::ClusterDirectory;
use serde_json::{Value, json};

use super::cases::{Case, Cases};
use super::of_directory::{base, of_all};

const NAMESPACE: &str =
    "must be the name of a namespace: lower-case letters, digits and -; to allow all namespaces, set selector to {}";
const LABELS: &str = "must be labels of namespaces such as team: bi or corp.example/team: bi";
const KEY: &str = "must be the key of a label such as team or corp.example/team";
const VALUE: &str = "must be the value of a label: letters, digits, -, _ and .";
const VALUES: &str = "values must be set with the operators In and NotIn, and only with them";

pub(super) fn cases() -> Vec<Case> {
    expressions(labels(names(of_all(Cases::of::<ClusterDirectory>(base()))))).all()
}

fn names(cases: Cases) -> Cases {
    let with = |names: Value| json!({"allowedNamespaces": {"names": names}});
    let many: Vec<String> = (0..1001).map(|number| format!("n{number}")).collect();
    cases
        .accepts(json!({"allowedNamespaces": {}}))
        .accepts(with(json!([])))
        .accepts(with(json!(["bi", "team-1"])))
        .bounds(with(json!(["bi", "bi"])), "spec.allowedNamespaces.names[1]")
        .bounds(with(json!(many)), "spec.allowedNamespaces.names")
        .bounds(with(json!(["a".repeat(64)])), "spec.allowedNamespaces.names[0]")
        .refuses(with(json!(["*"])), "spec.allowedNamespaces.names[0]", NAMESPACE)
        .refuses(with(json!(["bi", "Team"])), "spec.allowedNamespaces.names[1]", NAMESPACE)
        .bounds(json!({"allowedNamespaces": {"namespaces": ["bi"]}}), "spec.allowedNamespaces.namespaces")
}

fn labels(cases: Cases) -> Cases {
    let with = |labels: Value| json!({"allowedNamespaces": {"selector": {"matchLabels": labels}}});
    let many: Value = (0..33).map(|number| (format!("k{number}"), json!(""))).collect::<serde_json::Map<_, _>>().into();
    let at = "spec.allowedNamespaces.selector.matchLabels";
    cases
        .accepts(json!({"allowedNamespaces": {"selector": {}}}))
        .accepts(with(json!({"team": "bi", "corp.example/Team_1": "A.b-c", "empty": ""})))
        .bounds(with(many), at)
        .bounds(with(json!({"team": 1})), "spec.allowedNamespaces.selector.matchLabels.team")
        .bounds(with(json!({"team": "a".repeat(64)})), "spec.allowedNamespaces.selector.matchLabels.team")
        .refuses(with(json!({"-team": "bi"})), at, LABELS)
        .refuses(with(json!({"team": "b i"})), at, LABELS)
}

fn expressions(cases: Cases) -> Cases {
    let with = |expression: Value| json!({"allowedNamespaces": {"selector": {"matchExpressions": [expression]}}});
    let at = "spec.allowedNamespaces.selector.matchExpressions[0]";
    cases
        .accepts(with(json!({"key": "corp.example/team", "operator": "In", "values": ["bi", "crm"]})))
        .accepts(with(json!({"key": "team", "operator": "DoesNotExist"})))
        .refuses(with(json!({"key": "team", "operator": "NotIn"})), at, VALUES)
        .refuses(with(json!({"key": "team", "operator": "In", "values": []})), at, VALUES)
        .refuses(with(json!({"key": "team", "operator": "Exists", "values": ["bi"]})), at, VALUES)
        .refuses(
            with(json!({"key": "/team", "operator": "Exists"})),
            "spec.allowedNamespaces.selector.matchExpressions[0].key",
            KEY,
        )
        .refuses(
            with(json!({"key": "team", "operator": "In", "values": ["b i"]})),
            "spec.allowedNamespaces.selector.matchExpressions[0].values[0]",
            VALUE,
        )
        .bounds(
            with(json!({"key": "team", "operator": "Equals", "values": ["bi"]})),
            "spec.allowedNamespaces.selector.matchExpressions[0].operator",
        )
        .bounds(with(json!({"operator": "Exists"})), "spec.allowedNamespaces.selector.matchExpressions[0].key")
}
