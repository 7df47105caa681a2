//! What people write is read as it is, and what no run can use is refused.

use directory_group_sync::store::{Applied, Error};
use directory_group_sync::sync::found::{AccountRef, GroupRef};
use directory_group_sync::sync::plan::{Change, Plan};
use directory_group_sync::sync::snapshot::Attributes;

use super::SqlFixture;
use crate::store_contract::{
    Unstopped, account_link, add_members, apply, begun_when_free, create_account, create_group, groups, rehearse,
    remove_members, rename_account, two_groups_and_three_accounts,
};

pub(crate) async fn what_people_write_is_read_as_it_is(fixture: &impl SqlFixture) {
    let store = fixture.store();
    two_groups_and_three_accounts(&store).await;
    fixture.sql(
        "INSERT INTO users (username, email, first_name, active) VALUES
             ('ada', 'ADA@corp.example', '', true), ('ADA', '', NULL, false), ('', NULL, NULL, true);
         INSERT INTO groups (name, description) VALUES ('alpha', ''), (' ALPHA ', NULL), ('', 'x');
         INSERT INTO group_members (group_id, user_id)
             SELECT g.id, u.id FROM groups AS g, users AS u WHERE g.name = ' ALPHA ' AND u.username IN ('', 'cy')",
    );
    assert_eq!(groups(&store).await, ["alpha: ada bob", "beta: bob", "alpha: ", " ALPHA : cy", ": "]);
    let found = store.read().await.unwrap();
    assert_eq!(found.groups[3].members, [AccountRef(2), AccountRef(5)]);
    assert_eq!(found.groups[2].description, None);
    let twin = &found.accounts[3];
    assert_eq!((twin.attributes.email.as_deref(), twin.active), (Some("ADA@corp.example"), true));
    assert_eq!((&twin.attributes.first_name, &twin.link), (&None, &None));
    let shout = &found.accounts[4];
    assert_eq!(
        (shout.attributes.username.as_deref(), &shout.attributes.email, shout.active),
        (Some("ADA"), &None, false)
    );
    assert_eq!(found.accounts[5].attributes, Attributes::default());
}

pub(crate) async fn a_store_with_a_part_of_the_tables_is_refused(fixture: &impl SqlFixture) {
    let store = fixture.store();
    let problem = async || match (store.read().await, begun_when_free(&store, &Unstopped).await) {
        (Err(Error::Configuration { problem, .. }), Err(Error::Configuration { problem: same, .. })) => {
            assert_eq!(problem, same);
            problem
        }
        (read, _) => panic!("{read:?}"),
    };
    fixture.sql("CREATE TABLE users (id integer)");
    assert!(problem().await.contains("tables: groups, group_members;"));
    fixture.sql("CREATE TABLE groups (id integer, name text, description text)");
    fixture.sql("CREATE TABLE group_members (group_id integer, user_id integer)");
    assert!(problem().await.contains("columns: users.username, users.email, users.first_name,"));
}

pub(crate) async fn a_schema_of_a_newer_program_is_refused(fixture: &impl SqlFixture) {
    let store = fixture.store();
    two_groups_and_three_accounts(&store).await;
    fixture.sql("INSERT INTO directory_sync_schema (version) VALUES (2)");
    for error in [store.read().await.unwrap_err(), begun_when_free(&store, &Unstopped).await.err().unwrap()] {
        assert!(matches!(&error, Error::Configuration { .. }) && error.to_string().contains("version 2"), "{error}");
    }
}

pub(crate) async fn a_link_that_cannot_be_true_fails_the_read(fixture: &impl SqlFixture) {
    let store = fixture.store();
    two_groups_and_three_accounts(&store).await;
    fixture.sql("UPDATE user_links SET external_id = 'entryUUID:12' WHERE username = 'bob'");
    let error = store.read().await.unwrap_err();
    assert!(matches!(&error, Error::Unexpected { attempt, .. } if attempt == "reading user_links"), "{error}");
}

pub(crate) async fn a_dashboards_own_tables_are_used_as_they_are(fixture: &impl SqlFixture, tables: &str) {
    fixture.sql(tables);
    fixture.sql(
        "INSERT INTO users (username, email, is_admin) VALUES ('ada', 'ada@corp.example', 1), ('bob', NULL, 0);
         INSERT INTO groups (name) VALUES ('admins');
         INSERT INTO group_members (group_id, user_id) SELECT g.id, u.id FROM groups AS g, users AS u WHERE u.is_admin = 1",
    );
    let store = fixture.store();
    assert_eq!(groups(&store).await, ["admins: ada"]);
    assert_eq!(store.probe().await.unwrap().missing_rights, Vec::<String>::new());
    let before = fixture.tables();
    let changes = vec![
        create_group(1, 11, "analysts"),
        Change::LinkAccount { account: AccountRef(1), link: account_link(22, "bob") },
        create_account(2, 23, "cy"),
        rename_account(2, "cyril"),
        remove_members(0, &[0]),
        add_members(1, &[1, 2]),
        Change::DeactivateAccount { account: AccountRef(0) },
    ];
    assert_eq!(rehearse(&store, &Plan::from(changes.clone())).await, Applied::default());
    assert_eq!(fixture.tables(), before);
    assert_eq!(apply(&store, changes).await, Applied::default());
    assert_eq!(fixture.tables(), before + 6);
    assert_eq!(groups(&store).await, ["admins: ", "analysts: bob cyril"]);
    let found = store.read().await.unwrap();
    assert_eq!(found.accounts.iter().map(|account| account.active).collect::<Vec<_>>(), [false, true, true]);
    assert_eq!(found.accounts[1].link, Some(account_link(22, "bob")));
    assert_eq!(fixture.number("SELECT count(*) FROM users WHERE is_admin = 1"), 1);
    apply(&store, vec![Change::DeleteAccount { account: AccountRef(2) }, Change::DeleteGroup { group: GroupRef(1) }])
        .await;
    assert_eq!(groups(&store).await, ["admins: "]);
}
