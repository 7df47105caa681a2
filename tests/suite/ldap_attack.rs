//! A hostile directory can make a run fail; it cannot crash it, hang it or exhaust it. Each attack is met by the
//! program itself, whose memory and time are taken. `cargo test --test suite ldap_attack -- --nocapture` prints the
//! table.

mod octets;
mod table;

use std::io::{Read as _, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use directory_group_sync::api::v1alpha1::condition::Reason;
use directory_group_sync::directory;
use directory_group_sync::directory::settings::{Credentials, DirectorySettings, Source, TlsMode};
use serde_json::json;
use tokio::sync::OnceCell;

use Reason::{DirectoryAnswerMalformed as Malformed, DirectoryReadIncomplete as Incomplete};

use self::octets::{element, group, message};
pub(crate) use self::table::reasons;
use self::table::{Attack, Script, attacks, for_ever};
use crate::directories::{every_group, ldaps, open, with};
use crate::harness::measured::{self, Measured};
use crate::harness::{Certificates, binary, folder, wait};
use crate::ldap_files::{LdapFiles, in_clear};
use crate::scripted_ldap::{LAST_PAGE, SUCCESS, serve, shows};
use crate::store_content::Content;
use crate::whole_run::{NOW, Store, assert_failed, ready, sync_of_every_group};

/// What the attacks may take beside what a run takes that reads an empty directory, in MiB: what the largest message
/// takes, and a little more. It fits into what the chart gives a container.
const MOST_MEMORY: u64 = 160;
/// What they may take beside the time-out that ends them.
const MOST_TIME: Duration = Duration::from_secs(30);
/// `spec.ldap.timeouts` of the attacked.
const CONNECT: Duration = Duration::from_secs(2);
const REQUEST: Duration = Duration::from_secs(3);
/// The request time-out where the guard ends an attack, which takes a loaded machine a while.
const PATIENT_REQUEST: Duration = Duration::from_secs(20);

/// A directory that does this with the search for groups.
fn directory(script: Script) -> String {
    address(&serve(move |search| if search.is_for_groups() { script(search) } else { vec![SUCCESS] }))
}

fn address(settings: &DirectorySettings) -> String {
    let Source::Ldap(ldap) = &settings.source else { unreachable!("these settings are of LDAP") };
    ldap.servers[0].clone()
}

/// A run of `sync -f` that was attacked.
struct Attacked {
    run: Measured,
    /// What it changed in its store.
    changes: Vec<String>,
}

/// A store with groups that none of the attackers shows, and what it holds.
async fn filled() -> (Store, Content) {
    static FILLED: OnceCell<Store> = OnceCell::const_new();
    let fill = async || Store::filled(serve(shows(&[1, 2])), &sync_of_every_group()).await;
    let filled = FILLED.get_or_init(fill).await;
    (filled.copy(), filled.content().await)
}

/// Synchronizes from the server at this address with this request time-out.
async fn attacked(server: &str, request: Duration) -> Attacked {
    attacked_by(server, request, binary::command).await
}

/// The same by the program that the command starts with these arguments.
async fn attacked_by(server: &str, request: Duration, program: impl FnOnce(&[&str]) -> Command) -> Attacked {
    let (store, before) = filled().await;
    let (store, run) = sync(store, server, request, program);
    Attacked { run, changes: before.changes_to(&store.content().await) }
}

fn sync(store: Store, server: &str, request: Duration, program: impl FnOnce(&[&str]) -> Command) -> (Store, Measured) {
    let files = LdapFiles::new(store, "DC=corp", "reader", "secret");
    let seconds = |time: Duration| format!("{}s", time.as_secs());
    let mut ldap = in_clear(&[server]);
    ldap["timeouts"] = json!({"connect": seconds(CONNECT), "request": seconds(request)});
    let mut command = files.command_of(&ldap, &sync_of_every_group(), &[], program);
    let run = measured::run(command.stderr(Stdio::piped()));
    (files.store, run)
}

fn said(measured: &Measured) -> String {
    String::from_utf8_lossy(&[&measured.output.stdout[..], &measured.output.stderr].concat()).into_owned()
}

const MIB: u64 = 1 << 20;

/// The peak of a run that reads a directory without groups, in MiB.
fn idle() -> u64 {
    let (_, quiet) = sync(Store::new(), &directory(Box::new(|_| vec![LAST_PAGE])), REQUEST, binary::command);
    assert_eq!(quiet.output.status.code(), Some(0), "{}", said(&quiet));
    quiet.peak / MIB
}

/// The table of docs/internals/security-figures.md; `--nocapture` shows it.
#[allow(clippy::print_stdout, reason = "the test runner keeps it unless it is asked for")]
fn tell(line: &str) {
    println!("{line}");
}

fn judge(name: &str, (reason, says): (Reason, &str), ends: Duration, idle: u64, attacked: &Attacked) {
    let Attacked { run: measured, changes } = attacked;
    let (peak, seconds) = (measured.peak / MIB, measured.elapsed.as_secs_f64());
    tell(&format!("| {name} | {peak} MiB | {seconds:.1} s | {says} |"));
    let said = said(measured);
    assert_eq!(measured.output.status.code(), Some(1), "{name}: {:?}\n{said}", measured.output.status);
    assert!(said.starts_with(&format!("default/teams: {reason}: ")), "{name}: not {reason}:\n{said}");
    assert!(said.replace('\n', " ").contains(says), "{name}: not `{says}`:\n{said}");
    assert!(peak < idle + MOST_MEMORY, "{name}: {peak} MiB, {idle} when idle");
    assert!(measured.elapsed < ends + MOST_TIME, "{name}: {seconds} s");
    assert_eq!(changes, &[""; 0], "{name}: the store is not as it was");
}

#[tokio::test]
async fn no_attack_takes_more_than_a_little_memory_and_time() {
    let idle = idle();
    tell("| attack | peak memory | time until the run fails | what it says |\n|---|---|---|---|");
    tell(&format!("| none: a directory without groups | {idle} MiB | | |"));
    for Attack { name, reason, says, ends, script } in attacks() {
        let request = if ends.is_zero() { PATIENT_REQUEST } else { REQUEST };
        judge(name, (reason, says), ends, idle, &attacked(&directory(script), request).await);
    }
}

#[tokio::test]
async fn an_answer_of_two_gigabytes_is_not_read_to_its_end() {
    let server = directory(Box::new(|search| {
        let entry = message(search, &group(0, "description", &element(0x04, &vec![b'x'; 65_536]).repeat(64)));
        for_ever(move |_| entry.clone())
    }));
    let attacked = attacked(&server, Duration::from_mins(1)).await;
    let told = (Incomplete, "an answer of over 2147483647 octets");
    judge("an answer of 2 GiB", told, Duration::from_mins(1), idle(), &attacked);
}

#[tokio::test]
async fn a_directory_that_fills_the_memory_fails_the_run_before_the_kernel_ends_it() {
    const MEMORY: u64 = 256;
    let folder = folder::temporary("memory");
    let fake = folder::write(folder.path(), "meminfo", &format!("MemTotal: {} kB\n", MEMORY * 1024));
    let server = directory(Box::new(|search| {
        let id = search.message;
        for_ever(move |number| {
            let group = group(number, "description", &element(0x04, &vec![b'x'; 60_000]));
            element(0x30, &[&[0x02, 0x01, id], &group[..]].concat())
        })
    }));
    // In a mount namespace of its own the program finds a machine with as much memory as the chart gives it.
    let attacked = attacked_by(&server, Duration::from_mins(1), |arguments| {
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", "mount --bind \"$0\" /proc/meminfo && exec \"$@\""]);
        command.arg(fake).arg(binary::path()).args(arguments);
        command
    })
    .await;
    // What the program shares with its file is not counted, the kernel can take it back.
    let most = MEMORY + idle() - MOST_MEMORY;
    judge(
        "large groups for ever, in 256 MiB",
        (Incomplete, "of 256 MiB of memory are used"),
        MOST_TIME,
        most,
        &attacked,
    );
}

