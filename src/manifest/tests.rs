//! What files are read as, and what is said about those that are wrong.

use std::path::PathBuf;

use kube::ResourceExt as _;
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

fn texts(data: &BTreeMap<String, secrecy::SecretSlice<u8>>) -> BTreeMap<String, Vec<u8>> {
    data.iter().map(|(key, value)| (key.clone(), value.expose_secret().to_vec())).collect()
}

fn problems(text: &str) -> Vec<String> {
    read(text).unwrap_err().iter().map(ToString::to_string).collect()
}

fn of_secret(fields: &str) -> Result<Manifest, Vec<Problem>> {
    read(&format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: s, namespace: n}}\n{fields}"))
}

#[test]
fn documents_are_counted_and_empty_ones_skipped() {
    let text =
        format!("# nothing here\n---\n{SERVER}---\n---\n{}", SERVER.replace("name: bi}", "name: b, namespace: n}"));
    let manifest = read(&text).unwrap();
    let origins: Vec<_> = manifest.dashboard_servers().map(|server| server.origin.document).collect();
    assert_eq!(origins, [1, 3], "a comment alone is not a document, an empty one is");
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
             set: sql, superset, boldBI, grafana or scim",
        ]
    );
}

#[test]
fn a_problem_in_one_document_does_not_hide_those_of_the_others() {
    let text = format!("kind: Pod\napiVersion: v1\n---\n[1]\n---\nkind: Secret\n---\n{SERVER}---\n{SERVER}");
    assert_eq!(
        problems(&text),
        [
            "a.yaml, document 1: the kind Pod of v1 is not supported, only DirectoryGroupSync, Directory, \
             ClusterDirectory and DashboardServer of directorysync.dev/v1alpha1, Secret and ConfigMap of v1, and lists of them",
            "a.yaml, document 2: must be an object with apiVersion and kind",
            "a.yaml, document 3: apiVersion: Required value",
            "a.yaml, document 5: DashboardServer default/bi: is already in a.yaml, document 4: remove one \
             of the two",
        ]
    );
}

#[test]
fn broken_yaml_says_where_it_breaks() {
    let found = problems(&format!("{SERVER}---\na: [1\nb: 2\n"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("a.yaml, document 2: is not valid YAML: line 6, column 4: "), "{found:?}");
    let twice = problems("a: 1\na: 2\n");
    assert!(twice[0].contains("two fields of one object have the same name"), "{twice:?}");
}

#[test]
fn yaml_that_json_cannot_represent_is_refused() {
    for (yaml, message) in [
        ("1: 2", "has a key that is not a text: put the key in quotes"),
        ("a: !secret b", "has a tag, such as !secret: remove it"),
        ("a: .nan", "has the number NaN, which JSON cannot represent: remove it, or put it in quotes"),
    ] {
        assert_eq!(problems(yaml), [format!("a.yaml, document 1: {message}")]);
    }
}

#[test]
fn anchors_merges_and_whole_numbers_are_read_as_kubectl_sends_them() {
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
fn config_maps_contain_text_and_octets() {
    let config_map = |fields: &str| {
        read(&format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\n{fields}"))
            .map(|manifest| texts(manifest.config_map("default", "c").unwrap().object.data()))
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
    write("notes.txt", "not YAML: [");
    std::fs::create_dir(folder.path().join("below")).unwrap();
    write("below/c.yaml", "not YAML: [");
    let manifest = load(&[Source::Path(folder.path().to_owned())]).unwrap();
    let origins: Vec<_> = manifest.dashboard_servers().map(|server| &server.origin).collect();
    assert!(origins[0].file.ends_with("b.yaml") && origins[1].file.ends_with("a.yaml"));
    assert!(origins.iter().all(|origin| origin.folder == folder.path()));

    let refused = |path: PathBuf| load(&[Source::Path(path)]).unwrap_err()[0].to_string();
    assert!(refused(folder.path().join("absent.yaml")).contains("absent.yaml: cannot be read: "));
    std::fs::remove_file(folder.path().join("below/c.yaml")).unwrap();
    assert!(
        refused(folder.path().join("below")).ends_with("below: the folder contains no *.yaml, *.yml or *.json file")
    );
}

/// The output of `kubectl get … -o yaml`, with the fields that the API server and the operator have added.
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
fn the_output_of_kubectl_is_read_item_by_item() {
    let manifest = read(DUMP).unwrap();
    let server = manifest.dashboard_server("bi", "bi").unwrap();
    assert_eq!(server.origin.to_string(), "a.yaml, document 1, item 1");
    assert!(server.object.status.is_none());
    assert_eq!(manifest.secret("bi", "bi-db").unwrap().origin.item.map(usize::from), Some(2));
    // The same as JSON, as `-o json` prints it.
    let json = serde_json::to_string(&serde_yaml::from_str::<serde_yaml::Value>(DUMP).unwrap()).unwrap();
    assert!(read(&json).unwrap().dashboard_server("bi", "bi").is_some());
    // An answer of the API server, in which items do not have a kind.
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
            "a.yaml, document 1, item 2: the kind Secrets of v1 is not supported, only Direct",
            "a.yaml, document 1, item 3: Secret default/s: stringdata: unknown field; did you",
            "a.yaml, document 1, item 5: Secret default/t: is already in a.yaml, document 1, ",
        ]
    );
    assert!(found[2].ends_with("; did you mean Secret?"), "{found:?}");
    assert!(
        found[3].ends_with("did you mean `stringData`?")
            && found[4].ends_with("document 1, item 4: remove one of the two"),
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
    // Tabs and escapes of surrogate pairs are valid in JSON and not in YAML.
    let value = "{\n\t\"apiVersion\": \"v1\",\n\t\"kind\": \"ConfigMap\",\n\t\"metadata\": {\"name\": \"d\"},\n\t\"data\": \
                 {\"x\": \"\\ud83d\\ude00\"}\n}\n";
    write("d.json", value);
    let manifest = load(&[Source::Path(folder.path().to_owned())]).unwrap();
    assert_eq!(manifest.dashboard_servers().map(|server| server.object.name_any()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(texts(manifest.config_map("default", "d").unwrap().object.data())["x"], "😀".as_bytes());
    let version = manifest.config_map("default", "d").unwrap().origin.version.unwrap();
    write("d.json", &value.replace("name\": \"d", "name\": \"e"));
    let manifest = load(&[Source::Path(folder.path().join("d.json"))]).unwrap();
    assert_ne!(manifest.config_map("default", "e").unwrap().origin.version, Some(version));
    write("d.json", "{\"a\": 1,}");
    let problem = load(&[Source::Path(folder.path().join("d.json"))]).unwrap_err()[0].to_string();
    assert!(problem.ends_with("d.json, document 1: is not valid JSON: trailing comma at line 1 column 9"), "{problem}");
}

#[test]
fn a_pipe_has_no_version() {
    assert_eq!(read(SERVER).unwrap().dashboard_servers().next().unwrap().origin.version, None);
}
