//! Files as directories write them, read as directories.

mod broken;
mod end;
mod remnants;

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

/// Of a file that proves its end.
fn directory(settings: DirectorySettings, content: &[u8]) -> LdifDirectory {
    as_it_is(settings, &whole(content))
}

fn as_it_is(settings: DirectorySettings, content: &[u8]) -> LdifDirectory {
    LdifDirectory::new(settings, "corp.ldif".to_owned(), content.to_vec())
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
    // A computer and a nested group are ignored; a user elsewhere is told.
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
async fn what_is_looked_up_is_found_or_deleted() {
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

/// The closure as anybody would compute it from what a snapshot has.
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
    assert_eq!((snapshot.groups.len(), snapshot.subgroups.len()), (1, 3), "who is in no selected group is not there");
    let snapshot = read(settings, content.as_bytes(), &query(false)).await.unwrap();
    assert_eq!(closure(&snapshot, "top"), ["ada"]);
    assert!(snapshot.subgroups.is_empty() && group(&snapshot, "top").subgroups.is_empty());
}

#[tokio::test]
async fn somebody_of_another_forest_is_neither_a_user_nor_nobody() {
    let base = "dn: DC=x\nobjectClass: domainDNS\nobjectGUID: 00000000-0000-4000-8000-000000000001\n";
    let foreign = "CN=S-1-5-21-9-9-9-1104,CN=ForeignSecurityPrincipals,DC=x";
    let content = format!(
        "{base}\ndn: {foreign}\nobjectClass: foreignSecurityPrincipal\n\
         objectGUID: 00000000-0000-4000-8000-000000000002\n\ndn: CN=BI,DC=x\nobjectClass: group\ncn: BI\n\
         objectGUID: 00000000-0000-4000-8000-000000000003\nmember: {foreign}\nmember: CN=Gone,DC=x\n"
    );
    let mut directory = directory(settings("DC=x"), content.as_bytes());
    let snapshot = directory.snapshot(&by_filter("(cn=*)")).await.unwrap();
    let unread: Vec<_> = group(&snapshot, "BI").unresolved.iter().filter_map(|value| value.id).collect();
    assert_eq!(unread.len(), 1, "{snapshot:?}");
    let look_up = LookUp { members: unread.clone(), ..LookUp::default() };
    let snapshot = directory.locate(snapshot, &look_up).await.unwrap();
    assert_eq!(snapshot.located_members[&unread[0]], MemberSighting::Foreign);
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
    assert!(!group(&snapshot, "Domain Users").shows_members, "it lists nobody");
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

async fn refusal(base: &str, content: &str) -> String {
    let error = read(settings(base), content.as_bytes(), &by_filter("(cn=*)")).await.unwrap_err();
    error.to_string()
}

const BASE: &str = "dn: dc=x\nobjectClass: domain\nentryUUID: 00000000-0000-4000-8000-000000000001\n";
const EXPORT: &str = "`ldapsearch -x -E pr=1000/noprompt -b 'dc=x' '(objectClass=*)' '*' '+' > FILE.new && mv FILE.new FILE`, without `-LLL`";

#[tokio::test]
async fn a_file_that_lacks_identities_is_refused_with_the_command_that_adds_them() {
    let error = refusal("dc=x", &format!("{BASE}\ndn: uid=a,dc=x\nobjectClass: inetOrgPerson\nuid: a\n")).await;
    assert!(error.starts_with("reading corp.ldif: line 5: `uid=a,dc=x` has none of"), "{error}");
    assert!(error.contains(EXPORT), "{error}");

    let error = refusal("dc=x", &format!("{BASE}\ndn: cn=a,dc=x\nobjectClass: groupOfNames\n")).await;
    assert!(error.contains("line 5") && error.contains(EXPORT), "{error}");

    let error = refusal("dc=y,dc=x", BASE).await;
    assert!(error.starts_with("spec.baseDN: corp.ldif has no entry `dc=y,dc=x`"), "{error}");

    let error = refusal("dc=x", "dn: dc=x\nobjectClass: domain\n").await;
    assert!(error.starts_with("spec.baseDN: line 1 of corp.ldif") && error.contains(EXPORT), "{error}");
}

#[tokio::test]
async fn entries_that_nobody_asks_for_need_no_identity() {
    let content = format!("{BASE}\ndn: ou=a,dc=x\nobjectClass: organizationalUnit\n");
    assert!(everything("dc=x", content.as_bytes()).await.groups.is_empty());
}

#[tokio::test]
async fn one_identity_has_one_entry() {
    let error = refusal("dc=x", &format!("{BASE}\n{}", BASE.replace("dn: dc=x", "dn: cn=a,dc=x"))).await;
    assert!(error.contains("line 5") && error.contains("`dc=x` in line 1"), "{error}");
}

#[tokio::test]
async fn a_reference_to_data_is_refused() {
    for (url, harmless) in [
        ("ldap://x/CN=Configuration,DC=corp,DC=x", true),
        ("ldap://x/DC=DomainDnsZones,DC=corp,DC=x", true),
        ("ldap://x/DC=elsewhere", true),
        ("ldap://x/DC=sub,DC=corp,DC=x", false),
        ("ldap://x/DC=sub%20a,DC=corp,DC=x", false),
        ("ldap://x/", false),
    ] {
        let base = "dn: DC=corp,DC=x\nobjectClass: domainDNS\nobjectGUID: 00000000-0000-4000-8000-000000000001\n";
        let content = format!("{base}\nref: {url}\n");
        let read = read(settings("DC=corp,DC=x"), content.as_bytes(), &by_filter("(cn=*)")).await;
        assert_eq!(read.is_ok(), harmless, "{url}: {read:?}");
    }
}

#[tokio::test]
async fn a_filter_that_only_a_server_evaluates_is_refused() {
    let refused = read(settings("dc=example,dc=org"), RFC2307, &by_filter("(gidNumber>=20001)")).await.unwrap_err();
    assert!(refused.to_string().starts_with("spec.groups[0].filter: `(gidNumber>=20001)`"), "{refused}");
}
