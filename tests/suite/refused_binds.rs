//! However often cron repeats `sync -f`, a password that is refused is tried once in half an hour. The name of a test is
//! the name of its row in docs/internals/fault-matrix.md.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::company::{BASE, ldap_directory, ldif, object, reader, secret, sync};
use crate::harness::{OpenLdap, binary, command, folder};

/// A server, files for it whose Secret is in a file of its own, and a folder for what is remembered.
struct Scene {
    ldap: OpenLdap,
    folder: TempDir,
    /// What `XDG_STATE_HOME` says.
    state: PathBuf,
}

impl Scene {
    /// With two syncs, and a Secret with this password instead of `pw`.
    fn new(password: &str) -> Self {
        let ldap =
            OpenLdap::builder(BASE).entries(&ldif(&[("Analysts", &["ada", "bob"])])).entries(&reader("pw")).start();
        let folder = folder::temporary("refused-binds");
        let [_, ca, directory] = ldap_directory("corp", &ldap, "");
        let documents = [
            ca,
            directory,
            secret("bi-db", json!({"url": "sqlite:store.db"})),
            object("DashboardServer", "bi", json!({"sql": {"secretKeyRef": {"name": "bi-db", "key": "url"}}})),
            sync("first", &["Analysts"], &json!({})),
            sync("second", &["Analysts"], &json!({})),
        ];
        folder::write(folder.path(), "sync.yaml", &documents.map(|document| document.to_string()).join("\n---\n"));
        let scene = Self { ldap, state: folder.path().join("state"), folder };
        scene.give(password);
        scene
    }

    fn bind(&self, password: &str) -> Value {
        let [bind, ..] = ldap_directory("corp", &self.ldap, password);
        bind
    }

    fn give(&self, password: &str) {
        folder::write(self.folder.path(), "bind.yaml", &self.bind(password).to_string());
    }

    fn command(&self, what: &str, with_secret: bool) -> Command {
        let path = |name: &str| self.folder.path().join(name).display().to_string();
        let secret = if with_secret { path("bind.yaml") } else { "-".to_owned() };
        let mut command = binary::command(&[what, "-f", &path("sync.yaml"), "-f", &secret]);
        command.env("XDG_STATE_HOME", &self.state);
        command
    }

    /// Runs and expects that the bind is refused, or not tried; returns all that was printed.
    fn refused(command: &mut Command, input: &str) -> String {
        let output = command::output(command, input);
        let text = [output.stdout, output.stderr].map(|octets| String::from_utf8_lossy(&octets).into_owned()).concat();
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(text.contains("BindRefused: reading the directory: ") && text.contains(" refused "), "{text}");
        assert!(
            text.contains("not tried again before 2") && text.contains(" UTC; to try it at once, correct the Secret")
        );
        text
    }

    fn bad_binds(&self) -> usize {
        self.ldap.log().lines().filter(|line| line.contains("RESULT tag=97 err=49")).count()
    }

    fn file(&self) -> PathBuf {
        self.state.join("directory-group-sync/refused-binds.json")
    }
}

#[test]
fn runs_from_files_make_one_bad_bind_until_the_secret_changes() {
    let scene = Scene::new("s3cret");
    let first = Scene::refused(&mut scene.command("sync", true), "");
    assert_eq!(scene.bad_binds(), 1, "of two syncs: {first}");
    for what in ["sync", "check", "sync"] {
        let again = Scene::refused(&mut scene.command(what, true), "");
        assert!(
            again.contains("the directory refused this password at 2") && again.contains("bind.yaml, or remove "),
            "{again}"
        );
    }
    assert_eq!(scene.bad_binds(), 1, "{}", scene.ldap.log());

    // What is remembered is its user's alone and has nothing of the password.
    let remembered = fs::read_to_string(scene.file()).unwrap();
    assert!(remembered.contains(&format!("cn=reader,{BASE}")) && !remembered.contains("s3cret"), "{remembered}");
    assert_eq!(fs::metadata(scene.file()).unwrap().permissions().mode() & 0o777, 0o600);

    // Another wrong password is another one; the right one is forgotten as soon as it is accepted.
    scene.give("s3cret, too");
    Scene::refused(&mut scene.command("sync", true), "");
    assert_eq!(scene.bad_binds(), 2);
    scene.give("pw");
    let output = command::output(&mut scene.command("sync", true), "");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(!scene.file().exists());
    assert_eq!(scene.bad_binds(), 2);
}

