//! Parse, install the TLS provider, run, and turn what came of it into an exit code.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use directory_group_sync::cli::{Cli, run};
use directory_group_sync::sync::escape::visible;
use mimalloc::MiMalloc;

/// A read makes millions of small values on one thread and drops them on another.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    // Only this one is linked, but a library that looks for a default must find it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    run(cli).unwrap_or_else(|error| {
        let text = format!("directory-group-sync: {error:#}");
        let _ = writeln!(std::io::stderr(), "{}", visible(&text, true));
        ExitCode::FAILURE
    })
}
