//! What a look-up finds in a file.

use super::*;

#[tokio::test]
async fn a_look_up_finds_an_object_or_its_deletion() {
    let mut settings = settings("dc=example,dc=org");
    settings.users.base_dn = Some("ou=people,dc=example,dc=org".to_owned());
    let everything = everything("dc=example,dc=org", RFC2307BIS).await;
    let id_of = |name: &str| group(&everything, name).id;
    let user = |username: &str| {
        let mut users = everything.users.iter();
        users.find(|user| user.attributes.username.first() == Some(username)).unwrap().id
    };
    let gone = ExternalId::new(IdKind::EntryUuid, [7; 16]);
    let look_up = LookUp {
        groups: vec![id_of("BI Analysts"), gone],
        members: vec![user("jroe"), user("partner"), id_of("BI Editors"), gone],
        without_members: Vec::new(),
    };

    let mut directory = directory(settings, RFC2307BIS);
    let snapshot = directory.snapshot(&by_filter("(cn=BI E*)")).await.unwrap();
    let users = snapshot.users.len();
    let snapshot = directory.locate(snapshot, &look_up).await.unwrap();

    let Some(GroupSighting::Found(found)) = snapshot.located_groups.get(&id_of("BI Analysts")) else { panic!() };
    assert_eq!((found.members.len(), found.unresolved.len(), found.out_of_scope), (2, 1, 1));
    assert!(found.selectors.is_empty());
    assert_eq!(snapshot.located_groups.get(&gone), Some(&GroupSighting::NotInFile));
    let sighting = |id| snapshot.located_members.get(&id).copied();
    let jane =
        snapshot.users.iter().position(|known| known.id == user("jroe")).and_then(|index| u32::try_from(index).ok());
    assert_eq!(sighting(user("jroe")), jane.map(MemberSighting::User));
    assert_eq!(sighting(user("partner")), Some(MemberSighting::OutOfScope));
    assert_eq!(sighting(id_of("BI Editors")), Some(MemberSighting::NotAUser));
    assert_eq!(sighting(gone), Some(MemberSighting::NotInFile));
    assert_eq!(snapshot.users.len(), users);
}

#[tokio::test]
async fn a_member_of_another_forest_is_foreign() {
    let base = "dn: DC=x\nobjectClass: domainDNS\nobjectGUID: 00000000-0000-4000-8000-000000000001\n";
    let foreign = "CN=S-1-5-21-9-9-9-1104,CN=ForeignSecurityPrincipals,DC=x";
    let content = format!(
        "{base}\ndn: {foreign}\nobjectClass: foreignSecurityPrincipal\n\
         objectGUID: 00000000-0000-4000-8000-000000000002\n\ndn: CN=BI,DC=x\nobjectClass: group\ncn: BI\n\
         objectGUID: 00000000-0000-4000-8000-000000000003\nmember: {foreign}\nmember: CN=Gone,DC=x\n"
    );
    let mut directory = directory(settings("DC=x"), content.as_bytes());
    let snapshot = directory.snapshot(&by_filter("(cn=*)")).await.unwrap();
    let unresolved: Vec<_> = group(&snapshot, "BI").unresolved.iter().filter_map(|value| value.id).collect();
    assert_eq!(unresolved.len(), 1, "{snapshot:?}");
    let look_up = LookUp { members: unresolved.clone(), ..LookUp::default() };
    let snapshot = directory.locate(snapshot, &look_up).await.unwrap();
    assert_eq!(snapshot.located_members[&unresolved[0]], MemberSighting::Foreign);
}
