//! Entries that cannot be read do not affect others, and are not taken for missing.

use super::{BASE, directory, everything, members, settings};
use crate::directory::{Directory, LookUp};
use crate::sync::identity::{ExternalId, IdKind};
use crate::sync::snapshot::{BrokenEntry, Defect, MemberSighting, Snapshot};

const UUID: &str = "entryUUID: 00000000-0000-4000-8000-0000000000";

/// A group of ada and cy, and ada; cy's entry is given.
fn company(cy: &str) -> String {
    format!(
        "{BASE}\ndn: uid=ada,dc=x\nobjectClass: inetOrgPerson\nuid: ada\n{UUID}10\n\n{cy}\n\
         dn: cn=BI,dc=x\nobjectClass: groupOfNames\ncn: BI\nmember: uid=ada,dc=x\nmember: uid=cy,dc=x\n{UUID}20\n\n"
    )
}

async fn located(content: &str, ids: &[ExternalId]) -> Snapshot {
    let mut directory = directory(settings("dc=x"), content.as_bytes());
    let snapshot = directory.snapshot(&super::by_filter("(cn=*)")).await.unwrap();
    let look_up = LookUp { members: ids.to_vec(), ..LookUp::default() };
    directory.locate(snapshot, &look_up).await.unwrap()
}

#[tokio::test]
async fn one_that_shows_its_id_is_there_and_unreadable() {
    let (cy, gone) = (id(12), id(99));
    for (entry, place) in [
        (format!("dn: uid=cy,dc=x\nobjectClass: inetOrgPerson\nuid:: ?\n{UUID}12\n"), true),
        (format!("dn: uid=cy,dc=x\nobjectClass: inetOrgPerson\nobjectClass:: /w==\n{UUID}12\n"), true),
        (format!("dn: uid=cy,dc=x\nobjectClass: inetOrgPerson\njpegPhoto:< file:///cy.jpg\n{UUID}12\n"), true),
        (format!("dn: cy\nobjectClass: inetOrgPerson\n{UUID}12\n"), false),
        (format!("dn:: /w==\nobjectClass: inetOrgPerson\n{UUID}12\n"), false),
        (format!("dn:: ?\nobjectClass: inetOrgPerson\n{UUID}12\n"), false),
    ] {
        let snapshot = located(&company(&entry), &[cy, gone]).await;
        assert_eq!(members(&snapshot, "BI"), ["ada"], "{entry}");
        assert_eq!(snapshot.located_members[&cy], MemberSighting::Unreadable, "{entry}");
        assert_eq!(snapshot.located_members[&gone], MemberSighting::NotInFile, "{entry}");
        let [BrokenEntry { id, place: found, defect: Defect::Undecodable(problem), .. }] = &*snapshot.broken else {
            panic!("{entry}: {:?}", snapshot.broken)
        };
        assert_eq!((*id, found.is_some()), (Some(cy), place), "{entry}");
        assert!(problem.starts_with("line "), "{problem}");
    }
}

#[tokio::test]
async fn one_that_shows_no_id_may_be_anybody_who_is_missed() {
    for entry in [
        "dn: uid=cy,dc=x\nobjectClass: inetOrgPerson\nuid: cy\nentryUUID:: ?\n",
        "dn: uid=cy,dc=x\nobjectClass: inetOrgPerson\nuid: cy\nentryUUID: no id\n",
        "dn: uid=cy,dc=x\nobjectClass: inetOrgPerson\nuid: cy\n",
        "dn:: /w==\nobjectClass: inetOrgPerson\nuid: cy\n",
    ] {
        let snapshot = located(&company(entry), &[id(12)]).await;
        assert_eq!(members(&snapshot, "BI"), ["ada"], "{entry}");
        assert_eq!(snapshot.located_members[&id(12)], MemberSighting::Nowhere, "{entry}");
        assert_eq!(snapshot.broken.len(), 1, "{entry}");
    }
}

#[tokio::test]
async fn a_broken_folder_or_computer_is_not_listed() {
    let folder = "dn: ou=a,dc=x\nobjectClass: organizationalUnit\ndescription:: ?\n";
    let snapshot = located(&company(folder), &[id(12)]).await;
    assert_eq!(snapshot.broken, []);
    assert_eq!(snapshot.located_members[&id(12)], MemberSighting::NotInFile);
}

#[tokio::test]
async fn a_base_that_is_broken_is_there() {
    let content = company("").replacen("objectClass: domain\n", "objectClass: domain\ndescription:: ?\n", 1);
    let snapshot = everything("dc=x", content).await;
    assert_eq!(snapshot.directory_id.to_string(), "entryUUID:00000000-0000-4000-8000-000000000001");
    assert_eq!(members(&snapshot, "BI"), ["ada"]);
}

fn id(number: u8) -> ExternalId {
    ExternalId::parse(IdKind::EntryUuid, &format!("00000000-0000-4000-8000-0000000000{number:02}")).unwrap()
}
