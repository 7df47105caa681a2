//! Rule `existing-accounts`: members are matched with accounts that somebody else makes.

use crate::sync::policy::{Accounts, MatchBy, Members};
use crate::sync::scenario::{
    Scenario, SourceGroup, StoredGroup, account, check, elsewhere_id, given, group, hours_ago, stored, them, user,
};
use crate::sync::snapshot::{Absence, MemberSighting};
use crate::sync::values::Values;

fn existing<const G: usize, const S: usize>(groups: [SourceGroup; G], stored: [StoredGroup; S]) -> Scenario {
    given(groups, stored).with_existing_accounts(MatchBy::UsernameThenEmail).outside(Vec::new(), Vec::new())
}

/// Rule `existing-accounts`.
#[test]
fn members_are_matched_and_nothing_of_their_accounts_changes() {
    let scenario = existing([group("BI").with(["anna", "bert"])], [stored("BI").of("BI")])
        .users([user("anna").saying(|says| says.phone = Some("1".into())), user("bert")])
        .accounts([account("anna").email("old@example.org"), account("b").email("BERT@example.org").inactive()]);
    check(&scenario, ["link account anna: new", "link account b: new", "BI: add anna, b"], []);
}

#[test]
fn a_member_without_an_account_is_pending_and_no_problem() {
    let scenario = existing([group("BI").with(["anna", "bert"])], [stored("BI").of("BI").holding(["anna"])])
        .accounts([account("anna").matched_with("anna")]);
    let planned = check(&scenario, [], ["pending: bert"]);
    assert_eq!((planned.after.pending, planned.after.duplicated, planned.after.invalid), (1, 0, 0));
}

#[test]
fn a_username_counts_more_than_an_email_address() {
    // An administrator has two directory users with one mailbox.
    let scenario = existing([group("BI").with(["anna", "adm-anna"])], [stored("BI").of("BI")])
        .users([user("adm-anna").email("anna@example.org")])
        .accounts([account("anna")]);
    check(&scenario, ["link account anna: new", "BI: add anna"], ["Email: anna@example.org"]);
}

#[test]
fn of_two_users_for_one_account_neither_gets_it() {
    let both = |held: StoredGroup| {
        existing([group("BI").with(["x", "y"])], [held])
            .users([user("x").username("anna"), user("y").username("Anna")])
            .accounts([account("anna")])
    };
    check(&both(stored("BI").of("BI")), [], ["Username: Anna", "Username: anna"]);
    // Whoever of them was in the group is not removed for it.
    check(&both(stored("BI").of("BI").holding(["anna"])), [], ["Username: Anna", "Username: anna"]);
    // Nobody else who reads as this account needs to be a member of anything.
    let outsider = existing([group("BI").with(["x"])], [stored("BI").of("BI")])
        .users([user("x").username("anna"), user("y").username("anna")])
        .accounts([account("anna")]);
    check(&outsider, [], ["Username: anna"]);
}

#[test]
fn of_two_accounts_for_one_user_neither_is_taken() {
    let scenario = existing([group("BI").with(["anna"])], [stored("BI").of("BI")])
        .accounts([account("one").username("anna"), account("two").username("ANNA").email("x@example.org")]);
    check(&scenario, [], ["Username: anna"]);
}

#[test]
fn only_the_names_that_are_asked_for_count() {
    let scenario = |by| {
        given([group("BI").with(["anna"])], [stored("BI").of("BI")])
            .with_existing_accounts(by)
            .outside(Vec::new(), Vec::new())
            .users([user("anna")])
            .accounts([account("anna").email("x@example.org"), account("a").email("anna@example.org")])
    };
    check(&scenario(MatchBy::Username), ["link account anna: new", "BI: add anna"], []);
    check(&scenario(MatchBy::Email), ["link account a: new", "BI: add a"], []);
}

#[test]
fn who_was_renamed_in_the_directory_keeps_the_account_until_the_next_login() {
    let renamed = |held: StoredGroup| {
        existing([group("BI").with(["anna"])], [held]).users([user("anna").username("miller").email("m@example.org")])
    };
    let before = renamed(stored("BI").of("BI").holding(["anna"])).accounts([account("anna").matched_with("anna")]);
    check(&before, [], []);
    // The login under the new name made another account.
    let after = before.accounts([account("miller").email("m@example.org")]);
    let changes = ["link account miller: new", "BI: remove anna", "BI: add miller"];
    check(&after, changes, []);
    check(&after.policy(|policy| policy.members = Members::KeepLocal), changes, []);
}

#[test]
fn an_account_that_was_renamed_on_the_server_is_still_theirs() {
    let scenario = existing([group("BI").with(["anna"])], [stored("BI").of("BI").holding(["anna"])])
        .accounts([account("anna").matched_with("anna").now_at("x@example.org").now_called("boss")]);
    // Neither name is left, so it may be somebody else's.
    check(&scenario, [], ["Broken"]);
    let scenario = existing([group("BI").with(["anna"])], [stored("BI").of("BI").holding(["anna"])])
        .users([user("anna").username("a.miller")])
        .accounts([account("anna").matched_with("anna").now_at("x@example.org")]);
    check(&scenario, ["link account anna: at x@example.org"], []);
}

