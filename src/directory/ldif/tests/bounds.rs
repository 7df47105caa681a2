//! A file has the bounds of a server, and a read of it leaves others room.

use super::*;
use crate::sync::snapshot::Defect;

/// Groups of which each is a member of the one before.
fn chain(length: usize) -> String {
    let group = |number: usize| {
        let (id, next) = (number + 2, number + 1);
        format!(
            "dn: cn=g{number},dc=x\nobjectClass: groupOfNames\ncn: g{number}\nmember: cn=g{next},dc=x\n\
             entryUUID: 00000000-0000-4000-8000-{id:012}\n\n"
        )
    };
    let groups: Vec<String> = (0..length).map(group).collect();
    format!("{BASE}\n{}", groups.concat())
}

async fn nested(content: &str) -> Result<Snapshot, Error> {
    let query = Query { selectors: vec![Selector::Name("g0".to_owned())], exclude: Vec::new(), nested: true };
    read(settings("dc=x"), content.as_bytes(), &query).await
}

#[tokio::test]
async fn groups_may_be_as_deep_as_on_a_server() {
    let names = |snapshot: Snapshot| snapshot.groups.iter().filter(|group| group.name.first() == Some("g0")).count();
    assert_eq!(names(nested(&chain(100)).await.unwrap()), 1);
    for length in [103, 4_000] {
        let error = nested(&chain(length)).await.unwrap_err();
        assert!(matches!(&error, Error::Incomplete { cause, .. } if cause.contains("100 levels")), "{error}");
    }
}

#[tokio::test]
async fn a_value_is_as_long_as_on_a_server() {
    let person = |attribute: &str, length: usize| {
        format!(
            "{BASE}\ndn: uid=a,dc=x\nobjectClass: inetOrgPerson\nuid: a\n{attribute}: {}\n\
             entryUUID: 00000000-0000-4000-8000-000000000002\n\n",
            "a".repeat(length)
        )
    };
    assert_eq!(everything("dc=x", person("mail", 65_536)).await.broken, []);
    assert_eq!(everything("dc=x", person("jpegPhoto", 70_000)).await.broken, [], "it is not read");
    let broken = everything("dc=x", person("mail", 70_000)).await.broken;
    let [broken] = &*broken else { panic!("{broken:?}") };
    assert!(
        matches!(&broken.defect, Defect::Undecodable(problem) if problem.contains("`mail` is longer than 65536 octets")),
        "{broken:?}"
    );
}

#[tokio::test]
async fn others_go_on_while_a_file_is_read() {
    let content = chain(4_000);
    let mut directory = directory(settings("dc=x"), content.as_bytes());
    let query = by_filter("(|(cn=g*)(cn=h*))");
    let mut turns = 0;
    let others = async {
        loop {
            turns += 1;
            tokio::task::yield_now().await;
        }
    };
    let read = tokio::select! {
        read = directory.snapshot(&query) => read,
        () = others => unreachable!("it has no end"),
    };
    assert_eq!(read.unwrap().groups.len(), 4_000);
    assert!(turns > 10, "{turns}");
}
