//! A refused password is tried once, however many syncs use it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;

use crate::cluster::{Cluster, condition, members};
use crate::company::{BASE, ldap_directory, ldif, reader, server, sync};
use crate::harness::{OpenLdap, Postgres, Process, folder, wait};

const SYNCS: usize = 500;
/// What five hundred of them take together.
const PATIENCE: Duration = Duration::from_mins(4);

#[test]
fn five_hundred_syncs_make_one_bad_bind_until_the_secret_changes() {
    let ldap = OpenLdap::builder(BASE).entries(&ldif(&[("Analysts", &["ada", "bob"])])).entries(&reader("pw")).start();
    let database = Postgres::shared().database("binding");
    let mut cluster = Cluster::start("binding");
    let sync = |number: usize| sync(&format!("sync-{number}"), &["Analysts"], &json!({"interval": "1m"}));
    let [bind, ca, mut corp] = ldap_directory("corp", &ldap, "pw");
    // The Directory and the syncs are looked at all the time.
    corp["spec"]["interval"] = json!("10s");
    cluster.apply(&[bind, ca, corp, sync(0)]);
    cluster.apply(&server(&database));
    cluster.wait_for("dgs/sync-0", "Synced");

    let [bind, ..] = ldap_directory("corp", &ldap, "wrong");
    cluster.apply(&[bind]);
    cluster.wait("dir/corp", "refused", |status| status["bind"]["state"] == "Refused");
    // From here on there is something to do in a store that is not empty.
    ldap.modify(&format!("dn: cn=Analysts,{BASE}\nchangetype: modify\ndelete: member\nmember: uid=bob,{BASE}\n"));
    let before = database.content();
    let syncs = (1..SYNCS).map(sync);
    let list = json!({"apiVersion": "v1", "kind": "List", "items": syncs.collect::<Vec<_>>()});
    let folder = folder::temporary("syncs");
    let file = folder::write(folder.path(), "syncs.json", &list.to_string());
    cluster.kubectl(&["create", "-f", &file.display().to_string()]);

    let mut syncs = Watch::start(&cluster);
    let refused = |run: &Run| run.reason == "BindRefused";
    let bad_binds = || ldap.log().lines().filter(|line| line.contains("RESULT tag=97 err=49")).count();
    syncs.wait("every sync is refused", |runs| runs.len() == SYNCS && runs.values().all(refused));
    assert_eq!(bad_binds(), 1, "{}", ldap.log());

    // A restart does not try again either.
    let newest = syncs.runs.values().map(|run| run.start.clone()).max().unwrap();
    cluster.stop();
    cluster.resume();
    syncs.wait("every sync ran again", |runs| runs.values().all(|run| refused(run) && run.start > newest));
    assert_eq!(bad_binds(), 1, "{}", ldap.log());
    assert_eq!(database.content(), before);

    // Once the wrong field is fixed, it goes on by itself.
    let [bind, ..] = ldap_directory("corp", &ldap, "pw");
    cluster.apply(&[bind]);
    cluster.wait("dir/corp", "accepted", |status| status["bind"]["state"] == "Accepted");
    syncs.wait("syncs are in step", |runs| runs.values().filter(|run| run.reason.starts_with("Synced")).count() > 20);
    assert_eq!(bad_binds(), 1, "{}", ldap.log());
    // The one that owns the group need not wait for all the others.
    cluster.kubectl(&["delete", "dgs", "--field-selector", "metadata.name!=sync-0", "--wait=false"]);
    let status = cluster.run("dgs/sync-0");
    assert_eq!(condition(&status, "Ready")["reason"], "Synced", "{status:#}");
    assert_eq!(members(&database, "Analysts").unwrap(), ["ada"]);
}

/// What status says of a sync's last run.
struct Run {
    start: String,
    /// Of `Ready`.
    reason: String,
}

/// All syncs, followed: to list five hundred of them time and again costs the API server more than their runs do.
struct Watch {
    _kubectl: Process,
    printed: BufReader<File>,
    /// A line that is not whole yet.
    line: String,
    /// The last run of each sync by its name.
    runs: BTreeMap<String, Run>,
    _folder: TempDir,
}

impl Watch {
    fn start(cluster: &Cluster) -> Self {
        let columns =
            r#"{.metadata.name}|{.status.lastRun.startTime}|{.status.conditions[?(@.type=="Ready")].reason}{"\n"}"#;
        let folder = folder::temporary("watch");
        let file = folder.path().join("syncs");
        let output = format!("jsonpath={columns}");
        let kubectl = cluster.api.watch(&["-n", &cluster.namespace, "get", "dgs", "--watch", "-o", &output], &file);
        let printed = BufReader::new(File::open(file).unwrap());
        Self { _kubectl: kubectl, printed, line: String::new(), runs: BTreeMap::new(), _folder: folder }
    }

    /// Waits until the last runs are so.
    fn wait(&mut self, what: &str, are_so: impl Fn(&BTreeMap<String, Run>) -> bool) {
        wait::until(what, PATIENCE, || {
            self.read();
            are_so(&self.runs)
        });
    }

    fn read(&mut self) {
        while self.printed.read_line(&mut self.line).unwrap() > 0 && self.line.ends_with('\n') {
            let columns: Vec<&str> = self.line.trim_end().split('|').collect();
            let [name, start, reason] = columns[..] else { panic!("three columns: {}", self.line) };
            self.runs.insert(name.to_owned(), Run { start: start.to_owned(), reason: reason.to_owned() });
            self.line.clear();
        }
    }
}
