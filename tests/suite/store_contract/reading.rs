//! What is read, and what is refused before anything is read.

use directory_group_sync::store::{Applied, Capabilities};
use directory_group_sync::sync::found::{Account, AccountRef, Group, GroupRef};
use directory_group_sync::sync::identity::{DirectoryId, ExternalId, IdKind};
use directory_group_sync::sync::link::{AccountLink, GroupLink, Origin};
use directory_group_sync::sync::plan::Change;
use directory_group_sync::sync::snapshot::{Attributes, DnHash, Place};

use super::{
    Fixture, account_link, add_members, apply, create_account, create_group, described, group_link, kept, owner,
    person, place, taken, two_groups_and_three_accounts, written,
};

pub(crate) async fn an_empty_store_reads_empty_and_nothing_is_made(fixture: &impl Fixture) {
    let store = fixture.store();
    let found = store.read().await.unwrap();
    assert_eq!((found.groups, found.accounts, found.directories), (vec![], vec![], vec![]));
    let capabilities = store.probe().await.unwrap();
    assert_eq!((capabilities.missing_rights, capabilities.administrator_accounts), (vec![], vec![]));
    assert!(fixture.is_untouched());
}

pub(crate) async fn every_field_of_what_is_created_is_read_back(fixture: &impl Fixture) {
    let store = fixture.store();
    let Capabilities { form, abilities, .. } = store.probe().await.unwrap();
    let (group_name, active) = (taken(&form.group_name, "Gruppe \\.", "Gruppe"), !abilities.deactivate_accounts);
    let attributes = Attributes {
        username: Some(taken(&form.username, "Zoë \\N \"q\" 'a' {b}", "zoe").into()),
        email: Some(fixture.rare_email().into()),
        first_name: Some("Zoë\tB\\t".into()),
        last_name: Some("O'Hara\nC\r".into()),
        display_name: Some("日本語 🦀".into()),
        phone: Some("+49 (0) 1".into()),
    };
    let attributes = written(&store, attributes).await;
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
        name: group_name.into(),
        place: place(7),
        roles: Vec::new(),
        missing_since: time("1999-12-31T23:59:59.999999Z"),
        empty_since: time("2026-11-23T12:00:00Z"),
    };
    let description = Some("a | b\n\\.\n".into());
    let changes = vec![
        Change::CreateGroup { group: GroupRef(0), name: group_name.into(), description, link: group_link.clone() },
        create_group(1, 12, "bare"),
        Change::CreateAccount {
            account: AccountRef(0),
            attributes: attributes.clone(),
            active,
            link: account_link.clone(),
        },
        create_account(1, 22, "bob"),
        add_members(0, &[0, 1]),
    ];
    assert_eq!(apply(&store, changes).await, Applied::default());

    let attributes = kept(&store, attributes).await;
    let found = fixture.ours(store.read().await.unwrap());
    let (groups, accounts) = (&found.groups, &found.accounts);
    let expected = Group {
        id: groups[0].id.clone(),
        name: group_name.into(),
        description: described(&store, "a | b\n\\.\n").await,
        members: vec![AccountRef(0), AccountRef(1)],
        roles: Vec::new(),
        link: Some(group_link),
    };
    assert_eq!(groups[0], expected);
    let expected = Group {
        id: groups[1].id.clone(),
        name: "bare".into(),
        description: None,
        members: vec![],
        roles: Vec::new(),
        link: Some(self::group_link(12, "bare")),
    };
    assert_eq!(groups[1], expected);
    let expected = Account { id: accounts[0].id.clone(), attributes, active, link: Some(account_link) };
    assert_eq!(accounts[0], expected);
    let link = Some(self::account_link(22, "bob"));
    assert_eq!(accounts[1], Account { id: accounts[1].id.clone(), attributes: person("bob"), active: true, link });
    assert_eq!((groups.len(), accounts.len()), (2, 2));
}

pub(crate) async fn a_store_is_known_by_its_identity(fixture: &impl Fixture) {
    two_groups_and_three_accounts(&fixture.store()).await;
    let identity = fixture.store().probe().await.unwrap().identity;
    assert!(identity.as_ref().is_some_and(|identity| !identity.is_empty()));
    assert_eq!(fixture.store().probe().await.unwrap().identity, identity, "it is the same store");
}
