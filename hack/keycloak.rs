//! A real Keycloak with a realm as `docs/scim.md` says, to try by hand. `hack/keycloak` starts it.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a program for a terminal, which stops if a server does not start"
)]

#[path = "../tests/harness/harness.rs"]
pub mod harness;

use harness::Keycloak;
use harness::keycloak::{Profile, Realm};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    println!("Starting Keycloak …");
    let server = Keycloak::start();
    let realm = server.realm(Profile::Documented);
    println!("\nReady. The administrator of {} is admin, with the password {:?}.", server.url(), Keycloak::PASSWORD);
    println!("For a DashboardServer:\n");
    println!("  url:          {}", realm.url());
    println!("  tokenURL:     {}{}", server.url(), realm.token_path());
    println!("  clientID:     {}", Realm::CLIENT_ID);
    println!("  clientSecret: {}", Realm::CLIENT_SECRET);
    println!("\nCtrl-C ends it, and its data is gone.");
    tokio::signal::ctrl_c().await.expect("Ctrl-C can be waited for");
}
