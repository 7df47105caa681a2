//! Whether a ClusterDirectory allows a namespace. It is asked for each run and each probe, so that a label that goes takes the
//! permission along.

use std::collections::{BTreeMap, BTreeSet};

use kube::Client;
use kube::core::{Expression, Selector, SelectorExt as _};

use crate::api::v1alpha1::cluster_directory::AllowedNamespaces;
use crate::api::v1alpha1::cluster_directory::allowed_namespaces::{LabelCondition, LabelOperator, NamespaceSelector};
use crate::controller::cluster::labels;

/// Whether the namespace is allowed. The API server is asked for its labels only where its name does not decide.
pub(super) async fn allows(
    allowed: Option<&AllowedNamespaces>,
    namespace: &str,
    client: &Client,
) -> Result<bool, kube::Error> {
    let Some(AllowedNamespaces { names, selector }) = allowed else { return Ok(false) };
    if names.iter().any(|name| name == namespace) {
        return Ok(true);
    }
    let Some(selector) = selector else { return Ok(false) };
    Ok(labels(client, namespace).await?.is_some_and(|labels| selects(selector, &labels)))
}

fn selects(
    NamespaceSelector { match_labels, match_expressions }: &NamespaceSelector,
    labels: &BTreeMap<String, String>,
) -> bool {
    let equal = match_labels.iter().map(|(key, value)| Expression::Equal(key.clone(), value.clone()));
    equal.chain(match_expressions.iter().map(expression)).collect::<Selector>().matches(labels)
}

fn expression(LabelCondition { key, operator, values }: &LabelCondition) -> Expression {
    let (key, values) = (key.clone(), || values.iter().cloned().collect::<BTreeSet<_>>());
    match operator {
        LabelOperator::In => Expression::In(key, values()),
        LabelOperator::NotIn => Expression::NotIn(key, values()),
        LabelOperator::Exists => Expression::Exists(key),
        LabelOperator::DoesNotExist => Expression::DoesNotExist(key),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn is_selected(selector: Value, labels: &[(&str, &str)]) -> bool {
        let labels = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        selects(&serde_json::from_value(selector).unwrap(), &labels)
    }

    #[test]
    fn a_selector_asks_for_all_that_it_says() {
        let (bi, test) = (("team", "bi"), ("stage", "test"));
        let team_bi = json!({"matchLabels": {"team": "bi"}});
        assert!(is_selected(team_bi.clone(), &[bi, test]));
        assert!(!is_selected(team_bi.clone(), &[("team", "crm")]) && !is_selected(team_bi, &[]));
        let condition = |operator: &str, values: &[&str]| {
            json!({"matchLabels": {"team": "bi"},
                "matchExpressions": [{"key": "stage", "operator": operator, "values": values}]})
        };
        for (operator, values, of_test, of_none) in [
            ("In", &["test", "prod"][..], true, false),
            ("In", &["prod"], false, false),
            ("NotIn", &["prod"], true, true),
            ("NotIn", &["test"], false, true),
            ("Exists", &[], true, false),
            ("DoesNotExist", &[], false, true),
        ] {
            let selector = condition(operator, values);
            assert_eq!(is_selected(selector.clone(), &[bi, test]), of_test, "{selector}");
            assert_eq!(is_selected(selector.clone(), &[bi]), of_none, "{selector}");
            assert!(!is_selected(selector, &[test]), "the other label is missing");
        }
        assert!(is_selected(json!({}), &[]), "an empty selector selects all");
    }
}
