//! Results that a real slapd gives on demand: its overlay retcode ends whatever meets an entry with the result that the
//! entry says, a search in the middle of its entries.

use directory_group_sync::api::v1alpha1::condition::Reason;
use directory_group_sync::api::v1alpha1::directory_group_sync::status::{ProblemKind, RunResult};

use Reason::{
    BindRefused, DirectoryMisconfigured as Configuration, DirectoryReadIncomplete as Incomplete,
    DirectoryUnreachable as Unreachable,
};

use crate::directories::open_ldap;
use crate::entries::{SUFFIX, changes, group, group_dn, person, person_dn, units};
use crate::harness::OpenLdap;
use crate::store_content::Content;
use crate::whole_run::{NOW, Store, assert_failed, problems, ready, result, sync_of_every_group};

/// What the server says beside a result.
const SAID: &str = "as the overlay was told";

/// A directory that has changed since a run filled the store.
struct Scene {
    server: OpenLdap,
    store: Store,
    before: Content,
}

impl Scene {
    async fn begin() -> Self {
        let entries = units(&["people", "groups"])
            + &["reader", "ada", "bob", "cy", "eve"].map(person).concat()
            + &[("Analysts", &["ada", "bob"][..]), ("Editors", &["ada"]), ("Writers", &["bob", "cy"])]
                .map(|(name, members)| group(name, members))
                .concat();
        // What lies below the parent is made up by the overlay; nothing is asked for there.
        let overlay = format!("retcode-parent \"ou=made-up,{SUFFIX}\"\nretcode-indir");
        let server = OpenLdap::builder(SUFFIX).overlay("retcode", &overlay).entries(&entries).start();
        let store = Store::filled(open_ldap(&server, "reader"), &sync_of_every_group()).await;
        server.modify(&changes(("Analysts", "bob", "eve"), ("Editors", "Authors"), "Writers"));
        // The server shows entries by age, so these come last. No store has them.
        server.modify(&(group("Testers", &["ada"]) + &group("Readers", &["cy"])));
        let before = store.content().await;
        Self { server, store, before }
    }

    /// Has what meets an entry in this operation end with a result, and expects that a run fails for this reason and
    /// changes nothing. Returns what the server logged meanwhile.
    async fn fails(&self, dn: &str, operation: &str, code: u8, reason: Reason) -> String {
        let code = code.to_string();
        let attributes = [("objectClass", "errAuxObject"), ("errOp", operation), ("errCode", &code), ("errText", SAID)];
        let change = |change: &str| {
            let parts = attributes.map(|(name, value)| format!("{change}: {name}\n{name}: {value}\n"));
            self.server.modify(&format!("dn: {dn}\nchangetype: modify\n{}", parts.join("-\n")));
        };
        change("add");
        let logged = self.server.log().len();
        let status = self.store.sync(open_ldap(&self.server, "reader"), &sync_of_every_group(), NOW).await;
        let log = self.server.log().split_off(logged);
        change("delete");
        let context = format!("{operation} of {dn} ends with result {code}");
        assert_failed(&status, reason, &context);
        let message = &ready(&status).message;
        assert!(message.contains(&format!("(result {code}: {SAID})")), "{context}: {message}");
        assert_eq!(self.before.changes_to(&self.store.content().await), [""; 0], "{context}");
        log
    }

    /// The same for a search that has sent entries before its result.
    async fn fails_after_entries(&self, dn: &str, code: u8, reason: Reason) {
        let log = self.fails(dn, "search", code, reason).await;
        let ended = |line: &&str| line.contains(&format!("SEARCH RESULT tag=101 err={code} "));
        let line = log.lines().find(ended).unwrap_or_else(|| panic!("no search ended with {code}: {log}"));
        assert!(!line.contains("nentries=0 "), "{line}");
    }

    /// Without the overlay's entry a run does what is due.
    async fn goes_on(&self) {
        let status = self.store.sync(open_ldap(&self.server, "reader"), &sync_of_every_group(), NOW).await;
        assert_eq!(result(&status), RunResult::SyncedWithProblems, "{status:#?}");
        assert_eq!(problems(&status), [ProblemKind::Missing], "nothing proves that Writers is deleted: {status:#?}");
        let groups = ["Analysts: ada eve", "Authors: ada", "Readers: cy", "Testers: ada", "Writers: bob cy"];
        assert_eq!(self.store.content().await.groups(), groups);
    }
}

/// The results of a search and the reasons that a run gives for them.
const SEARCH: [(u8, Reason); 15] = [
    (1, Incomplete),
    (2, Incomplete),
    (3, Incomplete),
    (4, Incomplete),
    (8, Configuration),
    (11, Incomplete),
    (12, Incomplete),
    (13, Configuration),
    (32, Incomplete),
    (49, Incomplete),
    (50, Incomplete),
    (51, Unreachable),
    (52, Unreachable),
    (53, Incomplete),
    (80, Unreachable),
];

#[tokio::test]
async fn slapd_ends_the_search_for_groups_after_some_of_them() {
    let scene = Scene::begin().await;
    for (code, reason) in SEARCH {
        scene.fails_after_entries(&group_dn("Testers"), code, reason).await;
    }
    scene.goes_on().await;
}

#[tokio::test]
async fn slapd_ends_the_search_for_users_after_some_of_them() {
    let scene = Scene::begin().await;
    for (code, reason) in SEARCH {
        scene.fails_after_entries(&person_dn("cy"), code, reason).await;
    }
    scene.goes_on().await;
}

#[tokio::test]
async fn slapd_refuses_the_bind() {
    let scene = Scene::begin().await;
    let results = [(49, BindRefused), (51, Unreachable), (52, Unreachable), (53, Configuration), (80, Unreachable)];
    for (code, reason) in results {
        scene.fails(&person_dn("reader"), "bind", code, reason).await;
    }
    scene.goes_on().await;
}
