//! What a database refuses keeps nothing of the plan.

use directory_group_sync::store::Subject;
use directory_group_sync::sync::found::{AccountRef, GroupRef};
use directory_group_sync::sync::plan::Change;

use super::SqlFixture;
use crate::store_contract::{
    add_members, apply, create_account, create_group, groups, refused, remove_members, rename_group,
    two_groups_and_three_accounts,
};

pub(crate) async fn a_refused_object_keeps_nothing_of_the_plan(fixture: &impl SqlFixture) {
    let store = fixture.store();
    two_groups_and_three_accounts(&store).await;
    fixture.sql(
        "CREATE TABLE pages (group_id integer NOT NULL REFERENCES groups (id), user_id integer REFERENCES users (id))",
    );
    fixture.sql(
        "INSERT INTO pages SELECT g.id, u.id FROM groups AS g, users AS u WHERE g.name = 'beta' AND u.username = 'cy'",
    );
    let before = store.read().await.unwrap();
    // beta and cy cannot be deleted: pages point at them. Their names stay in use, so no other object gets them.
    let changes = vec![
        Change::DeleteGroup { group: GroupRef(1) },
        Change::ParkGroup { group: GroupRef(0), name: "~".into() },
        rename_group(0, "BETA"),
        create_group(2, 13, "gamma"),
        create_account(3, 24, "Cy"),
        add_members(2, &[0, 2, 3]),
        remove_members(1, &[1]),
        Change::DeactivateAccount { account: AccountRef(2) },
        Change::DeleteAccount { account: AccountRef(2) },
    ];
    let applied = apply(&store, changes).await;
    let expected = [
        Subject::Group(GroupRef(1)),
        Subject::Group(GroupRef(0)),
        Subject::Account(AccountRef(3)),
        Subject::Account(AccountRef(2)),
    ];
    assert_eq!(refused(&applied), expected);
    assert!(applied.refused[0].message.to_lowercase().contains("foreign key"), "{applied:?}");
    assert!(applied.refused[1].message.contains("is still in use"), "{applied:?}");
    let after = store.read().await.unwrap();
    assert_eq!((&after.accounts, &after.groups[..2]), (&before.accounts, &before.groups[..]));
    assert_eq!(groups(&store).await[2], "gamma: ada");
}
