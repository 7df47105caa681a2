//! What people do to the tables of a PostgreSQL.

use super::{SYNCED_AFTER, assert_fails, scene};
use crate::store_contract::groups;

#[tokio::test]
async fn a_link_is_damaged() {
    let scene = scene("damaged").await;
    let whole = scene.database.sql("SELECT external_id FROM group_links WHERE name = 'Alpha'");
    scene.database.sql("UPDATE group_links SET external_id = 'entryUUID:12' WHERE name = 'Alpha'");
    assert_fails(&scene.files, "StoreUnexpected", &["reading group_links", "`12` is not an external id"]);
    scene.database.sql(&format!("UPDATE group_links SET external_id = '{}' WHERE name = 'Alpha'", whole.trim()));
    scene.is_unchanged_and_goes_on().await;
}

#[tokio::test]
async fn the_schema_is_a_newer_programs() {
    let scene = scene("newer").await;
    scene.database.sql("INSERT INTO directory_sync_schema (version) VALUES (99)");
    assert_fails(&scene.files, "StoreMisconfigured", &["version 99", "use a newer one"]);
    scene.database.sql("DELETE FROM directory_sync_schema WHERE version = 99");
    scene.is_unchanged_and_goes_on().await;
}

#[tokio::test]
async fn a_table_of_links_is_gone() {
    let scene = scene("part").await;
    scene.database.sql("ALTER TABLE group_links RENAME TO put_away");
    assert_fails(&scene.files, "StoreMisconfigured", &["lacks these tables: group_links"]);
    scene.database.sql("ALTER TABLE put_away RENAME TO group_links");
    scene.is_unchanged_and_goes_on().await;
}

#[tokio::test]
async fn a_table_was_made_again_under_its_links() {
    let scene = scene("again").await;
    scene.database.sql(
        "CREATE TABLE put_away AS SELECT * FROM groups;
         ALTER TABLE group_members DROP CONSTRAINT group_members_group_id_fkey;
         DROP TABLE groups CASCADE;
         CREATE TABLE groups (id bigserial PRIMARY KEY, name text, description text);
         INSERT INTO groups (name) VALUES ('Nobody''s')",
    );
    assert_fails(&scene.files, "StoreMisconfigured", &["made again"]);
    scene.database.sql(
        "DELETE FROM groups; INSERT INTO groups SELECT * FROM put_away;
         SELECT setval('groups_id_seq', (SELECT max(id) FROM groups));
         ALTER TABLE group_links ADD FOREIGN KEY (group_id) REFERENCES groups (id) ON DELETE CASCADE",
    );
    scene.is_unchanged_and_goes_on().await;
}

/// Rule `same-store`.
#[tokio::test]
async fn a_person_deletes_linked_rows() {
    let scene = scene("vanished").await;
    scene.database.sql("DELETE FROM groups WHERE name = 'Beta'; DELETE FROM users WHERE username IN ('ada', 'bob')");
    scene.files.sync_writes();
    let mut groups = groups(&scene.store).await;
    groups.sort_unstable();
    assert_eq!(groups, SYNCED_AFTER);
    let found = scene.store.read().await.unwrap();
    assert!(found.groups.iter().all(|group| group.link.is_some()), "{found:?}");
    assert!(found.accounts.iter().all(|account| account.link.is_some()), "{found:?}");
    let newest = scene.before.accounts.iter().map(|account| &account.id).max();
    assert!(found.accounts.iter().all(|account| Some(&account.id) > newest), "an id came again: {found:?}");
}
