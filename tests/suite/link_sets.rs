//! Links in `DashboardServerLinkSet`s of a real API server: the contract of stores whose links are outside, what is lost and
//! restored, and how large they become.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use directory_group_sync::controller::link_book;
use directory_group_sync::store::Error;
use directory_group_sync::store::link_book::{BookChange, Entries, Entry, LinkBook, LinkedObject};
use directory_group_sync::sync::identity::{ExternalId, IdKind};
use directory_group_sync::sync::store_id::StoreId;
use futures::executor::block_on;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::{Value, json};

use crate::harness::{KubernetesApi, environment, folder};
use crate::store_contract::{account_link, group_link, hold_contract};
use crate::store_outside::Memory;

/// A DashboardServer with links.
struct Server {
    api: &'static KubernetesApi,
    name: String,
    client: Client,
}

impl Server {
    fn new(name: &str) -> Self {
        let api = KubernetesApi::shared();
        let server = Self { api, name: name.replace('_', "-"), client: client(api) };
        let spec = json!({"sql": {"secretKeyRef": {"name": "none", "key": "url"}}});
        let object = json!({"apiVersion": "directorysync.dev/v1alpha1", "kind": "DashboardServer",
            "metadata": {"name": server.name, "namespace": namespace()}, "spec": spec});
        api.apply(&object.to_string());
        server
    }

    fn book(&self) -> Arc<dyn LinkBook> {
        link_book(self.client.clone(), namespace(), &self.name)
    }

    fn kubectl(&self, arguments: &[&str]) -> String {
        self.api.kubectl(&[arguments, &["--namespace", namespace()]].concat())
    }

    /// All objects with its links.
    fn select<'a>(&self, verb: &'a str, label: &'a mut String) -> [&'a str; 4] {
        *label = format!("directorysync.dev/dashboard-server={}", self.name);
        [verb, "dashboardserverlinksets", "--selector", label]
    }

    fn links_id(&self) -> String {
        self.kubectl(&["get", "dashboardserver", &self.name, "--output", "jsonpath={.status.linksID}"])
    }

    /// Writes as a run does.
    async fn write(&self, changes: Vec<BookChange>) -> Result<(), Error> {
        let book = self.book();
        let _reservation = book.reserve().await?;
        book.read().await?;
        book.write(changes).await
    }
}

/// The namespace of all tests.
fn namespace() -> &'static str {
    static NAMESPACE: OnceLock<String> = OnceLock::new();
    NAMESPACE.get_or_init(|| {
        KubernetesApi::shared().install_crds();
        KubernetesApi::shared().namespace("links")
    })
}

fn client(api: &KubernetesApi) -> Client {
    let kubeconfig = Kubeconfig::read_from(api.kubeconfig()).unwrap();
    let config = block_on(Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default())).unwrap();
    Client::try_from(config).unwrap()
}

/// A dashboard server whose links are in objects.
fn in_objects(test: &str) -> Memory {
    let server = Server::new(&format!("contract-{test}"));
    Memory::with(move || server.book())
}

hold_contract! { in_objects }

fn id(number: u32) -> ExternalId {
    let mut octets = [0; 16];
    octets[..4].copy_from_slice(&number.to_be_bytes());
    ExternalId::new(IdKind::EntryUuid, octets)
}

fn group(number: u32) -> BookChange {
    let mut link = group_link(1, &format!("Business Intelligence {number}"));
    link.id = id(number);
    let object = LinkedObject::Known(StoreId::Number(number.into()));
    BookChange::Group(Entry { store: "superset:https://bi.corp.example".into(), object, link, renamed_to: None })
}

fn account(number: u32, object: LinkedObject) -> BookChange {
    let mut link = account_link(1, &format!("firstname.lastname{number}"));
    link.id = id(1_000_000 + number);
    BookChange::Account(Entry { store: "superset:https://bi.corp.example".into(), object, link, renamed_to: None })
}

/// Groups, and accounts that were announced before they were created.
fn first_import(groups: u32, accounts: u32) -> Vec<BookChange> {
    let known = |number: u32| LinkedObject::Known(StoreId::Number(number.into()));
    let accounts = (0..accounts).flat_map(|number| {
        let announced = account(number, LinkedObject::Intended(format!("mark-{number}").into()));
        [announced, account(number, known(number))]
    });
    (0..groups).map(group).chain(accounts).collect()
}

fn entries(changes: &[BookChange]) -> Entries {
    let mut entries = Entries::default();
    changes.iter().cloned().for_each(|change| entries.change(change));
    entries
}

