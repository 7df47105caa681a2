//! Members by way of other groups, and members that a group does not list.

use super::*;

/// The usernames of all members, also by way of groups, as a snapshot shows them.
fn closure(snapshot: &Snapshot, name: &str) -> Vec<String> {
    let all = || snapshot.groups.iter().chain(snapshot.subgroups.values());
    let (mut open, mut met) = (vec![group(snapshot, name)], Vec::new());
    let mut users = std::collections::BTreeSet::new();
    while let Some(group) = open.pop() {
        met.push(group.id);
        users.extend(
            group
                .members
                .iter()
                .filter_map(|user| snapshot.users[*user as usize].attributes.username.first().map(str::to_owned)),
        );
        open.extend(all().filter(|other| group.subgroups.contains(&other.id) && !met.contains(&other.id)));
    }
    users.into_iter().collect()
}

#[tokio::test]
async fn member_groups_are_read_wherever_they_are_in_the_file() {
    let entry = |name: &str, number: u8, below: &str, members: &[&str]| {
        let members = members.iter().map(|member| format!("member: {member}\n")).collect::<Vec<_>>().concat();
        let uuid = format!("entryUUID: 00000000-0000-4000-8000-0000000000{number:02x}");
        format!("dn: cn={name},{below}\nobjectClass: groupOfNames\ncn: {name}\n{uuid}\n{members}\n")
    };
    let groups = "ou=groups,dc=x";
    let person = |name: &str, number: u8| {
        let uuid = format!("entryUUID: 00000000-0000-4000-8000-0000000000{number:02x}");
        format!("dn: uid={name},dc=x\nobjectClass: inetOrgPerson\nuid: {name}\n{uuid}\n\n")
    };
    let content = [
        format!("{BASE}\ndn: {groups}\nobjectClass: organizationalUnit\n\n"),
        entry("deep", 22, "ou=away,dc=x", &["uid=eve,dc=x", "cn=top,ou=groups,dc=x"]),
        entry("top", 20, groups, &["uid=ada,dc=x", "cn=left,ou=groups,dc=x", "CN=Right, ou=groups,dc=x"]),
        entry("left", 21, groups, &["uid=bob,dc=x", "cn=deep,ou=away,dc=x"]),
        entry("right", 23, groups, &["cn=deep,ou=away,dc=x"]),
        entry("aside", 24, groups, &["uid=zoe,dc=x"]),
        [("ada", 30), ("bob", 31), ("eve", 32), ("zoe", 33)].map(|(name, number)| person(name, number)).concat(),
    ]
    .concat();
    let mut settings = settings("dc=x");
    settings.groups.base_dn = Some(groups.to_owned());
    let selectors = vec![Selector::Name("top".to_owned())];
    let query = |nested| Query { selectors: selectors.clone(), exclude: Vec::new(), nested };

    let snapshot = read(settings.clone(), content.as_bytes(), &query(true)).await.unwrap();
    assert_eq!(closure(&snapshot, "top"), ["ada", "bob", "eve"]);
    assert_eq!(
        (snapshot.groups.len(), snapshot.subgroups.len()),
        (1, 3),
        "a group outside the selected ones is not read"
    );
    let snapshot = read(settings, content.as_bytes(), &query(false)).await.unwrap();
    assert_eq!(closure(&snapshot, "top"), ["ada"]);
    assert!(snapshot.subgroups.is_empty() && group(&snapshot, "top").subgroups.is_empty());
}

#[tokio::test]
async fn a_primary_group_of_an_export_has_its_members() {
    let content = String::from_utf8(ACTIVE_DIRECTORY.to_vec()).unwrap();
    let (content, _) = content.rsplit_once("# search result").unwrap();
    // Domain Users of that domain, which the export does not have.
    let users = "\ndn: CN=Domain Users,CN=Users,DC=example,DC=test\nobjectClass: group\ncn: Domain Users\n\
                 objectGUID: 00000000-0000-4000-8000-000000000001\n\
                 objectSid: S-1-5-21-2762986621-1120702420-3616785302-513\n";
    let snapshot = everything("DC=example,DC=test", content.to_owned() + users).await;
    assert_eq!(members(&snapshot, "Domain Users").len(), 4);
    assert!(!group(&snapshot, "Domain Users").shows_members, "it lists no members");
}

#[tokio::test]
async fn the_number_of_a_posix_group_makes_members_in_a_file() {
    let person = |name: &str, number: u8, gid: u16| {
        format!(
            "dn: uid={name},dc=x\nobjectClass: inetOrgPerson\nobjectClass: posixAccount\nuid: {name}\ncn: {name}\n\
             entryUUID: 00000000-0000-4000-8000-0000000000{number:02x}\ngidNumber: {gid}\n\n"
        )
    };
    let content = format!(
        "dn: dc=x\nobjectClass: domain\nentryUUID: 00000000-0000-4000-8000-000000000001\n\n{}{}{}\
         dn: cn=staff,dc=x\nobjectClass: posixGroup\ncn: staff\ngidNumber: 500\n\
         entryUUID: 00000000-0000-4000-8000-000000000005\n\n\
         dn: cn=all,dc=x\nobjectClass: posixGroup\ncn: all\ngidNumber: 501\nmemberUid: ada\n\
         entryUUID: 00000000-0000-4000-8000-000000000006\n",
        person("ada", 2, 500),
        person("bob", 3, 500),
        person("cleo", 4, 501)
    );
    for schema in [SchemaChoice::Rfc2307, SchemaChoice::Rfc2307bis] {
        let mut settings = settings("dc=x");
        settings.schema = schema;
        let snapshot = read(settings, content.as_bytes(), &by_filter("(cn=*)")).await.unwrap();
        assert_eq!(members(&snapshot, "staff"), ["ada", "bob"]);
        assert_eq!(members(&snapshot, "all"), ["ada", "cleo"]);
        assert!(snapshot.groups.iter().all(|group| group.unresolved.is_empty() && group.concealed.is_none()));
    }
}

#[tokio::test]
async fn a_dynamic_group_of_a_file_has_members_only_if_they_were_worked_out() {
    let base = "dn: dc=x\nobjectClass: domain\nentryUUID: 00000000-0000-4000-8000-000000000001\n\n\
                dn: uid=ada,dc=x\nobjectClass: inetOrgPerson\nuid: ada\ncn: ada\n\
                entryUUID: 00000000-0000-4000-8000-000000000002\n\n";
    let bosses = "dn: cn=bosses,dc=x\nobjectClass: groupOfURLs\ncn: bosses\nmemberURL: ldap:///dc=x??sub?(uid=*)\n\
                  entryUUID: 00000000-0000-4000-8000-000000000003\n";
    let snapshot = everything("dc=x", format!("{base}{bosses}")).await;
    assert_eq!(group(&snapshot, "bosses").concealed, Some(Concealed::Dynamic));
    let snapshot = everything("dc=x", format!("{base}{bosses}member: uid=ada,dc=x\n")).await;
    assert_eq!(group(&snapshot, "bosses").concealed, None);
    assert_eq!(members(&snapshot, "bosses"), ["ada"]);
}
