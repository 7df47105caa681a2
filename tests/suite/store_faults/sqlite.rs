//! Faults of a SQLite file.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use crate::store_contract::Store;
use directory_group_sync::sync::found::Found;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, raw_sql};

use super::{SYNCED_AFTER, assert_failed, assert_fails, fill};
use crate::harness::environment;
use crate::store_contract::groups;
use crate::sync_files::{SyncFiles, printed};

/// A file that one run has filled, and a directory that has changed since.
struct FileScene {
    files: SyncFiles,
    store: Store,
    before: Found,
}

impl FileScene {
    async fn begin() -> Self {
        let files = SyncFiles::for_sqlite();
        fill(&files);
        let store = files.sqlite_store();
        let before = store.read().await.unwrap();
        Self { files, store, before }
    }

    async fn session(&self) -> SqliteConnection {
        SqliteConnectOptions::new().filename(self.files.sqlite()).connect().await.unwrap()
    }

    async fn is_unchanged_and_goes_on(&self) {
        assert_eq!(self.store.read().await.unwrap(), self.before);
        self.files.sync_writes();
        assert_eq!(groups(&self.store).await, SYNCED_AFTER);
        assert_eq!(self.files.sync().0, Some(0), "then there is nothing left to do");
    }

    /// The run as an account that file permissions bind, which the administrator's are not.
    fn sync_bound_by_permissions(&self) -> (Option<i32>, String) {
        let sync = self.files.command();
        if !environment::is_root() {
            return self.files.sync();
        }
        let mut command = Command::new("setpriv");
        command.arg("--bounding-set=-dac_override,-dac_read_search").arg(sync.get_program()).args(sync.get_args());
        printed(&command.output().unwrap())
    }
}

#[tokio::test]
async fn is_locked_against_writing() {
    let scene = FileScene::begin().await;
    let mut session = scene.session().await;
    raw_sql("BEGIN IMMEDIATE").execute(&mut session).await.unwrap();
    assert_fails(&scene.files, "StoreBusy", &["another run writes to this store now"]);
    raw_sql("ROLLBACK").execute(&mut session).await.unwrap();
    scene.is_unchanged_and_goes_on().await;
}

#[tokio::test]
async fn is_locked_against_reading() {
    let scene = FileScene::begin().await;
    let mut session = scene.session().await;
    raw_sql("BEGIN EXCLUSIVE").execute(&mut session).await.unwrap();
    assert_fails(&scene.files, "StoreBusy", &["another run writes to this store now"]);
    raw_sql("ROLLBACK").execute(&mut session).await.unwrap();
    scene.is_unchanged_and_goes_on().await;
}

fn permit(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[tokio::test]
async fn may_not_be_written() {
    let scene = FileScene::begin().await;
    permit(&scene.files.sqlite(), 0o444);
    let words = ["readonly database: the account needs the right to write the file and its folder"];
    assert_failed(&scene.sync_bound_by_permissions(), "StoreAccessDenied", &words);
    permit(&scene.files.sqlite(), 0o644);
    scene.is_unchanged_and_goes_on().await;
}

#[tokio::test]
async fn may_not_make_its_journal() {
    let scene = FileScene::begin().await;
    permit(scene.files.folder(), 0o555);
    let words = ["readonly database: the account needs the right to write the file and its folder"];
    assert_failed(&scene.sync_bound_by_permissions(), "StoreAccessDenied", &words);
    permit(scene.files.folder(), 0o755);
    scene.is_unchanged_and_goes_on().await;
}

#[tokio::test]
async fn has_no_room_left() {
    let scene = FileScene::begin().await;
    let sync = scene.files.command();
    // A write behind the limit fails, where the signal that it sends too is ignored.
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; exec prlimit --fsize=4096:4096 \"$@\"", "sh"]);
    let output = command.arg(sync.get_program()).args(sync.get_args()).output().unwrap();
    assert_failed(&printed(&output), "StoreUnreachable", &["writing to the store", "disk"]);
    scene.is_unchanged_and_goes_on().await;
}

#[tokio::test]
async fn is_damaged() {
    let scene = FileScene::begin().await;
    let bytes = fs::read(scene.files.sqlite()).unwrap();
    let mut damaged = bytes.clone();
    damaged[4096..].fill(0xff);
    fs::write(scene.files.sqlite(), &damaged).unwrap();
    assert_fails(&scene.files, "StoreUnexpected", &["malformed: restore it from a backup"]);
    assert_eq!(fs::read(scene.files.sqlite()).unwrap(), damaged);
    fs::write(scene.files.sqlite(), &bytes).unwrap();
    scene.is_unchanged_and_goes_on().await;
}

#[tokio::test]
async fn is_no_database() {
    let scene = FileScene::begin().await;
    let bytes = fs::read(scene.files.sqlite()).unwrap();
    fs::write(scene.files.sqlite(), "a text and no database ".repeat(100)).unwrap();
    assert_fails(&scene.files, "StoreMisconfigured", &["file is not a database"]);
    fs::write(scene.files.sqlite(), &bytes).unwrap();
    scene.is_unchanged_and_goes_on().await;
}

#[tokio::test]
async fn its_folder_is_gone() {
    let scene = FileScene::begin().await;
    scene.files.name_store("sqlite:gone/store.db", "");
    assert_fails(&scene.files, "StoreMisconfigured", &["gone does not exist; create it"]);
    assert!(!scene.files.folder().join("gone").exists());
    scene.files.name_store("sqlite:store.db", "");
    scene.is_unchanged_and_goes_on().await;
}

#[tokio::test]
async fn a_link_is_damaged() {
    let scene = FileScene::begin().await;
    let mut session = scene.session().await;
    let damage = "UPDATE user_links SET directory_id = substr(directory_id, 2) WHERE username = 'bob'";
    raw_sql(damage).execute(&mut session).await.unwrap();
    assert_fails(&scene.files, "StoreUnexpected", &["reading user_links", "is not an external id"]);
    let mend = "UPDATE user_links SET directory_id = 'e' || directory_id WHERE username = 'bob'";
    raw_sql(mend).execute(&mut session).await.unwrap();
    scene.is_unchanged_and_goes_on().await;
}
