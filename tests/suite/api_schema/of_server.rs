//! The cases of `DashboardServer`.

use directory_group_sync::api::v1alpha1::DashboardServer;
use serde_json::json;

use super::cases::{Case, Cases};

const INTERVAL: &str = "must be at least 10s and at most 744h (31 days)";
const NAME: &str = "must not be empty and must have no spaces around it";

pub(super) fn cases() -> Vec<Case> {
    Cases::of::<DashboardServer>(json!({"sql": {"secretKeyRef": {"name": "bi-db", "key": "url"}}}))
        .refuses(
            json!({"sql": null}),
            "spec",
            "exactly one kind of server must be set: sql, superset, boldBI, grafana or scim",
        )
        .bounds(json!({"sql": {"secretKeyRef": null}}), "spec.sql.secretKeyRef")
        .bounds(json!({"sql": {"url": "postgres://bi"}}), "spec.sql.url")
        .refuses(
            json!({"superset": superset("https://bi.example")}),
            "spec",
            "exactly one kind of server must be set: sql, superset, boldBI, grafana or scim",
        )
        .accepts(json!({"sql": {"tls": {"caRef": {"name": "db-ca"}}}, "interval": "1h"}))
        .refuses(json!({"interval": "1s"}), "spec.interval", INTERVAL)
        .accepts(json!({"interval": "744h"}))
        .refuses(json!({"interval": "745h"}), "spec.interval", INTERVAL)
        .refuses(
            json!({"interval": "often"}),
            "spec.interval",
            "must be a duration such as 15m or 1h30m; write days as hours, such as 24h",
        )
        .accepts(json!({"accounts": "Managed"}))
        .refuses(
            json!({"accounts": "Existing"}),
            "spec.accounts",
            "must be Managed for a database, in which nobody else makes accounts",
        )
        .bounds(json!({"accounts": "Foreign"}), "spec.accounts")
        .accepts(json!({"allowAdoption": true}))
        .bounds(json!({"allowAdoption": "yes"}), "spec.allowAdoption")
        .accepts(json!({"protected": {"groups": ["Administrators"], "accounts": ["admin", "root"]}}))
        .refuses(json!({"protected": {"groups": [""]}}), "spec.protected.groups[0]", NAME)
        .refuses(json!({"protected": {"accounts": ["admin", " root"]}}), "spec.protected.accounts[1]", NAME)
        .bounds(json!({"protected": {"accounts": ["admin", "admin"]}}), "spec.protected.accounts[1]")
        .bounds(
            json!({"protected": {"groups": (0..1001).map(|n| n.to_string()).collect::<Vec<_>>()}}),
            "spec.protected.groups",
        )
        .all()
        .into_iter()
        .chain(of_superset())
        .chain(of_bold_bi())
        .chain(of_scim())
        .chain(of_grafana())
        .collect()
}

const URL: &str = "must be a URL such as https://bi.example, without a username, a query and #";

fn superset(url: &str) -> serde_json::Value {
    json!({"url": url, "secretRef": {"name": "bi"}})
}

