//! Every operation and status of the contract is exercised: by the adapter where it needs them, and by requests that it never
//! sends.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::behind_proxy;
use crate::harness::Grafana;
use crate::harness::contract::Coverage;
use crate::harness::grafana::{OPERATIONS, PASSWORD, TOKEN, USERNAME};
use crate::harness::http::Message;
use crate::store_contract::{
    Fixture as _, add_members, apply, remove_members, rename_account, rename_group, two_groups_and_three_accounts,
};
use directory_group_sync::sync::found::{AccountRef, GroupRef};
use directory_group_sync::sync::plan::Change;

#[tokio::test]
async fn nothing_of_the_contract_is_left_out() {
    let coverage = Coverage::default();
    for auto_assigns in [true, false] {
        let graf = behind_proxy(Grafana::noting(coverage.clone()));
        graf.site.with(|site| (site.is_enterprise, site.auto_assigns) = (true, auto_assigns));
        let mut settings = graf.settings();
        settings.log_out_removed = true;
        let store = graf.store();
        two_groups_and_three_accounts(&store).await;
        graf.whole(settings).probe().await.unwrap();
        let changes = vec![
            rename_group(0, "Alpha"),
            rename_account(0, "adele"),
            remove_members(1, &[1]),
            add_members(1, &[0, 2]),
        ];
        apply(&store, changes).await;
        apply(&store, vec![remove_members(0, &[0]), Change::DeactivateAccount { account: AccountRef(0) }]).await;
        apply(&store, vec![Change::ActivateAccount { account: AccountRef(0) }]).await;
        apply(&store, vec![Change::DeleteGroup { group: GroupRef(0) }]).await;
        if auto_assigns {
            refusals(&graf.site);
        }
    }
    assert_eq!(coverage.missing(&OPERATIONS), Vec::<String>::new());
}

fn call(grafana: &Grafana, authorization: Option<&str>, method: &str, path: &str, body: &Value) -> Message {
    let mut connection = std::net::TcpStream::connect(grafana.address()).unwrap();
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let mut headers = vec![("host", "grafana"), ("x-grafana-org-id", "1"), ("connection", "close")];
    headers.extend(authorization.map(|value| ("authorization", value)));
    headers.extend((!body.is_empty()).then_some(("content-type", "application/json")));
    Message::new(&format!("{method} /api/{path} HTTP/1.1"), &headers, &body).write(&mut connection).unwrap();
    Message::answer(&mut std::io::BufReader::new(connection)).unwrap()
}

