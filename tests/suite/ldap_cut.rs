//! A cut at every octet: a proxy between the adapter and a slapd ends the connection after so many octets of the
//! answers. A read that was cut is an error or the whole, and a run that was cut leaves the store as it was or as it
//! should be.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use directory_group_sync::directory::Error;
use directory_group_sync::directory::settings::{DirectorySettings, TlsMode};
use directory_group_sync::sync::snapshot::Snapshot;
use futures::StreamExt as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{ConnectOptions as _, Row as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::directories::{every_group, open, open_ldap, with};
use crate::harness::{OpenLdap, binary, folder};

const SUFFIX: &str = "dc=example,dc=test";
/// Reads side by side.
const READS: usize = 16;

/// Between a client and a server; what the server has said so far is counted over all connections.
struct Proxy {
    address: SocketAddr,
    passed: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Passes `most` octets from the server on, then closes the connection on both sides.
    async fn start(server: String, most: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let passed = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&passed);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&server).await.unwrap();
                tokio::spawn(carry(client, server, Arc::clone(&counter), most));
            }
        });
        Self { address, passed, task }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn carry(client: TcpStream, server: TcpStream, passed: Arc<AtomicUsize>, most: usize) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let requests = async { tokio::io::copy(&mut from_client, &mut to_server).await.map(drop) };
    let answers = async {
        let mut octets = vec![0; 65_536];
        loop {
            let count = from_server.read(&mut octets).await?;
            let left = most - passed.load(Ordering::SeqCst);
            to_client.write_all(&octets[..count.min(left)]).await?;
            passed.fetch_add(count.min(left), Ordering::SeqCst);
            // At the bound the connection ends with the last octet, not with the next.
            if count == 0 || count >= left {
                return std::io::Result::Ok(());
            }
        }
    };
    // Whichever ends first ends the connection; a broken one is what this is for.
    tokio::select! {
        _ = requests => {}
        _ = answers => {}
    }
}

fn person(name: &str) -> String {
    format!(
        "dn: uid={name},ou=people,{SUFFIX}\nobjectClass: inetOrgPerson\ncn: {name}\nsn: {name}\n\
         mail: {name}@example.test\nuserPassword: pw\n\n"
    )
}

fn group(name: &str, members: &[&str]) -> String {
    let mut entry = format!("dn: cn={name},ou=groups,{SUFFIX}\nobjectClass: groupOfNames\ncn: {name}\n");
    for member in members {
        entry.push_str(&format!("member: uid={member},ou=people,{SUFFIX}\n"));
    }
    entry + "\n"
}

fn directory(people: &[&str], groups: &[(&str, &[&str])]) -> OpenLdap {
    let mut entries = String::new();
    for unit in ["people", "groups"] {
        entries.push_str(&format!("dn: ou={unit},{SUFFIX}\nobjectClass: organizationalUnit\nou: {unit}\n\n"));
    }
    entries.extend(people.iter().map(|name| person(name)));
    entries.extend(groups.iter().map(|(name, members)| group(name, members)));
    let limits = format!("limits dn.exact=\"uid=reader,ou=people,{SUFFIX}\" size=unlimited size.prtotal=unlimited");
    OpenLdap::builder(SUFFIX).entries(&entries).database(&limits).start()
}

/// Reads through a proxy that cuts after so many octets; says how many passed.
async fn read(settings: DirectorySettings, server: String, most: usize) -> (Result<Snapshot, Error>, usize) {
    let proxy = Proxy::start(server, most).await;
    let settings = with(settings, |ldap| {
        (ldap.tls, ldap.allow_plaintext_password) = (TlsMode::None, true);
        ldap.servers = vec![proxy.address.to_string()];
    });
    let mut read = open(settings).snapshot(&every_group()).await;
    if let Ok(snapshot) = &mut read {
        // The port is another one each time.
        snapshot.server.identity.clear();
    }
    (read, proxy.passed.load(Ordering::SeqCst))
}

