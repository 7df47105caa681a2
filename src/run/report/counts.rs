//! The counts of a run in status.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::context::ReportContext;
use crate::api::v1alpha1::directory_group_sync::status::{self as api, Current, LastRun, RunResult};
use crate::sync::outcome::{Counts, Gauges};

/// `status.lastRun`.
pub(super) fn last_run(result: RunResult, counts: &Counts, context: &ReportContext<'_>) -> LastRun {
    let Counts { groups, accounts, members, links } = counts;
    LastRun {
        result: result.to_string(),
        start_time: Time(context.start),
        completion_time: Time(context.end),
        groups: api::GroupCounts {
            selected: number(groups.selected),
            created: number(groups.created),
            adopted: number(links.adopted_groups),
            modified: number(groups.modified),
            deleted: number(groups.deleted),
            released: number(groups.released),
            duplicated: number(groups.duplicated),
            invalid: number(groups.invalid),
            unchanged: number(groups.unchanged),
            failed: number(groups.failed),
        },
        accounts: api::AccountCounts {
            created: number(accounts.created),
            adopted: number(links.adopted_accounts),
            updated: number(accounts.updated),
            renamed: number(accounts.renamed),
            deactivated: number(accounts.deactivated),
            deleted: number(accounts.deleted),
            duplicated: number(accounts.duplicated),
            invalid: number(accounts.invalid),
        },
        members: api::MemberCounts {
            added: number(members.added),
            removed: number(members.removed),
            unresolved: number(members.unresolved),
        },
    }
}

/// `status.current`.
pub(super) fn current(gauges: &Gauges) -> Current {
    Current {
        groups: number(gauges.groups),
        members: number(gauges.members),
        accounts: number(gauges.accounts),
        duplicated: number(gauges.duplicated),
        invalid: number(gauges.invalid),
        unresolved: number(gauges.unresolved),
        missing: number(gauges.missing),
        waiting: number(gauges.waiting),
        pending: number(gauges.pending),
        out_of_scope: number(gauges.out_of_scope),
    }
}

/// The counts of changes, for `status.lastChange` and for plans.
pub(super) fn changes(counts: &Counts) -> (api::GroupChanges, api::AccountChanges, api::MemberChanges) {
    let Counts { groups, accounts, members, links } = counts;
    (
        api::GroupChanges {
            created: number(groups.created),
            adopted: number(links.adopted_groups),
            modified: number(groups.modified),
            deleted: number(groups.deleted),
            released: number(groups.released),
        },
        api::AccountChanges {
            created: number(accounts.created),
            adopted: number(links.adopted_accounts),
            updated: number(accounts.updated),
            renamed: number(accounts.renamed),
            deactivated: number(accounts.deactivated),
            deleted: number(accounts.deleted),
        },
        api::MemberChanges { added: number(members.added), removed: number(members.removed) },
    )
}

/// A count as a Kubernetes integer.
pub(super) fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
