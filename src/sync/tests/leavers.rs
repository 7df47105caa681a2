//! Rules `leaver` and `member-value`: beside a value that matches no user, a user that can be read and has another
//! name has left.

use jiff::SignedDuration;

use crate::sync::scenario::{
    Scenario, SourceGroup, StoredAccount, account, check, given, group, hours_ago, stored, text, user,
};
use crate::sync::snapshot::MemberSighting::{Deleted, NotInFile, Nowhere, OutOfScope, Unreadable};
use crate::sync::values::Values;

/// The store's group holds Anna, who is a member, and Bob, who is named by no value of the directory's group.
fn left(bi: SourceGroup, bob: StoredAccount) -> Scenario {
    given([bi.with(["anna"])], [stored("BI").of("BI").holding(["anna", "bob"])])
        .accounts([account("anna").of("anna"), bob])
}

fn bob() -> StoredAccount {
    account("bob").of("bob")
}

/// A placeholder, a name left over from somebody who never had an account, and the same as `memberUid`s.
fn placeholders() -> [SourceGroup; 3] {
    [
        group("BI").with_name_of("NULL"),
        group("BI").with_name_of("NULL").with_name_of("cn=nobody"),
        group("BI").with_unknown_uid("nobody"),
    ]
}

/// Rule `leaver`.
#[test]
fn who_can_be_read_left_at_once() {
    for bi in placeholders() {
        let scenario = left(bi, bob());
        for found in [
            scenario.clone().users([user("bob")]),
            scenario.clone().located_user(user("bob")),
            scenario.clone().located_member("bob", OutOfScope),
            scenario.clone().located_member("bob", Deleted),
        ] {
            let planned = check(&found, ["BI: remove bob"], ["Unresolved: BI"]);
            assert_eq!((planned.after.waiting, planned.after.members), (0, 1));
        }
    }
}

#[test]
fn the_last_member_leaves_beside_a_placeholder() {
    let alone = given([group("BI").with_name_of("NULL")], [stored("BI").of("BI").holding(["bob"])]);
    check(&alone.located_user(user("bob")), ["BI: remove bob"], ["Unresolved: BI"]);
}

#[test]
fn who_is_found_nowhere_is_believed_to_be_gone_in_time_and_beside_another() {
    for bi in placeholders() {
        let nowhere = |bob: StoredAccount| left(bi.clone(), bob).located_member("bob", Nowhere);
        let planned = check(&nowhere(bob()), ["link account bob: missing"], ["Unresolved: BI"]);
        assert_eq!(planned.after.waiting, 1);
        check(&nowhere(bob().missing_since(hours_ago(1))), ["BI: remove bob"], ["Unresolved: BI"]);
        let mut alone = nowhere(bob().missing_since(hours_ago(99)));
        alone.groups[0].members.clear();
        let alone = alone.users([user("anna").below("elsewhere")]);
        let planned = alone.plan().unwrap();
        assert_eq!(planned.after.waiting, 1, "no user with an account is shown where bob was");
        assert!(planned.problems[0].message.contains("no user with an account is visible"), "{:?}", planned.problems);
    }
}

#[test]
fn who_cannot_be_read_or_was_not_looked_up_may_be_whom_the_value_names() {
    for bi in placeholders() {
        for scenario in [left(bi.clone(), bob()), left(bi, bob()).located_member("bob", Unreadable)] {
            let planned = check(&scenario, [], ["Unresolved: BI"]);
            assert_eq!(planned.after.waiting, 1);
        }
    }
}

#[test]
fn a_left_over_user_id_counts_as_gone_in_time_and_keeps_nobody_else() {
    // RFC 2307: nothing takes the `memberUid` of somebody who is deleted away.
    let bi = || group("BI").with(["anna"]).with_unknown_uid("cy");
    let scenario = |cy: StoredAccount| {
        given([bi()], [stored("BI").of("BI").holding(["anna", "bob", "cy"])])
            .accounts([account("anna").of("anna"), bob(), cy])
            .located_user(user("bob"))
            .located_member("cy", Nowhere)
    };
    let cy = || account("cy").of("cy");
    check(&scenario(cy()), ["link account cy: missing", "BI: remove bob"], ["Unresolved: BI"]);
    check(&scenario(cy().missing_since(hours_ago(1))), ["BI: remove bob, cy"], ["Unresolved: BI"]);
}

#[test]
fn who_is_called_what_a_value_says_stays() {
    let renamed = left(group("BI").with_name_of("robert"), bob()).located_as("bob", OutOfScope, "robert", "bob");
    check(&renamed, [], ["Unresolved: BI"]);
    let by_uid = left(group("BI").with_unknown_uid("Robert"), bob()).located_as("bob", OutOfScope, "bob", "robert");
    check(&by_uid, [], ["Unresolved: BI"]);
}

