//! The run that meets a fault: what it reports, and what it leaves in a store that an earlier one has filled.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use directory_group_sync::api::v1alpha1::DirectoryGroupSyncStatus;
use directory_group_sync::api::v1alpha1::condition::Reason;
use directory_group_sync::api::v1alpha1::directory_group_sync::status::{ProblemKind, RunResult};
use directory_group_sync::directory::settings::DirectorySettings;
use serde_json::{Value, json};

use super::company::Company;
use super::place::{PLACES, Place, place};
use crate::directories::with;
use crate::scripted_ldap::{Answer, serve_changed};
use crate::store_content::Content;
use crate::whole_run::{NOW, Store, assert_failed, problems, result};

/// `timeouts.request`: what a loaded machine needs for a page of users, and less where the server says nothing.
const PATIENCE: Duration = Duration::from_secs(30);
const PATIENCE_WITH_SILENCE: Duration = Duration::from_secs(5);

/// What the sync selects: the bulk, and a group by its DN.
fn selection() -> Value {
    json!({"groups": [{"filter": "(objectClass=*)"}, {"dn": "CN=group 7,DC=corp"}]})
}

/// A company that has changed since its store was filled.
pub(super) struct Scene {
    is_large: bool,
    store: Store,
    pub(super) before: Content,
    /// What the store holds after a run that nothing disturbs.
    pub(super) after: Content,
    /// What that run reports.
    pub(super) status: DirectoryGroupSyncStatus,
    /// How often it asked each of the places.
    pub(super) asked: Vec<(Place, u32)>,
}

impl Scene {
    pub(super) async fn new(is_large: bool) -> Self {
        let company = Company { is_large, has_changed: false };
        let before = serve_changed(move |search| company.answer(search), |_, answers| answers);
        let store = Store::filled(before, &selection()).await;
        let (settings, asked) = faulty(is_large, None, |answers| answers);
        let undisturbed = store.copy();
        let status = undisturbed.sync(settings, &selection(), NOW).await;
        let (before, after) = (store.content().await, undisturbed.content().await);
        let counts = asked.iter().map(|count| count.load(Ordering::Relaxed));
        Self { is_large, store, before, after, status, asked: PLACES.into_iter().zip(counts).collect() }
    }

    /// Runs with a fault at a place, and expects that it fails for this reason and changes nothing, or, without one,
    /// that it changes what is true all the same.
    pub(super) async fn expect(
        &self,
        name: &str,
        at: Place,
        fault: impl Fn(Vec<Answer>) -> Vec<Answer> + Send + Sync + 'static,
        expected: Option<Reason>,
    ) {
        let (settings, asked) = faulty(self.is_large, Some(at), fault);
        let patience = if expected == Some(Reason::DirectoryTimedOut) { PATIENCE_WITH_SILENCE } else { PATIENCE };
        let settings = with(settings, |ldap| ldap.request_timeout = patience);
        let store = self.store.copy();
        let status = store.sync(settings, &selection(), NOW).await;
        let position = PLACES.iter().position(|place| *place == at).expect("one of them");
        assert!(asked[position].load(Ordering::Relaxed) > 0, "{name}: {at:?} was never asked: {status:#?}");
        let context = format!("{name}, {at:?}");
        let left = store.content().await;
        if let Some(reason) = expected {
            assert_failed(&status, reason, &context);
            assert_eq!(self.before.changes_to(&left), [""; 0], "{context}: the store is not as it was");
        } else {
            assert_eq!(result(&status), RunResult::SyncedWithProblems, "{context}: {status:#?}");
            let (told, expected) = self.undisturbed(name, at);
            assert_eq!(problems(&status), told, "{context}: {status:#?}");
            assert_eq!(expected.changes_to(&left), [""; 0], "{context}: the store is not as it should be");
        }
    }

    /// What a run tells and leaves whose question at this place has no answer: all that an undisturbed one does, less
    /// what only the answer proves.
    fn undisturbed(&self, name: &str, at: Place) -> (Vec<ProblemKind>, Content) {
        let (mut told, mut content) = (problems(&self.status), self.after.clone());
        let group = |name| self.before.value("groups", ("name", name), "id");
        let noted = format!("{NOW:.6}");
        match at {
            // It cannot be known whether group 2 hides members, so user 1 stays, and the link notes the time.
            Place::Claims => {
                let user = self.before.value("users", ("username", "user1"), "id");
                content.add("group_members", &[("group_id", &group("group 2")), ("user_id", &user)]);
                content.set("group_links", ("group_id", &group("group 2")), "empty_since", &noted);
                told.push(ProblemKind::Unreadable);
            }
            // Group 6 is found nowhere rather than hidden. That is not proof, and the link notes the time.
            Place::LocatedByGuid if name.starts_with("result") => {
                content.set("group_links", ("group_id", &group("group 6")), "missing_since", &noted);
                told.retain(|kind| *kind != ProblemKind::Unreadable);
                told.push(ProblemKind::Missing);
            }
            // A group that is not shown under its name is found by its id; what other servers have does not matter.
            _ => {}
        }
        (told, content)
    }
}

/// How often each place was asked.
type Asked = Arc<[AtomicU32; PLACES.len()]>;

/// The settings that read the changed company with a fault at one of the places.
fn faulty(
    is_large: bool,
    at: Option<Place>,
    fault: impl Fn(Vec<Answer>) -> Vec<Answer> + Send + Sync + 'static,
) -> (DirectorySettings, Asked) {
    let asked = Asked::default();
    let counts = Arc::clone(&asked);
    let is_end = AtomicBool::new(false);
    let company = Company { is_large, has_changed: true };
    let settings = serve_changed(
        move |search| company.answer(search),
        move |search, answers| {
            let here = place(search, is_end.load(Ordering::Relaxed));
            is_end.fetch_or(here == Place::UsersById, Ordering::Relaxed);
            if let Some(count) = PLACES.iter().position(|place| *place == here) {
                counts[count].fetch_add(1, Ordering::Relaxed);
            }
            if at == Some(here) { fault(answers) } else { answers }
        },
    );
    (settings, asked)
}
