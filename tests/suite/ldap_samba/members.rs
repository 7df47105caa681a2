//! Who is a member in an Active Directory: of member groups, by primary group, of other forests, and who is not.

use directory_group_sync::directory::{Directory, LookUp, Query, Selector};
use directory_group_sync::sync::snapshot::{AccountState, GroupSighting, MemberSighting, Snapshot};

use super::{below, domain, id, unit};
use crate::directories::{group, members, named, nested, open, samba, transitive_members};
use crate::harness::SambaAd;

const PRIMARY_GROUP_ATTRIBUTE: &str = "bf967a00-0de6-11d0-a285-00aa003049e2";

fn add_member(server: &SambaAd, group: &str, member: &str) {
    server.modify(&format!("dn: {group}\nchangetype: modify\nadd: member\nmember: {member}"));
}

async fn read(directory: &mut Box<dyn Directory>, query: &Query) -> Snapshot {
    directory.snapshot(query).await.unwrap()
}

#[tokio::test]
async fn member_groups_are_read_round_cycles_and_outside_the_base() {
    let (server, account) = domain();
    let [ada, bob, eve, fay, gus] =
        ["ada", "bob", "eve", "fay", "gus"].map(|name| server.add_user(&unit("Staff"), name, name, "").dn);
    // A cycle of three, one of them outside the groups' base; a diamond; and one that nothing selects.
    let three = server.add_group(&unit("Others"), "Three", &[&eve]);
    let two = server.add_group(&unit("Groups"), "Two", &[&bob, &three]);
    let one = server.add_group(&unit("Groups"), "One", &[&ada, &two]);
    add_member(&server, &three, &one);
    let bottom = server.add_group(&unit("Groups"), "Bottom", &[&fay]);
    let [left, right] = ["Left", "Right"].map(|name| server.add_group(&unit("Groups"), name, &[&bottom]));
    server.add_group(&unit("Groups"), "Diamond", &[&left, &right]);
    let deep = server.add_group(&unit("Others"), "Deep", &[&gus, &one]);
    let aside = server.add_group(&unit("Others"), "Aside", &[&deep]);

    let mut directory = open(below(&server, &account));
    let query = nested(named(&["One", "Diamond"]));
    let snapshot = read(&mut directory, &query).await;
    assert_eq!(transitive_members(&snapshot, group(&snapshot, "One")), ["ada", "bob", "eve"]);
    assert_eq!(transitive_members(&snapshot, group(&snapshot, "Diamond")), ["fay"]);
    assert_eq!(members(&snapshot, group(&snapshot, "One")), ["ada"], "its own members stay its own");
    assert_eq!(group(&snapshot, "Diamond").unresolved, []);
    let mut ids: Vec<_> = snapshot.subgroups.keys().copied().collect();
    let mut expected = [&two, &three, &left, &right, &bottom].map(|dn| id(&server, dn));
    ids.sort_unstable();
    expected.sort_unstable();
    assert_eq!(ids, expected);

    let (aside, deep) = (id(&server, &aside), id(&server, &deep));
    let look_up = LookUp { groups: vec![aside], ..LookUp::default() };
    let snapshot = directory.locate(snapshot, &look_up).await.unwrap();
    let GroupSighting::Found(found) = &snapshot.located_groups[&aside] else { panic!("{snapshot:?}") };
    assert_eq!(found.subgroups, [deep]);
    assert_eq!(transitive_members(&snapshot, found), ["ada", "bob", "eve", "gus"]);

    let direct = open(below(&server, &account)).snapshot(&named(&["One", "Diamond"])).await.unwrap();
    assert_eq!((direct.subgroups.len(), group(&direct, "One").subgroups.len()), (0, 0));
    assert_eq!(group(&direct, "Diamond").unresolved, [], "a member group is ignored");
}

#[tokio::test]
async fn a_member_group_that_cannot_be_read_stays_in_doubt() {
    let (server, account) = domain();
    let ada = server.add_user(&unit("Staff"), "ada", "ada", "");
    let hidden = server.add_group(&unit("Groups"), "Hidden", &[&ada.dn]);
    server.add_group(&unit("Groups"), "Top", &[&hidden]);
    let hidden_id = id(&server, &hidden);
    server.add_access_rule(&hidden, "(D;;RPLCLO;;;SID)", &account.dn);
    let mut directory = open(below(&server, &account));
    let snapshot = read(&mut directory, &nested(named(&["Top"]))).await;
    let top = group(&snapshot, "Top");
    assert_eq!(top.unresolved.iter().map(|value| value.id).collect::<Vec<_>>(), [Some(hidden_id)]);
    let look_up = LookUp { members: vec![hidden_id], ..LookUp::default() };
    let snapshot = directory.locate(snapshot, &look_up).await.unwrap();
    assert_eq!(snapshot.located_members[&hidden_id], MemberSighting::Unreadable);
}

