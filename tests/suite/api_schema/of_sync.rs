//! The cases of `DirectoryGroupSync`.

use directory_group_sync::api::v1alpha1::DirectoryGroupSync;
use serde_json::{Value, json};

use super::cases::{Case, Cases};

const DURATION: &str = "must be a duration such as 15m or 1h30m; write days as hours, such as 24h";
const INTERVAL: &str = "must be at least 10s and at most 744h (31 days)";
const RETRY_INTERVAL: &str = "must be at least 5s and at most 24h";
const TIMEOUT: &str = "must be at least 10s and at most 6h";
const WAIT: &str = "must be at most 8784h (366 days)";
const DN: &str =
    "must be a distinguished name such as CN=BI Analysts,OU=Groups,DC=corp,DC=example, with no spaces around it";
const FILTER: &str = "must be an LDAP filter in parentheses such as (cn=BI-*), with no spaces around it";
const NAME: &str = "must not be empty and must have no spaces around it";
const ONE_SELECTOR: &str = "exactly one of dn, name and filter must be set";
const OBJECT_NAME: &str = "must be the name of an object in the same namespace: lower-case letters, digits, - and .";
const SCHEDULE: &str =
    "must be a cron expression with 5 fields (minute, hour, day of month, month, day of week) such as 0 2 * * *";
const TIME_ZONE: &str = "must be the name of a time zone such as Europe/Berlin or UTC";
const ONLY_WHEN_ASKED: &str =
    "may not be set together with trigger: Request, which runs only when asked: remove one of them";
const OWNER: &str = "must be an owner as the problem OwnedElsewhere prints it: installation/namespace/name";

pub(super) fn cases() -> Vec<Case> {
    let cases = Cases::of::<DirectoryGroupSync>(json!({
        "directoryRef": {"name": "corp"},
        "dashboardServerRef": {"name": "bi"},
        "groups": [{"name": "BI Editors"}],
    }));
    choices(limits(adoption(selection(times(references(cases)))))).all()
}

fn references(cases: Cases) -> Cases {
    cases
        .bounds(json!({"directoryRef": null}), "spec.directoryRef")
        .bounds(json!({"dashboardServerRef": null}), "spec.dashboardServerRef")
        .bounds(json!({"directoryRef": {"name": null}}), "spec.directoryRef.name")
        .accepts(json!({"directoryRef": {"kind": "Directory", "name": "corp.example-1"}}))
        .accepts(json!({"directoryRef": {"kind": "ClusterDirectory"}}))
        .bounds(json!({"directoryRef": {"kind": "Domain"}}), "spec.directoryRef.kind")
        .bounds(json!({"directoryRef": {"namespace": "other"}}), "spec.directoryRef.namespace")
        .refuses(json!({"directoryRef": {"name": "Corp"}}), "spec.directoryRef.name", OBJECT_NAME)
        .refuses(json!({"directoryRef": {"name": ""}}), "spec.directoryRef.name", OBJECT_NAME)
        .refuses(json!({"dashboardServerRef": {"name": "bi."}}), "spec.dashboardServerRef.name", OBJECT_NAME)
        .bounds(json!({"dashboardServerRef": {"name": "b".repeat(254)}}), "spec.dashboardServerRef.name")
}

