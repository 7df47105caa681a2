//! How the entries of a read become a snapshot.

mod entries;
mod groups;
mod order;
mod unlisted;

use std::sync::Arc;

use proptest::prelude::*;

use super::Assembly;
use crate::directory::entry::Entry;
use crate::directory::schema::{Effective, Schema, tests::settings};
use crate::directory::selection::{Finding, Matches, Selection};
use crate::directory::{Error, Query, Selector};
use crate::sync::identity::{DirectoryId, ExternalId, IdKind};
use crate::sync::snapshot::{
    Absence, BrokenEntry, Concealed, Defect, GroupSighting, MemberSighting, ServerIdentity, Snapshot,
};
use crate::sync::values::Values;

fn uuid(number: u8) -> String {
    format!("00000000-0000-4000-8000-0000000000{number:02x}")
}

fn id(number: u8) -> ExternalId {
    ExternalId::parse(IdKind::EntryUuid, &uuid(number)).unwrap()
}

fn entry(dn: &str, number: u8, attributes: &[(&str, &[&str])]) -> Entry {
    let mut entry = Entry { dn: dn.to_owned(), ..Entry::default() };
    entry.attributes.insert("entryuuid".to_owned(), vec![uuid(number).into_bytes()]);
    for (name, values) in attributes {
        entry.attributes.insert((*name).to_owned(), values.iter().map(|value| value.as_bytes().to_vec()).collect());
    }
    entry
}

fn person(name: &str, number: u8) -> Entry {
    entry(&format!("uid={name},ou=people,dc=x"), number, &[("uid", &[name]), ("sn", &["Roe"])])
}

fn group(name: &str, number: u8, members: &[(&str, &[&str])]) -> Entry {
    let mut group = entry(&format!("cn={name},ou=groups,dc=x"), number, members);
    group.attributes.insert("cn".to_owned(), vec![name.into()]);
    group
}

/// An assembly with one selector that selects every group by filter, and one that names `staff`.
fn assembly_of(schema: Schema) -> Assembly {
    assembly_with(schema, false)
}

fn assembly_with(schema: Schema, nested: bool) -> Assembly {
    let effective = Effective::for_server(&settings("dc=x"), schema).unwrap();
    let selectors =
        vec![Selector::Filter { filter: "(cn=*)".to_owned(), base: None }, Selector::Name("Staff".to_owned())];
    let exclude = vec![Selector::Name("secret".to_owned())];
    let selection = Selection::parse(&Query { selectors, exclude, nested }, &effective).unwrap();
    Assembly::new(Arc::new(effective), selection)
}

fn assembly() -> Assembly {
    assembly_of(Schema::Rfc2307bis)
}

fn all() -> Matches {
    Matches { selectors: vec![0], excluded: false }
}

fn found(by_filter: &Matches) -> Finding<'_> {
    Finding { by_filter, is_in_base: true, matches_group_filter: true }
}

fn finish(assembly: Assembly) -> Snapshot {
    let server = ServerIdentity { identity: "test".to_owned(), position: None };
    assembly.finish((DirectoryId(id(0)), Box::default()), Some(server), Absence::Unproven).0
}

/// The members of the one group, by username, ascending.
fn members(snapshot: &Snapshot) -> Vec<&str> {
    let usernames = snapshot.groups[0]
        .members
        .iter()
        .map(|index| snapshot.users[*index as usize].attributes.username.first().unwrap_or_default());
    let mut usernames: Vec<_> = usernames.collect();
    usernames.sort_unstable();
    usernames
}

#[test]
fn every_kind_of_member_value_finds_its_user() {
    let mut assembly = assembly();
    for (name, number) in [("jane", 1), ("john", 2), ("mary", 3)] {
        assembly.add_user(&person(name, number)).unwrap();
    }
    let values: &[(&str, &[&str])] = &[
        ("member", &["UID=Jane, ou=people,dc=x", "uid=jane,ou=people,dc=x"]),
        ("uniquemember", &["uid=john,ou=people,dc=x#'0101'B", "uid=john,ou=people,dc=x#0"]),
        ("memberuid", &["MARY", "jane"]),
    ];
    assembly.add_group(&group("a", 10, values), found(&all())).unwrap();
    let snapshot = finish(assembly);
    assert_eq!(members(&snapshot), ["jane", "john", "mary"]);
    assert!(snapshot.groups[0].unresolved.is_empty());
}

