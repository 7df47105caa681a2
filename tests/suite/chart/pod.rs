//! The pod, as a namespace with restrictions takes it.

use serde_json::{Value, json};

use super::api;

#[test]
fn the_pod_is_one_that_a_restricted_namespace_takes() {
    let api = api();
    let namespace = api.namespace("restricted");
    api.kubectl(&["label", "namespace", &namespace, "pod-security.kubernetes.io/enforce=restricted"]);
    let deployment = api.kubectl(&["get", "deployment", "dgs-directory-group-sync", "-n", "dgs", "-o", "json"]);
    let deployment: Value = serde_json::from_str(&deployment).unwrap();
    let template = &deployment["spec"]["template"];
    let mut pod = json!({"apiVersion": "v1", "kind": "Pod"});
    pod["metadata"] = json!({"name": "operator", "namespace": namespace, "labels": template["metadata"]["labels"]});
    pod["spec"] = template["spec"].clone();
    assert!(api.apply(&pod.to_string()).contains("pod/operator created"));

    // That this server does refuse: without each part of it the pod is another.
    for path in ["/spec/securityContext", "/spec/containers/0/securityContext"] {
        let mut weaker = pod.clone();
        weaker["metadata"]["name"] = json!("weaker");
        *weaker.pointer_mut(path).unwrap() = json!({});
        let refusal = api.kubectl_fails(&["apply", "-f", "-"], &weaker.to_string());
        assert!(refusal.contains("violates PodSecurity \"restricted"), "{refusal}");
    }
}

/// OpenShift gives each namespace users of its own and refuses pods that name another one (`restricted-v2`). It cannot be run
/// here, so this only holds that the pod names none.
#[test]
fn the_pod_leaves_its_user_to_the_image_and_the_cluster() {
    let rendered = super::template(&[]);
    let pod = super::one(&rendered, "Deployment")["spec"]["template"]["spec"].clone();
    for context in [&pod["securityContext"], &pod["containers"][0]["securityContext"]] {
        for field in ["runAsUser", "runAsGroup", "fsGroup", "supplementalGroups"] {
            assert_eq!(context[field], Value::Null, "{field}");
        }
    }
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
}
