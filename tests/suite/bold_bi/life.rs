//! What is particular to Bold BI.

use directory_group_sync::store::bold_bi::{ApiVersion, BoldBiCredentials};
use directory_group_sync::store::{Applied, Error};
use directory_group_sync::sync::found::{AccountRef, GroupRef};
use directory_group_sync::sync::plan::{AttributeEdits, Change, Edit, Plan};
use directory_group_sync::sync::snapshot::Attributes;
use directory_group_sync::sync::store_id::StoreId;
use serde_json::json;

use super::{behind_proxy, started, started_with_version_4};
use crate::harness::BoldBi;
use crate::harness::bold_bi::site::Told;
use crate::harness::bold_bi::{API_KEY, EMBED_SECRET, USERNAME};
use crate::harness::http_faults::{Answer, Fault};
use crate::store_contract::{
    ByHand, Fixture as _, account_link, add_members, apply, apply_plan, create_account, create_group, group_link,
    groups, person, remove_members, rename_account, two_groups_and_three_accounts, usernames,
};

#[tokio::test]
async fn what_the_site_is_and_who_administrates_it() {
    let bold = started("probe");
    let azure = bold.site.with(|site| {
        let id = site.add_group("Azure people");
        site.group_mut("Azure people").directory_type = "AzureAD".to_owned();
        site.add_group("Ours");
        id
    });
    let capabilities = bold.whole(bold.settings()).probe().await.unwrap();
    assert_eq!((&*capabilities.product, &*capabilities.version), ("Bold BI", "API v5.0"));
    assert_eq!(capabilities.signed_in_as.as_deref(), Some(USERNAME));
    assert_eq!(capabilities.administrator_accounts, [USERNAME]);
    assert_eq!(capabilities.administrators, [StoreId::Number(1)]);
    assert_eq!(capabilities.foreign_groups, [StoreId::Number(azure)]);
    assert!(!capabilities.abilities.deactivate_accounts && !capabilities.abilities.group_roles);
    let old = started_with_version_4("probe4");
    assert_eq!(old.whole(old.settings()).probe().await.unwrap().version, "API v4.0");
    assert!(old.proxy.calls().contains(&"GET /bi/api/site/site1/v5.0/groups".to_owned()), "the newest is tried first");
    let mut settings = old.settings();
    settings.api_version = ApiVersion::V5;
    let error = old.whole(settings).probe().await.unwrap_err();
    assert!(error.to_string().contains("correct spec.boldBI.url, site and apiVersion"), "{error}");
    let mut settings = old.settings();
    settings.site = None;
    old.proxy.rule(|_| Fault::Instead(Answer::page(404, "Not found")));
    let error = old.whole(settings).probe().await.unwrap_err();
    assert!(error.to_string().contains("404"), "{error}");
}

#[tokio::test]
async fn each_way_to_sign_in_leads_into_the_site() {
    let bold = started("sign-in");
    let mut settings = bold.settings();
    settings.credentials = BoldBiCredentials::EmbedSecret {
        username: "sync@corp.example".to_owned().into(),
        embed_secret: EMBED_SECRET.to_owned().into(),
    };
    let store = bold.whole(settings.clone());
    assert_eq!(
        store.probe().await.unwrap().signed_in_as.as_deref(),
        Some(USERNAME),
        "its e-mail address names it, too"
    );
    assert_eq!(bold.site.sign_ins(), 1);
    settings.credentials = BoldBiCredentials::ApiKey(API_KEY.to_owned().into());
    let store = bold.whole(settings.clone());
    assert_eq!(store.probe().await.unwrap().signed_in_as, None, "a key does not say whose it is");
    assert_eq!(bold.site.sign_ins(), 1, "a key is no sign-in");
    settings.credentials = BoldBiCredentials::ApiKey("a wrong key".to_owned().into());
    let error = bold.whole(settings.clone()).probe().await.unwrap_err();
    assert!(matches!(error, Error::AccessDenied { .. }), "{error}");
    for (username, password) in [(USERNAME, "wrong-secret"), ("nobody", "wrong-secret")] {
        settings.credentials =
            BoldBiCredentials::Password { username: username.to_owned().into(), password: password.to_owned().into() };
        bold.proxy.forget();
        let error = bold.whole(settings.clone()).read().await.unwrap_err();
        assert!(matches!(error, Error::AccessDenied { .. }), "{error}");
        assert!(!format!("{error} {error:?} {settings:?}").contains("wrong-secret"), "{error}");
        assert_eq!(bold.proxy.count("POST"), 1, "it is tried once");
    }
}