fn of_scim() -> Vec<Case> {
    const AUTH: &str = "exactly one of bearer and oauth2 must be set";
    const PLAINTEXT: &str =
        "an http:// URL would send the password unencrypted: use https://, or set tls.allowPlaintextPassword to true";
    let bearer = json!({"secretRef": {"name": "bi"}});
    let oauth2 = |url: &str| json!({"tokenURL": url, "secretRef": {"name": "bi"}});
    let with = |field: &str, value: serde_json::Value| json!({"scim": {field: value}});
    let dialect = |field: &str, value: serde_json::Value| json!({"scim": {"dialect": {field: value}}});
    let by_token = |oauth2: serde_json::Value| json!({"scim": {"auth": {"bearer": null, "oauth2": oauth2}}});
    let scim = json!({"url": "https://bi.example/scim/v2", "auth": {"bearer": bearer}});
    Cases::of::<DashboardServer>(json!({"scim": scim}))
        .refuses(with("url", json!("http://bi.example")), "spec.scim.url", PLAINTEXT)
        .accepts(json!({"scim": {"url": "http://bi.example", "tls": {"allowPlaintextPassword": true}}}))
        .refuses(with("url", json!("https://ada:secret@bi.example")), "spec.scim.url", URL)
        .bounds(with("url", json!(null)), "spec.scim.url")
        .bounds(with("auth", json!(null)), "spec.scim.auth")
        .refuses(json!({"scim": {"auth": {"bearer": null}}}), "spec.scim.auth", AUTH)
        .refuses(json!({"scim": {"auth": {"oauth2": oauth2("https://sso.example/token")}}}), "spec.scim.auth", AUTH)
        .accepts(by_token(oauth2("https://sso.example/token")))
        .accepts(by_token(json!({"tokenURL": "https://s.example", "scopes": ["a", "b"], "secretRef": {"name": "bi"}})))
        .refuses(by_token(oauth2("http://sso.example/token")), "spec.scim.auth.oauth2.tokenURL", PLAINTEXT)
        .accepts(json!({"scim": {
            "tls": {"allowPlaintextPassword": true},
            "auth": {"bearer": null, "oauth2": oauth2("http://sso.example/token")},
        }}))
        .refuses(by_token(oauth2("sso.example")), "spec.scim.auth.oauth2.tokenURL", URL)
        .bounds(json!({"scim": {"auth": {"bearer": {"secretRef": null}}}}), "spec.scim.auth.bearer.secretRef")
        .accepts(dialect("memberRemoval", json!("Value")))
        .bounds(dialect("memberRemoval", json!("value")), "spec.scim.dialect.memberRemoval")
        .accepts(dialect("membersInList", json!("Never")))
        .bounds(dialect("membersInList", json!("No")), "spec.scim.dialect.membersInList")
        .accepts(dialect("rename", json!("Put")))
        .bounds(dialect("rename", json!("POST")), "spec.scim.dialect.rename")
        .accepts(dialect("displayName", json!("Ignored")))
        .bounds(dialect("displayName", json!("No")), "spec.scim.dialect.displayName")
        .accepts(dialect("maxMembersPerPatch", json!(1)))
        .bounds(dialect("maxMembersPerPatch", json!(0)), "spec.scim.dialect.maxMembersPerPatch")
        .accepts(dialect("pageSize", json!(2)))
        .bounds(dialect("pageSize", json!(1)), "spec.scim.dialect.pageSize")
        .all()
}

fn of_bold_bi() -> Vec<Case> {
    let with = |field: &str, value: serde_json::Value| json!({"boldBI": {field: value}});
    Cases::of::<DashboardServer>(json!({"boldBI": superset("https://bi.example")}))
        .accepts(with("site", json!("site1")))
        .refuses(with("site", json!("a/b")), "spec.boldBI.site", "must be the identifier of a site such as site1")
        .refuses(with("site", json!("..")), "spec.boldBI.site", "must be the identifier of a site such as site1")
        .accepts(with("apiVersion", json!("Auto")))
        .accepts(with("apiVersion", json!("V5")))
        .accepts(with("apiVersion", json!("V4")))
        .bounds(with("apiVersion", json!("v5.0")), "spec.boldBI.apiVersion")
        .accepts(with("defaultGroup", json!("Everybody")))
        .refuses(with("defaultGroup", json!("")), "spec.boldBI.defaultGroup", NAME)
        .accepts(json!({"boldBI": {"url": "http://bi.example", "tls": {"allowPlaintextPassword": true}}}))
        .refuses(
            with("url", json!("http://bi.example")),
            "spec.boldBI.url",
            "an http:// URL would send the password unencrypted: use https://, or set tls.allowPlaintextPassword to true",
        )
        .refuses(with("url", json!("https://ada:secret@bi.example")), "spec.boldBI.url", URL)
        .bounds(with("url", json!(null)), "spec.boldBI.url")
        .bounds(with("secretRef", json!(null)), "spec.boldBI.secretRef")
        .refuses(
            json!({"superset": superset("https://bi.example")}),
            "spec",
            "exactly one kind of server must be set: sql, superset, boldBI, grafana or scim",
        )
        .accepts(json!({"boldBI": {"timeouts": {"connect": "5s", "request": "1h"}, "tls": {"caRef": {"name": "ca"}}}}))
        .all()
}

