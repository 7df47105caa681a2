//! A transaction is all or nothing, and so is a rehearsal.

use directory_group_sync::store::{Applied, Error};
use directory_group_sync::sync::found::Found;
use directory_group_sync::sync::plan::Plan;

use super::SqlFixture;
use crate::store_contract::known;
use crate::store_contract::{
    Store, add_members, apply_plan, begin_when_free, create_account, create_group, groups, rehearse, rename_account,
    rename_group,
};

pub(crate) async fn a_transaction_that_is_dropped_leaves_nothing(fixture: &impl SqlFixture) {
    let store = fixture.store();
    drop(begin_when_free(&store).await);
    begin_when_free(&store).await;
    assert_eq!((store.read().await.unwrap(), fixture.tables()), (Found::default(), 0));

    let mut transaction = begin_when_free(&store).await;
    transaction.read().await.unwrap();
    transaction.apply(&Found::default(), &Plan::from(vec![create_group(0, 11, "alpha")])).await.unwrap();
    let before = store.read().await.unwrap();
    let transaction = begin_when_free(&store).await;
    // A plan that names what is not there fails as a whole, whatever was written before.
    let changes = vec![create_group(1, 12, "beta"), rename_group(0, "x"), add_members(7, &[0])];
    assert!(matches!(transaction.apply(&before, &Plan::from(changes)).await, Err(Error::Unexpected { .. })));
    assert_eq!(store.read().await.unwrap(), before);
}

pub(crate) async fn two_first_runs_at_once_make_one_schema(fixture: &impl SqlFixture) {
    let (left, right) = (fixture.store(), fixture.store());
    let run = async |store: &Store, number: u8| {
        let mut transaction = begin_when_free(store).await;
        let found = transaction.read().await.unwrap();
        let index = u32::try_from(found.groups.len()).unwrap();
        let changes = vec![create_group(index, number, &format!("group {number}"))];
        transaction.apply(&found, &Plan::from(changes)).await.unwrap()
    };
    let (one, two) = tokio::join!(run(&left, 1), run(&right, 2));
    assert_eq!((one, two), (Applied::default(), Applied::default()));
    assert_eq!(groups(&left).await.len(), 2);
}

pub(crate) async fn a_rehearsal_leaves_nothing(fixture: &impl SqlFixture) {
    let store = fixture.store();
    let plan = Plan {
        changes: vec![create_group(0, 11, "alpha"), create_account(0, 21, "ada"), add_members(0, &[0])],
        remember: Some(known(1, "2026-01-01T00:00:00Z", &[])),
        ..Plan::default()
    };
    assert_eq!(rehearse(&store, &plan).await, Applied::default());
    assert_eq!(fixture.tables(), 0);
    // What fails an application as a whole fails a rehearsal, too.
    let transaction = begin_when_free(&store).await;
    let broken = Plan::from(vec![create_group(0, 11, "alpha"), add_members(7, &[0])]);
    assert!(matches!(transaction.rehearse(&Found::default(), &broken).await, Err(Error::Unexpected { .. })));

    let transaction = begin_when_free(&store).await;
    assert_eq!(transaction.apply(&Found::default(), &plan).await.unwrap(), Applied::default());
    let changes = vec![rename_group(0, "beta"), rename_account(0, "bob"), create_group(1, 12, "gamma")];
    let later =
        Plan { changes, remember: Some(known(2, "2026-01-01T00:00:00Z", &[("dc1", 1, None)])), ..Plan::default() };
    assert_eq!(rehearse(&store, &later).await, Applied::default());
    // The lock is free at once, and ids are as good as before.
    assert_eq!(apply_plan(&store, &later).await, Applied::default());
    assert_eq!(groups(&store).await, ["beta: bob", "gamma: "]);
}
