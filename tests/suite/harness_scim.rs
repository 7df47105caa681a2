//! The harness itself: its SCIM servers do what the other tests expect of them. What they answer differently is written down
//! here, so that a new version which answers otherwise is noticed.

use serde_json::{Value, json};

use crate::harness::ScimServer;
use crate::harness::http::Message;
use crate::harness::scim_servers::Kind;
use crate::harness::scim_servers::hand::{remove_by_filter, remove_by_value};

/// A server whose group `crew` has the members `ada` and `bob`; `cyd` is a user too.
struct Bed {
    server: ScimServer,
    crew: String,
    ada: String,
    bob: String,
    cyd: String,
}

impl Bed {
    fn new(kind: Kind) -> Self {
        let server = ScimServer::start(kind);
        let [ada, bob, cyd] = ["ada", "bob", "cyd"].map(|name| {
            let email = json!([{"value": format!("{name}@example.test")}]);
            server.add_user_with(name, &json!({"emails": email, "externalId": format!("guid-{name}")}))
        });
        let crew = server.add_group_with("crew", &json!({"externalId": "guid-crew"}));
        let bed = Self { server, crew, ada, bob, cyd };
        bed.fill();
        bed
    }

    fn fill(&self) {
        self.server.remove_all_members(&self.crew);
        self.server.add_member(&self.crew, &self.ada);
        self.server.add_member(&self.crew, &self.bob);
    }

    /// The status of the answer to this operation on the group with ada and bob, and its members then.
    fn after(&self, operation: &Value) -> (u16, Vec<String>) {
        self.fill();
        let status = self.server.patch_group(&self.crew, operation).status();
        (status, self.server.content().group("crew").members.clone())
    }

    /// How many resources the server finds: `Users?filter=…`.
    fn found(&self, query: &str) -> Result<u64, u16> {
        let answer = self.server.call("GET", &format!("/{query}"), &Value::Null);
        let list: Value = serde_json::from_slice(&answer.body).unwrap();
        if answer.status() == 200 { Ok(list["totalResults"].as_u64().unwrap()) } else { Err(answer.status()) }
    }

    fn add(&self, resource_type: &str, resource: &Value) -> Message {
        self.server.call("POST", &format!("/{resource_type}"), resource)
    }
}

fn add(ids: &[&str]) -> Value {
    let members: Vec<_> = ids.iter().map(|id| json!({"value": id})).collect();
    json!({"op": "add", "path": "members", "value": members})
}

fn outcome(status: u16, members: &[&str]) -> (u16, Vec<String>) {
    (status, members.iter().map(|&member| member.to_owned()).collect())
}

/// The number that is told, how many resources there are, and how many the page tells.
fn page(server: &ScimServer, query: &str) -> (u64, usize, u64) {
    let list = server.list(query);
    let resources = list["Resources"].as_array().map_or(0, Vec::len);
    (list["totalResults"].as_u64().unwrap(), resources, list["itemsPerPage"].as_u64().unwrap())
}

fn add_120_users(server: &ScimServer) {
    for number in 0..120 {
        server.add_user(&format!("person{number}"), &format!("person{number}@example.test"));
    }
}

