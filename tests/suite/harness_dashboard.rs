//! The harness itself: its dashboard server and the proxy with faults do what the other tests expect of them.

use std::io;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::flask_app_builder::{Administrator, Content};
use crate::harness::http::{Connection, Message};
use crate::harness::http_faults::{Answer, Fault};
use crate::harness::{Certificates, FlaskAppBuilder, HttpFaults, Postgres, certificates};

const GROUPS: &str = "/api/v1/security/groups/";

#[test]
fn an_administrator_works_on_a_flask_app_builder_that_restarts() {
    let mut server = FlaskAppBuilder::start();
    let administrator = server.administrator();
    let empty = server.content();
    assert_eq!(empty.accounts.keys().collect::<Vec<_>>(), ["admin", "sync"]);
    assert!(["Admin", "Directory sync", "Public"].iter().all(|role| empty.roles.contains_key(*role)), "{empty:?}");
    lead_a_life(&administrator, || server.content());
    let content = server.content();
    server.stop();
    assert!(Connection::open(&server.address()).is_err(), "nobody listens");
    server.resume();
    assert_eq!(server.content(), content);
    server.kill();
    server.resume();
    assert_eq!(server.content(), content);
    assert!(server.log().contains("POST /api/v1/security/groups/"), "{}", server.log());
}

#[test]
fn a_flask_app_builder_can_keep_its_data_in_postgres() {
    let database = Postgres::shared().database("flask");
    let server = FlaskAppBuilder::builder().on(&database).setting("FAB_API_MAX_PAGE_SIZE", 2).start();
    lead_a_life(&server.administrator(), || server.content());
    let page = Administrator::sign_in(&server.address(), FlaskAppBuilder::BOT).call(
        "GET",
        "users/?q=(order_column:id,order_direction:asc,page:1,page_size:100)",
        &Value::Null,
    );
    let page: Value = serde_json::from_slice(&page.body).unwrap();
    assert_eq!((page["count"].as_u64(), page["result"].as_array().unwrap().len()), (Some(3), 1));
}

fn lead_a_life(administrator: &Administrator, content: impl Fn() -> Content) {
    administrator.add_group("crew");
    administrator.add_account("ada");
    administrator.add_account_with("bob", &json!({"email": "robert@example.test", "active": false}));
    administrator.set_members("crew", &["ada"]);
    administrator.add_member("crew", "bob");
    administrator.add_role("Viewer");
    administrator.set_group_roles("crew", &["Viewer", "Public"]);
    administrator.change_group("crew", &json!({"description": "by hand"}));
    let seen = content();
    assert_eq!(seen.members("crew"), ["ada", "bob"]);
    assert_eq!(seen.group("crew").description.as_deref(), Some("by hand"));
    assert_eq!(seen.group("crew").roles.iter().collect::<Vec<_>>(), ["Public", "Viewer"]);
    let bob = seen.account("bob");
    assert_eq!((bob.email.as_str(), bob.is_active), ("robert@example.test", false));
    assert_eq!(bob.created_by, Some(seen.account("admin").id));

    administrator.rename_group("crew", "staff");
    administrator.remove_member("staff", "ada");
    administrator.change_account("ada", &json!({"username": "lovelace"}));
    administrator.set_account_roles("lovelace", &["Viewer"]);
    administrator.delete_role("Viewer");
    administrator.delete_account("bob");
    let seen = content();
    assert_eq!((seen.members("staff").len(), seen.groups.contains_key("crew")), (0, false));
    assert!(seen.account("lovelace").roles.is_empty() && !seen.accounts.contains_key("bob"));
    administrator.delete_group("staff");
    assert!(content().groups.is_empty());
}

#[test]
fn the_account_for_the_operator_may_what_it_needs_and_no_more() {
    let server = FlaskAppBuilder::start();
    let bot = Administrator::sign_in(&server.address(), FlaskAppBuilder::BOT);
    bot.add_group("crew");
    bot.add_account("ada");
    bot.set_members("crew", &["ada"]);
    assert_eq!(server.content().account("ada").created_by, Some(server.content().account("sync").id));
    assert_eq!(bot.call("GET", "roles/", &Value::Null).status(), 200);
    let forbidden = [("POST", "roles/"), ("GET", "roles/1/permissions/"), ("GET", "permissions-resources/")];
    for (method, path) in forbidden {
        assert_eq!(bot.call(method, path, &json!({"name": "mine"})).status(), 403, "{method} {path}");
    }
    server.administrator().delete_account("sync");
    assert_eq!(bot.call("GET", "groups/", &Value::Null).status(), 401);
}

