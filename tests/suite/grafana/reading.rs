//! Which reads are complete.

use std::sync::Arc;

use directory_group_sync::store::Error;

use super::{Graf, started, started_redirected};
use crate::harness::grafana::site::Member;
use crate::harness::http_faults::{Answer, Fault, Request};
use crate::store_contract::Fixture as _;

/// A server with so many teams, each with one member.
fn with_teams(graf: Graf, count: usize) -> Graf {
    graf.site.with(|site| {
        site.add_user("ada", "ada@corp.example");
        for number in 0..count {
            let name = format!("team{number:04}");
            site.add_team(&name);
            site.join(&name, "ada", Member::default());
        }
    });
    graf
}

fn lists_teams(request: &Request) -> bool {
    request.path.ends_with("/teams/search")
}

#[tokio::test]
async fn a_list_is_read_to_its_end_whatever_the_page_size() {
    for (count, page_max) in [(0, 1_000), (3, 1_000), (1_000, 1_000), (1_001, 1_000), (60, 25), (50, 25)] {
        for graf in [started("pages"), started_redirected("pages")] {
            let graf = with_teams(graf, count);
            graf.site.with(|site| site.page_max = page_max);
            let mut settings = graf.settings();
            settings.at_a_time = 8;
            let found = graf.whole(settings).read().await.unwrap();
            assert_eq!(found.groups.len(), count, "{count} in pages of {page_max}");
            assert!(found.groups.iter().all(|group| group.members.len() == 1));
            assert!(found.groups.is_sorted_by_key(|group| group.id.clone()));
        }
    }
}

#[tokio::test]
async fn a_number_of_rows_that_lies_fails_the_read() {
    for lie in [-60, -5, 1, 100] {
        let graf = with_teams(started("lie"), 130);
        graf.site.with(|site| site.total_lie = lie);
        let error = graf.store().read().await.unwrap_err();
        assert!(error.to_string().contains("not known to be complete"), "{lie}: {error}");
    }
}

