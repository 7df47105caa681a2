//! Files as directories write them, read as directories.

mod boundaries;
mod bounds;
mod broken;
mod end;
mod look_ups;
mod memberships;
mod refusals;
mod remnants;
mod withheld;

use super::LdifDirectory;
use crate::directory::schema::tests::settings;
use crate::directory::settings::{DirectorySettings, SchemaChoice};
use crate::directory::{Directory, Error, LookUp, Query, Selector};
use crate::sync::identity::{ExternalId, IdKind};
use crate::sync::snapshot::{
    Absence, AccountState, Concealed, DirectoryGroup, GroupSighting, MemberSighting, Snapshot,
};

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/", $name, ".ldif")).as_slice()
    };
}

const ACTIVE_DIRECTORY: &[u8] = fixture!("active_directory");
const RFC2307: &[u8] = fixture!("open_ldap_rfc2307");
const RFC2307BIS: &[u8] = fixture!("open_ldap_rfc2307bis");
const AD_LDS: &[u8] = fixture!("ad_lds");
const DIRECTORY_SERVER: &[u8] = fixture!("389_directory_server");
const FREE_IPA: &[u8] = fixture!("freeipa");

/// A file that proves its end.
fn directory(settings: DirectorySettings, content: &[u8]) -> LdifDirectory {
    as_it_is(settings, &whole(content))
}

fn as_it_is(settings: DirectorySettings, content: &[u8]) -> LdifDirectory {
    LdifDirectory::new(settings, "corp.ldif".to_owned(), content.to_vec().into())
}

/// The file with the closing lines of `ldapsearch`, if it has none.
fn whole(content: &[u8]) -> Vec<u8> {
    let has = |line: &[u8], start: &[u8]| line.starts_with(start);
    let lines = || content.split(|byte| *byte == b'\n');
    if lines().any(|line| has(line, b"# numEntries")) {
        return content.to_vec();
    }
    let entries = lines().filter(|line| has(line, b"dn:")).count();
    let closing = format!("\n\n# search result\nsearch: 2\nresult: 0 Success\n\n# numEntries: {entries}\n");
    [content, closing.as_bytes()].concat()
}

fn by_filter(filter: &str) -> Query {
    Query {
        selectors: vec![Selector::Filter { filter: filter.to_owned(), base: None }],
        exclude: Vec::new(),
        nested: false,
    }
}

async fn read(settings: DirectorySettings, content: &[u8], query: &Query) -> Result<Snapshot, Error> {
    directory(settings, content).snapshot(query).await
}

/// Every group of a file, the schema found out.
async fn everything(base: &str, content: impl AsRef<[u8]>) -> Snapshot {
    read(settings(base), content.as_ref(), &by_filter("(cn=*)")).await.unwrap()
}

fn group<'a>(snapshot: &'a Snapshot, name: &str) -> &'a DirectoryGroup {
    snapshot.groups.iter().find(|group| group.name.first() == Some(name)).unwrap()
}

fn members<'a>(snapshot: &'a Snapshot, name: &str) -> Vec<&'a str> {
    let members = group(snapshot, name).members.iter();
    let mut usernames: Vec<_> =
        members.map(|user| snapshot.users[*user as usize].attributes.username.first().unwrap()).collect();
    usernames.sort_unstable();
    usernames
}

fn state(snapshot: &Snapshot, username: &str) -> AccountState {
    let by_name = |user: &&crate::sync::snapshot::DirectoryUser| user.attributes.username.first() == Some(username);
    snapshot.users.iter().find(by_name).unwrap().state.account_state()
}

