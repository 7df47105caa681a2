//! Every operation and status of the contract is exercised: by the adapter where it needs them, and by requests that it never
//! sends.

use serde_json::json;

use super::behind_proxy;
use crate::harness::BoldBi;
use crate::harness::bold_bi::{EMBED_SECRET, OPERATIONS, PASSWORD, SITE, USERNAME};
use crate::harness::contract::Coverage;
use crate::harness::http::{Connection, Message};
use crate::store_contract::{
    Fixture as _, add_members, apply, remove_members, rename_account, rename_group, two_groups_and_three_accounts,
};
use directory_group_sync::sync::found::{AccountRef, GroupRef};
use directory_group_sync::sync::plan::Change;

#[tokio::test]
async fn nothing_of_the_contract_is_left_out() {
    let coverage = Coverage::default();
    for versions in [&["v5.0"][..], &["v4.0"][..]] {
        let bold = behind_proxy(BoldBi::serving(versions, coverage.clone()));
        let store = bold.store();
        two_groups_and_three_accounts(&store).await;
        let changes =
            vec![rename_group(0, "Alpha"), rename_account(0, "adele"), remove_members(1, &[1]), add_members(1, &[2])];
        apply(&store, changes).await;
        apply(
            &store,
            vec![Change::DeleteGroup { group: GroupRef(0) }, Change::DeleteAccount { account: AccountRef(0) }],
        )
        .await;
        refusals(&bold.site, versions[0]);
    }
    assert_eq!(coverage.missing(&OPERATIONS), Vec::<String>::new());
}

/// What the adapter avoids, or meets only where somebody interferes.
fn refusals(site: &BoldBi, version: &str) {
    let mut connection = Connection::open(&site.address()).unwrap();
    let token =
        token(&mut connection, &[("grant_type", "embed_secret"), ("embed_secret", EMBED_SECRET)], USERNAME, 200);
    let wrong = [("grant_type", "password"), ("password", "wrong")];
    for (username, status) in [(USERNAME, 400), ("nobody", 404)] {
        assert_eq!(self::token(&mut connection, &wrong, username, status), None);
    }
    assert!(
        self::token(&mut connection, &[("grant_type", "password"), ("password", PASSWORD)], USERNAME, 200).is_some()
    );
    let other = site.with(|it| it.add_group("Other"));
    let (ids, nobody) = (json!({"Id": [1]}), json!({"Id": [99_999]}));
    let user =
        |name: &str, email: &str| json!({"Username": name, "Email": email, "FirstName": "X", "Password": PASSWORD});
    let group = |name: &str| if version == "v5.0" { json!([{ "Name": name }]) } else { json!({ "Name": name }) };
    let (of_other, changed) = (format!("groups/{other}"), json!({"Name": "a/b"}));
    let mut call = |method: &str, path: &str, body: &serde_json::Value, status: u16| {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let path = format!("/bi/api/site/{SITE}/{version}/{path}");
        for (token, status) in [(None, 401), (token.as_deref(), status)] {
            let answer = connection.call(method, &path, token, &body).unwrap();
            assert_eq!(answer.status(), status, "{method} {path}: {}", answer.text());
        }
    };
    let null = json!(null);
    call("GET", "users", &null, 200);
    call("GET", "groups", &null, 200);
    call("GET", &format!("{of_other}/users"), &null, 204);
    call("GET", "groups/1/users", &null, 200);
    call("GET", "groups/99999/users", &null, 404);
    call("GET", "groups/99999", &null, 404);
    call("GET", "users/nobody", &null, 404);
    if version == "v5.0" {
        for list in ["users", "groups", "groups/1/users"] {
            call("GET", &format!("{list}?page=99&page_size=100&sort=-&q="), &null, 400);
        }
    }
    call("POST", "users", &null, 400);
    call("POST", "users", &user("a/b", "x@corp.example"), 406);
    call("POST", "users", &user("Admin", "x@corp.example"), 409);
    call("POST", "groups", &null, 400);
    call("POST", "groups", &group("a/b"), 406);
    call("POST", "groups", &group("OTHER"), 409);
    site.with(|it| it.fails = true);
    call("POST", "users", &user("eve", "eve@corp.example"), 417);
    call("POST", "groups", &group("New"), 417);
    call("PUT", "users/admin", &null, 400);
    call("PUT", "users/nobody", &json!({"Email": "x@corp.example"}), 404);
    call("PUT", "users/admin", &json!({"Email": "x"}), 406);
    call("PUT", "users/admin", &json!({"Email": "sync@corp.example"}), 500);
    call("DELETE", "users/nobody", &null, 404);
    call("DELETE", "users/admin", &null, 417);
    call("PUT", &of_other, &null, 400);
    call("PUT", "groups/99999", &json!({"Name": "x"}), 404);
    call("PUT", &of_other, &changed, 406);
    call("PUT", &of_other, &json!({"Name": "system administrator"}), 409);
    call("DELETE", "groups/99999", &null, 406);
    call("DELETE", "groups/1", &null, 417);
    for method in ["POST", "DELETE"] {
        call(method, &format!("{of_other}/users"), &null, 400);
        call(method, "groups/99999/users", &ids, 404);
    }
    call("POST", &format!("{of_other}/users"), &nobody, 417);
    call("DELETE", &format!("{of_other}/users"), &json!({"Id": []}), 417);
    // The list of a site without accounts.
    site.with(|it| {
        it.accounts.clear();
        it.groups.clear();
    });
    call("GET", "users", &null, 204);
    call("GET", "groups", &null, 204);
}

fn token(connection: &mut Connection, fields: &[(&str, &str)], username: &str, status: u16) -> Option<String> {
    let form = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .append_pair("username", username)
        .finish();
    let answer: Message = connection.post_form(&format!("/bi/api/site/{SITE}/token"), &form).unwrap();
    assert_eq!(answer.status(), status, "{}", answer.text());
    let body: serde_json::Value = serde_json::from_str(&answer.text()).unwrap();
    body["access_token"].as_str().map(str::to_owned)
}

/// A double that does not notice what is not in the contract would show nothing.
#[test]
fn what_is_not_in_the_contract_fails_the_test() {
    let ids = r#"{"Id": [1], "More": 1}"#;
    for (method, path, body) in [
        ("GET", "v5.0/dashboards", ""),
        ("PATCH", "v5.0/groups/1", "{}"),
        ("GET", "v5.0/groups?size=3", ""),
        ("GET", "v4.0/groups?page=1", ""),
        ("GET", "v5.0/groups", "{}"),
        ("POST", "v5.0/groups", r#"{"Name": "not a list"}"#),
        ("POST", "v4.0/groups", r#"[{"Name": "a list"}]"#),
        ("POST", "v5.0/groups/1/users", ids),
        ("POST", "v5.0/users", r#"{"Username": "x"}"#),
        ("POST", "v5.0/users", "not JSON"),
    ] {
        let broken = std::panic::catch_unwind(|| {
            let site = BoldBi::start();
            let path = format!("/bi/api/site/{SITE}/{path}");
            let answer = Connection::open(&site.address()).unwrap().call(method, &path, None, body).unwrap();
            assert_eq!(answer.status(), 599, "{}", answer.text());
        });
        let message = broken.expect_err(&format!("{method} {path} {body}"));
        assert!(
            message.downcast_ref::<String>().is_some_and(|it| it.contains("the contract was broken")),
            "{method} {path}"
        );
    }
}
