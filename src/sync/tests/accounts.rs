//! Rule `account-attributes`: new members, and attributes that follow the directory.

use crate::sync::link::Origin;
use crate::sync::scenario::{
    Scenario, StoredAccount, User, account, check, given, group, stored, text, them, us, user,
};

/// Anna is in the group BI on both sides.
fn anna(anna: User, account: StoredAccount) -> Scenario {
    given([group("BI").with(["anna"])], [stored("BI").of("BI").holding(["anna"])]).users([anna]).accounts([account])
}

/// Rule `account-attributes`.
#[test]
fn a_new_account_says_what_the_directory_says() {
    let anna = user("anna").saying(|anna| {
        anna.first_name = text("Anna");
        anna.last_name = text("Berg");
        anna.display_name = text("Anna Berg");
        anna.phone = text("+49 1");
    });
    let scenario = given([group("BI").with(["anna"])], [stored("BI").of("BI")]).users([anna.clone()]);
    let planned = check(&scenario, ["create account anna", "BI: add anna"], []);
    let after = super::model::apply(&scenario.found(), &planned.plan, &scenario.policy);
    let created = &after.accounts[0];
    assert_eq!((&created.attributes, created.active), (&anna.attributes, true));
    let link = created.link.as_ref().unwrap();
    assert_eq!((link.owner.as_deref(), link.origin), (Some(&us()), Origin::Created));
}

#[test]
fn one_account_serves_all_groups() {
    let scenario = given(
        [group("BI").with(["anna"]), group("CRM").with(["anna"])],
        [stored("BI").of("BI"), stored("CRM").of("CRM")],
    );
    check(&scenario, ["create account anna", "BI: add anna", "CRM: add anna"], []);
}

#[test]
fn a_member_without_an_email_gets_an_account_without_one() {
    let anna = user("anna").saying(|anna| anna.email = None);
    let scenario = given([group("BI").with(["anna"])], [stored("BI").of("BI")]).users([anna]);
    check(&scenario, ["create account anna", "BI: add anna"], []);
}

#[test]
fn attributes_follow_and_the_person_is_the_same() {
    let renamed = anna(user("anna").username("anna.berg").email("a@b.c"), account("anna").of("anna"));
    check(
        &renamed,
        ["set account anna: username anna.berg email a@b.c", "link account anna: as anna.berg, at a@b.c"],
        [],
    );
    let named = anna(user("anna").saying(|anna| anna.phone = text("1")), account("anna").of("anna"));
    check(&named, ["set account anna: phone 1"], []);
    check(&anna(user("anna").moved(), account("anna").of("anna")), ["link account anna: moved"], []);
}

#[test]
fn an_absent_username_or_email_clears_none() {
    let nameless = user("anna").saying(|anna| (anna.username, anna.email) = (None, None));
    check(&anna(nameless, account("anna").of("anna")), [], []);
}

#[test]
fn any_other_absent_attribute_clears_only_if_it_is_shown_on_another_entry() {
    let known = || account("anna").of("anna").saying(|anna| anna.phone = text("1"));
    check(&anna(user("anna"), known()), [], []);
    check(&anna(user("anna"), known()).in_a_file(), ["set account anna: no phone"], []);
    let shown = anna(user("anna"), known()).users([user("bert").saying(|bert| bert.phone = text("2"))]);
    check(&shown, ["set account anna: no phone"], []);
}

#[test]
fn attributes_belong_to_the_sync_that_linked_the_account_while_one_of_its_groups_holds_it() {
    let theirs = || anna(user("anna").username("new"), account("anna").of("anna").owned_by(them()));
    let held = Scenario {
        stored: vec![stored("BI").of("BI"), stored("CRM").of("CRM").owned_by(them()).holding(["anna"])],
        ..theirs()
    };
    check(&held, ["BI: add anna"], []);
    check(&theirs(), ["set account anna: username new", "link account anna: ours, as new"], []);
    check(&anna(user("anna"), account("anna").of("anna").released()), ["link account anna: ours"], []);
}

#[test]
fn usernames_and_emails_are_swapped_through_temporary_ones() {
    let scenario = given([group("BI").with(["anna", "bert"])], [stored("BI").of("BI").holding(["anna", "bert"])])
        .users([user("anna").username("bert"), user("bert").email("anna@example.org").username("anna")]);
    // Anna keeps her e-mail, so Bert cannot have it and keeps his.
    check(
        &scenario,
        [
            "park account anna as renaming-1",
            "park account bert as renaming-2",
            "set account anna: username bert email anna@example.org",
            "set account bert: username anna email bert@example.org",
            "link account anna: as bert",
            "link account bert: as anna",
        ],
        ["Email: anna@example.org"],
    );
}

#[test]
fn a_name_that_an_account_gives_up_is_free_for_a_new_one() {
    let scenario = given([group("BI").with(["anna", "new"])], [stored("BI").of("BI").holding(["anna"])])
        .users([user("anna").username("anna.berg"), user("new").username("anna")]);
    check(
        &scenario,
        [
            "set account anna: username anna.berg",
            "create account anna",
            "link account anna: as anna.berg",
            "BI: add anna",
        ],
        [],
    );
}

#[test]
fn no_account_is_created_for_members_of_a_group_that_is_not_synchronized() {
    let scenario = given([group("BI").with(["anna"]), group("CRM").with(["bert"]).excluded()], [stored("BI")]);
    check(&scenario, [], ["GroupName: BI"]);
}
