//! The LDAP adapter against OpenLDAP.

mod accounts;
mod members;

use directory_group_sync::directory::settings::{Credentials, TlsMode};
use directory_group_sync::directory::{Error, LookUp, Query, Selector};
use directory_group_sync::sync::identity::IdKind;
use directory_group_sync::sync::snapshot::{Absence, GroupSighting, MemberSighting};

use crate::directories::{every_group, group, members, named, open, open_ldap, with};
use crate::harness::{Certificates, OpenLdap};

const SUFFIX: &str = "dc=example,dc=test";

fn person(name: &str) -> String {
    format!(
        "dn: uid={name},ou=people,{SUFFIX}\nobjectClass: inetOrgPerson\ncn: {name}\nsn: {name}\n\
         mail: {name}@example.test\nuserPassword: pw\n\n"
    )
}

fn group_of(name: &str, dns: impl IntoIterator<Item = String>) -> String {
    let mut entry = format!("dn: cn={name},ou=groups,{SUFFIX}\nobjectClass: groupOfNames\ncn: {name}\n");
    for dn in dns {
        entry.extend(["member: ", &dn, "\n"]);
    }
    entry + "\n"
}

fn dn(name: &str) -> String {
    format!("uid={name},ou=people,{SUFFIX}")
}

fn tree() -> String {
    let folders = ["people", "groups", "others"]
        .map(|name| format!("dn: ou={name},{SUFFIX}\nobjectClass: organizationalUnit\nou: {name}\n\n"));
    let people: String = ["reader", "ada", "bob", "eve"].map(person).concat();
    folders.concat() + &people
}

fn server() -> OpenLdap {
    let groups = group_of("Engineers", [dn("ada"), dn("bob")])
        + &group_of("Everybody", [format!("cn=Engineers,ou=groups,{SUFFIX}"), dn("eve"), dn("gone")]);
    OpenLdap::builder(SUFFIX).entries(&(tree() + &groups)).start()
}

#[tokio::test]
async fn groups_and_users_are_the_same_over_ldaps_start_tls_and_in_clear() {
    let server = server();
    let mut snapshots = Vec::new();
    for (mode, address) in [
        (TlsMode::Ldaps, server.tls_address()),
        (TlsMode::StartTls, server.address()),
        (TlsMode::None, server.address()),
    ] {
        let settings = with(open_ldap(&server, "reader"), |ldap| {
            ldap.tls = mode;
            ldap.servers = vec![address];
            ldap.allow_plaintext_password = mode == TlsMode::None;
        });
        let mut snapshot = open(settings).snapshot(&every_group()).await.unwrap();
        snapshot.server.as_mut().unwrap().identity.clear();
        snapshots.push(snapshot);
    }
    assert_eq!(snapshots[0], snapshots[1]);
    assert_eq!(snapshots[0], snapshots[2]);
    let snapshot = &snapshots[0];
    assert_eq!((snapshot.directory_id.0.kind(), snapshot.absence), (IdKind::EntryUuid, Absence::Unproven));
    assert_eq!(members(snapshot, group(snapshot, "Engineers")), ["ada", "bob"]);
    let everybody = group(snapshot, "Everybody");
    assert_eq!(members(snapshot, everybody), ["eve"]);
    assert_eq!(everybody.unresolved.len(), 1, "the nested group is ignored, who is not there stays: {everybody:?}");
    assert_eq!(&*everybody.unresolved[0].label, dn("gone"));
}

