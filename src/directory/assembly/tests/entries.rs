//! What is kept of an entry, and entries that cannot be read.

use super::*;

#[test]
fn one_identity_of_two_entries_fails_the_read() {
    let twice = |error: Result<(), Error>| match error {
        Err(Error::Malformed { attempt, cause, .. }) => format!("{attempt}: {cause}"),
        other => panic!("{other:?}"),
    };
    let mut assembly = assembly();
    assembly.add_user(&person("jane", 1)).unwrap();
    let error = twice(assembly.add_user(&person("john", 1)).map(drop));
    assert!(error.contains("uid=john") && error.contains(&id(1).to_string()), "{error}");

    assembly.add_group(&group("a", 10, &[]), found(&all())).unwrap();
    let error = twice(assembly.add_group(&group("b", 10, &[]), found(&all())).map(drop));
    assert!(error.contains("cn=b,") && error.contains("cn=a,"), "{error}");

    let mut nobody = person("nobody", 4);
    nobody.attributes.remove("entryuuid");
    match assembly.add_user(&nobody) {
        Err(Error::Configuration { problem, .. }) => assert!(problem.contains("nsUniqueId or entryUUID"), "{problem}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn only_attributes_that_some_user_has_are_shown() {
    let mut assembly = assembly();
    assembly.add_user(&person("jane", 1)).unwrap();
    assembly.add_user(&entry("uid=j,dc=x", 2, &[("givenname", &[" "]), ("telephonenumber", &["1"])])).unwrap();
    let shown = finish(assembly).shown;
    assert!(shown.last_name && shown.phone);
    assert!(!shown.first_name && !shown.display_name);
}

#[test]
fn all_values_are_kept_in_the_order_of_their_text() {
    for uids in [["jroe", "Jane "], ["Jane", "jroe"]] {
        let mut assembly = assembly();
        assembly.add_user(&entry("uid=jane,dc=x", 1, &[("uid", &uids), ("cn", &[" J. Roe"])])).unwrap();
        let user = finish(assembly).users.remove(0);
        assert_eq!(user.attributes.username.iter().collect::<Vec<_>>(), ["Jane", "jroe"]);
        assert_eq!(user.attributes.display_name, Values::One("J. Roe".into()));
    }
}

#[test]
fn the_loser_of_a_replication_conflict_is_what_it_is() {
    let name = "cn=BI\\0ACNF:6a8d9977-612c-54fc-b386-f5724ddfebec,dc=x";
    let loser = entry(name, 10, &[("objectclass", &["groupOfNames"]), ("cn", &["BI\nCNF:6a8d9977"])]);
    let mut assembly = assembly();
    assert_eq!(assembly.add_group(&loser, found(&all())).unwrap(), None);
    let snapshot = finish(assembly);
    assert!(snapshot.groups.is_empty());
    assert!(matches!(&snapshot.broken[..], [BrokenEntry { defect: Defect::Conflict, .. }]), "{:?}", snapshot.broken);
}

#[test]
fn a_value_that_is_not_text_is_no_other_objects_matter() {
    let mut broken = person("jane", 1);
    broken.attributes.insert("mail".into(), vec![b"j\xff".to_vec()]);
    let mut nameless = group("a", 10, &[]);
    nameless.attributes.insert("cn".into(), vec![b"\xff".to_vec()]);
    let mut unknown = person("john", 2);
    unknown.attributes.insert("entryuuid".into(), vec![b"2".to_vec()]);
    let mut assembly = assembly();
    assert_eq!(assembly.add_user(&broken).unwrap(), Some(0));
    assert_eq!(assembly.add_user(&unknown).unwrap(), None);
    assembly.add_group(&nameless, found(&all())).unwrap();
    let snapshot = finish(assembly);
    assert_eq!(snapshot.users[0].attributes.email, Values::Undecodable);
    assert_eq!(snapshot.groups[0].name, Values::Undecodable);
    let [BrokenEntry { id: None, place: Some(_), label, .. }] = &snapshot.broken[..] else {
        panic!("{:?}", snapshot.broken)
    };
    assert!(label.starts_with("uid=john"));
}
