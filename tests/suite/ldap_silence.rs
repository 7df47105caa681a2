//! What an access rule hides reads like what is not there. Here each rule is set on a real server: the read must say
//! what it cannot know, and a run keeps what it has in its store.

mod kept;

use std::collections::BTreeSet;

use directory_group_sync::api::v1alpha1::directory_group_sync::status::ProblemKind;
use directory_group_sync::directory::settings::DirectorySettings;
use directory_group_sync::directory::{Directory, LookUp, Query};
use directory_group_sync::sync::identity::{ExternalId, IdKind};
use directory_group_sync::sync::snapshot::{GroupSighting, MemberOf, MemberSighting, Snapshot};

use self::kept::{EMPTY, Kept, MISSING};
use crate::directories::{every_group, group, members, named, open, open_ldap, samba};
use crate::entries::{self, SUFFIX, person, person_dn, units};
use crate::harness::samba::Account;
use crate::harness::{OpenLdap, SambaAd};
use crate::scripted_ldap::{self, Answer, SUCCESS, Search, shows};

/// The `schemaIDGUID` of `member` and `memberOf`.
const MEMBER: &str = "bf9679c0-0de6-11d0-a285-00aa003049e2";
const MEMBER_OF: &str = "bf967991-0de6-11d0-a285-00aa003049e2";
/// Denies reading properties, listing children and listing the object.
const HIDDEN: &str = "(D;;RPLCLO;;;SID)";

async fn locate(directory: &mut dyn Directory, query: &Query, look_up: LookUp) -> Snapshot {
    let snapshot = directory.snapshot(query).await.unwrap();
    directory.locate(snapshot, &look_up).await.unwrap()
}

fn without_members(ids: &[ExternalId]) -> LookUp {
    LookUp { without_members: ids.to_vec(), ..LookUp::default() }
}

/// A domain with units, two people and a bind account.
struct Domain {
    server: SambaAd,
    reader: Account,
    ada: Account,
    bob: Account,
}

impl Domain {
    fn start() -> Self {
        let units = ["Staff", "Groups"].map(|name| format!("dn: {}\nobjectClass: organizationalUnit\n\n", unit(name)));
        let server = SambaAd::builder().entries(&units.concat()).start();
        let reader = server.add_service_account("sync");
        let ada = server.add_user(&unit("Staff"), "ada", "ada", "");
        let bob = server.add_user(&unit("Staff"), "bob", "bob", "");
        Self { server, reader, ada, bob }
    }

    fn group(&self, name: &str, members: &[&Account]) -> ExternalId {
        let members: Vec<&str> = members.iter().map(|member| &*member.dn).collect();
        self.id(&self.server.add_group(&unit("Groups"), name, &members))
    }

    fn id(&self, dn: &str) -> ExternalId {
        ExternalId::parse(IdKind::ObjectGuid, &self.server.guid(dn)).unwrap()
    }

    fn hide(&self, dn: &str, rule: &str) {
        self.server.add_access_rule(dn, rule, &self.reader.dn);
    }

    fn settings(&self) -> DirectorySettings {
        samba(&self.server, &self.reader)
    }
}

fn unit(name: &str) -> String {
    format!("OU={name},{}", SambaAd::BASE)
}

