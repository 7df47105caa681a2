//! How members are found that a group does not list.

use super::*;

#[test]
fn a_primary_group_is_told_by_the_users_own_domain() {
    let schema = Schema::ActiveDirectory;
    let mut user = with("objectsid", &["S-1-5-21-1-2-3-1104"]);
    assert_eq!(schema.primary_group(&user).unwrap(), ShownPrimary::Hidden, "every account has one");
    user.attributes.insert("primarygroupid".to_owned(), vec![b"513".to_vec()]);
    let group = |sid| schema.primary_group_id(&with("objectsid", &[sid])).unwrap();
    let primary = schema.primary_group(&user).unwrap();
    assert_eq!(primary, group("S-1-5-21-1-2-3-513"));
    assert!(matches!(primary, ShownPrimary::Id(PrimaryGroupId::Sid(_))));
    assert_ne!(primary, group("S-1-5-21-9-9-9-513"));
    assert_eq!(Schema::AdLds.primary_group(&user).unwrap(), ShownPrimary::None);
    assert_eq!(Schema::Rfc2307bis.primary_group(&user).unwrap(), ShownPrimary::None);
    assert!(schema.primary_group_id(&with("objectsid", &["S"])).is_err());
}

#[test]
fn a_posix_primary_group_is_told_by_its_number() {
    let gid = |number| ShownPrimary::Id(PrimaryGroupId::GidNumber(number));
    let entry = |class: &str, numbers: &[&str]| {
        let mut entry = of_classes(&[class]);
        let values = numbers.iter().map(|number| number.as_bytes().to_vec()).collect();
        entry.attributes.insert("gidnumber".to_owned(), values);
        entry
    };
    for schema in [Schema::Rfc2307, Schema::Rfc2307bis, Schema::FreeIpa] {
        let user = |class: &str, numbers: &[&str]| schema.primary_group(&entry(class, numbers)).unwrap();
        let group = |class: &str, numbers: &[&str]| schema.primary_group_id(&entry(class, numbers)).unwrap();
        assert_eq!(user("posixAccount", &["500"]), gid(500));
        assert_eq!(user("posixAccount", &[" 0500 "]), gid(500));
        assert_eq!(user("inetOrgPerson", &["4294967294"]), gid(4_294_967_294));
        assert_eq!(user("inetOrgPerson", &[]), ShownPrimary::None, "who is no POSIX account has none");
        assert_eq!(user("POSIXACCOUNT", &[]), ShownPrimary::Hidden, "a POSIX account has one");
        assert_eq!(user("inetOrgPerson", &["staff"]), ShownPrimary::Hidden, "what cannot be read may be any");
        assert_eq!(group("posixGroup", &["500"]), gid(500));
        assert_eq!(group("posixGroup", &[]), ShownPrimary::Hidden);
        assert_eq!(group("groupOfNames", &[]), ShownPrimary::None);
    }
    assert_eq!(Schema::ActiveDirectory.primary_group_id(&entry("group", &["500"])).unwrap(), ShownPrimary::None);
}

#[test]
fn a_dynamic_group_is_known_by_its_search_or_its_class() {
    let search = "ldap:///ou=people,dc=x??sub?(title=boss)";
    for (classes, attributes, dynamic) in [
        (&["groupOfURLs"][..], &[("memberurl", search)][..], Dynamic::Pure),
        // The search may be hidden.
        (&["top", "GROUPOFURLS"], &[], Dynamic::Pure),
        (&["groupOfNames", "groupOfURLs"], &[("memberurl", search)], Dynamic::Mixed),
        (&["groupOfNames", "extensibleObject"], &[("memberurl", search)], Dynamic::Mixed),
        (&["groupOfNames", "labeledURIObject"], &[("labeleduri", "LDAP:///dc=x??sub?(uid=*)")], Dynamic::Mixed),
        (&["dynamicGroup"], &[("memberqueryurl", search)], Dynamic::Mixed),
        (&["groupOfNames", "labeledURIObject"], &[("labeleduri", "https://example.test Our page")], Dynamic::No),
        (&["groupOfNames"], &[], Dynamic::No),
        (&["posixGroup"], &[], Dynamic::No),
    ] {
        let mut entry = of_classes(classes);
        for (name, value) in attributes {
            entry.attributes.insert((*name).to_owned(), vec![value.as_bytes().to_vec()]);
        }
        for schema in [Schema::Rfc2307, Schema::Rfc2307bis, Schema::FreeIpa] {
            assert_eq!(schema.dynamic(&entry), dynamic, "{classes:?} {attributes:?}");
        }
        assert_eq!(Schema::ActiveDirectory.dynamic(&entry), Dynamic::No);
    }
    for schema in [Schema::Rfc2307, Schema::Rfc2307bis, Schema::FreeIpa] {
        let asked = Effective::for_server(&settings("dc=x"), schema).unwrap();
        assert!(asked.group_attributes().contains(&"memberURL") && asked.group_attributes().contains(&"gidNumber"));
    }
}
