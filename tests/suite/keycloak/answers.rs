//! What Keycloak answers to requests that servers understand differently, and what the store makes of it. A new version that
//! answers otherwise fails here.

use serde_json::{Value, json};

use directory_group_sync::store::Applied;
use directory_group_sync::sync::found::AccountRef;
use directory_group_sync::sync::plan::Change;

use super::{InKeycloak, started};
use crate::harness::Keycloak;
use crate::harness::http::Connection;
use crate::harness::keycloak::{Profile, Realm};
use crate::store_contract::{
    Fixture as _, add_members, apply, create_account, create_group, groups, remove_members, rename_group,
    two_groups_and_three_accounts, usernames,
};

const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

/// Sends requests to the SCIM service as a client does.
struct Client<'a> {
    realm: &'a Realm<'static>,
    token: String,
}

impl<'a> Client<'a> {
    fn of(keycloak: &'a InKeycloak) -> Self {
        let realm = &keycloak.realm;
        let (id, secret) = (Realm::CLIENT_ID, Realm::CLIENT_SECRET.replace(' ', "+"));
        let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
        let mut connection = Connection::open(&Keycloak::shared().address()).unwrap();
        let answer = connection.post_form(&realm.token_path(), &form).unwrap();
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        Self { realm, token: body["access_token"].as_str().unwrap().to_owned() }
    }

    fn call(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let path = format!("{}/{path}", self.realm.path());
        let mut connection = Connection::open(&Keycloak::shared().address()).unwrap();
        let answer = connection.call(method, &path, Some(&self.token), &body).unwrap();
        (answer.status(), serde_json::from_slice(&answer.body).unwrap_or_default())
    }

