//! What every user store does, whatever is behind its port: a fixture gives the store, and a hand that changes it as an
//! administrator does.

mod committing;
mod hidden;
mod reading;
mod refusing;
mod remembering;
mod roles;
mod stopping;
mod writing;

use std::sync::Arc;

use async_trait::async_trait;
use directory_group_sync::store::{Applied, Guard, Interruption, UserStore};
use directory_group_sync::sync::form::TextForm;
use directory_group_sync::sync::found::{AccountRef, Found, Group, GroupRef};
use directory_group_sync::sync::identity::{DirectoryId, ExternalId, IdKind, Owner};
use directory_group_sync::sync::link::{AccountLink, GroupLink, Origin};
use directory_group_sync::sync::plan::{AttributeEdits, Change, Edit, Plan};
use directory_group_sync::sync::snapshot::{Attributes, DnHash, Place};

pub(crate) use self::committing::*;
pub(crate) use self::hidden::{Hidden, HidesFirst};
pub(crate) use self::reading::*;
pub(crate) use self::refusing::*;
pub(crate) use self::remembering::*;
pub(crate) use self::roles::*;
pub(crate) use self::stopping::*;
pub(crate) use self::writing::*;

/// A store behind its port.
pub(crate) type Store = Arc<dyn UserStore>;

/// A run that nothing stops.
pub(crate) struct Unstopped;

#[async_trait]
impl Guard for Unstopped {
    async fn may_go_on(&self) -> Result<(), Interruption> {
        Ok(())
    }

    async fn stopped(&self) -> Interruption {
        std::future::pending().await
    }
}

/// A store of one test.
pub(crate) trait Fixture {
    /// The store.
    fn store(&self) -> Store;

    /// Changes it as an administrator does, with the server's own means.
    fn by_hand(&self, edit: &ByHand<'_>);

    /// From now on the server refuses a second group of one name, and a second account of one username or e-mail address.
    /// Answers words of such a refusal.
    fn have_unique_names(&self) -> &'static str;

    /// Whether nothing was ever written to it.
    fn is_untouched(&self) -> bool;

    /// An e-mail address with a character that the server takes in one, and that few people have.
    fn rare_email(&self) -> &'static str {
        "zoë@corp.example"
    }

    /// What was read, without what the server makes itself.
    fn ours(&self, found: Found) -> Found {
        found
    }

    /// Empties the store, with its links, where that is cheaper than another one. Answers whether it did.
    fn empty(&mut self) -> bool {
        false
    }
}