#[tokio::test]
async fn a_token_is_replaced_before_it_ends() {
    for (expires_in, sign_ins) in
        [(json!(0), 3..100), (json!("0"), 3..100), (json!(86_399), 1..2), (json!("86399"), 1..2)]
    {
        let bold = started("expiry");
        bold.site.tokens_expire_in(Some(expires_in.clone()));
        let store = bold.whole(bold.settings());
        store.read().await.unwrap();
        assert!(sign_ins.contains(&bold.site.sign_ins()), "{expires_in}: {}", bold.site.sign_ins());
    }
    let bold = started("unsaid");
    bold.site.tokens_expire_in(None);
    bold.whole(bold.settings()).read().await.unwrap();
    assert_eq!(bold.site.sign_ins(), 1);
}

#[tokio::test]
async fn every_field_that_the_site_has_is_read_back() {
    for bold in [started("fields"), started_with_version_4("fields4")] {
        bold.site.with(|site| site.old_usernames = false);
        let store = bold.store();
        let attributes = Attributes {
            username: Some("ada.lovelace@corp.example".into()),
            email: Some("Ada+x@Corp.example".into()),
            first_name: Some("Ada \"A\"".into()),
            last_name: Some("Müller (R&D)".into()),
            display_name: None,
            phone: Some("+49 (0) 1".into()),
        };
        let bare = Attributes {
            username: Some("bare".into()),
            email: Some("bare@corp.example".into()),
            ..Attributes::default()
        };
        let name = "R&D (EMEA), “west” !('x')".replace([',', '\''], "");
        let create = |account, number, attributes: &Attributes| Change::CreateAccount {
            account: AccountRef(account),
            attributes: attributes.clone(),
            active: true,
            link: account_link(number, attributes.username.as_deref().unwrap()),
        };
        let changes = vec![
            Change::CreateGroup {
                group: GroupRef(0),
                name: name.as_str().into(),
                description: Some("a: 100 % of it".into()),
                link: group_link(11, &name),
            },
            create_group(1, 12, "bare"),
            create(0, 21, &attributes),
            create(1, 22, &bare),
            add_members(0, &[0]),
        ];
        assert_eq!(apply(&store, changes).await, Applied::default());
        let found = store.read().await.unwrap();
        assert_eq!(found.accounts[0].attributes, attributes);
        assert_eq!(found.accounts[1].attributes, bare, "a first name that stands for none is none");
        assert_eq!((&*found.groups[0].name, found.groups[0].description.as_deref()), (&*name, Some("a: 100 % of it")));
        assert_eq!(found.groups[1].description, None, "the mark is gone");
        assert_eq!(found.groups[0].members, [AccountRef(0)]);

        let edits = AttributeEdits {
            first_name: Edit::Clear,
            last_name: Edit::Clear,
            phone: Edit::Clear,
            ..AttributeEdits::default()
        };
        let changes = vec![
            Change::SetAccount { account: AccountRef(0), edits },
            Change::SetGroup { group: GroupRef(0), name: Edit::Keep, description: Edit::Clear },
        ];
        assert_eq!(apply(&store, changes).await, Applied::default());
        let found = store.read().await.unwrap();
        let names = Attributes { first_name: None, last_name: None, phone: None, ..attributes };
        assert_eq!((&found.accounts[0].attributes, found.groups[0].description.as_deref()), (&names, None));
    }
}

