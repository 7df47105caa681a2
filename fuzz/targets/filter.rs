//! Search filters: one that was parsed can be written and parsed again, and `ldap3` survives what was written.
#![no_main]

use directory_group_sync_fuzz::bounded;
use directory_group_sync_fuzz::directory::filter::Filter;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    bounded(input, |input| {
        let Ok(text) = std::str::from_utf8(input) else { return };
        let Ok(filter) = Filter::parse(text) else { return };
        let written = filter.to_string();
        assert_eq!(Filter::parse(&written), Ok(filter), "{written}");
        // It refuses some, such as a rule whose name begins with `dn`; the settings are in error then.
        drop(ldap3::parse_filter(&written));
    });
});
