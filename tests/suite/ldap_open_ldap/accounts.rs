//! What slapd says of accounts, of POSIX groups and of dynamic groups.

use directory_group_sync::directory::settings::SchemaChoice;
use directory_group_sync::directory::{LookUp, Query, Selector};
use directory_group_sync::sync::snapshot::{AccountState, Concealed, GroupSighting, Snapshot};

use super::{SUFFIX, dn, group_of, person, tree};
use crate::directories::{every_group, group, members, named, open, open_ldap};
use crate::harness::OpenLdap;

fn state(snapshot: &Snapshot, username: &str) -> AccountState {
    let mut users = snapshot.users.iter();
    users.find(|user| user.attributes.username.first() == Some(username)).unwrap().state.account_state()
}

#[tokio::test]
async fn an_account_that_the_password_policy_locks_for_ever_is_disabled() {
    let everybody = group_of("Everybody", ["ada", "bob", "eve"].map(dn));
    let server = OpenLdap::builder(SUFFIX).entries(&(tree() + &everybody)).overlay("ppolicy", "").start();
    let lock = |name: &str, time: &str| {
        let change = "changetype: modify\nreplace: pwdAccountLockedTime\npwdAccountLockedTime";
        server.modify(&format!("dn: {}\n{change}: {time}", dn(name)));
    };
    lock("bob", "000001010000Z");
    lock("eve", "20251126093000Z");
    for schema in [SchemaChoice::Auto, SchemaChoice::Rfc2307bis] {
        let mut settings = open_ldap(&server, "reader");
        settings.schema = schema;
        let snapshot = open(settings).snapshot(&named(&["Everybody"])).await.unwrap();
        assert_eq!(members(&snapshot, group(&snapshot, "Everybody")), ["ada", "bob", "eve"]);
        assert_eq!(state(&snapshot, "bob"), AccountState::Disabled);
        assert_eq!(state(&snapshot, "ada"), AccountState::Enabled);
        assert_eq!(state(&snapshot, "eve"), AccountState::Enabled, "a lock that ends by itself");
    }
}

fn posix_account(name: &str, gid: u16) -> String {
    let more = "objectClass: inetOrgPerson\nobjectClass: posixAccount";
    let numbers = format!("uidNumber: 1\ngidNumber: {gid}\nhomeDirectory: /h\n\n");
    person(name).trim_end().replace("objectClass: inetOrgPerson", more) + "\n" + &numbers
}

fn posix_group(name: &str, gid: u16, members: &[&str]) -> String {
    let members = members.iter().map(|member| format!("memberUid: {member}\n")).collect::<Vec<_>>().concat();
    format!("dn: cn={name},ou=groups,{SUFFIX}\nobjectClass: posixGroup\ncn: {name}\ngidNumber: {gid}\n{members}\n")
}

/// Who is in each of the groups.
async fn read(server: &OpenLdap, schema: SchemaChoice, query: &Query) -> Vec<(String, Vec<String>)> {
    let mut settings = open_ldap(server, "reader");
    settings.schema = schema;
    let snapshot = open(settings).snapshot(query).await.unwrap();
    assert!(
        snapshot.groups.iter().all(|group| group.concealed.is_none() && group.unresolved.is_empty()),
        "{snapshot:?}"
    );
    let names = snapshot.groups.iter().map(|group| group.name.first().unwrap_or_default().to_owned());
    let mut read: Vec<_> = names.zip(snapshot.groups.iter().map(|group| members(&snapshot, group))).collect();
    read.sort_unstable();
    read
}