/// The id of what was created is told in a form that no document describes. A number that counts must lead nobody into the
/// administrators' group, whose id is 1.
#[tokio::test]
async fn the_id_of_what_was_created_is_learnt_or_read_back() {
    for told in [Told::Number, Told::Text, Told::List, Told::Objects, Told::Count, Told::Nothing] {
        for bold in [started("told"), started_with_version_4("told4")] {
            bold.site.with(|site| site.told = told);
            let store = bold.store();
            two_groups_and_three_accounts(&store).await;
            assert_eq!(groups(&store).await, ["alpha: ada bob", "beta: bob"], "{told:?}");
            let links = store.read().await.unwrap();
            assert!(links.groups.iter().all(|group| group.link.is_some()), "{told:?}");
            assert_eq!(bold.site.with(|site| site.members("System Administrator").join(" ")), "admin sync", "{told:?}");
        }
    }
}

#[tokio::test]
async fn a_value_that_another_object_has_is_refused_alone() {
    let bold = started("taken");
    let store = bold.store();
    bold.by_hand(&ByHand::CreateAccount("dan", "dan@corp.example"));
    bold.by_hand(&ByHand::CreateAccount("eva", "eve@corp.example"));
    bold.by_hand(&ByHand::CreateGroup("Delta"));
    let other_mail = Change::CreateAccount {
        account: AccountRef(2),
        attributes: Attributes { email: Some("d@corp.example".into()), ..person("dan") },
        active: true,
        link: account_link(21, "dan"),
    };
    let mut changes = vec![create_group(1, 11, "delta"), create_group(2, 12, "gamma"), other_mail];
    changes.extend([create_account(3, 22, "eve"), create_account(4, 23, "fay"), add_members(2, &[2, 3, 4])]);
    let applied = apply(&store, changes).await;
    let messages: Vec<&str> = applied.refused.iter().map(|refusal| &*refusal.message).collect();
    let expected = [
        "another group of the server has its name",
        "another account of the server has its username",
        "another account of the server has its e-mail address",
    ];
    assert_eq!(messages, expected);
    assert_eq!(groups(&store).await, ["Delta: ", "gamma: fay"]);
    let applied = apply(&store, vec![rename_account(2, "dan")]).await;
    assert!(applied.refused[0].message.contains("most likely, another account"), "{applied:?}");
}

#[tokio::test]
async fn accounts_beyond_the_license_are_refused_and_the_rest_goes_on() {
    let bold = started("license");
    let store = bold.store();
    bold.site.with(|site| site.license = 3);
    let changes = vec![
        create_group(0, 11, "alpha"),
        create_account(0, 21, "ada"),
        create_account(1, 22, "bob"),
        add_members(0, &[0, 1]),
    ];
    let applied = apply(&store, changes).await;
    assert_eq!(applied.refused.len(), 1, "{applied:?}");
    assert_eq!(applied.refused[0].message, "the server has no license left for another account");
    assert_eq!(groups(&store).await, ["alpha: ada"]);
}

#[tokio::test]
async fn where_accounts_are_activated_by_email_people_choose_their_passwords() {
    let bold = started("activation");
    bold.site.with(|site| site.activates_by_email = true);
    let store = bold.store();
    assert_eq!(apply(&store, vec![create_account(0, 21, "ada")]).await, Applied::default());
    assert!(!store.read().await.unwrap().accounts[0].active, "until then it is not active");
}

