//! Rules `member-value` and `emptied-group`: a member value that is there is not a leaver, and a group that shows no
//! members may hide them.

use jiff::SignedDuration;

use crate::sync::planning::look_up;
use crate::sync::scenario::{
    Scenario, SourceGroup, StoredAccount, StoredGroup, account, check, given, group, group_id, hours_ago, now, print,
    stored, them, user, user_id,
};
use crate::sync::snapshot::MemberSighting::{Deleted, NotAUser, NotInFile, Nowhere, OutOfScope, Unreadable};
use crate::sync::snapshot::{Concealed, MemberOf};

/// The store's group holds Anna, whose entry was read and who is not a member, and Hilda, whose entry was not read.
fn with_hilda(bi: SourceGroup) -> Scenario {
    given([bi], [stored("BI").of("BI").holding(["anna", "hilda"])]).users([user("anna")])
}

fn hilda_by_id_or_name() -> [Scenario; 2] {
    [with_hilda(group("BI").with_id_of("hilda")), with_hilda(group("BI").with_name_of("hilda"))]
}

/// Rules `error-is-never-absence` and `member-value`.
#[test]
fn a_member_whose_entry_cannot_be_read_stays_and_others_leave() {
    let [by_id, by_name] = hilda_by_id_or_name();
    for scenario in [
        by_id.clone(),
        by_id.clone().located_member("hilda", Unreadable),
        by_id.located_member("hilda", Nowhere),
        by_name.clone(),
        by_name.located_member("hilda", Unreadable),
    ] {
        let planned = check(&scenario, ["BI: remove anna"], ["Unresolved: BI"]);
        assert_eq!(planned.after.unresolved, 1);
    }
}

/// The group's value is a bare name, and its user is found nowhere since so many minutes; Anna's entry stands beside.
fn only_her_name_is_left(minutes: Option<i64>, name: SourceGroup) -> Scenario {
    let since = |minutes| now() - SignedDuration::from_mins(minutes);
    let hilda = minutes
        .map_or(account("hilda").of("hilda"), |minutes| account("hilda").of("hilda").missing_since(since(minutes)));
    given([name.with(["anna"])], [stored("BI").of("BI").holding(["anna", "hilda"])])
        .accounts([account("anna").of("anna"), hilda])
        .located_member("hilda", Nowhere)
}

#[test]
fn a_bare_name_may_outlive_its_user() {
    let bare = |minutes| only_her_name_is_left(minutes, group("BI").with_name_of("hilda"));
    let planned = check(&bare(None), ["link account hilda: missing"], ["Unresolved: BI"]);
    assert_eq!(planned.after.unresolved, 1);
    check(&bare(Some(58)), [], ["Unresolved: BI"]);
    let planned = check(&bare(Some(60)), ["BI: remove hilda"], ["Unresolved: BI"]);
    assert_eq!(planned.after.waiting, 0);
    let at_once = bare(Some(0)).policy(|policy| policy.confirm_after = SignedDuration::ZERO);
    check(&at_once, ["BI: remove hilda"], ["Unresolved: BI"]);
    let stranger = only_her_name_is_left(Some(60), group("BI").with_name_of("hilda").with_name_of("stranger"));
    check(&stranger, ["BI: remove hilda"], ["Unresolved: BI"]);
}

#[test]
fn a_name_without_a_witness_proves_nothing_for_ever() {
    let alone = given([group("BI").with_name_of("hilda")], [stored("BI").of("BI").holding(["hilda"])])
        .accounts([account("hilda").of("hilda").missing_since(hours_ago(99))])
        .located_member("hilda", Nowhere);
    let planned = check(&alone, [], ["Unresolved: BI"]);
    assert!(planned.problems[0].message.contains("is visible in the same place"), "{:?}", planned.problems);
    // The bind account sees its own entry even where it may see no other.
    check(&alone.users([user("reader")]), [], ["Unresolved: BI"]);
}

#[test]
fn a_value_with_an_id_is_kept_true_by_its_directory() {
    check(&only_her_name_is_left(Some(60), group("BI").with_id_of("hilda")), [], ["Unresolved: BI"]);
}

