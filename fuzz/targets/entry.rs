//! The decoder of entries: no octets make it panic, and an entry that was decoded can be encoded and decoded again. Nor does
//! whatever `ldap3` makes of the octets make the decoder of references panic.
#![no_main]

use directory_group_sync_fuzz::{bounded, directory};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| bounded(input, directory::ldap::fuzzing::entry));
