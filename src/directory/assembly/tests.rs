//! What a read comes to, whatever the order of its entries.

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

/// An assembly of one selector that selects every group by filter, and one that names `staff`.
fn assembly_of(schema: Schema) -> Assembly {
    assembly_with(schema, false)
}

fn assembly_with(schema: Schema, nested: bool) -> Assembly {
    let effective = Effective::of_server(&settings("dc=x"), schema).unwrap();
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
    Finding { by_filter, matches_group_filter: true }
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
    let [unread] = snapshot.groups[0].unresolved.as_slice() else { panic!("{:?}", snapshot.groups) };
    assert_eq!((unread.id, &*unread.label), (Some(guid(7)), "CN=Jane,DC=x"));
    assert_eq!(unread.dn, Some(snapshot.users[0].place.dn));
    assert_eq!(&*snapshot.groups[0].label, "CN=BI,DC=x");
}

#[test]
fn what_was_read_and_is_no_user_is_ignored() {
    let mut assembly = assembly();
    let values = ["cn=nested,ou=groups,dc=x", "cn=host,dc=x", "", "cn=a,ou=groups,dc=x"];
    assembly.add_group(&group("a", 10, &[("member", &values)]), found(&all())).unwrap();
    assembly.add_group(&group("nested", 11, &[]), found(&Matches::default())).unwrap();
    assembly.add_other(&Entry { dn: "CN=host,DC=x".to_owned(), ..Entry::default() });
    let arrivals = assembly.arrivals();
    assert_eq!(assembly.unread(&arrivals).count(), 0);
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
    let arrivals = assembly.arrivals();
    assert_eq!(assembly.unread(&arrivals).count(), 6);
    assembly.add_out_of_scope(&entry("uid=far,ou=away,dc=x", 2, &[]));
    assembly.add_other(&entry("cn=room,dc=x", 3, &[]));
    assembly.add_user(&person("late", 1)).unwrap();
    assert_eq!(assembly.unread(&arrivals).count(), 3);
    let again = assembly.arrivals();
    assert_eq!(assembly.unread(&again).count(), 0, "what was asked for once is not asked for again");
    let snapshot = finish(assembly);
    assert_eq!(members(&snapshot), ["late"]);
    assert_eq!(snapshot.groups[0].out_of_scope, 1);
    let unread: Vec<_> =
        snapshot.groups[0].unresolved.iter().map(|value| (&*value.label, value.dn.is_some())).collect();
    assert_eq!(unread, [("uid=hidden,dc=x", true), ("no name", false), ("nobody", false)]);
}

