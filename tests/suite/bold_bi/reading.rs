//! Which reads are complete.

use std::sync::Arc;

use directory_group_sync::store::Error;

use super::{Bold, started};
use crate::harness::http_faults::{Answer, Fault, Request};
use crate::store_contract::Fixture as _;

/// A site with so many accounts beside its two, all of them in one group.
fn with_accounts(count: usize) -> Bold {
    let bold = started("pages");
    bold.site.with(|site| {
        let group = site.add_group("Everybody");
        for number in 0..count {
            let id = site.add_account(&format!("user{number:04}"), &format!("user{number:04}@corp.example"));
            site.groups.get_mut(&group).unwrap().members.insert(id);
        }
    });
    bold
}

fn lists_accounts(request: &Request) -> bool {
    request.method == "GET" && request.path.ends_with("/users") && !request.path.contains("/groups/")
}

#[tokio::test]
async fn a_list_is_read_to_its_end_whatever_the_page_size() {
    for (count, page_max) in [(0, 100), (3, 100), (98, 100), (100, 100), (250, 100), (60, 25), (23, 25), (48, 25)] {
        let bold = with_accounts(count);
        bold.site.with(|site| site.page_max = page_max);
        let found = bold.whole(bold.settings()).read().await.unwrap();
        assert_eq!(found.accounts.len(), count + 2, "{count} in pages of {page_max}");
        assert_eq!(found.groups[1].members.len(), count, "{count} in pages of {page_max}");
        assert!(found.accounts.is_sorted_by_key(|account| account.id.number()));
    }
}

#[tokio::test]
async fn a_number_of_rows_that_lies_fails_the_read() {
    for lie in [-60, -5, 1, 100] {
        let bold = with_accounts(130);
        bold.site.with(|site| site.total_lie = lie);
        let error = bold.store().read().await.unwrap_err();
        assert!(error.to_string().contains("not known to be complete"), "{lie}: {error}");
    }
}

#[tokio::test]
async fn a_page_that_lacks_rows_or_repeats_them_fails_the_read() {
    let row = |id: &usize| format!(r#"{{"UserId":{id},"Username":"u{id}","Email":"u{id}@x"}}"#);
    let page = |ids: &[usize], total: usize| {
        let rows: Vec<String> = ids.iter().map(row).collect();
        Answer::json(200, &format!(r#"{{"Data":[{{"UserList":[{}]}}],"TotalResults":{total}}}"#, rows.join(",")))
    };
    for (pages, words) in [
        (vec![page(&[1, 2], 4), page(&[2, 3], 4)], "occurs twice"),
        (vec![page(&[1, 2], 5), page(&[3], 5), page(&[4, 5], 5)], "in its middle"),
        (vec![page(&[1, 2], 4), page(&[3, 4], 5)], "from page to page"),
        (vec![page(&[1, 2], 5), page(&[3, 4], 5)], "has 4 rows and says that it has 5"),
        (vec![Answer::json(200, r#"{"Data":[{"UserList":[]}]}"#)], "does not say how many"),
        (vec![Answer::json(200, r#"{"Status":true}"#)], "has no UserList"),
        (
            vec![Answer::json(200, r#"{"Data":[{"UserList":[{"Username":"x"}]}],"TotalResults":1}"#)],
            "is not one of Bold BI",
        ),
    ] {
        let bold = started("odd");
        bold.proxy.rule(move |request| {
            if !lists_accounts(request) {
                return Fault::Forward;
            }
            let number = request.query.split('&').find_map(|it| it.strip_prefix("page=")).unwrap();
            let number: usize = number.parse().unwrap();
            Fault::Instead(pages.get(number - 1).cloned().unwrap_or_else(|| Answer::says(400, "Page does not exists.")))
        });
        let error = bold.store().read().await.unwrap_err();
        assert!(error.to_string().contains(words), "{words}: {error}");
    }
}

/// An account leaves a page that was read while another one comes on a page that was not.
#[tokio::test]
async fn a_list_that_moves_while_it_is_read_is_read_again() {
    let bold = Arc::new(with_accounts(250));
    let site = Arc::downgrade(&bold);
    bold.proxy.rule(move |request| {
        // Before the second page of the first reading.
        if lists_accounts(request) && request.query.contains("page=2&") {
            let Some(bold) = site.upgrade() else { return Fault::Forward };
            bold.site.with(|site| {
                if let Some(id) = site.account_id("user0001") {
                    site.remove_account(id);
                    site.add_account("zoe", "zoe@corp.example");
                }
            });
        }
        Fault::Forward
    });
    let found = bold.whole(bold.settings()).read().await.unwrap();
    assert_eq!(found.accounts.len(), 252);
    let has = |name: &str| found.accounts.iter().any(|it| it.attributes.username.as_deref() == Some(name));
    assert!((0..250).filter(|it| *it != 1).all(|it| has(&format!("user{it:04}"))), "none is skipped");
    assert!(has("zoe") && !has("user0001"));
}

#[tokio::test]
async fn an_answer_that_is_not_the_servers_fails_the_read() {
    for (fault, words) in [
        (Fault::Instead(Answer::page(200, "Sign in")), "not JSON"),
        (Fault::Instead(Answer::page(400, "Bad request")), "not JSON"),
        (Fault::Instead(Answer::json(200, r#"{"Status":false,"Message":"no"}"#)), "200 OK: no"),
        (Fault::Instead(Answer::json(200, r#"{"ApiStatus":false,"Status":true,"Data":[]}"#)), "200 OK"),
        (Fault::CutBody, "asking the dashboard server"),
        (Fault::Instead(Answer::status(204)), "the list is empty, which it never is"),
        (Fault::Instead(Answer::json(200, r#"{"Data":[],"TotalResults":0}"#)), "the list is empty, which it never is"),
        (Fault::Instead(Answer::status(500)), "500"),
        (Fault::Instead(Answer::status(403)), "403"),
    ] {
        for path in ["/users", "/groups"] {
            let bold = with_accounts(3);
            // The version is asked for by the list of groups.
            let store = bold.store();
            store.probe().await.unwrap();
            let held = fault.clone();
            bold.proxy.rule(move |request| if request.path.ends_with(path) { held.clone() } else { Fault::Forward });
            let error = store.read().await.unwrap_err();
            assert!(error.to_string().contains(words), "{fault:?}: {error}");
            assert_eq!(matches!(error, Error::AccessDenied { .. }), words == "403", "{error}");
        }
    }
}

/// A member that the list of accounts does not show, or a group that vanishes, in every reading.
#[tokio::test]
async fn a_member_that_is_no_account_fails_the_read() {
    let bold = with_accounts(3);
    bold.proxy.rule(|request| {
        if !request.path.contains("/groups/1/") {
            return Fault::Forward;
        }
        let body = r#"{"Data":[{"UserList":[{"UserId":9999}]}],"TotalResults":1}"#;
        if request.query.contains("page=1&") {
            Fault::Instead(Answer::json(200, body))
        } else {
            Fault::Instead(Answer::says(400, "Page does not exists."))
        }
    });
    let error = bold.store().read().await.unwrap_err();
    assert!(error.to_string().contains("members that the list of accounts does not show"), "{error}");
    bold.proxy.rule(|request| {
        if request.path.contains("/groups/1/") { Fault::Instead(Answer::says(404, "no")) } else { Fault::Forward }
    });
    let error = bold.store().read().await.unwrap_err();
    assert!(error.to_string().contains("or vanish"), "{error}");
}