#[tokio::test]
async fn a_page_that_lacks_rows_or_repeats_them_fails_the_read() {
    let row = |id: &u32| format!(r#"{{"id":{id},"uid":"t{id}","name":"t{id}"}}"#);
    let page = |ids: &[u32], total: u32| {
        let rows: Vec<String> = ids.iter().map(row).collect();
        Answer::json(200, &format!(r#"{{"teams":[{}],"totalCount":{total}}}"#, rows.join(",")))
    };
    for (pages, words) in [
        (vec![page(&[1, 2], 4), page(&[2, 3], 4)], "occurs twice"),
        (vec![page(&[1, 2], 4), page(&[3, 4], 5)], "from page to page"),
        (vec![page(&[1, 2], 5), page(&[3, 4], 5), page(&[], 5)], "has 4 rows and says that it has 5"),
        (vec![Answer::json(200, r#"{"teams":[]}"#)], "has no totalCount"),
        (vec![Answer::json(200, r#"{"totalCount":0}"#)], "has no teams"),
        (vec![Answer::json(200, r#"{"totalCount":0,"teams":null}"#)], "not those of Grafana"),
        (vec![Answer::json(200, r#"{"totalCount":1,"teams":[{"id":1,"name":"x"}]}"#)], "not those of Grafana"),
    ] {
        let graf = started("odd");
        graf.proxy.rule(move |request| {
            if !lists_teams(request) {
                return Fault::Forward;
            }
            let number = request.query.split('&').find_map(|it| it.strip_prefix("page=")).unwrap();
            let number: usize = number.parse().unwrap();
            Fault::Instead(pages[number - 1].clone())
        });
        let error = graf.store().read().await.unwrap_err();
        assert!(error.to_string().contains(words), "{words}: {error}");
    }
}

/// A team leaves a page that was read while another one comes on a page that was not.
#[tokio::test]
async fn a_list_that_moves_while_it_is_read_is_read_again() {
    let graf = Arc::new(with_teams(started("moves"), 60));
    graf.site.with(|site| site.page_max = 25);
    let site = Arc::downgrade(&graf);
    graf.proxy.rule(move |request| {
        if lists_teams(request)
            && request.query.contains("page=2&")
            && let Some(graf) = site.upgrade()
        {
            graf.site.with(|site| {
                if let Some(id) = site.team_id("team0001") {
                    site.teams.remove(&id);
                    site.add_team("zoo");
                }
            });
        }
        Fault::Forward
    });
    let found = graf.whole(graf.settings()).read().await.unwrap();
    assert_eq!(found.groups.len(), 60);
    let has = |name: &str| found.groups.iter().any(|group| *group.name == *name);
    assert!((0..60).filter(|it| *it != 1).all(|it| has(&format!("team{it:04}"))), "none is skipped");
    assert!(has("zoo") && !has("team0001"));
}

#[tokio::test]
async fn an_answer_that_is_not_the_servers_fails_the_read() {
    for (fault, words) in [
        (Fault::Instead(Answer::page(200, "Sign in")), "not JSON"),
        (Fault::Instead(Answer::json(200, r#"{"message":"no"}"#)), "asking the dashboard server"),
        (Fault::Instead(Answer::status(204)), "asking the dashboard server"),
        (Fault::CutBody, "asking the dashboard server"),
        (Fault::Instead(Answer::status(500)), "500"),
        (Fault::Instead(Answer::status(403)), "403"),
    ] {
        for path in ["/org/users", "/teams/search", "/members"] {
            let graf = with_teams(started("foreign"), 3);
            let held = fault.clone();
            graf.proxy.rule(move |request| if request.path.ends_with(path) { held.clone() } else { Fault::Forward });
            let error = graf.store().read().await.unwrap_err();
            assert!(error.to_string().contains(words), "{path} {fault:?}: {error}");
            assert_eq!(matches!(error, Error::AccessDenied { .. }), words == "403", "{error}");
        }
    }
    let graf = started("empty");
    graf.proxy.rule(|request| {
        if request.path.ends_with("/org/users") { Fault::Instead(Answer::json(200, "[]")) } else { Fault::Forward }
    });
    let error = graf.store().read().await.unwrap_err();
    assert!(error.to_string().contains("has no users"), "{error}");
}

/// A member that the organization does not show, in every reading.
#[tokio::test]
async fn a_member_that_is_no_account_fails_the_read() {
    let graf = with_teams(started("member"), 1);
    graf.site.with(|site| site.user_mut("ada").role = None);
    let error = graf.store().read().await.unwrap_err();
    assert!(error.to_string().contains("members that the list of the organization's users does not show"), "{error}");
}

/// A service account may be in a team, and no list of users has it.
#[tokio::test]
async fn a_service_account_in_a_team_is_left_aside() {
    let graf = with_teams(started("service"), 1);
    graf.site.with(|site| {
        site.add_user("sa-1-robot", "sa-1-robot");
        site.user_mut("sa-1-robot").role = None;
        site.join("team0000", "sa-1-robot", Member::default());
        site.add_user("sa-lly", "sally@corp.example");
        site.join("team0000", "sa-lly", Member::default());
    });
    let found = graf.whole(graf.settings()).read().await.unwrap();
    assert_eq!(found.groups[0].members.len(), 2, "ada, and a person with such a login");
}

/// A right on some teams alone hides the others.
#[tokio::test]
async fn a_right_that_does_not_cover_all_fails_the_read() {
    let graf = with_teams(started("narrow"), 2);
    let rights = |scope: &str| {
        let rights = ["org.users:read", "teams:create", "teams:read", "teams:write", "teams:delete"];
        let rights = rights.iter().chain(&["teams.permissions:read", "teams.permissions:write"]);
        let rights: Vec<String> = rights.map(|right| format!(r#""{right}":["{scope}"]"#)).collect();
        Answer::json(200, &format!("{{{}}}", rights.join(",")))
    };
    for (scope, is_enough) in [("teams:*", true), ("*", true), ("teams:id:7", false)] {
        let answer = rights(scope);
        graf.proxy.rule(move |request| {
            if request.path.ends_with("/permissions") { Fault::Instead(answer.clone()) } else { Fault::Forward }
        });
        let store = graf.whole(graf.settings_with_token());
        let capabilities = store.probe().await.unwrap();
        assert_eq!(capabilities.missing_rights.is_empty(), is_enough, "{capabilities:?}");
        assert_eq!(store.read().await.is_ok(), is_enough, "{scope}");
    }
    // Where access control is switched off, nothing is known beforehand.
    graf.proxy.rule(|request| {
        if request.path.ends_with("/permissions") { Fault::Instead(Answer::says(404, "no")) } else { Fault::Forward }
    });
    assert_eq!(graf.whole(graf.settings_with_token()).read().await.unwrap().groups.len(), 2);
}
