//! Resources from YAML files, held to what the API server would hold them to.
//!
//! A file passes exactly if `kubectl apply` with strict field validation would accept it: the same structure, bounds,
//! defaults and unknown fields, the same CEL rules with the same words and the same field paths, all read from the
//! definitions in `crds/`. Transition rules do not apply, because a file has no earlier version. YAML is read as version
//! 1.2: a plain `no` is a text, which `kubectl`, reading version 1.1, would send as a boolean. What `kubectl get` prints is
//! read too: lists, and what the API server wrote into the objects.

mod broken_yaml;
mod content;
mod document;
mod list;
mod metadata;
mod origin;
mod problem;
mod schema;
mod source;
mod suggestion;

use std::collections::BTreeMap;

use kube::ResourceExt;

use crate::api::v1alpha1::{DashboardServer, Directory, DirectoryGroupSync};

pub use content::{ConfigMap, Secret};
pub use origin::{FileVersion, Origin};
pub use problem::Problem;
pub use source::Source;

use document::Document;
use schema::Schemas;

/// The namespace of an object that names none.
pub const DEFAULT_NAMESPACE: &str = "default";

/// Something with the place where it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located<T> {
    /// The thing itself.
    pub object: T,
    /// Where it was read.
    pub origin: Origin,
}

/// A namespace and a name.
type Key = (String, String);

/// Every object of the files, valid each for itself. References are not followed here.
#[derive(Debug, Clone, Default)]
pub struct Manifest {
    syncs: BTreeMap<Key, Located<DirectoryGroupSync>>,
    directories: BTreeMap<Key, Located<Directory>>,
    dashboard_servers: BTreeMap<Key, Located<DashboardServer>>,
    secrets: BTreeMap<Key, Located<Secret>>,
    config_maps: BTreeMap<Key, Located<ConfigMap>>,
}

/// Reads and validates every document of the sources.
///
/// # Errors
/// Everything that is wrong with any of them, in the order of the sources.
pub fn load(sources: &[Source]) -> Result<Manifest, Vec<Problem>> {
    let schemas = Schemas::new();
    let mut manifest = Manifest::default();
    let mut problems = Vec::new();
    for text in source::read(sources, &mut problems) {
        for document in document::split(&text) {
            let taken = document.map_err(|problem| vec![problem]).and_then(|found| manifest.take_in(found, &schemas));
            problems.extend(taken.err().into_iter().flatten());
        }
    }
    if problems.is_empty() { Ok(manifest) } else { Err(problems) }
}

impl Manifest {
    /// Every sync, by namespace and name.
    pub fn syncs(&self) -> impl Iterator<Item = &Located<DirectoryGroupSync>> {
        self.syncs.values()
    }

    /// Every directory, by namespace and name.
    pub fn directories(&self) -> impl Iterator<Item = &Located<Directory>> {
        self.directories.values()
    }

    /// Every dashboard server, by namespace and name.
    pub fn dashboard_servers(&self) -> impl Iterator<Item = &Located<DashboardServer>> {
        self.dashboard_servers.values()
    }

    /// The directory with this name.
    #[must_use]
    pub fn directory(&self, namespace: &str, name: &str) -> Option<&Located<Directory>> {
        self.directories.get(&key(namespace, name))
    }

    /// The dashboard server with this name.
    #[must_use]
    pub fn dashboard_server(&self, namespace: &str, name: &str) -> Option<&Located<DashboardServer>> {
        self.dashboard_servers.get(&key(namespace, name))
    }

    /// The Secret with this name.
    #[must_use]
    pub fn secret(&self, namespace: &str, name: &str) -> Option<&Located<Secret>> {
        self.secrets.get(&key(namespace, name))
    }

    /// The `ConfigMap` with this name.
    #[must_use]
    pub fn config_map(&self, namespace: &str, name: &str) -> Option<&Located<ConfigMap>> {
        self.config_maps.get(&key(namespace, name))
    }