#[test]
fn a_server_that_may_be_late_begins_no_time_and_removes_none() {
    let server = |minutes| only_her_name_is_left(minutes, group("BI").with_name_of("hilda")).known(hours_ago(9), []);
    for minutes in [None, Some(60)] {
        let planned = server(minutes).plan().unwrap();
        assert_eq!(print::changes(&planned.plan, &server(minutes).found()), <[&str; 0]>::default());
        assert!(planned.adds_only.is_some());
    }
}

#[test]
fn no_time_begins_for_who_is_in_no_group_that_names_it() {
    let named = given([group("BI").with(["anna"]).with_name_of("hilda")], [stored("BI").of("BI").holding(["anna"])])
        .accounts([account("anna").of("anna"), account("hilda").of("hilda")])
        .located_member("hilda", Nowhere);
    check(&named, [], ["Unresolved: BI"]);
}

#[test]
fn to_be_seen_ends_the_time_whosever_account_it_is() {
    let seen = |hilda: StoredAccount| {
        let theirs = stored("Theirs").of("Theirs").owned_by(them()).holding(["hilda"]);
        given([group("BI").with(["anna", "hilda"])], [stored("BI").of("BI").holding(["anna", "hilda"]), theirs])
            .accounts([hilda.missing_since(hours_ago(9))])
    };
    check(&seen(account("hilda").of("hilda")), ["link account hilda: no longer missing"], []);
    check(&seen(account("hilda").of("hilda").owned_by(them())), ["link account hilda: no longer missing"], []);
    let hidden = only_her_name_is_left(Some(9), group("BI").with_name_of("hilda"));
    check(&hidden.located_member("hilda", Unreadable), ["link account hilda: no longer missing"], ["Unresolved: BI"]);
}

#[test]
fn a_member_whose_entry_says_that_it_is_none_leaves() {
    for scenario in hilda_by_id_or_name() {
        let planned = check(&scenario.clone().located_member("hilda", OutOfScope), ["BI: remove anna, hilda"], []);
        assert_eq!(planned.after.out_of_scope, 1);
        check(&scenario.located_member("hilda", NotAUser), ["BI: remove anna, hilda"], []);
    }
    let [by_id, by_name] = hilda_by_id_or_name();
    check(&by_id.located_member("hilda", Deleted), ["BI: remove anna, hilda"], []);
    // A bare name that stays in the group is listed.
    check(&by_name.located_member("hilda", Deleted), ["BI: remove anna, hilda"], ["Unresolved: BI"]);
}

#[test]
fn a_member_that_a_look_up_reads_is_a_member() {
    for scenario in hilda_by_id_or_name() {
        check(&scenario.located_user(user("hilda")), ["BI: remove anna"], []);
    }
    let new = given([group("BI").with_id_of("hilda")], [stored("BI").of("BI")]).located_user(user("hilda"));
    check(&new, ["create account hilda", "BI: add hilda"], []);
}

#[test]
fn users_that_a_value_may_name_are_looked_up_once() {
    let asked = |scenario: &Scenario| look_up(&scenario.snapshot(), &scenario.found(), &scenario.policy).members;
    for scenario in hilda_by_id_or_name() {
        assert_eq!(asked(&scenario), [user_id("hilda")]);
        assert_eq!(asked(&scenario.located_member("hilda", Nowhere)), []);
    }
    let beside_a_stranger = with_hilda(group("BI").with_id_of("new").with_name_of("stranger"));
    assert_eq!(asked(&beside_a_stranger), [user_id("hilda"), user_id("new")]);
}

#[test]
fn the_name_that_a_user_had_before_it_moved_keeps_it_for_a_while() {
    let scenario = |hilda| {
        given([group("BI").with_name_of("hilda")], [stored("BI").of("BI").holding(["anna", "hilda"])])
            .users([user("hilda").moved()])
            .accounts([account("anna").of("anna"), hilda])
    };
    let hilda = || account("hilda").of("hilda");
    check(&scenario(hilda()), ["link account hilda: missing"], ["Unresolved: BI"]);
    check(
        &scenario(hilda().missing_since(hours_ago(1))),
        ["link account hilda: no longer missing", "BI: remove hilda"],
        ["Unresolved: BI"],
    );
}

