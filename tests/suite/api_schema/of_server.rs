//! The cases of `DashboardServer`.

use directory_group_sync::api::v1alpha1::DashboardServer;
use serde_json::json;

use super::cases::{Case, Cases};

const INTERVAL: &str = "must be at least 10s and at most 744h (31 days)";
const NAME: &str = "must not be empty and must have no spaces around it";

pub(super) fn cases() -> Vec<Case> {
    Cases::of::<DashboardServer>(json!({"sql": {"secretKeyRef": {"name": "bi-db", "key": "url"}}}))
        .refuses(json!({"sql": null}), "spec", "exactly one kind of server must be set: sql")
        .bounds(json!({"sql": {"secretKeyRef": null}}), "spec.sql.secretKeyRef")
        .bounds(json!({"sql": {"url": "postgres://bi"}}), "spec.sql.url")
        .bounds(json!({"superset": {}}), "spec.superset")
        .accepts(json!({"sql": {"tls": {"caRef": {"name": "db-ca"}}}, "interval": "1h"}))
        .refuses(json!({"interval": "1s"}), "spec.interval", INTERVAL)
        .accepts(json!({"interval": "744h"}))
        .refuses(json!({"interval": "745h"}), "spec.interval", INTERVAL)
        .refuses(
            json!({"interval": "often"}),
            "spec.interval",
            "must be a duration such as 15m or 1h30m; write days as hours, such as 24h",
        )
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
}
