//! What is particular to Superset.

use std::sync::atomic::{AtomicBool, Ordering};

use directory_group_sync::store::Applied;
use directory_group_sync::store::superset::{DeleteGroups, SupersetSettings};
use directory_group_sync::sync::ability::GroupDeletion;
use directory_group_sync::sync::found::{AccountRef, GroupRef};
use directory_group_sync::sync::plan::written::Gaps;
use directory_group_sync::sync::plan::{AttributeEdits, Change, Edit, Plan};
use directory_group_sync::sync::snapshot::Attributes;

use super::started;
use crate::harness::http_faults::{Answer, Fault};
use crate::store_contract::{
    Fixture as _, account_link, add_members, apply, apply_plan, create_account, create_group, group_link, groups,
    two_groups_and_three_accounts,
};

#[tokio::test]
async fn what_the_server_is_and_who_administrates_it() {
    let superset = started("probe");
    let administrator = superset.server.administrator();
    administrator.add_group("Owners");
    administrator.set_group_roles("Owners", &["Admin"]);
    let store = superset.whole(superset.settings());
    let capabilities = store.probe().await.unwrap();
    assert_eq!(capabilities.product, "Superset");
    assert_eq!(capabilities.signed_in_as.as_deref(), Some("sync"));
    assert_eq!(capabilities.missing_rights, Vec::<String>::new());
    assert!(capabilities.administrator_accounts.contains(&"admin".to_owned()), "{capabilities:?}");
    let role =
        |name: &str| capabilities.roles.iter().find(|role| &*role.name == name).unwrap_or_else(|| panic!("{name}"));
    assert_ne!(role("Public").id, role("Directory sync").id, "{capabilities:?}");
    assert_eq!(capabilities.administrator_role.as_ref(), Some(&role("Admin").id));
    let again = started("another").store().probe().await.unwrap();
    assert_eq!(again.signed_in_as.as_deref(), Some("sync"));
}

#[tokio::test]
async fn every_field_that_the_server_has_is_read_back() {
    let superset = started("fields");
    let store = superset.store();
    let attributes = Attributes {
        username: Some("zoë".into()),
        email: Some("Zoe@Corp.example".into()),
        first_name: Some("Zoë \"Z\"".into()),
        last_name: Some("Müller (R&D)".into()),
        ..Attributes::default()
    };
    let name = "R&D (EMEA), “west” !('x')";
    let changes = vec![
        Change::CreateGroup {
            group: GroupRef(0),
            name: name.into(),
            description: Some("a: 100 % of it".into()),
            link: group_link(11, name),
        },
        create_group(1, 12, "bare"),
        Change::CreateAccount {
            account: AccountRef(0),
            attributes: attributes.clone(),
            active: false,
            link: account_link(21, "zoë"),
        },
        add_members(0, &[0]),
    ];
    assert_eq!(apply(&store, changes).await, Applied::default());
    let found = store.read().await.unwrap();
    assert_eq!((&found.accounts[0].attributes, found.accounts[0].active), (&attributes, false));
    assert_eq!((&*found.groups[0].name, found.groups[0].description.as_deref()), (name, Some("a: 100 % of it")));
    assert_eq!(found.groups[1].description, None, "the mark is gone");
    assert_eq!(found.groups[0].members, [AccountRef(0)]);
}

