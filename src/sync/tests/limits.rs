//! Rule `limits`: how much a plan may remove.

use crate::sync::found::GroupRef;
use crate::sync::hold::Reason;
use crate::sync::limits::{Exceeded, LimitName};
use crate::sync::policy::{Limit, PruneAccounts};
use crate::sync::scenario::{Scenario, account, given, group, hours_ago, stored};
use crate::sync::snapshot::GroupSighting::Deleted;

/// The limit, what would be removed, of how much, and in which group.
type Numbers = (&'static str, u64, u64, Option<String>);

fn exceeded(scenario: &Scenario) -> Vec<Numbers> {
    let reasons = scenario.plan().unwrap().reasons.into_iter();
    let exceeded = |reason| match reason {
        Reason::Exceeded(Exceeded { limit, changes, whole, bound: _, group }) => {
            (limit.as_str(), changes, whole, group.map(|(_, name)| name))
        }
        other => panic!("{other}"),
    };
    reasons.map(exceeded).collect()
}

fn is(limit: &'static str, removals: u64, whole: u64, group: Option<&str>) -> Numbers {
    (limit, removals, whole, group.map(str::to_owned))
}

const HALF: Limit = Limit { percent: 50, allow: 1, max: None };

/// Rule `limits`.
#[test]
fn members_of_a_deleted_group_count_for_all_removals_and_not_for_one_groups() {
    let scenario = given(
        [group("CRM").with(["anna"])],
        [stored("BI").of("BI").holding(["anna", "bert"]), stored("CRM").of("CRM").holding(["anna"])],
    )
    .located("BI", Deleted)
    .policy(|policy| {
        (policy.limits.member_removals, policy.limits.member_removals_per_group) = (HALF, HALF);
    });
    assert_eq!(exceeded(&scenario), [is("memberRemovals", 2, 3, None)]);
}

#[test]
fn each_group_has_a_limit_of_its_own() {
    let scenario = given(
        [group("BI").with(["anna"]), group("CRM").with(["anna", "bert"])],
        [
            stored("BI").of("BI").holding(["anna", "bert", "carl", "dora"]),
            stored("CRM").of("CRM").holding(["anna", "bert", "carl"]),
        ],
    )
    .policy(|policy| policy.limits.member_removals_per_group = HALF);
    assert_eq!(exceeded(&scenario), [is("memberRemovalsPerGroup", 3, 4, Some("BI"))]);
}

#[test]
fn deletions_count_against_the_groups_that_the_plan_keeps_adopts_or_deletes() {
    let scenario = given(
        [group("ERP")],
        [stored("BI").of("BI"), stored("CRM").of("CRM"), stored("ERP").of("ERP"), stored("local")],
    )
    .located("BI", Deleted)
    .located("CRM", Deleted)
    .policy(|policy| policy.limits.group_deletions = HALF);
    assert_eq!(exceeded(&scenario), [is("groupDeletions", 2, 3, None)]);
}

#[test]
fn accounts_that_are_made_inactive_or_deleted_have_a_limit() {
    let unused = |key| account(key).of(key).unused_since(hours_ago(99));
    let scenario = given([group("BI").with(["dora"])], [stored("BI").of("BI").holding(["dora"])])
        .accounts([unused("anna"), unused("bert").inactive().marked(), account("dora").of("dora")])
        .policy(|policy| {
            policy.prune_accounts = PruneAccounts::Delete;
            policy.limits.account_removals = HALF;
        });
    assert_eq!(exceeded(&scenario), [is("accountRemovals", 2, 3, None)]);
}

#[test]
fn a_limit_says_what_it_counted() {
    assert_eq!(
        Exceeded {
            limit: LimitName::MemberRemovalsPerGroup,
            changes: 3,
            whole: 4,
            bound: HALF,
            group: Some((GroupRef(0), "BI".to_owned()))
        }
        .to_string(),
        "3 of 4 memberships in group \"BI\" would be removed, which exceeds spec.limits.memberRemovalsPerGroup \
         (allow: 1, percent: 50)"
    );
}

#[test]
fn additions_exceed_nothing_and_renames_no_limit_of_removals() {
    let scenario = given([group("BI").named("Insights").with(["anna"])], [stored("BI").of("BI")]).policy(|policy| {
        let none = Limit { percent: 0, allow: 0, max: Some(0) };
        let limits = &mut policy.limits;
        (limits.group_deletions, limits.member_removals) = (none, none);
        (limits.member_removals_per_group, limits.account_removals) = (none, none);
    });
    assert_eq!(exceeded(&scenario), []);
}
