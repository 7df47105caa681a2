//! Rule `rename-limits`: beyond a limit only those renames are held, and everything else goes on.

use crate::sync::hold::Reason;
use crate::sync::policy::{AdoptAccounts, Limit};
use crate::sync::scenario::{Scenario, account, check, given, group, print, stored, user};

const ONE: Limit = Limit { percent: 0, allow: 1, max: None };

/// A new template would rename both groups; Carl joins, Bob leaves.
fn template() -> Scenario {
    given(
        [group("BI").with(["anna", "carl"]), group("CRM")],
        [stored("BI").of("BI").holding(["anna", "bob"]), stored("CRM").of("CRM")],
    )
    .users([user("bob")])
    .policy(|policy| policy.name_template = "corp-{name}".to_owned())
}

/// Rule `rename-limits`.
#[test]
fn within_the_limit_groups_are_renamed() {
    let planned = template().plan().unwrap();
    assert_eq!(planned.hold, None);
    assert_eq!(
        print::changes(&planned.plan, &template().found())[..2],
        ["set group BI: name corp-BI", "set group CRM: name corp-CRM"]
    );
}

#[test]
fn beyond_it_the_renames_wait_and_all_else_goes_on() {
    let limited = || template().policy(|policy| policy.limits.group_renames = ONE);
    let planned = check(&limited(), ["create account carl", "BI: remove bob", "BI: add carl"], []);
    let hold = planned.hold.unwrap();
    assert_eq!(hold.changes.changes.len(), 2);
    let [Reason::Exceeded(exceeded)] = &planned.reasons[..] else { panic!("{:?}", planned.reasons) };
    assert_eq!(
        exceeded.to_string(),
        "2 of 2 groups would be renamed, which exceeds spec.limits.groupRenames (allow: 1, percent: 0)"
    );
    let approved = limited().policy(|policy| policy.approval.hash = Some(hold.approval.hash.clone())).plan().unwrap();
    assert_eq!((&approved.plan, approved.hold), (&template().plan().unwrap().plan, None));
    // Other names are another hold.
    let other = limited().policy(|policy| policy.name_template = "{name}-corp".to_owned());
    assert_ne!(other.plan().unwrap().hold.unwrap().approval.hash, hold.approval.hash);
}

#[test]
fn another_attribute_for_usernames_renames_nobody_unasked() {
    let mapped = || {
        given([group("BI").with(["anna", "bert"])], [stored("BI").of("BI").holding(["anna", "bert"])])
            .users([
                user("anna").username("a.a").saying(|says| says.phone = Some("1".into())),
                user("bert").username("b.b"),
            ])
            .policy(|policy| policy.limits.account_renames = ONE)
    };
    let planned = check(&mapped(), ["set account anna: phone 1"], []);
    let hold = planned.hold.unwrap();
    assert_eq!(hold.changes.changes.len(), 2);
    let approved = mapped().policy(|policy| policy.approval.hash = Some(hold.approval.hash)).plan().unwrap();
    assert_eq!(approved.hold, None);
}

#[test]
fn a_first_e_mail_is_not_a_rename() {
    let first = given([group("BI").with(["anna"])], [stored("BI").of("BI").holding(["anna"])])
        .accounts([account("anna").email("").of("anna")])
        .policy(|policy| policy.limits.account_renames = Limit { percent: 0, allow: 0, max: None });
    check(&first, ["set account anna: email anna@example.org", "link account anna: at anna@example.org"], []);
}

#[test]
fn accounts_that_an_adoption_renames_count() {
    let adopts = given([group("BI").with(["anna"])], [stored("BI").of("BI")])
        .accounts([account("anna").email("old@example.org")])
        .policy(|policy| {
            policy.adopt_accounts = AdoptAccounts::ByUsername;
            policy.limits.account_renames = Limit { percent: 0, allow: 0, max: None };
        });
    let planned = adopts.plan().unwrap();
    let changes = print::changes(&planned.plan, &adopts.found());
    assert!(changes.iter().any(|change| change == "BI: add anna"), "{changes:?}");
    assert!(!changes.iter().any(|change| change.starts_with("set account")), "{changes:?}");
    assert_eq!(planned.hold.unwrap().changes.changes.len(), 1);
}
