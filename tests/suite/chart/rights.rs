//! What the operator may do by the roles of the chart, as the API server answers it. That it needs all of it is in
//! `whole_life`.

use std::process::Command;

use super::{api, install, template};
use crate::harness::{KubernetesApi, command};

#[test]
fn the_operator_may_do_what_it_needs_and_no_more() {
    let api = api();
    api.kubectl(&["create", "namespace", "team-a"]);
    api.kubectl(&["create", "namespace", "team-b"]);
    install(api, "scoped", "scoped", &["--set", "crds.install=false,scope.namespaces={team-a}"]);
    let everywhere = "system:serviceaccount:dgs:dgs-directory-group-sync";
    let scoped = "system:serviceaccount:scoped:scoped-directory-group-sync";
    let may = |who: &str, verb: &str, what: &str, namespace: &str| may(api, who, verb, what, namespace);
    let needs = [
        ("list", "directories.directorysync.dev"),
        ("get", "dashboardservers.directorysync.dev"),
        ("watch", "directories.directorysync.dev"),
        ("patch", "directorygroupsyncs.directorysync.dev//status"),
        ("patch", "directories.directorysync.dev//status"),
        ("patch", "dashboardservers.directorysync.dev//status"),
        ("patch", "directorygroupsyncplans.directorysync.dev"),
        ("create", "directorygroupsyncplans.directorysync.dev"),
        ("delete", "directorygroupsyncplans.directorysync.dev"),
        ("get", "dashboardserverlinksets.directorysync.dev"),
        ("list", "dashboardserverlinksets.directorysync.dev"),
        ("create", "dashboardserverlinksets.directorysync.dev"),
        ("update", "dashboardserverlinksets.directorysync.dev"),
        ("delete", "dashboardserverlinksets.directorysync.dev"),
        ("get", "secrets"),
        ("get", "configmaps"),
        ("create", "events.events.k8s.io"),
    ];
    for (verb, what) in needs {
        for (who, namespace, expected) in [
            (everywhere, "team-a", true),
            (everywhere, "team-b", true),
            (scoped, "team-a", true),
            (scoped, "team-b", false),
        ] {
            assert_eq!(may(who, verb, what, namespace), expected, "{who} {verb} {what} in {namespace}");
        }
    }
    for (who, release) in [(everywhere, "dgs"), (scoped, "scoped")] {
        let lease = format!("leases.coordination.k8s.io/{release}-directory-group-sync");
        for (verb, what) in [("create", "leases.coordination.k8s.io"), ("get", &lease), ("update", &lease)] {
            assert!(may(who, verb, what, release), "{who} {verb} {what}");
            assert!(!may(who, verb, what, "team-a"), "{who} {verb} {what}");
        }
        // For the finalizers of syncs in a namespace whose Role is gone already.
        for verb in ["get", "list", "watch", "patch"] {
            assert!(may(who, verb, "directorygroupsyncs.directorysync.dev", "team-b"), "{who} {verb}");
        }
        for what in ["namespaces/kube-system", "namespaces/team-a"] {
            assert!(may(who, "get", what, "team-a"), "{who} gets {what}");
        }
        for (verb, what) in [
            ("list", "secrets"),
            ("watch", "secrets"),
            ("update", "secrets"),
            ("create", "pods"),
            ("delete", "directorygroupsyncs.directorysync.dev"),
            ("get", "directorygroupsyncplans.directorysync.dev"),
            ("patch", "directories.directorysync.dev"),
            ("patch", "dashboardservers.directorysync.dev"),
            ("watch", "dashboardserverlinksets.directorysync.dev"),
            ("list", "namespaces"),
            ("get", "crds"),
            ("update", "directorygroupsyncs.directorysync.dev"),
            ("get", "nodes"),
        ] {
            assert!(!may(who, verb, what, "team-a"), "{who} may {verb} {what}");
        }
    }
    assert!(!may(scoped, "get", "namespaces/team-b", "team-b"));
    for (verb, what) in [
        ("get", "clusterdirectories.directorysync.dev"),
        ("list", "clusterdirectories.directorysync.dev"),
        ("watch", "clusterdirectories.directorysync.dev"),
        ("patch", "clusterdirectories.directorysync.dev//status"),
    ] {
        assert!(may(everywhere, verb, what, "team-a") && !may(scoped, verb, what, "team-a"), "{verb} {what}");
    }
    assert!(!may(everywhere, "patch", "clusterdirectories.directorysync.dev", "team-a"));
}

/// Administrators who create roles themselves get none from the chart.
#[test]
fn roles_may_be_left_to_others() {
    for values in ["rbac.create=false", "rbac.create=false,scope.namespaces={a}"] {
        let rendered = template(&["--set", values]);
        let roles = rendered.iter().filter(|object| object["apiVersion"] == "rbac.authorization.k8s.io/v1");
        assert_eq!(roles.count(), 0, "{values}");
    }
}

/// Asks the API server, as this user.
fn may(api: &KubernetesApi, who: &str, verb: &str, what: &str, namespace: &str) -> bool {
    let (what, subresource) = what.split_once("//").unwrap_or((what, ""));
    let question = ["auth", "can-i", verb, what, "--subresource", subresource, "-n", namespace, "--as", who];
    let mut kubectl = Command::new(crate::harness::kubernetes::kubectl_program());
    let answer = command::output(kubectl.arg("--kubeconfig").arg(api.kubeconfig()).args(question), "");
    String::from_utf8_lossy(&answer.stdout).trim() == "yes"
}
