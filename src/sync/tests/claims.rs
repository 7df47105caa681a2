//! Rule `claimed-directory-id`: which namespaces may lead the links of a directory, and what is remembered of them.

use crate::sync::claim::{Claimant, ClaimedDirectory, DirectoryClaim, Endpoints, MAX_ENDPOINTS};
use crate::sync::identity::Owner;
use crate::sync::planning::Stop;
use crate::sync::policy::{HeldObject, Policy};
use crate::sync::scenario::{
    Scenario, account, check, directory_id, elsewhere_id, given, group, here, hours_ago, now, stored,
};

fn at(addresses: &[&str], authority: Option<&str>) -> Endpoints {
    let addresses = addresses.iter().copied().map(Into::into).collect();
    Endpoints { addresses, authority: authority.map(Into::into), of_cluster: false }
}

fn claim(namespace: &str, hours: i64, endpoints: &Endpoints) -> DirectoryClaim {
    DirectoryClaim::new(Claimant::parse("standalone", namespace).unwrap(), endpoints, hours_ago(hours))
}

fn neighbor() -> Owner {
    "standalone/crm/sellers".parse().unwrap()
}

/// Links that a neighbor leads, whose directory is at dc1 and dc2 and has the authority `a`.
fn taken() -> Scenario {
    let scenario = given([group("BI").with(["anna"])], [stored("CRM").of("CRM").owned_by(neighbor())]);
    scenario.claimed_by([claim("crm", 9, &at(&["dc1:636", "dc2:636"], Some("a")))])
}

fn reading(scenario: Scenario, endpoints: Endpoints) -> Scenario {
    scenario.policy(|policy| policy.endpoints = endpoints)
}

fn evil() -> Scenario {
    reading(taken(), at(&["evil:636"], None))
}

#[track_caller]
fn stopped(scenario: &Scenario) -> (Option<String>, Vec<String>, String) {
    match scenario.plan() {
        Err(Stop::DirectoryIdClaimed { read, led_by, addresses, approval }) => {
            assert_eq!(read, directory_id());
            let addresses = addresses.iter().map(ToString::to_string).collect();
            (led_by.map(|led_by| led_by.to_string()), addresses, approval.hash)
        }
        other => panic!("{other:?}"),
    }
}

fn claims(scenario: &Scenario) -> Option<Vec<DirectoryClaim>> {
    let claimed: Option<ClaimedDirectory> = scenario.plan().unwrap().plan.claim;
    claimed.map(|claimed| claimed.claims)
}

/// Rule `claimed-directory-id`.
#[test]
fn another_namespace_goes_on_only_at_the_same_addresses_or_with_the_same_authority() {
    for (endpoints, unknown) in [
        (at(&["dc1:636"], None), None),
        (at(&["dc1:636", "dc2:636"], Some("b")), None),
        (at(&["other:636"], Some("a")), None),
        (at(&["evil:636"], None), Some(&["evil:636"][..])),
        (at(&["dc1:636", "evil:636"], None), Some(&["evil:636"])),
        (at(&["dc1:389"], Some("b")), Some(&["dc1:389"])),
        (at(&["ldif:standalone/bi/corp"], None), Some(&["ldif:standalone/bi/corp"])),
        (at(&[], None), Some(&[])),
    ] {
        let scenario = reading(taken(), endpoints);
        match unknown {
            // It is compared again in each run, so nothing of it is remembered.
            None => assert_eq!(claims(&scenario), None),
            Some(unknown) => {
                let (led_by, addresses, _) = stopped(&scenario);
                assert_eq!(addresses, unknown);
                assert_eq!(led_by.as_deref(), Some("the namespace crm (installation standalone)"));
            }
        }
    }
}

#[test]
fn an_installation_is_part_of_who_leads() {
    let elsewhere = Claimant::parse("other", "bi").unwrap();
    let scenario = taken().claimed_by([DirectoryClaim::new(elsewhere, &at(&["a:1"], None), hours_ago(9))]);
    assert_eq!(stopped(&scenario).0.as_deref(), Some("the namespace bi (installation other)"));
}

