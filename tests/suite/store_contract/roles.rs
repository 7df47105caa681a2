//! Stores whose groups have roles. Each of them has the roles `Admin` and `Public`. The other stores write none.

use std::slice;

use directory_group_sync::store::Applied;
use directory_group_sync::sync::found::{AccountRef, Found, Group, GroupRef};
use directory_group_sync::sync::link::GroupLink;
use directory_group_sync::sync::plan::{Change, Plan};
use directory_group_sync::sync::role::Role;

use super::{
    ByHand, Fixture, Store, apply, begin_when_free, create_group, group_link, groups, two_groups_and_three_accounts,
};

/// A role of the server.
pub(super) async fn role(store: &Store, name: &str) -> Role {
    let roles = store.probe().await.unwrap().roles;
    roles.into_iter().find(|role| *role.name == *name).unwrap_or_else(|| panic!("the server has no role {name}"))
}

/// Whether groups have roles. Where they have none, a plan that gives some is wrong, and nothing of it is written.
async fn has_roles(store: &Store) -> bool {
    let capabilities = store.probe().await.unwrap();
    if capabilities.abilities.group_roles {
        return true;
    }
    assert_eq!(capabilities.roles, []);
    two_groups_and_three_accounts(store).await;
    let before = store.read().await.unwrap();
    let role = Role { id: before.groups[0].id.clone(), name: "Public".into() };
    let plan = Plan::from(vec![set_roles(&[role], &[])]);
    let applied = begin_when_free(store).await.apply(&before, &plan).await;
    assert!(applied.as_ref().map_or(true, |applied| applied.refused.len() == 1), "{applied:?}");
    // What the book of links remembers of a role that no group can have does no harm.
    let shown = |found: &Found| -> Vec<Group> {
        found.groups.iter().map(|group| Group { link: None, ..group.clone() }).collect()
    };
    assert_eq!(shown(&store.read().await.unwrap()), shown(&before));
    false
}

/// The names of a group's roles, and of those that its link says we gave.
pub(super) fn roles_of(found: &Found, group: usize) -> (Vec<&str>, Vec<&str>) {
    let group = &found.groups[group];
    let given = group.link.as_ref().map_or(&[][..], |link| &link.roles);
    let mut held: Vec<&str> = group.roles.iter().map(|role| &*role.name).collect();
    held.sort_unstable();
    (held, given.iter().map(|role| &*role.name).collect())
}

/// Gives one role to the group `alpha` and takes others from it.
pub(super) fn set_roles(give: &[Role], take: &[Role]) -> Change {
    let link = GroupLink { roles: give.to_vec(), ..group_link(11, "alpha") };
    Change::SetRoles { group: GroupRef(0), give: give.to_vec(), take: take.to_vec(), link }
}

pub(crate) async fn roles_are_given_and_taken_and_those_of_people_stay(fixture: &impl Fixture) {
    let store = fixture.store();
    if !has_roles(&store).await {
        return;
    }
    two_groups_and_three_accounts(&store).await;
    fixture.by_hand(&ByHand::SetRoles("alpha", &["Admin"]));
    let ours = role(&store, "Public").await;
    assert_eq!(apply(&store, vec![set_roles(slice::from_ref(&ours), &[])]).await, Applied::default());
    let found = store.read().await.unwrap();
    assert_eq!(roles_of(&found, 0), (vec!["Admin", "Public"], vec!["Public"]));
    assert_eq!(roles_of(&found, 1), (vec![], vec![]));
    // What was given already is no failure, as after a lost answer.
    assert_eq!(apply(&store, vec![set_roles(slice::from_ref(&ours), &[])]).await, Applied::default());
    assert_eq!(apply(&store, vec![set_roles(&[], &[ours])]).await, Applied::default());
    assert_eq!(roles_of(&store.read().await.unwrap(), 0), (vec!["Admin"], vec![]));
}

pub(crate) async fn a_new_group_has_its_roles(fixture: &impl Fixture) {
    let store = fixture.store();
    if !has_roles(&store).await {
        return;
    }
    let roles = vec![role(&store, "Public").await];
    let Change::CreateGroup { group, name, description, link } = create_group(0, 11, "alpha") else { unreachable!() };
    let link = GroupLink { roles, ..link };
    assert_eq!(apply(&store, vec![Change::CreateGroup { group, name, description, link }]).await, Applied::default());
    assert_eq!(roles_of(&store.read().await.unwrap(), 0), (vec!["Public"], vec!["Public"]));
}

pub(crate) async fn a_group_that_the_server_keeps_is_emptied_and_released(fixture: &impl Fixture) {
    let store = fixture.store();
    if !has_roles(&store).await {
        return;
    }
    two_groups_and_three_accounts(&store).await;
    fixture.by_hand(&ByHand::SetRoles("alpha", &["Public"]));
    let found = store.read().await.unwrap();
    let link = GroupLink { owner: None, ..group_link(11, "alpha") };
    let accounts: Vec<AccountRef> = found.groups[0].members.clone();
    let applied = apply(&store, vec![Change::EmptyGroup { group: GroupRef(0), accounts, link: link.clone() }]).await;
    assert_eq!(applied, Applied::default());
    let found = store.read().await.unwrap();
    assert_eq!(found.groups[0].link, Some(link));
    assert_eq!(roles_of(&found, 0).0, ["Public"], "it keeps what it has");
    assert_eq!(groups(&store).await[0], "alpha: ");
}

pub(crate) async fn a_group_that_was_given_a_role_meanwhile_is_not_deleted(fixture: &impl Fixture) {
    let store = fixture.store();
    if !has_roles(&store).await {
        return;
    }
    two_groups_and_three_accounts(&store).await;
    let ours = role(&store, "Public").await;
    assert_eq!(apply(&store, vec![set_roles(&[ours], &[])]).await, Applied::default());
    let (found, before) = (store.read().await.unwrap(), groups(&store).await);
    fixture.by_hand(&ByHand::SetRoles("alpha", &["Public", "Admin"]));
    let delete = || Plan::from(vec![Change::DeleteGroup { group: GroupRef(0) }]);
    let applied = begin_when_free(&store).await.apply(&found, &delete()).await.unwrap();
    assert!(applied.refused[0].message.contains("the role \"Admin\""), "{applied:?}");
    assert_eq!(groups(&store).await, before, "nothing of it was written");
    fixture.by_hand(&ByHand::SetRoles("alpha", &["Public"]));
    let applied = begin_when_free(&store).await.apply(&found, &delete()).await.unwrap();
    assert_eq!(applied, Applied::default(), "a role that we gave keeps nothing");
}
