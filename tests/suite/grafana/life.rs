//! What is particular to Grafana.

use directory_group_sync::store::{Applied, Error};
use directory_group_sync::sync::found::{AccountRef, GroupRef};
use directory_group_sync::sync::plan::{AttributeEdits, Change, Edit, Plan};
use directory_group_sync::sync::snapshot::Attributes;
use directory_group_sync::sync::store_id::StoreId;

use super::{started, started_redirected};
use crate::harness::http_faults::{Answer, Fault};
use crate::store_contract::{
    ByHand, Fixture as _, account_link, add_members, apply, apply_plan, begin_when_free, create_account, create_group,
    groups, person, remove_members, rename_account, rename_group, two_groups_and_three_accounts,
};

#[tokio::test]
async fn what_the_server_is_and_who_administrates_it() {
    let graf = started("probe");
    let [provisioned, synchronized] = graf.site.with(|site| {
        site.is_enterprise = true;
        site.add_team("Ours");
        site.add_team("By SCIM");
        site.team_mut("By SCIM").is_provisioned = true;
        site.add_team("By team sync");
        site.team_mut("By team sync").external_groups = vec!["cn=x".to_owned()];
        site.add_user("root", "root@corp.example");
        // Not of the organization.
        (site.user_mut("root").is_server_admin, site.user_mut("root").role) = (true, None);
        ["By SCIM", "By team sync"].map(|name| StoreId::from(&*site.team_mut(name).uid))
    });
    let capabilities = graf.whole(graf.settings()).probe().await.unwrap();
    assert_eq!((&*capabilities.product, &*capabilities.version), ("Grafana", "12.3.1"));
    assert_eq!(capabilities.signed_in_as.as_deref(), Some("sync"));
    assert_eq!(capabilities.administrator_accounts, ["admin", "sync", "root"]);
    assert_eq!(capabilities.foreign_groups, [provisioned.clone(), synchronized]);
    assert!(!capabilities.abilities.delete_accounts && capabilities.abilities.deactivate_accounts);

    let of_token = graf.whole(graf.settings_with_token()).probe().await.unwrap();
    assert_eq!(of_token.signed_in_as.as_deref(), Some("sa-1-sync"));
    assert_eq!((of_token.identity, of_token.administrator_accounts), (capabilities.identity, vec![]));

    // Without team sync nothing is asked of each team.
    graf.site.with(|site| site.is_enterprise = false);
    graf.proxy.forget();
    assert_eq!(graf.whole(graf.settings()).probe().await.unwrap().foreign_groups, [provisioned]);
    assert!(!graf.proxy.calls().iter().any(|call| call.ends_with("/groups")), "{:?}", graf.proxy.calls());
}

#[tokio::test]
async fn a_server_that_answers_for_another_organization_is_refused() {
    let graf = started("organization");
    let mut settings = graf.settings();
    settings.organization = 7;
    let error = graf.whole(settings).probe().await.unwrap_err();
    assert!(error.to_string().contains("set spec.grafana.orgId to 1"), "{error}");
    // A license without team sync has no such groups.
    graf.site.with(|site| {
        site.is_enterprise = true;
        site.add_team("Ours");
    });
    graf.proxy.rule(|request| {
        if request.path.ends_with("/groups") { Fault::Instead(Answer::says(404, "no")) } else { Fault::Forward }
    });
    assert_eq!(graf.whole(graf.settings()).probe().await.unwrap().foreign_groups, []);
    graf.proxy.rule(|request| {
        if request.path.ends_with("/groups") { Fault::Instead(Answer::says(403, "no")) } else { Fault::Forward }
    });
    assert!(matches!(graf.whole(graf.settings()).probe().await, Err(Error::AccessDenied { .. })));
}

/// A token of a role that is not enough says what is missing, and nothing is concluded from what it shows.
#[tokio::test]
async fn a_token_without_rights_says_which() {
    let graf = started("rights");
    graf.site.with(|site| site.role_of_token = "Viewer".to_owned());
    let store = graf.whole(graf.settings_with_token());
    let missing = store.probe().await.unwrap().missing_rights;
    assert_eq!(missing.len(), 1, "{missing:?}");
    assert!(missing[0].starts_with("the role Admin in organization 1 (missing: org.users:read, teams:create"));
    let error = store.read().await.unwrap_err();
    assert!(error.to_string().contains("let an administrator grant: the role Admin"), "{error}");
    // Sessions are ended by a server administrator only.
    graf.site.with(|site| site.role_of_token = "Admin".to_owned());
    let mut settings = graf.settings_with_token();
    settings.log_out_removed = true;
    let missing = graf.whole(settings).probe().await.unwrap().missing_rights;
    assert_eq!(missing, ["the server permission Grafana Admin (missing: users:logout)"]);
}

