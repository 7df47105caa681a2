//! A cut at every octet: a proxy between the adapter and a slapd ends the connection after so many octets of the
//! answers. A read that was cut is an error or the whole, and a run that was cut leaves the store as it was or as it
//! should be.

use std::net::SocketAddr;
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use directory_group_sync::directory::Error;
use directory_group_sync::directory::settings::{DirectorySettings, TlsMode};
use directory_group_sync::sync::snapshot::Snapshot;
use futures::StreamExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::directories::{every_group, open, open_ldap, with};
use crate::entries::{SUFFIX, changes, group, person, person_dn, units};
use crate::harness::OpenLdap;
use crate::ldap_files::{LdapFiles, in_clear};
use crate::whole_run::{Store, sync_of_every_group};

/// Reads side by side.
const READS: usize = 16;

/// Between a client and a server. What the server has said so far is counted over all connections, and the one that says
/// more than a bound is closed on both sides.
struct Proxy {
    address: SocketAddr,
    octets: Arc<Octets>,
    task: JoinHandle<()>,
}

/// Of the server's answers.
struct Octets {
    passed: AtomicUsize,
    most: AtomicUsize,
}

impl Proxy {
    /// Cuts after so many octets of the server.
    async fn start(server: String, most: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let octets = Arc::new(Octets { passed: AtomicUsize::new(0), most: AtomicUsize::new(most) });
        let counter = Arc::clone(&octets);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&server).await.unwrap();
                tokio::spawn(carry(client, server, Arc::clone(&counter)));
            }
        });
        Self { address, octets, task }
    }

    /// Begins to count again, with another bound.
    fn cut_after(&self, most: usize) {
        self.octets.most.store(most, Ordering::SeqCst);
        self.octets.passed.store(0, Ordering::SeqCst);
    }

    fn passed(&self) -> usize {
        self.octets.passed.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn carry(client: TcpStream, server: TcpStream, passing: Arc<Octets>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let requests = async { tokio::io::copy(&mut from_client, &mut to_server).await.map(drop) };
    let answers = async {
        let mut octets = vec![0; 65_536];
        loop {
            let count = from_server.read(&mut octets).await?;
            let left = passing.most.load(Ordering::SeqCst) - passing.passed.load(Ordering::SeqCst);
            to_client.write_all(&octets[..count.min(left)]).await?;
            passing.passed.fetch_add(count.min(left), Ordering::SeqCst);
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

fn directory(people: &[&str], groups: &[(&str, &[&str])]) -> OpenLdap {
    let mut entries = units(&["people", "groups"]);
    entries.extend(people.iter().map(|name| person(name)));
    entries.extend(groups.iter().map(|(name, members)| group(name, members)));
    let limits = format!("limits dn.exact=\"{}\" size=unlimited size.prtotal=unlimited", person_dn("reader"));
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
        snapshot.server.as_mut().unwrap().identity.clear();
    }
    (read, proxy.passed())
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

/// Synchronizes through the proxy, by `sync -f`.
async fn sync(files: &LdapFiles, proxy: &Proxy) -> Output {
    let mut command = files.command(&in_clear(&[&proxy.address.to_string()]), &sync_of_every_group(), &[]);
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_is_cut_leaves_the_store_as_it_was_or_as_it_should_be() {
    const PLACES: usize = 60;
    let people = ["reader", "ada", "bob", "cy"];
    let server =
        directory(&people, &[("Analysts", &["ada", "bob"]), ("Editors", &["ada"]), ("Writers", &["bob", "cy"])]);
    // The address is what a slapd is known by, and a server that is not known removes nothing.
    let proxy = Proxy::start(server.address(), usize::MAX).await;
    let files = LdapFiles::new(Store::new(), SUFFIX, &person_dn("reader"), "pw");
    assert!(sync(&files, &proxy).await.status.success());
    let (first, before) = (files.store.copy(), files.store.content().await);
    server.modify(&changes(("Analysts", "bob", "cy"), ("Editors", "Authors"), "Writers"));
    proxy.cut_after(usize::MAX);
    assert!(sync(&files, &proxy).await.status.success());
    let (length, after) = (proxy.passed(), files.store.content().await);
    assert_eq!(before.groups(), ["Analysts: ada bob", "Editors: ada", "Writers: bob cy"]);
    assert_eq!(after.groups(), ["Analysts: ada cy", "Authors: ada", "Writers: bob cy"]);

    let after = after.of_the_dashboard();
    for place in (0..PLACES).map(|part| length * part / PLACES).chain(length - 8..=length) {
        let files = LdapFiles::new(first.copy(), SUFFIX, &person_dn("reader"), "pw");
        proxy.cut_after(place);
        let output = sync(&files, &proxy).await;
        let left = files.store.content().await;
        let context = format!("cut after {place} of {length}: {output:?}");
        assert_eq!(output.status.success(), place >= length, "{context}");
        if output.status.success() {
            // The times that it notes are its own.
            assert_eq!(after.changes_to(&left.of_the_dashboard()), [""; 0], "{context}");
        } else {
            assert_eq!(before.changes_to(&left), [""; 0], "{context}");
        }
    }
}
