//! Rules `crossed-names` and `look-alike`: names that nobody has in their own name space, and that would be mistaken.

use crate::sync::plan::Change;
use crate::sync::policy::AdoptAccounts;
use crate::sync::problem::{Duplicate, DuplicateReason};
use crate::sync::scenario::{Scenario, account, given, group, stored, user};

/// The duplicates, each as its reason and name.
fn duplicates(scenario: &Scenario) -> Vec<(DuplicateReason, String)> {
    let planned = scenario.plan().unwrap();
    let removes = |change: &Change| matches!(change, Change::RemoveMembers { .. });
    assert!(!planned.plan.changes.iter().any(removes), "nobody is removed: {:?}", planned.plan);
    planned.duplicates.into_iter().map(|duplicate| (duplicate.reason, duplicate.name)).collect()
}

fn only(scenario: &Scenario) -> Duplicate {
    let duplicates = scenario.plan().unwrap().duplicates;
    let [duplicate] = &duplicates[..] else { panic!("{duplicates:?}") };
    duplicate.clone()
}

/// Anna and Bert are members; Bert has an account already, and it is in the group.
fn anna_joins_bert() -> Scenario {
    given([group("BI").with(["anna", "bert"])], [stored("BI").of("BI").holding(["bert"])])
}

/// Rule `crossed-names`.
#[test]
fn an_email_that_is_anothers_username_is_a_conflict() {
    let scenario = anna_joins_bert()
        .users([user("bert").username("Bert@x").email("b@x"), user("anna").email("BERT@x")])
        .accounts([account("bert").of("bert").username("Bert@x").email("b@x")]);
    let duplicate = only(&scenario);
    assert_eq!((duplicate.reason, &*duplicate.name), (DuplicateReason::Email, "BERT@x"));
    assert!(duplicate.conflicts_with.ends_with(", whose username it is"), "{duplicate:?}");
    assert!(duplicate.conflicts_with.contains("Bert@x") && duplicate.needed_by.contains("anna"), "{duplicate:?}");
    assert_eq!(duplicates(&scenario).len(), 1);
}

/// Rule `crossed-names`.
#[test]
fn a_username_that_is_anothers_email_is_a_conflict() {
    let scenario = anna_joins_bert()
        .users([user("bert").email("team@x"), user("anna").username("Team@X")])
        .accounts([account("bert").of("bert").email("team@x")]);
    let duplicate = only(&scenario);
    assert_eq!((duplicate.reason, &*duplicate.name), (DuplicateReason::Username, "Team@X"));
    assert!(duplicate.conflicts_with.ends_with(", whose e-mail address it is"), "{duplicate:?}");
}

#[test]
fn two_new_users_who_cross_both_wait() {
    let scenario = given([group("BI").with(["anna", "bert", "carl"])], [stored("BI").of("BI")])
        .users([user("anna").email("x@y"), user("bert").username("x@y")]);
    assert_eq!(
        duplicates(&scenario),
        [(DuplicateReason::Username, "x@y".to_owned()), (DuplicateReason::Email, "x@y".to_owned())]
    );
    assert_eq!(scenario.plan().unwrap().after.accounts, 1, "carl gets his");
}

#[test]
fn a_local_account_with_that_name_keeps_its_memberships() {
    let scenario = given([group("BI").with(["anna"])], [stored("BI").of("BI").holding(["local"])])
        .users([user("anna").email("anna@x")])
        .accounts([account("local").username("Anna@x").email("other@x")]);
    assert_eq!(duplicates(&scenario), [(DuplicateReason::Email, "anna@x".to_owned())]);
}

#[test]
fn a_linked_member_keeps_its_last_name_and_its_memberships() {
    let scenario = given([group("BI").with(["anna"])], [stored("BI").of("BI").holding(["anna"])])
        .users([user("anna").email("bert@x")])
        .accounts([account("anna").of("anna"), account("bert").username("bert@x").email("b@x")]);
    assert_eq!(duplicates(&scenario), [(DuplicateReason::Email, "bert@x".to_owned())]);
    assert_eq!(scenario.plan().unwrap().plan.changes, []);
}