#[test]
fn the_identity_in_a_value_goes_before_its_name() {
    let person = |number: u8, dn: &str| {
        let mut entry = entry(dn, 0, &[("samaccountname", &[dn])]);
        entry.attributes.insert("objectguid".to_owned(), vec![guid(number).guid_octets().to_vec()]);
        entry
    };
    let mut assembly = assembly_of(Schema::ActiveDirectory);
    let mut group = person(9, "<GUID=09090909090909090909090909090909>;CN=BI,DC=x");
    let moved = "<GUID=01010101010101010101010101010101>;<SID=S-1-5-21-1>;CN=Old,DC=x";
    let gone = "<GUID=07070707070707070707070707070707>;CN=Jane,DC=x";
    group.attributes.insert("member".to_owned(), vec![moved.into(), gone.into()]);
    assembly.add_user(&person(1, "<GUID=01010101010101010101010101010101>;CN=Jane,DC=x")).unwrap();
    assembly.add_group(&group, found(&all())).unwrap();
    let snapshot = finish(assembly);
    assert_eq!(snapshot.groups[0].members, [0]);
    let [unresolved] = snapshot.groups[0].unresolved.as_slice() else { panic!("{:?}", snapshot.groups) };
    assert_eq!((unresolved.id, &*unresolved.label), (Some(guid(7)), "CN=Jane,DC=x"));
    assert_eq!(unresolved.dn, Some(snapshot.users[0].place.dn));
    assert_eq!(&*snapshot.groups[0].label, "CN=BI,DC=x");
}

#[test]
fn an_entry_that_is_not_a_user_is_ignored() {
    let mut assembly = assembly();
    let values = ["cn=nested,ou=groups,dc=x", "cn=host,dc=x", "", "cn=a,ou=groups,dc=x"];
    assembly.add_group(&group("a", 10, &[("member", &values)]), found(&all())).unwrap();
    assembly.add_group(&group("nested", 11, &[]), found(&Matches::default())).unwrap();
    assembly.add_other(&Entry { dn: "CN=host,DC=x".to_owned(), ..Entry::default() });
    let new = assembly.take_new_values();
    assert_eq!(assembly.unresolved(&new).count(), 0);
    let snapshot = finish(assembly);
    let [group] = snapshot.groups.as_slice() else { panic!("{:?}", snapshot.groups) };
    assert_eq!((group.members.len(), group.unresolved.len(), group.out_of_scope), (0, 0, 0));
    assert!(group.shows_members);
}

#[test]
fn a_value_of_which_nothing_is_known_stays_until_somebody_says_what_it_is() {
    let mut assembly = assembly();
    let values: &[(&str, &[&str])] = &[
        ("member", &["uid=late,ou=people,dc=x", "uid=far,ou=away,dc=x", "cn=room,dc=x", "uid=hidden,dc=x", "no name"]),
        ("memberuid", &["nobody"]),
    ];
    assembly.add_group(&group("a", 10, values), found(&all())).unwrap();
    let new = assembly.take_new_values();
    assert_eq!(assembly.unresolved(&new).count(), 6);
    assembly.add_out_of_scope(&entry("uid=far,ou=away,dc=x", 2, &[]));
    assembly.add_other(&entry("cn=room,dc=x", 3, &[]));
    assembly.add_user(&person("late", 1)).unwrap();
    assert_eq!(assembly.unresolved(&new).count(), 3);
    let again = assembly.take_new_values();
    assert_eq!(assembly.unresolved(&again).count(), 0, "what was asked for once is not asked for again");
    let snapshot = finish(assembly);
    assert_eq!(members(&snapshot), ["late"]);
    assert_eq!(snapshot.groups[0].out_of_scope, 1);
    let unresolved: Vec<_> =
        snapshot.groups[0].unresolved.iter().map(|value| (&*value.label, value.dn.is_some())).collect();
    assert_eq!(unresolved, [("uid=hidden,dc=x", true), ("no name", false), ("nobody", false)]);
}