/// Cuts at each of these places; nothing but the whole may be read as one.
async fn cut(server: &OpenLdap, places: impl Fn(usize) -> Vec<usize>) {
    let settings = open_ldap(server, "reader");
    let (whole, length) = read(settings.clone(), server.address(), usize::MAX).await;
    let whole = whole.unwrap();
    let reads = places(length).into_iter().map(|place| {
        let read = read(settings.clone(), server.address(), place);
        async move { (place, read.await.0) }
    });
    let mut reads = futures::stream::iter(reads).buffer_unordered(READS);
    while let Some((place, read)) = reads.next().await {
        match read {
            Ok(snapshot) => {
                assert!(place == length && snapshot == whole, "cut after {place} of {length}: {snapshot:?}");
            }
            Err(error) => {
                assert!(place < length, "nothing was cut: {error}");
                assert!(matches!(error, Error::Unreachable { .. }), "cut after {place} of {length}: {error}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_small_read_that_is_cut_at_any_octet_is_an_error_or_the_whole() {
    let server = directory(&["reader", "ada", "bob"], &[("Analysts", &["ada", "bob"]), ("Editors", &["ada", "gone"])]);
    cut(&server, |length| (0..=length).collect()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_read_that_is_cut_is_an_error_or_the_whole() {
    let names: Vec<String> = (0..1500).map(|number| format!("u{number}")).collect();
    let names: Vec<&str> = ["reader"].into_iter().chain(names.iter().map(String::as_str)).collect();
    let server = directory(&names, &[("All", &names), ("Most", &names[..1200]), ("Some", &names[..200])]);
    cut(&server, |length| (0..=64).map(|part| length * part / 64).chain(length - 20..length).collect()).await;
}

/// A store, and the files that synchronize it.
struct Run {
    folder: tempfile::TempDir,
}

impl Run {
    fn new() -> Self {
        Self { folder: folder::temporary("cut") }
    }

    fn store(&self) -> PathBuf {
        self.folder.path().join("store.db")
    }

    /// Synchronizes from the server at this address, by `sync -f`.
    async fn sync(&self, server: &str) -> Output {
        let manifest = format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: bind}}\n\
             stringData: {{username: 'uid=reader,ou=people,{SUFFIX}', password: pw}}\n---\n\
             apiVersion: v1\nkind: Secret\nmetadata: {{name: store}}\nstringData: {{url: 'sqlite:store.db'}}\n---\n\
             apiVersion: directorysync.dev/v1alpha1\nkind: Directory\nmetadata: {{name: ldap}}\nspec:\n  \
             baseDN: {SUFFIX}\n  ldap:\n    servers: ['{server}']\n    \
             tls: {{mode: None, allowPlaintextPassword: true}}\n    \
             auth: {{simple: {{secretRef: {{name: bind}}}}}}\n---\n\
             apiVersion: directorysync.dev/v1alpha1\nkind: DashboardServer\nmetadata: {{name: bi}}\nspec:\n  \
             sql: {{secretKeyRef: {{name: store, key: url}}}}\n---\n\
             apiVersion: directorysync.dev/v1alpha1\nkind: DirectoryGroupSync\nmetadata: {{name: teams}}\nspec:\n  \
             directoryRef: {{name: ldap}}\n  dashboardServerRef: {{name: bi}}\n  \
             groups: [{{filter: '(objectClass=*)'}}]\n"
        );
        let file = folder::write(self.folder.path(), "sync.yaml", &manifest);
        let mut command = binary::command(&["sync", "-f", &file.display().to_string()]);
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    }

    /// The same through a proxy that cuts after so many octets; says how many passed.
    async fn cut(&self, server: String, most: usize) -> (Output, usize) {
        let proxy = Proxy::start(server, most).await;
        let output = self.sync(&proxy.address.to_string()).await;
        (output, proxy.passed.load(Ordering::SeqCst))
    }
}

/// What a dashboard server sees in a store.
async fn content(store: &Path) -> Vec<String> {
    let mut store = SqliteConnectOptions::new().filename(store).read_only(true).connect().await.unwrap();
    let mut content = Vec::new();
    for query in [
        "SELECT name || ' ' || coalesce(description, '') FROM groups ORDER BY 1",
        "SELECT username || ' ' || email || ' ' || active FROM users ORDER BY 1",
        "SELECT g.name || ' ' || u.username FROM group_members m \
         JOIN groups g ON g.id = m.group_id JOIN users u ON u.id = m.user_id ORDER BY 1",
    ] {
        let rows = sqlx::query(query).fetch_all(&mut store).await.unwrap();
        content.extend(rows.iter().map(|row: &SqliteRow| row.get::<String, _>(0)));
    }
    content
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_is_cut_leaves_the_store_as_it_was_or_as_it_should_be() {
    const PLACES: usize = 60;
    let people = ["reader", "ada", "bob", "cy"];
    let server =
        directory(&people, &[("Analysts", &["ada", "bob"]), ("Editors", &["ada"]), ("Writers", &["bob", "cy"])]);
    let first = Run::new();
    let output = first.sync(&server.address()).await;
    assert!(output.status.success(), "{output:?}");
    let before = content(&first.store()).await;
    server.modify(&format!(
        "dn: cn=Analysts,ou=groups,{SUFFIX}\nchangetype: modify\ndelete: member\n\
         member: uid=bob,ou=people,{SUFFIX}\n-\nadd: member\nmember: uid=cy,ou=people,{SUFFIX}\n\n\
         dn: cn=Editors,ou=groups,{SUFFIX}\nchangetype: modrdn\nnewrdn: cn=Authors\ndeleteoldrdn: 1\n\n\
         dn: cn=Writers,ou=groups,{SUFFIX}\nchangetype: delete\n"
    ));
    let again = |most| {
        let run = Run::new();
        std::fs::copy(first.store(), run.store()).unwrap();
        let server = server.address();
        async move {
            let (output, passed) = run.cut(server, most).await;
            let content = content(&run.store()).await;
            (most, output, passed, content)
        }
    };
    let (_, output, length, after) = again(usize::MAX).await;
    assert!(output.status.success(), "{output:?}");
    assert_ne!(before, after);

    let places: Vec<usize> = (0..PLACES).map(|part| length * part / PLACES).chain(length - 8..=length).collect();
    let mut runs = futures::stream::iter(places.into_iter().map(again)).buffer_unordered(4);
    while let Some((place, output, _, content)) = runs.next().await {
        let state = if output.status.success() { &after } else { &before };
        assert_eq!(&content, state, "cut after {place} of {length}: {output:?}");
        assert_eq!(output.status.success(), place >= length, "cut after {place} of {length}: {output:?}");
    }
}
