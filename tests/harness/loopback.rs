//! Exclusive loopback addresses, and free ports on them.

use std::collections::BTreeSet;
use std::fmt;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU16, AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

/// The process that listens here owns the address: other test runs ask the same port.
const CLAIM: u16 = 10_389;
const FIRST: u32 = 20;
const LAST: u32 = 250;
/// Below the ports that the kernel gives to clients (32768 and up), so that no client uses a port that was just free.
const FIRST_PORT: u16 = 20_000;

/// A listener on 127.0.0.1, at a port where this process has not listened before: what the program learns of a server, it
/// remembers by the address as long as the process lives.
#[must_use]
pub fn listen_anew() -> TcpListener {
    static BEFORE: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    loop {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        if BEFORE.lock().unwrap_or_else(PoisonError::into_inner).insert(port) {
            return listener;
        }
    }
}

/// An address 127.0.0.N that no other server of a harness uses, while the value lives.
#[derive(Debug)]
pub struct Loopback {
    address: Ipv4Addr,
    next_port: AtomicU16,
    _claim: TcpListener,
}

impl Loopback {
    /// Finds one. The search starts at a number from the process id, so that concurrent runs seldom collide.
    #[must_use]
    pub fn claim() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let span = LAST - FIRST + 1;
        for _ in 0..span {
            let number = (std::process::id().wrapping_mul(37) + NEXT.fetch_add(1, Ordering::Relaxed)) % span + FIRST;
            let address = Ipv4Addr::from(u32::from(Ipv4Addr::new(127, 0, 0, 0)) + number);
            match TcpListener::bind((address, CLAIM)) {
                Ok(claim) => return Self { address, next_port: AtomicU16::new(FIRST_PORT), _claim: claim },
                Err(error) if error.kind() == ErrorKind::AddrInUse => {}
                Err(error) => panic!("listen on {address}:{CLAIM}: {error}"),
            }
        }
        panic!(
            "all addresses from 127.0.0.{FIRST} to 127.0.0.{LAST} are in use (somebody listens on port {CLAIM} of each)"
        )
    }

    /// The address.
    #[must_use]
    pub const fn address(&self) -> Ipv4Addr {
        self.address
    }

    /// A port on which no process listens, a different one each time.
    #[must_use]
    pub fn free_port(&self) -> u16 {
        let mut ports = std::iter::repeat_with(|| self.next_port.fetch_add(1, Ordering::Relaxed));
        ports.find(|port| TcpListener::bind((self.address, *port)).is_ok()).expect("a free port")
    }
}

impl fmt::Display for Loopback {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(formatter)
    }
}
