//! What the changes of a plan come to.

use directory_group_sync::store::Applied;
use directory_group_sync::sync::found::{AccountRef, GroupRef};
use directory_group_sync::sync::link::{AccountLink, GroupLink, Origin};
use directory_group_sync::sync::plan::{AttributeEdits, Change, Edit};
use directory_group_sync::sync::snapshot::Attributes;

use super::{
    ByHand, Fixture, account_link, add_members, apply, create_group, described, group_link, groups, kept,
    remove_members, rename_account, rename_group, two_groups_and_three_accounts, usernames,
};

pub(crate) async fn every_change_does_what_it_says(fixture: &impl Fixture) {
    let store = fixture.store();
    two_groups_and_three_accounts(&store).await;
    let before = fixture.ours(store.read().await.unwrap());
    let abilities = store.probe().await.unwrap().abilities;
    let deactivates = abilities.deactivate_accounts;
    let edits = AttributeEdits {
        username: Edit::Set("bert".into()),
        email: Edit::Clear,
        first_name: Edit::Set("Bert".into()),
        last_name: Edit::Set("B".into()),
        display_name: Edit::Set("Bertie".into()),
        phone: Edit::Set("1".into()),
    };
    let released = GroupLink { owner: None, ..group_link(11, "Alpha") };
    let unused =
        AccountLink { unused_since: Some("2026-01-01T00:00:00Z".parse().unwrap()), ..account_link(22, "bert") };
    let mut changes = vec![
        Change::ParkGroup { group: GroupRef(0), name: "~parked".into() },
        Change::SetGroup {
            group: GroupRef(0),
            name: Edit::Set("Alpha".into()),
            description: Edit::Set("first".into()),
        },
        Change::LinkGroup { group: GroupRef(0), link: released.clone() },
        Change::ParkAccount { account: AccountRef(0), username: Some("~ada".into()) },
        Change::LinkAccount { account: AccountRef(0), link: account_link(21, "~ada") },
        Change::SetAccount { account: AccountRef(1), edits },
        Change::LinkAccount { account: AccountRef(1), link: unused.clone() },
        remove_members(0, &[0]),
        add_members(1, &[0, 2]),
    ];
    changes.extend(deactivates.then_some(Change::DeactivateAccount { account: AccountRef(1) }));
    assert_eq!(apply(&store, changes).await, Applied::default());

    let mut expected = before.clone();
    let [alpha, beta] = &mut expected.groups[..] else { panic!("two groups") };
    let first = described(&store, "first").await;
    (alpha.name, alpha.description, alpha.link) = ("Alpha".into(), first, Some(released));
    alpha.members = vec![AccountRef(1)];
    beta.members = vec![AccountRef(0), AccountRef(1), AccountRef(2)];
    let [ada, bob, _] = &mut expected.accounts[..] else { panic!("three accounts") };
    ada.attributes = Attributes { username: Some("~ada".into()), ..Attributes::default() };
    ada.link = Some(account_link(21, "~ada"));
    let bert = Attributes {
        username: Some("bert".into()),
        email: None,
        first_name: Some("Bert".into()),
        last_name: Some("B".into()),
        display_name: Some("Bertie".into()),
        phone: Some("1".into()),
    };
    bob.attributes = kept(&store, bert).await;
    (bob.active, bob.link) = (!deactivates, Some(unused));
    assert_eq!(fixture.ours(store.read().await.unwrap()), expected);

    let mut changes = vec![
        Change::DeleteGroup { group: GroupRef(0) },
        Change::SetGroup { group: GroupRef(1), name: Edit::Keep, description: Edit::Set("second".into()) },
        Change::SetAccount {
            account: AccountRef(1),
            edits: AttributeEdits { last_name: Edit::Clear, ..AttributeEdits::default() },
        },
    ];
    changes.extend(abilities.delete_accounts.then_some(Change::DeleteAccount { account: AccountRef(0) }));
    changes.extend(deactivates.then_some(Change::ActivateAccount { account: AccountRef(1) }));
    assert_eq!(apply(&store, changes).await, Applied::default());
    expected.groups.remove(0);
    expected.groups[0].description = described(&store, "second").await;
    expected.accounts[1].attributes.last_name = None;
    expected.accounts[1].active = true;
    if abilities.delete_accounts {
        expected.accounts.remove(0);
        expected.groups[0].members = vec![AccountRef(0), AccountRef(1)];
    }
    assert_eq!(fixture.ours(store.read().await.unwrap()), expected);
}

pub(crate) async fn names_swap_and_move_on_where_names_are_unique(fixture: &impl Fixture) {
    let store = fixture.store();
    two_groups_and_three_accounts(&store).await;
    fixture.have_unique_names();
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

/// Rule `existing-accounts`: a link that has no owner is kept like any other, and gives nobody the account.
pub(crate) async fn an_account_that_somebody_else_made_is_a_member_by_its_evidence(fixture: &impl Fixture) {
    let store = fixture.store();
    apply(&store, vec![create_group(0, 11, "alpha")]).await;
    fixture.by_hand(&ByHand::CreateAccount("ada", "ada@corp.example"));
    let before = store.read().await.unwrap();
    let evidence = AccountLink { owner: None, origin: Origin::Adopted, ..account_link(21, "ada") };
    let changes = vec![Change::LinkAccount { account: AccountRef(0), link: evidence.clone() }, add_members(0, &[0])];
    assert_eq!(apply(&store, changes).await, Applied::default());
    let mut expected = before;
    expected.accounts[0].link = Some(evidence);
    expected.groups[0].members = vec![AccountRef(0)];
    assert_eq!(store.read().await.unwrap(), expected);
}
