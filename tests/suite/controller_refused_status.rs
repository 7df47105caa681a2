//! A status that the API server refuses, as a policy or an older CRD does, is no reason to read the directory again.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::cluster::{Cluster, condition, members};
use crate::company::{BASE, ldap_directory, ldif, reader, reads_of, server, sync};
use crate::harness::{OpenLdap, Postgres, wait};

const GROUPS: &[(&str, &[&str])] = &[("Analysts", &["ada", "cy"]), ("Editors", &["bob"])];
/// How long the status is refused.
const REFUSED: Duration = Duration::from_secs(90);
/// The first run, and one more for a policy that arrives in the middle of it.
const READS: usize = 2;

#[test]
fn a_status_that_is_refused_repeats_no_run() {
    let ldap = OpenLdap::builder(BASE).entries(&ldif(GROUPS)).entries(&reader("pw")).start();
    let database = Postgres::shared().database("refused_status");
    let mut cluster = Cluster::start("refused-status");
    cluster.apply(&ldap_directory("corp", &ldap, "pw"));
    cluster.apply(&server(&database));
    cluster.apply(&[sync("teams", &["Analysts"], &json!({"interval": "1h"}))]);
    let first = cluster.wait_for("dgs/teams", "Synced");
    let attempts = |cluster: &Cluster| cluster.status_writes("directorygroupsyncs", "teams");
    let reads = || reads_of("Analysts", &ldap);
    // A run that its time starts is not announced, so it reads before it reports.
    cluster.stop();
    let due = json!({"status": {"nextSyncTime": first["lastRun"]["startTime"]}}).to_string();
    cluster.kubectl(&["patch", "dgs/teams", "--subresource=status", "--type=merge", "-p", &due]);
    let first = cluster.get("dgs/teams")["status"].clone();
    let (read, written) = (reads(), attempts(&cluster));
    refuse(&cluster);
    ldap.modify(&format!("dn: cn=Analysts,{BASE}\nchangetype: modify\nadd: member\nmember: uid=bob,{BASE}\n"));
    cluster.resume();
    wait::until("a status is refused", Duration::from_mins(1), || attempts(&cluster) > written);
    let refused = Instant::now();
    wait::until("the policy has been there for a while", REFUSED * 2, || refused.elapsed() > REFUSED);
    assert!(reads() <= read + READS, "the directory was read {} times:\n{}", reads() - read, cluster.log());
    let tried = attempts(&cluster) - written;
    assert!((2..=8).contains(&tried), "{tried} attempts in {REFUSED:?}, which should become rarer");
    assert_eq!(cluster.get("dgs/teams")["status"], first);

    allow(&cluster);
    let status = cluster.wait_within(Duration::from_mins(3), "dgs/teams", "its status arrives", |status| {
        status["lastRun"] != first["lastRun"] && condition(status, "Ready")["status"] == "True"
    });
    assert!(condition(&status, "Reconciling").is_null(), "{status:#}");
    assert_eq!(status["lastChange"]["members"]["added"], 1, "what the run did is not lost: {status:#}");
    assert_eq!(members(&database, "Analysts").unwrap(), ["ada", "bob", "cy"]);
    assert!(reads() <= read + READS + 1, "{}", ldap.log());
}

/// Has the API server refuse the status of syncs in the cluster's namespace.
fn refuse(cluster: &Cluster) {
    let name = &cluster.namespace;
    let rule = json!({"apiGroups": ["directorysync.dev"], "apiVersions": ["*"], "operations": ["UPDATE"],
        "resources": ["directorygroupsyncs/status"]});
    let policy = json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": name},
        "spec": {"failurePolicy": "Fail", "matchConstraints": {"resourceRules": [rule]},
            "validations": [{"expression": "false", "message": "no status today"}]},
    });
    let selector = json!({"matchLabels": {"kubernetes.io/metadata.name": name}});
    let binding = json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": name},
        "spec": {"policyName": name, "validationActions": ["Deny"], "matchResources": {"namespaceSelector": selector}},
    });
    cluster.api.apply(&policy.to_string());
    cluster.api.apply(&binding.to_string());
    // The API server evaluates a new policy a moment later.
    let attempt = json!({"status": {"directoryID": "x"}}).to_string();
    let patch = ["-n", name, "patch", "dgs/teams", "--subresource=status", "--type=merge", "--dry-run=server", "-p"];
    let arguments = [&patch[..], &[&attempt]].concat();
    wait::until("the policy is in force", Duration::from_mins(1), || !cluster.api.kubectl_succeeds(&arguments));
}

/// Takes it back.
fn allow(cluster: &Cluster) {
    let kinds = ["validatingadmissionpolicybinding", "validatingadmissionpolicy"];
    for kind in &kinds {
        cluster.api.kubectl(&["delete", kind, &cluster.namespace]);
    }
}