    fn take_in(&mut self, document: Document, schemas: &Schemas) -> Result<(), Vec<Problem>> {
        match (document.api_version(), document.kind()) {
            (Some("directorysync.dev/v1alpha1"), Some("DirectoryGroupSync")) => {
                insert(&mut self.syncs, document.into_resource(&schemas.sync)?)
            }
            (Some("directorysync.dev/v1alpha1"), Some("Directory")) => {
                insert(&mut self.directories, document.into_resource(&schemas.directory)?)
            }
            (Some("directorysync.dev/v1alpha1"), Some("DashboardServer")) => {
                insert(&mut self.dashboard_servers, document.into_resource(&schemas.dashboard_server)?)
            }
            (Some("v1"), Some("Secret")) => insert(&mut self.secrets, content::secret(document)?),
            (Some("v1"), Some("ConfigMap")) => insert(&mut self.config_maps, content::config_map(document)?),
            _ => Err(vec![document.unknown_kind()]),
        }
    }
}

fn key(namespace: &str, name: &str) -> Key {
    (namespace.to_owned(), name.to_owned())
}

/// What bears a namespace and a name.
trait Named {
    const KIND: &'static str;
    fn key(&self) -> Key;
}

macro_rules! named {
    ($kind:ident) => {
        impl Named for $kind {
            const KIND: &'static str = stringify!($kind);

            fn key(&self) -> Key {
                (self.namespace().unwrap_or_default(), self.name_any())
            }
        }
    };
}

named!(DirectoryGroupSync);
named!(Directory);
named!(DashboardServer);

