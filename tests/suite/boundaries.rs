//! Rule `boundaries`: the bases of a Directory end what a sync can select.

use std::fs;

use directory_group_sync::directory::{LookUp, Query, Selector};

use crate::company::{BASE, closed, uuid};
use crate::directories::{named, open, open_ldap};
use crate::harness::OpenLdap;
use crate::sync_files::SyncFiles;

const SUFFIX: &str = "dc=example,dc=test";

fn server() -> OpenLdap {
    let unit = |name: &str| format!("dn: ou={name},{SUFFIX}\nobjectClass: organizationalUnit\nou: {name}\n\n");
    let person = format!(
        "dn: uid=reader,ou=people,{SUFFIX}\nobjectClass: inetOrgPerson\nuid: reader\ncn: reader\nsn: reader\n\
         userPassword: pw\n\n"
    );
    let group = |name: &str, unit: &str| {
        format!(
            "dn: cn={name},ou={unit},{SUFFIX}\nobjectClass: groupOfNames\ncn: {name}\n\
             member: uid=reader,ou=people,{SUFFIX}\n\n"
        )
    };
    let entries =
        [unit("people"), unit("groups"), unit("secret"), person, group("Staff", "groups"), group("Admins", "secret")];
    OpenLdap::builder(SUFFIX).entries(&entries.concat()).start()
}

/// The same as in a file: `directory/ldif/tests/boundaries.rs`.
#[tokio::test]
async fn no_selector_selects_outside_the_base_of_the_groups() {
    let server = server();
    let mut settings = open_ldap(&server, "reader");
    let everything = open(settings.clone()).snapshot(&named(&["Staff", "Admins"])).await.unwrap();
    assert_eq!(everything.groups.len(), 2);
    settings.groups.base_dn = Some(format!("OU=Groups,{SUFFIX}"));

    let below = |base: &str| Selector::Filter { filter: "(cn=*)".to_owned(), base: Some(format!("{base}{SUFFIX}")) };
    for (selector, selected, is_outside) in [
        (Selector::Dn(format!("cn=Staff,ou=groups,{SUFFIX}")), 1, false),
        (Selector::Dn(format!("cn=Admins,ou=secret,{SUFFIX}")), 0, true),
        (Selector::Name("Admins".to_owned()), 0, false),
        (below(""), 1, false),
        (below("ou=secret,"), 0, true),
        (below("ou=nowhere,"), 0, true),
    ] {
        let query = Query { selectors: vec![selector.clone()], exclude: Vec::new(), nested: false };
        let mut directory = open(settings.clone());
        let snapshot = directory.snapshot(&query).await.unwrap();
        let names: Vec<_> = snapshot.groups.iter().filter_map(|group| group.name.first()).collect();
        assert_eq!(names, &["Staff"][..selected], "{selector:?}");
        assert_eq!(snapshot.outside, if is_outside { &[0][..] } else { &[] }, "{selector:?}");

        // A link may lead to a group outside, which is known to be there and is not selected.
        let ids = everything.groups.iter().map(|group| group.id).collect();
        let snapshot = directory.locate(snapshot, &LookUp { groups: ids, ..LookUp::default() }).await.unwrap();
        for group in &everything.groups {
            let located = snapshot.located_groups[&group.id].found().unwrap();
            assert_eq!(located.is_outside, group.name.first() == Some("Admins"), "{located:?}");
            assert!(!located.is_outside || located.selectors.is_empty(), "{selector:?}: {located:?}");
        }
    }
    let queries = server.log();
    assert!(!queries.contains("SRCH base=\"ou=nowhere"), "nothing is asked for outside: {queries}");
}

/// A file with a group in this unit.
fn write_directory(files: &SyncFiles, unit: &str) {
    let unit_entry = |name: &str| {
        format!("dn: ou={name},{BASE}\nobjectClass: organizationalUnit\nou: {name}\nentryUUID: {}\n\n", uuid(name))
    };
    let entries = [
        format!("dn: {BASE}\nobjectClass: domain\ndc: corp\nentryUUID: {}\n\n", uuid("directory_id")),
        unit_entry("groups"),
        unit_entry("secret"),
        format!(
            "dn: uid=ada,{BASE}\nobjectClass: inetOrgPerson\nuid: ada\ncn: ada\nsn: ada\nentryUUID: {}\n\n",
            uuid("ada")
        ),
        format!(
            "dn: cn=Team,ou={unit},{BASE}\nobjectClass: groupOfNames\ncn: Team\nentryUUID: {}\nmember: uid=ada,{BASE}\n\n",
            uuid("Team")
        ),
    ];
    files.write_file(closed(entries.concat()));
}

#[test]
fn a_group_that_leaves_the_base_is_released_and_beyond_the_limit_its_release_is_held() {
    let files = SyncFiles::for_sqlite();
    let boundary = format!("  groups: {{baseDN: 'ou=groups,{BASE}'}}\n");
    let write = |over: &str| files.write_manifest("sqlite:store.db", "groups: [{name: Team}]", over, &boundary);
    write("");
    write_directory(&files, "groups");
    files.sync_writes();

    write_directory(&files, "secret");
    write("limits: {groupDeletions: {allow: 0, percent: 0, max: 0}}");
    let (code, text) = files.sync();
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("held: release the group \"Team\""), "{text}");
    let before = fs::read(files.sqlite()).unwrap();
    let (code, text) = files.sync();
    assert_eq!((code, fs::read(files.sqlite()).unwrap() == before), (Some(3), true), "{text}");

    write("");
    let (code, text) = files.sync();
    assert!(text.contains("group \"Team\": released"), "{code:?}: {text}");
    write_directory(&files, "groups");
    let (code, text) = files.sync();
    assert_eq!(code, Some(5), "{text}");
    assert!(text.contains("group \"Team\": synchronized again"), "{text}");
}
