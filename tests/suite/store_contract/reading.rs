//! What is read, and what is refused before anything is read.

use directory_group_sync::store::{Applied, Error};
use directory_group_sync::sync::found::{Account, AccountRef, Found, Group, GroupRef};
use directory_group_sync::sync::identity::{DirectoryId, ExternalId, IdKind};
use directory_group_sync::sync::link::{AccountLink, GroupLink, Origin};
use directory_group_sync::sync::plan::{Change, Plan};
use directory_group_sync::sync::snapshot::{Attributes, DnHash, Place};

use super::{
    Fixture, Unstopped, account_link, add_members, apply, create_account, create_group, group_link, groups, owner,
    person, place, rehearse, remove_members, rename_account, two_groups_and_three_accounts,
};

pub(crate) async fn an_empty_store_reads_empty_and_nothing_is_made(fixture: &impl Fixture) {
    let store = fixture.store();
    assert_eq!(store.read().await.unwrap(), Found::default());
    let capabilities = store.probe().await.unwrap();
    assert_eq!((capabilities.missing_rights, capabilities.own_account), (vec![], None));
    assert_eq!(fixture.tables(), 0);
}

pub(crate) async fn every_field_of_what_is_created_is_read_back(fixture: &impl Fixture) {
    let store = fixture.store();
    let attributes = Attributes {
        username: Some("Zoë \\N \"q\" 'a' {b}".into()),
        email: Some("zoë@corp.example".into()),
        first_name: Some("Zoë\tB\\t".into()),
        last_name: Some("O'Hara\nC\r".into()),
        display_name: Some("日本語 🦀".into()),
        phone: Some("+49 (0) 1".into()),
    };
    let time = |text: &str| Some(text.parse().unwrap());
    let account_link = AccountLink {
        directory_id: DirectoryId(ExternalId::new(IdKind::ObjectGuid, [0xab; 16])),
        id: ExternalId::new(IdKind::NsUniqueId, [0xcd; 16]),
        owner: None,
        origin: Origin::Adopted,
        username: "Zoë \\N".into(),
        email: None,
        place: Place { dn: DnHash([0; 16]), parent: DnHash([255; 16]) },
        deactivated_by_us: true,
        unused_since: time("2026-01-02T03:04:05.678901Z"),
        missing_since: time("2026-01-02T03:04:05.678902Z"),
    };
    let group_link = GroupLink {
        directory_id: DirectoryId(ExternalId::new(IdKind::IpaUniqueId, [0x12; 16])),
        id: ExternalId::new(IdKind::ObjectGuid, [0x34; 16]),
        owner: Some(owner("q\"\\,{}")),
        selector: "filter:(cn=\\2a\t*)".into(),
        exclusions: "".into(),
        origin: Origin::Adopted,
        name: "Gruppe \\.".into(),
        place: place(7),
        missing_since: time("1999-12-31T23:59:59.999999Z"),
        empty_since: time("2026-11-23T12:00:00Z"),
    };
    let description = Some("a | b\n\\.\n".into());
    let changes = vec![
        Change::CreateGroup { group: GroupRef(0), name: "Gruppe \\.".into(), description, link: group_link.clone() },
        create_group(1, 12, "bare"),
        Change::CreateAccount {
            account: AccountRef(0),
            attributes: attributes.clone(),
            active: false,
            link: account_link.clone(),
        },
        create_account(1, 22, "bob"),
        add_members(0, &[0, 1]),
    ];
    assert_eq!(apply(&store, changes).await, Applied::default());

    let found = store.read().await.unwrap();
    let (groups, accounts) = (&found.groups, &found.accounts);
    let expected = Group {
        id: groups[0].id.clone(),
        name: "Gruppe \\.".into(),
        description: Some("a | b\n\\.\n".into()),
        members: vec![AccountRef(0), AccountRef(1)],
        link: Some(group_link),
    };
    assert_eq!(groups[0], expected);
    let expected = Group {
        id: groups[1].id.clone(),
        name: "bare".into(),
        description: None,
        members: vec![],
        link: Some(self::group_link(12, "bare")),
    };
    assert_eq!(groups[1], expected);
    let expected = Account { id: accounts[0].id.clone(), attributes, active: false, link: Some(account_link) };
    assert_eq!(accounts[0], expected);
    let link = Some(self::account_link(22, "bob"));
    assert_eq!(accounts[1], Account { id: accounts[1].id.clone(), attributes: person("bob"), active: true, link });
    assert_eq!((groups.len(), accounts.len()), (2, 2));
}

pub(crate) async fn what_people_write_is_read_as_it_is(fixture: &impl Fixture) {
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

pub(crate) async fn a_store_with_a_part_of_the_tables_is_refused(fixture: &impl Fixture) {
    let store = fixture.store();
    let problem = async || match (store.read().await, store.begin(&Unstopped).await) {
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

pub(crate) async fn a_schema_of_a_newer_program_is_refused(fixture: &impl Fixture) {
    let store = fixture.store();
    two_groups_and_three_accounts(&store).await;
    fixture.sql("INSERT INTO directory_sync_schema (version) VALUES (2)");
    for error in [store.read().await.unwrap_err(), store.begin(&Unstopped).await.err().unwrap()] {
        assert!(matches!(&error, Error::Configuration { .. }) && error.to_string().contains("version 2"), "{error}");
    }
}

pub(crate) async fn a_link_that_cannot_be_true_fails_the_read(fixture: &impl Fixture) {
    let store = fixture.store();
    two_groups_and_three_accounts(&store).await;
    fixture.sql("UPDATE user_links SET external_id = 'entryUUID:12' WHERE username = 'bob'");
    let error = store.read().await.unwrap_err();
    assert!(matches!(&error, Error::Unexpected { attempt, .. } if attempt == "reading user_links"), "{error}");
}

pub(crate) async fn a_dashboards_own_tables_are_used_as_they_are(fixture: &impl Fixture, tables: &str) {
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
    assert_eq!(fixture.tables(), before + 5);
    assert_eq!(groups(&store).await, ["admins: ", "analysts: bob cyril"]);
    let found = store.read().await.unwrap();
    assert_eq!(found.accounts.iter().map(|account| account.active).collect::<Vec<_>>(), [false, true, true]);
    assert_eq!(found.accounts[1].link, Some(account_link(22, "bob")));
    assert_eq!(fixture.number("SELECT count(*) FROM users WHERE is_admin = 1"), 1);
    apply(&store, vec![Change::DeleteAccount { account: AccountRef(2) }, Change::DeleteGroup { group: GroupRef(1) }])
        .await;
    assert_eq!(groups(&store).await, ["admins: "]);
}