#[test]
fn a_stranger_with_an_id_says_nothing_of_others() {
    let scenario = with_hilda(group("BI").with_id_of("stranger")).located_member("stranger", Nowhere);
    let planned = check(&scenario, ["BI: remove anna, hilda"], ["Unresolved: BI"]);
    assert_eq!(planned.after.unresolved, 1);
    check(&scenario.located_member("stranger", NotAUser), ["BI: remove anna, hilda"], []);
}

#[test]
fn a_bare_stranger_may_be_anyone_whose_entry_was_not_read() {
    let scenario =
        given([group("BI").with_name_of("stranger")], [stored("BI").of("BI").holding(["anna", "hilda", "local"])])
            .users([user("anna")])
            .accounts([account("anna").of("anna"), account("hilda").of("hilda"), account("local")]);
    check(&scenario, ["BI: remove anna"], ["Unresolved: BI"]);
}

#[test]
fn a_name_of_several_users_may_mean_a_user_that_was_read() {
    let scenario = with_hilda(group("BI").with_a_name_of_several());
    for scenario in [scenario.clone(), scenario.in_a_file()] {
        let planned = check(&scenario, [], ["Unresolved: BI"]);
        assert_eq!(planned.after.unresolved, 1);
        assert!(planned.problems[0].message.contains("names of several entries"), "{:?}", planned.problems);
    }
}

#[test]
fn a_user_without_an_entry_in_a_file_does_not_exist() {
    let stranger = with_hilda(group("BI").with_name_of("stranger"));
    for scenario in hilda_by_id_or_name().map(|it| it.located_member("hilda", NotInFile)).into_iter().chain([stranger])
    {
        let planned = scenario.clone().in_a_file().plan().unwrap();
        assert_eq!(print::changes(&planned.plan, &scenario.found()), ["BI: remove anna, hilda"]);
    }
}

#[test]
fn members_outside_the_users_base_are_counted_and_not_wanted() {
    let scenario = given([group("BI").with_outsiders(2)], [stored("BI").of("BI").holding(["hilda"])]);
    let planned = check(&scenario, ["BI: remove hilda"], []);
    assert_eq!((planned.after.unresolved, planned.after.out_of_scope), (0, 2));
}

/// Rule `emptied-group`.
#[test]
fn a_group_that_shows_no_members_keeps_those_it_had() {
    let memberless = |bi| given([group("BI").showing_no_members()], [bi]);
    let planned = check(
        &memberless(stored("BI").of("BI").holding(["anna", "bert"])),
        ["link group BI: empty"],
        ["Unreadable: BI"],
    );
    assert_eq!((planned.after.waiting, planned.after.members), (2, 2));
    let doubted = |since| memberless(stored("BI").of("BI").holding(["anna"]).empty_since(since));
    check(&doubted(now() - SignedDuration::from_mins(58)), [], ["Unreadable: BI"]);
    check(&doubted(hours_ago(1)), ["link group BI: no longer empty", "BI: remove anna"], []);
    check(&memberless(stored("BI").of("BI").holding(["anna"])).in_a_file(), ["BI: remove anna"], []);
}

#[test]
fn member_of_tells_whether_a_group_without_members_is_empty() {
    let memberless = |bi: StoredGroup| given([group("BI").showing_no_members()], [bi.of("BI").holding(["anna"])]);
    let says = |says| memberless(stored("BI")).member_of("BI", says);
    check(&says(MemberOf::NamedByNobody), ["BI: remove anna"], []);
    let planned = check(&says(MemberOf::NamedByUser), [], ["Unreadable: BI"]);
    assert_eq!((planned.after.waiting, planned.after.members), (1, 1));
    check(&says(MemberOf::Unanswerable), ["link group BI: empty"], ["Unreadable: BI"]);
    let doubted =
        given([group("BI").showing_no_members()], [stored("BI").of("BI").holding(["anna"]).empty_since(hours_ago(9))]);
    check(&doubted.member_of("BI", MemberOf::NamedByUser), ["link group BI: no longer empty"], ["Unreadable: BI"]);
    let scenario = memberless(stored("BI"));
    let unseen = look_up(&scenario.snapshot(), &scenario.found(), &scenario.policy);
    assert_eq!(unseen.without_members, [group_id("BI")]);
}

