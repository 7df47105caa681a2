//! The LDAP adapter against an Active Directory domain controller.

mod members;

use directory_group_sync::directory::settings::{Credentials, DirectorySettings, TlsMode};
use directory_group_sync::directory::{Error, LookUp, Selector};
use directory_group_sync::sync::identity::{ExternalId, IdKind};
use directory_group_sync::sync::snapshot::{AccountState, GroupSighting, MemberSighting};

use crate::directories::{group, members, named, open, samba, with};
use crate::harness::SambaAd;
use crate::harness::samba::Account;

const MEMBER_ATTRIBUTE: &str = "bf9679c0-0de6-11d0-a285-00aa003049e2";

fn unit(name: &str) -> String {
    format!("OU={name},{}", SambaAd::BASE)
}

fn units() -> String {
    ["Staff", "Groups", "Others"]
        .map(|name| format!("dn: {}\nobjectClass: organizationalUnit\n\n", unit(name)))
        .concat()
}

fn domain() -> (SambaAd, Account) {
    let server = SambaAd::builder().entries(&units()).start();
    let account = server.add_service_account("sync");
    (server, account)
}

/// Settings with the groups' base below the domain head.
fn below(server: &SambaAd, account: &Account) -> DirectorySettings {
    let mut settings = samba(server, account);
    settings.groups.base_dn = Some(unit("Groups"));
    settings
}

fn id(server: &SambaAd, dn: &str) -> ExternalId {
    ExternalId::parse(IdKind::ObjectGuid, &server.guid(dn)).unwrap()
}

#[tokio::test]
async fn groups_are_joined_with_users_by_their_ids() {
    let (server, account) = domain();
    let ada = server.add_user(&unit("Staff"), "ada", "ada", "mail: ada@example.test\nsn: Lovelace");
    let bob = server.add_user(&unit("Staff"), "bob", "bob", "");
    server.modify(&format!("dn: {}\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: 514", bob.dn));
    let nested = server.add_group(&unit("Groups"), "Nested", &[]);
    let odd = format!("CN=R&D (A*B)\\, all,{}", unit("Groups"));
    server.modify(&format!("dn: {odd}\nobjectClass: group\nsAMAccountName: RD\nmember: {}", ada.dn));
    server.add_group(&unit("Groups"), "Engineers", &[&ada.dn, &bob.dn, &nested]);
    let mut directory = open(samba(&server, &account));
    let mut query = named(&["engineers", "Nested", "R&D (A*B), all"]);
    query.exclude.push(Selector::Dn(odd.to_lowercase()));
    let snapshot = directory.snapshot(&query).await.unwrap();
    let odd = group(&snapshot, "R&D (A*B), all");
    assert_eq!((members(&snapshot, odd), odd.excluded), (vec!["ada".to_owned()], true));
    let engineers = group(&snapshot, "Engineers");
    assert_eq!(members(&snapshot, engineers), ["ada", "bob"]);
    assert_eq!((engineers.unresolved.len(), engineers.out_of_scope), (0, 0), "a nested group is ignored");
    let user = |id| snapshot.users.iter().find(|user| user.id == id).unwrap();
    assert_eq!(user(id(&server, &ada.dn)).attributes.last_name.first(), Some("Lovelace"));
    assert_eq!(user(id(&server, &bob.dn)).state.account_state(), AccountState::Disabled);
    assert_eq!(snapshot.directory_id.0, id(&server, SambaAd::BASE));
    assert!(snapshot.server.as_ref().unwrap().position.is_some());
    let probe = directory.probe().await.unwrap();
    assert_eq!((Some(probe.server), probe.effective["schema"].as_str()), (snapshot.server.clone(), "ActiveDirectory"));
    assert_eq!(
        snapshot.server.as_ref().unwrap().identity.len(),
        36,
        "the invocation id: {}",
        snapshot.server.as_ref().unwrap().identity
    );
}

