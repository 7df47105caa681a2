//! Parse the command line, install the TLS provider, run the command, and return its exit code.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use directory_group_sync::cli::{Cli, run};
use directory_group_sync::sync::escape::visible;
use mimalloc::MiMalloc;

/// A read allocates millions of small values on one thread and drops them on another.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    // It is the only one in this program, but libraries look for a default.
    let _ = rustls::crypto::ring::default_provider().install_default();
    run(cli).unwrap_or_else(|error| {
        let text = format!("directory-group-sync: {error:#}");
        let _ = writeln!(std::io::stderr(), "{}", visible(&text, true));
        ExitCode::FAILURE
    })
}
