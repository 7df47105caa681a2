//! Rule `member-value`: what a `memberUid` means when people may edit their own `uid` values.

use crate::company::{BASE, closed, uuid};
use crate::sync_files::SyncFiles;

/// Writes people, each with their `uid` values, and POSIX groups with `memberUid` values.
fn write(files: &SyncFiles, people: &[(&str, &[&str])], groups: &[(&str, &[&str])]) {
    let mut text = format!("dn: {BASE}\nobjectClass: domain\ndc: corp\nentryUUID: {}\n\n", uuid("directory_id"));
    for (name, uids) in people {
        text.push_str(&format!(
            "dn: cn={name},{BASE}\nobjectClass: inetOrgPerson\ncn: {name}\nsn: {name}\nentryUUID: {}\n",
            uuid(name)
        ));
        uids.iter().for_each(|uid| text.push_str(&format!("uid: {uid}\n")));
        text.push('\n');
    }
    for (number, (name, members)) in groups.iter().enumerate() {
        text.push_str(&format!(
            "dn: cn={name},{BASE}\nobjectClass: posixGroup\ncn: {name}\ngidNumber: {}\nentryUUID: {}\n",
            5000 + number,
            uuid(name)
        ));
        members.iter().for_each(|uid| text.push_str(&format!("memberUid: {uid}\n")));
        text.push('\n');
    }
    files.write_file(closed(text));
}

fn files() -> SyncFiles {
    let files = SyncFiles::for_sqlite();
    files.write_manifest("sqlite:store.db", "groups: [{filter: (objectClass=posixGroup)}]", "", "");
    files
}

const STAFF: (&str, &[&str]) = ("staff", &["bob", "carl", "zoe"]);
const BOB: (&str, &[&str]) = ("bob", &["bob"]);
const CARL: (&str, &[&str]) = ("carl", &["carl"]);

#[test]
fn who_adds_a_colleagues_username_to_their_own_stops_no_removal() {
    let files = files();
    write(&files, &[BOB, CARL, ("zoe", &["zoe"])], &[STAFF, ("unixadmins", &["bob", "carl"])]);
    files.sync_writes();
    write(&files, &[BOB, CARL, ("zoe", &["zoe", "bob"])], &[STAFF, ("unixadmins", &["bob"])]);
    let (code, text) = files.sync();
    assert_eq!(code, Some(5), "{text}");
    assert!(text.contains("group \"unixadmins\": modified, 1 removed (carl)\n"), "{text}");
    assert!(!text.contains("added"), "{text}");
}

#[test]
fn who_adds_a_value_that_is_left_over_is_let_in_nowhere() {
    let files = files();
    write(&files, &[BOB, CARL, ("zoe", &["zoe"])], &[STAFF, ("unixadmins", &["bob", "ghost"])]);
    // It writes, and lists the value that is left over.
    assert_eq!(files.sync().0, Some(6));
    write(&files, &[BOB, CARL, ("zoe", &["zoe", "ghost"])], &[STAFF, ("unixadmins", &["bob", "ghost"])]);
    let (code, text) = files.sync();
    assert!(text.contains("nothing written") && code == Some(6), "{code:?}: {text}");
    assert!(text.contains("put the username into the group"), "{text}");
}
