//! Whatever a directory does wrong, at whichever request it does it, a run fails and leaves the store as it was, or goes
//! on with what is true. The two tables are the directory's part of the fault matrix, each row under its name.

mod company;
mod place;
mod run;
mod table;

use std::collections::BTreeSet;

use directory_group_sync::api::v1alpha1::directory_group_sync::status::{ProblemKind, RunResult};
use futures::StreamExt as _;
use serde_json::json;
use tokio::sync::OnceCell;

use self::place::Place;
use self::run::Scene;
use self::table::{EVERYWHERE, SOMEWHERE};
pub(crate) use self::table::{goes_on, names, reasons};
use crate::scripted_ldap::Answer;
use crate::whole_run::{problems, result};

/// Runs side by side: most of the time they wait, some for a server that says nothing.
const RUNS: usize = 24;

/// The scene in which a place is asked.
async fn scene(at: Place) -> &'static Scene {
    static SMALL: OnceCell<Scene> = OnceCell::const_new();
    static LARGE: OnceCell<Scene> = OnceCell::const_new();
    match at {
        Place::Users | Place::LaterUsers => LARGE.get_or_init(|| Scene::new(true)).await,
        _ => SMALL.get_or_init(|| Scene::new(false)).await,
    }
}

async fn side_by_side(runs: impl Iterator<Item: Future<Output = ()> + Send + 'static>) {
    let runs = runs.map(|run| async { tokio::spawn(run).await.unwrap() });
    futures::stream::iter(runs).buffer_unordered(RUNS).collect::<()>().await;
}

#[tokio::test]
async fn without_a_fault_every_place_is_asked_and_the_store_follows_the_directory() {
    for (at, is_large) in [(Place::Range, false), (Place::Users, true)] {
        let scene = scene(at).await;
        for (place, count) in &scene.asked {
            let is_due = match place {
                Place::Users | Place::LaterUsers => is_large,
                Place::Range => !is_large,
                _ => true,
            };
            assert_eq!(*count > 0, is_due, "{place:?}");
        }
        assert_eq!(result(&scene.status), RunResult::SyncedWithProblems, "{:#?}", scene.status);
        let change = serde_json::to_value(&scene.status.last_change).unwrap();
        assert_eq!(change["groups"], json!({"created": 0, "adopted": 0, "modified": 4, "deleted": 1, "released": 0}));
        assert_eq!(change["members"], json!({"added": 3, "removed": 2}));
    }
    let scene = scene(Place::Range).await;
    let kinds = [ProblemKind::Unresolved, ProblemKind::Unreadable];
    assert_eq!(problems(&scene.status), kinds, "user 3, group 6: {:#?}", scene.status);
    let before = [
        "group 1: user1 user3 user4",
        "group 2: user1",
        "group 3: user1",
        "group 6: user1",
        "group 7: user1",
        "group 8: user1 user4",
        "group 9: user1",
    ];
    assert_eq!(scene.before.groups(), before);
    let after = [
        "group 1: user1 user3 user5",
        "group 2:",
        "group 6: user1",
        "group 7: user1",
        "group 9: user1 user4",
        "renamed: user1 user5",
    ];
    assert_eq!(scene.after.groups(), after);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_goes_wrong_at_any_request_fails_the_run_or_proves_nothing() {
    let rows = EVERYWHERE.iter().flat_map(|row| place::PLACES.map(|at| (row, at)));
    side_by_side(rows.map(|((name, end, expected), at)| async move {
        let fault = move |mut answers: Vec<Answer>| {
            // What was sent before it is part of the trap.
            let cookie = match answers.pop() {
                Some(Answer::Done(_, _, cookie)) => cookie,
                _ => None,
            };
            answers.into_iter().chain(end(cookie)).collect()
        };
        scene(at).await.expect(name, at, fault, expected(at)).await;
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_goes_wrong_at_one_request_fails_the_run() {
    side_by_side(SOMEWHERE.iter().map(|(name, at, answers, expected)| async move {
        scene(*at).await.expect(name, *at, |_| answers(), Some(*expected)).await;
    }))
    .await;
}

#[test]
fn every_fault_has_a_name_of_its_own() {
    let distinct: BTreeSet<&str> = names().collect();
    assert_eq!(distinct.len(), names().count());
}
