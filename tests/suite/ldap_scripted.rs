//! What no real server does on demand: each answer is read right. Those that are errors are in `ldap_faults`.

use std::sync::atomic::{AtomicU32, Ordering};

use directory_group_sync::directory::settings::{DirectorySettings, SchemaChoice, Source};
use directory_group_sync::directory::{Error, LookUp};
use directory_group_sync::sync::escape::visible;
use directory_group_sync::sync::identity::{ExternalId, IdKind};
use directory_group_sync::sync::snapshot::{AccountState, GroupSighting, MemberSighting, Snapshot};

use crate::directories::{every_group, members, open};
use crate::scripted_ldap::{
    Answer, LAST_PAGE, SUCCESS, Search, group, guid, member, serve, serve_ad_lds, serve_edirectory, serve_free_ipa,
    user, user_guid,
};

async fn read(settings: DirectorySettings) -> Result<Snapshot, Error> {
    open(settings).snapshot(&every_group()).await
}

async fn failure(script: impl Fn(&Search) -> Vec<Answer> + Send + Sync + 'static) -> Error {
    match read(serve(script)).await {
        Ok(snapshot) => panic!("a shorter read: {} groups, {} users", snapshot.groups.len(), snapshot.users.len()),
        Err(error) => error,
    }
}

/// The users that a search by ids asks for, of `user0` to `user4999`.
fn users(search: &Search, count: u32) -> Vec<Answer> {
    if !search.is_for_users() {
        return vec![SUCCESS];
    }
    let wanted = (0..count).filter(|number| search.cookie.is_some() || search.filter_has_octets(&user_guid(*number)));
    wanted.map(user).chain([LAST_PAGE]).collect()
}

#[tokio::test]
async fn a_group_and_its_members_are_read() {
    let snapshot = read(serve(|search| {
        if search.is_for_groups() {
            return vec![group(1, vec![("member", vec![member(1), member(2)])]), LAST_PAGE];
        }
        users(search, 3)
    }))
    .await
    .unwrap();
    assert_eq!(snapshot.groups[0].name.first(), Some("group 1"));
    assert_eq!(snapshot.groups[0].members.len(), 2);
    assert_eq!(snapshot.users.len(), 2, "only members are asked for where they are few");
}

#[tokio::test]
async fn a_short_or_an_empty_page_with_a_cookie_is_not_the_last() {
    let snapshot = read(serve(|search| match search.cookie.as_deref() {
        Some(b"") => vec![group(1, vec![]), Answer::Done(0, "", Some(b"a"))],
        Some(b"a") => vec![Answer::Done(0, "", Some(b"b"))],
        Some(b"b") => vec![Answer::Done(0, "", Some(b"c"))],
        Some(_) => vec![group(2, vec![]), LAST_PAGE],
        None => vec![SUCCESS],
    }))
    .await
    .unwrap();
    assert_eq!(snapshot.groups.len(), 2);
}

/// `member;range=low-high` as Active Directory sends it.
fn range(low: u32, high: u32, is_last: bool) -> Answer {
    let end = if is_last { "*".to_owned() } else { high.to_string() };
    let name: &'static str = format!("member;range={low}-{end}").leak();
    group(1, vec![("member", vec![]), (name, (low..=high).map(member).collect())])
}

fn asks_for(search: &Search, attribute: &str) -> bool {
    search.attributes.iter().any(|asked| asked == attribute)
}

#[tokio::test]
async fn a_group_beyond_the_largest_range_is_whole() {
    let snapshot = read(serve(|search| {
        if search.is_for_groups() {
            vec![range(0, 1499, false), LAST_PAGE]
        } else if asks_for(search, "member;range=1500-*") {
            vec![range(1500, 2999, false), SUCCESS]
        } else if asks_for(search, "member;range=3000-*") {
            vec![range(3000, 3499, true), SUCCESS]
        } else {
            users(search, 5000)
        }
    }))
    .await
    .unwrap();
    assert_eq!(snapshot.groups[0].members.len(), 3500);
    assert_eq!(snapshot.users.len(), 5000, "many members are read by one scan");
}

