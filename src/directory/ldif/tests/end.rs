//! What is known of objects that a file does not have.

use super::{BASE, as_it_is, by_filter, directory, everything, group, members, refusal, settings, whole};
use crate::directory::{Directory, LookUp};
use crate::sync::identity::{ExternalId, IdKind};
use crate::sync::snapshot::{Absence, Defect, GroupSighting, MemberOf, MemberSighting, Snapshot};

fn id(number: u8) -> ExternalId {
    ExternalId::parse(IdKind::EntryUuid, &format!("00000000-0000-4000-8000-0000000000{number:02}")).unwrap()
}

fn uuid(number: u8) -> String {
    format!("entryUUID: 00000000-0000-4000-8000-0000000000{number:02}\n")
}

/// Two users, and two groups of both.
fn company() -> String {
    let user = |name: &str, number| {
        format!("dn: uid={name},dc=x\nobjectClass: inetOrgPerson\nuid: {name}\n{}\n", uuid(number))
    };
    let group = |name: &str, number| {
        let members = "member: uid=ada,dc=x\nmember: uid=bob,dc=x\n";
        format!("dn: cn={name},dc=x\nobjectClass: groupOfNames\ncn: {name}\n{members}{}\n", uuid(number))
    };
    [format!("{BASE}\n"), user("ada", 10), user("bob", 11), group("BI", 20), group("Ops", 21)].concat()
}

/// Reads a file as it is and looks these up.
async fn located(content: &str, groups: &[ExternalId], members: &[ExternalId]) -> Snapshot {
    let mut directory = as_it_is(settings("dc=x"), content.as_bytes());
    let snapshot = directory.snapshot(&by_filter("(cn=*)")).await.unwrap();
    let look_up = LookUp { groups: groups.to_vec(), members: members.to_vec(), without_members: Vec::new() };
    directory.locate(snapshot, &look_up).await.unwrap()
}

#[tokio::test]
async fn only_a_file_that_says_that_it_is_whole_proves_an_absence() {
    let whole = String::from_utf8(whole(company().as_bytes())).unwrap();
    for (content, absence, of_a_group, of_a_member) in [
        (whole, Absence::Proven, GroupSighting::NotInFile, MemberSighting::NotInFile),
        (company(), Absence::Unproven, GroupSighting::Nowhere, MemberSighting::Nowhere),
    ] {
        let snapshot = located(&content, &[id(99)], &[id(99)]).await;
        assert_eq!((snapshot.absence, snapshot.groups.len(), snapshot.users.len()), (absence, 2, 2));
        assert_eq!(snapshot.server, None);
        assert_eq!(snapshot.located_groups[&id(99)], of_a_group);
        assert_eq!(snapshot.located_members[&id(99)], of_a_member);
        assert_eq!(snapshot.broken, []);
    }
}

#[tokio::test]
async fn the_last_group_of_a_file_that_just_ends_is_there_and_says_nothing() {
    for cut in [1, 2, 3, 30] {
        let content = company();
        let snapshot = located(&content[..content.len() - cut], &[id(21)], &[]).await;
        assert_eq!(snapshot.groups.iter().map(|group| &*group.label).collect::<Vec<_>>(), ["cn=BI,dc=x"]);
        let [broken] = snapshot.broken.as_slice() else { panic!("{:?}", snapshot.broken) };
        assert_eq!((&*broken.label, &broken.defect), ("cn=Ops,dc=x", &Defect::CutOff));
        assert!(broken.place.is_some(), "its name is complete, so its group is not missing");
        // Its id is the last line, which is cut off.
        let sighting = if cut < 3 { GroupSighting::Unreadable } else { GroupSighting::Nowhere };
        assert_eq!(snapshot.located_groups[&id(21)], sighting, "{cut}");
    }
}