/// The API does not say which group that is.
#[tokio::test]
async fn the_group_of_every_new_account_is_named_by_the_settings() {
    let bold = started("default");
    let everybody = bold.site.with(|site| site.add_group("Everybody"));
    bold.site.with(|site| site.default_group = Some(everybody));
    let mut settings = bold.settings();
    settings.default_group = Some("everybody".to_owned());
    let store = bold.whole(settings.clone());
    assert_eq!(store.probe().await.unwrap().default_group, Some(StoreId::Number(everybody)));
    let changes = vec![create_group(2, 11, "alpha"), create_account(2, 21, "ada"), add_members(2, &[2])];
    assert_eq!(apply(&store, changes).await, Applied::default());
    assert_eq!(groups(&store).await[1..], ["Everybody: ada", "alpha: ada"]);
    settings.default_group = Some("Nobody".to_owned());
    let error = bold.whole(settings).probe().await.unwrap_err();
    assert!(error.to_string().contains("spec.boldBI.defaultGroup: the site has no group Nobody"), "{error}");
}

/// A group of this id may be another one after the server was restored.
#[tokio::test]
async fn what_has_another_name_by_now_is_not_written() {
    let bold = started("other");
    two_groups_and_three_accounts(&bold.store()).await;
    let store = bold.whole(bold.settings());
    let found = store.read().await.unwrap();
    bold.site.with(|site| {
        site.group_mut("alpha").name = "Payroll".to_owned();
        let id = site.account_id("ada").unwrap();
        site.accounts.get_mut(&id).unwrap().username = "eva".to_owned();
    });
    let edits = AttributeEdits { last_name: Edit::Set("A".into()), ..AttributeEdits::default() };
    let changes =
        vec![Change::SetAccount { account: AccountRef(2), edits }, remove_members(1, &[2, 3]), add_members(1, &[4])];
    let writer = store.begin(&crate::store_contract::Unstopped).await.unwrap();
    let applied = writer.apply(&found, &Plan::from(changes)).await.unwrap();
    assert_eq!(applied.refused.len(), 2, "{applied:?}");
    assert!(applied.refused.iter().all(|refusal| refusal.message.contains("deleted or renamed")), "{applied:?}");
    assert_eq!(groups(&store).await[1], "Payroll: eva bob");
}

#[tokio::test]
async fn a_proxy_that_drops_the_body_of_a_delete_is_named() {
    let bold = started("body");
    let store = bold.store();
    two_groups_and_three_accounts(&store).await;
    bold.proxy.rule(|request| {
        if request.method == "DELETE" { Fault::Instead(Answer::says(406, "Invalid")) } else { Fault::Forward }
    });
    let applied = apply_plan(&store, &Plan::from(vec![remove_members(0, &[0])])).await;
    assert!(applied.refused[0].message.contains("a proxy before the server drops the bodies"), "{applied:?}");
}

#[tokio::test]
async fn deleted_accounts_and_groups_are_gone() {
    let bold = started("delete");
    let store = bold.store();
    two_groups_and_three_accounts(&store).await;
    let changes = vec![Change::DeleteGroup { group: GroupRef(0) }, Change::DeleteAccount { account: AccountRef(0) }];
    assert_eq!(apply(&store, changes).await, Applied::default());
    assert_eq!(
        (groups(&store).await, usernames(&store).await),
        (vec!["beta: bob".to_owned()], vec!["bob".into(), "cy".into()])
    );
}

/// In the cloud a site has a host of its own, and accounts are known by their e-mail addresses.
#[tokio::test]
async fn a_site_of_the_cloud_has_a_host_of_its_own() {
    let bold = behind_proxy(BoldBi::in_the_cloud());
    let mut settings = bold.settings();
    settings.site = None;
    let store = bold.whole(settings);
    let capabilities = store.probe().await.unwrap();
    assert!(!capabilities.abilities.rename_accounts);
    let changes = vec![create_group(1, 11, "alpha"), create_account(2, 21, "ada"), add_members(1, &[2])];
    assert_eq!(apply(&store, changes).await, Applied::default());
    assert_eq!(groups(&store).await[1], "alpha: ada");
}