#[tokio::test]
async fn a_group_that_shrinks_while_it_is_read_is_begun_again() {
    let starts = AtomicU32::new(0);
    let snapshot = read(serve(move |search| {
        if search.is_for_groups() {
            vec![range(0, 1499, false), LAST_PAGE]
        } else if asks_for(search, "member;range=1500-*") {
            vec![Answer::Done(1, "00002121: SvcErr: DSID-031401E4, problem 5012 (DIR_ERROR), data 8995", None)]
        } else if search.scope == 0 && search.base == "CN=group 1,DC=corp" {
            starts.fetch_add(1, Ordering::Relaxed);
            vec![group(1, vec![("member", (0..1200).map(member).collect())]), SUCCESS]
        } else {
            assert!(starts.load(Ordering::Relaxed) <= 1, "one new start is enough");
            users(search, 1500)
        }
    }))
    .await
    .unwrap();
    assert_eq!(snapshot.groups[0].members.len(), 1200);
}

#[tokio::test]
async fn ranges_of_a_group_that_hides_its_changes_are_not_one_answer() {
    let hiding = |answer| match answer {
        Answer::Entry(name, mut attributes) => {
            attributes.retain(|(attribute, _)| *attribute != "uSNChanged");
            Answer::Entry(name, attributes)
        }
        other => other,
    };
    let error = failure(move |search| {
        if search.is_for_groups() {
            vec![hiding(range(0, 1499, false)), LAST_PAGE]
        } else if asks_for(search, "member;range=1500-*") {
            // Somebody before left, so number 1500 moved to where it is not asked for.
            vec![hiding(group(1, vec![("member;range=1500-*", vec![member(1501)])])), SUCCESS]
        } else {
            users(search, 1502)
        }
    })
    .await;
    assert!(matches!(&error, Error::Incomplete { cause, .. } if cause.contains("uSNChanged")), "{error}");
}

