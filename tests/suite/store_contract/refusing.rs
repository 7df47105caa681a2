//! What the store cannot write is named, and the rest is written.

use directory_group_sync::store::{Applied, Subject};
use directory_group_sync::sync::found::{AccountRef, GroupRef};
use directory_group_sync::sync::plan::written::{Gaps, Unwritten};
use directory_group_sync::sync::plan::{Change, Plan};

use super::{
    ByHand, Fixture, add_members, apply, begin_when_free, create_account, create_group, group_link, groups,
    remove_members, rename_account, rename_group, two_groups_and_three_accounts, usernames,
};

pub(crate) fn refused(applied: &Applied) -> Vec<Subject> {
    applied.refused.iter().map(|refusal| refusal.subject).collect()
}

// The contract.

pub(crate) async fn memberships_that_came_or_went_meanwhile_are_no_failure(fixture: &impl Fixture) {
    let store = fixture.store();
    two_groups_and_three_accounts(&store).await;
    let found = store.read().await.unwrap();
    fixture.by_hand(&ByHand::Empty("alpha"));
    fixture.by_hand(&ByHand::Add("beta", "cy"));
    let transaction = begin_when_free(&store).await;
    let changes = vec![remove_members(0, &[0, 1]), add_members(1, &[0, 2])];
    assert_eq!(transaction.apply(&found, &Plan::from(changes)).await.unwrap(), Applied::default());
    assert_eq!(groups(&store).await, ["alpha: ", "beta: ada bob cy"]);
}

pub(crate) async fn what_was_deleted_meanwhile_is_named_and_the_rest_is_written(fixture: &impl Fixture) {
    let store = fixture.store();
    two_groups_and_three_accounts(&store).await;
    let found = store.read().await.unwrap();
    fixture.by_hand(&ByHand::DeleteGroup("beta"));
    fixture.by_hand(&ByHand::DeleteAccount("bob"));
    let transaction = begin_when_free(&store).await;
    let changes = vec![
        rename_group(0, "Alpha"),
        create_group(2, 13, "gamma"),
        Change::LinkGroup { group: GroupRef(1), link: group_link(12, "Beta") },
        rename_account(1, "bert"),
        rename_account(2, "cyril"),
        remove_members(0, &[1]),
        add_members(0, &[1, 2]),
        add_members(1, &[0, 2]),
        add_members(2, &[0, 1, 2]),
        Change::DeleteAccount { account: AccountRef(1) },
    ];
    let applied = transaction.apply(&found, &Plan::from(changes)).await.unwrap();
    assert_eq!(refused(&applied), [Subject::Group(GroupRef(1)), Subject::Account(AccountRef(1))]);
    assert_eq!(groups(&store).await, ["Alpha: ada cyril", "gamma: ada cyril"]);
    assert_eq!(store.read().await.unwrap().groups[1].link, Some(group_link(13, "gamma")));
}

pub(crate) async fn a_membership_of_what_was_deleted_meanwhile_is_left_out_alone(fixture: &impl Fixture) {
    let store = fixture.store();
    two_groups_and_three_accounts(&store).await;
    let found = store.read().await.unwrap();
    fixture.by_hand(&ByHand::DeleteAccount("bob"));
    let transaction = begin_when_free(&store).await;
    let changes = vec![create_group(2, 13, "gamma"), add_members(1, &[0, 2]), add_members(2, &[0, 1, 2])];
    let applied = transaction.apply(&found, &Plan::from(changes)).await.unwrap();
    assert_eq!(refused(&applied), [Subject::Members(GroupRef(2))]);
    assert_eq!(applied.gaps, gaps([(2, Unwritten::Members(vec![AccountRef(1)]))]), "the other two are in it");
    assert_eq!(groups(&store).await, ["alpha: ada", "beta: ada cy", "gamma: ada cy"]);
}

pub(crate) async fn what_the_server_refuses_is_named_and_the_rest_is_written(fixture: &impl Fixture) {
    let store = fixture.store();
    two_groups_and_three_accounts(&store).await;
    let words = fixture.have_unique_names();
    fixture.by_hand(&ByHand::CreateAccount("local", "dan@corp.example"));
    fixture.by_hand(&ByHand::CreateGroup("delta"));
    let changes = vec![
        rename_group(0, "delta"),
        create_group(3, 13, "gamma"),
        create_group(4, 14, "delta"),
        create_account(4, 24, "dan"),
        create_account(5, 25, "eve"),
        add_members(1, &[4, 5]),
        add_members(3, &[0, 4, 5]),
        add_members(4, &[0]),
        remove_members(0, &[0]),
    ];
    let applied = apply(&store, changes).await;
    let expected = [Subject::Group(GroupRef(0)), Subject::Group(GroupRef(4)), Subject::Account(AccountRef(4))];
    assert_eq!(refused(&applied), expected);
    let without_dan = || Unwritten::Members(vec![AccountRef(4)]);
    let whole = [0, 2, 3, 7, 8].map(|place| (place, Unwritten::Whole));
    assert_eq!(applied.gaps, gaps(whole.into_iter().chain([(5, without_dan()), (6, without_dan())])));
    for refusal in &applied.refused {
        assert!(refusal.message.contains(words), "{refusal:?}");
        assert!(!refusal.message.contains("dan@"), "{refusal:?}");
    }
    assert_eq!(groups(&store).await, ["alpha: ada bob", "beta: bob eve", "delta: ", "gamma: ada eve"]);
    let found = store.read().await.unwrap();
    assert_eq!(found.groups[3].link, Some(group_link(13, "gamma")));
    assert_eq!(usernames(&store).await, ["ada", "bob", "cy", "local", "eve"]);
}

fn gaps(changes: impl IntoIterator<Item = (usize, Unwritten)>) -> Gaps {
    Gaps { changes: changes.into_iter().collect(), ..Gaps::default() }
}