fn insert<T: Named>(into: &mut BTreeMap<Key, Located<T>>, found: Located<T>) -> Result<(), Vec<Problem>> {
    let key = found.object.key();
    if let Some(first) = into.get(&key) {
        let message = format!("is already in {}", first.origin);
        return Err(vec![Problem::of_object(found.origin, T::KIND, &key, message)]);
    }
    into.insert(key, found);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use secrecy::ExposeSecret;

    use super::*;

    const SERVER: &str = "apiVersion: directorysync.dev/v1alpha1
kind: DashboardServer
metadata: {name: bi}
spec: {sql: {secretKeyRef: {name: bi-db, key: url}}}
";

    fn read(text: &str) -> Result<Manifest, Vec<Problem>> {
        load(&[Source::Text { name: "a.yaml".to_owned(), text: text.to_owned() }])
    }

    fn problems(text: &str) -> Vec<String> {
        read(text).unwrap_err().iter().map(ToString::to_string).collect()
    }

    fn of_secret(fields: &str) -> Result<Manifest, Vec<Problem>> {
        read(&format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: s, namespace: n}}\n{fields}"))
    }

    #[test]
    fn documents_are_counted_and_empty_ones_passed_over() {
        let text =
            format!("# nothing here\n---\n{SERVER}---\n---\n{}", SERVER.replace("name: bi}", "name: b, namespace: n}"));
        let manifest = read(&text).unwrap();
        let origins: Vec<_> = manifest.dashboard_servers().map(|server| server.origin.document).collect();
        assert_eq!(origins, [1, 3], "a comment alone is no document, an empty one is");
        assert!(manifest.dashboard_server("default", "bi").is_some());
        assert!(manifest.dashboard_server("n", "b").is_some());
        assert!(manifest.dashboard_server("n", "bi").is_none());
    }

    #[test]
    fn a_problem_names_file_document_object_and_field() {
        let text = format!("{SERVER}---\n{}", SERVER.replace("sql:", "sqll:").replace("name: bi}", "name: b}"));
        assert_eq!(
            problems(&text),
            [
                "a.yaml, document 2: DashboardServer default/b: spec.sqll: unknown field; did you mean `sql`?",
                "a.yaml, document 2: DashboardServer default/b: spec: Invalid value: exactly one kind of server must be \
                 set: sql",
            ]
        );
    }

    #[test]
    fn what_is_wrong_in_one_document_hides_nothing_of_the_others() {
        let text = format!("kind: Pod\napiVersion: v1\n---\n[1]\n---\nkind: Secret\n---\n{SERVER}---\n{SERVER}");
        assert_eq!(
            problems(&text),
            [
                "a.yaml, document 1: Pod of v1 is not known here: a file may hold DirectoryGroupSync, Directory and \
                 DashboardServer of directorysync.dev/v1alpha1, Secret and ConfigMap of v1, and lists of them",
                "a.yaml, document 2: must be an object with apiVersion and kind",
                "a.yaml, document 3: apiVersion: Required value",
                "a.yaml, document 5: DashboardServer default/bi: is already in a.yaml, document 4",
            ]
        );
    }

    #[test]
    fn broken_yaml_says_where_it_breaks() {
        let found = problems(&format!("{SERVER}---\na: [1\nb: 2\n"));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("a.yaml, document 2: is not YAML: "), "{found:?}");
        assert!(found[0].contains("at line 7"), "{found:?}");
        assert!(problems("a: 1\na: 2\n")[0].contains("duplicate entry with key \"a\""));
    }

    #[test]
    fn yaml_that_json_cannot_hold_is_refused() {
        for (yaml, message) in [
            ("1: 2", "has a key that is no text: put it in quotes"),
            ("a: !secret b", "has the tag !secret: leave it out"),
            ("a: .nan", "has the number NaN, which JSON cannot hold"),
        ] {
            assert_eq!(problems(yaml), [format!("a.yaml, document 1: {message}")]);
        }
    }

    #[test]
    fn anchors_merges_and_whole_numbers_arrive_as_kubectl_sends_them() {
        let text = "
apiVersion: directorysync.dev/v1alpha1
kind: DirectoryGroupSync
metadata: &metadata {name: a, labels: null}
spec:
  directoryRef: &ref {name: corp}
  dashboardServerRef: {<<: *ref}
  groups: [{name: BI}]
  interval: null
  limits: {groupDeletions: {percent: 30.0, max: null}}
";
        let manifest = read(text).unwrap();
        let spec = &manifest.syncs().next().unwrap().object.spec;
        assert_eq!(spec.dashboard_server_ref.name, "corp");
        assert_eq!((spec.limits.group_deletions.percent, spec.limits.group_deletions.max), (30, 50));
        assert_eq!(spec.interval, None);
    }

    #[test]
    fn metadata_is_checked() {
        let with = |metadata: &str| SERVER.replace("{name: bi}", metadata);
        let at = "a.yaml, document 1: DashboardServer";
        assert_eq!(problems(&with("{}")), [format!("{at} default/?: metadata.name: Required value")]);
        assert_eq!(
            problems(&with("{nmae: bi, name: b}")),
            [format!("{at} default/b: metadata.nmae: unknown field; did you mean `name`?")]
        );
        for (metadata, field) in [
            ("{name: B_I}", "metadata.name"),
            ("{name: b..i}", "metadata.name"),
            ("{name: b, namespace: a.b}", "metadata.namespace"),
            ("{name: b, labels: [a]}", "metadata"),
        ] {
            let found = read(&with(metadata)).unwrap_err();
            assert_eq!(found.iter().map(|problem| problem.field.as_deref()).collect::<Vec<_>>(), [Some(field)]);
        }
    }

    #[test]
    fn secrets_are_decoded_and_plain_text_wins() {
        let manifest = of_secret("data: {a: 'aHVu\n\n  dGVy', b: eA==}\nstringData: {b: y}\ntype: Opaque\n").unwrap();
        let secret = manifest.secret("n", "s").unwrap();
        let value = |key: &str| secret.object.data()[key].expose_secret().to_vec();
        assert_eq!((value("a"), value("b")), (b"hunter".to_vec(), b"y".to_vec()));
        assert!(!format!("{manifest:?}").contains("104"), "the first octet of the value does not show");
    }

    #[test]
    fn a_problem_with_a_secret_never_shows_its_value() {
        for (fields, field) in [
            ("data: {password: hunter2!}", "data[password]"),
            ("stringData: {password: 12345}", "stringData[password]"),
            ("stringData: {pass/word: hunter2}", "stringData[pass/word]"),
            ("data: hunter2", "data"),
            ("type: 12345", "type"),
            ("password: hunter2", "password"),
        ] {
            let found = of_secret(fields).unwrap_err();
            assert_eq!(found.iter().map(|problem| problem.field.as_deref()).collect::<Vec<_>>(), [Some(field)]);
            let text = found[0].to_string();
            assert!(!text.contains("hunter") && !text.contains("12345"), "{text}");
        }
    }

    #[test]
    fn config_maps_hold_text_and_octets() {
        let config_map = |fields: &str| {
            read(&format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\n{fields}"))
                .map(|manifest| manifest.config_map("default", "c").unwrap().object.data().clone())
        };
        let data = config_map("data: {a: text}\nbinaryData: {b: AP8=}").unwrap();
        assert_eq!(data, BTreeMap::from([("a".to_owned(), b"text".to_vec()), ("b".to_owned(), vec![0, 255])]));
        assert_eq!(
            config_map("data: {a: text}\nbinaryData: {a: AP8=}").unwrap_err()[0].field.as_deref(),
            Some("binaryData[a]")
        );
    }

    #[test]
    fn folders_are_read_in_order_and_files_once() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("b.yaml", &SERVER.replace("name: bi}", "name: b}"));
        write("a.yaml", SERVER);
        write("notes.txt", "no YAML: [");
        std::fs::create_dir(folder.path().join("below")).unwrap();
        write("below/c.yaml", "no YAML: [");
        let manifest = load(&[Source::Path(folder.path().to_owned())]).unwrap();
        let origins: Vec<_> = manifest.dashboard_servers().map(|server| &server.origin).collect();
        assert!(origins[0].file.ends_with("b.yaml") && origins[1].file.ends_with("a.yaml"));
        assert!(origins.iter().all(|origin| origin.folder == folder.path()));

        let refused = |path: PathBuf| load(&[Source::Path(path)]).unwrap_err()[0].to_string();
        assert!(refused(folder.path().join("absent.yaml")).contains("absent.yaml: cannot be read: "));
        std::fs::remove_file(folder.path().join("below/c.yaml")).unwrap();
        assert!(
            refused(folder.path().join("below")).ends_with("below: the folder holds no file *.yaml, *.yml or *.json")
        );
    }
    /// What `kubectl get … -o yaml` prints, with all that the API server and the operator wrote into the objects.
    const DUMP: &str = r#"