#[test]
fn an_administrator_works_on_every_scim_server() {
    for kind in Kind::ALL {
        let server = ScimServer::start(kind);
        assert_eq!(server.call_as("wrong", "GET", "/Users", &Value::Null).status(), 401, "{kind:?}");
        assert_eq!(server.content().users.len() + server.content().groups.len(), 0, "{kind:?}");
        let (ada, bob) = (server.add_user("ada", "ada@example.test"), server.add_user_with("bob", &json!({})));
        let (crew, staff) = (server.add_group("crew"), server.add_group_with("staff", &json!({"externalId": "guid"})));
        server.add_member(&crew, &ada);
        server.add_member(&crew, &bob);
        server.add_member(&staff, &bob);
        server.set_active(&bob, false);
        let content = server.content();
        assert_eq!((content.members("crew"), content.members("staff")), (vec!["ada", "bob"], vec!["bob"]), "{kind:?}");
        assert_eq!(content.group("crew").id, crew);
        assert_eq!(content.group("crew").external_id, None, "{kind:?}");
        assert_eq!(content.group("staff").external_id.as_deref(), Some("guid"), "{kind:?}");
        let seen = ["ada", "bob"].map(|name| {
            let user = content.user(name);
            (user.id.clone(), user.is_active, user.email.clone())
        });
        assert_eq!(seen, [(ada.clone(), true, Some("ada@example.test".to_owned())), (bob, false, None)], "{kind:?}");

        server.remove_member(&crew, &ada);
        server.rename_group(&staff, "people");
        assert_eq!((server.content().members("crew"), server.content().members("people")), (vec!["bob"], vec!["bob"]));
        assert_eq!(server.content().group("people").external_id.as_deref(), Some("guid"), "{kind:?}");
        server.remove_all_members(&crew);
        assert_eq!(server.content().members("crew"), [""; 0], "{kind:?}");
        server.delete_user(&ada);
        server.delete_group(&crew);
        assert_eq!(server.call("DELETE", &format!("/Users/{ada}"), &Value::Null).status(), 404, "{kind:?}");
        assert_eq!(server.call("DELETE", &format!("/Groups/{crew}"), &Value::Null).status(), 404, "{kind:?}");
        let content = server.content();
        assert_eq!(content.users.keys().collect::<Vec<_>>(), ["bob"], "{kind:?}");
        assert_eq!(content.groups.keys().collect::<Vec<_>>(), ["people"], "{kind:?}");
    }
}

