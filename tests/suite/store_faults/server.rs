//! A PostgreSQL that cannot be reached, or that may not be written.

use std::net::TcpListener;

use super::{assert_failed, assert_fails, clear_text, fill, run, scene, store_at};
use crate::harness::Postgres;
use crate::sync_files::SyncFiles;

#[tokio::test]
async fn postgres_refuses_connections() {
    let scene = scene("refused").await;
    let url = clear_text(&scene.database.url().replace(&scene.database.server().address(), "127.0.0.1:1"));
    scene.files.name_store(&url, "");
    assert_fails(&scene.files, "StoreUnreachable", &["connecting to 127.0.0.1:1"]);
    scene.go_direct();
    scene.is_unchanged_and_goes_on().await;
}

#[tokio::test]
async fn postgres_does_not_answer() {
    let scene = scene("silent").await;
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap().to_string();
    let url = clear_text(&scene.database.url().replace(&scene.database.server().address(), &address));
    scene.files.name_store(&format!("{url}&connect_timeout=1"), "");
    assert_fails(&scene.files, "StoreUnreachable", &[&address, "no answer within 1 s"]);
    scene.go_direct();
    scene.is_unchanged_and_goes_on().await;
}

#[tokio::test]
async fn postgres_refuses_the_password() {
    let scene = scene("password").await;
    scene.files.name_store(&clear_text(&scene.database.url().replace("correct%20horse", "s3cret")), "");
    let (code, text) = scene.files.sync();
    assert!(!text.contains("s3cret"), "{text}");
    assert_failed(&(code, text), "StoreAccessDenied", &["password authentication failed"]);
    scene.go_direct();
    scene.is_unchanged_and_goes_on().await;
}

#[tokio::test]
async fn postgres_has_no_such_database() {
    let scene = scene("nowhere").await;
    scene.files.name_store(&clear_text(&format!("{}x", scene.database.url())), "");
    assert_fails(&scene.files, "StoreMisconfigured", &["does not exist"]);
    scene.go_direct();
    scene.is_unchanged_and_goes_on().await;
}

#[tokio::test]
async fn postgres_has_no_connection_left() {
    let scene = scene("connections").await;
    let mut session = scene.session().await;
    let name = scene.database.name();
    run(&mut session, &format!("ALTER DATABASE {name} CONNECTION LIMIT 0")).await;
    assert_fails(&scene.files, "StoreUnreachable", &["too many connections"]);
    run(&mut session, &format!("ALTER DATABASE {name} CONNECTION LIMIT -1")).await;
    scene.is_unchanged_and_goes_on().await;
}

#[tokio::test]
async fn the_role_may_not_write() {
    let scene = scene("writer").await;
    let reader = Postgres::shared().database("reader");
    let (owner, name) = (scene.database.name(), reader.name());
    scene.database.sql(&format!("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}"));
    scene.files.name_store(&clear_text(&scene.database.url().replacen(owner, name, 1)), "");
    assert_fails(&scene.files, "StoreAccessDenied", &["writing to the store", "permission denied"]);
    scene.go_direct();
    scene.is_unchanged_and_goes_on().await;
}

#[tokio::test]
async fn rows_are_hidden_by_a_policy() {
    let scene = scene("policy").await;
    scene.database.sql(
        "ALTER TABLE users ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
         CREATE POLICY hidden ON users USING (username <> 'bob')",
    );
    assert_fails(&scene.files, "StoreAccessDenied", &["reading the store", "row-level security policy"]);
    scene.database.sql("ALTER TABLE users DISABLE ROW LEVEL SECURITY");
    scene.is_unchanged_and_goes_on().await;
}

#[tokio::test]
async fn the_database_only_takes_reads() {
    let scene = scene("reads").await;
    let name = scene.database.name();
    scene.database.sql(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on"));
    assert_fails(&scene.files, "StoreAccessDenied", &["only takes reads", "default_transaction_read_only"]);
    let reset = format!("ALTER DATABASE {name} RESET default_transaction_read_only");
    scene.database.sql(&format!("BEGIN READ WRITE; {reset}; COMMIT"));
    scene.is_unchanged_and_goes_on().await;
}

#[tokio::test]
async fn the_server_is_a_standby() {
    let mut server = Postgres::start(&[]);
    let url = clear_text(&server.database("standby").url());
    let (files, store) = (SyncFiles::new(&url), store_at(&url));
    fill(&files);
    let before = store.read().await.unwrap();
    server.stop();
    server.demote();
    server.resume();
    assert_fails(&files, "StoreAccessDenied", &["only takes reads", "standby"]);
    assert_eq!(store.read().await.unwrap(), before);
}