#[tokio::test]
async fn a_primary_group_has_the_members_that_it_does_not_list() {
    let (server, account) = domain();
    let [ada, bob, eve] = ["ada", "bob", "eve"].map(|name| server.add_user(&unit("Staff"), name, name, "").dn);
    let engineers = server.add_group(&unit("Groups"), "Engineers", &[&ada, &bob]);
    server.add_group(&unit("Groups"), "Everybody", &[&engineers, &eve]);
    let sid = server.attribute(&engineers, "objectSid");
    let (_, rid) = sid.rsplit_once('-').unwrap();
    server.modify(&format!("dn: {ada}\nchangetype: modify\nreplace: primaryGroupID\nprimaryGroupID: {rid}"));
    assert!(!server.tools().search(&["-b", &engineers, "-s", "base", "member"]).contains(&ada), "she is not listed");

    let mut settings = samba(&server, &account);
    settings.users.base_dn = Some(unit("Staff"));
    let snapshot = open(settings.clone()).snapshot(&named(&["Engineers", "Domain Users"])).await.unwrap();
    assert_eq!(members(&snapshot, group(&snapshot, "Engineers")), ["ada", "bob"]);
    // Samba lists her there now, and bob and eve have it as their primary group.
    let users = group(&snapshot, "Domain Users");
    assert_eq!(members(&snapshot, users), ["ada", "bob", "eve"]);
    assert!(users.shows_members);

    let snapshot = open(settings.clone()).snapshot(&nested(named(&["Everybody"]))).await.unwrap();
    assert_eq!(transitive_members(&snapshot, group(&snapshot, "Everybody")), ["ada", "bob", "eve"]);

    // She is the only member, of a group that lists no member at all.
    server.modify(&format!("dn: {engineers}\nchangetype: modify\ndelete: member\nmember: {bob}"));
    let mut directory = open(settings);
    let snapshot = read(&mut directory, &named(&["Everybody"])).await;
    let engineers = id(&server, &engineers);
    let look_up = LookUp { groups: vec![engineers], ..LookUp::default() };
    let snapshot = directory.locate(snapshot, &look_up).await.unwrap();
    let GroupSighting::Found(found) = &snapshot.located_groups[&engineers] else { panic!("{snapshot:?}") };
    assert_eq!((members(&snapshot, found), found.shows_members), (vec!["ada".to_owned()], false));
}

#[tokio::test]
async fn who_hides_the_primary_group_may_be_in_domain_users() {
    let (server, account) = domain();
    let [ada, bob] = ["ada", "bob"].map(|name| server.add_user(&unit("Staff"), name, name, "").dn);
    server.add_access_rule(&bob, &format!("(OD;;RP;{PRIMARY_GROUP_ATTRIBUTE};;SID)"), &account.dn);
    server.add_group(&unit("Groups"), "Engineers", &[&ada]);
    let mut settings = samba(&server, &account);
    settings.users.base_dn = Some(unit("Staff"));
    let snapshot = open(settings).snapshot(&named(&["Engineers", "Domain Users"])).await.unwrap();
    let (users, bob) = (group(&snapshot, "Domain Users"), id(&server, &bob));
    assert_eq!(members(&snapshot, users), ["ada"]);
    assert_eq!(users.unresolved.iter().map(|value| value.id).collect::<Vec<_>>(), [Some(bob)]);
    assert_eq!(snapshot.located_members[&bob], MemberSighting::Unreadable, "a look-up would find him a member");
    assert_eq!(group(&snapshot, "Engineers").unresolved, []);
}