#[test]
fn ones_own_names_may_be_the_same() {
    let new = given([group("BI").with(["anna"])], [stored("BI").of("BI")])
        .users([user("anna").username("anna@x").email("anna@x")]);
    assert_eq!((duplicates(&new), new.plan().unwrap().after.accounts), (vec![], 1));
    let linked = given([group("BI").with(["anna"])], [stored("BI").of("BI").holding(["anna"])])
        .users([user("anna").username("a@x").email("a@x")])
        .accounts([account("anna").of("anna").username("anna@x").email("anna@x")]);
    assert_eq!(duplicates(&linked), []);
    let adopted = given([group("BI").with(["anna"])], [stored("BI").of("BI")])
        .users([user("anna").username("anna@x").email("anna@x")])
        .accounts([account("local").username("anna@x").email("anna@x")])
        .policy(|policy| policy.adopt_accounts = AdoptAccounts::ByUsername);
    assert_eq!((duplicates(&adopted), adopted.plan().unwrap().after.members), (vec![], 1));
}

#[test]
fn a_name_that_comes_free_in_the_same_plan_is_free() {
    let scenario = anna_joins_bert()
        .users([user("bert").username("bert").email("b@x"), user("anna").email("old@x")])
        .accounts([account("bert").of("bert").username("old@x").email("b@x")]);
    assert_eq!(duplicates(&scenario), []);
}

#[test]
fn an_account_whose_other_name_is_crossed_is_not_adopted() {
    let scenario = given([group("BI").with(["anna"])], [stored("BI").of("BI")])
        .users([user("anna").email("bert@x")])
        .accounts([account("anna").email("a@x"), account("bert").username("bert@x").email("b@x")])
        .policy(|policy| policy.adopt_accounts = AdoptAccounts::ByUsername);
    let planned = scenario.plan().unwrap();
    assert_eq!((planned.plan.changes, planned.duplicates.is_empty()), (vec![], false));
}

/// Rule `look-alike`: letters from another script do not make another username.
#[test]
fn a_username_that_looks_like_anothers_is_refused() {
    let scenario = given([group("BI").with(["mallory", "carl"])], [stored("BI").of("BI")])
        .users([user("mallory").username("b\u{43e}ss")])
        .accounts([account("boss").email("boss@x")]);
    let duplicate = only(&scenario);
    assert_eq!((duplicate.reason, &*duplicate.name), (DuplicateReason::Username, "b\u{43e}ss"));
    assert!(duplicate.conflicts_with.contains("the local account \"boss\""), "{duplicate:?}");
    assert!(duplicate.remedy.contains("letters of Cyrillic and Latin"), "{duplicate:?}");
    assert_eq!(scenario.plan().unwrap().after.accounts, 1, "carl gets his");
    // Two that are new, and one that is renamed.
    let both = given([group("BI").with(["anna", "mallory"])], [stored("BI").of("BI")])
        .users([user("mallory").username("\u{430}nna")]);
    assert_eq!(duplicates(&both).len(), 2);
    let renamed = given([group("BI").with(["mallory"])], [stored("BI").of("BI").holding(["mallory"])])
        .users([user("mallory").username("b\u{43e}ss")])
        .accounts([account("mallory").of("mallory"), account("boss").email("boss@x")]);
    assert_eq!(duplicates(&renamed).len(), 1);
    assert_eq!(renamed.plan().unwrap().plan.changes, []);
}

#[test]
fn usernames_of_other_scripts_and_of_one_script_are_free() {
    let scenario = given([group("BI").with(["a", "b", "c", "d", "e"])], [stored("BI").of("BI")])
        .users([
            user("a").username("user1"),
            user("b").username("userl"),
            user("c").username("анна"),
            user("d").username("田中"),
            user("e").username("müller"),
        ])
        .accounts([account("user0").email("u@x")]);
    assert_eq!((duplicates(&scenario), scenario.plan().unwrap().after.accounts), (vec![], 5));
}

#[test]
fn an_account_that_has_such_a_name_already_keeps_it() {
    let scenario = given([group("BI").with(["mallory"])], [stored("BI").of("BI").holding(["mallory"])])
        .users([user("mallory").username("B\u{43e}ss")])
        .accounts([account("mallory").of("mallory").username("b\u{43e}ss"), account("boss").email("boss@x")]);
    assert_eq!(duplicates(&scenario), []);
}