apiVersion: v1
kind: List
metadata: {resourceVersion: ""}
items:
- apiVersion: directorysync.dev/v1alpha1
  kind: DashboardServer
  metadata:
    annotations:
      kubectl.kubernetes.io/last-applied-configuration: |
        {"apiVersion":"directorysync.dev/v1alpha1","kind":"DashboardServer","spec":{}}
    creationTimestamp: "2026-11-27T13:00:00Z"
    finalizers: [directorysync.dev/cleanup]
    generation: 3
    managedFields:
    - {apiVersion: directorysync.dev/v1alpha1, fieldsType: FieldsV1, fieldsV1: {"f:spec": {}}, manager: kubectl, operation: Apply, time: "2026-11-27T13:00:00Z"}
    name: bi
    namespace: bi
    ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: c, uid: 6b0a}]
    resourceVersion: "1234"
    uid: 1c6a8f02-0000-4000-8000-000000000000
  spec: {sql: {secretKeyRef: {name: bi-db, key: url}}}
  status: {product: PostgreSQL, ofANewerOperator: {a: [1]}, conditions: [{type: Ready}]}
- apiVersion: v1
  data: {url: aHVudGVy}
  kind: Secret
  metadata: {name: bi-db, namespace: bi, creationTimestamp: null, resourceVersion: "7"}
  type: Opaque
