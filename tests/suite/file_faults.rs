//! Files that lie, or that were cut: what a run makes of them, and what the store holds afterwards.

use crate::company::{BASE, closed, exported, ldif};
use crate::store_content::Content;
use crate::sync_files::SyncFiles;

/// What the first run has read.
const COMPANY: [(&str, &[&str]); 2] = [("Analysts", &["ada", "bob"]), ("Editors", &["bob", "cy"])];
const SYNCED: [&str; 2] = ["Analysts: ada bob", "Editors: bob cy"];

/// A store that one run has filled from a file that proves its end. What is missing afterwards is believed at once, so
/// that nothing but the file itself keeps what it does not show.
struct Scene {
    files: SyncFiles,
    before: Content,
}

impl Scene {
    async fn begin() -> Self {
        Self::with("prune: {confirmAfter: 0s}").await
    }

    async fn with(over: &str) -> Self {
        let files = SyncFiles::for_sqlite();
        files.name_store("sqlite:store.db", over);
        files.write_file(exported(&COMPANY));
        files.sync_writes();
        let before = Content::of_sqlite(&files.sqlite()).await;
        assert_eq!(before.groups(), SYNCED);
        Self { files, before }
    }

    /// A run of this file: what it prints, and what the groups are then.
    async fn run(&self, file: impl AsRef<[u8]>) -> (String, Vec<String>) {
        self.files.write_file(file);
        let (_, text) = self.files.sync();
        (text, Content::of_sqlite(&self.files.sqlite()).await.groups())
    }

    /// This file fails the run with this reason and these words, and nothing at all changes.
    async fn is_refused(&self, file: impl AsRef<[u8]>, reason: &str, words: &[&str]) {
        let (text, _) = self.run(file).await;
        for word in [reason].iter().chain(words) {
            assert!(text.contains(word), "{word}: {text}");
        }
        assert!(Content::of_sqlite(&self.files.sqlite()).await == self.before, "{text}");
    }
}

/// The file without the group Editors, which comes last, and without closing lines.
fn without_editors() -> String {
    ldif(&COMPANY).split("dn: cn=Editors").next().unwrap().to_owned()
}

#[tokio::test]
async fn it_ends_between_two_entries() {
    let scene = Scene::with("").await;
    let (text, groups) = scene.run(without_editors()).await;
    assert_eq!(groups, SYNCED, "{text}");
    assert!(text.contains("Missing"), "{text}");
    // Once the absence is confirmed the group goes, so that what was deleted does not stay for ever.
    let scene = Scene::begin().await;
    let (text, groups) = scene.run(without_editors()).await;
    assert_eq!(groups, SYNCED[..1], "{text}");
}

#[tokio::test]
async fn it_ends_inside_its_last_entry() {
    let scene = Scene::begin().await;
    let whole = ldif(&COMPANY);
    let start = without_editors().len();
    // In its name, its class, its id, its members, and right before the empty line.
    for length in [start + 20, start + 50, start + 90, whole.len() - 40, whole.len() - 5, whole.len() - 1] {
        let (text, groups) = scene.run(&whole[..length]).await;
        assert_eq!(groups, SYNCED, "{length}: {text}");
        // A name that may be cut is not told. Rule `withheld-text`.
        let entry = if length == start + 20 { "in line " } else { "cn=Editors" };
        assert!(text.contains(&format!("the file ends with the entry {entry}")), "{length}: {text}");
    }
    let (text, groups) = scene.run(whole).await;
    assert_eq!(groups, SYNCED, "{text}");
    assert!(text.contains("nothing written"), "{text}");
}

#[tokio::test]
async fn it_counts_more_entries_than_it_has() {
    let scene = Scene::begin().await;
    let whole = exported(&COMPANY);
    let (before, after) = whole.split_once("dn: cn=Editors").unwrap();
    let (_, closing) = after.split_once("\n\n").unwrap();
    let words = ["`numEntries: 6`, but the file has 5", "export it again"];
    scene.is_refused(format!("{before}{closing}"), "DirectoryAnswerMalformed", &words).await;
}

#[tokio::test]
async fn a_limit_of_the_server_ended_it() {
    let scene = Scene::begin().await;
    let cut = closed(without_editors()).replace("0 Success", "4 Size limit exceeded");
    scene.is_refused(cut, "DirectoryAnswerMalformed", &["result 4 (sizeLimitExceeded), so entries are missing"]).await;
}

#[tokio::test]
async fn it_goes_on_after_its_closing_lines() {
    let scene = Scene::begin().await;
    let two = closed(without_editors()) + "\n" + &exported(&COMPANY);
    scene.is_refused(two, "DirectoryAnswerMalformed", &["export everything with one search"]).await;
}

#[tokio::test]
async fn it_has_lost_a_base() {
    let folder = format!("dn: ou=Held,{BASE}\nobjectClass: organizationalUnit\n\n");
    let file = |folder: &str| closed(ldif(&COMPANY) + folder);
    let mut scene = Scene::begin().await;
    let item = format!("exclude: [{{filter: (cn=Z*), baseDN: 'ou=Held,{BASE}'}}]");
    scene.files.name_store("sqlite:store.db", &item);
    assert_eq!(scene.run(file(&folder)).await.1, SYNCED);
    scene.before = Content::of_sqlite(&scene.files.sqlite()).await;
    let words = ["spec.exclude[0].baseDN", "has no entry `ou=Held,"];
    scene.is_refused(file(""), "DirectoryMisconfigured", &words).await;
}