/// Anna has the group as primary group, and Bert was listed.
#[test]
fn who_is_shown_by_a_primary_group_says_nothing_of_who_is_listed() {
    let bi = || stored("BI").of("BI").holding(["anna", "bert"]);
    let primary = |members: &[&'static str]| {
        let mut group = group("BI").showing_no_members();
        group.members = members.to_vec();
        given([group], [bi()]).users([user("bert")])
    };
    let planned = check(
        &primary(&["anna", "carl"]),
        ["link group BI: empty", "create account carl", "BI: add carl"],
        ["Unreadable: BI"],
    );
    assert_eq!(planned.after.waiting, 1);
    let asked =
        |scenario: &Scenario| look_up(&scenario.snapshot(), &scenario.found(), &scenario.policy).without_members;
    assert_eq!(asked(&primary(&["anna"])), [group_id("BI")]);
    assert_eq!(asked(&primary(&["anna", "bert"])), []);
    check(&primary(&["anna"]).member_of("BI", MemberOf::NamedByUser), [], ["Unreadable: BI"]);
    check(&primary(&["anna"]).member_of("BI", MemberOf::NamedByNobody), ["BI: remove bert"], []);
    // A user that is shown and may not sign in is removed all the same.
    let disabled = given([primary(&["anna", "bert"]).groups.remove(0)], [bi()]).users([user("bert").disabled()]);
    check(&disabled, ["BI: remove bert"], []);
    check(&primary(&["anna", "bert"]), [], []);
}

#[test]
fn a_name_that_a_user_had_before_a_look_up_found_it_elsewhere_is_a_strangers() {
    let [_, by_name] = hilda_by_id_or_name();
    let moved = by_name.located_user(user("hilda").moved());
    check(&moved, ["link account hilda: missing", "BI: remove anna"], ["Unresolved: BI"]);
}

#[test]
fn a_group_without_members_that_held_nobody_of_the_directory_is_empty() {
    check(&given([group("BI").showing_no_members()], [stored("BI").of("BI")]), [], []);
    let local = given([group("BI").showing_no_members()], [stored("BI").of("BI").holding(["local"])])
        .accounts([account("local")]);
    check(&local, ["BI: remove local"], []);
}

#[test]
fn a_group_that_speaks_again_is_believed() {
    let scenario =
        given([group("BI").with(["bert"])], [stored("BI").of("BI").holding(["anna"]).empty_since(hours_ago(9))]);
    check(&scenario, ["link group BI: no longer empty", "create account bert", "BI: remove anna", "BI: add bert"], []);
}

#[test]
fn an_adopted_group_that_shows_no_members_keeps_the_directorys_users_too() {
    let scenario = given([group("BI").showing_no_members()], [stored("BI").holding(["anna"])])
        .policy(|policy| policy.adopt_groups = crate::sync::policy::AdoptGroups::ByName);
    check(&scenario, ["link group BI: new"], ["Unreadable: BI"]);
}

/// The directory does not show Bert as a member.
fn concealing(why: Concealed) -> Scenario {
    given(
        [group("BI").with(["anna", "carl"]).showing_no_members().concealing(why)],
        [stored("BI").of("BI").holding(["anna", "bert"])],
    )
    .users([user("bert")])
}

#[test]
fn nobody_is_removed_from_a_group_that_conceals_members() {
    for why in [Concealed::Dynamic, Concealed::Primary] {
        for scenario in [
            concealing(why),
            concealing(why).in_a_file(),
            concealing(why).member_of("BI", MemberOf::NamedByNobody),
            concealing(why).policy(|policy| policy.confirm_after = SignedDuration::ZERO),
        ] {
            let planned = check(&scenario, ["create account carl", "BI: add carl"], ["Unreadable: BI"]);
            assert_eq!(planned.after.waiting, 1);
        }
    }
}

#[test]
fn what_a_group_conceals_is_told_with_what_to_do() {
    let message = |why| {
        let planned = check(&concealing(why).in_a_file(), ["create account carl", "BI: add carl"], ["Unreadable: BI"]);
        planned.problems[0].message.clone()
    };
    let dynamic = message(Concealed::Dynamic);
    assert!(dynamic.contains("dynamic group") && dynamic.contains("dynlist"), "{dynamic}");
    let primary = message(Concealed::Primary);
    assert!(primary.contains("primary group") && primary.contains("gidNumber"), "{primary}");
}
