//! The documents hold to the code: every field, every reason and every kind of problem is explained, and every command,
//! resource and statement that a document shows is tried.

mod block;
mod reference;
mod scene;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use directory_group_sync::api::v1alpha1::condition::{ConditionType, Reason};
use directory_group_sync::api::v1alpha1::directory_group_sync::status::ProblemKind;
use directory_group_sync::manifest::{Source, load};
use serde::Deserialize as _;
use serde_json::Value;

use self::block::{Content, Piece, pieces, shows};
use self::scene::Scene;
use crate::harness::helm::helm;
use crate::harness::kubernetes::kubectl_program;
use crate::harness::{KubernetesApi, command, folder};
use crate::program::merge;

const CHART: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/charts/directory-group-sync");
/// The kinds that a fragment may be of, and an object of each.
const KINDS: [&str; 4] = ["DirectoryGroupSync", "Directory", "ClusterDirectory", "DashboardServer"];
const OBJECTS: &str = include_str!("documents/corp.yaml");

/// Blocks that cannot be tried here, by their document and first line, and why.
const NOT_TRIED: &[(&str, &str, &str)] = &[
    ("docs/bold-bi.md", "directory-group-sync check -f bold-bi.yaml --links links.json --new-links", "needs a Bold BI"),
    ("docs/grafana.md", "directory-group-sync check -f grafana.yaml --links links.json --new-links", "needs a Grafana"),
    ("docs/scim.md", "directory-group-sync check -f scim.yaml --links links.json --new-links", "needs a SCIM server"),
    ("docs/scim.md", "kcadm.sh create realms -f realm.json", "needs a Keycloak; `hack/keycloak test` sends both files"),
    ("README.md", "cargo install --locked --path .", "builds the program, which the tests have"),
    ("docs/getting-started.md", "cargo install --locked --path .", "builds the program, which the tests have"),
    (
        "docs/getting-started.md",
        "docker build -t registry.corp.example/directory-group-sync:0.1.0 .",
        "needs a container engine and a registry",
    ),
    ("docs/getting-started.md", "hack/image", "needs a registry; `tests/suite/image.rs` makes the image"),
    (
        "docs/operations.md",
        "docker buildx build --platform linux/amd64,linux/arm64 \\",
        "needs a container engine and a registry",
    ),
    (
        "docs/getting-started.md",
        "kind load docker-image registry.corp.example/directory-group-sync:0.1.0",
        "needs a container engine",
    ),
    ("docs/directories.md", "dsacls \"CN=Deleted Objects,DC=corp,DC=example\" /takeownership", "a command of Windows"),
    (
        "docs/directories.md",
        "dsconf INSTANCE plugin referential-integrity enable",
        "needs an instance that dscreate made; the server of the tests is not one",
    ),
    (
        "docs/links.md",
        "kubectl delete dashboardserverlinksets --selector directorysync.dev/dashboard-server=bi",
        "there are no links in the scene; `tests/suite/link_sets.rs` restores some so",
    ),
    (
        "docs/getting-started.md",
        "hack/dashboard-servers/run flask-app-builder",
        "runs until it is ended; the scene has such a server",
    ),
    (
        "docs/internals/performance.md",
        "DIRECTORY_GROUP_SYNC_USERS=5000 cargo test --locked --test suite superset::cost",
        "takes minutes, and needs the sources' target folder",
    ),
    (
        "docs/internals/performance.md",
        "DIRECTORY_GROUP_SYNC_LINKS=100000 cargo test --locked --test suite many_links_take -- --nocapture",
        "takes minutes, and needs the sources' target folder",
    ),
    ("docs/gitops.md", "# kustomization.yaml", "a kind of Flux, which is not here"),
    ("docs/rules.md", " directory                                         store", "a picture"),
    ("docs/rules.md", " plan      create the group Finance               applied", "a picture"),
];

