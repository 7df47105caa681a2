//! The admission policy of `docs/security.md`: an approval needs a right of its own, and nothing else does.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::company::{object, sync};
use crate::harness::{KubernetesApi, wait};

#[test]
fn an_approval_needs_a_right_of_its_own() {
    let api = KubernetesApi::shared();
    api.install_crds();
    let namespace = api.namespace("approvals");
    api.apply(&policy());
    // Users who may write everything in the namespace; one of them may also approve.
    let all = ["--verb=get,list,watch,create,update,patch,delete", "--resource=directorygroupsyncs,dashboardservers"];
    api.kubectl(&[&["create", "role", "writer", "-n", &namespace], &all[..]].concat());
    for user in ["plain-editor", "approver"] {
        let user_flag = format!("--user={user}");
        api.kubectl(&["create", "rolebinding", user, "--role=writer", &user_flag, "-n", &namespace]);
    }
    let approves = ["--clusterrole=directory-group-sync-approver", "--user=approver", "-n", &namespace];
    api.kubectl(&[&["create", "rolebinding", "approves"], &approves[..]].concat());
    let server = object("DashboardServer", "bi", json!({"sql": {"secretKeyRef": {"name": "bi-db", "key": "url"}}}));
    for object in [&server, &sync("teams", &["Analysts"], &json!({}))] {
        api.kubectl_with(&["create", "-n", &namespace, "--as", "plain-editor", "-f", "-"], &object.to_string());
    }

    let approve = |user: &str, resource: &str, hash: &str| -> Vec<String> {
        let approval = format!("directorysync.dev/approve={hash}");
        ["annotate", "--overwrite", resource, &approval, "-n", &namespace, "--as", user].map(str::to_owned).into()
    };
    let may = |user: &str, resource: &str, hash: &str| {
        let arguments = approve(user, resource, hash);
        api.kubectl_succeeds(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    };
    // A new policy is in force a moment later.
    let mut tries = 0;
    wait::until("the policy is in force", Duration::from_mins(1), || {
        tries += 1;
        !may("plain-editor", "dgs/teams", &format!("try-{tries}"))
    });
    for resource in ["dgs/teams", "dash/bi"] {
        assert!(!may("plain-editor", resource, "abc"), "{resource}");
        assert!(may("approver", resource, "abc"), "{resource}");
        assert!(may("plain-editor", resource, "abc"), "{resource}: no new approval");
        // Everything else is as it was, also with the approval in place.
        api.kubectl(&["annotate", resource, "note=x", "-n", &namespace, "--as", "plain-editor"]);
        api.kubectl(&["annotate", resource, "directorysync.dev/approve-", "-n", &namespace, "--as", "plain-editor"]);
    }
    let refused = approve("plain-editor", "dgs/teams", "abc");
    let said = api.kubectl_fails(&refused.iter().map(String::as_str).collect::<Vec<_>>(), "");
    assert!(said.contains("an approval needs the verb approve on directorygroupsyncs.directorysync.dev"), "{said}");
    // Nor is it created with one.
    let mut object: Value = sync("approved", &["Analysts"], &json!({}));
    object["metadata"]["annotations"] = json!({"directorysync.dev/approve": "abc"});
    let create = |user: &'static str| ["create", "-n", &namespace, "--as", user, "-f", "-"].map(str::to_owned);
    let said = api.kubectl_fails(&create("plain-editor").each_ref().map(String::as_str), &object.to_string());
    assert!(said.contains("an approval needs the verb approve"), "{said}");
    api.kubectl_with(&create("approver").each_ref().map(String::as_str), &object.to_string());
}

/// The block of the document.
fn policy() -> String {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/security.md")).unwrap();
    let (_, block) = text.split_once("```yaml\n# approvals.yaml\n").expect("the block");
    block.split_once("```").unwrap().0.to_owned()
}
