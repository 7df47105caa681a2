//! LDIF: what was read can be written and read again.
#![no_main]

use directory_group_sync_fuzz::{bounded, directory};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| bounded(input, directory::ldif::fuzzing::file));
