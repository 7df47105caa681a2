//! Entries that replication leaves in a file: deleted objects, losers of conflicts, and the replication state of
//! values.

use super::{as_it_is, by_filter, directory, everything, group, members, settings};
use crate::directory::{Directory, LookUp};
use crate::sync::identity::{ExternalId, IdKind};
use crate::sync::snapshot::{Defect, GroupSighting, MemberSighting};

/// As `db2ldif` of 389 Directory Server writes it, with `-r` and without, of the same moment: bob left Sales, cy joined
/// it, its description was deleted, and Old was deleted.
fn export(with_states: bool) -> String {
    let stamp = "6b0967dd000000010002";
    let user = |name: &str, number: u8| {
        format!(
            "dn: uid={name},dc=x\nobjectClass: top\nobjectClass: inetOrgPerson\nuid: {name}\n\
             nsUniqueId: 00000000-00000000-00000000-000000{number:02}\n\n"
        )
    };
    let group = if with_states {
        format!(
            "member;adcsn-{stamp};vucsn-{stamp}: uid=ada,dc=x\nmember;vucsn-{stamp}: uid=cy,dc=x\n\
             member;vdcsn-{stamp};deleted: uid=bob,dc=x\ndescription;adcsn-{stamp};deletedattribute;deleted:\n\
             objectClass;vucsn-{stamp}: groupOfNames\nobjectClass: top\ncn;mdcsn-{stamp}: Sales\n"
        )
    } else {
        "member: uid=ada,dc=x\nmember: uid=cy,dc=x\nobjectClass: groupOfNames\nobjectClass: top\ncn: Sales\n".to_owned()
    };
    let tombstones = format!(
        "dn: nsuniqueid=00000000-00000000-00000000-00000099,cn=Old,dc=x\nobjectClass: groupOfNames\nobjectClass: top\n\
         objectClass;vucsn-{stamp}: nsTombstone\ncn: Old\nmember: uid=ada,dc=x\n\
         nsUniqueId: 00000000-00000000-00000000-00000099\nentryUUID: cfec0b39-dd47-401e-8c13-0913e3ff9360\n\n\
         dn: nsuniqueid=ffffffff-ffffffff-ffffffff-ffffffff,dc=x\nobjectClass: nsTombstone\n\
         nsUniqueId: ffffffff-ffffffff-ffffffff-ffffffff\n\n"
    );
    let base = "version: 1\n\n# entry-id: 1\ndn: dc=x\nobjectClass: domain\ndc: x\n\
                nsUniqueId: 00000000-00000000-00000000-00000001\n\n";
    format!(
        "{base}{}{}{}dn: cn=Sales,dc=x\n{group}nsUniqueId: 00000000-00000000-00000000-00000020\n\n{}",
        user("ada", 10),
        user("bob", 11),
        user("cy", 12),
        if with_states { tombstones } else { String::new() }
    )
}

#[tokio::test]
async fn an_export_with_replication_states_is_the_plain_one() {
    let with_states = everything("dc=x", export(true)).await;
    assert_eq!(members(&with_states, "Sales"), ["ada", "cy"]);
    assert_eq!(with_states, everything("dc=x", export(false)).await);
}

#[tokio::test]
async fn a_tombstone_is_a_deleted_entry_even_where_absence_proves_nothing() {
    let ids = [
        ExternalId::parse(IdKind::NsUniqueId, "00000000-00000000-00000000-00000099").unwrap(),
        ExternalId::parse(IdKind::EntryUuid, "cfec0b39-dd47-401e-8c13-0913e3ff9360").unwrap(),
    ];
    for mut directory in
        [as_it_is(settings("dc=x"), export(true).as_bytes()), directory(settings("dc=x"), export(true).as_bytes())]
    {
        let snapshot = directory.snapshot(&by_filter("(cn=*)")).await.unwrap();
        assert_eq!(snapshot.groups.len(), 1);
        let look_up = LookUp { groups: ids.to_vec(), members: ids.to_vec(), without_members: Vec::new() };
        let snapshot = directory.locate(snapshot, &look_up).await.unwrap();
        for id in ids {
            assert_eq!(snapshot.located_groups[&id], GroupSighting::Deleted);
            assert_eq!(snapshot.located_members[&id], MemberSighting::Deleted);
        }
        assert_eq!(snapshot.broken, []);
    }
}

const DOMAIN: &str = "dn: DC=x\nobjectClass: domainDNS\nobjectGUID: 00000000-0000-4000-8000-000000000001\n\n";

fn guid(number: u8) -> String {
    format!("00000000-0000-4000-8000-0000000000{number:02}")
}

