//! The examples do what they say.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use directory_group_sync::manifest::{DEFAULT_NAMESPACE, Manifest, Source, load};
use directory_group_sync::run::referenced_object::{
    Contents, ReferencedObject, ReferencedObjects, needed_by_directory, needed_by_server,
};
use directory_group_sync::run::schedule::Schedule;
use directory_group_sync::run::settings::{RunEnvironment, resolve};
use secrecy::SecretSlice;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{KubernetesApi, binary, command, folder};

/// The quick start of the README, in numbers: the first run imports, the second writes nothing, the one after the edit
/// modifies, deletes and finds a duplicate.
#[test]
fn the_quick_start_counts_what_it_did() {
    let playground = playground();
    let mut runs = Vec::new();
    for is_changed in [false, false, true] {
        if is_changed {
            command::run(Command::new("sh").arg("examples/quickstart/change.sh").current_dir(playground.path()));
        }
        let before = database(&playground);
        let mut sync = binary::command(&["sync", "-f", "examples/quickstart", "-o", "json"]);
        let objects: Value = serde_json::from_str(&command::run(sync.current_dir(playground.path()))).unwrap();
        runs.push((objects[0]["status"].clone(), database(&playground) != before));
    }
    let [(first, first_wrote), (second, second_wrote), (third, third_wrote)] = &runs[..] else { panic!("{runs:?}") };
    let groups = |run: &Value| run["lastRun"]["groups"].clone();
    let counted = |counts: &Value| {
        let mut all = json!({
            "selected": 0, "created": 0, "adopted": 0, "modified": 0, "deleted": 0, "released": 0,
            "duplicated": 0, "invalid": 0, "unchanged": 0, "failed": 0,
        });
        for (name, count) in counts.as_object().unwrap() {
            all[name] = count.clone();
        }
        all
    };
    assert_eq!(groups(first), counted(&json!({"selected": 5, "created": 5})));
    assert_eq!(first["lastRun"]["accounts"]["created"], 11);
    assert_eq!(first["lastRun"]["members"]["added"], 16);
    assert_eq!(first["lastRun"]["result"], "Synced");
    assert_eq!(groups(second), counted(&json!({"selected": 5, "unchanged": 5})));
    assert_eq!(second.get("lastChange"), None);
    let edited = json!({"selected": 5, "modified": 2, "deleted": 1, "duplicated": 1, "unchanged": 2});
    assert_eq!(groups(third), counted(&edited));
    assert_eq!(third["lastRun"]["result"], "SyncedWithProblems");
    assert_eq!(third["duplicates"][0]["name"], "BI Editors");
    assert_eq!([*first_wrote, *second_wrote, *third_wrote], [true, false, true]);
}

#[test]
fn every_example_is_valid_and_leads_somewhere() {
    for example in examples() {
        let manifest = load(&[Source::Path(example.clone())]).unwrap_or_else(|problems| {
            panic!("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
        });
        let mut syncs = 0;
        for located in manifest.syncs() {
            let sync = &located.object;
            let directory = manifest.directory_of(sync).unwrap();
            let server = manifest.dashboard_server(DEFAULT_NAMESPACE, &sync.spec.dashboard_server_ref.name).unwrap();
            let of_directory = referenced(&manifest, &needed_by_directory(&directory.object), &example);
            let of_server = referenced(&manifest, &needed_by_server(&server.object), &example);
            let environment = RunEnvironment { installation: "standalone".to_owned(), ..RunEnvironment::default() };
            resolve(sync, (&directory.object, &of_directory), (&server.object, &of_server), &environment)
                .unwrap_or_else(|error| panic!("{}: {error}", example.display()));
            Schedule::of(&sync.spec).unwrap();
            syncs += 1;
        }
        assert!(syncs > 0, "{} has a sync", example.display());
    }
}

#[test]
fn the_api_server_takes_every_example() {
    let api = KubernetesApi::shared();
    api.install_crds();
    let namespace = api.namespace("examples");
    for example in examples() {
        let folder = example.to_str().unwrap();
        let applied = api.kubectl(&["apply", "-n", &namespace, "--dry-run=server", "--validate=strict", "-f", folder]);
        assert!(applied.contains("directorygroupsync.directorysync.dev/"), "{applied}");
        assert!(applied.lines().all(|line| line.ends_with("created (server dry run)")), "{applied}");
    }
}

/// A reader who forgets to change a password should see that it is a placeholder.
#[test]
fn secrets_of_examples_are_obviously_made_up() {
    for example in examples() {
        for file in files(&example).filter(|file| file.extension().is_some_and(|extension| extension == "yaml")) {
            for line in fs::read_to_string(&file).unwrap().lines().filter(|line| !line.trim_start().starts_with('#')) {
                if line.contains("password:") || line.contains("postgres://") {
                    // The server of the quick start is on the reader's own machine, and tells its password.
                    let is_told = example.ends_with("quickstart-superset") && line.trim() == "password: correct horse";
                    assert!(is_told || line.contains("change-me-not-a-password"), "{}: {line}", file.display());
                }
            }
        }
    }
}

/// A folder with the quick start's files where the README has them.
fn playground() -> TempDir {
    let playground = folder::temporary("quickstart");
    let target = playground.path().join("examples/quickstart");
    fs::create_dir_all(&target).unwrap();
    for name in ["change.sh", "company.ldif", "quickstart.yaml"] {
        fs::copy(root().join("examples/quickstart").join(name), target.join(name)).unwrap();
    }
    playground
}

fn database(playground: &TempDir) -> Vec<u8> {
    fs::read(playground.path().join("examples/quickstart/quickstart.db")).unwrap_or_default()
}

fn referenced(manifest: &Manifest, needed: &[ReferencedObject], example: &Path) -> ReferencedObjects {
    let contents = |object: &ReferencedObject| {
        let values = match object {
            ReferencedObject::Secret(name) => manifest.secret(DEFAULT_NAMESPACE, name)?.object.data().clone(),
            ReferencedObject::ConfigMap(name) => {
                let data = manifest.config_map(DEFAULT_NAMESPACE, name)?.object.data();
                data.iter().map(|(key, value)| (key.clone(), SecretSlice::from(value.clone()))).collect()
            }
            ReferencedObject::File(path) => {
                BTreeMap::from([(String::new(), SecretSlice::from(fs::read(example.join(path)).ok()?))])
            }
        };
        Some(Contents { values, folder: Some(example.to_owned()) })
    };
    needed.iter().filter_map(|object| Some((object.clone(), contents(object)?))).collect()
}

fn examples() -> Vec<PathBuf> {
    let mut examples: Vec<PathBuf> = files(&root().join("examples")).filter(|path| path.is_dir()).collect();
    examples.sort();
    assert_eq!(examples.len(), 10, "{examples:?}");
    examples
}

fn files(folder: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path())
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
