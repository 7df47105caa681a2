//! What is remembered of refusals, in whatever state its file is.

use std::os::unix::fs::PermissionsExt as _;

use super::*;

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
fn what_was_refused_rests_for_half_an_hour_or_until_the_file_changes() {
    let folder = tempfile::tempdir().unwrap();
    let kept = || Refusals::kept_in(Some(folder.path().join("state")));
    let refused = credential("a:636", "reader", WRITTEN);
    kept().remember(Refusal::of(&refused, at(NOON)));
    let rests = |credential: &Credential, time| kept().resting(credential, at(time)).is_some();
    assert!(rests(&refused, NOON) && rests(&refused, "2026-01-01T12:29:59Z"));
    assert!(!rests(&refused, "2026-01-01T12:30:00Z"));
    assert!(rests(&refused, "2026-01-01T11:59:00Z"), "a clock that goes back a little");
    assert!(!rests(&refused, "2026-01-01T11:00:00Z"), "a clock that was wrong");
    for other in [
        credential("b:636", "reader", WRITTEN),
        credential("a:636", "writer", WRITTEN),
        credential("a:636", "reader", Some("2026-01-01T11:00:00.124Z")),
        credential("a:636", "reader", None),
        Credential { secret: "default/other".into(), ..refused.clone() },
    ] {
        assert!(!rests(&other, NOON), "{other:?}");
    }
    let also = Credential { servers: vec!["b:636".into(), "a:636".into()], ..refused.clone() };
    assert!(rests(&also, NOON), "one server of several is enough");

    let piped = credential("a:636", "reader", None);
    kept().remember(Refusal::of(&piped, at(NOON)));
    assert!(rests(&piped, NOON) && rests(&refused, NOON));
    kept().forget(&refused);
    assert!(!rests(&piped, NOON) && !rests(&refused, NOON), "an account that signed in is not locked");
    assert!(!folder.path().join("state/refused-binds.json").exists(), "nothing to remember");
}

#[test]
fn the_file_is_of_its_user_alone_and_holds_no_password() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("of/this/user");
    let refusals = Refusals::kept_in(Some(state.clone()));
    refusals.remember(Refusal::of(&credential("a:636", "cn=reader", WRITTEN), at(NOON)));
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
fn a_file_that_makes_no_sense_fails_nothing_and_is_replaced() {
    for content in ["", "{", "[]", "{\"version\": 2, \"refused\": []}", "{\"version\": 1, \"refused\": [1]}", "\u{0}"] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("refused-binds.json");
        std::fs::write(&file, content).unwrap();
        let refusals = Refusals::kept_in(Some(folder.path().to_owned()));
        let refused = credential("a:636", "reader", WRITTEN);
        assert_eq!(refusals.resting(&refused, at(NOON)), None);
        refusals.forget(&refused);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), content, "nothing to forget, nothing is written");
        refusals.remember(Refusal::of(&refused, at(NOON)));
        let later = Refusals::kept_in(Some(folder.path().to_owned()));
        assert!(later.resting(&refused, at(NOON)).is_some(), "{content:?}");
    }
}

#[test]
fn without_a_folder_it_is_remembered_for_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let no_folder = folder.path().join("file");
    std::fs::write(&no_folder, "").unwrap();
    for folder in [None, Some(no_folder)] {
        let refusals = Refusals::kept_in(folder);
        let refused = credential("a:636", "reader", None);
        refusals.remember(Refusal::of(&refused, at(NOON)));
        assert!(refusals.resting(&refused, at(NOON)).is_some());
        refusals.forget(&credential("a:636", "writer", None));
    }
}

#[test]
fn refusals_say_how_to_try_at_once() {
    let refusals = Refusals::kept_in(Some("/state".into()));
    let said = |credential: &Credential| refusals.rest(&Refusal::of(credential, at(NOON)), credential);
    assert_eq!(
        said(&credential("a:636", "reader", WRITTEN)),
        "so that the account is not locked it is not tried again before 2026-01-01T12:30:00Z; to try at once, correct \
         the Secret default/bind in a.yaml, or remove /state/refused-binds.json if the server was at fault and has been fixed"
    );
    assert!(said(&credential("a:636", "reader", None)).ends_with("and remove /state/refused-binds.json"));
}