#[tokio::test]
async fn links_are_restored_from_a_backup_as_the_documents_say() {
    let server = Server::new("restored");
    let changes = first_import(100, 400);
    server.write(changes.clone()).await.unwrap();
    let mut label = String::new();
    let saved = server.kubectl(&[&server.select("get", &mut label)[..], &["--output", "yaml"]].concat());
    let saved: String = saved
        .lines()
        .filter(|line| !line.starts_with("    resourceVersion:"))
        .fold(String::new(), |text, line| text + line + "\n");
    let folder = folder::temporary("links");
    let file = folder::write(folder.path(), "links.yaml", &saved);

    let names = server.kubectl(&[&server.select("get", &mut label)[..], &["--output", "name"]].concat());
    let part = names.lines().find(|name| !name.ends_with("/restored")).unwrap();
    server.kubectl(&["delete", part]);
    let refusal = server.book().read().await.unwrap_err();
    assert!(matches!(&refusal, Error::LinksLost { .. }) && refusal.to_string().contains("is missing"), "{refusal}");

    server.kubectl(&server.select("delete", &mut label));
    let refusal = server.book().read().await.unwrap_err();
    assert!(
        matches!(&refusal, Error::LinksLost { .. }) && refusal.to_string().contains(&server.links_id()),
        "{refusal}"
    );
    server.kubectl(&["create", "--filename", file.to_str().unwrap()]);
    assert_eq!(server.book().read().await.unwrap(), entries(&changes));
    server.write(vec![group(7)]).await.unwrap();
}

#[tokio::test]
async fn links_that_are_lost_start_again_when_an_administrator_says_so() {
    let server = Server::new("lost");
    server.write(vec![group(1)]).await.unwrap();
    let (before, mut label) = (server.links_id(), String::new());
    server.kubectl(&server.select("delete", &mut label));
    assert!(matches!(server.write(vec![group(2)]).await, Err(Error::LinksLost { .. })));
    let command = format!("directorysync.dev/new-links={before}");
    server.kubectl(&["annotate", "dashboardserver", "lost", &command]);
    server.write(vec![group(2)]).await.unwrap();
    assert_eq!(server.book().read().await.unwrap(), entries(&[group(2)]));
    assert_ne!(server.links_id(), before);
    server.kubectl(&server.select("delete", &mut label));
    assert!(matches!(server.book().read().await, Err(Error::LinksLost { .. })), "it gives up one time");
}

#[tokio::test]
async fn links_outlive_their_dashboard_server() {
    let server = Server::new("outlived");
    server.write(vec![group(1)]).await.unwrap();
    let links_id = server.links_id();
    server.kubectl(&["delete", "dashboardserver", "outlived"]);
    let server = Server::new("outlived");
    assert_eq!(server.links_id(), "");
    server.write(vec![group(2)]).await.unwrap();
    assert_eq!(server.book().read().await.unwrap(), entries(&[group(1), group(2)]));
    assert_eq!(server.links_id(), links_id);
}

#[tokio::test]
async fn of_two_operators_one_fails_and_writes_nothing() {
    let server = Server::new("two");
    server.write(vec![group(1)]).await.unwrap();
    let (one, other) = (server.book(), server.book());
    for book in [&one, &other] {
        drop(book.reserve().await.unwrap());
        book.read().await.unwrap();
    }
    one.write(vec![group(2)]).await.unwrap();
    assert!(matches!(other.write(vec![group(3)]).await, Err(Error::Busy)));
    assert_eq!(server.book().read().await.unwrap(), entries(&[group(1), group(2)]));
}

/// A first import in batches, of 10,000 accounts and a tenth as many groups, or of as many accounts as the variable says.
#[tokio::test]
async fn many_links_take_few_objects_and_a_small_change_takes_one_call() {
    let accounts = environment::variable("DIRECTORY_GROUP_SYNC_LINKS").map_or(10_000, |count| count.parse().unwrap());
    let server = Server::new("many");
    let changes = first_import(accounts / 10, accounts);
    let start = Instant::now();
    let book = server.book();
    drop(book.reserve().await.unwrap());
    book.read().await.unwrap();
    for batch in changes.chunks(100) {
        book.write(batch.to_vec()).await.unwrap();
    }
    let written = start.elapsed();
    let sets = |label: &mut String| -> Vec<Value> {
        let list = server.kubectl(&[&server.select("get", label)[..], &["--output", "json"]].concat());
        serde_json::from_str::<Value>(&list).unwrap()["items"].as_array().unwrap().clone()
    };
    let mut label = String::new();
    let before = sets(&mut label).len();
    // The next run that writes leaves what is true now.
    server.write(vec![group(5)]).await.unwrap();
    let after = sets(&mut label);
    assert!(after.len() < before, "{} of {before}", after.len());
    let links = after.iter().map(|set| set["changes"].as_str().map_or(0, str::len));
    assert!(links.clone().all(|octets| octets <= 256 * 1024));
    assert!(links.clone().sum::<usize>() / after.len() > 128 * 1024, "they are full");
    let start = Instant::now();
    assert_eq!(server.book().read().await.unwrap().accounts.len(), accounts as usize);
    let read = start.elapsed();
    let start = Instant::now();
    server.write(vec![group(5)]).await.unwrap();
    let octets: usize = links.sum();
    println!(
        "{written:?} to write, {read:?} to read, {:?} to change one, {before} objects, then {} with {octets} octets",
        start.elapsed(),
        after.len()
    );
    let replaced: Vec<_> = sets(&mut label).into_iter().filter(|set| !after.contains(set)).collect();
    assert_eq!(replaced.len(), 1);
    assert_eq!(replaced[0]["metadata"]["name"], "many");
}