/// A run that lacks a right goes on as far as it can. So what it must leave alone is known all the same, or nothing is read.
#[tokio::test]
async fn a_missing_right_lifts_no_protection() {
    let graf = started("protected");
    let [provisioned, synchronized] = graf.site.with(|site| {
        site.is_enterprise = true;
        for name in ["By SCIM", "By team sync"] {
            site.add_team(name);
        }
        site.team_mut("By SCIM").is_provisioned = true;
        site.team_mut("By team sync").external_groups = vec!["cn=x".to_owned()];
        ["By SCIM", "By team sync"].map(|name| StoreId::from(&*site.team_mut(name).uid))
    });
    let all = ["org.users:read", "org.users:add", "org.users:write", "teams:create", "teams:read", "teams:write"];
    let all =
        all.into_iter().chain(["teams:delete", "teams.permissions:read", "teams.permissions:write", "users:read"]);
    let all: Vec<&str> = all.chain(["users:create", "users:write", "users:disable", "users:enable"]).collect();
    for (lacking, is_read) in
        [("teams:delete", true), ("users:disable", true), ("org.users:read", false), ("users:read", false)]
    {
        let held = all.iter().filter(|right| **right != lacking).map(|right| format!(r#""{right}":["*"]"#));
        let answer = Answer::json(200, &format!("{{{}}}", held.collect::<Vec<_>>().join(",")));
        graf.proxy.rule(move |request| {
            if request.path.ends_with("/permissions") { Fault::Instead(answer.clone()) } else { Fault::Forward }
        });
        let store = graf.whole(graf.settings());
        let capabilities = store.probe().await.unwrap();
        assert_eq!(capabilities.missing_rights.len(), 1, "{lacking}: {capabilities:?}");
        assert_eq!(store.read().await.is_ok(), is_read, "{lacking}");
        if is_read {
            assert_eq!(capabilities.foreign_groups, [provisioned.clone(), synchronized.clone()], "{lacking}");
            assert_eq!(capabilities.administrator_accounts, ["admin", "sync"], "{lacking}");
            assert!(capabilities.identity.is_some(), "{lacking}");
        }
    }
}

/// Not every version says who a service account is.
#[tokio::test]
async fn a_service_account_that_has_no_name_is_served() {
    let graf = started("nameless");
    for status in [403, 404, 500] {
        graf.proxy.rule(move |request| {
            if request.path.ends_with("/api/user") {
                Fault::Instead(Answer::says(status, "no"))
            } else {
                Fault::Forward
            }
        });
        let capabilities = graf.whole(graf.settings_with_token()).probe().await.unwrap();
        assert_eq!((capabilities.signed_in_as, capabilities.missing_rights), (None, vec![]), "{status}");
        assert!(graf.whole(graf.settings()).probe().await.is_err(), "{status}: an account has a name");
    }
}

#[tokio::test]
async fn a_wrong_password_is_tried_once_and_shown_nowhere() {
    use directory_group_sync::store::grafana::GrafanaCredentials;
    let graf = started("wrong");
    for credentials in [
        GrafanaCredentials::Token("wrong-secret".to_owned().into()),
        GrafanaCredentials::Password { username: "sync".to_owned().into(), password: "wrong-secret".to_owned().into() },
    ] {
        let mut settings = graf.settings_with_token();
        settings.credentials = credentials;
        graf.proxy.forget();
        let error = graf.whole(settings.clone()).read().await.unwrap_err();
        assert!(matches!(error, Error::AccessDenied { .. }), "{error}");
        assert!(!format!("{error} {error:?} {settings:?}").contains("wrong-secret"), "{error}");
        assert_eq!(graf.proxy.calls().len(), 1);
    }
}

/// Under Basic authentication Grafana makes whoever creates a team its administrator.
#[tokio::test]
async fn the_creator_leaves_a_team_unless_it_is_a_member() {
    for (members, expected) in [(vec![], vec![]), (vec![2], vec!["ada"]), (vec![1, 2], vec!["ada", "sync*"])] {
        let graf = started("creator");
        let store = graf.whole(graf.settings());
        let mut changes = vec![create_group(0, 11, "alpha"), create_account(2, 21, "ada")];
        changes.extend((!members.is_empty()).then(|| add_members(0, &members)));
        assert_eq!(apply(&store, changes).await, Applied::default());
        graf.site.with(|site| assert_eq!(site.members("alpha"), expected));
    }
    // Of a team that is there already it stays what it was made.
    let graf = started("joined");
    graf.site.with(|site| {
        site.add_team("alpha");
        let member = crate::harness::grafana::site::Member { is_admin: true, is_external: false };
        site.join("alpha", "sync", member);
        site.add_user("ada", "ada@corp.example");
    });
    let store = graf.whole(graf.settings());
    assert_eq!(apply(&store, vec![add_members(0, &[2])]).await, Applied::default());
    graf.site.with(|site| assert_eq!(site.members("alpha"), ["ada", "sync*"]));
}

#[tokio::test]
async fn accounts_that_sign_in_elsewhere_are_refused_in_words() {
    let graf = started("external");
    let store = graf.store();
    two_groups_and_three_accounts(&store).await;
    graf.site.with(|site| site.user_mut("ada").is_external = true);
    let deactivate = |account| Change::DeactivateAccount { account: AccountRef(account) };
    for (change, words) in [
        (deactivate(0), "Grafana's API does not disable such an account"),
        (Change::ActivateAccount { account: AccountRef(0) }, "Grafana's API does not enable such an account"),
        (rename_account(0, "adele"), "is updated when the person signs in there"),
        (Change::DeleteAccount { account: AccountRef(1) }, "never deleted"),
    ] {
        let applied = apply(&store, vec![change.clone(), deactivate(2)]).await;
        assert_eq!(applied.refused.len(), 1, "{change:?}: {applied:?}");
        assert!(applied.refused[0].message.contains(words), "{applied:?}");
        assert_eq!(applied.ended_early, None);
    }
    graf.site.with(|site| {
        assert!(site.user_mut("cy").is_disabled && !site.user_mut("ada").is_disabled);
        assert_eq!(site.users.len(), 5);
    });
}

#[tokio::test]
async fn names_that_are_in_use_are_refused_alone_whatever_the_status() {
    for taken in [400, 409, 500] {
        for graf in [started("taken"), started_redirected("taken")] {
            graf.site.with(|site| site.taken = taken);
            let store = graf.store();
            two_groups_and_three_accounts(&store).await;
            graf.by_hand(&ByHand::CreateGroup("Delta"));
            let applied = apply(&store, vec![rename_group(0, "Delta"), rename_group(1, "Beta")]).await;
            assert_eq!(applied.refused.len(), 1, "{taken}: {applied:?}");
            assert_eq!(applied.refused[0].message, "another team of the organization has its name");
        }
    }
    // The same statuses may mean something else.
    let graf = started("provisioned");
    let store = graf.store();
    two_groups_and_three_accounts(&store).await;
    graf.site.with(|site| site.team_mut("alpha").is_provisioned = true);
    let applied = apply(
        &store,
        vec![rename_group(0, "Alpha"), remove_members(0, &[0]), Change::DeleteGroup { group: GroupRef(1) }],
    )
    .await;
    assert!(applied.refused[0].message.contains("cannot be changed for provisioned teams"), "{applied:?}");
    let found = graf.store().read().await.unwrap();
    let plan = Plan::from(vec![remove_members(0, &[0])]);
    let applied = begin_when_free(&store).await.apply(&found, &plan).await.unwrap();
    assert!(applied.refused[0].message.contains("cannot be updated for provisioned teams"), "{applied:?}");
    let plan = Plan::from(vec![Change::DeleteGroup { group: GroupRef(0) }]);
    let applied = begin_when_free(&store).await.apply(&found, &plan).await.unwrap();
    assert!(applied.refused[0].message.contains("Cannot delete provisioned teams"), "{applied:?}");
    assert_eq!(groups(&store).await, ["alpha: ada bob"]);
}

/// The server's own words have both values.
#[tokio::test]
async fn an_account_that_exists_elsewhere_on_the_server_is_named_as_such() {
    let graf = started("elsewhere");
    graf.by_hand(&ByHand::CreateAccount("dan", "d@corp.example"));
    graf.site.with(|site| site.user_mut("dan").role = None);
    let applied = apply(&graf.store(), vec![create_account(0, 21, "Dan"), create_account(1, 22, "eve")]).await;
    assert_eq!(applied.refused.len(), 1, "{applied:?}");
    assert!(applied.refused[0].message.contains("not in the organization, add it there"), "{applied:?}");
    assert!(!applied.refused[0].message.contains("Dan"), "{applied:?}");
    graf.by_hand(&ByHand::CreateAccount("fay", "fay@corp.example"));
    let applied = apply(&graf.store(), vec![rename_account(0, "fay")]).await;
    assert!(applied.refused[0].message.contains("another account of the server has its username"), "{applied:?}");
}

/// A new account has the role that the settings name, in the organization that they name.
#[tokio::test]
async fn new_accounts_have_their_role_also_where_the_run_is_stopped() {
    for auto_assigns in [true, false] {
        let graf = started("role");
        graf.site.with(|site| site.auto_assigns = auto_assigns);
        let disabled = Change::CreateAccount {
            account: AccountRef(1),
            attributes: person("bob"),
            active: false,
            link: account_link(22, "bob"),
        };
        assert_eq!(apply(&graf.store(), vec![create_account(0, 21, "ada"), disabled]).await, Applied::default());
        graf.site.with(|site| {
            for (login, is_disabled) in [("ada", false), ("bob", true)] {
                let user = site.user_mut(login);
                assert_eq!((user.role.as_deref(), user.is_disabled), (Some("Viewer"), is_disabled));
            }
        });
    }
    // Where the role could not be set it is said, and the account is ours.
    let graf = started("half");
    graf.proxy.rule(|request| {
        let is_role = request.path.contains("/org/users") && request.method != "GET";
        if is_role { Fault::Instead(Answer::says(500, "no")) } else { Fault::Forward }
    });
    let applied = apply_plan(&graf.store(), &Plan::from(vec![create_account(0, 21, "ada")])).await;
    assert!(applied.ambiguous[0].message.contains("it was created, and not completed"), "{applied:?}");
    graf.proxy.pass();
    assert!(graf.store().read().await.unwrap().accounts[0].link.is_some());
}

/// Grafana keeps logins and addresses in lower case, gives an account without an address its login, and takes an empty text
/// for no change.
#[tokio::test]
async fn texts_are_read_as_they_are_meant() {
    let graf = started("texts");
    let store = graf.store();
    let attributes = Attributes {
        username: Some("Ada.L".into()),
        email: Some("Ada@Corp.example".into()),
        display_name: Some("Ada Lovelace".into()),
        ..Attributes::default()
    };
    let link = account_link(21, "Ada.L");
    let create = Change::CreateAccount { account: AccountRef(0), attributes, active: true, link };
    assert_eq!(apply(&store, vec![create]).await, Applied::default());
    let form = store.probe().await.unwrap().form;
    let held = store.read().await.unwrap().accounts[0].attributes.clone();
    assert!(form.username.is_same(held.username.as_deref().unwrap(), "Ada.L"));
    assert!(form.email.is_same(held.email.as_deref().unwrap(), "Ada@Corp.example"));
    assert_eq!(held.display_name.as_deref(), Some("Ada Lovelace"));
    let edits = AttributeEdits { display_name: Edit::Clear, email: Edit::Clear, ..AttributeEdits::default() };
    assert_eq!(apply(&store, vec![Change::SetAccount { account: AccountRef(0), edits }]).await, Applied::default());
    let held = store.read().await.unwrap().accounts[0].attributes.clone();
    assert_eq!((held.display_name, held.email, held.username.as_deref()), (None, None, Some("ada.l")));
    graf.by_hand(&ByHand::CreateAccount("mute", "mute"));
    assert_eq!(store.read().await.unwrap().accounts[1].attributes.email, None);
}

/// Both fields of a team are written together, and a person may have given it an address.
#[tokio::test]
async fn a_team_that_is_renamed_keeps_its_address() {
    let graf = started("address");
    let store = graf.store();
    two_groups_and_three_accounts(&store).await;
    graf.site.with(|site| "alpha@corp.example".clone_into(&mut site.team_mut("alpha").email));
    assert_eq!(apply(&store, vec![rename_group(0, "Alpha")]).await, Applied::default());
    graf.site.with(|site| {
        assert_eq!(site.team_mut("Alpha").email, "alpha@corp.example");
        assert_eq!(site.team_mut("beta").email, "", "its mark is gone");
    });
}

/// A team of this uid has another name by now.
#[tokio::test]
async fn what_has_another_name_by_now_is_not_written() {
    for graf in [started("name"), started_redirected("name")] {
        two_groups_and_three_accounts(&graf.store()).await;
        let store = graf.whole(graf.settings());
        let found = store.read().await.unwrap();
        graf.site.with(|site| site.team_mut("alpha").name = "Payroll".to_owned());
        let changes =
            vec![Change::DeleteGroup { group: GroupRef(0) }, remove_members(0, &[2, 3]), add_members(0, &[4])];
        let writer = begin_when_free(&store).await;
        let applied = writer.apply(&found, &Plan::from(changes)).await.unwrap();
        assert_eq!(applied.refused.len(), 1, "{applied:?}");
        assert_eq!(groups(&store).await[0], "Payroll: ada bob");
    }
}