#[tokio::test]
async fn a_certificate_of_another_authority_or_name_is_refused() {
    let server = server();
    let strange = with(open_ldap(&server, "reader"), |ldap| {
        ldap.authorities = Some(Certificates::new().ca().as_bytes().to_vec().into());
    });
    for mode in [TlsMode::Ldaps, TlsMode::StartTls] {
        let settings = with(strange.clone(), |ldap| {
            ldap.tls = mode;
            ldap.servers = vec![if mode == TlsMode::Ldaps { server.tls_address() } else { server.address() }];
        });
        let error = open(settings).probe().await.unwrap_err();
        assert!(matches!(&error, Error::Tls { cause, .. } if cause.contains("spec.ldap.tls.caRef")), "{error}");
    }
    let misnamed = with(open_ldap(&server, "reader"), |ldap| ldap.server_name = Some("dc.example.test".into()));
    let error = open(misnamed).probe().await.unwrap_err();
    assert!(matches!(&error, Error::Tls { cause, .. } if cause.contains("spec.ldap.tls.serverName")), "{error}");
    assert!(!server.log().contains("BIND dn=\"uid=reader"), "no password was sent: {}", server.log());
    let named = with(open_ldap(&server, "reader"), |ldap| ldap.server_name = Some("localhost".into()));
    open(named).probe().await.unwrap();
}

#[tokio::test]
async fn a_refused_password_is_sent_once_to_one_server() {
    let server = server();
    let settings = with(open_ldap(&server, "reader"), |ldap| {
        ldap.servers = vec![server.tls_address(), server.tls_address()];
        ldap.credentials = Credentials::Simple { username: dn("reader").into(), password: "wrong".into() };
    });
    let error = open(settings).probe().await.unwrap_err();
    assert!(matches!(&error, Error::BindRefused { diagnostic, .. } if diagnostic.contains("result 49")), "{error}");
    let binds = server.log().matches("BIND dn=\"uid=reader").count();
    assert_eq!(binds, 1, "{}", server.log());
}

#[tokio::test]
async fn a_certificate_binds_by_sasl_external() {
    let server = OpenLdap::builder(SUFFIX)
        .global("TLSVerifyClient try\nauthz-regexp \"^cn=([^,]+)$\" \"uid=$1,ou=people,dc=example,dc=test\"")
        .database(&format!("access to * by dn.exact=\"{}\" read by anonymous auth by * none", dn("reader")))
        .entries(&(tree() + &group_of("Engineers", [dn("ada")])))
        .start();
    let pair = server.certificates().client("reader");
    let settings = with(open_ldap(&server, "reader"), |ldap| {
        ldap.credentials = Credentials::External {
            certificate: pair.certificate.into_bytes().into(),
            key: pair.key.into_bytes().into(),
        };
    });
    let snapshot = open(settings).snapshot(&every_group()).await.unwrap();
    assert_eq!(members(&snapshot, group(&snapshot, "Engineers")), ["ada"]);
    let anonymous = with(open_ldap(&server, "reader"), |ldap| ldap.credentials = Credentials::Anonymous);
    let error = open(anonymous).snapshot(&every_group()).await.unwrap_err();
    assert!(matches!(&error, Error::Configuration { field, .. } if field == "spec.baseDN"), "{error}");
}

#[tokio::test]
async fn the_servers_size_limit_fails_the_read() {
    let names: Vec<String> = (0..600).map(|number| format!("u{number}")).collect();
    let people: String = names.iter().map(|name| person(name)).collect();
    let groups: String = names.iter().map(|name| group_of(&format!("g-{name}"), [dn(name)])).collect();
    let limits = format!("limits dn.exact=\"{}\" size=unlimited size.prtotal=unlimited", dn("ada"));
    let server = OpenLdap::builder(SUFFIX).entries(&(tree() + &people + &groups)).database(&limits).start();
    let error = open(open_ldap(&server, "reader")).snapshot(&every_group()).await.unwrap_err();
    assert!(matches!(&error, Error::Incomplete { cause, .. } if cause.contains("size=unlimited")), "{error}");
    let snapshot = open(open_ldap(&server, "ada")).snapshot(&every_group()).await.unwrap();
    assert_eq!((snapshot.groups.len(), snapshot.users.len()), (600, 600));
}