#[tokio::test]
async fn a_bind_is_refused_with_its_reason_in_words() {
    let (server, account) = domain();
    let bind = |password: &'static str, name: String| {
        let settings = with(samba(&server, &account), |ldap| {
            ldap.credentials = Credentials::Simple { username: name.into(), password: password.into() };
        });
        async move { open(settings).probe().await.unwrap_err() }
    };
    let error = bind("wrong", account.principal.clone()).await.to_string();
    assert!(error.contains("the username or the password is wrong") && error.contains("52e"), "{error}");
    server.modify(&format!(
        "dn: {}\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: 514",
        account.dn
    ));
    let error = open(samba(&server, &account)).probe().await.unwrap_err();
    assert!(
        matches!(&error, Error::BindRefused { diagnostic, .. } if diagnostic.contains(": the account is disabled (")),
        "{error}"
    );
}

#[tokio::test]
async fn start_tls_works_and_a_clear_connection_is_a_matter_of_settings() {
    let (server, account) = domain();
    server.add_group(&unit("Groups"), "Engineers", &[]);
    let start_tls = with(samba(&server, &account), |ldap| ldap.tls = TlsMode::StartTls);
    assert_eq!(open(start_tls).snapshot(&named(&["Engineers"])).await.unwrap().groups.len(), 1);
    let clear = with(samba(&server, &account), |ldap| {
        ldap.tls = TlsMode::None;
        ldap.allow_plaintext_password = true;
    });
    let error = open(clear).probe().await.unwrap_err();
    assert!(matches!(&error, Error::Configuration { field, .. } if field == "spec.ldap.tls.mode"), "{error}");
    let anonymous = with(samba(&server, &account), |ldap| ldap.credentials = Credentials::Anonymous);
    let error = open(anonymous).probe().await.unwrap_err();
    assert!(matches!(&error, Error::Configuration { field, .. } if field == "spec.ldap.auth"), "{error}");
}

#[tokio::test]
async fn a_deleted_group_is_proven_to_an_administrator_alone() {
    let (server, account) = domain();
    let dn = server.add_group(&unit("Groups"), "Engineers", &[]);
    let ada = server.add_user(&unit("Staff"), "ada", "ada", "");
    let (group, user) = (id(&server, &dn), id(&server, &ada.dn));
    server.delete(&dn);
    server.delete(&ada.dn);
    for (account, group_sighting, member_sighting) in [
        (server.administrator(), GroupSighting::Deleted, MemberSighting::Deleted),
        (account, GroupSighting::Nowhere, MemberSighting::Nowhere),
    ] {
        let mut directory = open(with(samba(&server, &account), |ldap| {
            ldap.credentials =
                Credentials::Simple { username: account.dn.clone().into(), password: account.password.clone().into() };
        }));
        let snapshot = directory.snapshot(&named(&["Engineers"])).await.unwrap();
        let look_up = LookUp { groups: vec![group], members: vec![user], without_members: Vec::new() };
        let snapshot = directory.locate(snapshot, &look_up).await.unwrap();
        assert_eq!(snapshot.located_groups[&group], group_sighting, "{}", account.dn);
        assert_eq!(snapshot.located_members[&user], member_sighting, "{}", account.dn);
    }
}

#[tokio::test]
async fn a_moved_group_is_found_and_a_hidden_one_is_unreadable() {
    let (server, account) = domain();
    let ada = server.add_user(&unit("Staff"), "ada", "ada", "");
    let moved = server.add_group(&unit("Groups"), "Moved", &[&ada.dn]);
    let hidden = server.add_group(&unit("Groups"), "Hidden", &[&ada.dn]);
    let (moved_id, hidden_id) = (id(&server, &moved), id(&server, &hidden));
    server.modify(&format!(
        "dn: {moved}\nchangetype: modrdn\nnewrdn: CN=Moved on\ndeleteoldrdn: 1\nnewsuperior: {}",
        unit("Others")
    ));
    server.add_access_rule(&hidden, "(D;;RPLCLO;;;SID)", &account.dn);
    let mut directory = open(below(&server, &account));
    let snapshot = directory.snapshot(&named(&["Moved", "Hidden"])).await.unwrap();
    assert_eq!(snapshot.groups, []);
    let look_up = LookUp { groups: vec![moved_id, hidden_id], members: Vec::new(), without_members: Vec::new() };
    let snapshot = directory.locate(snapshot, &look_up).await.unwrap();
    let GroupSighting::Found(found) = &snapshot.located_groups[&moved_id] else { panic!("{snapshot:?}") };
    assert_eq!(found.name.first(), Some("Moved on"));
    assert_eq!(members(&snapshot, found), ["ada"]);
    assert_eq!(snapshot.located_groups[&hidden_id], GroupSighting::Unreadable);
}