/// What an administrator does, by names.
pub(crate) enum ByHand<'a> {
    /// Creates an account with this username and this e-mail address.
    CreateAccount(&'a str, &'a str),
    CreateGroup(&'a str),
    DeleteAccount(&'a str),
    DeleteGroup(&'a str),
    /// Removes all members of a group.
    Empty(&'a str),
    /// Adds an account to a group.
    Add(&'a str, &'a str),
    /// Makes these the roles of a group.
    SetRoles(&'a str, &'a [&'a str]),
}

/// Holds a store to the contract. The expression is a function from the name of a test to an empty store of its own. This is
/// the only list: a store has every test of it.
macro_rules! hold_contract {
    ($fixture:expr) => {
        $crate::store_contract::hold_tests! {
            store_contract, $fixture;
            an_empty_store_reads_empty_and_nothing_is_made
            a_store_is_known_by_its_identity
            every_field_of_what_is_created_is_read_back
            every_change_does_what_it_says
            a_second_writer_does_not_wait
            a_writer_that_is_dropped_leaves_nothing
            memberships_that_came_or_went_meanwhile_are_no_failure
            what_was_deleted_meanwhile_is_named_and_the_rest_is_written
            a_membership_of_what_was_deleted_meanwhile_is_left_out_alone
            what_the_server_refuses_is_named_and_the_rest_is_written
            names_swap_and_move_on_where_names_are_unique
            a_link_may_pass_to_another_object
            an_account_that_somebody_else_made_is_a_member_by_its_evidence
            what_is_remembered_of_directories_is_read_back
            of_many_servers_those_first_seen_last_are_remembered
            who_leads_a_directory_is_read_back
            a_new_group_has_its_roles
            roles_are_given_and_taken_and_those_of_people_stay
            a_group_that_the_server_keeps_is_emptied_and_released
            a_group_that_was_given_a_role_meanwhile_is_not_deleted
        }

        #[tokio::test]
        async fn a_run_that_is_stopped_anywhere_says_what_it_wrote_and_is_completed() {
            $crate::store_contract::a_run_that_is_stopped_anywhere_says_what_it_wrote_and_is_completed($fixture).await;
        }

        #[tokio::test]
        async fn a_run_whose_time_is_over_says_what_it_wrote_and_is_completed() {
            $crate::store_contract::a_run_whose_time_is_over_says_what_it_wrote_and_is_completed($fixture).await;
        }
    };
}

/// Runs tests of a module against a fixture.
macro_rules! hold_tests {
    ($contract:ident, $fixture:expr; $($test:ident)*) => {
        $(#[tokio::test]
        async fn $test() {
            $crate::$contract::$test(&$fixture(stringify!($test))).await;
        })*
    };
}

pub(crate) use {hold_contract, hold_tests};

// What tests write.

pub(crate) fn owner(name: &str) -> Arc<Owner> {
    Arc::new(Owner { installation: "standalone".to_owned(), namespace: "bi".to_owned(), name: name.to_owned() })
}

pub(crate) fn place(number: u8) -> Place {
    Place { dn: DnHash([number; 16]), parent: DnHash([0xf0; 16]) }
}

pub(crate) fn group_link(number: u8, name: &str) -> GroupLink {
    GroupLink {
        directory_id: DirectoryId(ExternalId::new(IdKind::EntryUuid, [1; 16])),
        id: ExternalId::new(IdKind::EntryUuid, [number; 16]),
        owner: Some(owner("analysts")),
        selector: "name:bi".into(),
        exclusions: "0a1b".into(),
        origin: Origin::Created,
        name: name.into(),
        place: place(number),
        roles: Vec::new(),
        missing_since: None,
        empty_since: None,
    }
}

pub(crate) fn account_link(number: u8, username: &str) -> AccountLink {
    AccountLink {
        directory_id: DirectoryId(ExternalId::new(IdKind::EntryUuid, [1; 16])),
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

/// The first of these names if the server takes it, else the second.
pub(crate) fn taken<'a>(form: &TextForm, odd: &'a str, plain: &'a str) -> &'a str {
    if form.kept(odd) == Ok(odd) && !form.ignores_case { odd } else { plain }
}

/// These attributes as a run would write them.
pub(crate) async fn written(store: &Store, attributes: Attributes) -> Attributes {
    let form = store.probe().await.unwrap().form;
    let text = |text: Box<str>| if form.text.trims { text.trim().into() } else { text };
    Attributes {
        first_name: attributes.first_name.map(text),
        last_name: attributes.last_name.map(text),
        display_name: attributes.display_name.map(text),
        ..attributes
    }
}

/// What the server keeps of these attributes.
pub(crate) async fn kept(store: &Store, attributes: Attributes) -> Attributes {
    let form = store.probe().await.unwrap().form;
    Attributes {
        first_name: attributes.first_name.filter(|_| form.has_first_and_last_name),
        last_name: attributes.last_name.filter(|_| form.has_first_and_last_name),
        display_name: attributes.display_name.filter(|_| form.has_display_name),
        phone: attributes.phone.filter(|_| form.has_phone),
        ..attributes
    }
}

/// What the server keeps of this description.
pub(crate) async fn described(store: &Store, description: &str) -> Option<Box<str>> {
    store.probe().await.unwrap().form.has_description.then(|| description.into())
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

/// Applies changes as a run does: to what is read when nobody else may write. A rehearsal before it says the same, where the
/// store can be asked beforehand.
pub(crate) async fn apply(store: &Store, changes: Vec<Change>) -> Applied {
    let plan = Plan::from(changes);
    let rehearsed = rehearse_if_possible(store, &plan).await;
    let applied = apply_plan(store, &plan).await;
    if let Some(rehearsed) = rehearsed {
        assert_eq!(rehearsed, applied);
    }
    applied
}

/// Applies a plan as a run does.
pub(crate) async fn apply_plan(store: &Store, plan: &Plan) -> Applied {
    let mut transaction = begin_when_free(store).await;
    let found = transaction.read().await.unwrap();
    transaction.apply(&found, plan).await.unwrap()
}

/// Rehearses a plan as a preview does, and holds the store to be as it was.
pub(crate) async fn rehearse(store: &Store, plan: &Plan) -> Applied {
    rehearse_if_possible(store, plan).await.expect("a database can be asked")
}

/// The same where the store can be asked beforehand.
pub(crate) async fn rehearse_if_possible(store: &Store, plan: &Plan) -> Option<Applied> {
    let before = store.read().await.unwrap();
    let mut writer = begin_when_free(store).await;
    let found = writer.read().await.unwrap();
    let rehearsed = writer.rehearse(&found, plan).await.unwrap();
    assert_eq!(store.read().await.unwrap(), before);
    rehearsed
}

/// Creates a group with one member.
pub(crate) async fn one_group_with_its_member(store: &Store) -> Applied {
    let changes = vec![create_group(0, 11, "alpha"), create_account(0, 21, "ada"), add_members(0, &[0])];
    apply_plan(store, &Plan::from(changes)).await
}

/// Groups 0 (`alpha`: ada, bob) and 1 (`beta`: bob), accounts 0 to 2 (`ada`, `bob`, `cy`), all linked.
pub(crate) async fn two_groups_and_three_accounts(store: &Store) {
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
pub(crate) async fn groups(store: &Store) -> Vec<String> {
    let found = store.read().await.unwrap();
    let username = |member: &AccountRef| found.accounts[member.0 as usize].attributes.username.as_deref();
    let members = |group: &Group| group.members.iter().filter_map(username).collect::<Vec<_>>().join(" ");
    found.groups.iter().map(|group| format!("{}: {}", group.name, members(group))).collect()
}

pub(crate) async fn usernames(store: &Store) -> Vec<String> {
    let found = store.read().await.unwrap();
    found.accounts.iter().map(|account| account.attributes.username.as_deref().unwrap_or("-").to_owned()).collect()
}