fn times(cases: Cases) -> Cases {
    cases
        .accepts(json!({"interval": "15m"}))
        .accepts(json!({"interval": "1h30m"}))
        .accepts(json!({"interval": "10s"}))
        .accepts(json!({"interval": "10000ms"}))
        .accepts(json!({"interval": "743h60m"}))
        .refuses(json!({"interval": "99999h99999h99999h99999h"}), "spec.interval", INTERVAL)
        .refuses(json!({"interval": "744h1ms"}), "spec.interval", INTERVAL)
        .refuses(json!({"interval": "5 parsecs"}), "spec.interval", DURATION)
        .refuses(json!({"interval": ""}), "spec.interval", DURATION)
        .refuses(json!({"interval": "15"}), "spec.interval", DURATION)
        .refuses(json!({"interval": "-15m"}), "spec.interval", DURATION)
        .refuses(json!({"interval": "1.5h"}), "spec.interval", DURATION)
        .refuses(json!({"interval": "1d"}), "spec.interval", DURATION)
        .refuses(json!({"interval": "1h1h1h1h1h"}), "spec.interval", DURATION)
        .refuses(json!({"interval": "100000s"}), "spec.interval", DURATION)
        .refuses(json!({"interval": "9s"}), "spec.interval", INTERVAL)
        .refuses(json!({"interval": "9999ms"}), "spec.interval", INTERVAL)
        .bounds(json!({"interval": "1".repeat(29)}), "spec.interval")
        .bounds(json!({"interval": 15}), "spec.interval")
        .accepts(json!({"retryInterval": "5s"}))
        .refuses(json!({"retryInterval": "4s"}), "spec.retryInterval", RETRY_INTERVAL)
        .accepts(json!({"retryInterval": "24h"}))
        .refuses(json!({"retryInterval": "25h"}), "spec.retryInterval", RETRY_INTERVAL)
        .accepts(json!({"timeout": "10s"}))
        .refuses(json!({"timeout": "9s"}), "spec.timeout", TIMEOUT)
        .accepts(json!({"timeout": "6h"}))
        .refuses(json!({"timeout": "6h1s"}), "spec.timeout", TIMEOUT)
        .accepts(json!({"prune": {"confirmAfter": "0s", "accountsAfter": "8784h"}}))
        .refuses(json!({"prune": {"confirmAfter": "8785h"}}), "spec.prune.confirmAfter", WAIT)
        .refuses(json!({"prune": {"accountsAfter": "99999h"}}), "spec.prune.accountsAfter", WAIT)
        .accepts(json!({"trigger": "Request"}))
        .accepts(json!({"trigger": "Request", "retryInterval": "5s"}))
        .accepts(json!({"trigger": "Schedule", "interval": "15m"}))
        .accepts(json!({"trigger": "Schedule", "schedule": "0 2 * * *", "timeZone": "UTC"}))
        .refuses(json!({"trigger": "Request", "interval": "15m"}), "spec.interval", ONLY_WHEN_ASKED)
        .refuses(json!({"trigger": "Request", "schedule": "0 2 * * *"}), "spec.schedule", ONLY_WHEN_ASKED)
        .bounds(json!({"trigger": "Manual"}), "spec.trigger")
        .accepts(json!({"schedule": "0 2 * * *"}))
        .accepts(json!({"schedule": "*/15 8-18 1,15 JAN-DEC MON#1", "timeZone": "America/Argentina/Buenos_Aires"}))
        .accepts(json!({"schedule": "0 2 L * *", "timeZone": "Etc/GMT+1"}))
        .refuses(json!({"schedule": "0 2 * *"}), "spec.schedule", SCHEDULE)
        .refuses(json!({"schedule": "0 0 2 * * *"}), "spec.schedule", SCHEDULE)
        .refuses(json!({"schedule": "@daily"}), "spec.schedule", SCHEDULE)
        .refuses(json!({"schedule": ""}), "spec.schedule", SCHEDULE)
        .refuses(json!({"schedule": "0 2 * * *", "timeZone": "Europe/Ber lin"}), "spec.timeZone", TIME_ZONE)
        .refuses(json!({"schedule": "0 2 * * *", "timeZone": "../etc/passwd"}), "spec.timeZone", TIME_ZONE)
        .refuses(json!({"timeZone": "UTC"}), "spec.timeZone", "may only be set together with schedule")
        .refuses(
            json!({"interval": "15m", "schedule": "0 2 * * *"}),
            "spec.interval",
            "may not be set together with schedule: remove one of them",
        )
}