#[test]
fn whatever_is_linked_counts_also_what_nobody_leads() {
    let evil = |scenario: Scenario| reading(scenario, at(&["evil:636"], None)).claimed_by([claim("crm", 9, &here())]);
    let mine = || given([group("BI")], [stored("BI").of("BI")]).accounts([account("anna").of("anna")]);
    for other in [
        given([group("BI")], [stored("BI").of("BI").released()]),
        given([group("BI")], [stored("BI").of("BI").owned_by(neighbor())]),
        given([], []).accounts([account("anna").of("anna").released()]),
        given([], []).accounts([account("anna").of("anna").owned_by(neighbor())]),
        mine().accounts([account("bert").of("bert").owned_by(neighbor())]),
    ] {
        stopped(&evil(other));
    }
    for free in [
        mine(),
        given([group("BI")], [stored("BI")]),
        given([group("BI")], [stored("BI").of("BI").owned_by(neighbor()).of_directory(elsewhere_id())]),
    ] {
        assert!(evil(free).plan().is_ok());
    }
}

#[test]
fn links_without_a_claim_are_somebodys_all_the_same() {
    let unclaimed = |scenario: Scenario| stopped(&scenario.claimed_by([])).0;
    assert_eq!(unclaimed(taken()).as_deref(), Some("the namespace crm (installation standalone)"));
    assert_eq!(unclaimed(given([], [stored("BI").of("BI").released()])), None);
}

#[test]
fn whoever_is_alone_has_the_claim() {
    let first = given([group("BI")], []).claimed_by([]);
    assert_eq!(claims(&first), Some(vec![claim("bi", 0, &here())]));
    assert_eq!(claims(&given([], []).claimed_by([])), None, "nothing is linked yet");
    let linked = given([group("BI")], [stored("BI").of("BI")]);
    assert_eq!(claims(&linked.clone().claimed_by([])), Some(vec![claim("bi", 0, &here())]));
    // Nobody else is left of those who led them.
    let followed = |scenario: Scenario| claims(&scenario.claimed_by([claim("crm", 9, &at(&["old:636"], None))]));
    assert_eq!(followed(linked), None, "nothing is written");
    let renamed = given([group("BI").named("CRM")], [stored("BI").of("BI")]);
    assert_eq!(followed(renamed), Some(vec![claim("bi", 0, &here())]));
    check(&first, ["create group BI"], []);
}

#[test]
fn a_claimant_may_move_and_its_new_address_is_known_then() {
    let own = || given([group("BI")], [stored("BI").of("BI"), stored("CRM").of("CRM").owned_by(neighbor())]);
    let moved = reading(own(), at(&["dc9:636"], Some("a")));
    let claimed = claims(&moved).unwrap();
    assert_eq!(claimed[0].addresses, ["dc1:636".into(), "dc9:636".into()]);
    assert_eq!((&claimed[0].authorities[..], claimed[0].first_seen), (&["a".into()][..], now()));
    check(&moved, [], []);
    assert_eq!(claims(&own()), None, "nothing is new");
}

