//! The memory of refusals, in every state of its file.

use std::os::unix::fs::PermissionsExt as _;

use super::*;
use crate::manifest::{FileVersion, Origin};

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

fn credential(server: &str, username: &str, modified: Option<&str>) -> Credential {
    let version = modified.map(|modified| FileVersion { modified: at(modified), inode: 7 });
    let origin = Origin { file: "a.yaml".into(), document: 1, item: None, folder: PathBuf::new(), version };
    Credential { servers: vec![server.into()], username: username.into(), secret: "default/bind".into(), origin }
}

const NOON: &str = "2026-01-01T12:00:00Z";
const WRITTEN: Option<&str> = Some("2026-01-01T11:00:00.123Z");

#[test]
fn a_refused_password_is_not_tried_for_half_an_hour_or_until_the_file_changes() {
    let folder = tempfile::tempdir().unwrap();
    let stored = || Refusals::stored_in(Some(folder.path().join("state")));
    let refused = credential("a:636", "reader", WRITTEN);
    stored().remember(Refusal::new(&refused, at(NOON)));
    let is_refused = |credential: &Credential, time| stored().resting(credential, at(time)).is_some();
    assert!(is_refused(&refused, NOON) && is_refused(&refused, "2026-01-01T12:29:59Z"));
    assert!(!is_refused(&refused, "2026-01-01T12:30:00Z"));
    assert!(is_refused(&refused, "2026-01-01T11:59:00Z"), "a clock that goes back a little");
    assert!(!is_refused(&refused, "2026-01-01T11:00:00Z"), "a clock that was wrong");
    for other in [
        credential("b:636", "reader", WRITTEN),
        credential("a:636", "writer", WRITTEN),
        credential("a:636", "reader", Some("2026-01-01T11:00:00.124Z")),
        credential("a:636", "reader", None),
        Credential { secret: "default/other".into(), ..refused.clone() },
    ] {
        assert!(!is_refused(&other, NOON), "{other:?}");
    }
    let also = Credential { servers: vec!["b:636".into(), "a:636".into()], ..refused.clone() };
    assert!(is_refused(&also, NOON), "one server of several is enough");

    let piped = credential("a:636", "reader", None);
    stored().remember(Refusal::new(&piped, at(NOON)));
    assert!(is_refused(&piped, NOON) && is_refused(&refused, NOON));
    stored().forget(&refused);
    assert!(!is_refused(&piped, NOON) && !is_refused(&refused, NOON), "an account that signed in is not locked");
    assert!(!folder.path().join("state/refused-binds.json").exists(), "nothing to remember");
}

#[test]
fn only_its_user_can_read_the_file_and_it_contains_no_password() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("of/this/user");
    let refusals = Refusals::stored_in(Some(state.clone()));
    refusals.remember(Refusal::new(&credential("a:636", "cn=reader", WRITTEN), at(NOON)));
    let mode = |path: &PathBuf| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let file = state.join("refused-binds.json");
    assert_eq!((mode(&state), mode(&file)), (0o700, 0o600));
    assert_eq!(
        std::fs::read_to_string(file).unwrap(),
        "{\"version\":1,\"refused\":[{\"servers\":[\"a:636\"],\"username\":\"cn=reader\",\"secret\":\"default/bind\",\
         \"time\":\"2026-01-01T12:00:00Z\",\"modified\":\"2026-01-01T11:00:00.123Z\",\"inode\":7}]}"
    );
    assert_eq!(std::fs::read_dir(state).unwrap().count(), 1, "nothing else is left");
}

#[test]
fn a_broken_file_never_fails_a_run_and_is_replaced() {
    for content in ["", "{", "[]", "{\"version\": 2, \"refused\": []}", "{\"version\": 1, \"refused\": [1]}", "\u{0}"] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("refused-binds.json");
        std::fs::write(&file, content).unwrap();
        let refusals = Refusals::stored_in(Some(folder.path().to_owned()));
        let refused = credential("a:636", "reader", WRITTEN);
        assert_eq!(refusals.resting(&refused, at(NOON)), None);
        refusals.forget(&refused);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), content, "nothing to forget, nothing is written");
        refusals.remember(Refusal::new(&refused, at(NOON)));
        let later = Refusals::stored_in(Some(folder.path().to_owned()));
        assert!(later.resting(&refused, at(NOON)).is_some(), "{content:?}");
    }
}

#[test]
fn without_a_folder_a_refusal_is_remembered_for_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let no_folder = folder.path().join("file");
    std::fs::write(&no_folder, "").unwrap();
    for folder in [None, Some(no_folder)] {
        let refusals = Refusals::stored_in(folder);
        let refused = credential("a:636", "reader", None);
        refusals.remember(Refusal::new(&refused, at(NOON)));
        assert!(refusals.resting(&refused, at(NOON)).is_some());
        refusals.forget(&credential("a:636", "writer", None));
    }
}

#[test]
fn the_message_says_how_to_try_at_once() {
    let refusals = Refusals::stored_in(Some("/state".into()));
    let said = |credential: &Credential| refusals.advice(&Refusal::new(credential, at(NOON)), credential);
    assert_eq!(
        said(&credential("a:636", "reader", WRITTEN)),
        "to avoid locking the account, it is not tried again before 2026-01-01 12:30 UTC; to try it at once, correct the \
         Secret default/bind in a.yaml, or remove /state/refused-binds.json if the server was at fault and has been fixed"
    );
    assert!(said(&credential("a:636", "reader", None)).ends_with("and remove /state/refused-binds.json"));
}
