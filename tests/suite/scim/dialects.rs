//! What servers do differently with the same request. Each was seen of a product or a library; the double has all of it.

use std::sync::Arc;

use directory_group_sync::store::scim::{self, MembersInList, ScimDialect, ScimSettings};
use directory_group_sync::store::{Applied, Error};
use directory_group_sync::sync::found::AccountRef;
use directory_group_sync::sync::plan::written::Unwritten;

use super::settings;
use crate::harness::scim_double::{Habits, Removal, ScimDouble};
use crate::memory_server::MemoryBook;
use crate::store_contract::{Store, add_members, apply, remove_members, rename_group};

fn store(double: &ScimDouble, dialect: ScimDialect) -> Store {
    let settings = ScimSettings { dialect, ..settings(double.url()) };
    scim::open(settings, Arc::new(MemoryBook::default())).unwrap()
}

async fn dialect(store: &Store) -> Vec<String> {
    store.probe().await.unwrap().dialect
}

fn ids(numbers: &[usize]) -> Vec<String> {
    numbers.iter().map(|number| format!("{number:04}")).collect()
}

#[tokio::test]
async fn the_form_of_a_removal_is_learned_by_reading_the_group() {
    for (removal, learned) in [(Removal::Filter, "memberRemoval: Filter"), (Removal::Value, "memberRemoval: Value")] {
        let double = ScimDouble::start(Habits { removal, ..Habits::default() }, 4);
        let store = store(&double, ScimDialect::AUTO);
        assert_eq!(dialect(&store).await, Vec::<String>::new());
        assert_eq!(apply(&store, vec![remove_members(0, &[0, 2])]).await, Applied::default());
        assert_eq!(double.members(), ids(&[1, 3]), "{removal:?}");
        assert_eq!(dialect(&store).await, [learned, "membersInList: Always"]);
        assert_eq!(apply(&store, vec![remove_members(0, &[1])]).await, Applied::default());
        assert_eq!(double.members(), ids(&[3]));
        assert_eq!(double.content().violations, Vec::<String>::new());
    }
}

#[tokio::test]
async fn removals_that_do_nothing_are_refused_and_the_rest_goes_on() {
    let double = ScimDouble::start(Habits { removal: Removal::Nothing, ..Habits::default() }, 3);
    double.content().groups.get_mut("group").unwrap().1.pop();
    let applied =
        apply(&store(&double, ScimDialect::AUTO), vec![remove_members(0, &[0, 1]), add_members(0, &[2])]).await;
    let refusal = &applied.refused[0].message;
    assert!(refusal.contains("the form Value is accepted and does nothing"), "{refusal}");
    assert_eq!(applied.gaps.changes.keys().collect::<Vec<_>>(), [&0], "the addition is written");
    assert_eq!(double.members(), ids(&[0, 1, 2]), "who joins is in it");
}

#[tokio::test]
async fn members_who_are_removed_with_another_are_added_again() {
    let double = ScimDouble::start(Habits { removal: Removal::Everybody, ..Habits::default() }, 4);
    let applied = apply(&store(&double, ScimDialect::AUTO), vec![remove_members(0, &[2, 3])]).await;
    assert!(applied.refused[0].message.contains("removes other members too"), "{applied:?}");
    assert!(double.members().starts_with(&ids(&[0, 1])), "{:?}", double.members());
}

#[tokio::test]
async fn members_that_lists_do_not_show_are_read_group_by_group_or_not_at_all() {
    let double = ScimDouble::start(Habits { hides_members_in_lists: true, ..Habits::default() }, 2);
    let store_of = store(&double, ScimDialect::AUTO);
    assert_eq!(store_of.read().await.unwrap().groups[0].members, [AccountRef(0), AccountRef(1)]);
    assert_eq!(dialect(&store_of).await, ["membersInList: Never"]);

    let habits = Habits { hides_members: true, has_no_schemas: true, ..Habits::default() };
    let double = ScimDouble::start(habits, 2);
    let error = store(&double, ScimDialect::AUTO).read().await.unwrap_err();
    assert!(matches!(&error, Error::Unexpected { cause, .. } if cause.contains("hides its members")), "{error}");
    let said = ScimDialect { members_in_list: Some(MembersInList::Always), ..ScimDialect::AUTO };
    assert!(store(&double, said).read().await.unwrap().groups[0].members.is_empty(), "a person says that it is empty");
}

#[tokio::test]
async fn a_group_that_patch_does_not_rename_is_put_without_members_and_keeps_them() {
    let double = ScimDouble::start(Habits { puts: true, ..Habits::default() }, 3);
    let store = store(&double, ScimDialect::AUTO);
    assert_eq!(apply(&store, vec![rename_group(0, "G")]).await, Applied::default());
    assert_eq!(double.content().groups["group"], ("G".to_owned(), ids(&[0, 1, 2])));
    assert!(dialect(&store).await.contains(&"rename: Put".to_owned()));
    assert_eq!(double.content().violations, Vec::<String>::new());
}

#[tokio::test]
async fn pages_are_read_to_a_proven_end_whatever_the_server_says_of_them() {
    for page in [2, 3, 7, 100] {
        let double = ScimDouble::start(Habits { page, ..Habits::default() }, 7);
        let found = store(&double, ScimDialect::AUTO).read().await.unwrap();
        assert_eq!((found.accounts.len(), found.groups[0].members.len()), (7, 7), "pages of {page}");
    }
    let double = ScimDouble::start(Habits { lies: true, ..Habits::default() }, 7);
    let error = store(&double, ScimDialect::AUTO).read().await.unwrap_err();
    assert!(error.to_string().contains("is not known to be complete"), "{error}");
}

#[tokio::test]
async fn a_request_names_no_more_members_than_the_server_takes() {
    let double = ScimDouble::start(Habits::default(), 250);
    let store = store(&double, ScimDialect::AUTO);
    let all: Vec<u32> = (0..250).collect();
    assert_eq!(apply(&store, vec![remove_members(0, &all)]).await, Applied::default());
    assert_eq!(double.members(), Vec::<String>::new());
    assert_eq!(apply(&store, vec![add_members(0, &all)]).await, Applied::default());
    assert_eq!(double.members().len(), 250);
    assert_eq!(double.content().violations, Vec::<String>::new());
}

#[tokio::test]
async fn one_unknown_account_keeps_no_other_out() {
    let double = ScimDouble::start(Habits::default(), 40);
    let store = store(&double, ScimDialect::AUTO);
    double.content().groups.get_mut("group").unwrap().1.clear();
    let found = store.read().await.unwrap();
    double.content().users.remove("0017");
    let all: Vec<u32> = (0..40).collect();
    let plan = directory_group_sync::sync::plan::Plan::from(vec![add_members(0, &all)]);
    let writer = store.begin(&crate::store_contract::Unstopped).await.unwrap();
    let applied = writer.apply(&found, &plan).await.unwrap();
    assert_eq!(applied.gaps.changes[&0], Unwritten::Members(vec![AccountRef(17)]));
    assert_eq!(double.members().len(), 39);
}