fn selection(cases: Cases) -> Cases {
    let many = |count: usize| -> Vec<Value> { (0..count).map(|n| json!({"name": format!("group {n}")})).collect() };
    cases
        .bounds(json!({"groups": null}), "spec.groups")
        .bounds(json!({"groups": []}), "spec.groups")
        .accepts(json!({"groups": many(1000), "exclude": many(1000)}))
        .bounds(json!({"groups": many(1001)}), "spec.groups")
        .bounds(json!({"exclude": many(1001)}), "spec.exclude")
        .accepts(json!({"groups": [
            {"dn": "CN=BI Analysts,OU=Groups,DC=corp,DC=example"},
            {"name": "BI Editors"},
            {"filter": "(cn=BI-*)", "baseDN": "OU=BI,DC=corp,DC=example"},
            {"filter": "(cn=BI-*)"},
        ], "exclude": [{"name": "BI-Test"}]}))
        .refuses(json!({"groups": [{}]}), "spec.groups[0]", ONE_SELECTOR)
        .refuses(json!({"groups": [{"name": "a"}, {"name": "b", "dn": "CN=b"}]}), "spec.groups[1]", ONE_SELECTOR)
        .refuses(json!({"groups": [{"name": "a", "dn": "CN=a", "filter": "(cn=a)"}]}), "spec.groups[0]", ONE_SELECTOR)
        .refuses(json!({"exclude": [{"name": "a", "filter": "(cn=a)"}]}), "spec.exclude[0]", ONE_SELECTOR)
        .accepts(json!({"groups": [{"name": "a", "roles": ["Gamma", "sql_lab"]}]}))
        .refuses(json!({"groups": [{"name": "a", "roles": [" "]}]}), "spec.groups[0].roles[0]", NAME)
        .bounds(
            json!({"groups": [{"name": "a", "roles": (0..21).map(|role| role.to_string()).collect::<Vec<_>>()}]}),
            "spec.groups[0].roles",
        )
        .bounds(json!({"exclude": [{"name": "a", "roles": ["Gamma"]}]}), "spec.exclude[0].roles")
        .refuses(
            json!({"groups": [{"name": "a", "baseDN": "DC=a"}]}),
            "spec.groups[0].baseDN",
            "may only be set together with filter",
        )
        .refuses(json!({"groups": [{"dn": ""}]}), "spec.groups[0].dn", DN)
        .refuses(json!({"groups": [{"dn": "BI Analysts"}]}), "spec.groups[0].dn", DN)
        .refuses(json!({"groups": [{"dn": " CN=a"}]}), "spec.groups[0].dn", DN)
        .refuses(json!({"groups": [{"dn": "CN=a\n"}]}), "spec.groups[0].dn", DN)
        .refuses(json!({"groups": [{"filter": "(a=b)", "baseDN": "b"}]}), "spec.groups[0].baseDN", DN)
        .refuses(json!({"groups": [{"name": ""}]}), "spec.groups[0].name", NAME)
        .refuses(json!({"groups": [{"name": "\u{a0}BI"}]}), "spec.groups[0].name", NAME)
        .refuses(json!({"groups": [{"filter": "cn=a"}]}), "spec.groups[0].filter", FILTER)
        .refuses(json!({"groups": [{"filter": "(cn=a)\n"}]}), "spec.groups[0].filter", FILTER)
        .bounds(json!({"groups": [{"name": "ä".repeat(257)}]}), "spec.groups[0].name")
        .accepts(json!({"groups": [{"name": "ä".repeat(256)}]}))
        .bounds(json!({"groups": [{"dn": "CN=".repeat(683)}]}), "spec.groups[0].dn")
        .bounds(json!({"groups": [{"filter": format!("({})", "a".repeat(4095))}]}), "spec.groups[0].filter")
        .accepts(json!({"groups": [{"name": "a"}, {"name": "b"}, {"name": "a"}]}))
        .accepts(json!({"exclude": [{"dn": "CN=a"}, {"dn": "CN=a"}]}))
        .bounds(json!({"groups": ["BI Editors"]}), "spec.groups[0]")
        .bounds(json!({"groups": [{"name": true}]}), "spec.groups[0].name")
        .bounds(json!({"groups": [{"name": "a", "DN": "CN=a"}]}), "spec.groups[0].DN")
        .accepts(json!({"nameTemplate": "corp-{name}"}))
        .refuses(json!({"nameTemplate": "corp"}), "spec.nameTemplate", "must contain {name}, as in corp-{name}")
        .refuses(json!({"nameTemplate": ""}), "spec.nameTemplate", "must contain {name}, as in corp-{name}")
        .refuses(
            json!({"nameTemplate": "{ou}-{name}"}),
            "spec.nameTemplate",
            "must have no braces other than those of {name}",
        )
        .bounds(json!({"nameTemplate": format!("{{name}}{}", "a".repeat(251))}), "spec.nameTemplate")
}