/// What the adapter avoids, or meets only where somebody interferes.
fn refusals(grafana: &Grafana) {
    let basic = format!("Basic {}", STANDARD.encode(format!("{USERNAME}:{PASSWORD}")));
    let token = format!("Bearer {TOKEN}");
    let null = Value::Null;
    let team = |name: &str| json!({"name": name, "email": ""});
    let account = |login: &str, organization: i64| json!({"login": login, "email": "", "name": "", "password": PASSWORD, "orgId": organization});
    let [alpha, beta] = grafana.with(|site| [site.add_team("one"), site.add_team("two")]);
    let [ada, bob] = grafana.with(|site| ["eve", "fay"].map(|it| site.add_user(it, &format!("{it}@corp.example"))));
    let sets = |members: &[&str]| json!({"members": members, "admins": []});
    let updates = |login: &str| json!({"login": login, "email": "", "name": ""});
    let role = json!({"role": "Viewer"});
    let expect = |method: &str, path: &str, body: &Value, status: u16| {
        let answer = call(grafana, Some(&basic), method, path, body);
        assert_eq!(answer.status(), status, "{method} {path}: {}", answer.text());
    };
    // Each needs an account, and most need a right.
    grafana.with(|site| "Viewer".clone_into(&mut site.role_of_token));
    let (one, member) = (format!("teams/{alpha}"), format!("teams/{alpha}/members/{ada}"));
    let (user, admin) = (format!("users/{ada}"), format!("admin/users/{ada}"));
    for (method, path, body) in [
        ("GET", "org", null.clone()),
        ("GET", "user", null.clone()),
        ("GET", "access-control/user/permissions", null.clone()),
        ("GET", "org/users", null.clone()),
        ("POST", "org/users", json!({"loginOrEmail": "ada", "role": "Viewer"})),
        ("PATCH", &*format!("org/users/{ada}"), role.clone()),
        ("GET", "teams/search", null.clone()),
        ("GET", &one, null.clone()),
        ("POST", "teams", team("x")),
        ("PUT", &one, team("x")),
        ("DELETE", &one, null.clone()),
        ("GET", &format!("{one}/members"), null.clone()),
        ("PUT", &format!("{one}/members"), sets(&[])),
        ("POST", &format!("{one}/members"), json!({"userId": ada})),
        ("DELETE", &member, null.clone()),
        ("GET", &format!("{one}/groups"), null.clone()),
        ("GET", "users/search", null.clone()),
        ("GET", &user, null.clone()),
        ("PUT", &user, updates("x")),
        ("POST", "admin/users", account("x", 1)),
        ("POST", &format!("{admin}/disable"), null.clone()),
        ("POST", &format!("{admin}/enable"), null.clone()),
        ("POST", &format!("{admin}/logout"), null.clone()),
    ] {
        assert_eq!(call(grafana, None, method, path, &body).status(), 401, "{method} {path}");
        let needs_right = !["org", "user", "access-control/user/permissions"].contains(&path);
        let answer = call(grafana, Some(&token), method, path, &body);
        assert_eq!(answer.status() == 403, needs_right, "{method} {path}: {}", answer.text());
    }
    expect("GET", "health", &null, 200);
    expect("POST", "org/users", &json!({"loginOrEmail": "nobody", "role": "Viewer"}), 404);
    expect("POST", "org/users", &json!({"loginOrEmail": "eve", "role": "Viewer"}), 409);
    expect("PATCH", "org/users/99999", &role, 500);
    grafana.with(|site| site.user_mut("admin").role = Some("Viewer".to_owned()));
    expect("PATCH", "org/users/2", &role, 400);
    for path in ["teams/99999", "users/99999"] {
        expect("GET", path, &null, 404);
    }
    expect("POST", "teams", &team(""), 400);
    expect("POST", "teams", &team("two"), 409);
    expect("PUT", "teams/99999", &team("x"), 404);
    for taken in [400, 409, 500] {
        grafana.with(|site| site.taken = taken);
        expect("PUT", &one, &team("two"), taken);
    }
    expect("DELETE", "teams/99999", &null, 404);
    expect("PUT", &format!("{one}/members"), &sets(&["nobody@corp.example"]), 404);
    grafana.with(|site| site.users.get_mut(&bob).unwrap().role = None);
    expect("PUT", &format!("{one}/members"), &sets(&["fay@corp.example"]), 500);
    expect("POST", &format!("{one}/members"), &json!({"userId": 99_999}), 500);
    expect("POST", &format!("{one}/members"), &json!({"userId": ada}), 200);
    expect("POST", &format!("{one}/members"), &json!({"userId": ada}), 400);
    expect("POST", "teams/99999/members", &json!({"userId": ada}), 404);
    expect("DELETE", "teams/99999/members/1", &null, 404);
    grafana.with(|site| site.team_mut("two").is_provisioned = true);
    expect("DELETE", &format!("teams/{beta}"), &null, 400);
    expect("PUT", &format!("teams/{beta}/members"), &sets(&[]), 400);
    expect("DELETE", &format!("teams/{beta}/members/{ada}"), &null, 400);
    grafana.with(|site| (site.is_redirected, site.is_unavailable) = (true, true));
    expect("PUT", &format!("{one}/members"), &sets(&[]), 503);
    grafana.with(|site| (site.is_redirected, site.is_enterprise) = (false, false));
    expect("GET", &format!("{one}/groups"), &null, 404);
    expect("PUT", "users/99999", &updates("x"), 404);
    expect("PUT", &user, &updates("admin"), 409);
    expect("POST", "admin/users", &account("x", 7), 400);
    expect("POST", "admin/users", &account("admin", 1), 412);
    grafana.with(|site| site.users.get_mut(&ada).unwrap().is_external = true);
    for verb in ["disable", "enable"] {
        expect("POST", &format!("{admin}/{verb}"), &null, 500);
        expect("POST", &format!("admin/users/99999/{verb}"), &null, 404);
    }
    expect("POST", "admin/users/2/logout", &null, 400);
    expect("POST", "admin/users/99999/logout", &null, 404);
    expect("POST", &format!("{admin}/logout"), &null, 200);
    grafana.with(|site| site.fails = true);
    expect("POST", "teams", &team("new"), 500);
    expect("POST", "admin/users", &account("new", 1), 500);
    expect("DELETE", &member, &null, 500);
}

/// A double that does not notice what is not in the contract would show nothing.
#[test]
fn what_is_not_in_the_contract_fails_the_test() {
    for (method, path, body) in [
        ("GET", "dashboards", Value::Null),
        ("PATCH", "teams/1", json!({})),
        ("GET", "teams/search?size=3", Value::Null),
        ("GET", "org/users", json!({})),
        ("POST", "teams", json!({"name": "x"})),
        ("PUT", "teams/1/members", json!({"members": [], "admins": [], "more": 1})),
        ("DELETE", "org/users/1", Value::Null),
        ("DELETE", "admin/users/1", Value::Null),
    ] {
        let broken = std::panic::catch_unwind(|| {
            let grafana = Grafana::start();
            let answer = call(&grafana, None, method, path, &body);
            assert_eq!(answer.status(), 599, "{}", answer.text());
        });
        let message = broken.expect_err(&format!("{method} {path} {body}"));
        assert!(
            message.downcast_ref::<String>().is_some_and(|it| it.contains("the contract was broken")),
            "{method} {path}"
        );
    }
    // Nor is a request that names no organization, or a member list of a version that has none.
    let broken = std::panic::catch_unwind(|| {
        let grafana = Grafana::start();
        grafana.with(|site| {
            site.version = (11, 0);
            site.add_team("x");
        });
        let basic = format!("Basic {}", STANDARD.encode(format!("{USERNAME}:{PASSWORD}")));
        call(&grafana, Some(&basic), "PUT", "teams/101/members", &json!({"members": [], "admins": []}));
    });
    assert!(broken.is_err());
}