"#;

    #[test]
    fn what_kubectl_prints_is_read_item_by_item() {
        let manifest = read(DUMP).unwrap();
        let server = manifest.dashboard_server("bi", "bi").unwrap();
        assert_eq!(server.origin.to_string(), "a.yaml, document 1, item 1");
        assert!(server.object.status.is_none());
        assert_eq!(manifest.secret("bi", "bi-db").unwrap().origin.item.map(usize::from), Some(2));
        // As JSON, which `-o json` prints, it is the same.
        let json = serde_json::to_string(&serde_yaml::from_str::<serde_yaml::Value>(DUMP).unwrap()).unwrap();
        assert!(read(&json).unwrap().dashboard_server("bi", "bi").is_some());
        // As the API server answers, without the kind of each item.
        let typed = "apiVersion: directorysync.dev/v1alpha1\nkind: DashboardServerList\nmetadata: {}\nitems:\n- \
                     metadata: {name: bi}\n  spec: {sql: {secretKeyRef: {name: bi-db, key: url}}}\n";
        assert!(read(typed).unwrap().dashboard_server("default", "bi").is_some());
        assert!(read("apiVersion: v1\nkind: List\nitems: []\n").unwrap().syncs().next().is_none());
        assert!(read("apiVersion: v1\nkind: List\nitems: null\n").unwrap().syncs().next().is_none());
    }

    #[test]
    fn a_problem_in_a_list_names_the_item() {
        let text = "apiVersion: v1\nkind: List\nitmes: 1\nitems:\n- 7\n- {apiVersion: v1, kind: Secrets}\n- apiVersion: v1\n  \
                    kind: Secret\n  metadata: {name: s}\n  stringdata: {a: b}\n- &s {apiVersion: v1, kind: Secret, metadata: \
                    {name: t}}\n- *s\n";
        let found = problems(text);
        assert_eq!(
            found.iter().map(|found| &found[..found.len().min(80)]).collect::<Vec<_>>(),
            [
                "a.yaml, document 1: itmes: unknown field; did you mean `items`?",
                "a.yaml, document 1, item 1: must be an object with apiVersion and kind",
                "a.yaml, document 1, item 2: Secrets of v1 is not known here: a file may hold Dir",
                "a.yaml, document 1, item 3: Secret default/s: stringdata: unknown field; did you",
                "a.yaml, document 1, item 5: Secret default/t: is already in a.yaml, document 1, ",
            ]
        );
        assert!(found[2].ends_with("; did you mean Secret?"), "{found:?}");
        assert!(
            found[3].ends_with("did you mean `stringData`?") && found[4].ends_with("document 1, item 4"),
            "{found:?}"
        );
        for (items, message) in [("items: {a: 1}\n", "items: must be of type array"), ("", "items: Required value")] {
            let found = problems(&format!("apiVersion: v1\nkind: List\n{items}"));
            assert!(found[0].starts_with(&format!("a.yaml, document 1: {message}")), "{found:?}");
        }
    }

    #[test]
    fn folders_are_read_as_kubectl_reads_them() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        let server = |name: &str| SERVER.replace("name: bi}", &format!("name: {name}}}"));
        write("a.yml", &server("a"));
        write("b.YAML", &server("b"));
        write("c.yaml.bak", &server("c"));
        // Tabs and escapes of two parts, which are JSON and no YAML.
        let value = "{\n\t\"apiVersion\": \"v1\",\n\t\"kind\": \"ConfigMap\",\n\t\"metadata\": {\"name\": \"d\"},\n\t\"data\": \
                     {\"x\": \"\\ud83d\\ude00\"}\n}\n";
        write("d.json", value);
        let manifest = load(&[Source::Path(folder.path().to_owned())]).unwrap();
        assert_eq!(manifest.dashboard_servers().map(|server| server.object.name_any()).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(manifest.config_map("default", "d").unwrap().object.data()["x"], "😀".as_bytes());
        let version = manifest.config_map("default", "d").unwrap().origin.version.unwrap();
        write("d.json", &value.replace("name\": \"d", "name\": \"e"));
        let manifest = load(&[Source::Path(folder.path().join("d.json"))]).unwrap();
        assert_ne!(manifest.config_map("default", "e").unwrap().origin.version, Some(version));
        write("d.json", "{\"a\": 1,}");
        let problem = load(&[Source::Path(folder.path().join("d.json"))]).unwrap_err()[0].to_string();
        assert!(problem.ends_with("d.json, document 1: is not JSON: trailing comma at line 1 column 9"), "{problem}");
    }

    #[test]
    fn a_pipe_has_no_version() {
        assert_eq!(read(SERVER).unwrap().dashboard_servers().next().unwrap().origin.version, None);
    }
}
