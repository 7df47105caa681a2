//! The guard: pieces change no verdict and nothing that passes; an entry that passes can be encoded and decoded again, and
//! everything else `ldap3` survives.
#![no_main]

use std::io::Write as _;
use std::os::unix::net::UnixStream;
use std::sync::LazyLock;

use directory_group_sync_fuzz::bounded;
use directory_group_sync_fuzz::directory::ldap::fuzzing::split;
use ldap3::{LdapConnAsync, LdapConnSettings, Scope, StdStream};
use libfuzzer_sys::fuzz_target;
use tokio::runtime::{Builder, Runtime};

/// As `ldap3` sends them: a bind with the id 1, searches with the ids 2 and 3.
const REQUESTS: &[u8] = b"\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00\x80\x00\
                          \x30\x05\x02\x01\x02\x63\x00\x30\x05\x02\x01\x03\x63\x00";

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().enable_all().build().expect("a runtime"));

fuzz_target!(|input: &[u8]| {
    LazyLock::force(&RUNTIME);
    bounded(input, |input| {
        // The first octet says how large the pieces are.
        let Some((size, octets)) = input.split_first() else { return };
        let whole = split(REQUESTS, octets, octets.len().max(1));
        let in_pieces = split(REQUESTS, octets, usize::from(*size).max(1));
        assert_eq!(whole, in_pieces, "pieces of {size} octets change the verdict");
        if let Ok((_, others)) = whole
            && !others.is_empty()
        {
            RUNTIME.block_on(survive(&others));
        }
    });
});

/// Lets `ldap3` read the octets while these requests are open. A panic of its driver or of who waits is a failure.
async fn survive(octets: &[u8]) {
    let (mut ours, theirs) = UnixStream::pair().expect("a pair of sockets");
    let settings = LdapConnSettings::new().set_std_stream(StdStream::Unix(theirs));
    let (connection, ldap) = LdapConnAsync::with_settings(settings, "ldapi://x").await.expect("a connection");
    let driver = tokio::spawn(connection.drive());
    let mut binding = ldap.clone();
    let bind = tokio::spawn(async move { drop(binding.simple_bind("", "").await) });
    // The bind has its number before the searches take theirs.
    tokio::task::yield_now().await;
    let mut searches = Vec::new();
    for _ in 0..2 {
        let mut ldap = ldap.clone();
        let mut stream = ldap.streaming_search("", Scope::Base, "(a=*)", vec!["a"]).await.expect("a search");
        searches.push(tokio::spawn(async move {
            while let Ok(Some(_)) = stream.next().await {}
            drop(stream.finish().await);
        }));
    }
    ours.write_all(octets).expect("what passes is shorter than a socket's buffer");
    drop(ours);
    drop(ldap);
    let _ = driver.await.expect("the driver survives");
    bind.await.expect("the bind survives");
    for search in searches {
        search.await.expect("a search survives");
    }
}
