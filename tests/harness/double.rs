//! What doubles of dashboard servers have in common: HTTP without TLS, over connections that stay open.

use std::fmt;
use std::io::BufReader;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::Value;

use super::http::Message;
use super::loopback::listen_anew;

/// A status and a body.
pub type Reply = (u16, Option<Value>);

/// A server that answers each request by a function, until it is dropped.
pub struct Double {
    address: SocketAddr,
    is_over: Arc<AtomicBool>,
}

impl Double {
    /// Starts it on a free port.
    #[must_use]
    pub fn start(answer: impl Fn(&Message) -> Reply + Send + Sync + 'static) -> Self {
        let listener = listen_anew();
        let address = listener.local_addr().expect("its address");
        let (is_over, answer) = (Arc::new(AtomicBool::new(false)), Arc::new(answer));
        let ends = Arc::clone(&is_over);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if ends.load(Ordering::SeqCst) {
                    break;
                }
                let answer = Arc::clone(&answer);
                thread::spawn(move || serve(&client, &*answer));
            }
        });
        Self { address, is_over }
    }

    /// Host and port.
    #[must_use]
    pub fn address(&self) -> String {
        self.address.to_string()
    }
}

impl Drop for Double {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

impl fmt::Debug for Double {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Double").field("address", &self.address).finish_non_exhaustive()
    }
}

fn serve(client: &TcpStream, answer: &(impl Fn(&Message) -> Reply + ?Sized)) {
    let Ok(mut writer) = client.try_clone() else { return };
    let _ = client.set_nodelay(true);
    let mut reader = BufReader::new(client);
    while let Ok(Some(message)) = Message::request(&mut reader) {
        let (status, body) = answer(&message);
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let answer = Message::new(&format!("HTTP/1.1 {status} Made"), &[("content-type", "application/json")], &body);
        let is_last = message.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        if answer.write(&mut writer).is_err() || is_last {
            break;
        }
    }
    let _ = client.shutdown(Shutdown::Both);
}
