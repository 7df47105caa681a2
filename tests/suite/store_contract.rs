//! What every SQL user store does, whatever the database: a fixture gives the store and a hand that writes beside it.

use std::sync::Arc;

use directory_group_sync::store::sql::SqlStore;
use directory_group_sync::store::{Applied, Error, Subject, UserStore};
use directory_group_sync::sync::found::{Account, AccountRef, Found, Group, GroupRef};
use directory_group_sync::sync::identity::{ExternalId, IdKind, Owner, Realm};
use directory_group_sync::sync::known::{KnownRealm, KnownServer};
use directory_group_sync::sync::link::{AccountLink, GroupLink, Origin};
use directory_group_sync::sync::plan::{AttributeEdits, Change, Edit, Plan};
use directory_group_sync::sync::snapshot::{Attributes, DnHash, Place};

/// A store of one test.
pub(crate) trait Fixture {
    /// The store.
    fn store(&self) -> SqlStore;

    /// Runs statements as a person or the dashboard server would.
    fn sql(&self, statements: &str);

    /// The one number that a statement answers.
    fn number(&self, statement: &str) -> i64;

    /// How many tables there are.
    fn tables(&self) -> i64;
}

/// Runs the contract's tests against a fixture.
macro_rules! hold_contract {
    ($fixture:expr; $($test:ident)*) => {
        $(#[tokio::test]
        async fn $test() {
            $crate::store_contract::$test(&$fixture(stringify!($test))).await;
        })*
    };
}

pub(crate) use hold_contract;

// What tests write.

pub(crate) fn owner(name: &str) -> Arc<Owner> {
    Arc::new(Owner { installation: "standalone".to_owned(), namespace: "bi".to_owned(), name: name.to_owned() })
}

pub(crate) fn place(number: u8) -> Place {
    Place { dn: DnHash([number; 16]), parent: DnHash([0xf0; 16]) }
}

pub(crate) fn group_link(number: u8, name: &str) -> GroupLink {
    GroupLink {
        realm: Realm(ExternalId::new(IdKind::EntryUuid, [1; 16])),
        id: ExternalId::new(IdKind::EntryUuid, [number; 16]),
        owner: Some(owner("analysts")),
        item: "name:bi".into(),
        origin: Origin::Created,
        name: name.into(),
        place: place(number),
        missing_since: None,
        empty_since: None,
    }
}

pub(crate) fn account_link(number: u8, username: &str) -> AccountLink {
    AccountLink {
        realm: Realm(ExternalId::new(IdKind::EntryUuid, [1; 16])),
        id: ExternalId::new(IdKind::EntryUuid, [number; 16]),
        owner: Some(owner("analysts")),
        origin: Origin::Created,
        username: username.into(),
        email: Some(format!("{username}@corp.example").into()),
        place: place(number),
        deactivated_by_us: false,
        unused_since: None,
        missing_since: None,
    }
}

pub(crate) fn person(username: &str) -> Attributes {
    Attributes {
        username: Some(username.into()),
        email: Some(format!("{username}@corp.example").into()),
        ..Attributes::default()
    }
}

pub(crate) fn create_group(group: u32, number: u8, name: &str) -> Change {
    Change::CreateGroup { group: GroupRef(group), name: name.into(), description: None, link: group_link(number, name) }
}

pub(crate) fn create_account(account: u32, number: u8, username: &str) -> Change {
    Change::CreateAccount {
        account: AccountRef(account),
        attributes: person(username),
        active: true,
        link: account_link(number, username),
    }
}

pub(crate) fn rename_group(group: u32, name: &str) -> Change {
    Change::SetGroup { group: GroupRef(group), name: Edit::Set(name.into()), description: Edit::Keep }
}

pub(crate) fn rename_account(account: u32, username: &str) -> Change {
    let edits = AttributeEdits { username: Edit::Set(username.into()), ..AttributeEdits::default() };
    Change::SetAccount { account: AccountRef(account), edits }
}

pub(crate) fn add_members(group: u32, accounts: &[u32]) -> Change {
    Change::AddMembers {
        group: GroupRef(group),
        accounts: accounts.iter().map(|account| AccountRef(*account)).collect(),
    }
}

pub(crate) fn remove_members(group: u32, accounts: &[u32]) -> Change {
    Change::RemoveMembers {
        group: GroupRef(group),
        accounts: accounts.iter().map(|account| AccountRef(*account)).collect(),
    }
}

