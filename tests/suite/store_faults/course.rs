//! A PostgreSQL that is lost or blocked in the middle of a run, and others who write at the same time.

use std::sync::{Arc, Mutex};

use crate::store_contract::begin_when_free;
use directory_group_sync::run::error::{Consequence, Error};

use super::{SYNCED_AFTER, assert_failed, assert_fails, clear_text, fill, once_before, run, scene, store_at};
use crate::harness::Postgres;
use crate::postgres_proxy::{PostgresProxy, Verdict};
use crate::store_contract::groups;
use crate::sync_files::{SyncFiles, printed};

#[tokio::test]
async fn postgres_is_killed_in_the_middle_of_a_run() {
    for moment in ["SAVEPOINT directory_sync_part", "COMMIT"] {
        let server = Arc::new(Mutex::new(Postgres::start(&[])));
        let (url, address) = {
            let server = server.lock().unwrap();
            let database = server.database("killed");
            (clear_text(&database.url()), server.address())
        };
        let (files, store) = (SyncFiles::new(&url), store_at(&url));
        fill(&files);
        let before = store.read().await.unwrap();
        let killed = Arc::clone(&server);
        let proxy = PostgresProxy::start(&address, move |message| {
            if message.begins(moment) {
                killed.lock().unwrap().kill();
            }
            Verdict::Forward
        });
        files.name_store(&url.replace(&address, &proxy.address()), "");
        assert_fails(&files, "StoreUnreachable", &[]);
        files.name_store(&url, "");
        assert_fails(&files, "StoreUnreachable", &["connecting to"]);
        server.lock().unwrap().resume();
        assert_eq!(store.read().await.unwrap(), before);
        files.sync_writes();
        assert_eq!(groups(&store).await, SYNCED_AFTER);
    }
}

#[tokio::test]
async fn postgres_ends_the_session_in_the_middle_of_a_run() {
    let scene = scene("terminated").await;
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE datname = current_database() AND application_name = 'directory-group-sync'";
    let _proxy = scene.watch(once_before(&scene.database, "COMMIT", end));
    assert_fails(&scene.files, "StoreUnreachable", &["writing to the store"]);
    scene.is_unchanged_and_goes_on().await;
}

/// The one fault after which everything is written: the run cannot know it, the next one finds it.
#[tokio::test]
async fn the_answer_to_the_commit_is_lost() {
    let scene = scene("lost").await;
    let _proxy =
        scene.watch(|message| if message.begins("COMMIT") { Verdict::ForwardAndCut } else { Verdict::Forward });
    assert_fails(&scene.files, "StoreUnreachable", &["writing to the store"]);
    assert_eq!(groups(&scene.store).await, SYNCED_AFTER);
    scene.go_direct();
    assert_eq!(scene.files.sync().0, Some(0));
}

/// Whatever is missing from an answer, the read fails.
#[tokio::test]
async fn the_answer_to_a_read_is_cut_at_any_byte() {
    let scene = scene("cut").await;
    let mut lengths = 0;
    for length in (0..).step_by(41) {
        let proxy = PostgresProxy::cutting(&scene.database.server().address(), length);
        match store_at(&proxy.url(&scene.database)).read().await {
            Ok(found) => {
                assert_eq!(found, scene.before, "after {length} bytes");
                break;
            }
            Err(error) => {
                let error = Error::from(error);
                assert_eq!(error.consequence(), Consequence::Retry, "after {length} bytes: {error}");
            }
        }
        lengths += 1;
    }
    assert!(lengths > 20, "an answer has more bytes than {lengths} steps");
}

#[tokio::test]
async fn a_statement_takes_longer_than_the_server_allows() {
    let scene = scene("slow").await;
    let name = scene.database.name();
    scene.database.sql(&format!(
        "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$;
         CREATE TRIGGER slow BEFORE UPDATE ON groups FOR EACH ROW EXECUTE FUNCTION wait();
         ALTER ROLE {name} SET statement_timeout = '2s'"
    ));
    assert_fails(&scene.files, "StoreUnreachable", &["writing to the store", "statement timeout"]);
    scene.database.sql(&format!("DROP TRIGGER slow ON groups; ALTER ROLE {name} RESET statement_timeout"));
    scene.is_unchanged_and_goes_on().await;
}

#[tokio::test]
async fn a_table_is_locked_against_reading() {
    let scene = scene("locked").await;
    let mut session = scene.session().await;
    run(&mut session, "BEGIN; LOCK TABLE groups IN ACCESS EXCLUSIVE MODE").await;
    let words = ["reading the store", "lock timeout: another program's open transaction locks"];
    let child = scene.files.command().stdout(std::process::Stdio::piped()).spawn().unwrap();
    let error = Error::from(scene.store.read().await.unwrap_err());
    assert_eq!(error.consequence(), Consequence::Retry, "{error}");
    assert_failed(&printed(&child.wait_with_output().unwrap()), "StoreUnreachable", &words);
    run(&mut session, "ROLLBACK").await;
    scene.is_unchanged_and_goes_on().await;
}

