//! What the store refused is in no line, no count and no gauge.

use serde_json::json;

use super::{Person, execute, person, run, status, write_directory};
use crate::harness::Postgres;
use crate::sync_files::{SyncFiles, printed};

const ADA: Person<'static> = person("ada", "ada", "ada@corp.example");
const NOMAIL: Person<'static> = Person { id: "nomail", username: "nomail", email: None };

#[test]
fn an_account_that_the_store_refuses_is_in_no_report() {
    let database = Postgres::shared().database("report");
    let files = SyncFiles::new(&format!("{}?sslmode=disable", database.url()));
    write_directory(&files, &[], &[("", "Nobody", &[])]);
    files.sync_writes();
    database.sql("ALTER TABLE users ALTER COLUMN email SET NOT NULL");
    let people = [ADA, NOMAIL];
    let groups: [(&str, &str, &[&str]); 3] =
        [("", "Nobody", &[]), ("", "Short", &["ada", "nomail"]), ("", "Only", &["nomail"])];
    write_directory(&files, &people, &groups);

    let preview = printed(&files.command().arg("--preview").output().unwrap()).1;
    let (code, text) = files.sync();
    assert_eq!(code, Some(4), "{text}");
    for said in [
        "group \"Short\": created, 1 added (ada)\n",
        "group \"Only\": created\n",
        "refused \"nomail\": null value in column \"email\"",
        "2 groups created, 1 account created, 1 member added\n",
    ] {
        assert!(text.contains(said), "{said}: {text}");
        assert!(said.ends_with("added\n") || preview.contains(said), "{said}: {preview}");
    }
    assert_eq!(database.sql("SELECT username FROM users").trim(), "ada");

    let (code, text) = files.sync();
    assert_eq!(code, Some(4), "{text}");
    assert!(text.contains("  nothing written\n") && !text.contains("group \"Short\":"), "{text}");
    let status = status(&files);
    assert_eq!((&status["current"]["groups"], &status["current"]["members"]), (&json!(3), &json!(1)), "{status:#}");
    assert_eq!(status["current"]["accounts"], 1, "{status:#}");
    assert_eq!(status["lastChange"], json!(null), "{status:#}");
    assert_eq!(status["lastRun"]["groups"]["unchanged"], 3, "{status:#}");
}

/// The other half of a group's memberships is written, told and counted.
#[tokio::test]
async fn memberships_that_are_refused_in_part_are_counted_exactly() {
    let files = SyncFiles::for_sqlite();
    let people = ["ada", "bob", "eve", "zoe"].map(|name| person(name, name, "").without_email());
    write_directory(&files, &people, &[("", "Team", &["ada", "bob"]), ("", "All", &["ada", "bob", "eve", "zoe"])]);
    files.sync_writes();
    let refuse = "CREATE TRIGGER no_eve BEFORE INSERT ON group_members
                      WHEN NEW.user_id = (SELECT id FROM users WHERE username = 'eve')
                      BEGIN SELECT RAISE(ABORT, 'not eve'); END;
                  CREATE TRIGGER keep_bob BEFORE DELETE ON group_members
                      WHEN OLD.user_id = (SELECT id FROM users WHERE username = 'bob')
                      BEGIN SELECT RAISE(ABORT, 'bob stays'); END;";
    execute(&files.sqlite(), refuse).await;
    write_directory(&files, &people, &[("", "Team", &["zoe", "eve"]), ("", "All", &["ada", "bob", "eve", "zoe"])]);
    let (code, text, written) = run(&files, &[]);
    assert!(written && code == 4, "{code}: {text}");
    assert!(text.contains("group \"Team\": modified, 1 added (zoe), 1 removed (ada)\n"), "{text}");
    assert!(text.contains("1 member added, 1 member removed\n"), "{text}");

    let (code, text, written) = run(&files, &[]);
    assert!(!written && code == 4 && text.contains("  nothing written\n"), "{code}: {text}");
    assert!(!text.contains("group \"Team\":"), "{text}");
    let status = status(&files);
    assert_eq!((&status["current"]["members"], &status["current"]["accounts"]), (&json!(6), &json!(4)), "{status:#}");
    assert_eq!(status["lastRun"]["groups"]["failed"], 1, "{status:#}");
}

#[tokio::test]
async fn a_rename_that_is_refused_keeps_the_old_name_in_every_report() {
    let files = SyncFiles::for_sqlite();
    write_directory(&files, &[ADA], &[("", "Finance", &["ada"])]);
    files.sync_writes();
    let refuse = "CREATE TRIGGER no_rename BEFORE UPDATE OF name ON groups WHEN NEW.name = 'Controlling'
                      BEGIN SELECT RAISE(ABORT, 'no'); END;";
    execute(&files.sqlite(), refuse).await;
    let text = std::fs::read_to_string(files.folder().join("corp.ldif")).unwrap();
    let text = text.replace("cn: Finance", "cn: Controlling").replace("cn=Finance,", "cn=Controlling,");
    std::fs::write(files.folder().join("corp.ldif"), text).unwrap();
    let (code, text, written) = run(&files, &[]);
    assert!(!written && code == 4, "{code}: {text}");
    assert!(text.contains("refused \"Finance\": a trigger refused it\n") && text.contains("nothing written"), "{text}");
    let status = status(&files);
    assert_eq!(status["current"]["groups"], 1, "{status:#}");
    let groups = status["problems"].as_array().unwrap().iter().filter_map(|problem| problem["group"].as_str());
    assert!(groups.clone().count() > 0 && groups.clone().all(|group| group == "Finance"), "{status:#}");
}
