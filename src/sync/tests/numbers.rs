//! Rule `written-only`: the numbers of a run, less what the store refused.

use crate::sync::found::{AccountRef, Found, GroupRef};
use crate::sync::outcome::{Counts, Planned};
use crate::sync::plan::written::gaps;
use crate::sync::plan::{Change, Subject};
use crate::sync::scenario::{Scenario, account, check, given, group, stored};

/// BI is renamed and gains Anna, CRM loses Bert, ERP is new, ASSETS is a duplicate, HR is in sync.
fn scenario() -> Scenario {
    given(
        [
            group("BI").named("Insights").with(["anna"]),
            group("CRM"),
            group("ERP"),
            group("ASSETS"),
            group("HR").with(["bert"]),
        ],
        [
            stored("BI").of("BI"),
            stored("CRM").of("CRM").holding(["bert"]),
            stored("HR").of("HR").holding(["bert"]),
            stored("Assets"),
        ],
    )
    .accounts([account("bert").of("bert")])
}

fn counts<const N: usize>(refused: [Subject; N]) -> Counts {
    let scenario = scenario();
    let planned = check(
        &scenario,
        [
            "set group BI: name Insights",
            "create group ERP",
            "link group BI: as Insights",
            "create account anna",
            "CRM: remove bert",
            "BI: add anna",
        ],
        ["GroupName: ASSETS"],
    );
    refusing(planned, &scenario.found(), &refused).counts(&scenario.found())
}

/// What is left of a plan of which a store refuses these.
fn refusing(mut planned: Planned, found: &Found, refused: &[Subject]) -> Planned {
    let members = |change: &Change| match change {
        Change::AddMembers { group, accounts } | Change::RemoveMembers { group, accounts }
            if refused.contains(&Subject::Members(*group)) =>
        {
            Some((*group, accounts.iter().copied().collect()))
        }
        _ => None,
    };
    let members = planned.plan.changes.iter().filter_map(members).collect();
    let gaps = gaps(&planned.plan, |subject| refused.contains(&subject), &members);
    planned.remove_unwritten(&gaps, refused.iter().copied(), found);
    planned
}

fn classes(counts: &Counts) -> [u64; 6] {
    let groups = &counts.groups;
    [groups.created, groups.modified, groups.unchanged, groups.duplicated, groups.invalid, groups.failed]
}

/// Rule `written-only`.
#[test]
fn every_selected_group_is_in_one_class() {
    let counts = counts([]);
    assert_eq!((counts.groups.selected, classes(&counts)), (5, [1, 2, 1, 1, 0, 0]));
    assert_eq!((counts.accounts.created, counts.members.added, counts.members.removed), (1, 1, 1));
    assert!(counts.wrote());
}

#[test]
fn what_was_refused_failed_and_is_counted_nowhere_else() {
    let counts = counts([Subject::Members(GroupRef(1)), Subject::Group(GroupRef(4))]);
    assert_eq!((counts.groups.selected, classes(&counts)), (5, [0, 1, 1, 1, 0, 2]));
    assert_eq!((counts.members.added, counts.members.removed), (1, 0));
}

#[test]
fn a_refused_account_takes_its_memberships_along() {
    let counts = counts([Subject::Account(AccountRef(1))]);
    assert_eq!((counts.accounts.created, counts.members.added), (0, 0));
    assert_eq!(classes(&counts), [1, 2, 1, 1, 0, 0], "BI was renamed all the same");
}