#[test]
fn a_username_of_two_users_names_neither() {
    for groups_first in [false, true] {
        let mut assembly = assembly();
        let group = group("a", 10, &[("memberuid", &["jane"])]);
        let other = entry("uid=jane,ou=other,dc=x", 2, &[("uid", &["Jane"])]);
        if groups_first {
            assembly.add_group(&group, found(&all())).unwrap();
        }
        assembly.add_user(&person("jane", 1)).unwrap();
        assembly.add_user(&other).unwrap();
        if !groups_first {
            assembly.add_group(&group, found(&all())).unwrap();
        }
        let snapshot = finish(assembly);
        assert!(snapshot.groups[0].members.is_empty());
        assert_eq!(snapshot.groups[0].unresolved.len(), 1);
        assert_eq!(snapshot.groups[0].unresolved[0].label.to_lowercase(), "jane");
        assert!(snapshot.groups[0].unresolved[0].is_ambiguous);
    }
}

#[test]
fn a_username_means_the_user_in_scope() {
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [1, 0, 2]] {
        let mut assembly = assembly();
        assembly.add_group(&group("a", 10, &[("memberuid", &["jane", "host"])]), found(&all())).unwrap();
        for step in order {
            match step {
                0 => drop(assembly.add_user(&person("jane", 1)).unwrap()),
                1 => assembly.add_out_of_scope(&entry("uid=jane,ou=away,dc=x", 2, &[("uid", &["Jane"])])),
                _ => assembly.add_other(&entry("cn=host,dc=x", 3, &[("uid", &["jane", "host"])])),
            }
        }
        let snapshot = finish(assembly);
        assert_eq!(members(&snapshot), ["jane"], "{order:?}");
        assert_eq!((snapshot.groups[0].unresolved.len(), snapshot.groups[0].out_of_scope), (0, 0), "{order:?}");
    }
}

fn guid(number: u8) -> ExternalId {
    ExternalId::new(IdKind::ObjectGuid, [number; 16])
}

fn of_domain(dn: &str, number: u8, sid: &str, attributes: &[(&str, &[&str])]) -> Entry {
    let mut entry = entry(dn, number, attributes);
    entry.attributes.insert("objectguid".to_owned(), vec![guid(number).guid_octets().to_vec()]);
    entry.attributes.insert("objectsid".to_owned(), vec![format!("S-1-5-21-1-2-{sid}").into_bytes()]);
    entry
}

#[test]
fn a_member_of_another_directory_stays_unresolved() {
    let foreign = of_domain("cn=S-1-5-21-9-9-9-1,dc=x", 7, "3-1", &[]);
    for values_first in [false, true] {
        for value in ["cn=s-1-5-21-9-9-9-1,dc=x", "<GUID=07070707070707070707070707070707>;CN=S-1-5-21-9-9-9-1,DC=x"] {
            let mut assembly = assembly_of(Schema::ActiveDirectory);
            let group = of_domain("cn=BI,dc=x", 9, "3-1200", &[("member", &[value])]);
            if values_first {
                assembly.add_group(&group, found(&all())).unwrap();
            }
            assembly.add_foreign(&foreign);
            if !values_first {
                assembly.add_group(&group, found(&all())).unwrap();
            }
            let snapshot = finish(assembly);
            let [unresolved] = snapshot.groups[0].unresolved.as_slice() else { panic!("{:?}", snapshot.groups) };
            assert_eq!(unresolved.id, Some(guid(7)), "{value}");
            assert!(snapshot.groups[0].members.is_empty());
        }
    }
}

#[test]
fn a_membership_costs_four_octets_while_it_waits() {
    assert_eq!(size_of::<super::rows::RowNumber>(), 4);
    assert_eq!(size_of::<super::rows::Row>(), 8);
}