#[tokio::test]
async fn active_directory_is_read_as_samba_exports_it() {
    let mut settings = settings("DC=example,DC=test");
    settings.users.base_dn = Some("OU=Company,DC=example,DC=test".to_owned());
    let snapshot = read(settings, ACTIVE_DIRECTORY, &by_filter("(cn=BI*)")).await.unwrap();
    assert_eq!(snapshot.directory_id.0.kind(), IdKind::ObjectGuid);
    assert_eq!(snapshot.absence, Absence::Proven);
    assert_eq!(snapshot.server, None);
    assert_eq!(snapshot.users.len(), 3);
    assert_eq!(members(&snapshot, "BI Analysts"), ["jroe", "mmajor"]);
    assert_eq!(members(&snapshot, "BI Editors"), ["jmueller"]);
    // A computer and a nested group are ignored. A user outside the base is counted.
    let analysts = group(&snapshot, "BI Analysts");
    assert_eq!((analysts.out_of_scope, analysts.unresolved.len()), (1, 0));
    assert_eq!(analysts.description.first(), Some("Read every dashboard"));
    assert!(!group(&snapshot, "BI Empty").shows_members);
    assert_eq!(state(&snapshot, "jroe"), AccountState::Enabled);
    assert_eq!(state(&snapshot, "mmajor"), AccountState::Disabled);
}

#[tokio::test]
async fn posix_groups_are_read_by_username() {
    let snapshot = everything("dc=example,dc=org", RFC2307).await;
    assert_eq!(snapshot.directory_id.0.kind(), IdKind::EntryUuid);
    assert_eq!(members(&snapshot, "BI Analysts"), ["jmueller", "jroe"]);
    let [leaver] = group(&snapshot, "BI Analysts").unresolved.as_slice() else { panic!("{:?}", snapshot.groups) };
    assert_eq!((&*leaver.label, leaver.id, leaver.dn), ("leaver", None, None));
    let jane = &snapshot.users[0].attributes;
    assert_eq!(jane.display_name.first(), Some("Jane Roe"));
    assert_eq!(jane.phone.first(), Some("+49 30 123456"));
}

#[tokio::test]
async fn groups_of_names_are_read_by_name() {
    let mut settings = settings("dc=example,dc=org");
    settings.users.base_dn = Some("ou=people,dc=example,dc=org".to_owned());
    let snapshot = read(settings, RFC2307BIS, &by_filter("(cn=*)")).await.unwrap();
    assert_eq!(members(&snapshot, "BI Analysts"), ["jmueller", "jroe"]);
    assert_eq!(members(&snapshot, "BI Editors"), ["jroe"]);
    let analysts = group(&snapshot, "BI Analysts");
    assert_eq!(analysts.out_of_scope, 1);
    assert_eq!(
        analysts.unresolved.iter().map(|value| &*value.label).collect::<Vec<_>>(),
        ["uid=leaver,ou=people,dc=example,dc=org"]
    );
    let empty = group(&snapshot, "BI Empty");
    assert!(empty.members.is_empty() && empty.unresolved.is_empty());
}

#[tokio::test]
async fn the_389_directory_server_is_read() {
    let snapshot = everything("dc=example,dc=com", DIRECTORY_SERVER).await;
    assert_eq!(snapshot.directory_id.to_string(), "nsUniqueId:6a3c4b81-1c1f11ef-8f3bd9a1-4c1c2f60");
    assert_eq!(members(&snapshot, "BI Analysts"), ["jroe", "mmajor"]);
    assert_eq!(members(&snapshot, "BI Editors"), ["jroe"]);
    assert_eq!(state(&snapshot, "jroe"), AccountState::Enabled);
    assert_eq!(state(&snapshot, "mmajor"), AccountState::Disabled);
}

#[tokio::test]
async fn free_ipa_is_read_without_its_compatibility_tree() {
    let snapshot = everything("dc=ipa,dc=example", FREE_IPA).await;
    assert_eq!(snapshot.groups.len(), 2);
    assert_eq!(snapshot.users.len(), 2);
    assert_eq!(members(&snapshot, "bi-analysts"), ["jroe", "mmajor"]);
    assert!(group(&snapshot, "bi-analysts").unresolved.is_empty());
    assert_eq!(group(&snapshot, "bi-analysts").id.to_string(), "ipaUniqueID:9f3b5e60-5a0c-11ef-9a3e-525400a1b2c3");
    assert_eq!(state(&snapshot, "mmajor"), AccountState::Disabled);
}