#[tokio::test]
async fn who_has_the_number_of_a_posix_group_is_a_member() {
    let people = [("cleo", 500), ("dan", 500), ("finn", 501)].map(|(name, gid)| posix_account(name, gid)).concat();
    let groups = [("staff", 500, &[][..]), ("also staff", 500, &["finn"]), ("crew", 501, &["dan"]), ("none", 7, &[])]
        .map(|(name, gid, members)| posix_group(name, gid, members))
        .concat();
    let server = OpenLdap::builder(SUFFIX).entries(&(tree() + &people + &groups)).start();
    for schema in [SchemaChoice::Auto, SchemaChoice::Rfc2307] {
        let read = read(&server, schema, &every_group()).await;
        let read: Vec<(&str, Vec<&str>)> = read
            .iter()
            .map(|(name, members)| (name.as_str(), members.iter().map(String::as_str).collect::<Vec<_>>()))
            .collect();
        let staff = vec!["cleo", "dan"];
        assert_eq!(
            read,
            [
                ("also staff", vec!["cleo", "dan", "finn"]),
                ("crew", vec!["dan", "finn"]),
                ("none", vec![]),
                ("staff", staff)
            ]
        );
    }
    // No member of these groups shows a number, and others do, so it is true.
    let read = read(&server, SchemaChoice::Auto, &named(&["none"])).await;
    assert_eq!(read, [("none".to_owned(), Vec::new())]);

    // A group that is looked up by its id has them too.
    let query = named(&["none"]);
    let id = open(open_ldap(&server, "reader")).snapshot(&named(&["staff"])).await.unwrap().groups[0].id;
    let mut directory = open(open_ldap(&server, "reader"));
    let snapshot = directory.snapshot(&query).await.unwrap();
    let look_up = LookUp { groups: vec![id], ..LookUp::default() };
    let snapshot = directory.locate(snapshot, &look_up).await.unwrap();
    let GroupSighting::Found(found) = &snapshot.located_groups[&id] else { panic!("{snapshot:?}") };
    assert_eq!(members(&snapshot, found), ["cleo", "dan"]);
}

#[tokio::test]
async fn where_nobody_is_a_posix_account_no_group_is_a_primary_one() {
    let server = OpenLdap::builder(SUFFIX).entries(&(tree() + &posix_group("staff", 500, &["ada"]))).start();
    let read = read(&server, SchemaChoice::Auto, &every_group()).await;
    assert_eq!(read, [("staff".to_owned(), vec!["ada".to_owned()])]);
}

fn dynamic_groups() -> String {
    let group = |name: &str, filter: &str| {
        format!(
            "dn: cn={name},ou=groups,{SUFFIX}\nobjectClass: groupOfURLs\ncn: {name}\n\
             memberURL: ldap:///ou=people,{SUFFIX}??sub?({filter})\n\n"
        )
    };
    group("A to B", "|(uid=ada)(uid=bob)") + &group("Nobody", "uid=nobody")
}

const DYNAMIC: &str = "include /etc/ldap/schema/dyngroup.schema";

#[tokio::test]
async fn a_dynamic_group_has_the_members_that_the_server_works_out_or_conceals_them() {
    let entries = tree() + &dynamic_groups() + &group_of("Static", [dn("eve")]);
    let builder = || OpenLdap::builder(SUFFIX).global(DYNAMIC).entries(&entries);
    let plain = builder().start();
    let snapshot = open(open_ldap(&plain, "reader")).snapshot(&every_group()).await.unwrap();
    let concealed = |name: &str, snapshot: &Snapshot| group(snapshot, name).concealed;
    assert_eq!(snapshot.groups.len(), 3);
    assert_eq!(concealed("A to B", &snapshot), Some(Concealed::Dynamic));
    assert_eq!(concealed("Nobody", &snapshot), Some(Concealed::Dynamic));
    assert_eq!(concealed("Static", &snapshot), None);

    // What the message advises.
    let exclude = vec![Selector::Filter { filter: "(memberURL=*)".into(), base: None }];
    let snapshot = open(open_ldap(&plain, "reader")).snapshot(&Query { exclude, ..every_group() }).await.unwrap();
    assert!(group(&snapshot, "A to B").excluded && !group(&snapshot, "Static").excluded);
    let working = builder().overlay("dynlist", "dynlist-attrset groupOfURLs memberURL member").start();
    let snapshot = open(open_ldap(&working, "reader")).snapshot(&every_group()).await.unwrap();
    assert_eq!(members(&snapshot, group(&snapshot, "A to B")), ["ada", "bob"]);
    assert!(snapshot.groups.iter().all(|group| group.concealed.is_none()), "{snapshot:?}");
    assert!(!group(&snapshot, "Nobody").shows_members, "an empty one is like any other");
}