#[tokio::test]
async fn members_that_active_directory_hides_are_claimed_from_the_other_side() {
    let domain = Domain::start();
    let both = [&domain.ada, &domain.bob];
    let hidden_dn = format!("CN=R&D (A*B)\\, all,{}", unit("Groups"));
    domain.server.modify(&format!(
        "dn: {hidden_dn}\nobjectClass: group\nsAMAccountName: RD\nmember: {}\nmember: {}",
        domain.ada.dn, domain.bob.dn
    ));
    let hidden = domain.id(&hidden_dn);
    let shown = domain.group("Shown", &both);
    let kept = Kept::of(domain.settings(), &["R&D (A*B), all", "Shown"]).await;
    let empty = ["Empty", "Vacant", "Void"].map(|name| domain.group(name, &[]));
    let everybody = domain.id(&format!("CN=Domain Users,CN=Users,{}", SambaAd::BASE));
    domain.hide(&hidden_dn, &format!("(OD;;RP;{MEMBER};;SID)"));

    let query = named(&["R&D (A*B), all", "Shown", "Empty", "Vacant", "Void", "Domain Users"]);
    let asked = [&empty[..], &[hidden, everybody]].concat();
    let snapshot = locate(&mut *open(domain.settings()), &query, without_members(&asked)).await;
    assert!(!group(&snapshot, "R&D (A*B), all").shows_members);
    assert_eq!(snapshot.member_of[&hidden], MemberOf::NamedByUser);
    for id in empty {
        assert_eq!(snapshot.member_of[&id], MemberOf::NamedByNobody);
    }
    assert_eq!(snapshot.member_of[&everybody], MemberOf::NamedByNobody, "but by those whom the read shows in it");
    assert_eq!(snapshot.member_of.len(), 5, "{shown} was not asked about");
    kept.unchanged(domain.settings(), &[ProblemKind::Unreadable]).await;

    // A `memberOf` needs no witness. Its absence is not proof where no member of another group shows one.
    let alone = locate(&mut *open(domain.settings()), &named(&["R&D (A*B), all"]), without_members(&[hidden])).await;
    assert_eq!(alone.member_of[&hidden], MemberOf::NamedByUser);
    for person in both {
        domain.hide(&person.dn, &format!("(OD;;RP;{MEMBER_OF};;SID)"));
    }
    let snapshot = locate(&mut *open(domain.settings()), &query, without_members(&asked)).await;
    assert!(snapshot.member_of.values().all(|side| *side == MemberOf::Unanswerable), "{:?}", snapshot.member_of);
    kept.noted(domain.settings(), &[ProblemKind::Unreadable], EMPTY, &[kept::group("R&D (A*B), all")]).await;
}

/// A domain with a group of Ada, and one of Ada, too, that is Bob's primary group.
fn with_a_primary_group() -> (Domain, ExternalId, String) {
    let domain = Domain::start();
    domain.group("Shown", &[&domain.ada]);
    let crew = domain.group("Crew", &[&domain.ada, &domain.bob]);
    let crew_dn = format!("CN=Crew,{}", unit("Groups"));
    let sid = domain.server.attribute(&crew_dn, "objectSid");
    let (_, rid) = sid.rsplit_once('-').unwrap();
    let primary = format!("dn: {}\nchangetype: modify\nreplace: primaryGroupID\nprimaryGroupID: {rid}", domain.bob.dn);
    domain.server.modify(&primary);
    (domain, crew, crew_dn)
}

#[tokio::test]
async fn who_is_listed_stays_where_only_a_primary_group_is_shown() {
    let (domain, _, crew) = with_a_primary_group();
    let kept = Kept::of(domain.settings(), &["Crew", "Shown"]).await;
    domain.hide(&crew, &format!("(OD;;RP;{MEMBER};;SID)"));
    kept.unchanged(domain.settings(), &[ProblemKind::Unreadable]).await;
}

#[tokio::test]
async fn a_primary_group_whose_members_are_all_hidden_is_claimed_by_them() {
    let (domain, crew, crew_dn) = with_a_primary_group();
    domain.hide(&crew_dn, &format!("(OD;;RP;{MEMBER};;SID)"));
    domain.hide(&domain.ada.dn, &format!("(OD;;RP;{MEMBER_OF};;SID)"));
    let other = domain.server.add_user(&unit("Staff"), "eve", "eve", "");
    domain.group("Others", &[&other]);
    let mut settings = domain.settings();
    settings.users.filter = Some("(!(sAMAccountName=bob))".to_owned());
    let snapshot = locate(&mut *open(settings), &named(&["Crew", "Others"]), without_members(&[crew])).await;
    assert!(group(&snapshot, "Crew").shows_no_members());
    assert_eq!(snapshot.member_of[&crew], MemberOf::NamedByUser);
}

#[tokio::test]
async fn a_group_that_active_directory_hides_is_there_and_unreadable() {
    let domain = Domain::start();
    let hidden = domain.group("Hidden", &[&domain.ada]);
    let nowhere = ExternalId::from_guid_octets([7; 16]);
    let kept = Kept::of(domain.settings(), &["Hidden"]).await;
    domain.hide(&format!("CN=Hidden,{}", unit("Groups")), HIDDEN);
    let look_up = LookUp { groups: vec![hidden, nowhere], ..LookUp::default() };
    let snapshot = locate(&mut *open(domain.settings()), &named(&["Hidden"]), look_up).await;
    assert_eq!(snapshot.groups, []);
    assert_eq!(snapshot.located_groups[&hidden], GroupSighting::Unreadable);
    assert_eq!(snapshot.located_groups[&nowhere], GroupSighting::Nowhere);
    kept.unchanged(domain.settings(), &[ProblemKind::Unreadable]).await;
}

