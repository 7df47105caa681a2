//! What a hostile database server does, and what a run says to that.

use std::collections::BTreeMap;
use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use directory_group_sync::api::v1alpha1::condition::Reason;

use Reason::{StoreUnexpected as Unexpected, TimedOut};

use super::TIMEOUT;
use crate::scripted_postgres::{Moment, Talk, account_row, copy_header, message};

use Moment::{Copy, SignIn, Statement};

/// One row.
pub(super) struct Attack {
    pub(super) name: &'static str,
    /// The reason that the run gives.
    pub(super) reason: Reason,
    /// What it says.
    pub(super) says: &'static str,
    /// When the server attacks.
    pub(super) moment: Moment,
    /// The time-out that ends it; without one, the guard does.
    pub(super) ends: Duration,
    pub(super) talk: Talk,
}

fn attack(
    name: &'static str,
    moment: Moment,
    says: &'static str,
    talk: impl Fn(&mut TcpStream) -> io::Result<()> + Send + Sync + 'static,
) -> Attack {
    Attack { name, reason: Unexpected, says, moment, ends: Duration::ZERO, talk: Arc::new(talk) }
}

/// Sends this and then nothing more.
fn silent(name: &'static str, moment: Moment, start: Vec<u8>) -> Attack {
    let talk = move |stream: &mut TcpStream| {
        stream.write_all(&start)?;
        stream.read_to_end(&mut Vec::new()).map(drop)
    };
    let ends = Duration::from_secs(TIMEOUT);
    Attack { reason: TimedOut, ends, ..attack(name, moment, "longer than spec.timeout (10 s)", talk) }
}

/// The names of the attacks, each with the reason that a run gives for it.
pub(crate) fn reasons() -> BTreeMap<&'static str, Reason> {
    attacks().iter().chain(&memory_attacks()).map(|attack| (attack.name, attack.reason)).collect()
}

/// The table.
pub(super) fn attacks() -> Vec<Attack> {
    vec![
        attack("parameters before the sign-in for ever", SignIn, "over 65536 octets before the sign-in", |stream| {
            for_ever(stream, |number| message(b'S', format!("parameter {number}\0x\0").as_bytes()).repeat(100))
        }),
        attack("a message that claims 4 GiB before the sign-in", SignIn, "a message of 4294967295 octets", |stream| {
            stream.write_all(b"S\xff\xff\xff\xff")?;
            for_ever(stream, |_| vec![b'x'; 65_536])
        }),
        attack("notices before the sign-in for ever", SignIn, "over 65536 octets before the sign-in", |stream| {
            for_ever(stream, |_| message(b'N', b"SNOTICE\0C00000\0Mhello\0\0").repeat(100))
        }),
        attack("a sign-in by SCRAM with 4294967295 iterations", SignIn, "an unusual number of iterations", |stream| {
            stream.write_all(&message(b'R', b"\0\0\0\x0aSCRAM-SHA-256\0\0"))?;
            let mut first = [0; 1024];
            let length = stream.read(&mut first)?;
            let first = String::from_utf8_lossy(&first[..length]).into_owned();
            let nonce = first.rsplit("r=").next().unwrap_or_default();
            let challenge = format!("\0\0\0\x0br={nonce}server,s=c2FsdHNhbHQ=,i=4294967295");
            stream.write_all(&message(b'R', challenge.as_bytes()))?;
            stream.read_to_end(&mut Vec::new()).map(drop)
        }),
        attack("what is not PostgreSQL", SignIn, "an answer before the sign-in was complete", |stream| {
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        }),
        attack("a message that claims 4 GiB", Statement, "a message of 4294967295 octets", |stream| {
            stream.write_all(b"D\xff\xff\xff\xff")?;
            for_ever(stream, |_| vec![b'x'; 65_536])
        }),
        attack("a row that ends outside its message", Statement, "that breaks PostgreSQL's protocol", |stream| {
            stream.write_all(&message(b'D', b"\0\x01\0\0\xff\xffx"))
        }),
        attack("notices for ever", Statement, "octets of warnings", |stream| {
            let notice = [&b"SNOTICE\0C00000\0M"[..], &vec![b'x'; 60_000], b"\0\0"].concat();
            let notice = message(b'N', &notice);
            for_ever(stream, move |_| notice.clone())
        }),
        attack("parameters after the sign-in for ever", Statement, "octets of warnings", |stream| {
            for_ever(stream, |number| {
                message(b'S', &[format!("{number}\0").as_bytes(), &vec![b'x'; 60_000], b"\0"].concat())
            })
        }),
        attack("a text of 1 MiB", Copy, "a text of more than 65536 octets", |stream| {
            stream.write_all(&[copy_header(), account_row(1, &[&vec![b'x'; 1 << 20]])].concat())?;
            stream.read_to_end(&mut Vec::new()).map(drop)
        }),
        attack("rows of 30,000 characters for ever", Copy, "MiB of text in", |stream| {
            stream.write_all(&copy_header())?;
            for_ever(stream, |number| account_row(number, &[&vec![b'x'; 30_000]]))
        }),
        silent("silence after the sign-in", Statement, Vec::new()),
        silent("silence in the middle of a COPY", Copy, [copy_header(), account_row(1, &[b"ada"])].concat()),
        silent(
            "silence in the middle of a row",
            Copy,
            [copy_header(), account_row(1, &[b"ada"])[..20].to_vec()].concat(),
        ),
    ]
}

/// Those that only the memory of the machine bounds.
pub(super) fn memory_attacks() -> Vec<Attack> {
    vec![attack("rows for ever, in 256 MiB", Copy, "of 256 MiB of memory are used", |stream| {
        stream.write_all(&copy_header())?;
        for_ever(stream, |number| (0..100).flat_map(|row| account_row(number * 100 + row, &[&[b'x'; 1_500]])).collect())
    })]
}

/// Sends what this makes until the connection is closed.
fn for_ever(stream: &mut TcpStream, mut next: impl FnMut(u64) -> Vec<u8>) -> io::Result<()> {
    for number in 0.. {
        stream.write_all(&next(number))?;
    }
    Ok(())
}
