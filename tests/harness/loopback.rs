//! Loopback addresses of one's own, and free ports on them.

use std::fmt;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};

use std::sync::atomic::{AtomicU32, Ordering};

/// Whoever listens here owns the address: test runs beside this one ask the same port.
const CLAIM: u16 = 10_389;
const FIRST: u32 = 20;
const LAST: u32 = 250;

/// An address 127.0.0.N that no other server of a harness uses, while the value lives.
#[derive(Debug)]
pub struct Loopback {
    address: Ipv4Addr,
    _claim: TcpListener,
}

impl Loopback {
    /// Finds one, starting where the process id says, so that runs side by side seldom meet.
    #[must_use]
    pub fn claim() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let span = LAST - FIRST + 1;
        for _ in 0..span {
            let number = (std::process::id().wrapping_mul(37) + NEXT.fetch_add(1, Ordering::Relaxed)) % span + FIRST;
            let address = Ipv4Addr::from(u32::from(Ipv4Addr::new(127, 0, 0, 0)) + number);
            match TcpListener::bind((address, CLAIM)) {
                Ok(claim) => return Self { address, _claim: claim },
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

    /// A port on which nobody listens.
    #[must_use]
    pub fn free_port(&self) -> u16 {
        let listener = TcpListener::bind((self.address, 0)).expect("a free port");
        listener.local_addr().expect("the address of a listener").port()
    }
}

impl fmt::Display for Loopback {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(formatter)
    }
}
