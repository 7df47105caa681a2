//! Groups that several searches find, groups that are members, and groups that are located.

use super::*;

#[test]
fn searches_that_find_one_group_add_up() {
    let mut assembly = assembly();
    let staff = group("Staff", 10, &[("member", &["cn=x,dc=x"])]);
    let none = Matches::default();
    let by_name_alone = Finding { matches_group_filter: false, ..found(&none) };
    assert!(assembly.add_group(&staff, by_name_alone).unwrap().is_none());
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
fn located_entries_are_added_to_the_snapshot() {
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
fn member_groups_are_edges_and_bring_values_of_their_own() {
    let mut assembly = assembly_with(Schema::Rfc2307bis, true);
    let value = |name: &str| format!("cn={name},ou=groups,dc=x");
    let (b, c, hidden) = (value("b"), value("c"), value("hidden"));
    assembly.add_group(&group("a", 10, &[("member", &[&b, &hidden])]), found(&all())).unwrap();
    // An excluding search finds it first. It is read again when it turns out to be a member.
    assembly.add_group(&group("b", 11, &[]), found(&Matches::default())).unwrap();
    let new = assembly.take_new_values();
    assert_eq!(assembly.unresolved(&new).count(), 2);

    let a = value("a");
    let member = group("b", 11, &[("member", &[&a, &c, "uid=jane,ou=people,dc=x"])]);
    assert!(assembly.awaits(&member));
    assert!(assembly.add_member_group(&member).unwrap().is_some());
    assert!(assembly.add_member_group(&member).unwrap().is_none(), "once");
    assembly.add_unreadable_group(&group("hidden", 13, &[])).unwrap();
    assembly.add_user(&person("jane", 1)).unwrap();
    let new = assembly.take_new_values();
    assert_eq!(assembly.unresolved(&new).map(|value| value.label.clone()).collect::<Vec<_>>(), [Box::from(c)]);
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
    let new = assembly.take_new_values();
    assert_eq!(assembly.unresolved(&new).count(), 1);
    assembly.add_member_group(&group("c", 12, &[])).unwrap();
    supplement.complete(&mut snapshot);
    assert_eq!(snapshot.located_groups.len(), 2);
    assert_eq!(snapshot.subgroups.keys().copied().collect::<Vec<_>>(), [id(11), id(12)]);
    let GroupSighting::Found(a) = &snapshot.located_groups[&id(10)] else { panic!("{snapshot:?}") };
    assert_eq!(a.subgroups, [id(11), id(12)]);
}
