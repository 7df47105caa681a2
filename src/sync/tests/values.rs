//! Rules `no-change-no-write`, `one-broken-object` and `valid-names`: values that the server keeps otherwise, or not at
//! all.

use crate::sync::form::TextForm;
use crate::sync::scenario::{account, check, given, group, print, stored, text, user};
use crate::sync::snapshot::UserValues;
use crate::sync::values::Values;

/// Rule `no-change-no-write`.
#[test]
fn wanted_and_found_are_compared_in_the_servers_form() {
    let scenario = given([group(" BI ").with(["anna"])], [stored("BI").of(" BI ").holding(["anna"])])
        .users([user("anna").username(" anna ").saying(|anna| anna.phone = text("1 "))])
        .accounts([account("anna").of("anna").saying(|anna| anna.phone = text("1"))])
        .policy(|policy| {
            let trims = TextForm { trims: true, ..TextForm::ANY };
            let form = &mut policy.form;
            (form.group_name, form.username, form.text) = (trims.clone(), trims.clone(), trims);
        });
    check(&scenario, [], []);
}

/// Rule `no-change-no-write`: a server may keep names in lower case, and have no descriptions, given and family names.
#[test]
fn what_the_server_does_not_keep_is_never_a_change() {
    let scenario = given(
        [group("BI").described("of the directory").with(["anna", "bert"])],
        [stored("BI").of("BI").holding(["anna"])],
    )
    .users([
        user("anna").username("Anna").saying(|anna| (anna.email, anna.first_name) = (text("A@E"), text("Anna"))),
        user("bert").username("BERT"),
    ])
    .accounts([account("anna").of("anna").saying(|anna| anna.email = text("a@e"))])
    .policy(|policy| {
        let form = &mut policy.form;
        (form.username.ignores_case, form.email.ignores_case) = (true, true);
        (form.has_description, form.has_first_and_last_name) = (false, false);
    });
    check(&scenario, ["create account BERT", "BI: add BERT"], []);
}

/// Rules `valid-names` and `one-broken-object`.
#[test]
fn a_name_that_cannot_be_kept_is_invalid_and_its_siblings_go_on() {
    let scenario = given([group("B/I").with(["anna"]), group("CRM")], [])
        .policy(|policy| policy.form.group_name = TextForm { forbidden: vec!['/'], ..TextForm::ANY });
    let planned = check(&scenario, ["create group CRM"], ["Invalid: B/I"]);
    assert_eq!(planned.after.invalid, 1);
    check(&given([group("BI").named("B\u{202e}I")], []), [], ["Invalid: B\u{202e}I"]);
}

#[test]
fn a_linked_group_whose_new_name_cannot_be_kept_keeps_its_last_and_stays_in_sync() {
    let scenario = given([group("BI").named("B\u{200b}I").with(["anna"])], [stored("BI").of("BI")]);
    check(&scenario, ["create account anna", "BI: add anna"], ["Invalid: B\u{200b}I"]);
    let hidden = given([group("BI").hiding_its_name().with(["anna"])], [stored("BI").of("BI")]);
    check(&hidden, ["create account anna", "BI: add anna"], ["Unreadable: CN=BI"]);
}

#[test]
fn a_description_that_cannot_be_kept_is_listed_alone() {
    let scenario = given([group("BI").named("Insights").described("a\u{0}b")], [stored("BI").of("BI").described("ab")]);
    check(&scenario, ["set group BI: name Insights", "link group BI: as Insights"], ["Invalid: Insights"]);
}

#[test]
fn a_user_whose_name_cannot_be_kept_is_invalid_and_the_others_go_on() {
    let scenario = given([group("BI").with(["anna", "bert"])], [stored("BI").of("BI")])
        .users([user("anna").username("an\u{7}na")]);
    let planned = check(&scenario, ["create account bert", "BI: add bert"], ["Invalid"]);
    let counts = planned.counts(&scenario.found());
    assert_eq!((counts.accounts.created, counts.accounts.invalid), (1, 1));
}

#[test]
fn a_user_without_a_username_gets_no_account() {
    let scenario = given([group("BI").with(["anna"])], [stored("BI").of("BI")])
        .users([user("anna").saying(|anna| anna.username = None)]);
    check(&scenario, [], ["Invalid"]);
}

#[test]
fn another_text_that_cannot_be_kept_leaves_the_last_one() {
    let scenario = given([group("BI").with(["anna"])], [stored("BI").of("BI").holding(["anna"])])
        .users([user("anna").saying(|anna| (anna.phone, anna.first_name) = (text("1\u{7}"), text("Anna")))])
        .accounts([account("anna").of("anna").saying(|anna| anna.phone = text("1"))]);
    check(&scenario, ["set account anna: first name Anna"], ["Invalid"]);
}

/// Rule `several-values`.
#[test]
fn of_several_values_the_one_that_the_store_has_stays() {
    let two = |values: &mut UserValues| {
        values.username = Values::from_texts(["two".into(), "t.wo".into()]);
        values.email = Values::from_texts(["x@e".into(), "a@e".into()]);
        values.display_name = Values::from_texts(["Two".into(), "Anna".into()]);
    };
    let held = |username: &str, email: &str, name: &str| {
        let two_stored = account("two")
            .saying(|says| (says.username, says.email, says.display_name) = (text(username), text(email), text(name)));
        given([group("BI").with(["two"])], [stored("BI").of("BI").holding(["two"])])
            .users([user("two").showing(two)])
            .accounts([two_stored.of("two")])
    };
    check(&held("two", "x@e", "Two"), [], []);
    check(&held("t.wo", "a@e", "Anna"), [], []);
    let planned = held("old", "x@e", "Old").plan().unwrap();
    let found = held("old", "x@e", "Old").found();
    assert_eq!(print::changes(&planned.plan, &found)[0], "set account old: username t.wo display name Anna");

    let named = |name| given([group("BI").also_named(["Analysts"])], [stored(name).of("BI")]);
    check(&named("BI"), [], []);
    check(&named("Analysts"), [], []);
    check(&named("old"), ["set group old: name Analysts", "link group old: as Analysts"], []);
}

#[test]
fn what_cannot_be_decoded_changes_nothing_and_is_listed() {
    let broken = |values: &mut UserValues| {
        (values.username, values.phone) = (Values::Undecodable, Values::Undecodable);
    };
    let anna = || user("anna").showing(broken);
    let phone = account("anna").saying(|says| says.phone = text("1")).of("anna");
    let held = given([group("BI").with(["anna"])], [stored("BI").of("BI").holding(["anna"])]);
    check(&held.users([anna()]).accounts([phone]), [], ["Invalid", "Invalid"]);
    // A user without a username gets no account, and the others do.
    let new = given([group("BI").with(["anna", "bert"])], [stored("BI").of("BI")]).users([anna()]);
    check(&new, ["create account bert", "BI: add bert"], ["Invalid"]);
}