/// A server that does this with each connection, and how many of them it has heard from.
fn server(talk: impl Fn(&mut TcpStream) -> std::io::Result<()> + Send + Sync + 'static) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let heard = Arc::new(AtomicUsize::new(0));
    let (talk, counter) = (Arc::new(talk), Arc::clone(&heard));
    // The thread ends with the process: it waits for connections and holds nothing.
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let (talk, counter) = (Arc::clone(&talk), Arc::clone(&counter));
            let mut reader = stream.try_clone().unwrap();
            std::thread::spawn(move || {
                let mut octets = [0; 4096];
                let mut read = || matches!(reader.read(&mut octets), Ok(1..));
                counter.fetch_add(usize::from(read()), Ordering::SeqCst);
                while read() {}
            });
            // A peer that goes away ends the talk.
            std::thread::spawn(move || drop(talk(&mut stream)));
        }
    });
    (address, heard)
}

/// Settings for LDAPS at this address with short time-outs.
fn hurried(server: &str, mode: TlsMode) -> DirectorySettings {
    with(ldaps("DC=corp", server, Certificates::new().ca(), "reader", "secret"), |ldap| {
        ldap.tls = mode;
        (ldap.connect_timeout, ldap.request_timeout) = (Duration::from_secs(1), Duration::from_secs(1));
    })
}