/// Applies changes as a run does: under the lock, to what is read there. A rehearsal before it must say the same.
pub(crate) async fn apply(store: &SqlStore, changes: Vec<Change>) -> Applied {
    let plan = Plan::from(changes);
    let rehearsed = rehearse(store, &plan).await;
    let applied = apply_plan(store, &plan).await;
    assert_eq!(rehearsed, applied);
    applied
}

/// Applies a plan as a run does.
pub(crate) async fn apply_plan(store: &SqlStore, plan: &Plan) -> Applied {
    let mut transaction = store.begin().await.unwrap();
    let found = transaction.read().await.unwrap();
    transaction.apply(&found, plan).await.unwrap()
}

/// Rehearses a plan as a preview does, and holds the store to be as it was.
pub(crate) async fn rehearse(store: &SqlStore, plan: &Plan) -> Applied {
    let before = store.read().await.unwrap();
    let mut transaction = store.begin().await.unwrap();
    let found = transaction.read().await.unwrap();
    let rehearsed = transaction.rehearse(&found, plan).await.unwrap();
    assert_eq!(store.read().await.unwrap(), before);
    rehearsed
}

/// Groups 0 (`alpha`: ada, bob) and 1 (`beta`: bob), accounts 0 to 2 (`ada`, `bob`, `cy`), all linked.
pub(crate) async fn two_groups_and_three_accounts(store: &SqlStore) {
    let changes = vec![
        create_group(0, 11, "alpha"),
        create_group(1, 12, "beta"),
        create_account(0, 21, "ada"),
        create_account(1, 22, "bob"),
        create_account(2, 23, "cy"),
        add_members(0, &[0, 1]),
        add_members(1, &[1]),
    ];
    assert_eq!(apply(store, changes).await, Applied::default());
}

/// Groups as `name: usernames`.
pub(crate) async fn groups(store: &SqlStore) -> Vec<String> {
    let found = store.read().await.unwrap();
    let username = |member: &AccountRef| found.accounts[member.0 as usize].attributes.username.as_deref();
    let members = |group: &Group| group.members.iter().filter_map(username).collect::<Vec<_>>().join(" ");
    found.groups.iter().map(|group| format!("{}: {}", group.name, members(group))).collect()
}

pub(crate) async fn usernames(store: &SqlStore) -> Vec<String> {
    let found = store.read().await.unwrap();
    found.accounts.iter().map(|account| account.attributes.username.as_deref().unwrap_or("-").to_owned()).collect()
}

fn refused(applied: &Applied) -> Vec<Subject> {
    applied.refused.iter().map(|refusal| refusal.subject).collect()
}

// The contract.

pub(crate) async fn an_empty_store_reads_empty_and_nothing_is_made(fixture: &impl Fixture) {
    let store = fixture.store();
    assert_eq!(store.read().await.unwrap(), Found::default());
    let capabilities = store.probe().await.unwrap();
    assert_eq!((capabilities.missing_rights, capabilities.signed_in_as), (vec![], None));
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
        realm: Realm(ExternalId::new(IdKind::ObjectGuid, [0xab; 16])),
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
        realm: Realm(ExternalId::new(IdKind::IpaUniqueId, [0x12; 16])),
        id: ExternalId::new(IdKind::ObjectGuid, [0x34; 16]),
        owner: Some(owner("q\"\\,{}")),
        item: "filter:(cn=\\2a\t*)".into(),
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
        id: groups[0].id,
        name: "Gruppe \\.".into(),
        description: Some("a | b\n\\.\n".into()),
        members: vec![AccountRef(0), AccountRef(1)],
        link: Some(group_link),
    };
    assert_eq!(groups[0], expected);
    let expected = Group {
        id: groups[1].id,
        name: "bare".into(),
        description: None,
        members: vec![],
        link: Some(self::group_link(12, "bare")),
    };
    assert_eq!(groups[1], expected);
    let expected = Account { id: accounts[0].id, attributes, active: false, link: Some(account_link) };
    assert_eq!(accounts[0], expected);
    let link = Some(self::account_link(22, "bob"));
    assert_eq!(accounts[1], Account { id: accounts[1].id, attributes: person("bob"), active: true, link });
    assert_eq!((groups.len(), accounts.len()), (2, 2));
}

