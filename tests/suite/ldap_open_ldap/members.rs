//! Who is a member in an OpenLDAP directory: of member groups, however names are written.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use directory_group_sync::directory::{Error, LookUp, Query, Selector};
use directory_group_sync::sync::snapshot::GroupSighting;

use super::{SUFFIX, dn, encoded, group_of, person, tree};
use crate::directories::{group, members, named, nested, open, open_ldap, transitive_members};
use crate::harness::OpenLdap;

fn group_dn(name: &str) -> String {
    format!("cn={name},ou=groups,{SUFFIX}")
}

/// What the reader needs to read more than 500 entries.
fn limits() -> String {
    format!("limits dn.exact=\"{}\" size=unlimited size.prtotal=unlimited", dn("reader"))
}

/// A hundred thousand people at the bottom of ten levels of groups.
#[tokio::test]
async fn ten_levels_and_a_hundred_thousand_members_are_read_in_a_bounded_time() {
    const PEOPLE: usize = 100_000;
    const LEVELS: usize = 10;
    let mut entries = tree();
    let names: Vec<String> = (0..PEOPLE).map(|number| format!("u{number}")).collect();
    for name in &names {
        entries += &person(name);
    }
    for level in 0..LEVELS {
        entries += &group_of(&format!("L{level}"), [group_dn(&format!("L{}", level + 1)), dn("ada")]);
    }
    entries += &group_of(&format!("L{LEVELS}"), names.iter().map(|name| dn(name)));
    let server = OpenLdap::builder(SUFFIX).entries(&entries).database(&limits()).start();
    let started = Instant::now();
    let snapshot = open(open_ldap(&server, "reader")).snapshot(&nested(named(&["L0"]))).await.unwrap();
    let took = started.elapsed();
    assert_eq!(snapshot.subgroups.len(), LEVELS);
    let bottom = snapshot.subgroups.values().find(|group| group.name.first() == Some("L10")).unwrap();
    assert_eq!((bottom.members.len(), bottom.unresolved.len()), (PEOPLE, 0));
    assert_eq!(transitive_members(&snapshot, group(&snapshot, "L0")).len(), PEOPLE + 1);
    let searches = server.log().matches(" SRCH base=").count();
    assert!(searches < 300, "{searches} searches are more than the pages of one scan and a few for each level");
    assert!(took < Duration::from_mins(1), "{took:?}");
}

#[tokio::test]
async fn a_nesting_without_a_bottom_fails_the_read() {
    let levels: String =
        (0..102).map(|level| group_of(&format!("L{level}"), [group_dn(&format!("L{}", level + 1))])).collect();
    let entries = tree() + &levels + &group_of("L102", [dn("ada")]);
    let server = OpenLdap::builder(SUFFIX).entries(&entries).start();
    let read = |name: &'static str| {
        let mut directory = open(open_ldap(&server, "reader"));
        async move { directory.snapshot(&nested(named(&[name]))).await }
    };
    let error = read("L0").await.unwrap_err();
    assert!(matches!(&error, Error::Incomplete { cause, .. } if cause.contains("100 levels")), "{error}");
    let snapshot = read("L3").await.unwrap();
    assert_eq!(transitive_members(&snapshot, group(&snapshot, "L3")), ["ada"]);
}

#[tokio::test]
async fn member_groups_of_every_class_are_read_where_they_are() {
    let unique = format!(
        "dn: cn=Unique,ou=others,{SUFFIX}\nobjectClass: groupOfUniqueNames\ncn: Unique\nuniqueMember: {}\n\
         uniqueMember: {}#'01'B\n\n",
        group_dn("Posix"),
        dn("bob")
    );
    let posix = format!(
        "dn: {}\nobjectClass: posixGroup\ncn: Posix\ngidNumber: 1\nmemberUid: eve\nmemberUid: Top\n\n",
        group_dn("Posix")
    );
    let groups =
        group_of("Top", [dn("ada"), format!("CN=unique, OU=others,{SUFFIX}"), group_dn("Hidden"), group_dn("Gone")])
            + &group_of("Hidden", [dn("reader")])
            + &group_of("Aside", [format!("cn=unique,ou=others,{SUFFIX}")]);
    let rules = format!(
        "access to dn.exact=\"{}\" by dn.exact=\"{}\" none by * read\naccess to * by * read",
        group_dn("Hidden"),
        dn("reader")
    );
    let server = OpenLdap::builder(SUFFIX).entries(&(tree() + &unique + &posix + &groups)).database(&rules).start();
    let mut settings = open_ldap(&server, "reader");
    settings.groups.base_dn = Some(format!("ou=groups,{SUFFIX}"));
    let mut directory = open(settings);
    let snapshot = directory.snapshot(&nested(named(&["Top"]))).await.unwrap();
    let top = group(&snapshot, "Top");
    assert_eq!(transitive_members(&snapshot, top), ["ada", "bob", "eve"]);
    let labels: Vec<&str> = top.unresolved.iter().map(|value| &*value.label).collect();
    assert_eq!(labels, [group_dn("Hidden"), group_dn("Gone")], "what cannot be read stays in doubt");
    let posix = snapshot.subgroups.values().find(|group| group.name.first() == Some("Posix")).unwrap();
    assert_eq!((posix.unresolved.len(), posix.subgroups.len()), (1, 0), "a memberUid names no group: {posix:?}");

    let aside = open(open_ldap(&server, "reader")).snapshot(&named(&["Aside"])).await.unwrap().groups[0].id;
    let look_up = LookUp { groups: vec![aside], ..LookUp::default() };
    let snapshot = directory.locate(snapshot, &look_up).await.unwrap();
    let GroupSighting::Found(found) = &snapshot.located_groups[&aside] else { panic!("{snapshot:?}") };
    assert_eq!(transitive_members(&snapshot, found), ["bob", "eve"]);
}