#[tokio::test]
async fn it_is_utf_16() {
    let scene = Scene::begin().await;
    let text = exported(&COMPANY);
    let marked = || std::iter::once(0xfeff).chain(text.encode_utf16());
    let words = ["UTF-16", "`ldifde -f FILE -d BASE`, without `-u`"];
    let little: Vec<u8> = marked().flat_map(u16::to_le_bytes).collect();
    scene.is_refused(little, "DirectoryAnswerMalformed", &words).await;
    let big: Vec<u8> = marked().flat_map(u16::to_be_bytes).collect();
    scene.is_refused(big, "DirectoryAnswerMalformed", &words).await;
}

/// What the message recommends.
#[tokio::test]
async fn ldifde_wrote_it() {
    let scene = Scene::begin().await;
    let file = ldif(&[("Analysts", &["ada"]), COMPANY[1]]);
    let windows = file.replace("\nobjectClass: ", "\nchangetype: add\nobjectClass: ").replace('\n', "\r\n");
    let (text, groups) = scene.run(windows).await;
    assert_eq!(groups, ["Analysts: ada", SYNCED[1]], "{text}");
}

#[tokio::test]
async fn an_entry_of_it_cannot_be_decoded() {
    let file = exported(&[("Analysts", &["ada", "dora"]), COMPANY[1]]);
    let cy = format!("dn: uid=cy,{BASE}\nobjectClass: inetOrgPerson\nuid: cy\n");
    assert!(file.contains(&cy), "{file}");
    for broken in [
        cy.replace("uid: cy", "uid:: ?"),
        cy.replace("dn: uid=cy", "dn: cy"),
        cy.replace(&format!("dn: uid=cy,{BASE}"), "dn:: dWlkPf8="),
        cy.clone() + "entryUUID: none\n",
        cy.replace("inetOrgPerson", "inetOrgPerson\nobjectClass:: /w=="),
    ] {
        let scene = Scene::with("").await;
        let (text, groups) = scene.run(file.replace(&cy, &broken)).await;
        assert_eq!(groups, ["Analysts: ada dora", SYNCED[1]], "{broken}: {text}");
        assert!(text.contains("Invalid") && text.contains("cannot be decoded"), "{broken}: {text}");
    }
}

#[tokio::test]
async fn a_group_of_it_cannot_be_decoded() {
    let file = exported(&[("Analysts", &["ada"]), ("Editors", &["cy"])]);
    let editors = format!("dn: cn=Editors,{BASE}\nobjectClass: groupOfNames\ncn: Editors\n");
    assert!(file.contains(&editors), "{file}");
    for broken in [editors.clone() + "description:: ?\n", editors.clone() + "entryUUID: none\n"] {
        let scene = Scene::begin().await;
        let (text, groups) = scene.run(file.replace(&editors, &broken)).await;
        assert_eq!(groups, ["Analysts: ada", SYNCED[1]], "{broken}: {text}");
        assert!(text.contains("Invalid") && text.contains("cannot be decoded"), "{broken}: {text}");
    }
}

#[tokio::test]
async fn it_has_the_loser_of_a_replication_conflict() {
    let scene = Scene::begin().await;
    let conflict = "6a8d9977-612c-54fc-b386-f5724ddfebec";
    let dn = format!("cn=Editors\\0ACNF:{conflict},{BASE}");
    let loser = format!(
        "dn: {dn}\nobjectClass: groupOfNames\ncn:: RWRpdG9ycwpDTkY6\nmember: uid=ada,{BASE}\nentryUUID: {conflict}\n\n"
    );
    let (text, groups) = scene.run(closed(ldif(&COMPANY) + &loser)).await;
    assert_eq!(groups, SYNCED, "{text}");
    assert!(text.contains("Invalid") && text.contains("lost a replication conflict"), "{text}");
}

/// It proves no absence, and it needs not: the tombstone is the proof.
#[tokio::test]
async fn it_has_tombstones_and_replication_states() {
    let scene = Scene::with("").await;
    let state = "adcsn-6b0967dd000000010002;vucsn-6b0967dd000000010002";
    let file = ldif(&[("Analysts", &["ada", "dora"]), COMPANY[1]])
        .replace(&format!("member: uid=ada,{BASE}"), &format!("member;{state}: uid=ada,{BASE}"))
        .replace(&format!("member: uid=dora,{BASE}"), &format!(
            "member;vucsn-6b0967dd000000010002: uid=dora,{BASE}\nmember;vdcsn-6b0967dd000000010002;deleted: uid=bob,{BASE}"
        ))
        .replace(&format!("dn: cn=Editors,{BASE}\nobjectClass: groupOfNames\n"), &format!(
            "dn: nsuniqueid=1-2-3-4,cn=Editors,{BASE}\nobjectClass: groupOfNames\n\
             objectClass;vucsn-6b0967dd000100010000: nsTombstone\n"
        ));
    let (text, groups) = scene.run(file).await;
    assert_eq!(groups, ["Analysts: ada dora"], "{text}");
    assert!(text.contains("the directory shows it as deleted"), "{text}");
}