#[test]
fn the_name_of_the_link_keeps_a_user_for_a_while_that_was_renamed_between_two_reads() {
    let values = [group("BI").with_name_of("bob"), group("BI").with_unknown_uid("bob")];
    for bi in values {
        let renamed = |bob| left(bi.clone(), bob).located_as("bob", OutOfScope, "robert", "robert");
        check(&renamed(bob()), ["link account bob: missing"], ["Unresolved: BI"]);
        let planned = renamed(bob().missing_since(hours_ago(1))).plan().unwrap();
        assert_eq!((planned.after.waiting, planned.after.members), (0, 1));
        // A file is of one moment.
        let planned = renamed(bob()).in_a_file_without_end().plan().unwrap();
        assert_eq!((planned.after.waiting, planned.after.members), (0, 1));
    }
}

#[test]
fn in_a_file_that_proves_its_end_nobody_hides() {
    for bi in placeholders() {
        let scenario = left(bi, bob()).in_a_file();
        check(&scenario, ["BI: remove bob"], ["Unresolved: BI"]);
        check(&scenario.located_member("bob", NotInFile), ["BI: remove bob"], ["Unresolved: BI"]);
    }
}

/// Rule `file-end`.
#[test]
fn a_file_that_does_not_prove_its_end_is_believed_in_time() {
    let missing = |bob: StoredAccount| {
        left(group("BI").with_name_of("NULL"), bob).located_member("bob", Nowhere).in_a_file_without_end()
    };
    check(&missing(bob()), ["link account bob: missing"], ["Unresolved: BI"]);
    check(&missing(bob().missing_since(hours_ago(1))), ["BI: remove bob"], ["Unresolved: BI"]);
    let at_once = missing(bob()).policy(|policy| policy.confirm_after = SignedDuration::ZERO);
    assert_eq!(at_once.plan().unwrap().after.members, 1);
}

#[test]
fn of_several_user_ids_only_the_username_makes_a_member() {
    let two = |values: &mut crate::sync::snapshot::UserValues| {
        values.username = Values::from_texts(["bob".into(), "rob".into()]);
    };
    let bi = |uid| given([group("BI").with_uid_of("bob", uid)], [stored("BI").of("BI")]);
    let named = |uid| bi(uid).users([user("bob").showing(two)]);
    check(&named("BOB"), ["create account bob", "BI: add bob"], []);
    check(&named("rob"), [], ["Unresolved: BI"]);
    // What the store calls him decides.
    let rob = || account("bob").saying(|says| says.username = text("rob")).of("bob");
    check(&named("rob").accounts([rob()]), ["BI: add rob"], []);
    check(&named("bob").accounts([rob()]), [], ["Unresolved: BI"]);
    // Any of them keeps a member.
    let mut held = named("bob").accounts([rob()]);
    held.stored[0].members = vec!["bob"];
    check(&held, [], ["Unresolved: BI"]);
}

/// Rule `member-value`: who adds another's username to their own `uid` values adds nobody and keeps nobody else.
#[test]
fn a_username_that_another_user_has_beside_their_own_names_its_user() {
    let two = |values: &mut crate::sync::snapshot::UserValues| {
        values.username = Values::from_texts(["bob".into(), "zoe".into()]);
    };
    let zoe = || account("zoe").of("zoe");
    let bi = |held| {
        let mut scenario = given([group("BI").with(["bob"]).with_taken_uid_of("zoe", "bob")], [stored("BI").of("BI")])
            .users([user("zoe").showing(two)])
            .accounts([zoe(), account("bob").of("bob"), account("carl").of("carl")]);
        scenario.stored[0].members = held;
        scenario
    };
    // Carl left, whatever the value means; Zoe is not let in.
    check(&bi(vec!["bob", "carl"]), ["BI: remove carl"], []);
    check(&bi(vec!["bob"]), [], []);
    // Any of her values keeps her.
    check(&bi(vec!["bob", "zoe"]), [], []);
}

#[test]
fn beside_a_value_that_may_be_a_group_leavers_wait_where_groups_are_nested() {
    let nested = |bi| left(bi, bob()).located_user(user("bob")).policy(|policy| policy.nested = true);
    let planned = check(&nested(group("BI").with_name_of("NULL")), [], ["Unresolved: BI"]);
    assert_eq!(planned.after.waiting, 1);
    check(&nested(group("BI").with_unknown_uid("nobody")), ["BI: remove bob"], ["Unresolved: BI"]);
}
