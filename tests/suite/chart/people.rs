//! What people may do by the cluster's own roles, which the chart's ClusterRoles extend.

use serde_json::{Value, json};

use super::{api, of_kind, template};
use crate::company::object;
use crate::harness::KubernetesApi;

/// Accounts that may write a Directory or a DashboardServer decide where a password is sent; and a plan names persons.
#[test]
fn people_may_edit_syncs_and_only_administrators_connections() {
    let rendered = template(&[]);
    let role = |suffix: &str| {
        let name = format!("dgs-directory-group-sync-{suffix}");
        let roles = of_kind(&rendered, "ClusterRole");
        let role = roles.into_iter().find(|role| role["metadata"]["name"] == name).unwrap();
        let label = format!("rbac.authorization.k8s.io/aggregate-to-{suffix}");
        assert_eq!(role["metadata"]["labels"][label], "true");
        role["rules"].clone()
    };
    let allows = |resources: &[&str], verbs: &[&str]| json!({"apiGroups": ["directorysync.dev"], "resources": resources, "verbs": verbs});
    let read = ["get", "list", "watch"];
    let write = ["create", "update", "patch", "delete", "deletecollection"];
    let view = [
        allows(&["directorygroupsyncs", "directories", "dashboardservers"], &read),
        allows(&["clusterdirectories"], &read),
    ];
    assert_eq!(role("view"), json!(view));
    let edit = [allows(&["directorygroupsyncs"], &write), allows(&["directorygroupsyncplans"], &read)];
    assert_eq!(role("edit"), json!(edit));
    assert_eq!(role("admin"), json!([allows(&["directories", "dashboardservers"], &write)]));
}

/// This server has no controller that aggregates, so each user is bound to the ClusterRoles that would be aggregated.
#[test]
fn each_of_them_does_what_is_theirs_and_no_more() {
    let api = api();
    let namespace = api.namespace("people");
    for (user, roles) in
        [("viewer", &["view"][..]), ("editor", &["view", "edit"]), ("owner", &["view", "edit", "admin"])]
    {
        for role in roles {
            let (role, user) = (format!("--clusterrole=dgs-directory-group-sync-{role}"), format!("--user={user}"));
            api.kubectl(&[
                "create",
                "rolebinding",
                &format!("{user}-{role}").replace("--", "").replace('=', "-"),
                &role,
                &user,
                "-n",
                &namespace,
            ]);
        }
    }
    let people = People { api, namespace };
    let server = object("DashboardServer", "bi", json!({"sql": {"secretKeyRef": {"name": "bi-db", "key": "url"}}}));
    let directory = object(
        "Directory",
        "corp",
        json!({"baseDN": "dc=corp,dc=example", "ldif": {"configMapKeyRef": {"name": "corp", "key": "a"}}}),
    );
    let sync = object(
        "DirectoryGroupSync",
        "teams",
        json!({
        "directoryRef": {"name": "corp"}, "dashboardServerRef": {"name": "bi"}, "groups": [{"name": "Analysts"}]}),
    );

    for object in [&server, &directory] {
        people.is_refused("viewer", &["create"], object);
        people.is_refused("editor", &["create"], object);
        people.does("owner", &["create", "-f", "-"], &object.to_string());
    }
    people.is_refused("viewer", &["create"], &sync);
    people.does("editor", &["create", "-f", "-"], &sync.to_string());
    let plan = json!({"apiVersion": "directorysync.dev/v1alpha1", "kind": "DirectoryGroupSyncPlan", "metadata": {"name": "teams"}});
    for user in ["viewer", "editor", "owner"] {
        people.does(user, &["get", "dgs/teams", "dir/corp", "dash/bi"], "");
        people.is_refused(user, &["create"], &plan);
        people.may_not(user, &["get", "dashboardserverlinksets"]);
        people.may_not(user, &["get", "secrets"]);
        people
            .may_not(user, &["patch", "dgs", "teams", "--subresource=status", "--type=merge", "-p", "{\"status\":{}}"]);
    }
    people.may_not("viewer", &["get", "directorygroupsyncplans"]);
    people.may_not("viewer", &["annotate", "dgs/teams", "directorysync.dev/approve=abc"]);
    people.may_not("editor", &["annotate", "dash/bi", "directorysync.dev/approve=abc"]);
    for user in ["editor", "owner"] {
        people.does(user, &["get", "directorygroupsyncplans"], "");
        people.does(user, &["annotate", "--overwrite", "dgs/teams", &format!("directorysync.dev/approve={user}")], "");
    }
    people.does("owner", &["annotate", "dash/bi", "directorysync.dev/approve=abc"], "");
    people.does("editor", &["delete", "dgs", "teams"], "");
    people.may_not("editor", &["delete", "dash", "bi"]);
    people.does("owner", &["delete", "dash/bi", "dir/corp"], "");
}

/// Users with roles in one namespace.
struct People {
    api: &'static KubernetesApi,
    namespace: String,
}

impl People {
    fn arguments<'a>(&'a self, user: &'a str, arguments: &[&'a str]) -> Vec<&'a str> {
        [arguments, &["--as", user, "-n", &self.namespace]].concat()
    }

    fn does(&self, user: &str, arguments: &[&str], input: &str) {
        self.api.kubectl_with(&self.arguments(user, arguments), input);
    }

    fn may_not(&self, user: &str, arguments: &[&str]) {
        let refusal = self.api.kubectl_fails(&self.arguments(user, arguments), "");
        assert!(refusal.contains("forbidden"), "{user} {arguments:?}: {refusal}");
    }

    fn is_refused(&self, user: &str, arguments: &[&str], object: &Value) {
        let arguments = [arguments, &["-f", "-", "--validate=false"]].concat();
        let refusal = self.api.kubectl_fails(&self.arguments(user, &arguments), &object.to_string());
        assert!(refusal.contains("forbidden"), "{user} {arguments:?}: {refusal}");
    }
}