/// Each person's name as the entry has it, and as a group's value writes it.
const SPELLINGS: [(&str, &str); 10] = [
    ("cn=Smith\\2C Jane", "CN=smith\\, JANE"),
    ("cn=\\20lead", "cn=\\ lead"),
    ("cn=\\23hash", "cn=\\#hash"),
    ("cn=trail\\20", "cn=trail\\ "),
    ("cn=a\\+b", "cn=a\\2Bb"),
    ("cn=back\\5Cslash", "cn=BACK\\\\slash"),
    ("cn=say \\22hi\\22", "cn=say \\\"hi\\\""),
    ("cn=Two+uid=multi", "uid=MULTI+cn=two"),
    ("cn=Jos\u{e9}", "cn=Jose\u{301}"),
    ("cn=STRASSE  M\u{dc}LLER", "cn=strasse m\u{fc}ller"),
];

#[tokio::test]
async fn people_are_found_however_their_names_are_written() {
    let mut people = String::new();
    let mut values = Vec::new();
    for (number, (own, value)) in SPELLINGS.iter().enumerate() {
        write!(
            people,
            "dn: {own},ou=people,{SUFFIX}\nobjectClass: inetOrgPerson\nsn: x\nuid: p{number}\nmail: one@example.test\n\n"
        )
        .unwrap();
        values.push(format!("{value}, OU=People,{SUFFIX}"));
    }
    let odd_group =
        format!("dn: cn=R\\2C D \\2B x,ou=groups,{SUFFIX}\nobjectClass: groupOfNames\nmember: {}\n\n", dn("eve"));
    values.push(format!("CN=r\\, d \\+ X,ou=groups,{SUFFIX}"));
    let groups = group_of("Jos\u{e9} \u{3a3}", values.clone());
    let server = OpenLdap::builder(SUFFIX)
        .entries(&encoded(&(tree() + &people + &odd_group + &groups)))
        .database(&limits())
        .start();
    let item = || vec![Selector::Name(" jose\u{301}  \u{3c3} ".to_owned())];
    let query = nested(Query { selectors: item(), ..named(&[]) });
    let snapshot = open(open_ldap(&server, "reader")).snapshot(&query).await.unwrap();
    let [team] = snapshot.groups.as_slice() else { panic!("{:?}", snapshot.groups) };
    assert_eq!(team.unresolved, []);
    assert_eq!(members(&snapshot, team).len(), SPELLINGS.len());
    assert_eq!(transitive_members(&snapshot, team).len(), SPELLINGS.len() + 1);

    // And where the users are scanned, not asked for.
    let many: Vec<String> = (0..2100).map(|number| format!("u{number}")).collect();
    let crowd: String = many.iter().map(|name| person(name)).collect();
    let groups = group_of("Jos\u{e9} \u{3a3}", values.into_iter().chain(many.iter().map(|name| dn(name))));
    let server = OpenLdap::builder(SUFFIX)
        .entries(&encoded(&(tree() + &people + &crowd + &odd_group + &groups)))
        .database(&limits())
        .start();
    let snapshot = open(open_ldap(&server, "reader")).snapshot(&query).await.unwrap();
    let [team] = snapshot.groups.as_slice() else { panic!("{:?}", snapshot.groups) };
    assert_eq!((team.unresolved.len(), members(&snapshot, team).len()), (0, SPELLINGS.len() + many.len()));
}