#[tokio::test]
async fn items_select_by_dn_name_and_filter() {
    let query = Query {
        selectors: vec![
            Selector::Dn("CN=bi editors, OU=groups,DC=example,DC=org".to_owned()),
            Selector::Name("bi  ANALYSTS".to_owned()),
            Selector::Filter {
                filter: "(description=read*)".to_owned(),
                base: Some("ou=groups,dc=example,dc=org".to_owned()),
            },
            Selector::Filter { filter: "(cn=*)".to_owned(), base: Some("ou=people,dc=example,dc=org".to_owned()) },
            Selector::Dn("ou=groups,dc=example,dc=org".to_owned()),
        ],
        exclude: vec![Selector::Name("BI Editors".to_owned())],
        nested: false,
    };
    let snapshot = read(settings("dc=example,dc=org"), RFC2307BIS, &query).await.unwrap();
    assert_eq!(snapshot.groups.len(), 2);
    let shown = |name: &str| (group(&snapshot, name).selectors.clone(), group(&snapshot, name).excluded);
    assert_eq!(shown("BI Analysts"), (vec![1, 2], false));
    assert_eq!(shown("BI Editors"), (vec![0], true));
}

#[tokio::test]
async fn a_dn_selects_a_group_that_the_filter_leaves_out() {
    let mut settings = settings("dc=example,dc=org");
    settings.groups.filter = Some("(cn=BI A*)".to_owned());
    let selectors = vec![
        Selector::Dn("cn=BI Editors,ou=groups,dc=example,dc=org".to_owned()),
        Selector::Name("BI Empty".to_owned()),
        Selector::Filter { filter: "(cn=*)".to_owned(), base: None },
    ];
    let snapshot = read(settings, RFC2307BIS, &Query { selectors, exclude: Vec::new(), nested: false }).await.unwrap();
    assert_eq!(snapshot.groups.len(), 2);
    assert_eq!(group(&snapshot, "BI Editors").selectors, [0]);
    assert_eq!(group(&snapshot, "BI Analysts").selectors, [2]);
}

#[tokio::test]
async fn ad_lds_is_read_by_its_own_defaults() {
    let snapshot = everything("O=Example", AD_LDS).await;
    assert_eq!(snapshot.directory_id.0.kind(), IdKind::ObjectGuid);
    assert_eq!(
        members(&snapshot, "BI"),
        ["ada@example.test", "bob@example.test", "cy@example.test", "proxy@example.test"]
    );
    assert_eq!(state(&snapshot, "bob@example.test"), AccountState::Disabled);
    for enabled in ["ada@example.test", "cy@example.test", "proxy@example.test"] {
        assert_eq!(state(&snapshot, enabled), AccountState::Enabled, "{enabled}");
    }
    let probe = directory(settings("O=Example"), AD_LDS).probe().await.unwrap();
    assert_eq!(probe.effective["schema"], "ADLDS");
}

#[tokio::test]
async fn a_probe_says_which_directory_it_is_and_what_the_defaults_are() {
    let probe = directory(settings("dc=ipa,dc=example"), FREE_IPA).probe().await.unwrap();
    assert_eq!(probe.directory_id.to_string(), "nsUniqueId:1b8dca01-5a0a11ef-b5c3e0c1-7bd2b1f3");
    assert_eq!(probe.effective["schema"], "FreeIPA");
    assert_eq!(probe.effective["groups.filter"], "(objectClass=ipaUserGroup)");

    let mut chosen = settings("dc=example,dc=org");
    chosen.schema = SchemaChoice::Rfc2307;
    let probe = directory(chosen, RFC2307BIS).probe().await.unwrap();
    assert_eq!(probe.effective["groups.filter"], "(objectClass=posixGroup)");
}

const BASE: &str = "dn: dc=x\nobjectClass: domain\nentryUUID: 00000000-0000-4000-8000-000000000001\n";

/// The error of a file that is refused.
async fn refusal(base: &str, content: &str) -> String {
    let error = read(settings(base), content.as_bytes(), &by_filter("(cn=*)")).await.unwrap_err();
    error.to_string()
}