#[tokio::test]
async fn people_that_active_directory_hides_stay_members_that_were_not_read() {
    let domain = Domain::start();
    domain.group("Engineers", &[&domain.ada, &domain.bob]);
    let people = [domain.id(&domain.ada.dn), domain.id(&domain.bob.dn)];
    let kept = Kept::of(domain.settings(), &["Engineers"]).await;
    let staff = unit("Staff");
    // First what they are is hidden, then that there is anybody. A rule that they inherit would yield to their own.
    let rules = [
        (vec![&domain.ada.dn, &domain.bob.dn], HIDDEN, MemberSighting::Unreadable),
        (vec![&staff], "(D;;LC;;;SID)", MemberSighting::Nowhere),
    ];
    for (dns, rule, sighting) in rules {
        for dn in dns {
            domain.hide(dn, rule);
        }
        let look_up = LookUp { members: people.to_vec(), ..LookUp::default() };
        let snapshot = locate(&mut *open(domain.settings()), &named(&["Engineers"]), look_up).await;
        let engineers = group(&snapshot, "Engineers");
        assert_eq!((engineers.members.len(), engineers.shows_members, engineers.out_of_scope), (0, true, 0), "{rule}");
        let unread: BTreeSet<_> = engineers.unresolved.iter().map(|member| member.id).collect();
        assert_eq!(unread, people.map(Some).into(), "{rule}");
        for id in people {
            assert_eq!(snapshot.located_members[&id], sighting, "{rule}");
        }
        kept.unchanged(domain.settings(), &[ProblemKind::Unresolved]).await;
    }
    let mut narrow = domain.settings();
    narrow.users.base_dn = Some(staff.clone());
    domain.hide(&staff, HIDDEN);
    kept.field_at_fault(narrow, "spec.users.baseDN").await;
}

#[tokio::test]
async fn a_base_that_active_directory_hides_fails_the_read() {
    let domain = Domain::start();
    domain.group("Engineers", &[&domain.ada]);
    let kept = Kept::of(domain.settings(), &["Engineers"]).await;
    let mut below = domain.settings();
    below.groups.base_dn = Some(unit("Groups"));
    domain.hide(&unit("Groups"), HIDDEN);
    kept.field_at_fault(below, "spec.groups.baseDN").await;
    domain.hide(SambaAd::BASE, HIDDEN);
    kept.field_at_fault(domain.settings(), "spec.baseDN").await;
}

/// An object that another domain holds now: its server refers to that one.
#[tokio::test]
async fn an_object_of_another_domain_is_found_nowhere() {
    let id = ExternalId::from_guid_octets([3; 16]);
    let kept = Kept::of(scripted_ldap::serve(shows(&[1, 3])), &["group 1", "group 3"]).await;
    let script = |search: &Search| match &search.cookie {
        _ if search.base.starts_with("<GUID=") => vec![Answer::Done(10, "", None)],
        None if !search.is_for_users() => vec![Answer::Reference("ldap://child.corp/DC=child,DC=corp"), SUCCESS],
        _ => shows(&[1])(search),
    };
    let look_up = LookUp { groups: vec![id], members: Vec::new(), without_members: Vec::new() };
    let settings = scripted_ldap::serve(script);
    let snapshot = locate(&mut *open(settings.clone()), &every_group(), look_up).await;
    assert_eq!(snapshot.located_groups[&id], GroupSighting::Nowhere);
    kept.noted(settings, &[ProblemKind::Missing], MISSING, &[kept::group("group 3")]).await;
}

fn tree() -> String {
    units(&["people", "groups"]) + &["reader", "auditor", "ada", "bob"].map(person).concat()
}