#[tokio::test]
async fn who_is_of_another_forest_is_in_doubt_and_what_is_no_person_is_ignored() {
    let (server, account) = domain();
    let ada = server.add_user(&unit("Staff"), "ada", "ada", "");
    let [contact, computer] = ["Contact", "Computer"].map(|name| format!("CN={name},{}", unit("Staff")));
    server.modify(&format!("dn: {contact}\nobjectClass: contact\nmail: contact@example.test"));
    server.modify(&format!("dn: {computer}\nobjectClass: computer\nsAMAccountName: PC01$"));
    let engineers = server.add_group(&unit("Groups"), "Engineers", &[&ada.dn, &contact, &computer]);
    add_member(&server, &engineers, "<SID=S-1-5-21-1111111111-2222222222-3333333333-1104>");
    for nesting in [false, true] {
        let mut directory = open(samba(&server, &account));
        let snapshot = read(&mut directory, &Query { nested: nesting, ..named(&["Engineers"]) }).await;
        let engineers = group(&snapshot, "Engineers");
        assert_eq!(members(&snapshot, engineers), ["ada"]);
        assert_eq!((engineers.unresolved.len(), engineers.out_of_scope), (1, 0), "{engineers:?}");
        let foreign = engineers.unresolved[0].id.unwrap();
        assert!(engineers.unresolved[0].label.contains("CN=ForeignSecurityPrincipals"), "{engineers:?}");
        let look_up = LookUp { members: vec![foreign], ..LookUp::default() };
        let snapshot = directory.locate(snapshot, &look_up).await.unwrap();
        assert_eq!(snapshot.located_members[&foreign], MemberSighting::Foreign);
    }
}

#[tokio::test]
async fn an_expiry_is_read_and_judged_by_nobody_here() {
    let (server, account) = domain();
    let dns = [("never", "9223372036854775807"), ("over", "133801632000000000"), ("plain", "0")]
        .map(|(name, ticks)| server.add_user(&unit("Staff"), name, name, &format!("accountExpires: {ticks}")).dn);
    server.add_group(&unit("Groups"), "Engineers", &dns.each_ref().map(String::as_str));
    let snapshot = open(samba(&server, &account)).snapshot(&named(&["Engineers"])).await.unwrap();
    assert_eq!(members(&snapshot, group(&snapshot, "Engineers")), ["never", "over", "plain"]);
    let account = |name: &str| {
        let user = snapshot.users.iter().find(|user| user.attributes.username.first() == Some(name)).unwrap();
        (user.state.account_state(), user.expires.map(|time| time.to_string()))
    };
    assert_eq!(account("never"), (AccountState::Enabled, None));
    assert_eq!(account("over"), (AccountState::Enabled, Some("2025-01-01T00:00:00Z".to_owned())));
    assert_eq!(account("plain"), (AccountState::Enabled, None));
}

#[tokio::test]
async fn names_that_hardly_differ_and_names_with_escapes_are_told_apart_by_their_ids() {
    let (server, account) = domain();
    let staff = unit("Staff");
    let names = ["Jos\u{e9}", "Jose\u{301}", "Smith\\, Jane", "\\#lead", "\\ blank\\ ", "a\\+b", "back\\\\slash"];
    let dns: Vec<String> = names
        .iter()
        .enumerate()
        .map(|(number, name)| {
            let dn = format!("CN={name},{staff}");
            server.modify(&encoded(&format!(
                "dn: {dn}\nobjectClass: user\nsAMAccountName: u{number}\nuserAccountControl: 544\nmail: one@example.test\n"
            )));
            dn
        })
        .collect();
    for (number, name) in ["Team Jos\u{e9}", "Team Jose\u{301}"].iter().enumerate() {
        let lines = dns.iter().map(|dn| format!("member: {dn}\n")).collect::<Vec<_>>().concat();
        let dn = format!("CN={name},{}", unit("Groups"));
        server.modify(&encoded(&format!("dn: {dn}\nobjectClass: group\nsAMAccountName: t{number}\n{lines}")));
    }
    let query = Query { selectors: vec![Selector::Name("team  JOSE\u{301} ".to_owned())], ..named(&[]) };
    let snapshot = open(samba(&server, &account)).snapshot(&query).await.unwrap();
    assert_eq!(snapshot.groups.len(), 2, "Active Directory takes both forms of an accent for different names");
    for group in &snapshot.groups {
        assert_eq!(members(&snapshot, group).len(), names.len(), "{group:?}");
        assert_eq!((group.unresolved.len(), group.out_of_scope), (0, 0), "{group:?}");
    }
    let emails = snapshot.users.iter().filter(|user| user.attributes.email.first() == Some("one@example.test"));
    assert_eq!(emails.count(), names.len(), "whoever shares an e-mail address is read all the same");
}

/// LDIF has values that are not ASCII, or that end in a blank, in Base64 (RFC 2849).
fn encoded(ldif: &str) -> String {
    use base64::Engine as _;
    let line = |line: &str| match line.split_once(": ") {
        Some((name, value)) => format!("{name}:: {}\n", base64::engine::general_purpose::STANDARD.encode(value)),
        None => format!("{line}\n"),
    };
    ldif.lines().map(line).collect()
}
