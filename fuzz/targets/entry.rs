//! The decoder of entries: whatever `ldap3` makes of the octets, decoding does not panic, and an entry that was decoded
//! can be encoded and decoded again.
#![no_main]

use directory_group_sync_fuzz::{bounded, directory};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| bounded(input, directory::ldap::fuzzing::entry));