fn adoption(cases: Cases) -> Cases {
    cases
        .accepts(json!({"adoption": {"groups": "ByName", "accounts": "ByUsername"}}))
        .accepts(json!({"adoption": {"groups": "ByName", "accounts": "ByEmail"}}))
        .accepts(json!({"adoption": {"groups": "ByName"}, "members": "KeepLocal"}))
        .accepts(json!({"adoption": {"accounts": "ByEmail"}}))
        .accepts(json!({"adoption": {"groups": "ByName"}}))
        .bounds(json!({"adoption": {"groups": "Always"}}), "spec.adoption.groups")
        .accepts(json!({"adoption": {"fromOwners": ["standalone/default/analysts", "a-b/c/d.e"]}}))
        .refuses(json!({"adoption": {"fromOwners": ["analysts"]}}), "spec.adoption.fromOwners[0]", OWNER)
        .refuses(json!({"adoption": {"fromOwners": ["a/b/c", "a//c"]}}), "spec.adoption.fromOwners[1]", OWNER)
        .refuses(json!({"adoption": {"fromOwners": ["a/b/c/d"]}}), "spec.adoption.fromOwners[0]", OWNER)
        .bounds(json!({"adoption": {"fromOwners": ["a/b/c", "a/b/c"]}}), "spec.adoption.fromOwners[1]")
        .accepts(
            json!({"prune": {"groups": "Retain", "accounts": "Delete", "accountsAfter": "0s", "confirmAfter": "0s"}}),
        )
        .refuses(json!({"prune": {"accountsAfter": "soon"}}), "spec.prune.accountsAfter", DURATION)
        .refuses(json!({"prune": {"confirmAfter": "0"}}), "spec.prune.confirmAfter", DURATION)
        .bounds(json!({"prune": {"groups": "Deactivate"}}), "spec.prune.groups")
        .bounds(json!({"prune": {"accounts": "Never"}}), "spec.prune.accounts")
}

fn limits(cases: Cases) -> Cases {
    cases
        .accepts(json!({"limits": {
            "groupDeletions": {"percent": 0, "allow": 0, "max": 0},
            "memberRemovals": {"percent": 100, "max": 1_000_000_000},
            "memberRemovalsPerGroup": {"allow": 1_000_000_000, "max": 5},
            "accountRemovals": {},
            "groupRenames": {"allow": 0, "percent": 100},
            "accountRenames": {"max": 0},
        }}))
        .bounds(json!({"limits": {"groupDeletions": {"percent": 101}}}), "spec.limits.groupDeletions.percent")
        .bounds(json!({"limits": {"memberRemovals": {"percent": -1}}}), "spec.limits.memberRemovals.percent")
        .bounds(json!({"limits": {"accountRemovals": {"allow": -1}}}), "spec.limits.accountRemovals.allow")
        .bounds(json!({"limits": {"groupDeletions": {"max": -1}}}), "spec.limits.groupDeletions.max")
        .bounds(json!({"limits": {"groupDeletions": {"max": 1_000_000_001_i64}}}), "spec.limits.groupDeletions.max")
        .bounds(json!({"limits": {"groupDeletions": {"percent": "20%"}}}), "spec.limits.groupDeletions.percent")
        .bounds(json!({"limits": {"memberRemovalsPerGroup": {"max": -1}}}), "spec.limits.memberRemovalsPerGroup.max")
        .bounds(json!({"limits": {"groupRenames": {"max": 4_294_967_296_i64}}}), "spec.limits.groupRenames.max")
        .bounds(json!({"limits": {"accountRenames": {"percent": 101}}}), "spec.limits.accountRenames.percent")
        .bounds(json!({"limits": {"groupDeletions": {"floor": 5}}}), "spec.limits.groupDeletions.floor")
        .bounds(json!({"limits": []}), "spec.limits")
}

fn choices(cases: Cases) -> Cases {
    cases
        .accepts(json!({
            "suspend": true, "mode": "Preview", "nesting": "Transitive", "disabledAccounts": "Deactivate",
            "deletionPolicy": "Delete",
        }))
        .bounds(json!({"suspend": "yes"}), "spec.suspend")
        .bounds(json!({"mode": "DryRun"}), "spec.mode")
        .bounds(json!({"members": "keepLocal"}), "spec.members")
        .bounds(json!({"disabledAccounts": ""}), "spec.disabledAccounts")
        .bounds(json!({"deletionPolicy": "Orphan"}), "spec.deletionPolicy")
        .accepts(json!({"dashboardServerRef": {"kind": "DashboardServer"}}))
        .bounds(json!({"dashboardServerRef": {"kind": "Directory"}}), "spec.dashboardServerRef.kind")
        .bounds(json!({"nesting": "Deep"}), "spec.nesting")
        .bounds(json!({"intervall": "15m"}), "spec.intervall")
        .bounds(json!({"groups": {}}), "spec.groups")
}
