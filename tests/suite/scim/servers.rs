//! What four real servers do differently with the same request, and what the store makes of it.

use std::collections::BTreeSet;

use directory_group_sync::store::Applied;
use directory_group_sync::sync::found::{AccountRef, Found, GroupRef};
use directory_group_sync::sync::plan::{AttributeEdits, Change, Edit, Plan};
use directory_group_sync::sync::snapshot::Attributes;
use serde_json::{Value, json};

use super::program::{Program, have_entries, result};
use super::{behind_proxy, started};
use crate::harness::ScimServer;
use crate::harness::http_faults::Request;
use crate::harness::scim_servers::Kind;
use crate::store_contract::{
    Fixture as _, account_link, add_members, apply, begin_when_free, create_account, create_group, groups, person,
    remove_members, rename_group, two_groups_and_three_accounts,
};

fn edit(account: u32, edits: AttributeEdits) -> Change {
    Change::SetAccount { account: AccountRef(account), edits }
}

/// The attribute of each operation of a PATCH, which must not be one that some server misunderstands.
fn attributes(body: &Value) -> BTreeSet<String> {
    let operations = body["Operations"].as_array().expect("operations");
    let attribute = |operation: &Value| {
        let (op, path) = (operation["op"].as_str().unwrap(), operation["path"].as_str().unwrap());
        let is_of_members = path.starts_with("members");
        assert!(!is_of_members || op != "replace", "{operation}: it adds, empties the group, or is not implemented");
        assert!(op != "remove" || path != "members" || operation["value"][0].is_object(), "{operation}: removes all");
        path.split('[').next().unwrap().to_owned()
    };
    operations.iter().map(attribute).collect()
}

/// Filters find what is not there and miss what is; members in a POST or PUT are refused or ignored; `replace` of members and
/// the removal of all do something else on each server.
#[tokio::test]
async fn nothing_is_sent_that_some_server_misunderstands() {
    for kind in Kind::ALL {
        let scim = started(kind);
        let store = scim.store();
        two_groups_and_three_accounts(&store).await;
        let edits = AttributeEdits {
            username: Edit::Set("bert".into()),
            last_name: Edit::Set("B".into()),
            display_name: Edit::Set("Bertie".into()),
            ..AttributeEdits::default()
        };
        let changes = vec![
            rename_group(0, "Alpha"),
            edit(1, edits),
            remove_members(0, &[0]),
            add_members(1, &[0, 2]),
            Change::DeactivateAccount { account: AccountRef(2) },
        ];
        assert_eq!(apply(&store, changes).await, Applied::default(), "{kind:?}");
        let rest = vec![
            Change::DeleteGroup { group: GroupRef(1) },
            edit(1, AttributeEdits { last_name: Edit::Clear, ..AttributeEdits::default() }),
            Change::DeleteAccount { account: AccountRef(0) },
        ];
        assert_eq!(apply(&store, rest).await, Applied::default(), "{kind:?}");
        assert_eq!(groups(&store).await, ["Alpha: bert"], "{kind:?}");
        for exchange in scim.proxy.exchanges() {
            let Request { method, path, query, body, .. } = exchange.request;
            assert!(!query.contains("filter="), "{method} {path}?{query}");
            let body: Value = serde_json::from_str(&body).unwrap_or_default();
            match &*method {
                "POST" | "PUT" => assert_eq!(body.get("members"), None, "{method} {path} {body}"),
                "PATCH" => assert_eq!(attributes(&body).len(), 1, "one attribute for each request: {body}"),
                _ => {}
            }
        }
    }
}

/// What each of them is known to do after one run.
#[tokio::test]
async fn each_server_is_learned_by_what_it_does() {
    for kind in Kind::ALL {
        let scim = started(kind);
        let store = scim.store();
        let named = Attributes { display_name: Some("Dr Ada".into()), ..person("ada") };
        let ada = Change::CreateAccount {
            account: AccountRef(0),
            attributes: named,
            active: true,
            link: account_link(21, "ada"),
        };
        let changes = vec![create_group(0, 11, "alpha"), ada, create_account(1, 22, "bob"), add_members(0, &[0, 1])];
        assert_eq!(apply(&store, changes).await, Applied::default(), "{kind:?}");
        let changes = vec![rename_group(0, "Alpha"), remove_members(0, &[0])];
        assert_eq!(apply(&store, changes).await, Applied::default(), "{kind:?}");
        assert_eq!(groups(&store).await, ["Alpha: bob"], "{kind:?}");
        let (probed, expected) = (
            store.probe().await.unwrap(),
            match kind {
                Kind::DjangoScim2 => {
                    &["memberRemoval: Value", "membersInList: Always", "rename: Put", "displayName: Ignored"][..]
                }
                _ => &["memberRemoval: Filter", "membersInList: Always", "rename: Patch"],
            },
        );
        assert_eq!(probed.dialect, expected, "{kind:?}");
        assert_eq!(probed.form.has_display_name, kind != Kind::DjangoScim2, "what is ignored is not planned again");
    }
}