#[tokio::test]
async fn the_last_user_of_a_file_that_just_ends_is_there_and_says_nothing() {
    let content = company();
    let (before, groups) = content.split_once("dn: uid=bob").unwrap();
    let (bob, groups) = groups.split_once("\n\n").unwrap();
    let content = format!("{before}{groups}dn: uid=bob{bob}");
    let snapshot = located(&content, &[], &[id(11)]).await;
    assert_eq!(members(&snapshot, "BI"), ["ada"]);
    assert_eq!(group(&snapshot, "BI").unresolved.len(), 1, "a member that is named is kept");
    assert_eq!(snapshot.located_members[&id(11)], MemberSighting::Unreadable);

    let snapshot = located(&(content + "\n\n"), &[], &[]).await;
    assert_eq!(members(&snapshot, "BI"), ["ada", "bob"], "an empty line ends an entry");
}

#[tokio::test]
async fn a_file_that_miscounts_itself_is_refused() {
    let whole = String::from_utf8(whole(company().as_bytes())).unwrap();
    let error = refusal("dc=x", &whole.replace("dn: cn=Ops", "dn: cn=Ops,dc=x\n\ndn: cn=More")).await;
    assert!(
        error.starts_with("reading corp.ldif: line") && error.contains("`numEntries: 5`, but the file has 6"),
        "{error}"
    );
}

#[tokio::test]
async fn a_base_that_is_not_in_the_file_fails_the_read() {
    use crate::directory::{Query, Selector};
    let folder = "dn: ou=a,dc=x\nobjectClass: organizationalUnit\n\n";
    let gone = "dn: nsuniqueid=1-2-3-4,ou=gone,dc=x\nobjectClass: nsTombstone\n\n";
    let content = company() + folder + gone;
    let selector = |base: &str| Selector::Filter { filter: "(cn=*)".to_owned(), base: Some(base.to_owned()) };
    let read = async |groups: &str, users: &str, selectors: Vec<Selector>, exclude: Vec<Selector>| {
        let mut settings = settings("dc=x");
        settings.groups.base_dn = Some(groups.to_owned());
        settings.users.base_dn = Some(users.to_owned());
        let query = Query { selectors, exclude, nested: false };
        directory(settings, content.as_bytes()).snapshot(&query).await.map_err(|error| error.to_string())
    };
    let (here, gone) = ("OU=A, dc=x", "ou=gone,dc=x");
    assert!(read(here, here, vec![selector(here)], vec![selector("dc=x")]).await.is_ok());
    for (field, read) in [
        ("spec.groups.baseDN", read(gone, here, vec![], vec![]).await),
        ("spec.users.baseDN", read(here, gone, vec![], vec![]).await),
        ("spec.groups[1].baseDN", read("dc=x", here, vec![selector(here), selector(gone)], vec![]).await),
        ("spec.exclude[0].baseDN", read("dc=x", here, vec![selector(here)], vec![selector(gone)]).await),
    ] {
        let error = read.unwrap_err();
        assert!(error.starts_with(&format!("{field}: corp.ldif has no entry `ou=gone,dc=x`")), "{error}");
    }
}

#[tokio::test]
async fn whether_a_group_hides_its_members_is_seen_on_the_other_side() {
    let quiet =
        |name: &str, number| format!("dn: cn={name},dc=x\nobjectClass: groupOfNames\ncn: {name}\n{}\n", uuid(number));
    let user =
        format!("dn: uid=cy,dc=x\nobjectClass: inetOrgPerson\nuid: cy\nmemberOf: CN=hiding, dc=x\n{}\n", uuid(12));
    let content = [company(), quiet("Hiding", 30), quiet("Empty", 31), user].concat();
    let mut directory = as_it_is(settings("dc=x"), content.as_bytes());
    let snapshot = directory.snapshot(&by_filter("(cn=*)")).await.unwrap();
    let look_up = LookUp { without_members: vec![id(30), id(31)], ..LookUp::default() };
    let snapshot = directory.locate(snapshot, &look_up).await.unwrap();
    assert_eq!(snapshot.member_of[&id(30)], MemberOf::NamedByUser);
    assert_eq!(snapshot.member_of[&id(31)], MemberOf::NamedByNobody);
    assert_eq!(everything("dc=x", content).await.member_of.len(), 0);
}
