//! IDs and links live and die with their rows.

use directory_group_sync::store::Applied;
use directory_group_sync::sync::found::{AccountRef, GroupRef};
use directory_group_sync::sync::plan::Change;

use super::SqlFixture;
use crate::store_contract::{add_members, apply, create_account, create_group, groups, two_groups_and_three_accounts};

pub(crate) async fn ids_are_never_given_twice(fixture: &impl SqlFixture) {
    let store = fixture.store();
    two_groups_and_three_accounts(&store).await;
    let first = store.read().await.unwrap();
    let delete = vec![
        Change::DeleteGroup { group: GroupRef(1) },
        Change::DeleteAccount { account: AccountRef(2) },
        Change::DeleteAccount { account: AccountRef(1) },
    ];
    apply(&store, delete).await;
    apply(&store, vec![create_group(1, 12, "beta"), create_account(1, 22, "bob"), create_account(2, 23, "cy")]).await;
    fixture.sql("INSERT INTO users (username) VALUES ('by hand'); INSERT INTO groups (name) VALUES ('by hand')");
    let second = store.read().await.unwrap();
    assert_eq!((second.groups.len(), second.accounts.len()), (3, 4));
    let (last_group, last_account) = (&first.groups[1].id, &first.accounts[2].id);
    assert!(second.groups[1..].iter().all(|group| group.id > *last_group));
    assert!(second.accounts[1..].iter().all(|account| account.id > *last_account));
}

/// Rule `same-store`.
pub(crate) async fn a_row_that_a_person_deletes_takes_its_link_along(fixture: &impl SqlFixture) {
    let store = fixture.store();
    two_groups_and_three_accounts(&store).await;
    let before = store.read().await.unwrap();
    fixture.sql("DELETE FROM groups WHERE name = 'beta'; DELETE FROM users WHERE username = 'cy'");
    assert_eq!(fixture.number("SELECT count(*) FROM group_links"), 1);
    assert_eq!(fixture.number("SELECT count(*) FROM user_links"), 2);
    // A row that is added by hand then is local, and what the directory still has is created again.
    fixture.sql("INSERT INTO groups (name) VALUES ('by hand'); INSERT INTO users (username) VALUES ('by hand')");
    let changes = vec![create_group(2, 12, "beta"), create_account(3, 23, "cy"), add_members(2, &[3])];
    assert_eq!(apply(&store, changes).await, Applied::default());
    assert_eq!(groups(&store).await, ["alpha: ada bob", "by hand: ", "beta: cy"]);
    let after = store.read().await.unwrap();
    assert_eq!((&after.groups[1].link, &after.accounts[2].link), (&None, &None));
    assert!(after.groups[1..].iter().all(|group| group.id > before.groups[1].id));
    assert!(after.accounts[2..].iter().all(|account| account.id > before.accounts[2].id));
}