/// A slapd that hides this from the account `reader`, and nothing from `auditor`.
fn slapd(hidden: &str, overlay: Option<&str>) -> OpenLdap {
    let reader = person_dn("reader");
    let rules = format!(
        "access to attrs=userPassword by anonymous auth\naccess to {hidden} by dn.exact=\"{reader}\" none by * read\n\
         access to * by * read"
    );
    let builder = OpenLdap::builder(SUFFIX).entries(&tree()).database(&rules);
    let server = match overlay {
        Some(overlay) => builder.overlay(overlay, "").start(),
        None => builder.start(),
    };
    // Added while it runs: the overlay keeps `memberOf` of what it sees.
    let posix = format!(
        "dn: cn=posix,ou=groups,{SUFFIX}\nobjectClass: posixGroup\ncn: posix\ngidNumber: 7\nmemberUid: ada\n\n"
    );
    server.modify(&(entries::group("hidden", &["ada", "bob"]) + &entries::group("shown", &["ada", "bob"]) + &posix));
    server
}

/// A store that was filled with these groups as `auditor` sees them.
async fn kept_of(server: &OpenLdap, groups: &[&str]) -> Kept {
    Kept::of(open_ldap(server, "auditor"), groups).await
}

/// The ids of all groups by their names, as `auditor` sees them.
async fn ids(server: &OpenLdap) -> impl Fn(&str) -> ExternalId + use<> {
    let snapshot = open(open_ldap(server, "auditor")).snapshot(&every_group()).await.unwrap();
    move |name| group(&snapshot, name).id
}

#[tokio::test]
async fn members_that_slapd_hides_are_claimed_where_an_overlay_keeps_the_other_side() {
    let hidden = format!("dn.exact=\"cn=hidden,ou=groups,{SUFFIX}\" attrs=member");
    let posix = format!("dn.exact=\"cn=posix,ou=groups,{SUFFIX}\" attrs=memberUid");
    let both = format!("{hidden} by dn.exact=\"{}\" none by * read\naccess to {posix}", person_dn("reader"));
    for (rule, overlay, expected) in
        [(both.as_str(), Some("memberof"), MemberOf::NamedByUser), (both.as_str(), None, MemberOf::Unanswerable)]
    {
        let server = slapd(rule, overlay);
        let id = ids(&server).await;
        let asked = without_members(&[id("hidden"), id("posix")]);
        let snapshot = locate(&mut *open(open_ldap(&server, "reader")), &every_group(), asked).await;
        assert_eq!(members(&snapshot, group(&snapshot, "shown")), ["ada", "bob"]);
        assert!(!group(&snapshot, "hidden").shows_members && !group(&snapshot, "posix").shows_members);
        assert_eq!(snapshot.member_of[&id("hidden")], expected, "{overlay:?}");
        assert_eq!(snapshot.member_of[&id("posix")], MemberOf::Unanswerable, "no overlay keeps it for memberUid");
        let kept = kept_of(&server, &["hidden", "shown"]).await;
        let settings = open_ldap(&server, "reader");
        match expected {
            MemberOf::NamedByUser => kept.unchanged(settings, &[ProblemKind::Unreadable]).await,
            _ => kept.noted(settings, &[ProblemKind::Unreadable], EMPTY, &[kept::group("hidden")]).await,
        }
    }
}

#[tokio::test]
async fn a_group_or_people_that_slapd_hides_are_found_nowhere() {
    let server = slapd(&format!("dn.exact=\"cn=hidden,ou=groups,{SUFFIX}\""), None);
    let id = ids(&server).await("hidden");
    let look_up = LookUp { groups: vec![id], ..LookUp::default() };
    let snapshot = locate(&mut *open(open_ldap(&server, "reader")), &named(&["hidden"]), look_up).await;
    assert_eq!((snapshot.groups.len(), &snapshot.located_groups[&id]), (0, &GroupSighting::Nowhere));
    let kept_groups = kept_of(&server, &["hidden", "shown"]).await;
    kept_groups.noted(open_ldap(&server, "reader"), &[ProblemKind::Missing], MISSING, &[kept::group("hidden")]).await;

    let server = slapd(&format!("dn.children=\"ou=people,{SUFFIX}\""), None);
    let seen = open(open_ldap(&server, "auditor")).snapshot(&named(&["shown"])).await.unwrap();
    let ada = seen.users.iter().find(|user| user.attributes.username.first() == Some("ada")).unwrap();
    let look_up = LookUp { members: vec![ada.id], ..LookUp::default() };
    let snapshot = locate(&mut *open(open_ldap(&server, "reader")), &named(&["shown"]), look_up).await;
    let shown = group(&snapshot, "shown");
    assert_eq!((shown.members.len(), shown.shows_members), (0, true));
    assert!(shown.unresolved.iter().any(|member| member.dn == Some(ada.place.dn)), "{:?}", shown.unresolved);
    assert_eq!(snapshot.located_members[&ada.id], MemberSighting::Nowhere);
    let kept_people = kept_of(&server, &["shown"]).await;
    // A name may outlive its entry, so the link notes since when it is missing.
    let people = [kept::account("ada"), kept::account("bob")];
    kept_people.noted(open_ldap(&server, "reader"), &[ProblemKind::Unresolved], MISSING, &people).await;
}