#[tokio::test]
async fn a_row_is_locked_against_writing() {
    let scene = scene("row").await;
    let mut session = scene.session().await;
    run(&mut session, "BEGIN; SELECT * FROM groups WHERE name = 'Alpha' FOR UPDATE").await;
    let words = ["writing to the store", "lock timeout: another program's open transaction locks"];
    assert_fails(&scene.files, "StoreUnreachable", &words);
    run(&mut session, "ROLLBACK").await;
    scene.is_unchanged_and_goes_on().await;
}

#[tokio::test]
async fn another_run_holds_the_lock() {
    let scene = scene("busy").await;
    let other = begin_when_free(&scene.store).await;
    assert_fails(&scene.files, "StoreBusy", &["another run writes to this store now"]);
    other.rehearse(&scene.before, &Vec::new().into()).await.unwrap();
    scene.is_unchanged_and_goes_on().await;
}

#[tokio::test]
async fn a_clash_comes_between_the_two_reads() {
    let scene = scene("between").await;
    let clash = "INSERT INTO groups (name) VALUES ('GAMMA'); INSERT INTO users (username) VALUES ('Cy')";
    let _proxy = scene.watch(once_before(&scene.database, "BEGIN", clash));
    let (code, text) = scene.files.sync();
    assert_eq!(code, Some(6), "{text}");
    assert!(text.contains("default/teams: SyncedWithProblems: ") && text.contains("\"Gamma\""), "{text}");
    assert_eq!(groups(&scene.store).await, ["Analysts: ada", "Beta: bob", "GAMMA: "]);
    scene.database.sql("DELETE FROM groups WHERE name = 'GAMMA'; DELETE FROM users WHERE username = 'Cy'");
    scene.files.sync_writes();
    assert_eq!(groups(&scene.store).await, SYNCED_AFTER);
}

#[tokio::test]
async fn a_clash_comes_between_the_second_read_and_the_commit() {
    let scene = scene("twin").await;
    let clash = "INSERT INTO groups (name) VALUES ('GAMMA')";
    let _proxy = scene.watch(once_before(&scene.database, "COMMIT", clash));
    scene.files.sync_writes();
    let with_twin = ["Analysts: ada", "Beta: bob", "Gamma: cy", "GAMMA: "];
    // The group that was created by hand may have the smaller id.
    let sorted = |mut groups: Vec<String>| {
        groups.sort_unstable_by_key(|group| group.to_lowercase());
        groups.sort_by_key(|group| group.starts_with("GAMMA"));
        groups
    };
    assert_eq!(sorted(groups(&scene.store).await), with_twin);
    let (code, text) = scene.files.sync();
    assert_eq!(code, Some(6), "{text}");
    assert!(text.contains("SyncedWithProblems") && text.contains("\"Gamma\": conflicts with"), "{text}");
    assert_eq!(sorted(groups(&scene.store).await), with_twin);
}

#[tokio::test]
async fn a_clash_meets_a_unique_name_of_the_owners() {
    let scene = scene("unique").await;
    scene.database.sql("CREATE UNIQUE INDEX one_name ON groups (lower(name))");
    let clash = "INSERT INTO groups (name) VALUES ('GAMMA')";
    let _proxy = scene.watch(once_before(&scene.database, "SAVEPOINT directory_sync_plan", clash));
    let (code, text) = scene.files.sync();
    assert_eq!(code, Some(4), "{text}");
    assert!(text.contains("refused \"Gamma\"") && text.contains("one_name"), "{text}");
    let mut groups = groups(&scene.store).await;
    groups.sort_unstable();
    assert_eq!(groups, ["Analysts: ada", "Beta: bob", "GAMMA: "]);
}

#[tokio::test]
async fn a_preview_tells_what_the_store_would_refuse() {
    let scene = scene("preview").await;
    scene.database.sql(
        "CREATE UNIQUE INDEX one_letter ON groups (left(name, 1));
         INSERT INTO groups (name) VALUES ('Guests')",
    );
    let before = scene.store.read().await.unwrap();
    let refused = "refused \"Gamma\"";
    let (code, text) = printed(&scene.files.command().arg("--preview").output().unwrap());
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains(refused) && text.contains("one_letter"), "{text}");
    assert_eq!(scene.store.read().await.unwrap(), before);
    let (code, text) = scene.files.sync();
    assert_eq!(code, Some(4), "{text}");
    assert!(text.contains(refused) && text.contains("one_letter"), "{text}");
}
