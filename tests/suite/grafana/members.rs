//! Who is written into a team at once, and who by requests of their own.

use std::sync::Arc;

use directory_group_sync::store::Applied;
use directory_group_sync::sync::found::Found;
use directory_group_sync::sync::plan::{Change, Plan};

use super::{Graf, started, started_before_11_1, started_redirected};
use crate::harness::grafana::site::Member;
use crate::harness::http_faults::Fault;
use crate::store_contract::{Store, add_members, apply_plan, begin_when_free, create_group, remove_members};

/// The team `alpha` with these members, whose addresses are as given, and three users who are in no team.
fn with_team(graf: Graf, members: &[(&str, &str)]) -> Graf {
    graf.site.with(|site| {
        site.add_team("alpha");
        for (login, email) in members {
            site.add_user(login, email);
            site.join("alpha", login, Member::default());
        }
        for login in ["new1", "new2", "new3"] {
            site.add_user(login, &format!("{login}@corp.example"));
        }
    });
    graf
}

/// The accounts of these logins.
fn accounts(found: &Found, logins: &[&str]) -> Vec<u32> {
    let is = |login: &str, index: &u32| found.accounts[*index as usize].attributes.username.as_deref() == Some(login);
    let all = 0..u32::try_from(found.accounts.len()).unwrap();
    logins.iter().map(|login| all.clone().find(|index| is(login, index)).unwrap()).collect()
}

/// Adds the three, and removes these.
async fn replaced(store: &Store, remove: &[&str]) -> Applied {
    let found = store.read().await.unwrap();
    let mut changes: Vec<Change> = Vec::new();
    if !remove.is_empty() {
        changes.push(remove_members(0, &accounts(&found, remove)));
    }
    changes.push(add_members(0, &accounts(&found, &["new1", "new2", "new3"])));
    apply_plan(store, &Plan::from(changes)).await
}

fn is_at_once(graf: &Graf) -> bool {
    graf.writes().iter().any(|call| call.starts_with("PUT") && call.ends_with("/members"))
}

#[tokio::test]
async fn all_are_written_at_once_only_where_nobody_can_be_lost() {
    let two = &[("ada", "ada@corp.example"), ("bob", "bob@corp.example")][..];
    let mixed = &[("ada", "Ada@Corp.example"), ("bob", "bob@corp.example")][..];
    let without = &[("ada", "ada@corp.example"), ("bob", "")][..];
    let twice = &[("ada", "ada@corp.example"), ("bob", "ADA@corp.example")][..];
    for (graf, members, is_expected, words) in [
        (started("plain"), two, true, "a present version"),
        (started_redirected("redirected"), two, true, "the new API"),
        (started_before_11_1("old"), two, false, "before 11.1"),
        (started("mixed"), mixed, true, "an address is sent as Grafana returned it"),
        (started("without"), without, false, "who has no address cannot be named"),
        (started("twice"), twice, false, "two with one address cannot be told apart"),
    ] {
        let graf = with_team(graf, members);
        let applied = replaced(&graf.whole(graf.settings()), &["ada"]).await;
        assert_eq!(applied, Applied::default(), "{words}");
        assert_eq!(is_at_once(&graf), is_expected, "{words}: {:?}", graf.writes());
        graf.site.with(|site| assert_eq!(site.members("alpha"), ["bob", "new1", "new2", "new3"], "{words}"));
    }
}