#[tokio::test]
async fn five_thousand_members_are_read_in_one_scan() {
    let names: Vec<String> = (0..5000).map(|number| format!("u{number}")).collect();
    let people: String = names.iter().map(|name| person(name)).collect();
    let all = group_of("All", names.iter().map(|name| dn(name)));
    let limits = format!("limits dn.exact=\"{}\" size=unlimited size.prtotal=unlimited", dn("reader"));
    let server = OpenLdap::builder(SUFFIX).entries(&(tree() + &people + &all)).database(&limits).start();
    let snapshot = open(open_ldap(&server, "reader")).snapshot(&named(&["All"])).await.unwrap();
    let all = group(&snapshot, "All");
    assert_eq!((all.members.len(), all.unresolved.len()), (5000, 0));
}

#[tokio::test]
async fn hidden_members_read_as_none_and_a_hidden_group_as_nowhere() {
    let reader = dn("reader");
    let hides = |what: &str| format!("access to {what} by dn.exact=\"{reader}\" none by * read\naccess to * by * read");
    let groups = group_of("Engineers", [dn("ada")]);
    let attribute = OpenLdap::builder(SUFFIX).entries(&(tree() + &groups)).database(&hides("attrs=member")).start();
    let snapshot = open(open_ldap(&attribute, "reader")).snapshot(&named(&["Engineers"])).await.unwrap();
    assert!(!group(&snapshot, "Engineers").shows_members);

    let server = OpenLdap::builder(SUFFIX)
        .entries(&(tree() + &groups))
        .database(&hides(&format!("dn.exact=\"cn=Engineers,ou=groups,{SUFFIX}\"")))
        .start();
    let id = open(open_ldap(&server, "eve")).snapshot(&named(&["Engineers"])).await.unwrap().groups[0].id;
    let mut directory = open(open_ldap(&server, "reader"));
    let snapshot = directory.snapshot(&named(&["Engineers"])).await.unwrap();
    assert_eq!(snapshot.groups, []);
    let look_up = LookUp { groups: vec![id], members: Vec::new(), without_members: Vec::new() };
    let snapshot = directory.locate(snapshot, &look_up).await.unwrap();
    assert_eq!(snapshot.located_groups[&id], GroupSighting::Nowhere);
}

#[tokio::test]
async fn a_base_that_cannot_be_read_names_its_field() {
    let server = server();
    let mut settings = open_ldap(&server, "reader");
    settings.groups.base_dn = Some(format!("ou=elsewhere,{SUFFIX}"));
    let error = open(settings).snapshot(&every_group()).await.unwrap_err();
    assert!(matches!(&error, Error::Configuration { field, .. } if field == "spec.groups.baseDN"), "{error}");

    let base = Some(format!("ou=elsewhere,{SUFFIX}"));
    let query = Query {
        selectors: vec![Selector::Filter { filter: "(cn=*)".into(), base }],
        exclude: Vec::new(),
        nested: false,
    };
    let error = open(open_ldap(&server, "reader")).snapshot(&query).await.unwrap_err();
    assert!(matches!(&error, Error::Configuration { field, .. } if field == "spec.groups[0].baseDN"), "{error}");
}

#[tokio::test]
async fn a_moved_group_is_found_by_its_id_with_its_members() {
    let server = server();
    let mut settings = open_ldap(&server, "reader");
    settings.groups.base_dn = Some(format!("ou=groups,{SUFFIX}"));
    let id = open(settings.clone()).snapshot(&named(&["Engineers"])).await.unwrap().groups[0].id;
    server.modify(&format!(
        "dn: cn=Engineers,ou=groups,{SUFFIX}\nchangetype: modrdn\nnewrdn: cn=Builders\ndeleteoldrdn: 1\n\
         newsuperior: ou=others,{SUFFIX}"
    ));
    let mut directory = open(settings);
    let snapshot = directory.snapshot(&named(&["Engineers"])).await.unwrap();
    assert_eq!(snapshot.groups, []);
    let look_up = LookUp { groups: vec![id], members: Vec::new(), without_members: Vec::new() };
    let snapshot = directory.locate(snapshot, &look_up).await.unwrap();
    let GroupSighting::Found(found) = &snapshot.located_groups[&id] else { panic!("{snapshot:?}") };
    assert_eq!((found.name.first(), found.selectors.as_slice()), (Some("Builders"), &[][..]));
    assert_eq!(members(&snapshot, found), ["ada", "bob"]);
}

