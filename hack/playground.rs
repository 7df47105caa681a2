//! The operator and the servers that it uses, on one machine, to try it by hand. `hack/playground` starts it.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a program for a terminal, which stops if a server does not start"
)]

#[path = "../tests/harness/harness.rs"]
pub mod harness;

use std::process::Command;

use harness::postgres::Database;
use harness::{KubernetesApi, Postgres, Process, SambaAd, binary};

const RESOURCES: &str = include_str!("playground.yaml");
const NAMESPACE: &str = "dashboards";

#[tokio::main(flavor = "current_thread")]
async fn main() {
    println!("Starting an Active Directory, PostgreSQL, etcd and kube-apiserver …");
    let directory = directory();
    let server = Postgres::start(&[]);
    let database = server.database("bi");
    let api = KubernetesApi::start();
    api.install_crds();
    api.kubectl(&["create", "namespace", NAMESPACE]);
    api.kubectl(&["config", "set-context", "--current", "--namespace", NAMESPACE]);
    api.apply(&resources(&directory, &database));

    println!("Starting the operator …");
    let log = api.kubeconfig().with_file_name("operator.log");
    let mut command = binary::command(&["operator"]);
    command.env("KUBECONFIG", api.kubeconfig());
    let mut operator = Process::spawn("the operator", command, &log);
    operator.wait_until("has synchronized", || {
        !api.kubectl(&["get", "dgs", "bi", "-o", "jsonpath={.status.lastSyncTime}"]).is_empty()
    });

    println!("\nReady. In another terminal:\n\n{}", shell(&api));
    println!("Then try:\n");
    println!("  kubectl get dgs --watch");
    println!("  {}", remove_a_member(&directory));
    println!("  kubectl describe dgs bi");
    println!("\nThe user store: psql '{}?sslmode=require'", database.url());
    println!("The operator's log: {}\nCtrl-C takes all of it down.", log.display());
    tokio::select! {
        stopped = tokio::signal::ctrl_c() => stopped.expect("Ctrl-C can be waited for"),
        () = ended(&mut operator) => println!("The operator ended; its log ends:\n{}", operator.log_tail()),
    }
    println!("\nTaking it down.");
}

/// A small company: three groups in one OU, a nested one and people in another.
fn directory() -> SambaAd {
    let base = SambaAd::BASE;
    let (people, groups) = (format!("OU=People,{base}"), format!("OU=Groups,{base}"));
    let units = [&people, &groups].map(|dn| format!("dn: {dn}\nobjectClass: organizationalUnit\n"));
    let directory = SambaAd::builder().entries(&units.join("\n")).start();
    let person = |first: &str, last: &str, account: &str| {
        let attributes = format!(
            "givenName: {first}\nsn: {last}\ndisplayName: {first} {last}\nmail: {account}@corp.example\n\
             telephoneNumber: +44 20 7946 0{:03}",
            account.bytes().map(u32::from).sum::<u32>() % 1000
        );
        directory.add_user(&people, &format!("{first} {last}"), account, &attributes).dn
    };
    let ada = person("Ada", "Lovelace", "ada");
    let grace = person("Grace", "Hopper", "grace");
    let edsger = person("Edsger", "Dijkstra", "edsger");
    let barbara = person("Barbara", "Liskov", "barbara");
    let alan = person("Alan", "Turing", "alan");
    directory.add_group(&groups, "BI Analysts", &[&ada, &grace, &edsger]);
    directory.add_group(&groups, "BI Editors", &[&ada, &barbara]);
    directory.add_group(&groups, "BI Viewers", &[&alan, &barbara, &edsger, &grace]);
    directory.add_group(&groups, "Facilities", &[&alan]);
    directory
}

fn resources(directory: &SambaAd, database: &Database<'_>) -> String {
    let account = directory.add_service_account("directory-group-sync");
    let values = [
        ("{bind_name}", quoted(&account.principal)),
        ("{bind_password}", quoted(&account.password)),
        ("{database_url}", quoted(&database.url())),
        ("{directory_ca}", quoted(directory.certificates().ca())),
        ("{database_ca}", quoted(&database.server().ca())),
        ("{directory}", directory.address()),
    ];
    values.iter().fold(RESOURCES.to_owned(), |text, (name, value)| text.replace(name, value))
}

/// A JSON string, which is a YAML string too.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a string")
}

fn shell(api: &KubernetesApi) -> String {
    let kubectl = harness::kubernetes::kubectl_program();
    let folder = kubectl.parent().expect("a program is in a folder");
    format!("  export KUBECONFIG={}\n  export PATH=$PATH:{}\n", api.kubeconfig().display(), folder.display())
}

fn remove_a_member(directory: &SambaAd) -> String {
    line(&directory.samba_tool(&["group", "removemembers", "'BI Analysts'", "grace"]))
}

/// The command as one types it.
fn line(command: &Command) -> String {
    let words = [command.get_program()].into_iter().chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

async fn ended(operator: &mut Process) {
    while operator.try_wait().is_none() {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
}