/// One or two changes touch nobody else.
#[tokio::test]
async fn few_changes_are_requests_of_their_own() {
    let graf = with_team(started("few"), &[("ada", "ada@corp.example")]);
    let store = graf.whole(graf.settings());
    let found = store.read().await.unwrap();
    let changes = vec![remove_members(0, &accounts(&found, &["ada"])), add_members(0, &accounts(&found, &["new1"]))];
    assert_eq!(apply_plan(&store, &Plan::from(changes)).await, Applied::default());
    let names: Vec<String> = graf.writes().iter().map(|call| call.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(names, ["DELETE", "POST"]);
}

/// Who is hidden is shown to server administrators only, and setting all members would remove them.
#[tokio::test]
async fn a_member_who_is_hidden_from_a_token_stays() {
    let graf = with_team(started("hidden"), &[("ada", "ada@corp.example"), ("ghost", "ghost@corp.example")]);
    graf.site.with(|site| site.hidden = ["ghost".to_owned()].into());
    let store = graf.whole(graf.settings_with_token());
    assert_eq!(replaced(&store, &["ada"]).await, Applied::default());
    assert!(!is_at_once(&graf));
    graf.site.with(|site| assert_eq!(site.members("alpha"), ["ghost", "new1", "new2", "new3"]));
    // Nor does a team that shows nobody show that it has nobody.
    graf.site.with(|site| {
        site.team_mut("alpha").members.clear();
        site.join("alpha", "ghost", Member::default());
    });
    assert_eq!(replaced(&store, &[]).await, Applied::default());
    assert!(!is_at_once(&graf));
    graf.site.with(|site| assert_eq!(site.members("alpha"), ["ghost", "new1", "new2", "new3"]));
    // Of a team that the run has created it is known.
    let found = store.read().await.unwrap();
    let new = u32::try_from(found.groups.len()).unwrap();
    let changes = vec![create_group(new, 31, "beta"), add_members(new, &accounts(&found, &["new1", "new2", "new3"]))];
    assert_eq!(apply_plan(&store, &Plan::from(changes)).await, Applied::default());
    assert!(is_at_once(&graf));
    graf.site.with(|site| assert_eq!(site.members("beta"), ["new1", "new2", "new3"]));
}

#[tokio::test]
async fn administrators_of_a_team_stay_so() {
    for graf in [started("admins"), started_redirected("admins")] {
        let graf = with_team(graf, &[("ada", "ada@corp.example"), ("bob", "bob@corp.example")]);
        graf.site.with(|site| site.join("alpha", "bob", Member { is_admin: true, is_external: false }));
        assert_eq!(replaced(&graf.whole(graf.settings()), &["ada"]).await, Applied::default());
        assert!(is_at_once(&graf));
        graf.site.with(|site| assert_eq!(site.members("alpha"), ["bob*", "new1", "new2", "new3"]));
    }
}

/// Grafana Enterprise keeps some members in step with a directory of its own.
#[tokio::test]
async fn members_that_grafana_keeps_itself_stay() {
    for graf in [started("external"), started_redirected("external")] {
        let graf = with_team(graf, &[("ada", "ada@corp.example"), ("bob", "bob@corp.example")]);
        graf.site.with(|site| {
            site.is_enterprise = true;
            site.join("alpha", "bob", Member { is_admin: false, is_external: true });
        });
        let applied = replaced(&graf.whole(graf.settings()), &["ada", "bob"]).await;
        assert_eq!(applied.refused.len(), 1, "{applied:?}");
        assert!(applied.refused[0].message.contains("Grafana's own team sync keeps 1 of its members"), "{applied:?}");
        graf.site.with(|site| assert_eq!(site.members("alpha"), ["bob", "new1", "new2", "new3"]));
    }
}

/// A service account cannot be named, so a team with one is never set as a whole.
#[tokio::test]
async fn a_service_account_in_a_team_stays() {
    let graf = with_team(started("service"), &[("ada", "ada@corp.example")]);
    graf.site.with(|site| {
        site.add_user("sa-1-robot", "sa-1-robot");
        site.user_mut("sa-1-robot").role = None;
        site.join("alpha", "sa-1-robot", Member::default());
    });
    assert_eq!(replaced(&graf.whole(graf.settings()), &["ada"]).await, Applied::default());
    assert!(!is_at_once(&graf));
    graf.site.with(|site| assert_eq!(site.members("alpha"), ["new1", "new2", "new3", "sa-1-robot"]));
}

/// What a person changed between our read and our write stays.
#[tokio::test]
async fn what_a_person_changed_meanwhile_stays() {
    let graf = with_team(started("meanwhile"), &[("ada", "ada@corp.example"), ("bob", "bob@corp.example")]);
    graf.site.with(|site| site.add_user("eve", "eve@corp.example"));
    let store = graf.whole(graf.settings());
    let found = store.read().await.unwrap();
    graf.site.with(|site| {
        site.join("alpha", "eve", Member::default());
        let bob = site.user_id("bob").unwrap();
        site.team_mut("alpha").members.remove(&bob);
    });
    let changes = vec![
        remove_members(0, &accounts(&found, &["ada"])),
        add_members(0, &accounts(&found, &["new1", "new2", "new3"])),
    ];
    let writer = begin_when_free(&store).await;
    assert_eq!(writer.apply(&found, &Plan::from(changes)).await.unwrap(), Applied::default());
    assert!(is_at_once(&graf));
    graf.site.with(|site| assert_eq!(site.members("alpha"), ["eve", "new1", "new2", "new3"]));
}

/// An address that changed after our read is not known any more: nothing of the request is done, so each is written alone.
#[tokio::test]
async fn an_address_that_is_not_known_any_more_stops_nobody() {
    for graf in [started("address"), started_redirected("address")] {
        let graf = with_team(graf, &[]);
        let store = graf.whole(graf.settings());
        let found = store.read().await.unwrap();
        graf.site.with(|site| site.user_mut("new2").email = "other@corp.example".to_owned());
        let changes = vec![add_members(0, &accounts(&found, &["new1", "new2", "new3"]))];
        let writer = begin_when_free(&store).await;
        assert_eq!(writer.apply(&found, &Plan::from(changes)).await.unwrap(), Applied::default());
        assert!(is_at_once(&graf), "it was tried");
        graf.site.with(|site| assert_eq!(site.members("alpha"), ["new1", "new2", "new3"]));
    }
}

/// A service behind the old path that is down is no reason to write nothing.
#[tokio::test]
async fn a_service_that_is_down_is_left_aside() {
    let graf = with_team(started_redirected("down"), &[]);
    graf.site.with(|site| site.is_unavailable = true);
    assert_eq!(replaced(&graf.whole(graf.settings()), &[]).await, Applied::default());
    graf.site.with(|site| assert_eq!(site.members("alpha"), ["new1", "new2", "new3"]));
}

/// The answer of a request for all does not say who is a member now, so they are read again.
#[tokio::test]
async fn who_dropped_out_is_added_again() {
    let graf = Arc::new(with_team(started("dropped"), &[("ada", "ada@corp.example")]));
    let held = Arc::downgrade(&graf);
    graf.proxy.rule(move |request| {
        // As where an address is sent in another case than it is stored: Grafana sets the member, then removes it.
        if request.method == "PUT"
            && request.path.ends_with("/members")
            && let Some(graf) = held.upgrade()
        {
            graf.site.with(|site| site.user_mut("ada").email = "ADA@corp.example".to_owned());
        }
        Fault::Forward
    });
    assert_eq!(replaced(&graf.whole(graf.settings()), &[]).await, Applied::default());
    assert!(is_at_once(&graf) && graf.writes().iter().any(|call| call.starts_with("POST")));
    graf.site.with(|site| assert_eq!(site.members("alpha"), ["ada", "new1", "new2", "new3"]));
}
