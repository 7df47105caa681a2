//! Members that a group does not list: by primary group, or found by the search of a dynamic group.

use super::*;

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
        let asked: Vec<_> = assembly.take_new_primary_groups().iter().map(|group| group.filter().to_string()).collect();
        assert_eq!(asked, ["(primaryGroupID=513)"]);
        assert_eq!(assembly.take_new_primary_groups(), []);
        if !users_first {
            for user in &users {
                assembly.add_user(user).unwrap();
            }
        }
        let snapshot = finish(assembly);
        assert_eq!(members(&snapshot), ["ada"], "another group's and another domain's are not");
        assert!(!snapshot.groups[0].shows_members, "it lists no members");
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
fn users_are_members_of_all_posix_groups_with_their_number() {
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
            let asked: Vec<_> =
                assembly.take_new_primary_groups().iter().map(|group| group.filter().to_string()).collect();
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

    // Some users show it: only those that hide it may be in any group.
    let some = [posix_account("ada", 1, Some("7")), hidden("bob", 2), hidden("eve", 3), person("joe", 4)];
    let snapshot = read(Absence::Unproven, &some, &[staff.clone(), names.clone()]);
    let labels = |index: usize| snapshot.groups[index].unresolved.iter().map(|value| &*value.label).collect::<Vec<_>>();
    assert_eq!(labels(0), ["uid=bob,ou=people,dc=x", "uid=eve,ou=people,dc=x"]);
    assert_eq!((labels(1), snapshot.groups[0].concealed), (vec![], None));
    assert_eq!(snapshot.located_members.get(&id(3)), Some(&MemberSighting::Unreadable));
    assert_eq!(snapshot.located_members.get(&id(4)), None, "who is no POSIX account has no primary group");

    // No user shows it, or too many hide it: any user may be in a POSIX group.
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
fn hidden_primary_groups_count_for_posix_groups() {
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
    // The members that its entry lists say nothing about those that its search would find.
    assert_eq!(concealed(&[silent.clone(), mixed]), [Some(Concealed::Dynamic), None]);
    assert_eq!(concealed(&[silent.clone(), worked_out.clone()]), [None, None]);
    assert_eq!(concealed(&[worked_out, silent]), [None, None]);
}