#[test]
fn a_check_makes_one_bad_bind_too() {
    let scene = Scene::new("s3cret");
    let text = Scene::refused(&mut scene.command("check", true), "");
    assert_eq!(text.matches("not tried, because Directory default/corp cannot be used").count(), 2, "{text}");
    Scene::refused(&mut scene.command("sync", true), "");
    assert_eq!(scene.bad_binds(), 1, "{}", scene.ldap.log());
}

#[test]
fn half_an_hour_later_it_is_tried_again() {
    let scene = Scene::new("s3cret");
    Scene::refused(&mut scene.command("sync", true), "");
    let mut remembered: Value = serde_json::from_slice(&fs::read(scene.file()).unwrap()).unwrap();
    let mut age = |minutes: i64| {
        let entry = &mut remembered["refused"][0]["time"];
        let time: jiff::Timestamp = entry.as_str().unwrap().parse().unwrap();
        *entry = json!((time - jiff::SignedDuration::from_mins(minutes)).to_string());
        fs::write(scene.file(), remembered.to_string()).unwrap();
    };
    age(29);
    Scene::refused(&mut scene.command("sync", true), "");
    assert_eq!(scene.bad_binds(), 1);
    age(1);
    Scene::refused(&mut scene.command("sync", true), "");
    assert_eq!(scene.bad_binds(), 2);
    Scene::refused(&mut scene.command("sync", true), "");
    assert_eq!(scene.bad_binds(), 2, "half an hour from the second one");
}

/// What comes through a pipe has no file that could change, so only time helps, or that the file is removed.
#[test]
fn a_secret_from_standard_input_is_tried_once() {
    let scene = Scene::new("");
    let (wrong, right) = (scene.bind("s3cret").to_string(), scene.bind("pw").to_string());
    for input in [&wrong, &wrong, &right] {
        let text = Scene::refused(&mut scene.command("sync", false), input);
        assert!(text.contains(&format!("and remove {}", scene.file().display())), "{text}");
    }
    assert_eq!(scene.bad_binds(), 1, "{}", scene.ldap.log());
    fs::remove_file(scene.file()).unwrap();
    assert_eq!(command::output(&mut scene.command("sync", false), &right).status.code(), Some(0));
}

#[test]
fn what_cannot_be_remembered_is_told_and_fails_nothing() {
    let scene = Scene::new("s3cret");
    let told = |text: &str, what: &str| {
        assert_eq!(text.matches("WARN").count(), 1, "{text}");
        assert!(text.contains(what), "{what}: {text}");
    };
    // No folder to remember anything in: as the path of a folder, a file stands there.
    folder::write(scene.folder.path(), "file", "");
    let mut command = scene.command("sync", true);
    let text = Scene::refused(command.env("XDG_STATE_HOME", scene.folder.path().join("file")), "");
    told(&text, "file/directory-group-sync/refused-binds.json cannot be written (Not a directory");
    let mut command = scene.command("sync", true);
    let text = Scene::refused(command.env_remove("XDG_STATE_HOME").env_remove("HOME"), "");
    told(&text, "there is no folder to remember it in: set HOME or XDG_STATE_HOME");
    assert_eq!(scene.bad_binds(), 2, "once for each run all the same");

    // A file that something else wrote.
    fs::create_dir_all(scene.file().parent().unwrap()).unwrap();
    fs::write(scene.file(), "[1, 2").unwrap();
    told(&Scene::refused(&mut scene.command("sync", true), ""), "does not have the format of this program");
    assert_eq!(scene.bad_binds(), 3);
    Scene::refused(&mut scene.command("sync", true), "");
    assert_eq!(scene.bad_binds(), 3, "from then on it is ours");
}