#[tokio::test]
async fn members_are_told_apart_by_what_can_be_read_of_them() {
    let outsider =
        format!("dn: uid=zoe,ou=others,{SUFFIX}\nobjectClass: inetOrgPerson\ncn: zoe\nsn: zoe\nuid: zoe\n\n");
    let groups = group_of("Mixed", [dn("ada"), format!("uid=zoe,ou=others,{SUFFIX}"), format!("ou=others,{SUFFIX}")]);
    let server = OpenLdap::builder(SUFFIX).entries(&(tree() + &outsider + &groups)).start();
    let mut settings = open_ldap(&server, "reader");
    settings.users.base_dn = Some(format!("ou=people,{SUFFIX}"));
    let mut directory = open(settings.clone());
    let snapshot = directory.snapshot(&named(&["Mixed"])).await.unwrap();
    let mixed = group(&snapshot, "Mixed");
    assert_eq!((mixed.out_of_scope, mixed.unresolved.len()), (1, 0), "{mixed:?}");
    assert_eq!(members(&snapshot, mixed), ["ada"]);

    settings.users.base_dn = None;
    let zoe = open(settings).snapshot(&named(&["Mixed"])).await.unwrap();
    let zoe = zoe.users.iter().find(|user| user.attributes.username.first() == Some("zoe")).unwrap().id;
    let look_up =
        LookUp { groups: Vec::new(), members: vec![zoe, snapshot.users[0].id, mixed.id], without_members: Vec::new() };
    let snapshot = directory.locate(snapshot.clone(), &look_up).await.unwrap();
    assert_eq!(snapshot.located_members[&zoe], MemberSighting::OutOfScope);
    assert_eq!(snapshot.located_members[&snapshot.users[0].id], MemberSighting::User(0));
    assert_eq!(snapshot.located_members[&group(&snapshot, "Mixed").id], MemberSighting::NotAUser);
}

#[tokio::test]
async fn names_with_odd_characters_are_found_by_every_selector() {
    let name = "R&D (A*B), \u{fc}ber\\all + #1";
    let escaped = "R&D (A*B)\\, \u{fc}ber\\\\all \\+ #1";
    let group_entry = format!(
        "dn: cn={escaped},ou=groups,{SUFFIX}\nobjectClass: groupOfNames\ncn: {name}\nmember: {}\n\n",
        dn("ada")
    );
    let server = OpenLdap::builder(SUFFIX).entries(&(tree() + &encoded(&group_entry))).start();
    let selectors = vec![
        Selector::Name(name.to_uppercase()),
        Selector::Dn(format!("CN={escaped},OU=groups,{SUFFIX}")),
        Selector::Filter { filter: "(cn=R&D \\28A\\2aB\\29*)".into(), base: None },
        Selector::Name("R&D*".into()),
    ];
    let query = Query { selectors, exclude: vec![Selector::Dn(format!("cn=nobody,{SUFFIX}"))], nested: false };
    let snapshot = open(open_ldap(&server, "reader")).snapshot(&query).await.unwrap();
    assert_eq!(snapshot.groups.len(), 1);
    assert_eq!((snapshot.groups[0].selectors.as_slice(), snapshot.groups[0].excluded), (&[0, 1, 2][..], false));
}

/// LDIF has values that are not ASCII in Base64 (RFC 2849).
fn encoded(ldif: &str) -> String {
    use base64::Engine as _;
    let line = |line: &str| match line.split_once(": ") {
        Some((name, value)) if !value.is_ascii() => {
            format!("{name}:: {}\n", base64::engine::general_purpose::STANDARD.encode(value))
        }
        _ => format!("{line}\n"),
    };
    ldif.lines().map(line).collect()
}