#[test]
fn a_name_that_two_users_bear_names_neither() {
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
fn searches_that_find_one_group_add_up() {
    let mut assembly = assembly();
    let staff = group("Staff", 10, &[("member", &["cn=x,dc=x"])]);
    let none = Matches::default();
    assert!(assembly.add_group(&staff, Finding { by_filter: &none, matches_group_filter: false }).unwrap().is_none());
    assert!(assembly.add_group(&staff, found(&none)).unwrap().is_some());
    assert!(assembly.add_group(&staff, found(&all())).unwrap().is_none());
    assembly.add_group(&group("secret", 11, &[]), found(&all())).unwrap();
    let snapshot = finish(assembly);
    let shown =
        snapshot.groups.iter().map(|group| (group.selectors.as_slice(), group.excluded, group.unresolved.len()));
    assert_eq!(shown.collect::<Vec<_>>(), [(&[0, 1][..], false, 1), (&[0], true, 0)]);
}

#[test]
fn an_excluding_search_may_come_before_the_group() {
    let excludes = Matches { selectors: vec![], excluded: true };
    for first in [false, true] {
        let mut assembly = assembly();
        let group = group("a", 10, &[]);
        let findings = if first { [excludes.clone(), all()] } else { [all(), excludes.clone()] };
        for finding in &findings {
            assembly.add_group(&group, found(finding)).unwrap();
        }
        assert!(finish(assembly).groups[0].excluded);
    }
}

#[test]
fn ranges_add_up_and_may_start_again() {
    let mut assembly = assembly();
    for (name, number) in [("jane", 1), ("john", 2)] {
        assembly.add_user(&person(name, number)).unwrap();
    }
    let range = |name: &str| [format!("uid={name},ou=people,dc=x").into_bytes()];
    let member = Schema::Rfc2307bis.member_attributes()[0];
    let number = assembly.add_group(&group("a", 10, &[]), found(&all())).unwrap().unwrap();
    assembly.add_members(number, member, &range("gone"));
    assembly.restart_members(number);
    assembly.add_members(number, member, &range("john"));
    assembly.add_members(number, member, &range("jane"));
    let snapshot = finish(assembly);
    assert_eq!(snapshot.groups[0].members, [0, 1]);
    assert!(snapshot.groups[0].unresolved.is_empty());
}

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
fn only_attributes_that_some_user_bears_are_shown() {
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

#[test]
fn what_is_located_is_added_to_the_snapshot() {
    let mut assembly = assembly();
    assembly.add_user(&person("jane", 1)).unwrap();
    let server = ServerIdentity { identity: "test".to_owned(), position: None };
    let (mut snapshot, mut supplement) =
        assembly.finish((DirectoryId(id(0)), Box::default()), Some(server), Absence::Unproven);

    assert_eq!(supplement.add_user(&person("jane", 1)).unwrap(), Some(0));
    assert_eq!(supplement.add_user(&person("john", 2)).unwrap(), Some(1));
    let values = ["uid=jane,ou=people,dc=x", "uid=john,ou=people,dc=x", "uid=mary,ou=people,dc=x"];
    let none = Matches::default();
    supplement.add_group(&group("moved", 10, &[("member", &values)]), found(&none)).unwrap();
    supplement.complete(&mut snapshot);

    assert_eq!(snapshot.users.len(), 2);
    let Some(GroupSighting::Found(group)) = snapshot.located_groups.get(&id(10)) else { panic!("{snapshot:?}") };
    assert_eq!(
        (group.members.as_slice(), group.selectors.as_slice(), group.unresolved.len()),
        (&[0, 1][..], &[][..], 1)
    );
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

#[test]
fn member_groups_are_edges_and_bring_values_of_their_own() {
    let mut assembly = assembly_with(Schema::Rfc2307bis, true);
    let value = |name: &str| format!("cn={name},ou=groups,dc=x");
    let (b, c, hidden) = (value("b"), value("c"), value("hidden"));
    assembly.add_group(&group("a", 10, &[("member", &[&b, &hidden])]), found(&all())).unwrap();
    // A search that only excludes brings it; it is read again once somebody has it as a member.
    assembly.add_group(&group("b", 11, &[]), found(&Matches::default())).unwrap();
    let arrivals = assembly.arrivals();
    assert_eq!(assembly.unread(&arrivals).count(), 2);

    let a = value("a");
    let member = group("b", 11, &[("member", &[&a, &c, "uid=jane,ou=people,dc=x"])]);
    assert!(assembly.awaits(&member));
    assert!(assembly.add_member_group(&member).unwrap().is_some());
    assert!(assembly.add_member_group(&member).unwrap().is_none(), "once");
    assembly.add_unreadable_group(&group("hidden", 13, &[])).unwrap();
    assembly.add_user(&person("jane", 1)).unwrap();
    let arrivals = assembly.arrivals();
    assert_eq!(assembly.unread(&arrivals).map(|value| value.label.clone()).collect::<Vec<_>>(), [Box::from(c)]);
    assembly.add_member_group(&group("c", 12, &[("member", &[&b])])).unwrap();
    assert_eq!(assembly.group_count(), 3);

    let snapshot = finish(assembly);
    assert_eq!(snapshot.groups.len(), 1);
    assert_eq!(snapshot.groups[0].subgroups, [id(11), id(13)]);
    assert_eq!(snapshot.subgroups.keys().copied().collect::<Vec<_>>(), [id(11), id(12)]);
    let b = &snapshot.subgroups[&id(11)];
    assert_eq!((b.subgroups.as_slice(), b.members.as_slice(), b.selectors.len()), (&[id(10), id(12)][..], &[0][..], 0));
    assert_eq!(snapshot.subgroups[&id(12)].subgroups, [id(11)]);
}

#[test]
fn a_located_group_brings_its_member_groups_and_may_be_one() {
    let assembly = assembly_with(Schema::Rfc2307bis, true);
    let server = ServerIdentity { identity: "test".to_owned(), position: None };
    let (mut snapshot, mut supplement) =
        assembly.finish((DirectoryId(id(0)), Box::default()), Some(server), Absence::Unproven);
    let none = Matches::default();
    supplement
        .add_group(&group("a", 10, &[("member", &["cn=b,ou=groups,dc=x", "cn=c,ou=groups,dc=x"])]), found(&none))
        .unwrap();
    supplement.add_group(&group("b", 11, &[]), found(&none)).unwrap();
    let assembly = supplement.assembly();
    let arrivals = assembly.arrivals();
    assert_eq!(assembly.unread(&arrivals).count(), 1);
    assembly.add_member_group(&group("c", 12, &[])).unwrap();
    supplement.complete(&mut snapshot);
    assert_eq!(snapshot.located_groups.len(), 2);
    assert_eq!(snapshot.subgroups.keys().copied().collect::<Vec<_>>(), [id(11), id(12)]);
    let GroupSighting::Found(a) = &snapshot.located_groups[&id(10)] else { panic!("{snapshot:?}") };
    assert_eq!(a.subgroups, [id(11), id(12)]);
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
fn a_primary_group_has_members_that_it_does_not_list() {
    for users_first in [false, true] {
        let mut assembly = assembly_of(Schema::ActiveDirectory);
        let users: Vec<Entry> = [("ada", 1, "3-1104", "513"), ("bob", 2, "3-1105", "514"), ("eve", 3, "9-1104", "513")]
            .map(|(name, number, sid, rid)| {
                let attributes: &[(&str, &[&str])] = &[("samaccountname", &[name]), ("primarygroupid", &[rid])];
                of_domain(&format!("cn={name},dc=x"), number, sid, attributes)
            })
            .into();
        let group = of_domain("cn=Domain Users,dc=x", 9, "3-513", &[("cn", &["Domain Users"])]);
        if users_first {
            for user in &users {
                assembly.add_user(user).unwrap();
            }
        }
        assembly.add_group(&group, found(&all())).unwrap();
        let asked: Vec<_> = assembly.primary_arrivals().iter().map(|group| group.filter().to_string()).collect();
        assert_eq!(asked, ["(primaryGroupID=513)"]);
        assert_eq!(assembly.primary_arrivals(), []);
        if !users_first {
            for user in &users {
                assembly.add_user(user).unwrap();
            }
        }
        let snapshot = finish(assembly);
        assert_eq!(members(&snapshot), ["ada"], "another group's and another domain's are not");
        assert!(!snapshot.groups[0].shows_members, "it lists nobody");
    }
}

/// A POSIX account of this group; `None` hides it.
fn posix_account(name: &str, number: u8, gid: Option<&str>) -> Entry {
    let mut entry = person(name, number);
    entry.attributes.insert("objectclass".to_owned(), vec!["posixAccount".into()]);
    entry.attributes.extend(gid.map(|gid| ("gidnumber".to_owned(), vec![gid.into()])));
    entry
}

/// A POSIX group with this number; `None` hides it.
fn posix_group(name: &str, number: u8, gid: Option<&str>, members: &[&str]) -> Entry {
    let mut entry = group(name, number, &[("objectclass", &["posixGroup"])]);
    entry.attributes.extend(gid.map(|gid| ("gidnumber".to_owned(), vec![gid.into()])));
    if !members.is_empty() {
        let members = members.iter().map(|member| (*member).into()).collect();
        entry.attributes.insert("memberuid".to_owned(), members);
    }
    entry
}

#[test]
fn who_has_the_number_of_a_posix_group_is_a_member_of_all_that_have_it() {
    for schema in [Schema::Rfc2307, Schema::Rfc2307bis] {
        for users_first in [false, true] {
            let mut assembly = assembly_of(schema);
            let users = [("ada", 1, "500"), ("bob", 2, "501"), ("eve", 3, "500")]
                .map(|(name, number, gid)| posix_account(name, number, Some(gid)));
            let groups = [
                posix_group("a", 10, Some("500"), &[]),
                posix_group("b", 11, Some("500"), &["bob", "ada"]),
                posix_group("c", 12, Some("7"), &[]),
            ];
            if users_first {
                for user in &users {
                    assert!(assembly.add_user(user).is_ok());
                }
            }
            for group in &groups {
                assert!(assembly.add_group(group, found(&all())).is_ok());
            }
            let asked: Vec<_> = assembly.primary_arrivals().iter().map(|group| group.filter().to_string()).collect();
            assert_eq!(asked, ["(gidNumber=500)", "(gidNumber=500)", "(gidNumber=7)"]);
            if !users_first {
                for user in &users {
                    assert!(assembly.add_user(user).is_ok());
                }
            }
            let mut snapshot = finish(assembly);
            assert!(snapshot.groups.iter().all(|group| group.concealed.is_none() && group.unresolved.is_empty()));
            let shown: Vec<bool> = snapshot.groups.iter().map(|group| group.shows_members).collect();
            assert_eq!(shown, [false, true, false], "who has it as primary group is no value");
            assert_eq!(members(&snapshot), ["ada", "eve"]);
            snapshot.groups.remove(0);
            assert_eq!(members(&snapshot), ["ada", "bob", "eve"]);
            snapshot.groups.remove(0);
            assert!(members(&snapshot).is_empty());
        }
    }
}

#[test]
fn posix_accounts_that_hide_their_primary_group_leave_none() {
    let read = |absence: Absence, users: &[Entry], groups: &[Entry]| {
        let mut assembly = assembly();
        for user in users {
            assert!(assembly.add_user(user).is_ok());
        }
        for group in groups {
            assert!(assembly.add_group(group, found(&all())).is_ok());
        }
        let server = ServerIdentity { identity: "test".to_owned(), position: None };
        assembly.finish((DirectoryId(id(0)), Box::default()), Some(server), absence).0
    };
    let staff = posix_group("staff", 10, Some("500"), &["bob"]);
    let names = group("names", 11, &[("member", &["uid=bob,ou=people,dc=x"])]);
    let hidden = |name: &str, number| posix_account(name, number, None);

    // Some show it: only who hides it is in doubt, wherever it may be.
    let some = [posix_account("ada", 1, Some("7")), hidden("bob", 2), hidden("eve", 3), person("joe", 4)];
    let snapshot = read(Absence::Unproven, &some, &[staff.clone(), names.clone()]);
    let labels = |index: usize| snapshot.groups[index].unresolved.iter().map(|value| &*value.label).collect::<Vec<_>>();
    assert_eq!(labels(0), ["uid=bob,ou=people,dc=x", "uid=eve,ou=people,dc=x"]);
    assert_eq!((labels(1), snapshot.groups[0].concealed), (vec![], None));
    assert_eq!(snapshot.located_members.get(&id(3)), Some(&MemberSighting::Unreadable));
    assert_eq!(snapshot.located_members.get(&id(4)), None, "who is no POSIX account has no primary group");

    // Nobody shows it, or too many hide it: anybody may be in a POSIX group.
    let crowd: Vec<Entry> = (1..=102).map(|number| hidden(&format!("u{number}"), number)).collect();
    let crowd = [crowd, vec![posix_account("ada", 200, Some("7"))]].concat();
    for users in [&[hidden("bob", 2)][..], &crowd] {
        let snapshot = read(Absence::Unproven, users, &[staff.clone(), names.clone()]);
        let concealed: Vec<_> = snapshot.groups.iter().map(|group| group.concealed).collect();
        assert_eq!(concealed, [Some(Concealed::Primary), None]);
    }
    let nameless = posix_group("nameless", 12, None, &[]);
    let snapshot = read(Absence::Unproven, &[], std::slice::from_ref(&nameless));
    assert_eq!(snapshot.groups[0].concealed, Some(Concealed::Primary));

    // In a file that has everything it is not there.
    let snapshot = read(Absence::Proven, &[hidden("bob", 2)], &[staff, names, nameless]);
    assert!(snapshot.groups.iter().all(|group| group.concealed.is_none() && group.unresolved.is_empty()));
}

#[test]
fn what_the_server_says_of_users_that_it_does_not_show_counts_for_posix_groups() {
    let mut assembly = assembly();
    assert!(assembly.add_group(&posix_group("staff", 10, Some("500"), &[]), found(&all())).unwrap().is_some());
    assert!(!assembly.shows_primary_groups());
    assembly.note_hidden_primary_groups();
    assert_eq!(finish(assembly).groups[0].concealed, Some(Concealed::Primary));
}

#[test]
fn a_dynamic_group_without_members_conceals_them_unless_the_server_works_them_out() {
    let dynamic = |name: &str, number: u8, classes: &[&str], members: &[&str]| {
        let mut entry = group(name, number, &[("objectclass", classes), ("memberurl", &["ldap:///dc=x??sub?(uid=*)"])]);
        if !members.is_empty() {
            entry.attributes.insert("member".to_owned(), members.iter().map(|member| (*member).into()).collect());
        }
        entry
    };
    let concealed = |groups: &[Entry]| {
        let mut assembly = assembly();
        for group in groups {
            assert!(assembly.add_group(group, found(&all())).is_ok());
        }
        finish(assembly).groups.iter().map(|group| group.concealed).collect::<Vec<_>>()
    };
    let silent = dynamic("silent", 10, &["groupOfURLs"], &[]);
    let worked_out = dynamic("worked out", 11, &["groupOfURLs"], &["uid=ada,dc=x"]);
    let mixed = dynamic("mixed", 12, &["groupOfNames", "groupOfURLs"], &["uid=ada,dc=x"]);
    let empty = group("empty", 13, &[("objectclass", &["groupOfNames"])]);
    assert_eq!(concealed(&[silent.clone(), empty]), [Some(Concealed::Dynamic), None]);
    // Members of its own say nothing of those that a search would find.
    assert_eq!(concealed(&[silent.clone(), mixed]), [Some(Concealed::Dynamic), None]);
    assert_eq!(concealed(&[silent.clone(), worked_out.clone()]), [None, None]);
    assert_eq!(concealed(&[worked_out, silent]), [None, None]);
}

#[test]
fn who_is_of_another_directory_stays_unread() {
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
            let [unread] = snapshot.groups[0].unresolved.as_slice() else { panic!("{:?}", snapshot.groups) };
            assert_eq!(unread.id, Some(guid(7)), "{value}");
            assert!(snapshot.groups[0].members.is_empty());
        }
    }
}

/// What is added, in some order.
#[derive(Debug, Clone)]
enum Step {
    User(Entry),
    Group(Entry),
    OutOfScope(Entry),
    Other(Entry),
}

fn steps() -> Vec<Step> {
    let by_dn: &[&str] =
        &["uid=jane,ou=people,dc=x", "uid=john,ou=people,dc=x", "uid=mary,dc=x", "cn=b,ou=groups,dc=x", "cn=host,dc=x"];
    let by_name: &[&str] = &["jane", "twin", "nobody"];
    vec![
        Step::User(person("jane", 1)),
        Step::User(person("john", 2)),
        Step::User(entry("cn=twin1,dc=x", 3, &[("uid", &["twin"])])),
        Step::User(entry("cn=twin2,dc=x", 4, &[("uid", &["twin"])])),
        Step::Group(group("a", 10, &[("member", by_dn)])),
        Step::Group(group("b", 11, &[("uniquemember", by_dn), ("memberuid", by_name)])),
        Step::Other(Entry { dn: "cn=host,dc=x".to_owned(), ..Entry::default() }),
        Step::OutOfScope(entry("uid=jane,ou=away,dc=x", 5, &[("uid", &["jane"])])),
        Step::Other(entry("cn=printer,dc=x", 6, &[("uid", &["jane"])])),
    ]
}

proptest! {
    #[test]
    fn the_order_of_entries_does_not_matter(order in Just(steps()).prop_shuffle()) {
        let mut assembly = assembly();
        for step in &order {
            match step {
                Step::User(entry) => drop(assembly.add_user(entry).unwrap()),
                Step::Group(entry) => drop(assembly.add_group(entry, found(&all())).unwrap()),
                Step::OutOfScope(entry) => assembly.add_out_of_scope(entry),
                Step::Other(entry) => assembly.add_other(entry),
            }
        }
        let snapshot = finish(assembly);
        let mut groups: Vec<_> = snapshot
            .groups
            .iter()
            .map(|group| {
                let mut members: Vec<_> = group.members.iter().map(|index| snapshot.users[*index as usize].id).collect();
                members.sort_unstable();
                let mut unread: Vec<_> = group.unresolved.iter().map(|value| value.label.clone()).collect();
                unread.sort_unstable();
                (group.id, members, unread)
            })
            .collect();
        groups.sort_unstable();
        let labels = |labels: &[&str]| labels.iter().map(|label| Box::from(*label)).collect::<Vec<Box<str>>>();
        prop_assert_eq!(
            groups,
            [
                (id(10), vec![id(1), id(2)], labels(&["uid=mary,dc=x"])),
                (id(11), vec![id(1), id(2)], labels(&["nobody", "twin", "uid=mary,dc=x"])),
            ]
        );
    }
}

#[test]
fn a_membership_costs_four_octets_while_it_waits() {
    assert_eq!(size_of::<super::roster::RowNumber>(), 4);
    assert_eq!(size_of::<super::roster::Row>(), 8);
}