    fn get(&self, path: &str) -> Value {
        let (status, body) = self.call("GET", path, Value::Null);
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    fn patch(&self, group: &str, operation: Value) -> (u16, Value) {
        let id = self.id("groups", group);
        let schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"];
        self.call("PATCH", &format!("Groups/{id}"), json!({"schemas": schemas, "Operations": [operation]}))
    }

    fn id(&self, what: &str, name: &str) -> String {
        self.realm.named(what, name)["id"].as_str().unwrap().to_owned()
    }

    fn member(&self, username: &str) -> Value {
        json!({ "value": self.id("users", username) })
    }
}

/// Groups `alpha` (ada, bob) and `beta` (bob), accounts ada, bob and cy.
async fn company() -> InKeycloak {
    let keycloak = started(Profile::Documented);
    two_groups_and_three_accounts(&keycloak.store()).await;
    keycloak
}

#[tokio::test]
async fn lists_show_members_only_if_they_are_asked_for() {
    let keycloak = company().await;
    let client = Client::of(&keycloak);
    let shown = |query: &str| client.get(query)["Resources"][0].get("members").is_some();
    assert_eq!((shown("Groups"), shown("Groups?attributes=displayName,members")), (false, true));
    assert_eq!(groups(&keycloak.store()).await, ["alpha: ada bob", "beta: bob"]);
    let dialect = keycloak.store().probe().await.unwrap().dialect;
    assert!(dialect.contains(&"membersInList: Always".to_owned()), "{dialect:?}");
}

#[tokio::test]
async fn a_page_has_a_hundred_resources_whatever_is_asked_for() {
    let keycloak = started(Profile::Documented);
    for number in 0..205 {
        keycloak.realm.create_account(&format!("u{number:03}"), &format!("u{number:03}@corp.example"));
    }
    let client = Client::of(&keycloak);
    let length = |query: &str| client.get(query)["Resources"].as_array().unwrap().len();
    assert_eq!((length("Users"), length("Users?count=1000"), length("Users?startIndex=999")), (100, 100, 0));
    for page_size in [1000, 100, 7] {
        let mut settings = keycloak.settings();
        settings.dialect.page_size = page_size;
        assert_eq!(keycloak.whole(settings).read().await.unwrap().accounts.len(), 205, "pages of {page_size}");
    }
}

#[tokio::test]
async fn members_are_removed_by_a_filter_only_and_replace_adds() {
    let keycloak = company().await;
    let client = Client::of(&keycloak);
    let (ada, cy) = (client.member("ada"), client.member("cy"));
    let members = || keycloak.realm.members("alpha");
    for operation in [
        json!({"op": "remove", "path": "members", "value": [ada]}),
        json!({"op": "remove", "path": "members"}),
        json!({"op": "add", "path": "members", "value": [ada]}),
    ] {
        assert_eq!(
            (client.patch("alpha", operation.clone()).0, members()),
            (200, vec!["ada".into(), "bob".to_owned()]),
            "{operation}"
        );
    }
    let replace = json!({"op": "replace", "path": "members", "value": [cy]});
    assert_eq!((client.patch("alpha", replace).0, members().len()), (200, 3), "it acts as add");

    let store = keycloak.store();
    assert_eq!(apply(&store, vec![remove_members(0, &[0, 2])]).await, Applied::default());
    assert_eq!(members(), ["bob"]);
    let dialect = store.probe().await.unwrap().dialect;
    assert!(dialect.contains(&"memberRemoval: Filter".to_owned()), "{dialect:?}");
}

#[tokio::test]
async fn one_unknown_member_fails_a_whole_request() {
    let keycloak = company().await;
    let client = Client::of(&keycloak);
    let both = json!({"op": "add", "path": "members", "value": [client.member("cy"), {"value": NOBODY}]});
    let (status, body) = client.patch("beta", both);
    assert_eq!((status, keycloak.realm.members("beta")), (400, vec!["bob".to_owned()]), "{body}");
    let (status, _) = client.patch("beta", json!({"op": "remove", "path": format!("members[value eq \"{NOBODY}\"]")}));
    assert_eq!(status, 400);
    // How the store copes: `a_membership_of_what_was_deleted_meanwhile_is_left_out_alone` of the contract.
}

#[tokio::test]
async fn members_come_neither_with_a_new_group_nor_with_a_put() {
    let keycloak = company().await;
    let client = Client::of(&keycloak);
    let schemas = ["urn:ietf:params:scim:schemas:core:2.0:Group"];
    let group = |name: &str| json!({"schemas": schemas, "displayName": name, "members": [client.member("cy")]});
    assert_eq!(client.call("POST", "Groups", group("gamma")).0, 400);
    let path = format!("Groups/{}", client.id("groups", "alpha"));
    assert_eq!(client.call("PUT", &path, group("alpha")).0, 400);
    assert_eq!(
        apply(&keycloak.store(), vec![create_group(2, 13, "gamma"), add_members(2, &[2])]).await,
        Applied::default()
    );
    assert_eq!(keycloak.realm.members("gamma"), ["cy"]);
}

#[tokio::test]
async fn a_name_that_is_taken_is_a_conflict_whose_body_is_not_one_of_scim() {
    let keycloak = company().await;
    let client = Client::of(&keycloak);
    let (status, body) = client.patch("beta", json!({"op": "replace", "path": "displayName", "value": "alpha"}));
    assert_eq!((status, &body["error"], body.get("schemas")), (409, &json!("conflict"), None));
    let applied = apply(&keycloak.store(), vec![rename_group(1, "alpha")]).await;
    assert_eq!(applied.refused[0].message, "another group of the server has its name");
}

/// The filters are neither exact nor complete: nothing is concluded from one.
#[tokio::test]
async fn filters_ignore_case_and_what_they_do_not_know() {
    let keycloak = company().await;
    keycloak.realm.create_group("ALPHA");
    let client = Client::of(&keycloak);
    let count = |query: &str| client.get(query)["totalResults"].clone();
    assert_eq!(count("Groups?filter=displayName%20eq%20%22Alpha%22"), 2);
    assert_eq!(count("Users?filter=userName%20eq%20%22ADA%22"), 1);
    assert_eq!(count("Users?filter=unknown%20eq%20%22ada%22"), 0);
    assert_eq!(groups(&keycloak.store()).await, ["alpha: ada bob", "beta: bob", "ALPHA: "]);
}

#[tokio::test]
async fn what_is_deleted_twice_is_gone() {
    let keycloak = company().await;
    let client = Client::of(&keycloak);
    let path = format!("Users/{}", client.id("users", "ada"));
    assert_eq!([(); 2].map(|()| client.call("DELETE", &path, Value::Null).0), [204, 404]);
    assert_eq!(keycloak.realm.members("alpha"), ["bob"], "his memberships go with him");
}

/// The mark of a group is one that people can change: then the group has none.
#[tokio::test]
async fn the_external_id_of_a_group_is_immutable_in_the_schema_only() {
    let keycloak = company().await;
    let client = Client::of(&keycloak);
    let schemas = client.get("Schemas")["Resources"].clone();
    let group = schemas.as_array().unwrap().iter().find(|schema| schema["name"] == "Group").unwrap();
    let attribute = group["attributes"].as_array().unwrap().iter().find(|it| it["name"] == "externalId").unwrap();
    assert_eq!(attribute["mutability"], "immutable");
    let replace = json!({"op": "replace", "path": "externalId", "value": "changed"});
    assert_eq!(client.patch("alpha", replace).0, 200);
    assert_eq!(client.get("Groups?filter=externalId%20eq%20%22changed%22")["totalResults"], 1);
    let found = keycloak.store().read().await.unwrap();
    assert!(found.groups[0].link.is_some(), "its link is by its id");
}

#[tokio::test]
async fn a_deactivated_account_stays_in_its_groups() {
    let keycloak = company().await;
    let deactivate = Change::DeactivateAccount { account: AccountRef(1) };
    assert_eq!(apply(&keycloak.store(), vec![deactivate]).await, Applied::default());
    assert_eq!(keycloak.realm.named("users", "bob")["enabled"], false);
    assert_eq!(keycloak.realm.members("beta"), ["bob"]);
}

/// An untouched realm wants names, which the server says in words.
#[tokio::test]
async fn accounts_without_the_names_that_a_realm_wants_are_refused_in_words() {
    let keycloak = started(Profile::Untouched);
    let applied = apply(&keycloak.store(), vec![create_account(0, 21, "ada")]).await;
    assert!(applied.refused[0].message.ends_with("Please specify lastName."), "{applied:?}");
    assert_eq!(keycloak.realm.all("users"), Vec::<Value>::new());
}

/// The answer to a creation shows what it was asked for, not what is kept.
#[tokio::test]
async fn a_realm_keeps_external_ids_and_display_names_only_if_its_profile_has_them() {
    for (profile, keeps) in [(Profile::Documented, true), (Profile::Untouched, false)] {
        let keycloak = started(profile);
        let client = Client::of(&keycloak);
        let user = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada", "externalId": "x",
            "displayName": "Ada", "name": {"givenName": "A", "familyName": "L"}, "emails": [{"value": "ada@corp.example"}],
        });
        let (status, created) = client.call("POST", "Users", user);
        assert_eq!((status, &created["externalId"], &created["displayName"]), (201, &json!("x"), &json!("Ada")));
        let kept = client.get(&format!("Users/{}", created["id"].as_str().unwrap()));
        assert_eq!(["externalId", "displayName"].map(|key| kept.get(key).is_some()), [keeps; 2], "{profile:?}");
        let found = client.get("Users?filter=externalId%20eq%20%22x%22");
        assert_eq!(found["totalResults"], usize::from(keeps), "{profile:?}");
    }
}

/// A user name and an address are kept in lower case: that is no change.
#[tokio::test]
async fn names_and_addresses_are_kept_in_lower_case() {
    let keycloak = started(Profile::Documented);
    let store = keycloak.store();
    assert_eq!(apply(&store, vec![create_account(0, 21, "Ada")]).await, Applied::default());
    assert_eq!(usernames(&store).await, ["ada"]);
    let form = store.probe().await.unwrap().form;
    assert!(form.username.ignores_case && form.email.ignores_case, "{form:?}");
}

/// The server answers 500 to a second account of one address. It did nothing, which its list shows.
#[tokio::test]
async fn an_address_that_is_taken_is_an_error_of_the_server_and_no_doubt() {
    let keycloak = started(Profile::Documented);
    keycloak.realm.create_account("local", "dan@corp.example");
    let store = keycloak.store();
    let applied = apply(&store, vec![create_account(1, 24, "dan"), create_account(2, 25, "eve")]).await;
    assert_eq!(applied.ambiguous, vec![]);
    assert_eq!(applied.refused[0].message, "another account of the server has its username or its e-mail address");
    assert_eq!(usernames(&store).await, ["local", "eve"]);
}
