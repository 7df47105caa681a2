//! Distinguished names: one that was parsed can be written and parsed again, by either way to its normal form.
#![no_main]

use directory_group_sync_fuzz::{bounded, directory};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| bounded(input, directory::dn::fuzzing::name));