#[test]
fn scim2_server_takes_members_that_do_not_exist_and_tells_entity_tags() {
    let bed = Bed::new(Kind::Scim2Server);
    let Bed { server, crew, ada, bob, cyd } = &bed;
    assert_eq!(bed.after(&add(&[ada, cyd])), outcome(204, &["ada", "bob", "cyd"]));
    assert_eq!(bed.after(&add(&[cyd, "999"])), outcome(204, &["999", "ada", "bob", "cyd"]));
    assert_eq!(bed.after(&remove_by_filter(bob)), outcome(204, &["ada"]));
    assert_eq!(bed.after(&remove_by_value(bob)), outcome(400, &["ada", "bob"]));
    assert_eq!(bed.after(&json!({"op": "remove", "path": "members"})), outcome(204, &[]));
    assert_eq!(
        bed.after(&json!({"op": "replace", "path": "members", "value": [{"value": cyd}]})),
        outcome(204, &["cyd"])
    );
    assert_eq!(
        server.call("GET", &format!("/Groups/{crew}"), &Value::Null).header("etag").map(|tag| &tag[..3]),
        Some("W/\"")
    );
    assert_eq!(
        bed.add("Users", &json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ADA"}))
            .status(),
        409
    );
    assert_eq!(bed.found(r#"Users?filter=userName eq "ADA""#), Ok(1));
    assert_eq!(bed.found(r#"Users?filter=externalId eq "guid-ada""#), Ok(1));
    assert_eq!(bed.found(r#"Groups?filter=externalId eq "guid-crew""#), Ok(1));
    assert_eq!(bed.found(r#"Groups?filter=unheard eq "of""#), Err(400));
    assert_eq!(server.list("Groups?excludedAttributes=members")["Resources"][0]["members"], Value::Null);
    assert_eq!(
        server.list("Groups?attributes=displayName,members")["Resources"][0]["members"].as_array().unwrap().len(),
        1
    );
    bed.fill();
    server.delete_user(ada);
    assert_eq!(server.members(crew), [ada.clone(), bob.clone()], "the id outlives the user");
    server.add_group("crew");
    assert_eq!(bed.found(r#"Groups?filter=displayName eq "crew""#), Ok(2), "names need not differ");
    add_120_users(server);
    assert_eq!(page(server, "Users"), (122, 122, 122));
    assert_eq!(page(server, "Users?startIndex=101&count=100"), (122, 22, 22));
    assert_eq!(page(server, "Users?startIndex=900&count=100"), (122, 0, 0));
}

#[test]
fn scimmy_adds_a_member_twice_and_starts_again_past_the_end() {
    let bed = Bed::new(Kind::Scimmy);
    let Bed { server, crew, ada, bob, cyd } = &bed;
    assert_eq!(bed.after(&add(&[ada, cyd])), outcome(200, &["ada", "ada", "bob", "cyd"]));
    assert_eq!(server.patch_group(crew, &remove_by_filter(ada)).status(), 200);
    assert_eq!(server.members(crew), [bob.clone(), cyd.clone()], "both are gone");
    assert_eq!(server.patch_group(crew, &remove_by_filter(ada)).status(), 204, "without a change");
    assert_eq!(bed.after(&add(&[cyd, "999"])), outcome(200, &["999", "ada", "bob", "cyd"]));
    assert_eq!(bed.after(&remove_by_value(bob)), outcome(200, &["ada"]));
    assert_eq!(bed.after(&json!({"op": "remove", "path": "members"})), outcome(200, &[]));
    assert_eq!(server.resource("Groups", crew).get("members"), None, "an empty group has no members");
    assert_eq!(
        bed.after(&json!({"op": "replace", "path": "members", "value": [{"value": cyd}]})),
        outcome(200, &["cyd"])
    );
    assert_eq!(bed.found(r#"Users?filter=userName eq "ADA""#), Ok(0), "it minds the case");
    assert_eq!(bed.found(r#"Users?filter=externalId eq "guid-ada""#), Ok(1));
    assert_eq!(bed.found(r#"Groups?filter=externalId eq "guid-crew""#), Ok(1));
    assert_eq!(bed.found(r#"Groups?filter=unheard eq "of""#), Ok(0));
    bed.fill();
    server.delete_user(ada);
    assert_eq!(server.members(crew), [ada.clone(), bob.clone()], "the id outlives the user");
    server.add_group("crew");
    assert_eq!(bed.found(r#"Groups?filter=displayName eq "crew""#), Ok(2), "names need not differ");
    add_120_users(server);
    assert_eq!(page(server, "Users"), (122, 20, 20));
    assert_eq!(page(server, "Users?startIndex=101&count=100"), (122, 22, 100));
    assert_eq!(page(server, "Users?startIndex=900&count=100"), (122, 100, 100));
}

#[test]
fn scimmy_behind_its_own_routers_has_one_page() {
    let server = ScimServer::start(Kind::ScimmyUnpaged);
    add_120_users(&server);
    for query in ["Users", "Users?startIndex=101&count=100", "Users?count=1"] {
        assert_eq!(page(&server, query), (120, 20, 20), "{query}");
        assert_eq!(server.list(query)["Resources"][0]["userName"], "person0", "{query}");
    }
}

#[test]
fn elimity_returns_every_attribute_and_null_for_an_empty_list() {
    let bed = Bed::new(Kind::Elimity);
    let Bed { server, crew, ada, bob, cyd } = &bed;
    assert_eq!(bed.after(&add(&[ada, cyd])), outcome(200, &["ada", "bob", "cyd"]));
    assert_eq!(bed.after(&add(&[cyd, "999"])), outcome(400, &["ada", "bob"]));
    assert_eq!(bed.after(&remove_by_filter(bob)), outcome(200, &["ada"]));
    assert_eq!(bed.after(&remove_by_value(bob)), outcome(200, &["ada"]));
    assert_eq!(bed.after(&json!({"op": "remove", "path": "members"})), outcome(200, &[]));
    assert_eq!(
        bed.after(&json!({"op": "replace", "path": "members", "value": [{"value": cyd}]})),
        outcome(200, &["cyd"])
    );
    let answer = server.call("GET", &format!("/Groups/{crew}"), &Value::Null);
    assert_eq!(answer.header("etag"), None);
    assert_eq!(server.list("Groups?attributes=displayName")["Resources"][0]["externalId"], "guid-crew");
    assert_eq!(server.list("Groups")["Resources"][0]["meta"]["location"], format!("Groups/{crew}"));
    assert_eq!(server.list(r#"Groups?filter=displayName eq "nobody""#)["Resources"], Value::Null);
    assert_eq!(bed.found(r#"Users?filter=userName eq "ADA""#), Ok(1));
    assert_eq!(bed.found(r#"Users?filter=externalId eq "guid-ada""#), Ok(1));
    assert_eq!(bed.found(r#"Groups?filter=unheard eq "of""#), Err(400));
    let nobody = server.call_as("wrong", "GET", "/Users", &Value::Null);
    assert!(serde_json::from_slice::<Value>(&nobody.body).is_err(), "{}", nobody.text());
    add_120_users(server);
    assert_eq!(page(server, "Users?count=1000"), (123, 100, 100));
    assert_eq!(page(server, "Users?startIndex=101&count=100"), (123, 23, 100));
    assert_eq!(page(server, "Users?startIndex=900&count=2"), (123, 0, 2));
}

#[test]
fn django_scim2_removes_by_value_only_and_finds_no_external_id() {
    let bed = Bed::new(Kind::DjangoScim2);
    let Bed { server, crew, ada, bob, cyd } = &bed;
    assert_eq!(bed.after(&add(&[ada, cyd])), outcome(200, &["ada", "bob", "cyd"]));
    assert_eq!(bed.after(&add(&[cyd, "999"])), outcome(400, &["ada", "bob"]));
    assert_eq!(bed.after(&remove_by_filter(bob)), outcome(501, &["ada", "bob"]));
    assert_eq!(bed.after(&remove_by_value(bob)), outcome(200, &["ada"]));
    assert_eq!(
        bed.after(&json!({"op": "remove", "path": "members"})),
        outcome(200, &["ada", "bob"]),
        "but nothing happens"
    );
    assert_eq!(
        bed.after(&json!({"op": "replace", "path": "members", "value": [{"value": cyd}]})),
        outcome(501, &["ada", "bob"])
    );
    assert_eq!(server.patch_group(crew, &json!({"op": "replace", "path": "displayName", "value": "x"})).status(), 501);
    let with_members = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "crew", "members": [{"value": cyd}]});
    assert_eq!(server.call("PUT", &format!("/Groups/{crew}"), &with_members).status(), 200);
    assert_eq!(server.members(crew), [ada.clone(), bob.clone()], "PUT ignores members");
    assert_eq!(server.resource("Groups", crew)["externalId"], "", "and an absent id is empty");
    assert_eq!(bed.add("Groups", &with_members).status(), 409);
    let other = server.add_group_with("other", &json!({"members": [{"value": ada}]}));
    assert_eq!(server.members(&other), [""; 0], "POST ignores members");
    server.add_user("ADA", "other@example.test");
    assert_eq!(
        bed.found(r#"Users?filter=userName eq "ada""#),
        Ok(2),
        "names differ in case, the filter does not see it"
    );
    assert_eq!(bed.found(r#"Users?filter=externalId eq "guid-ada""#), Ok(0), "although it is there");
    assert_eq!(bed.found(r#"Groups?filter=displayName eq "crew""#), Ok(0), "although it is there");
    let user = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "dan", "emails": [{"value": "dan@host"}]});
    assert_eq!(bed.add("Users", &user).status(), 400, "no such e-mail");
    server.delete_user(ada);
    assert_eq!(server.members(crew), std::slice::from_ref(bob));
    add_120_users(server);
    assert_eq!(page(server, "Users"), (123, 50, 50));
    assert_eq!(page(server, "Users?count=1000"), (123, 123, 123));
    assert_eq!(page(server, "Users?startIndex=101&count=100"), (123, 23, 23));
}