fn object(dn: &str, class: &str, cn: &str, number: u8, more: &str) -> String {
    let dn = dn.replace("GUID", &guid(number));
    format!("dn: {dn}\nobjectClass: {class}\ncn: {cn}\nobjectGUID: {}\n{more}\n", guid(number))
}

#[tokio::test]
async fn deleted_objects_of_active_directory_are_deletions() {
    let content = [
        DOMAIN.to_owned(),
        object("CN=Sales\\0ADEL:GUID,CN=Deleted Objects,DC=x", "group", "Sales", 20, "isDeleted: TRUE\n"),
        object("CN=Ops\\0ADEL:GUID,CN=Deleted Objects,DC=x", "group", "Ops", 21, ""),
        object("CN=Ada,DC=x", "user", "Ada", 10, "sAMAccountName: ada\nisDeleted: true\n"),
        object("CN=BI,DC=x", "group", "BI", 22, "isDeleted: FALSE\nmember: CN=Ada,DC=x\n"),
    ]
    .concat();
    let ids = [20, 21, 10].map(|number| ExternalId::parse(IdKind::ObjectGuid, &guid(number)).unwrap());
    let mut directory = as_it_is(settings("DC=x"), content.as_bytes());
    let snapshot = directory.snapshot(&by_filter("(cn=*)")).await.unwrap();
    assert_eq!((snapshot.groups.len(), snapshot.users.len()), (1, 0));
    assert_eq!(group(&snapshot, "BI").unresolved.len(), 1);
    let look_up = LookUp { groups: ids.to_vec(), members: vec![ids[2]], without_members: Vec::new() };
    let snapshot = directory.locate(snapshot, &look_up).await.unwrap();
    assert!(ids.iter().all(|id| snapshot.located_groups[id] == GroupSighting::Deleted), "{snapshot:?}");
    assert_eq!(snapshot.located_members[&ids[2]], MemberSighting::Deleted);
}

#[tokio::test]
async fn the_loser_of_a_conflict_is_listed_as_what_it_is_and_nothing_of_it_changes() {
    let member = "CN=Bob\\0ACNF:GUID,DC=x".replace("GUID", &guid(11));
    let content = [
        DOMAIN.to_owned(),
        object("CN=BI Users,DC=x", "group", "BI Users", 20, &format!("member: {member}\n")),
        object("CN=BI Users\\0ACNF:GUID,DC=x", "group", "BI Users", 21, "sAMAccountName: $DUPLICATE-452\n"),
        object("CN=Other\\0ACNF:GUID,DC=x", "group", "Other", 22, ""),
        object("CN=PC\\0ACNF:GUID,DC=x", "computer", "PC", 23, ""),
        object("CN=Bob\\0ACNF:GUID,DC=x", "user", "Bob", 11, "sAMAccountName: $DUPLICATE-453\n"),
    ]
    .concat();
    let bob = ExternalId::parse(IdKind::ObjectGuid, &guid(11)).unwrap();
    let mut directory = directory(settings("DC=x"), content.as_bytes());
    let snapshot = directory.snapshot(&by_filter("(cn=BI*)")).await.unwrap();
    assert_eq!((snapshot.groups.len(), snapshot.users.len()), (1, 0));
    let listed: Vec<_> = snapshot.broken.iter().map(|broken| (&*broken.label, &broken.defect)).collect();
    let label = |name: &str, number| format!("CN={name}\\0ACNF:{},DC=x", guid(number));
    assert_eq!(
        listed,
        [(&*label("BI Users", 21), &Defect::Conflict), (&*label("Bob", 11), &Defect::Conflict)],
        "a group that no selector selects is not listed"
    );
    let look_up = LookUp { members: vec![bob], ..LookUp::default() };
    let snapshot = directory.locate(snapshot, &look_up).await.unwrap();
    assert_eq!(snapshot.located_members[&bob], MemberSighting::Unreadable);
}

#[tokio::test]
async fn the_loser_of_a_conflict_of_389_directory_server_is_one() {
    let conflict = "dn: cn=Sales+nsuniqueid=00000000-00000000-00000000-00000030,dc=x\nobjectClass: groupOfNames\n\
                    cn: Sales\nnsds5ReplConflict: namingConflict (ADD) cn=sales,dc=x\n\
                    nsUniqueId: 00000000-00000000-00000000-00000030\n\n";
    let snapshot = everything("dc=x", export(false) + conflict).await;
    assert_eq!(snapshot.groups.len(), 1);
    assert!(matches!(snapshot.broken.as_slice(), [broken] if broken.defect == Defect::Conflict), "{snapshot:?}");
}