#[tokio::test]
async fn which_groups_may_be_deleted_is_a_setting_and_from_7_0_on_only_always_deletes() {
    let superset = started("deletion");
    let deletion = async |delete_groups| {
        let settings = SupersetSettings { delete_groups, ..superset.settings() };
        superset.whole(settings).probe().await.unwrap().abilities.group_deletion
    };
    let version = |version: &'static str| {
        superset.proxy.rule(move |request| match &*request.path {
            "/version" => Fault::Instead(Answer::json(200, &format!(r#"{{"version_string":"{version}"}}"#))),
            _ => Fault::Forward,
        });
    };
    let settings = [DeleteGroups::Never, DeleteGroups::WhenUnused, DeleteGroups::Always];
    for (said, when_unused) in [
        ("6.1.0", GroupDeletion::WithoutForeignRoles),
        ("0.0.0-dev", GroupDeletion::Never),
        ("7.0.0rc2", GroupDeletion::Never),
        ("10.1", GroupDeletion::Never),
    ] {
        version(said);
        for (setting, expected) in settings.into_iter().zip([GroupDeletion::Never, when_unused, GroupDeletion::Always])
        {
            assert_eq!(deletion(setting).await, expected, "{said} {setting:?}");
        }
    }
}

#[tokio::test]
async fn an_account_in_no_group_gets_the_roles_of_new_accounts() {
    let superset = started("roles");
    let store = superset.store();
    superset.proxy.forget();
    let accounts = [create_account(0, 21, "ada"), create_account(1, 22, "bob"), create_account(2, 23, "cy")];
    assert_eq!(apply_plan(&store, &Plan::from(accounts.to_vec())).await, Applied::default());
    let asked = superset.proxy.calls().into_iter().filter(|call| call.ends_with("/security/roles/")).count();
    assert_eq!(asked, 1, "the roles are asked for once, not for each account");
    let account = &superset.server.content().accounts["ada"];
    assert!(account.roles.contains("Public"), "{account:?}");
}

#[tokio::test]
async fn an_account_without_roles_is_created_in_its_groups() {
    let superset = started("joined");
    let mut settings = superset.settings();
    settings.new_account_roles.clear();
    let store = superset.whole(settings);
    let changes = vec![create_group(0, 11, "alpha"), create_account(2, 21, "ada"), add_members(0, &[2])];
    superset.proxy.rule(|request| match &*request.method {
        "PUT" => Fault::Instead(Answer::says(400, "no")),
        _ => Fault::Forward,
    });
    let applied = apply_plan(&store, &Plan::from(changes)).await;
    assert_eq!(applied.gaps, Gaps::default(), "the membership came with the account");
    superset.proxy.pass();
    assert_eq!(groups(&store).await, ["alpha: ada"]);
}

#[tokio::test]
async fn roles_and_what_a_person_changed_meanwhile_stay() {
    let superset = started("merge");
    let store = superset.store();
    two_groups_and_three_accounts(&store).await;
    let administrator = superset.server.administrator();
    administrator.add_role("Finance");
    administrator.set_group_roles("beta", &["Finance"]);
    let found = store.read().await.unwrap();
    administrator.add_member("beta", "cy");
    let plan = Plan::from(vec![add_members(1, &[0])]);
    let writer = store.begin(&crate::store_contract::Unstopped).await.unwrap();
    assert_eq!(writer.apply(&found, &plan).await.unwrap(), Applied::default());
    assert_eq!(groups(&store).await[1], "beta: ada bob cy");
    assert!(superset.server.content().groups["beta"].roles.contains("Finance"));
}

#[tokio::test]
async fn a_value_that_another_object_has_is_refused_alone() {
    let superset = started("taken");
    let store = superset.store();
    superset.server.administrator().add_account("dan");
    superset.server.administrator().add_group("Delta");
    let mut changes = vec![create_group(1, 11, "Delta"), create_group(2, 12, "gamma")];
    changes.extend([create_account(1, 21, "dan"), create_account(2, 22, "eve"), add_members(2, &[1, 2])]);
    let applied = apply(&store, changes).await;
    let messages: Vec<&str> = applied.refused.iter().map(|refusal| &*refusal.message).collect();
    assert_eq!(
        messages,
        ["another object of the server has its name", "another object of the server has its username"]
    );
    assert_eq!(groups(&store).await, ["Delta: ", "gamma: eve"]);
    // A name that is in use is answered with 500 when it is changed.
    let edits = AttributeEdits { username: Edit::Set("dan".into()), ..AttributeEdits::default() };
    let applied = apply(&store, vec![Change::SetAccount { account: AccountRef(1), edits }]).await;
    assert!(applied.refused[0].message.contains("most likely, another object"), "{applied:?}");
}

/// Requests of a run without a change, and with one changed member.
#[tokio::test]
async fn a_read_costs_a_request_for_a_hundred_objects() {
    let superset = started("cost");
    let person = |number: usize| (format!("u{number:04}"), format!("u{number:04}@corp.example"));
    let accounts: Vec<_> = (0..250).map(person).collect();
    let group = |number: usize| (format!("g{number:03}"), accounts.iter().map(|it| it.0.clone()).collect());
    superset.server.load(&accounts, &(0..120).map(group).collect::<Vec<_>>());
    let store = superset.whole(superset.settings());
    superset.proxy.forget();
    let found = store.read().await.unwrap();
    assert_eq!((found.accounts.len(), found.groups.len()), (252, 120));
    assert!(found.groups.iter().all(|group| group.members.len() == 250));
    // 3 pages of accounts, 2 of groups; who we are is asked for once.
    assert_eq!(superset.proxy.calls().len(), 5 + 1, "{:?}", superset.proxy.calls());
    superset.proxy.forget();
    let plan = Plan::from(vec![Change::RemoveMembers { group: GroupRef(0), accounts: vec![AccountRef(2)] }]);
    assert_eq!(apply_plan(&store, &plan).await, Applied::default());
    assert_eq!((superset.proxy.count("PUT"), superset.proxy.count("POST")), (1, 0));
    assert_eq!(superset.proxy.count("GET"), 5 + 1, "the group is read again before it is written");
}

/// While the pages are read, somebody deletes an account of a page that was read, and creates another one: the list has as
/// many rows as before, and each of those that are left is in it.
#[tokio::test]
async fn an_account_that_goes_while_another_one_comes_hides_nobody() {
    let superset = started("moving");
    let accounts: Vec<_> =
        (0..250).map(|number| (format!("u{number:04}"), format!("u{number:04}@x.example"))).collect();
    superset.server.load(&accounts, &[]);
    for (goes, comes) in [("u0001", "new"), ("u0249", "newer")] {
        let store = superset.whole(superset.settings());
        let is_done = AtomicBool::new(false);
        let acts = superset.server.administrator();
        superset.proxy.rule(move |request| {
            let is_second_page = request.path.ends_with("/users/") && request.query.contains("page:1,");
            if is_second_page && !is_done.swap(true, Ordering::SeqCst) {
                acts.delete_account(goes);
                acts.add_account(comes);
            }
            Fault::Forward
        });
        let found = store.read().await.unwrap();
        superset.proxy.pass();
        let usernames: Vec<_> = found.accounts.iter().filter_map(|it| it.attributes.username.as_deref()).collect();
        let stay = accounts.iter().filter(|(name, _)| ![goes, "u0001"].contains(&name.as_str()));
        let hidden: Vec<_> = stay.filter(|(name, _)| !usernames.contains(&name.as_str())).collect();
        assert_eq!((found.accounts.len(), hidden), (252, vec![]), "{goes} {comes}");
    }
}