#[tokio::test]
async fn a_base_that_slapd_hides_fails_the_read() {
    let server = slapd("*", None);
    let kept_all = kept_of(&server, &["shown"]).await;
    kept_all.field_at_fault(open_ldap(&server, "reader"), "spec.baseDN").await;
    let server = slapd(&format!("dn.subtree=\"ou=groups,{SUFFIX}\""), None);
    let mut settings = open_ldap(&server, "reader");
    settings.groups.base_dn = Some(format!("ou=groups,{SUFFIX}"));
    let kept_groups = kept_of(&server, &["shown"]).await;
    kept_groups.field_at_fault(settings, "spec.groups.baseDN").await;
}

#[tokio::test]
async fn primary_groups_that_slapd_hides_end_no_membership() {
    let of_people = format!("dn.children=\"ou=people,{SUFFIX}\" attrs=gidNumber");
    for rule in [of_people.as_str(), "attrs=gidNumber"] {
        let server = slapd(rule, None);
        let account = |name: &str| {
            format!(
                "dn: {}\nchangetype: modify\nadd: objectClass\nobjectClass: posixAccount\n-\nadd: uidNumber\n\
                 uidNumber: 1\n-\nadd: gidNumber\ngidNumber: 7\n-\nadd: homeDirectory\nhomeDirectory: /h\n\n",
                person_dn(name)
            )
        };
        server.modify(&["ada", "bob"].map(account).concat());
        let kept = kept_of(&server, &["posix"]).await;
        kept.unchanged(open_ldap(&server, "reader"), &[ProblemKind::Unreadable]).await;
    }
}

#[tokio::test]
async fn members_of_a_dynamic_group_that_slapd_does_not_show_stay() {
    let rules = format!(
        "access to attrs=userPassword by anonymous auth\naccess to attrs=member by dn.exact=\"{}\" none by * read\n\
         access to * by * read",
        person_dn("reader")
    );
    let group = format!(
        "dn: {}\nobjectClass: groupOfURLs\ncn: dynamic\nmemberURL: ldap:///ou=people,{SUFFIX}??sub?(uid=*b*)\n\n",
        entries::group_dn("dynamic")
    );
    let server = OpenLdap::builder(SUFFIX)
        .global("include /etc/ldap/schema/dyngroup.schema")
        .entries(&(tree() + &group))
        .database(&rules)
        .overlay("dynlist", "dynlist-attrset groupOfURLs memberURL member")
        .start();
    let kept = kept_of(&server, &["dynamic"]).await;
    kept.unchanged(open_ldap(&server, "reader"), &[ProblemKind::Unreadable]).await;
}

#[tokio::test]
async fn a_server_says_how_far_it_is_where_that_can_be_read() {
    let server = slapd("dn.exact=\"cn=nothing\"", Some("syncprov"));
    let position = async |server: &OpenLdap| open(open_ldap(server, "reader")).probe().await.unwrap().server.position;
    let before = position(&server).await.unwrap();
    server.modify(&format!("dn: {}\nchangetype: modify\nreplace: sn\nsn: Lovelace", person_dn("ada")));
    let after = position(&server).await.unwrap();
    assert!(after > before && before > 1_700_000_000_000_000, "microseconds: {before}, then {after}");
    let server = slapd("attrs=contextCSN", Some("syncprov"));
    assert_eq!(position(&server).await, None);
}