/// The documents, a test each, so that they are tried side by side.
macro_rules! documents {
    ($($test:ident: $document:literal,)*) => {
        const DOCUMENTS: &[&str] = &[$($document),*];
        $(#[test] fn $test() { try_all($document); })*
    };
}

documents! {
    the_readme_works: "README.md",
    contributing_works: "CONTRIBUTING.md",
    the_readme_of_the_chart_works: "charts/directory-group-sync/README.md",
    getting_started_works: "docs/getting-started.md",
    concepts_works: "docs/concepts.md",
    what_gets_removed_works: "docs/what-gets-removed.md",
    how_to_works: "docs/how-to.md",
    directories_works: "docs/directories.md",
    sql_store_works: "docs/sql-store.md",
    superset_works: "docs/superset.md",
    bold_bi_works: "docs/bold-bi.md",
    grafana_works: "docs/grafana.md",
    scim_works: "docs/scim.md",
    links_works: "docs/links.md",
    gitops_works: "docs/gitops.md",
    adding_a_dashboard_server_works: "docs/adding-a-dashboard-server.md",
    metrics_works: "docs/metrics.md",
    operations_works: "docs/operations.md",
    troubleshooting_works: "docs/troubleshooting.md",
    rules_works: "docs/rules.md",
    reference_works: "docs/reference.md",
    cli_works: "docs/cli.md",
    security_works: "docs/security.md",
    comparison_works: "docs/comparison.md",
    fault_matrix_works: "docs/internals/fault-matrix.md",
    performance_works: "docs/internals/performance.md",
    security_figures_works: "docs/internals/security-figures.md",
    changes_works: "docs/internals/changes.md",
    walk_works: "docs/internals/walk.md",
}

#[test]
fn every_reason_and_every_problem_is_explained() {
    let text = read("docs/troubleshooting.md");
    // A condition may have the name of a reason.
    let (_, rest) = text.split_once("\n## Conditions\n").unwrap();
    let (conditions, rest) = rest.split_once("\n## ").unwrap();
    let explained = |text: &str, word: &str| {
        let rows = text.lines().filter(|line| line.starts_with(&format!("| `{word}` |"))).count();
        assert_eq!(rows, 1, "docs/troubleshooting.md has no row for {word}, or two");
    };
    let conditions_known: Vec<&str> = ConditionType::ALL.iter().map(|kind| kind.as_str()).collect();
    let reasons = Reason::ALL.iter().map(|reason| reason.as_str());
    let known: Vec<&str> = reasons.chain(ProblemKind::ALL.iter().map(|kind| kind.as_str())).collect();
    for word in conditions_known {
        explained(conditions, word);
    }
    for word in &known {
        explained(rest, word);
    }
    let rows = rest.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` |"));
    for (word, _) in rows {
        assert!(known.contains(&word), "docs/troubleshooting.md explains {word}, which does not exist");
    }
}

/// Every link of a document to a file leads somewhere.
#[test]
fn links_lead_somewhere() {
    let mut links = 0;
    for document in DOCUMENTS {
        let text = read(document);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.contains("://") {
                continue;
            }
            let (path, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = match path {
                "" => root().join(document),
                path => root().join(document).parent().unwrap().join(path),
            };
            assert!(target.exists(), "{document} links to {link}, which is not there");
            let is_there = heading.is_empty() || headings(&read(&target)).any(|anchor| anchor == heading);
            assert!(is_there, "{document} links to {link}, and there is no such heading");
            links += 1;
        }
    }
    assert!(links > 5, "{links} links were found");
}

/// The walk through the source leads past files and functions that exist.
#[test]
fn the_walk_leads_through_the_source() {
    let text = read("docs/internals/walk.md");
    let mut hops = 0;
    for row in text.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = row.split(" | ").collect();
        let [_, files, functions, ..] = cells[..] else { continue };
        let sources: Vec<String> =
            quoted(files).filter(|file| is_rust(file)).map(|file| read(Path::new("src").join(file))).collect();
        if sources.is_empty() {
            continue;
        }
        for function in quoted(functions) {
            let is_there = sources.iter().any(|source| {
                [format!("fn {function}("), format!("fn {function}<")].iter().any(|start| source.contains(start))
            });
            assert!(is_there, "there is no function {function} in {files}");
        }
        hops += 1;
    }
    assert!(hops > 15, "{hops} hops were found");
}

/// What a text has in backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn is_rust(file: &str) -> bool {
    Path::new(file).extension().is_some_and(|extension| extension == "rs")
}

/// The anchors of a text's headings, as GitHub makes them.
fn headings(text: &str) -> impl Iterator<Item = String> {
    let lines = text
        .lines()
        .filter_map(|line| line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#')));
    lines.map(|heading| {
        let kept = heading.to_lowercase().replace(' ', "-");
        kept.chars().filter(|letter| letter.is_alphanumeric() || "-_".contains(*letter)).collect()
    })
}

/// No document is forgotten, and no excuse outlives its block.
#[test]
fn every_document_is_tried() {
    let mut found =
        vec!["README.md".to_owned(), "CONTRIBUTING.md".to_owned(), "charts/directory-group-sync/README.md".to_owned()];
    for folder in ["docs", "docs/internals"] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if Path::new(&name).extension().is_some_and(|extension| extension == "md") {
                found.push(format!("{folder}/{name}"));
            }
        }
    }
    for document in found {
        assert!(DOCUMENTS.contains(&document.as_str()), "{document} is not among the documents that are tried");
    }
    for (document, first_line, _) in NOT_TRIED {
        let is_there = pieces(&read(document))
            .iter()
            .any(|piece| matches!(&piece.content, Content::Fence(_, text) if text.lines().next() == Some(first_line)));
        assert!(is_there, "{document} has no block that begins with {first_line}");
    }
}

/// Tries everything that a document shows, from its first line to its last.
fn try_all(document: &str) {
    let mut scenes: BTreeMap<String, Scene> = BTreeMap::new();
    let mut current = None;
    let (mut exit, mut printed) = (0, None);
    for Piece { line, content } in pieces(&read(document)) {
        let place = format!("{document}, line {line}");
        match content {
            Content::Scene(name) => {
                scenes.entry(name.clone()).or_insert_with(|| Scene::start(&name));
                current = Some(name);
            }
            Content::Exit(code) => exit = code,
            Content::Operator => scene(&mut scenes, current.as_ref(), &place).start_operator(),
            Content::Run(script) => {
                run(scene(&mut scenes, current.as_ref(), &place), &script, 0, &place);
            }
            Content::Fence(_, text) if is_excused(document, &text) => printed = None,
            Content::Fence(language, text) => match language.as_str() {
                "sh" => {
                    let scene = scene(&mut scenes, current.as_ref(), &place);
                    printed = Some(run(scene, &text, std::mem::take(&mut exit), &place));
                }
                "sql" => printed = Some(scene(&mut scenes, current.as_ref(), &place).sql(&text)),
                "text" => {
                    let printed = printed.take().unwrap_or_else(|| panic!("{place}: nothing was run that prints this"));
                    assert!(shows(&text, &printed), "{place}: it prints\n{printed}\nand not\n{text}");
                }
                "yaml" => yaml(&text, current.as_ref().and_then(|name| scenes.get(name)), &place),
                "ldif" => {
                    let name = file_name(&text).unwrap_or_else(|| panic!("{place}: the first line names the file"));
                    scene(&mut scenes, current.as_ref(), &place).write(name, &text);
                }
                "mermaid" => {}
                _ => panic!("{place}: nothing here can try a block of the language \"{language}\""),
            },
        }
    }
}

fn scene<'a>(scenes: &'a mut BTreeMap<String, Scene>, name: Option<&String>, place: &str) -> &'a mut Scene {
    name.and_then(|name| scenes.get_mut(name)).unwrap_or_else(|| panic!("{place}: no scene to try this in"))
}

fn run(scene: &Scene, script: &str, exit: i32, place: &str) -> String {
    let output = scene.run(script);
    let (printed, complaint) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(exit), "{place}: {script}\n{printed}{complaint}\n{}", scene.log_tail());
    printed.into_owned()
}

fn is_excused(document: &str, text: &str) -> bool {
    NOT_TRIED.iter().any(|(of, first_line, _)| *of == document && text.lines().next() == Some(first_line))
}

/// A resource or more, the values of the chart (`# values.yaml`), or a part of a resource, whose kind the first line
/// names (`# Directory`). The first line may name a file (`# bi.yaml`) that commands after it use.
fn yaml(text: &str, scene: Option<&Scene>, place: &str) {
    let head = text.lines().next().and_then(|line| line.strip_prefix("# ")).unwrap_or_default();
    if head == "values.yaml" {
        let file = folder::temporary("values");
        let file = folder::write(file.path(), "values.yaml", text);
        command::run(&mut helm(&["template", "dgs", CHART, "--values", file.to_str().unwrap()]));
    } else if KINDS.contains(&head) {
        let change = documents(text).remove(0);
        let mut object = documents(OBJECTS).into_iter().find(|object| object["kind"] == head).unwrap();
        merge(&mut object, &change);
        check_resources(&serde_yaml::to_string(&object).unwrap(), place);
        if let Some(scene) = scene {
            scene.patch(head, &change);
        }
    } else {
        let ours = [&KINDS[..], &["Secret", "ConfigMap"]].concat();
        let (ours, others): (Vec<Value>, Vec<Value>) =
            documents(text).into_iter().partition(|object| ours.iter().any(|kind| object["kind"] == *kind));
        let ours: Vec<String> = ours.iter().map(|object| serde_yaml::to_string(object).unwrap()).collect();
        check_resources(&ours.join("---\n"), place);
        for object in others {
            KubernetesApi::shared().install_crds();
            let mut kubectl = Command::new(kubectl_program());
            kubectl.arg("--kubeconfig").arg(KubernetesApi::shared().kubeconfig());
            kubectl.args(["apply", "--dry-run=server", "--validate=strict", "-f", "-"]);
            command::run_with(&mut kubectl, &object.to_string());
        }
        if let (Some(scene), Some(name)) = (scene, file_name(text)) {
            scene.write(name, text);
        }
    }
}

fn check_resources(text: &str, place: &str) {
    let source = Source::Text { name: place.to_owned(), text: text.to_owned() };
    if let Err(problems) = load(&[source]) {
        panic!("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
    }
}

/// The file that a block's first line names in a comment.
fn file_name(text: &str) -> Option<&str> {
    let name = text.lines().next()?.strip_prefix("# ")?;
    (name.contains('.') && !name.contains(' ')).then_some(name)
}

/// The documents of a YAML text.
fn documents(text: &str) -> Vec<Value> {
    serde_yaml::Deserializer::from_str(text).map(|document| Value::deserialize(document).unwrap()).collect()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("read {}: {error}", path.display()))
}
