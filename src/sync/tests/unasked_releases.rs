//! Rule `unasked-release`: releases that the spec did not ask for are held beyond the limit of deletions.

use crate::sync::hold::Reason;
use crate::sync::limits::LimitName;
use crate::sync::policy::Limit;
use crate::sync::scenario::{Scenario, account, check, given, group, print, selector, stored, user};

const NONE: Limit = Limit { percent: 0, allow: 0, max: Some(0) };

/// A filter selected the group, which is elsewhere by now; Bob left it.
fn moved() -> Scenario {
    renamed("BI", "anna")
}

/// The same, and the group and Anna have these names by now.
fn renamed(name: &str, username: &str) -> Scenario {
    given(
        [group("CRM")],
        [stored("BI").of("BI").by("(cn=*)").holding(["anna", "bob"]), stored("CRM").of("CRM").by("(cn=*)")],
    )
    .accounts([account("anna").of("anna"), account("bob").of("bob")])
    .users([user("bob"), user("anna").username(username)])
    .located_group(&group("BI").named(name).by([]).with(["anna"]).moved())
    .policy(|policy| policy.selectors = vec![selector("(cn=*)", false)])
}

/// Rule `unasked-release`.
#[test]
fn within_the_limit_it_is_released_as_it_is() {
    check(&moved(), ["link group BI: released"], []);
}

#[test]
fn while_its_release_is_held_a_group_is_synchronized_as_before_leavers_included() {
    let limited = moved().policy(|policy| policy.limits.group_deletions = NONE);
    let planned = check(&limited, ["link group BI: moved", "BI: remove bob"], []);
    let hold = planned.hold.unwrap();
    assert_eq!(hold.changes.changes.len(), 1);
    assert!(matches!(&planned.reasons[..], [Reason::Exceeded(exceeded)] if exceeded.limit == LimitName::GroupReleases));
    let approved = limited.policy(|policy| policy.approval.hash = Some(hold.approval.hash));
    check(&approved, ["link group BI: released"], []);
}

#[test]
fn its_leavers_are_within_the_limits_too() {
    let limited =
        moved().policy(|policy| (policy.limits.group_deletions, policy.limits.member_removals) = (NONE, NONE));
    check(&limited, ["link group BI: moved"], []);
}

/// Rules `unasked-release` and `rename-limits`.
#[test]
fn its_renames_are_within_the_limits_too() {
    let unlimited = renamed("Insights", "ann").policy(|policy| policy.limits.group_deletions = NONE);
    let renames = |scenario: &Scenario| {
        let changes = print::changes(&scenario.plan().unwrap().plan, &scenario.found());
        changes.iter().filter(|change| change.starts_with("set ")).count()
    };
    assert_eq!(renames(&unlimited), 2);
    let limited =
        unlimited.policy(|policy| (policy.limits.group_renames, policy.limits.account_renames) = (NONE, NONE));
    assert_eq!(renames(&limited), 0);
}

#[test]
fn an_edit_of_the_spec_asks_for_it() {
    let limited = |scenario: Scenario| scenario.policy(|policy| policy.limits.group_deletions = NONE);
    let item_gone = limited(moved()).policy(|policy| policy.selectors = vec![selector("(cn=C*)", false)]);
    assert_eq!(item_gone.plan().unwrap().hold, None);
    let excluded = limited(moved()).policy(|policy| policy.exclusions = "edited".into());
    assert_eq!(excluded.plan().unwrap().hold, None);
}