/// Runs, and expects that the run ends soon, fails for this reason and changes nothing; returns what it says.
async fn refusal(settings: DirectorySettings, reason: Reason) -> String {
    let (store, before) = filled().await;
    let run = async { store.sync(settings, &sync_of_every_group(), NOW).await };
    let status = tokio::time::timeout(MOST_TIME, run).await.expect("every wait has an end");
    assert_failed(&status, reason, "a hostile server");
    assert_eq!(before.changes_to(&store.content().await), [""; 0]);
    ready(&status).message.clone()
}

#[tokio::test]
async fn tls_that_is_never_open_is_given_up() {
    // A handshake record of one octet after the other: a ServerHello of 65,535 octets that is never whole.
    let hello = |number: usize| {
        let octet = [0x02, 0x00, 0xff, 0xff].get(number).copied().unwrap_or(0x03);
        [0x16, 0x03, 0x03, 0x00, 0x01, octet]
    };
    let (address, _) = server(move |stream| {
        for number in 0.. {
            stream.write_all(&hello(number))?;
            // The pauses are the attack.
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    });
    let said = refusal(hurried(&address, TlsMode::Ldaps), Reason::DirectoryTimedOut).await;
    assert!(said.contains("no answer within 1 s"), "{said}");
}

#[tokio::test]
async fn servers_that_say_nothing_are_given_up_whatever_is_waited_for() {
    for mode in [TlsMode::Ldaps, TlsMode::StartTls, TlsMode::None] {
        let (address, _) = server(|_| {
            std::thread::park();
            Ok(())
        });
        let settings = with(hurried(&address, mode), |ldap| ldap.allow_plaintext_password = true);
        let said = refusal(settings, Reason::DirectoryTimedOut).await;
        assert!(said.contains("no answer within 1 s"), "{mode:?}: {said}");
    }
}

#[tokio::test]
async fn an_answer_to_the_bind_that_breaks_the_protocol_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        // An answer to nothing would be told as that.
        assert_ne!(stream.read(&mut [0; 4096]).unwrap(), 0);
        stream.write_all(b"\x30\x0d\x02\x01\x01\x61\x08\x0a\x01\x31\x04\x00\x04\x01\xff").unwrap();
    });
    let settings = with(hurried(&address, TlsMode::None), |ldap| ldap.allow_plaintext_password = true);
    let said = refusal(settings, Malformed).await;
    assert!(said.contains("a diagnostic message beside result 49 that is not UTF-8"), "{said}");
}

