//! Rule `identity`: an entry is known by any of its ids.

use crate::sync::identity::{ExternalId, IdKind};
use crate::sync::planning::look_up;
use crate::sync::recognition::recognize;
use crate::sync::scenario::{account, check, given, group, group_id, stored, user, user_id};
use crate::sync::snapshot::GroupSighting;

/// An id of another kind.
fn unique(octet: u8) -> ExternalId {
    ExternalId::new(IdKind::NsUniqueId, [octet; 16])
}

/// Rule `identity`.
#[test]
fn an_entry_that_shows_another_kind_of_id_first_is_the_one_that_was_linked() {
    let mut scenario =
        given([group("BI").with(["anna"])], [stored("BI").of("BI").holding(["anna"])]).users([user("anna")]);
    let mut snapshot = scenario.snapshot();
    (snapshot.users[0].id, snapshot.users[0].other_ids) = (unique(1), [user_id("anna")].into());
    (snapshot.groups[0].id, snapshot.groups[0].other_ids) = (unique(2), [group_id("BI")].into());
    let directory = snapshot.directory_id;
    (snapshot.directory_id, snapshot.other_directory_ids) =
        (crate::sync::identity::DirectoryId(unique(3)), [directory].into());
    recognize(&mut snapshot, &scenario.found());
    assert_eq!((snapshot.users[0].id, snapshot.groups[0].id), (user_id("anna"), group_id("BI")));
    assert_eq!((snapshot.directory_id, snapshot.users[0].other_ids[0]), (directory, unique(1)));
    let again = snapshot.clone();
    recognize(&mut snapshot, &scenario.found());
    assert_eq!(snapshot, again);
    // The ids that it got later change nothing either.
    scenario.users = vec![user("anna").also_known_by([unique(1)])];
    scenario.groups = vec![group("BI").with(["anna"]).also_known_by([unique(2)])];
    check(&scenario, [], []);
}

#[test]
fn a_located_group_is_filed_under_the_id_that_was_asked_for() {
    let scenario = given([], [stored("BI").of("BI")]);
    let mut snapshot = scenario.snapshot();
    let mut moved = group("BI").read(&mut Vec::new());
    (moved.id, moved.other_ids) = (unique(2), [group_id("BI")].into());
    snapshot.located_groups.insert(moved.id, GroupSighting::Found(Box::new(moved)));
    recognize(&mut snapshot, &scenario.found());
    assert!(look_up(&snapshot, &scenario.found(), &scenario.policy).groups.is_empty());
}

#[test]
fn nothing_is_removed_by_either_of_two_links_of_one_entry() {
    let twice = account("anna2").of("anna2");
    let both = given(
        [group("BI").with(["anna"]), group("CRM")],
        [stored("BI").of("BI").holding(["anna2"]), stored("CRM").of("CRM").holding(["anna", "anna2"])],
    )
    .users([user("anna").also_known_by([user_id("anna2")])])
    .accounts([account("anna").of("anna"), twice]);
    check(&both, [], ["Unresolved: BI"]);
    let groups =
        given([group("BI").also_known_by([group_id("CRM")])], [stored("BI").of("BI"), stored("CRM").of("CRM")]);
    check(&groups, [], ["Ambiguous: BI", "Ambiguous: CRM"]);
}

#[test]
fn an_entry_without_the_kind_of_id_that_links_have_is_unreadable_and_never_new() {
    let links = || given([], [stored("BI").of("BI").holding(["anna"])]).users([user("carl")]);
    let mut snapshot = links().snapshot();
    let mut without = group("BI").with(["anna"]).read(&mut vec![user("anna")]);
    without.id = unique(1);
    let mut anna = user("anna").read();
    anna.id = unique(2);
    snapshot.users.insert(0, anna);
    snapshot.groups.push(without);
    let scenario = links();
    recognize(&mut snapshot, &scenario.found());
    assert!(snapshot.groups.is_empty());
    let planned =
        crate::sync::planning::plan(&snapshot, &scenario.found(), &scenario.policy, crate::sync::scenario::now())
            .unwrap();
    assert_eq!(planned.plan.changes, []);
    let kinds: Vec<_> = planned.problems.iter().map(|problem| problem.kind.as_str()).collect();
    assert_eq!(kinds, ["Unreadable", "Unreadable"]);
}