pub(crate) async fn every_change_does_what_it_says(fixture: &impl Fixture) {
    let store = fixture.store();
    two_groups_and_three_accounts(&store).await;
    let before = store.read().await.unwrap();
    let edits = AttributeEdits {
        username: Edit::Set("bert".into()),
        email: Edit::Clear,
        first_name: Edit::Set("Bert".into()),
        last_name: Edit::Set("B".into()),
        display_name: Edit::Set("Bert B".into()),
        phone: Edit::Set("1".into()),
    };
    let released = GroupLink { owner: None, ..group_link(11, "Alpha") };
    let unused =
        AccountLink { unused_since: Some("2026-01-01T00:00:00Z".parse().unwrap()), ..account_link(22, "bert") };
    let changes = vec![
        Change::ParkGroup { group: GroupRef(0), name: "~parked".into() },
        Change::SetGroup {
            group: GroupRef(0),
            name: Edit::Set("Alpha".into()),
            description: Edit::Set("first".into()),
        },
        Change::LinkGroup { group: GroupRef(0), link: released.clone() },
        Change::ParkAccount { account: AccountRef(0), username: "~ada".into() },
        Change::SetAccount { account: AccountRef(1), edits },
        Change::LinkAccount { account: AccountRef(1), link: unused.clone() },
        remove_members(0, &[0]),
        add_members(1, &[0, 2]),
        Change::DeactivateAccount { account: AccountRef(1) },
    ];
    assert_eq!(apply(&store, changes).await, Applied::default());

    let mut expected = before.clone();
    let [alpha, beta] = &mut expected.groups[..] else { panic!("two groups") };
    (alpha.name, alpha.description, alpha.link) = ("Alpha".into(), Some("first".into()), Some(released));
    alpha.members = vec![AccountRef(1)];
    beta.members = vec![AccountRef(0), AccountRef(1), AccountRef(2)];
    let [ada, bob, _] = &mut expected.accounts[..] else { panic!("three accounts") };
    ada.attributes = Attributes { username: Some("~ada".into()), ..Attributes::default() };
    bob.attributes = Attributes {
        username: Some("bert".into()),
        email: None,
        first_name: Some("Bert".into()),
        last_name: Some("B".into()),
        display_name: Some("Bert B".into()),
        phone: Some("1".into()),
    };
    (bob.active, bob.link) = (false, Some(unused));
    assert_eq!(store.read().await.unwrap(), expected);

    let changes = vec![
        Change::DeleteGroup { group: GroupRef(0) },
        Change::SetGroup { group: GroupRef(1), name: Edit::Keep, description: Edit::Set("second".into()) },
        Change::SetAccount {
            account: AccountRef(1),
            edits: AttributeEdits { phone: Edit::Clear, ..AttributeEdits::default() },
        },
        Change::ActivateAccount { account: AccountRef(1) },
        Change::DeleteAccount { account: AccountRef(0) },
    ];
    assert_eq!(apply(&store, changes).await, Applied::default());
    expected.groups.remove(0);
    expected.accounts.remove(0);
    expected.groups[0].description = Some("second".into());
    expected.groups[0].members = vec![AccountRef(0), AccountRef(1)];
    expected.accounts[0].attributes.phone = None;
    expected.accounts[0].active = true;
    assert_eq!(store.read().await.unwrap(), expected);
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

pub(crate) async fn a_second_writer_does_not_wait(fixture: &impl Fixture) {
    let store = fixture.store();
    for _ in 0..2 {
        let first = store.begin().await.unwrap();
        assert!(matches!(fixture.store().begin().await, Err(Error::Busy)));
        drop(first);
        begin_when_free(&store).await.apply(&Found::default(), &Plan::default()).await.unwrap();
    }
    let mut reader = store.begin().await.unwrap();
    assert_eq!(store.read().await.unwrap(), reader.read().await.unwrap());
}

/// A dropped connection's lock goes when the server sees that it is gone.
async fn begin_when_free(store: &SqlStore) -> Box<dyn directory_group_sync::store::Transaction> {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    loop {
        match store.begin().await {
            Ok(transaction) => return transaction,
            Err(Error::Busy) => assert!(std::time::Instant::now() < deadline, "the lock is still held"),
            Err(error) => panic!("{error}"),
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

pub(crate) async fn a_transaction_that_is_dropped_leaves_nothing(fixture: &impl Fixture) {
    let store = fixture.store();
    drop(store.begin().await.unwrap());
    begin_when_free(&store).await;
    assert_eq!((store.read().await.unwrap(), fixture.tables()), (Found::default(), 0));

    let mut transaction = begin_when_free(&store).await;
    transaction.read().await.unwrap();
    transaction.apply(&Found::default(), &Plan::from(vec![create_group(0, 11, "alpha")])).await.unwrap();
    let before = store.read().await.unwrap();
    let transaction = store.begin().await.unwrap();
    // A plan that names what is not there fails as a whole, whatever was written before.
    let changes = vec![create_group(1, 12, "beta"), rename_group(0, "x"), add_members(7, &[0])];
    assert!(matches!(transaction.apply(&before, &Plan::from(changes)).await, Err(Error::Unexpected { .. })));
    assert_eq!(store.read().await.unwrap(), before);
}

pub(crate) async fn two_first_runs_at_once_make_one_schema(fixture: &impl Fixture) {
    let (left, right) = (fixture.store(), fixture.store());
    let run = async |store: &SqlStore, number: u8| {
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

pub(crate) async fn ids_are_never_given_twice(fixture: &impl Fixture) {
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
    let (last_group, last_account) = (first.groups[1].id, first.accounts[2].id);
    assert!(second.groups[1..].iter().all(|group| group.id > last_group));
    assert!(second.accounts[1..].iter().all(|account| account.id > last_account));
}

pub(crate) async fn memberships_that_came_or_went_meanwhile_are_no_failure(fixture: &impl Fixture) {
    let store = fixture.store();
    two_groups_and_three_accounts(&store).await;
    let found = store.read().await.unwrap();
    let [alpha, beta] = [found.groups[0].id, found.groups[1].id];
    let cy = found.accounts[2].id;
    fixture.sql(&format!(
        "DELETE FROM group_members WHERE group_id = {alpha};
         INSERT INTO group_members (group_id, user_id) VALUES ({beta}, {cy})"
    ));
    let transaction = store.begin().await.unwrap();
    let changes = vec![remove_members(0, &[0, 1]), add_members(1, &[0, 2])];
    assert_eq!(transaction.apply(&found, &Plan::from(changes)).await.unwrap(), Applied::default());
    assert_eq!(groups(&store).await, ["alpha: ", "beta: ada bob cy"]);
}

pub(crate) async fn what_was_deleted_meanwhile_is_named_and_the_rest_is_written(fixture: &impl Fixture) {
    let store = fixture.store();
    two_groups_and_three_accounts(&store).await;
    let found = store.read().await.unwrap();
    let (beta, bob) = (found.groups[1].id, found.accounts[1].id);
    fixture.sql(&format!("DELETE FROM groups WHERE id = {beta}; DELETE FROM users WHERE id = {bob}"));
    let transaction = store.begin().await.unwrap();
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
    let bob = found.accounts[1].id;
    fixture.sql(&format!("DELETE FROM users WHERE id = {bob}"));
    let transaction = store.begin().await.unwrap();
    let changes = vec![create_group(2, 13, "gamma"), add_members(1, &[0, 2]), add_members(2, &[0, 1, 2])];
    let applied = transaction.apply(&found, &Plan::from(changes)).await.unwrap();
    assert_eq!(refused(&applied), [Subject::Members(GroupRef(2))]);
    assert_eq!(groups(&store).await, ["alpha: ada", "beta: ada cy", "gamma: ada cy"]);
}

pub(crate) async fn what_an_owners_constraint_refuses_is_named_and_the_rest_is_written(fixture: &impl Fixture) {
    let store = fixture.store();
    two_groups_and_three_accounts(&store).await;
    fixture.sql(
        "CREATE UNIQUE INDEX users_email_once ON users (lower(email));
         CREATE UNIQUE INDEX groups_name_once ON groups (lower(name));
         INSERT INTO users (username, email) VALUES ('local', 'DAN@corp.example');
         INSERT INTO groups (name) VALUES ('Delta')",
    );
    let changes = vec![
        rename_group(0, "DELTA"),
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
    for refusal in &applied.refused {
        assert!(refusal.message.contains("_once"), "{refusal:?}");
        assert!(!refusal.message.to_lowercase().contains("dan@"), "{refusal:?}");
    }
    assert_eq!(groups(&store).await, ["alpha: ada bob", "beta: bob eve", "Delta: ", "gamma: ada eve"]);
    let found = store.read().await.unwrap();
    assert_eq!(found.groups[3].link, Some(group_link(13, "gamma")));
    assert_eq!(usernames(&store).await, ["ada", "bob", "cy", "local", "eve"]);
}

pub(crate) async fn a_refused_object_keeps_nothing_of_the_plan(fixture: &impl Fixture) {
    let store = fixture.store();
    two_groups_and_three_accounts(&store).await;
    fixture.sql(
        "CREATE TABLE pages (group_id integer NOT NULL REFERENCES groups (id), user_id integer REFERENCES users (id))",
    );
    fixture.sql(
        "INSERT INTO pages SELECT g.id, u.id FROM groups AS g, users AS u WHERE g.name = 'beta' AND u.username = 'cy'",
    );
    let before = store.read().await.unwrap();
    // beta and cy cannot be deleted: pages point at them. Their names do not come free, so nothing takes them.
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
    assert!(applied.refused[1].message.contains("did not come free"), "{applied:?}");
    let after = store.read().await.unwrap();
    assert_eq!((&after.accounts, &after.groups[..2]), (&before.accounts, &before.groups[..]));
    assert_eq!(groups(&store).await[2], "gamma: ada");
}

pub(crate) async fn names_swap_and_move_on_under_an_owners_unique_names(fixture: &impl Fixture) {
    let store = fixture.store();
    two_groups_and_three_accounts(&store).await;
    fixture.sql("CREATE UNIQUE INDEX a ON users (username); CREATE UNIQUE INDEX b ON groups (name)");
    let changes = vec![
        Change::ParkGroup { group: GroupRef(0), name: "~0".into() },
        rename_group(1, "alpha"),
        rename_group(0, "beta"),
        rename_account(2, "dan"),
        rename_account(1, "cy"),
        rename_account(0, "bob"),
    ];
    assert_eq!(apply(&store, changes).await, Applied::default());
    assert_eq!(groups(&store).await, ["beta: bob cy", "alpha: cy"]);
    assert_eq!(usernames(&store).await, ["bob", "cy", "dan"]);
}

pub(crate) async fn a_link_may_pass_to_another_object(fixture: &impl Fixture) {
    let store = fixture.store();
    two_groups_and_three_accounts(&store).await;
    let changes = vec![
        Change::LinkGroup { group: GroupRef(0), link: group_link(12, "alpha") },
        Change::LinkGroup { group: GroupRef(1), link: group_link(11, "beta") },
        Change::LinkAccount { account: AccountRef(0), link: account_link(22, "ada") },
        Change::LinkAccount { account: AccountRef(1), link: account_link(21, "bob") },
    ];
    assert_eq!(apply(&store, changes).await, Applied::default());
    let found = store.read().await.unwrap();
    let group_ids: Vec<_> = found.groups.iter().map(|group| group.link.as_ref().map(|link| link.id)).collect();
    assert_eq!(group_ids, [Some(group_link(12, "").id), Some(group_link(11, "").id)]);
    let account_ids: Vec<_> = found.accounts.iter().map(|account| account.link.as_ref().map(|link| link.id)).collect();
    assert_eq!(account_ids, [22, 21, 23].map(|id| Some(account_link(id, "").id)));
}

pub(crate) async fn a_store_with_a_part_of_the_tables_is_refused(fixture: &impl Fixture) {
    let store = fixture.store();
    let problem = async || match (store.read().await, store.begin().await) {
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
    for error in [store.read().await.unwrap_err(), store.begin().await.err().unwrap()] {
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

pub(crate) async fn a_rehearsal_leaves_nothing(fixture: &impl Fixture) {
    let store = fixture.store();
    let plan = Plan {
        changes: vec![create_group(0, 11, "alpha"), create_account(0, 21, "ada"), add_members(0, &[0])],
        remember: Some(known(1, "2026-01-01T00:00:00Z", &[])),
        ..Plan::default()
    };
    assert_eq!(rehearse(&store, &plan).await, Applied::default());
    assert_eq!(fixture.tables(), 0);
    // What fails an application as a whole fails a rehearsal, too.
    let transaction = store.begin().await.unwrap();
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

/// What is remembered of a directory: servers with the day of January on which they were first seen, and a position.
fn known(number: u8, first_seen: &str, servers: &[(&str, u8, Option<i64>)]) -> KnownRealm {
    let server = |(identity, day, position): &(&str, u8, Option<i64>)| KnownServer {
        identity: (*identity).to_owned(),
        first_seen: format!("2026-01-{day:02}T00:00:00.000001Z").parse().unwrap(),
        position: *position,
    };
    KnownRealm {
        realm: Realm(ExternalId::new(IdKind::EntryUuid, [number; 16])),
        first_seen: first_seen.parse().unwrap(),
        servers: servers.iter().map(server).collect(),
    }
}

async fn remember(store: &SqlStore, realm: KnownRealm) -> Vec<KnownRealm> {
    let plan = Plan { remember: Some(realm), ..Plan::default() };
    assert_eq!(rehearse(store, &plan).await, Applied::default());
    assert_eq!(apply_plan(store, &plan).await, Applied::default());
    store.read().await.unwrap().realms
}

pub(crate) async fn what_is_remembered_of_directories_is_read_back(fixture: &impl Fixture) {
    let store = fixture.store();
    let (early, late) = ("2025-12-31T23:59:59.999999Z", "2026-02-01T00:00:00Z");
    let one = known(1, early, &[("dc2", 3, Some(i64::MAX)), ("dc1 \"'", 2, None)]);
    let sorted = known(1, early, &[("dc1 \"'", 2, None), ("dc2", 3, Some(i64::MAX))]);
    assert_eq!(remember(&store, one).await, std::slice::from_ref(&sorted));
    let other = known(2, late, &[]);
    assert_eq!(remember(&store, other.clone()).await, [sorted, other.clone()]);
    // The realm's time stays; the server that is named is replaced, the other stays.
    let restored = known(1, early, &[("dc1 \"'", 2, None), ("dc2", 9, Some(-5))]);
    assert_eq!(remember(&store, known(1, late, &[("dc2", 9, Some(-5))])).await, [restored, other]);
    // A plan that remembers nothing forgets nothing.
    two_groups_and_three_accounts(&store).await;
    assert_eq!(store.read().await.unwrap().realms.len(), 2);
}

pub(crate) async fn of_many_servers_those_first_seen_last_are_remembered(fixture: &impl Fixture) {
    let store = fixture.store();
    let names: Vec<String> = (0..64).map(|number| format!("dc{number:02}")).collect();
    let servers: Vec<_> = (0..).zip(&names).map(|(number, name)| (&**name, 28 - number / 3, None)).collect();
    let time = "2026-01-01T00:00:00Z";
    remember(&store, known(2, time, &[("dc63", 1, None)])).await;
    assert_eq!(remember(&store, known(1, time, &servers)).await[0].servers.len(), 64);
    // `dc63` was first seen before the others. The one that is named stays, however old it is.
    let realms = remember(&store, known(1, time, &[("new", 1, Some(1))])).await;
    let identities: Vec<_> = realms[0].servers.iter().map(|server| &*server.identity).collect();
    assert_eq!(identities, names[..63].iter().map(|name| &**name).chain(["new"]).collect::<Vec<_>>());
    assert_eq!(realms[1].servers.len(), 1);
}

/// Section 5, rule 7.
pub(crate) async fn a_row_that_a_person_deletes_takes_its_link_along(fixture: &impl Fixture) {
    let store = fixture.store();
    two_groups_and_three_accounts(&store).await;
    let before = store.read().await.unwrap();
    fixture.sql("DELETE FROM groups WHERE name = 'beta'; DELETE FROM users WHERE username = 'cy'");
    assert_eq!(fixture.number("SELECT count(*) FROM group_links"), 1);
    assert_eq!(fixture.number("SELECT count(*) FROM user_links"), 2);
    // What a person makes then is local, and what the directory still has is created anew.
    fixture.sql("INSERT INTO groups (name) VALUES ('by hand'); INSERT INTO users (username) VALUES ('by hand')");
    let changes = vec![create_group(2, 12, "beta"), create_account(3, 23, "cy"), add_members(2, &[3])];
    assert_eq!(apply(&store, changes).await, Applied::default());
    assert_eq!(groups(&store).await, ["alpha: ada bob", "by hand: ", "beta: cy"]);
    let after = store.read().await.unwrap();
    assert_eq!((&after.groups[1].link, &after.accounts[2].link), (&None, &None));
    assert!(after.groups[1..].iter().all(|group| group.id > before.groups[1].id));
    assert!(after.accounts[2..].iter().all(|account| account.id > before.accounts[2].id));
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