#[test]
fn a_login_that_was_given_to_somebody_else_takes_its_account_along() {
    let scenario = existing(
        [group("BI").with(["anna"]), group("CRM").with(["other"])],
        [stored("BI").of("BI").holding(["anna"]), stored("CRM").of("CRM")],
    )
    .users([user("anna").username("miller").email("m@example.org"), user("other").username("anna")])
    .accounts([account("anna").matched_with("anna")]);
    let changes = ["link account anna: another, moved", "BI: remove anna", "CRM: add anna"];
    check(&scenario, changes, ["pending: miller"]);
}

#[test]
fn local_members_stay_where_the_settings_say_so_and_leavers_go() {
    let scenario = existing([group("BI").with(["anna"])], [stored("BI").of("BI").holding(["anna", "bert", "guest"])])
        .users([user("bert")])
        .accounts([account("anna").matched_with("anna"), account("bert").matched_with("bert"), account("guest")]);
    check(&scenario, ["BI: remove bert, guest"], []);
    let scenario = scenario.policy(|policy| policy.members = Members::KeepLocal);
    check(&scenario, ["BI: remove bert"], []);
}

#[test]
fn who_was_added_by_hand_and_is_a_member_is_matched() {
    let scenario =
        existing([group("BI").with(["anna"])], [stored("BI").of("BI").holding(["anna"])]).accounts([account("anna")]);
    check(&scenario, ["link account anna: new"], []);
}

#[test]
fn whom_the_directory_hides_keeps_the_membership() {
    // The group shows a value that matches nobody; the user behind the account is found nowhere.
    let scenario = existing([group("BI").with_name_of("anna")], [stored("BI").of("BI").holding(["anna"])])
        .accounts([account("anna").matched_with("anna")])
        .located_member("anna", MemberSighting::Unreadable);
    check(&scenario, [], ["Unresolved: BI"]);
    let gone = existing([group("BI").with_name_of("anna")], [stored("BI").of("BI").holding(["anna"])])
        .accounts([account("anna").matched_with("anna")])
        .located_member("anna", MemberSighting::Nowhere);
    check(&gone, ["link account anna: missing"], ["Unresolved: BI"]);
    let gone = existing([group("BI").with_name_of("anna")], [stored("BI").of("BI").holding(["anna"])])
        .accounts([account("anna").matched_with("anna").missing_since(hours_ago(2))])
        .located_member("anna", MemberSighting::Deleted);
    assert_eq!(gone.absence, Absence::Unproven);
    check(&gone, ["BI: remove anna"], ["Unresolved: BI"]);
}

#[test]
fn another_directory_keeps_the_accounts_that_it_was_matched_with_while_it_is_in_use() {
    let scenario = |other: StoredGroup| {
        existing([group("BI").with(["anna"])], [stored("BI").of("BI"), other])
            .accounts([account("anna").matched_with("anna").of_directory(elsewhere_id())])
    };
    let in_use = stored("CRM").of("CRM").owned_by(them()).of_directory(elsewhere_id());
    check(&scenario(in_use.clone()), [], ["Username: anna"]);
    check(&scenario(in_use.released()), ["link account anna: another", "BI: add anna"], []);
}

#[test]
fn an_administrator_may_be_a_member() {
    let scenario = existing([group("BI").with(["root"])], [stored("BI").of("BI")])
        .accounts([account("root")])
        .policy(|policy| policy.protected.accounts = ["root".to_owned()].into());
    check(&scenario, ["link account root: new", "BI: add root"], []);
}

#[test]
fn a_username_that_is_not_text_is_told_and_changes_nothing() {
    let scenario = existing([group("BI").with(["anna"])], [stored("BI").of("BI").holding(["anna"])])
        .users([user("anna").showing(|values| values.username = Values::Undecodable)])
        .accounts([account("anna").matched_with("anna")]);
    assert!(matches!(scenario.policy.accounts, Accounts::Existing(_)));
    check(&scenario, [], ["Invalid"]);
}

#[test]
fn disabled_users_are_no_members() {
    let scenario = existing([group("BI").with(["anna"])], [stored("BI").of("BI").holding(["anna"])])
        .users([user("anna").disabled()])
        .accounts([account("anna").matched_with("anna")]);
    check(&scenario, ["BI: remove anna"], []);
}

#[test]
fn a_group_that_is_adopted_keeps_whoever_is_a_member() {
    let scenario = existing([group("BI").with(["anna", "bert"])], [stored("BI").holding(["anna", "guest"])])
        .accounts([account("anna"), account("bert"), account("guest")])
        .policy(|policy| policy.adopt_groups = crate::sync::policy::AdoptGroups::ByName);
    let changes =
        ["link group BI: new", "link account anna: new", "link account bert: new", "BI: remove guest", "BI: add bert"];
    check(&scenario, changes, []);
}