/// django-scim2 makes display names of the other names, accepts any, and keeps none.
#[test]
fn a_display_name_that_the_server_makes_itself_is_not_written_again_and_again() {
    let directory: &[(&str, &[&str])] = &[("Analysts", &["ada"])];
    let scim = started(Kind::DjangoScim2);
    let mut program = Program::into_scim(&scim, directory);
    let dialect = json!({"spec": {"scim": {"dialect": {"displayName": "Ignored"}}}});
    program.patch("DashboardServer", &dialect);
    have_entries(&program, directory, &[("\nsn: ada\n", "\nsn: ada\ngivenName: Ada\ndisplayName: Dr Ada\n")]);
    assert_eq!(result(&program.status(&["--new-links"])), "Synced");
    scim.proxy.forget();
    assert_eq!(result(&program.status(&[])), "Synced");
    assert_eq!(scim.writes(), Vec::<String>::new());
    have_entries(&program, directory, &[("\nsn: ada\n", "\nsn: ada\ngivenName: Ada L.\ndisplayName: Dr Ada\n")]);
    program.status(&[]);
    let id = scim.server.content().user("ada").id.clone();
    assert_eq!(scim.server.resource("Users", &id)["name"]["givenName"], "Ada L.", "the other names follow");
}

/// django-scim2 takes ASCII only.
#[tokio::test]
async fn an_address_that_the_server_does_not_take_keeps_nobody_else_out() {
    let scim = started(Kind::DjangoScim2);
    let store = scim.store();
    let odd = Attributes { email: Some("zoë@corp.example".into()), ..person("zoe") };
    let zoe =
        Change::CreateAccount { account: AccountRef(0), attributes: odd, active: true, link: account_link(21, "zoe") };
    let changes = vec![create_group(0, 11, "alpha"), zoe, create_account(1, 22, "bob"), add_members(0, &[0, 1])];
    let applied = apply(&store, changes).await;
    let [refusal] = &applied.refused[..] else { panic!("{applied:?}") };
    assert!(refusal.message.contains("400 Bad Request: Invalid email value"), "{refusal:?}");
    assert_eq!(groups(&store).await, ["alpha: bob"]);
}

/// django-scim2 does not take away an only address, and no server gives one to two accounts.
#[tokio::test]
async fn accounts_swap_their_addresses() {
    for kind in Kind::ALL {
        let scim = started(kind);
        let store = scim.store();
        two_groups_and_three_accounts(&store).await;
        let email = |text: &str| AttributeEdits { email: Edit::Set(text.into()), ..AttributeEdits::default() };
        let changes = vec![
            Change::ParkAccount { account: AccountRef(0), username: None },
            edit(1, email("ada@corp.example")),
            edit(0, email("bob@corp.example")),
        ];
        assert_eq!(apply(&store, changes).await, Applied::default(), "{kind:?}");
        let content = scim.server.content();
        let emails = ["ada", "bob"].map(|name| content.user(name).email.clone().unwrap());
        assert_eq!(emails, ["bob@corp.example", "ada@corp.example"], "{kind:?}");
    }
}

/// Two refuse a list of members with one unknown id as a whole, two take it; each as it is and as a dashboard server would be.
#[tokio::test]
async fn an_account_that_is_deleted_meanwhile_keeps_no_other_out() {
    for server in Kind::ALL.map(ScimServer::start).into_iter().chain(Kind::ALL.map(ScimServer::start_strict)) {
        let (kind, scim) = (server.kind(), behind_proxy(server));
        let store = scim.store();
        two_groups_and_three_accounts(&store).await;
        let found = store.read().await.unwrap();
        scim.server.delete_user(&scim.server.content().user("bob").id);
        let everybody = ["ada", "bob", "cy"].map(|username| account(&found, username));
        let changes = vec![create_group(2, 13, "gamma"), add_members(2, &everybody)];
        let writer = begin_when_free(&store).await;
        writer.apply(&found, &Plan::from(changes)).await.unwrap();
        let mut shown = groups(&store).await;
        for group in &mut shown {
            *group = sorted(group);
        }
        shown.sort();
        assert_eq!(shown, ["alpha: ada", "beta: ", "gamma: ada cy"], "{kind:?}");
    }
}

fn account(found: &Found, username: &str) -> u32 {
    let place = found.accounts.iter().position(|account| account.attributes.username.as_deref() == Some(username));
    u32::try_from(place.unwrap()).unwrap()
}

/// `group: members`, in the order of their names.
fn sorted(group: &str) -> String {
    let (name, members) = group.split_once(": ").unwrap();
    let mut members: Vec<&str> = members.split(' ').collect();
    members.sort_unstable();
    format!("{name}: {}", members.join(" "))
}

/// Pages of 20, 50 or 100 by default and at most, lengths that are not true, null for an empty list, and a list that starts
/// again behind its end.
#[tokio::test]
async fn every_list_is_read_to_its_end() {
    for kind in Kind::ALL {
        let scim = behind_proxy(ScimServer::start(kind));
        let store = scim.store();
        assert_eq!(store.read().await.unwrap().accounts.len(), 0, "{kind:?}");
        for number in 0..130 {
            scim.server.add_user(&format!("person{number}"), &format!("person{number}@example.test"));
        }
        for page_size in [7, 100, 1_000] {
            let mut settings = scim.settings();
            settings.dialect.page_size = page_size;
            let found = scim.whole(settings).read().await.unwrap();
            assert_eq!(found.accounts.len(), 130, "{kind:?} in pages of {page_size}");
        }
    }
}

/// SCIMMY behind its own routers.
#[tokio::test]
async fn a_list_that_ignores_paging_is_read_if_it_is_whole_and_refused_otherwise() {
    let scim = behind_proxy(ScimServer::start(Kind::ScimmyUnpaged));
    for number in 0..20 {
        scim.server.add_user(&format!("person{number}"), &format!("person{number}@example.test"));
    }
    assert_eq!(scim.store().read().await.unwrap().accounts.len(), 20);
    scim.server.add_user("one-more", "one-more@example.test");
    let error = scim.store().read().await.unwrap_err().to_string();
    let words = "the server does not heed startIndex, and answers its first 20 of 21 for every page";
    assert!(error.contains(words) && error.contains("listing Users"), "{error}");
}