#[test]
fn a_flask_app_builder_is_filled_by_the_thousand_and_may_hash_like_a_real_one() {
    let server = FlaskAppBuilder::builder().real_passwords().start();
    let names: Vec<String> = (0..3_000).map(|number| format!("person{number:04}")).collect();
    let accounts: Vec<_> = names.iter().map(|name| (name.clone(), format!("{name}@example.test"))).collect();
    server.load(&accounts, &[("everybody".to_owned(), names.clone()), ("nobody".to_owned(), Vec::new())]);
    assert_eq!(server.content().members("everybody"), names);
    let list = server.administrator().call("GET", "groups/?q=(columns:!(id,users.id),page_size:100)", &Value::Null);
    let list: Value = serde_json::from_slice(&list.body).unwrap();
    let members = list["result"].as_array().unwrap().iter().map(|group| group["users"].as_array().unwrap().len());
    assert_eq!(members.sum::<usize>(), 3_000);

    let (real, cheap) = (fastest_account(&server), fastest_account(&FlaskAppBuilder::start()));
    assert!(cheap < real, "{cheap:?} and {real:?}");
}

/// The time for an account, of three, because this machine also does other work.
fn fastest_account(server: &FlaskAppBuilder) -> Duration {
    let administrator = server.administrator();
    let time = |name| {
        let started = Instant::now();
        administrator.add_account(name);
        started.elapsed()
    };
    ["ada", "bob", "cyd"].map(time).into_iter().min().unwrap()
}

/// The server, a proxy before it, and a person's token.
struct Bed {
    server: FlaskAppBuilder,
    proxy: HttpFaults,
    token: String,
}

impl Bed {
    fn new() -> Self {
        let server = FlaskAppBuilder::start();
        let proxy = HttpFaults::to(&server.address());
        let token = server.administrator().token().to_owned();
        Self { server, proxy, token }
    }

    fn connect(&self) -> Connection {
        Connection::open(&self.proxy.address()).unwrap()
    }

    fn post(&self, connection: &mut Connection, name: &str) -> io::Result<Message> {
        connection.call("POST", GROUPS, Some(&self.token), &json!({ "name": name }).to_string())
    }

    /// Adds a group over a new connection with this fault.
    fn suffer(&self, name: &str, fault: Fault) -> io::Result<Message> {
        self.proxy.rule(move |_| fault.clone());
        self.post(&mut self.connect(), name)
    }

    fn has(&self, group: &str) -> bool {
        self.server.content().groups.contains_key(group)
    }
}

#[test]
fn the_proxy_counts_what_passes_over_connections_that_stay_open() {
    let bed = Bed::new();
    let mut connection = bed.connect();
    for name in ["a", "b"] {
        assert_eq!(bed.post(&mut connection, name).unwrap().status(), 201);
    }
    assert_eq!(bed.post(&mut connection, "a").unwrap().status(), 422);
    let list = connection.call("GET", &format!("{GROUPS}?q=%28page_size:1%29"), Some(&bed.token), "").unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&list.body).unwrap()["count"], 2);
    let exchanges = bed.proxy.exchanges();
    let statuses: Vec<_> = exchanges.iter().map(|exchange| (exchange.server, exchange.client)).collect();
    assert_eq!(
        statuses,
        [(Some(201), Some(201)), (Some(201), Some(201)), (Some(422), Some(422)), (Some(200), Some(200))]
    );
    let request = &exchanges[3].request;
    assert_eq!((request.path.as_str(), request.query.as_str()), (GROUPS, "q=(page_size:1)"));
    assert_eq!((request.index, request.nth), (3, 0));
    assert_eq!(exchanges[1].request.body, r#"{"name":"b"}"#);
    assert_eq!(exchanges[1].request.authorization, Some(format!("Bearer {}", bed.token)));
    assert_eq!((bed.proxy.count("POST"), bed.proxy.accepted()), (3, 1));
    bed.proxy.forget();
    assert_eq!((bed.proxy.calls().len(), bed.proxy.accepted()), (0, 0));
}

#[test]
fn the_proxy_loses_answers_and_requests() {
    let bed = Bed::new();
    let end = |result: io::Result<Message>| result.unwrap_err().kind();
    assert_eq!(end(bed.suffer("lost", Fault::LoseAnswer)), io::ErrorKind::UnexpectedEof);
    assert_eq!(end(bed.suffer("refused", Fault::HangUp)), io::ErrorKind::UnexpectedEof);
    assert_eq!(end(bed.suffer("cut", Fault::CutBody)), io::ErrorKind::UnexpectedEof);
    assert!(bed.has("lost") && !bed.has("refused") && bed.has("cut"));
    let told: Vec<_> = bed.proxy.exchanges().iter().map(|exchange| (exchange.server, exchange.client)).collect();
    assert_eq!(told, [(Some(201), None), (None, None), (Some(201), Some(201))]);

    bed.proxy.rule(|request| if request.nth == 1 { Fault::Forward } else { Fault::ForwardAndHangUp });
    let mut connection = bed.connect();
    assert_eq!(bed.post(&mut connection, "last").unwrap().status(), 201);
    bed.post(&mut connection, "too late").unwrap_err();
    assert!(!bed.has("too late"));
    assert_eq!(bed.post(&mut bed.connect(), "again").unwrap().status(), 201);
}