/// Rule `no-change-no-write`: two Directories with too many addresses do not take turns.
#[test]
fn an_address_that_makes_another_one_go_waits_for_other_writes() {
    let many: Vec<String> = (0..MAX_ENDPOINTS).map(|number| format!("dc{number:02}:636")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let moved = |scenario: Scenario| {
        let scenario = scenario.claimed_by([claim("bi", 9, &at(&many, None))]);
        claims(&reading(scenario, at(&["new:636"], None)))
    };
    assert_eq!(moved(given([group("BI")], [stored("BI").of("BI")])), None);
    let claimed = moved(given([group("BI").named("CRM")], [stored("BI").of("BI")])).unwrap();
    assert_eq!((claimed[0].addresses.len(), &*claimed[0].addresses[15]), (MAX_ENDPOINTS, "new:636"));
}

#[test]
fn an_approval_is_remembered_for_good() {
    let hash = stopped(&evil()).2;
    let approved = evil().policy(|policy| policy.approved_claim = Some(hash));
    let claimed = claims(&approved).unwrap();
    let namespaces: Vec<_> = claimed.iter().map(|claim| &*claim.claimant.namespace).collect();
    assert_eq!(namespaces, ["crm", "bi"]);
    check(&approved, ["create group BI", "create account anna", "BI: add anna"], []);
    // Without the annotation, and wherever it reads then.
    let later = evil().claimed_by([claimed[0].clone(), claimed[1].clone()]);
    assert!(reading(later, at(&["evil2:636"], None)).plan().is_ok());
    // A third one is not meant.
    let third = evil().claimed_by([claimed[0].clone()]).policy(|policy| policy.approved_claim = Some("x".to_owned()));
    stopped(&third);
}

#[test]
fn an_approval_with_nothing_to_do_is_remembered_too() {
    let idle = || reading(given([], [stored("CRM").of("CRM").owned_by(neighbor())]), at(&["evil:636"], None));
    let idle = || idle().claimed_by([claim("crm", 9, &here())]);
    let hash = stopped(&idle()).2;
    assert!(claims(&idle().policy(|policy| policy.approved_claim = Some(hash))).is_some());
}

#[test]
fn one_approval_is_for_all_syncs_of_a_namespace_and_for_no_other_directory() {
    let hash = |change: &dyn Fn(&mut Policy)| stopped(&evil().policy(|policy| change(policy))).2;
    let first = hash(&|_| {});
    assert_eq!(first, hash(&|policy| policy.owner.name = "other".to_owned()));
    let object = HeldObject { uid: "u".to_owned(), since: Some(hours_ago(1)) };
    assert_eq!(first, hash(&|policy| policy.approval.object = Some(object.clone())));
    for change in [
        &(|policy: &mut Policy| policy.owner.namespace = "x".to_owned()) as &dyn Fn(&mut Policy),
        &|policy| policy.owner.installation = "x".to_owned(),
        &|policy| policy.endpoints = at(&["evil:389"], None),
        &|policy| policy.endpoints = at(&["evil:636"], Some("b")),
    ] {
        assert_ne!(first, hash(change));
    }
    // The approval of held changes of a sync is none.
    stopped(&evil().policy(|policy| policy.approval.hash = Some(first.clone())));
}

fn by_cluster(scenario: Scenario) -> Scenario {
    reading(scenario, Endpoints { of_cluster: true, ..at(&["dc7:636"], None) })
}

#[test]
fn a_cluster_directory_goes_first_whoever_came_before() {
    let claimed = claims(&by_cluster(taken())).unwrap();
    let [cluster] = &claimed[..] else { panic!("{claimed:?}") };
    assert_eq!(cluster.claimant, Claimant::cluster("standalone"));
    assert_eq!(claims(&by_cluster(taken()).claimed_by(claimed.clone())), None, "nothing is new");
    // The neighbor that came before it goes on where it reads from the same servers, and stops where it does not.
    let neighbor_reads = |endpoints| reading(taken(), endpoints).claimed_by(claimed.clone());
    assert!(neighbor_reads(at(&["dc7:636"], None)).plan().is_ok());
    let (led_by, ..) = stopped(&neighbor_reads(at(&["dc1:636"], None)));
    assert_eq!(led_by.as_deref(), Some("a ClusterDirectory (installation standalone)"));
}

#[test]
fn a_cluster_directory_of_a_namespace_is_not_a_claim_of_that_namespace() {
    let claimed = claims(&by_cluster(taken())).unwrap();
    let own_directory = reading(taken(), at(&["evil:636"], None)).claimed_by(claimed.clone());
    stopped(&own_directory);
    // Alone it may go on, and the claim of the cluster stays.
    let renamed = given([group("BI").named("CRM")], [stored("BI").of("BI")]);
    assert_eq!(claims(&renamed.claimed_by(claimed)), None);
}

/// Rule `no-change-no-write`.
#[test]
fn cluster_directories_of_two_installations_do_not_take_turns() {
    let other = DirectoryClaim::new(Claimant::cluster("other"), &at(&["dc8:636"], None), hours_ago(9));
    let claimed = claims(&by_cluster(taken().claimed_by([other]))).unwrap();
    assert_eq!(claimed.len(), 2);
    assert_eq!(claims(&by_cluster(taken()).claimed_by(claimed)), None);
}

#[test]
fn the_message_says_who_leads_what_differs_and_what_to_do() {
    let scenario = reading(taken(), at(&["dc1:636", "evil:636", "evil2:636"], None));
    let stop = scenario.plan().unwrap_err();
    let said = stop.to_string();
    for part in ["the namespace crm (installation standalone)", "evil2:636, evil:636", "on the DashboardServer"] {
        assert!(said.contains(part), "`{part}` in {said}");
    }
    assert!(said.contains(&stop.approval().hash) && !said.contains("dc1") && !said.contains("dc2"), "{said}");
    let many = reading(taken(), at(&["a:1", "b:1", "c:1", "d:1", "e:1"], None)).plan().unwrap_err().to_string();
    assert!(many.contains("it reads from a:1, b:1, c:1, and 2 more, where"), "{many}");
}
