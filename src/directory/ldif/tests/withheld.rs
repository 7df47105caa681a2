//! Rule `withheld-text`: whatever a Secret, a `ConfigMap` or a file contains, no message has a text of it.

use std::error::Error as _;

use proptest::prelude::*;

use super::{RFC2307BIS, as_it_is, by_filter, settings, whole};
use crate::directory::Directory as _;
use crate::directory::settings::DirectorySettings;

/// A text that is private. With a quotation mark in its value, a distinguished name is not valid, so that no entry of the
/// directory has it in its name.
const PRIVATE: &str = "k4n4ry\"r7";
/// What is searched for.
const MARK: &str = "k4n4ry";

/// Everything that can be said of a file: the error with all that it comes from, and the entries that are broken.
fn said(content: &[u8]) -> String {
    let settings: DirectorySettings = settings("dc=example,dc=org");
    let mut directory = as_it_is(settings, content);
    let debug = format!("{directory:?}");
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let said = match runtime.block_on(directory.snapshot(&by_filter("(cn=*)"))) {
        Err(error) => {
            format!("{error} {error:?} {:?}", error.source())
        }
        Ok(snapshot) => format!("{:?}", snapshot.broken),
    };
    debug + &said
}

#[track_caller]
fn is_withheld(content: impl AsRef<[u8]>) {
    let said = said(content.as_ref());
    let content = String::from_utf8_lossy(content.as_ref());
    assert!(!said.to_lowercase().contains(MARK), "{said}\nof {content:.300}");
    let octets = format!("{:?}", MARK.as_bytes());
    assert!(!said.contains(octets.trim_matches(['[', ']'])), "{said}\nof {content:.300}");
}

#[test]
fn no_kind_of_private_text_is_told() {
    for text in [
        "k4n4ry",
        "k4n4ry: x",
        "k4n4ry;range=0-1: x",
        ": k4n4ry",
        "password=k4n4ry",
        "dn: k4n4ry",
        "dn: k4n4ry\nsn: x\n\n",
        "dn: cn=a,dc=x\nk4n4ry",
        "dn: cn=a,dc=x\nk4n4ry: \"\n: x",
        "dn: cn=a,dc=x\nchangetype: k4n4ry",
        "dn: cn=a,dc=x\nk4n4ry:< file:///k4n4ry\n",
        "dn: cn=a,dc=x\nk4n4ry:: k4n4ry!\n",
        "dn:: k4n4ry!\nsn: x\n",
        "ref: ldap://k4n4ry/dc=example,dc=org??sub",
        "# refldap://k4n4ry/k4n4ry",
        "search: 2\nresult: k4n4ry",
        "result: 4 k4n4ry",
        "version: k4n4ry",
        "-----BEGIN PRIVATE KEY-----\nk4n4ry\n-----END PRIVATE KEY-----\n",
        "postgres://k4n4ry:k4n4ry@k4n4ry/k4n4ry",
        "PATH=k4n4ry\0HOME=k4n4ry\0",
        "\u{feff}k4n4ry",
        "{\"k4n4ry\": \"k4n4ry\"}",
    ] {
        is_withheld(text);
        let file = String::from_utf8(whole(RFC2307BIS)).unwrap();
        is_withheld(format!("{text}\n\n{file}"));
        is_withheld(format!("{file}\n\n{text}"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    /// Private text at any place of a file, which is then changed at another one.
    #[test]
    fn private_text_is_withheld_wherever_it_is(
        at in any::<prop::sample::Index>(),
        form in prop_oneof![
            Just("P"), Just("\nP\n"), Just("\nP: x\n"), Just("\n\ndn: P\n"), Just("\nuid: P\n"), Just("\nuid:: P\n"),
            Just("\nP:: !\n"), Just("\n P"), Just("\n\nP"), Just("\nmember: P\nentryUUID: P\nobjectClass: P\n"),
        ],
        other in any::<prop::sample::Index>(),
        change in prop_oneof![Just("\n"), Just("\n\n"), Just(""), Just(":"), Just("\0"), Just("\nx"), Just("\u{ff}")],
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        let mut file = String::from_utf8(whole(RFC2307BIS)).unwrap();
        for (at, text) in [(at, &form.replace('P', PRIVATE)), (other, &change.to_owned())] {
            let place = at.index(file.len());
            let place = (0..=place).rev().find(|place| file.is_char_boundary(*place)).unwrap_or_default();
            file.insert_str(place, text);
        }
        let length = cut.map_or(file.len(), |cut| cut.index(file.len()));
        is_withheld(&file.as_bytes()[..length]);
    }
}