#[tokio::test]
async fn a_malformed_entry_and_a_malformed_message_fail_the_read() {
    // An entry of one part, and an operation that does not exist.
    let entry = b"\x30\x09\x02\x01ID\x64\x04\x04\x02CN".to_vec();
    let operation = b"\x30\x05\x02\x01ID\x7f\x00".to_vec();
    for template in [entry, operation] {
        let error = failure(move |search| {
            let mut octets = template.clone();
            let at = octets.windows(2).position(|pair| pair == b"ID").unwrap();
            octets.splice(at..at + 2, [search.message]);
            octets[1] = u8::try_from(octets.len() - 2).unwrap();
            vec![Answer::Octets(octets), LAST_PAGE]
        })
        .await;
        assert!(matches!(error, Error::Malformed { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_reference_to_a_partition_without_groups_and_users_is_no_data() {
    for url in [
        "ldap://corp/CN=Configuration,DC=corp",
        "ldap://corp/CN=Schema,CN=Configuration,DC=corp",
        "ldap://DomainDnsZones.corp/DC=DomainDnsZones,DC=corp",
        "ldap://ForestDnsZones.corp/DC=ForestDnsZones,DC=corp",
    ] {
        let script = move |search: &Search| {
            let mut answers = if search.is_for_groups() {
                vec![group(1, vec![("member", vec![member(1)])])]
            } else {
                users(search, 3)
            };
            answers.retain(|answer| !matches!(answer, Answer::Done(..)));
            answers.into_iter().chain([Answer::Reference(url), LAST_PAGE]).collect()
        };
        let snapshot = read(serve(script)).await.unwrap();
        assert_eq!(members(&snapshot, &snapshot.groups[0]), ["user1"], "{url}");
    }
}

#[tokio::test]
async fn after_a_failure_the_value_does_not_connect_again() {
    let settings = serve(|_| vec![Answer::Close]);
    let mut directory = open(settings);
    directory.snapshot(&every_group()).await.unwrap_err();
    let error = directory.snapshot(&every_group()).await.unwrap_err().to_string();
    assert!(error.contains("earlier failure"), "{error}");
}

#[tokio::test]
async fn another_server_is_asked_only_if_the_first_cannot_be_reached() {
    let mut settings =
        serve(|search| if search.is_for_groups() { vec![group(1, vec![]), LAST_PAGE] } else { vec![SUCCESS] });
    if let Source::Ldap(ldap) = &mut settings.source {
        ldap.servers.insert(0, "127.0.0.1:1".into());
    }
    assert_eq!(read(settings).await.unwrap().groups.len(), 1);
}

#[tokio::test]
async fn look_ups_tell_found_hidden_deleted_and_nowhere_apart() {
    let script = |search: &Search| -> Vec<Answer> {
        if search.is_for_groups() && search.cookie.is_some() {
            return vec![LAST_PAGE];
        }
        let tombstone = |octet| {
            let attributes = vec![("objectGUID", vec![guid(octet)]), ("isDeleted", vec![b"TRUE".to_vec()])];
            Answer::Entry("CN=gone\\0ADEL:x,CN=Deleted Objects,DC=corp".into(), attributes)
        };
        // By id: group 1 exists and has a member, 2 is a tombstone; 3 and 4 only a read of the entry can find.
        if search.scope == 2 && search.filter_has_octets(&guid(1)) && !search.filter_has("group") {
            return vec![group(1, vec![("member", vec![member(7)])]), tombstone(2), SUCCESS];
        }
        if search.base == "<GUID=03030303-0303-0303-0303-030303030303>" {
            return vec![Answer::Entry("CN=hidden,DC=corp".into(), vec![]), SUCCESS];
        }
        if search.base.starts_with("<GUID=") {
            return vec![Answer::Done(32, "", None)];
        }
        users(search, 10)
    };
    let mut directory = open(serve(script));
    let snapshot = directory.snapshot(&every_group()).await.unwrap();
    assert_eq!(snapshot.groups, []);
    let id = |octet: u8| ExternalId::from_guid_octets([octet; 16]);
    let user_id = |number| ExternalId::from_guid_octets(user_guid(number).try_into().unwrap());
    let look_up = LookUp {
        groups: vec![id(1), id(2), id(3), id(4)],
        members: vec![user_id(7), id(4)],
        without_members: Vec::new(),
    };
    let snapshot = directory.locate(snapshot, &look_up).await.unwrap();
    match &snapshot.located_groups[&id(1)] {
        GroupSighting::Found(found) => {
            assert_eq!((found.members.len(), found.selectors.as_slice()), (1, &[][..]));
            assert_eq!(snapshot.users[found.members[0] as usize].id, user_id(7));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(snapshot.located_groups[&id(2)], GroupSighting::Deleted);
    assert_eq!(snapshot.located_groups[&id(3)], GroupSighting::Unreadable);
    assert_eq!(snapshot.located_groups[&id(4)], GroupSighting::Nowhere);
    assert_eq!(snapshot.located_members[&id(4)], MemberSighting::Nowhere);
    assert_eq!(snapshot.located_members[&user_id(7)], MemberSighting::User(0));
}

#[tokio::test]
async fn an_entry_is_found_by_each_of_its_ids_in_one_look_up() {
    const GROUP: [&str; 2] = ["1a1b2c3d-8b8611ee-b42d00c0-4fc964ff", "11111111-0000-4000-8000-000000000001"];
    const PERSON: [&str; 2] = ["2a1b2c3d-8b8611ee-b42d00c0-4fc964ff", "22222222-0000-4000-8000-000000000002"];
    let entry = |dn: &str, ids: [&str; 2], class: &str| {
        let [unique_id, uuid] = ids.map(|id| vec![id.as_bytes().to_vec()]);
        let class = vec![class.as_bytes().to_vec()];
        Answer::Entry(dn.into(), vec![("objectClass", class), ("nsUniqueId", unique_id), ("entryUUID", uuid)])
    };
    let script = move |search: &Search| -> Vec<Answer> {
        if search.cookie.is_some() {
            return vec![LAST_PAGE];
        }
        let is_by_id_alone = ["ipaUserGroup", "inetOrgPerson", "nsTombstone"].iter().all(|it| !search.filter_has(it));
        let asks_for = |ids: [&str; 2]| is_by_id_alone && ids.iter().any(|id| search.filter_has(id));
        let group = asks_for(GROUP).then(|| entry("cn=editors,dc=corp", GROUP, "ipaUserGroup"));
        let person = asks_for(PERSON).then(|| entry("uid=ada,dc=corp", PERSON, "person"));
        group.into_iter().chain(person).chain([SUCCESS]).collect()
    };
    let mut directory = open(serve_free_ipa(script));
    let snapshot = directory.snapshot(&every_group()).await.unwrap();
    let ids = |[unique_id, uuid]: [&str; 2]| {
        [(IdKind::NsUniqueId, unique_id), (IdKind::EntryUuid, uuid)]
            .map(|(kind, value)| ExternalId::parse(kind, value).unwrap())
    };
    let look_up = LookUp { groups: ids(GROUP).into(), members: ids(PERSON).into(), without_members: Vec::new() };
    let snapshot = directory.locate(snapshot, &look_up).await.unwrap();
    for id in ids(PERSON) {
        assert_eq!(snapshot.located_members[&id], MemberSighting::OutOfScope, "{id}");
    }
    let [identity, other] = ids(GROUP);
    assert!(matches!(snapshot.located_groups[&identity], GroupSighting::Found(_)));
    assert_eq!(snapshot.located_groups[&other], GroupSighting::Unreadable, "two links stand for it, so it stays");
}

#[tokio::test]
async fn a_free_ipa_is_joined_by_names_where_it_does_not_search_for_them() {
    let person = |name: &str| {
        let octets = |text: &str| vec![text.as_bytes().to_vec()];
        let id = format!("{:08x}-8b86-11ee-b42d-00c04fc964ff", name.len());
        Answer::Entry(
            format!("uid={name},cn=users,cn=accounts,dc=corp"),
            vec![
                ("objectClass", ["person", "inetOrgPerson", "posixAccount"].map(Into::into).to_vec()),
                ("ipaUniqueID", octets(&id)),
                ("uid", octets(name)),
                ("nsAccountLock", octets("TRUE")),
            ],
        )
    };
    let script = move |search: &Search| -> Vec<Answer> {
        let name = search.base.split(['=', ',']).nth(1).unwrap_or_default().to_owned();
        if search.filter_has("entryDN") || search.scope == 2 && !search.filter_has("ipaUserGroup") {
            return vec![LAST_PAGE];
        }
        if search.scope == 0 {
            return if ["ada", "grace"].contains(&name.as_str()) {
                vec![person(&name), SUCCESS]
            } else {
                vec![Answer::Done(32, "", None)]
            };
        }
        let members = ["uid=ada", "UID=grace", "uid=gone"]
            .map(|name| format!("{name},cn=users,cn=accounts,dc=corp").into_bytes())
            .to_vec();
        let attributes = vec![
            ("objectClass", ["groupOfNames", "ipaUserGroup"].map(Into::into).to_vec()),
            ("ipaUniqueID", vec![b"6f61f619-8b86-11ee-b42d-00c04fc964ff".to_vec()]),
            ("cn", vec![b"editors".to_vec()]),
            ("member", members),
        ];
        vec![Answer::Entry("cn=editors,cn=groups,cn=accounts,dc=corp".into(), attributes), LAST_PAGE]
    };
    let mut directory = open(serve_free_ipa(script));
    let snapshot = directory.snapshot(&every_group()).await.unwrap();
    let editors = &snapshot.groups[0];
    assert_eq!(members(&snapshot, editors), ["ada", "grace"]);
    assert_eq!(&*editors.unresolved[0].label, "uid=gone,cn=users,cn=accounts,dc=corp");
    assert_eq!((editors.id.kind(), snapshot.directory_id.0.kind()), (IdKind::IpaUniqueId, IdKind::NsUniqueId));
    assert_eq!(snapshot.users[0].state.account_state(), AccountState::Disabled);
    assert_eq!(directory.probe().await.unwrap().effective["schema"], "FreeIPA");
}

/// Whatever a server says, what is made of it is one line that shows all that is in it.
#[tokio::test]
async fn what_a_server_says_is_printed_harmlessly() {
    const WORDS: &str = "no\u{1b}[2K\r\u{9b}\u{202e}\u{200b}\u{2028}\u{e0041}";
    let is_harmless = |text: &str| visible(text, false) == text;
    for code in [1, 3, 4, 11, 12, 32, 49, 50, 51, 53, 80, 90] {
        let error = failure(move |_| vec![Answer::Done(code, WORDS, None)]).await.to_string();
        assert!(is_harmless(&error) && error.contains(r"no\u{1b}[2K\u{d}"), "result {code}: {error:?}");
        // The names of entries and attributes that are in the way.
        let entry = move || Answer::Entry(format!("CN={WORDS},DC=corp"), vec![("objectGUID", vec![vec![1]])]);
        let error = failure(move |_| vec![entry(), Answer::Done(code, WORDS, None)]).await.to_string();
        assert!(is_harmless(&error), "result {code}: {error:?}");
    }
}

/// Users 1 to 3 of an AD LDS: nothing is said of the first, the second is disabled, the third has an old password.
fn user_of_ad_lds(number: u32) -> Answer {
    let name = format!("user{number}");
    let mut attributes = vec![
        ("objectClass", ["top", "person", "organizationalPerson", "user"].map(Into::into).to_vec()),
        ("objectGUID", vec![user_guid(number)]),
        ("cn", vec![name.clone().into_bytes()]),
        ("userPrincipalName", vec![format!("{name}@corp.example").into_bytes()]),
    ];
    match number {
        2 => attributes.push(("msDS-UserAccountDisabled", vec![b"TRUE".to_vec()])),
        3 => attributes.push(("msDS-UserPasswordExpired", vec![b"TRUE".to_vec()])),
        _ => {}
    }
    Answer::Entry(format!("CN={name},DC=corp"), attributes)
}

#[tokio::test]
async fn an_ad_lds_is_read_by_its_own_schema() {
    let script = |search: &Search| -> Vec<Answer> {
        // Deleted, and hidden: as in Active Directory, by its controls and by a read of the id.
        if search.scope == 2 && search.filter_has_octets(&guid(2)) && asks_for(search, "isDeleted") {
            let attributes = vec![("objectGUID", vec![guid(2)]), ("isDeleted", vec![b"TRUE".to_vec()])];
            return vec![Answer::Entry("CN=gone\\0ADEL:x,CN=Deleted Objects,DC=corp".into(), attributes), SUCCESS];
        }
        if search.base == "<GUID=03030303-0303-0303-0303-030303030303>" {
            return vec![Answer::Entry("CN=hidden,DC=corp".into(), vec![]), SUCCESS];
        }
        if search.is_for_groups() && search.cookie.is_some() {
            return vec![group(1, vec![("member", [1, 2, 3, 9].map(member).to_vec())]), LAST_PAGE];
        }
        if search.scope == 2 && search.filter_has("userProxy") {
            for unknown in ["sAMAccountName", "userAccountControl", "primaryGroupID", "objectSid"] {
                assert!(!asks_for(search, unknown), "AD LDS has no {unknown}");
            }
            assert!(asks_for(search, "msDS-UserAccountDisabled") && asks_for(search, "userPrincipalName"));
            let wanted = (1..=3).filter(|number| search.filter_has_octets(&user_guid(*number)));
            return wanted.map(user_of_ad_lds).chain([LAST_PAGE]).collect();
        }
        vec![SUCCESS]
    };
    let mut directory = open(serve_ad_lds(script));
    let probe = directory.probe().await.unwrap();
    assert_eq!(probe.effective["schema"], "ADLDS");
    assert_eq!(probe.effective["users.attributes.username"], "userPrincipalName");
    assert_eq!((probe.directory_id.0.kind(), probe.server.position), (IdKind::ObjectGuid, Some(100)));
    assert_eq!(probe.server.identity, "01010101-0101-0101-0101-010101010101", "the invocationId");

    let snapshot = directory.snapshot(&every_group()).await.unwrap();
    let names = [1, 2, 3].map(|number| format!("user{number}@corp.example"));
    assert_eq!(members(&snapshot, &snapshot.groups[0]), names);
    assert_eq!(snapshot.groups[0].unresolved.len(), 1, "whoever is not shown stays unresolved, with the id");
    let states: Vec<AccountState> = snapshot.users.iter().map(|user| user.state.account_state()).collect();
    assert_eq!(states, [AccountState::Enabled, AccountState::Disabled, AccountState::Enabled]);

    let id = |octet: u8| ExternalId::from_guid_octets([octet; 16]);
    let look_up = LookUp { groups: vec![id(2), id(3)], ..LookUp::default() };
    let snapshot = directory.locate(snapshot, &look_up).await.unwrap();
    assert_eq!(snapshot.located_groups[&id(2)], GroupSighting::Deleted);
    assert_eq!(snapshot.located_groups[&id(3)], GroupSighting::Unreadable);
}

#[tokio::test]
async fn an_edirectory_whose_naming_context_has_no_name_is_read_below_its_base() {
    let script = |search: &Search| -> Vec<Answer> {
        assert!(search.base.to_lowercase().ends_with("dc=corp"), "nothing is asked of the whole tree");
        if search.filter_has("groupOfNames") && search.cookie.is_some() {
            let attributes = vec![
                ("objectClass", ["top", "groupOfNames"].map(Into::into).to_vec()),
                ("GUID", vec![guid(5)]),
                ("cn", vec![b"editors".to_vec()]),
                ("member", vec![b"cn=ada,dc=corp".to_vec()]),
            ];
            return vec![Answer::Entry("cn=editors,dc=corp".into(), attributes), LAST_PAGE];
        }
        if search.base == "cn=ada,dc=corp" && search.scope == 0 {
            let attributes = vec![
                ("objectClass", ["person", "inetOrgPerson"].map(Into::into).to_vec()),
                ("GUID", vec![guid(6)]),
                ("uid", vec![b"ada".to_vec()]),
                ("loginDisabled", vec![b"TRUE".to_vec()]),
            ];
            return vec![Answer::Entry("cn=ada,dc=corp".into(), attributes), SUCCESS];
        }
        vec![SUCCESS]
    };
    let mut directory = open(serve_edirectory(script));
    let probe = directory.probe().await.unwrap();
    assert_eq!((&*probe.effective["schema"], probe.directory_id.0.kind()), ("RFC2307bis", IdKind::NsUniqueId));
    let snapshot = directory.snapshot(&every_group()).await.unwrap();
    let editors = &snapshot.groups[0];
    assert_eq!((editors.id.kind(), members(&snapshot, editors)), (IdKind::EdirectoryGuid, vec!["ada".to_owned()]));
    assert_eq!(snapshot.users[0].state.account_state(), AccountState::Disabled);
    let look_up = LookUp { groups: vec![ExternalId::new(IdKind::EdirectoryGuid, [9; 16])], ..LookUp::default() };
    let snapshot = directory.locate(snapshot, &look_up).await.unwrap();
    assert_eq!(snapshot.located_groups[&look_up.groups[0]], GroupSighting::Nowhere);
}

#[tokio::test]
async fn a_schema_that_the_server_is_not_of_is_refused() {
    let problem = async |mut settings: DirectorySettings, schema| {
        settings.schema = schema;
        match open(settings).probe().await {
            Err(Error::Configuration { field, problem, .. }) if field == "spec.schema" => problem,
            other => panic!("{other:?}"),
        }
    };
    let nothing = |_: &Search| vec![SUCCESS];
    for schema in [SchemaChoice::ActiveDirectory, SchemaChoice::Rfc2307bis, SchemaChoice::FreeIpa] {
        let problem = problem(serve_ad_lds(nothing), schema).await;
        assert!(problem.contains("is an AD LDS") && problem.contains("Auto"), "{problem}");
    }
    for schema in [SchemaChoice::AdLds, SchemaChoice::Rfc2307] {
        let problem = problem(serve(nothing), schema).await;
        assert!(problem.contains("is an Active Directory"), "{problem}");
    }
    for (schema, what) in [(SchemaChoice::AdLds, "not an AD LDS"), (SchemaChoice::ActiveDirectory, "not an Active")] {
        let problem = problem(serve_free_ipa(nothing), schema).await;
        assert!(problem.contains(what), "{problem}");
    }
    let mut chosen = serve_ad_lds(nothing);
    chosen.schema = SchemaChoice::AdLds;
    assert_eq!(open(chosen).probe().await.unwrap().effective["schema"], "ADLDS");
}

/// Rule `withheld-text`.
#[tokio::test]
async fn what_a_server_repeats_of_the_bind_account_is_withheld() {
    for code in [3, 50, 53, 80] {
        let error = failure(move |_| vec![Answer::Done(code, "READER, whose password is Secret, may not", None)]).await;
        let said = format!("{error} {error:?}");
        assert!(said.contains("[withheld], whose password is [withheld], may not"), "{said}");
        assert!(!said.to_lowercase().contains("reader") && !said.to_lowercase().contains("secret"), "{said}");
    }
}
