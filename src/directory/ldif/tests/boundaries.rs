//! Rule `boundaries`: what a selector asks for outside the groups' base is not there for it.

use super::*;

fn file() -> String {
    let entry = |dn: &str, class: &str, number: u8, more: &str| {
        format!("dn: {dn}\nobjectClass: {class}\nentryUUID: 00000000-0000-4000-8000-0000000000{number:02x}\n{more}\n")
    };
    [
        entry("dc=x", "domain", 1, ""),
        entry("ou=groups,dc=x", "organizationalUnit", 2, ""),
        entry("ou=bi,ou=groups,dc=x", "organizationalUnit", 3, ""),
        entry("ou=secret,dc=x", "organizationalUnit", 4, ""),
        entry("cn=Analysts,ou=bi,ou=groups,dc=x", "groupOfNames", 5, "cn: Analysts\nmember: uid=ada,dc=x\n"),
        entry("cn=Staff,ou=groups,dc=x", "groupOfNames", 6, "cn: Staff\nmember: uid=ada,dc=x\n"),
        entry("cn=Admins,ou=secret,dc=x", "groupOfNames", 7, "cn: Admins\nmember: uid=ada,dc=x\n"),
        entry("uid=ada,dc=x", "inetOrgPerson", 8, "uid: ada\ncn: ada\nsn: ada\n"),
    ]
    .concat()
}

fn within_groups() -> DirectorySettings {
    let mut settings = settings("dc=x");
    settings.groups.base_dn = Some("OU=Groups,DC=x".to_owned());
    settings
}

fn below(base: &str) -> Selector {
    Selector::Filter { filter: "(cn=*)".to_owned(), base: Some(base.to_owned()) }
}

fn names(snapshot: &Snapshot) -> Vec<&str> {
    let mut names: Vec<&str> = snapshot.groups.iter().filter_map(|group| group.name.first()).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn no_selector_selects_outside_the_base_of_the_groups() {
    let dn = |text: &str| Selector::Dn(text.to_owned());
    for (selector, selected, is_outside) in [
        (dn("cn=Staff,ou=groups,dc=x"), &["Staff"][..], false),
        (dn("cn=Admins,ou=secret,dc=x"), &[], true),
        (Selector::Name("Admins".to_owned()), &[], false),
        (Selector::Filter { filter: "(cn=*)".to_owned(), base: None }, &["Analysts", "Staff"], false),
        (below("ou=bi,ou=groups,dc=x"), &["Analysts"], false),
        // As much of it as is inside.
        (below("dc=x"), &["Analysts", "Staff"], false),
        (below("ou=secret,dc=x"), &[], true),
        // It is not even known whether it exists.
        (below("ou=nowhere,dc=x"), &[], true),
    ] {
        let query = Query { selectors: vec![selector.clone()], exclude: Vec::new(), nested: false };
        let snapshot = read(within_groups(), file().as_bytes(), &query).await.unwrap();
        assert_eq!(names(&snapshot), selected, "{selector:?}");
        assert_eq!(snapshot.outside, if is_outside { &[0][..] } else { &[] }, "{selector:?}");
    }
}

#[tokio::test]
async fn a_base_inside_that_is_gone_fails_the_read() {
    let query = Query { selectors: vec![below("ou=gone,ou=groups,dc=x")], exclude: Vec::new(), nested: false };
    let error = read(within_groups(), file().as_bytes(), &query).await.unwrap_err();
    assert!(matches!(&error, Error::Configuration { field, .. } if field == "spec.groups[0].baseDN"), "{error}");
}

#[tokio::test]
async fn a_group_that_is_looked_up_is_known_to_be_outside() {
    let all = read(settings("dc=x"), file().as_bytes(), &by_filter("(cn=*)")).await.unwrap();
    let ids = ["Admins", "Staff"].map(|name| group(&all, name).id);
    let mut directory = directory(within_groups(), file().as_bytes());
    let query = Query { selectors: vec![below("ou=bi,ou=groups,dc=x")], exclude: Vec::new(), nested: false };
    let snapshot = directory.snapshot(&query).await.unwrap();
    let snapshot = directory.locate(snapshot, &LookUp { groups: ids.into(), ..LookUp::default() }).await.unwrap();
    let is_outside = ids.map(|id| snapshot.located_groups[&id].found().unwrap().is_outside);
    assert_eq!(is_outside, [true, false]);
}
