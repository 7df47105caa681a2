//! A namespace that is deleted as a whole, with a sync whose groups go with it. Kubernetes removes what is in it in any order: the
//! operator's rights there, and what its sync refers to, may be gone before.

use std::time::{Duration, Instant};

use serde_json::json;

use super::site::Site;

#[test]
fn a_deleted_namespace_goes_away() {
    let site = Site::enter();
    site.install(&[]);
    println!("gone after {:.1?}", goes_away(&site, "whole"));
}

#[test]
fn a_deleted_namespace_goes_away_if_the_operator_serves_only_this_one() {
    let site = Site::enter();
    // The namespace has to be there before its Role.
    site.node.kubectl(&["create", "namespace", "served"]);
    site.install(&["scope.namespaces={served}"]);
    println!("gone after {:.1?}, in namespaced scope", goes_away(&site, "served"));
    // Without the Role in it, which is gone, the chart can be upgraded.
    site.install(&[]);
}

/// Returns how long it took.
fn goes_away(site: &Site, namespace: &'static str) -> Duration {
    let team = site.team(namespace);
    team.synchronize("teams", &["Analysts"], &json!({"deletionPolicy": "Delete"}));
    let start = Instant::now();
    site.node.kubectl(&["delete", "namespace", namespace, "--timeout=2m"]);
    let elapsed = start.elapsed();
    assert!(!site.node.kubectl_succeeds(&["get", "namespace", namespace]));
    elapsed
}