fn of_grafana() -> Vec<Case> {
    let with = |field: &str, value: serde_json::Value| json!({"grafana": {field: value}});
    Cases::of::<DashboardServer>(json!({"grafana": superset("https://grafana.example")}))
        .accepts(with("orgId", json!(7)))
        .bounds(with("orgId", json!(0)), "spec.grafana.orgId")
        .bounds(with("orgId", json!("1")), "spec.grafana.orgId")
        .accepts(json!({"accounts": "Managed", "grafana": {"newAccounts": {"orgRole": "None"}}}))
        .accepts(json!({"accounts": "Managed", "grafana": {"newAccounts": {"orgRole": "Admin"}}}))
        .bounds(
            json!({"accounts": "Managed", "grafana": {"newAccounts": {"orgRole": "viewer"}}}),
            "spec.grafana.newAccounts.orgRole",
        )
        .refuses(
            with("newAccounts", json!({"orgRole": "Viewer"})),
            "spec.grafana",
            "grafana.newAccounts may only be set with accounts: Managed, which creates accounts",
        )
        .refuses(
            json!({"accounts": "Existing", "grafana": {"newAccounts": {}}}),
            "spec.grafana",
            "grafana.newAccounts may only be set with accounts: Managed, which creates accounts",
        )
        .accepts(with("match", json!("Login")))
        .accepts(json!({"accounts": "Existing", "grafana": {"match": "Email"}}))
        .bounds(with("match", json!("Username")), "spec.grafana.match")
        .refuses(
            json!({"accounts": "Managed", "grafana": {"match": "LoginThenEmail"}}),
            "spec.grafana",
            "grafana.match may not be set with accounts: Managed, which matches no accounts: remove one of them",
        )
        .accepts(with("logoutRemoved", json!(true)))
        .bounds(with("logoutRemoved", json!("yes")), "spec.grafana.logoutRemoved")
        .accepts(with("url", json!("https://example.com:3000/grafana")))
        .accepts(json!({"grafana": {"url": "http://grafana.example", "tls": {"allowPlaintextPassword": true}}}))
        .refuses(
            with("url", json!("http://grafana.example")),
            "spec.grafana.url",
            "an http:// URL would send the password unencrypted: use https://, or set tls.allowPlaintextPassword to true",
        )
        .refuses(with("url", json!("https://ada:secret@grafana.example")), "spec.grafana.url", URL)
        .bounds(with("url", json!(null)), "spec.grafana.url")
        .bounds(with("secretRef", json!(null)), "spec.grafana.secretRef")
        .refuses(
            json!({"boldBI": superset("https://bi.example")}),
            "spec",
            "exactly one kind of server must be set: sql, superset, boldBI, grafana or scim",
        )
        .accepts(json!({"grafana": {"timeouts": {"connect": "5s", "request": "1h"}, "tls": {"caRef": {"name": "ca"}}}}))
        .all()
}

fn of_superset() -> Vec<Case> {
    let url = |url: &str| json!({"superset": {"url": url}});
    Cases::of::<DashboardServer>(json!({"superset": superset("https://bi.example")}))
        .accepts(url("https://bi.example:8088/superset"))
        .accepts(json!({"superset": {"url": "http://bi.example", "tls": {"allowPlaintextPassword": true}}}))
        .refuses(
            url("http://bi.example"),
            "spec.superset.url",
            "an http:// URL would send the password unencrypted: use https://, or set tls.allowPlaintextPassword to true",
        )
        .refuses(url("https://ada:secret@bi.example"), "spec.superset.url", URL)
        .refuses(url("https://bi.example?next=1"), "spec.superset.url", URL)
        .refuses(url("bi.example"), "spec.superset.url", URL)
        .bounds(json!({"superset": {"url": null}}), "spec.superset.url")
        .bounds(json!({"superset": {"secretRef": null}}), "spec.superset.secretRef")
        .accepts(json!({"superset": {"newAccounts": {"roles": ["Gamma"]}, "deleteGroups": "Always"}}))
        .refuses(json!({"superset": {"newAccounts": {"roles": [""]}}}), "spec.superset.newAccounts.roles[0]", NAME)
        .bounds(json!({"superset": {"deleteGroups": "Sometimes"}}), "spec.superset.deleteGroups")
        .accepts(json!({"superset": {"grantableRoles": ["Gamma", "sql_lab"]}}))
        .refuses(json!({"superset": {"grantableRoles": [""]}}), "spec.superset.grantableRoles[0]", NAME)
        .accepts(json!({"superset": {"timeouts": {"connect": "5s", "request": "1h"}, "tls": {"caRef": {"name": "ca"}}}}))
        .refuses(
            json!({"superset": {"timeouts": {"request": "2h"}}}),
            "spec.superset.timeouts.request",
            "must be at least 1s and at most 1h",
        )
        .all()
}