#[test]
fn the_proxy_answers_instead_of_the_server_or_after_it() {
    let bed = Bed::new();
    let busy = bed.suffer("busy", Fault::Instead(Answer::too_many_requests(Some("2")))).unwrap();
    assert_eq!((busy.status(), busy.header("Retry-After")), (429, Some("2")));
    let busy = bed.suffer("busy", Fault::Instead(Answer::too_many_requests(None))).unwrap();
    assert_eq!((busy.status(), busy.header("Retry-After")), (429, None));
    for status in [401, 500, 502, 503] {
        assert_eq!(bed.suffer("busy", Fault::Instead(Answer::status(status))).unwrap().status(), status);
    }
    let page = bed.suffer("busy", Fault::Instead(Answer::page(200, "Sign in"))).unwrap();
    assert!(page.header("content-type").unwrap().starts_with("text/html") && page.text().contains("Sign in"));
    let no = bed.suffer("busy", Fault::Instead(Answer::says(200, "no"))).unwrap();
    assert_eq!((no.status(), no.text().as_str()), (200, r#"{"message":"no"}"#));
    let other = bed.suffer("busy", Fault::Instead(Answer::redirect(307, "http://127.0.0.1:1/"))).unwrap();
    assert_eq!((other.status(), other.header("location")), (307, Some("http://127.0.0.1:1/")));
    assert!(!bed.has("busy"));
    let late = bed.suffer("late", Fault::Afterwards(Answer::page(502, "Bad Gateway"))).unwrap();
    assert_eq!((late.status(), bed.has("late")), (502, true));

    bed.proxy.rule(|request| match request.index {
        1 => Fault::Instead(Answer::status(503)),
        _ => Fault::Forward,
    });
    let mut connection = bed.connect();
    let statuses = ["1", "2", "3"].map(|name| bed.post(&mut connection, name).unwrap().status());
    assert_eq!(statuses, [201, 503, 201], "on one connection");
    bed.proxy.pass();
    assert_eq!(bed.post(&mut connection, "2").unwrap().status(), 201);
}

#[test]
fn the_proxy_stalls_sends_without_end_and_ends_idle_connections() {
    let bed = Bed::new();
    let patience = Duration::from_millis(200);
    for (name, fault, works) in [("stalled", Fault::Stall, false), ("worked", Fault::StallAfterwards, true)] {
        bed.proxy.rule(move |_| fault.clone());
        let mut connection = bed.connect();
        connection.patience(patience).unwrap();
        let kind = bed.post(&mut connection, name).unwrap_err().kind();
        assert!(matches!(kind, io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut), "{kind:?}");
        let done = || bed.proxy.exchanges().last().unwrap().server.is_some();
        assert!(!works || crate::harness::wait::poll(Duration::from_secs(10), || done().then_some(())).is_some());
        assert_eq!(bed.has(name), works);
    }
    bed.proxy.rule(|_| Fault::EndlessBody);
    let mut connection = bed.connect();
    let head = connection.head("GET", GROUPS, Some(&bed.token)).unwrap();
    assert_eq!(head.header("transfer-encoding"), Some("chunked"));
    assert!(connection.drain(4 << 20).is_ok(), "four megabytes of a list without groups");
    drop(connection);

    bed.proxy.pass();
    bed.proxy.close_idle_after(Duration::from_secs(1));
    let mut connection = bed.connect();
    assert_eq!(bed.post(&mut connection, "in time").unwrap().status(), 201);
    assert_eq!(connection.drain(1).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
}

#[test]
fn the_server_ends_connections_that_are_idle_for_two_seconds() {
    let server = FlaskAppBuilder::start();
    let mut connection = Connection::open(&server.address()).unwrap();
    connection.call("GET", GROUPS, None, "").unwrap();
    let started = Instant::now();
    assert_eq!(connection.drain(1).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    assert!(started.elapsed() > Duration::from_secs(1), "{:?}", started.elapsed());
}

#[test]
fn the_proxy_speaks_tls() {
    let server = FlaskAppBuilder::start();
    let certificates = Certificates::new();
    let proxy = HttpFaults::with_tls(&server.address(), &certificates);
    assert!(proxy.url().starts_with("https://"));
    let folder = crate::harness::folder::temporary("proxy");
    let ca = crate::harness::folder::write(folder.path(), "ca.crt", certificates.ca());
    let speak = |address: &str| {
        let mut openssl = std::process::Command::new("openssl");
        openssl.args(["s_client", "-quiet", "-verify_return_error", "-verify_hostname", "localhost"]);
        openssl.arg("-CAfile").arg(&ca).args(["-connect", address]);
        crate::harness::command::output(
            &mut openssl,
            &format!("GET {GROUPS} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"),
        )
    };
    let answer = speak(&proxy.address());
    let text = String::from_utf8_lossy(&answer.stdout);
    assert!(text.starts_with("HTTP/1.1 401") && text.contains("Missing Authorization Header"), "{answer:?}");
    let expired = HttpFaults::presenting(
        &server.address(),
        &certificates.server_with(&["127.0.0.1", "localhost"], certificates::expired),
    );
    assert!(!speak(&expired.address()).status.success());
    assert_eq!(expired.exchanges(), []);
}
