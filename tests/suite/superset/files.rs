//! Runs of the program without a cluster.

use std::fs;
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Superset, started};
use crate::harness::{FlaskAppBuilder, binary, command, folder};

/// The quick start's company, into a Superset.
fn company(superset: &Superset) -> TempDir {
    let folder = folder::temporary("superset");
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/quickstart/");
    for name in ["company.ldif", "change.sh"] {
        fs::copy(format!("{example}{name}"), folder.path().join(name)).unwrap();
    }
    let bot = FlaskAppBuilder::BOT;
    let objects = [
        json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "superset"},
            "stringData": {"username": bot.username, "password": bot.password},
        }),
        json!({
            "apiVersion": "directorysync.dev/v1alpha1", "kind": "DashboardServer", "metadata": {"name": "dashboards"},
            "spec": {"superset": {
                "url": superset.proxy.url(), "secretRef": {"name": "superset"}, "tls": {"allowPlaintextPassword": true},
            }},
        }),
    ];
    let quickstart = fs::read_to_string(format!("{example}quickstart.yaml")).unwrap();
    let is_kept =
        |document: &&str| !["\nkind: Secret", "\nkind: DashboardServer"].iter().any(|it| document.contains(it));
    let mut text: Vec<String> = quickstart.split("\n---\n").filter(is_kept).map(str::to_owned).collect();
    text.extend(objects.iter().map(Value::to_string));
    fs::write(folder.path().join("sync.yaml"), text.join("\n---\n")).unwrap();
    folder
}

fn sync(folder: &TempDir, more: &[&str]) -> Output {
    let mut command = binary::command(&["sync", "-f", "sync.yaml", "--links", "links.json"]);
    command.args(more).current_dir(folder.path()).output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn a_company_comes_into_superset_and_follows_the_directory() {
    let superset = started("company");
    let folder = company(&superset);
    let first = sync(&folder, &["--new-links"]);
    assert!(first.status.success(), "{}", text(&first));
    let printed = text(&first);
    assert!(printed.contains("Invalid: the directory user \"kiosk\""), "it has no e-mail address: {printed}");
    assert!(printed.contains("5 groups created, 10 accounts created, 15 members added"), "{printed}");
    let content = superset.server.content();
    assert_eq!(content.groups["Finance"].members.len(), 3, "{content:?}");
    assert!(content.accounts["amara"].roles.is_empty(), "its groups bring the roles: {content:?}");

    superset.proxy.forget();
    let second = sync(&folder, &[]);
    assert!(second.status.success(), "{}", text(&second));
    let writes: Vec<String> = superset.proxy.calls().into_iter().filter(|call| !call.starts_with("GET")).collect();
    assert_eq!(writes, Vec::<String>::new(), "a run without a change writes nothing");
    assert_eq!(superset.proxy.count("GET"), 12, "{:?}", superset.proxy.calls());
    assert_eq!(superset.server.content(), content);

    command::run(Command::new("sh").arg("change.sh").current_dir(folder.path()));
    let third = text(&sync(&folder, &[]));
    assert!(third.contains("\"Controlling\": modified, renamed from \"Finance\""), "{third}");
    assert!(third.contains("group \"BI Trainees\": deleted"), "{third}");
    let content = superset.server.content();
    assert!(content.groups.contains_key("Controlling") && !content.groups.contains_key("BI Trainees"), "{content:?}");
}