#[tokio::test]
async fn what_must_not_be_sent_is_refused_before_an_octet_is() {
    let (address, heard) = server(|_| Ok(()));
    let anonymous = |username: &str, password: &str| Credentials::Simple {
        username: username.into(),
        password: password.to_owned().into(),
    };
    let cases = [
        (TlsMode::Ldaps, true, anonymous("reader", "")),
        (TlsMode::StartTls, true, anonymous("reader", "")),
        (TlsMode::None, true, anonymous("reader", "")),
        (TlsMode::None, true, anonymous("", "secret")),
        (TlsMode::None, false, anonymous("reader", "secret")),
    ];
    for (mode, allowed, credentials) in cases {
        let settings = with(hurried(&address, mode), |ldap| {
            (ldap.allow_plaintext_password, ldap.credentials) = (allowed, credentials);
        });
        refusal(settings, Reason::DirectoryMisconfigured).await;
    }
    assert_eq!(heard.load(Ordering::SeqCst), 0);
    // The count counts: what may be sent is.
    let allowed = with(hurried(&address, TlsMode::None), |ldap| ldap.allow_plaintext_password = true);
    drop(directory::open(allowed).unwrap().connect().await);
    wait::until("it is heard", Duration::from_secs(10), || heard.load(Ordering::SeqCst) == 1);
}

#[tokio::test]
async fn a_read_that_is_dropped_closes_its_connection() {
    let (bound, bind) = tokio::sync::oneshot::channel();
    let (closed, end) = tokio::sync::oneshot::channel();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        bound.send(stream.read(&mut [0; 4096]).unwrap()).unwrap();
        closed.send(stream.read_to_end(&mut Vec::new())).unwrap();
    });
    let settings = with(hurried(&address, TlsMode::None), |ldap| {
        ldap.allow_plaintext_password = true;
        ldap.request_timeout = Duration::from_mins(1);
    });
    let (store, before) = filled().await;
    let run = async { store.sync(settings, &sync_of_every_group(), NOW).await };
    tokio::select! {
        octets = bind => assert_ne!(octets.unwrap(), 0, "the bind came"),
        status = run => panic!("the server answers nothing: {status:#?}"),
    }
    // The run is dropped by now.
    let end = tokio::time::timeout(Duration::from_secs(10), end).await.expect("the connection is closed");
    assert_eq!(end.unwrap().unwrap(), 0, "nothing more came");
    assert_eq!(before.changes_to(&store.content().await), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hung_directory_makes_no_other_wait() {
    const HANGING: usize = 20;
    let (hung, heard) = server(|_| {
        std::thread::park();
        Ok(())
    });
    let slow = with(hurried(&hung, TlsMode::None), |ldap| {
        ldap.allow_plaintext_password = true;
        ldap.request_timeout = Duration::from_mins(1);
    });
    let (store, before) = filled().await;
    let store = Arc::new(store);
    let waiting: Vec<_> = (0..HANGING)
        .map(|_| {
            let (store, settings) = (Arc::clone(&store), slow.clone());
            tokio::spawn(async move { store.sync(settings, &sync_of_every_group(), NOW).await })
        })
        .collect();
    wait::until("all of them hang", Duration::from_mins(1), || heard.load(Ordering::SeqCst) == HANGING);
    let quick = serve(|search| if search.is_for_groups() { vec![LAST_PAGE] } else { vec![SUCCESS] });
    let read = tokio::time::timeout(Duration::from_secs(5), async { open(quick).snapshot(&every_group()).await });
    read.await.expect("nobody waits for another").expect("an empty directory");
    assert!(waiting.iter().all(|task| !task.is_finished()), "the others still wait");
    waiting.iter().for_each(tokio::task::JoinHandle::abort);
    assert_eq!(before.changes_to(&store.content().await), [""; 0]);
}