#[tokio::test]
async fn a_hidden_member_attribute_shows_no_members() {
    let (server, account) = domain();
    let ada = server.add_user(&unit("Staff"), "ada", "ada", "");
    let dn = server.add_group(&unit("Groups"), "Engineers", &[&ada.dn]);
    server.add_access_rule(&dn, &format!("(OD;;RP;{MEMBER_ATTRIBUTE};;SID)"), &account.dn);
    let snapshot = open(samba(&server, &account)).snapshot(&named(&["Engineers"])).await.unwrap();
    let group = group(&snapshot, "Engineers");
    assert_eq!((group.members.len(), group.unresolved.len(), group.shows_members), (0, 0, false));
}

#[tokio::test]
async fn members_out_of_scope_and_hidden_members_are_told_apart() {
    let (server, account) = domain();
    let ada = server.add_user(&unit("Staff"), "ada", "ada", "");
    let zoe = server.add_user(&unit("Others"), "zoe", "zoe", "");
    let eve = server.add_user(&unit("Staff"), "eve", "eve", "");
    server.add_group(&unit("Groups"), "Engineers", &[&ada.dn, &zoe.dn, &eve.dn]);
    server.add_access_rule(&eve.dn, "(D;;RPLCLO;;;SID)", &account.dn);
    let mut settings = samba(&server, &account);
    settings.users.base_dn = Some(unit("Staff"));
    let mut directory = open(settings);
    let snapshot = directory.snapshot(&named(&["Engineers"])).await.unwrap();
    let engineers = group(&snapshot, "Engineers").clone();
    assert_eq!(members(&snapshot, &engineers), ["ada"]);
    assert_eq!((engineers.out_of_scope, engineers.unresolved.len()), (1, 1), "{engineers:?}");
    let eve = id(&server, &eve.dn);
    assert_eq!(engineers.unresolved[0].id, Some(eve));
    let look_up = LookUp { groups: Vec::new(), members: vec![eve], without_members: Vec::new() };
    let snapshot = directory.locate(snapshot, &look_up).await.unwrap();
    assert_eq!(snapshot.located_members[&eve], MemberSighting::Unreadable);
}

/// As many as Active Directory sends at once by default (1,500), one more and one less, and twice that with one more.
#[tokio::test]
async fn members_of_any_number_come_back_whole() {
    use std::fmt::Write as _;
    const SIZES: [usize; 4] = [1499, 1500, 1501, 3001];
    let mut entries = units();
    let dn = |number: usize| format!("CN=u{number},{}", unit("Staff"));
    for number in 0..3001 {
        let dn = dn(number);
        writeln!(entries, "dn: {dn}\nobjectClass: user\nsAMAccountName: u{number}\nuserAccountControl: 512\n").unwrap();
    }
    for size in SIZES {
        let name = format!("All {size}");
        writeln!(entries, "dn: CN={name},{}\nobjectClass: group\nsAMAccountName: {name}", unit("Groups")).unwrap();
        (0..size).for_each(|number| writeln!(entries, "member: {}", dn(number)).unwrap());
        entries.push('\n');
    }
    let server = SambaAd::builder().entries(&entries).start();
    let account = server.add_service_account("sync");
    let names = SIZES.map(|size| format!("All {size}"));
    for query in [named(&[&names[0]]), named(&names.each_ref().map(String::as_str))] {
        let snapshot = open(samba(&server, &account)).snapshot(&query).await.unwrap();
        assert_eq!(snapshot.groups.len(), query.selectors.len());
        for (size, name) in SIZES.iter().zip(&names).take(query.selectors.len()) {
            let all = group(&snapshot, name);
            assert_eq!((all.members.len(), all.unresolved.len()), (*size, 0), "{name}");
        }
    }
}
