//! Two operators for one namespace with one lease. PostgreSQL records which of them writes: each reaches it from an
//! address of its own, because each resolves the server's name by a file of its own.

use std::cell::Cell;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;

use crate::cluster::{Cluster, condition};
use crate::company::{BASE, ldap_directory, ldif, object, reader, secret, sync};
use crate::harness::loopback::Loopback;
use crate::harness::postgres::Database;
use crate::harness::{Link, OpenLdap, Postgres, binary, folder, wait};
use crate::operator::Operator;

/// The name of the database's server.
const STORE: &str = "store.test";
/// Records who writes memberships.
const RECORD: &str = "
    CREATE TABLE writes (number BIGSERIAL, at TIMESTAMPTZ DEFAULT clock_timestamp(), client INET DEFAULT inet_client_addr());
    CREATE FUNCTION record() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO writes DEFAULT VALUES; RETURN NULL; END $$;
    CREATE TRIGGER record AFTER INSERT OR UPDATE OR DELETE ON group_members EXECUTE FUNCTION record()";
/// How long it may take until a change is written, a takeover included.
const PATIENCE: Duration = Duration::from_mins(2);

/// A write of memberships, as PostgreSQL saw it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Write {
    /// Seconds since 1970, by the server's clock, which is this machine's.
    pub(crate) at: f64,
    /// The operator's number.
    pub(crate) operator: usize,
}

/// The operators and what they work with.
pub(crate) struct Pair {
    pub(crate) cluster: Cluster,
    pub(crate) operators: [Operator; 2],
    /// How each reaches the API server.
    pub(crate) api: [Link; 2],
    pub(crate) ldap: OpenLdap,
    database: Database<'static>,
    addresses: [Loopback; 2],
    hosts: [PathBuf; 2],
    _stores: [Link; 2],
    _folder: TempDir,
    changes: Cell<usize>,
}

impl Pair {
    /// Starts both, and waits until one of them has synchronized.
    pub(crate) fn start(test: &str) -> Self {
        let ldap = OpenLdap::builder(BASE)
            .entries(&ldif(&[("Analysts", &["ada"]), ("Others", &["bob"])]))
            .entries(&reader("pw"))
            .start();
        let database = Postgres::shared().database(test);
        let cluster = Cluster::prepare(test);
        let folder = folder::temporary("pair");
        let addresses = [Loopback::claim(), Loopback::claim()];
        let port = addresses[0].free_port();
        let address = |number: usize| SocketAddr::from((addresses[number].address(), port));
        let stores = [0, 1].map(|number| Link::between(address(number), &database.server().address()));
        let hosts = [0, 1].map(|number| {
            let names = format!("127.0.0.1 localhost\n{} {STORE}\n", addresses[number]);
            folder::write(folder.path(), &format!("hosts-{number}"), &names)
        });
        let api = [0, 1].map(|_| cluster.api.link());
        let operators = [0, 1].map(|number| {
            let mut operator = cluster.another(&format!("operator-{number}"));
            let kubeconfig = cluster.api.kubeconfig_over(&api[number]);
            let name = format!("kubeconfig-{number}");
            operator.set("KUBECONFIG", folder::write_private(folder.path(), &name, &kubeconfig));
            operator
        });
        let url = database.url().replace(&database.server().address(), &format!("{STORE}:{port}"));
        let reference = json!({"name": "bi-db", "key": "url"});
        cluster.apply(&ldap_directory("corp", &ldap, "pw"));
        cluster.apply(&[
            secret("bi-db", json!({"url": url + "?sslmode=disable"})),
            object("DashboardServer", "bi", json!({"sql": {"secretKeyRef": reference}})),
            sync("teams", &["Analysts"], &json!({"interval": "10s"})),
        ]);
        let changes = Cell::new(0);
        let mut pair = Self {
            cluster,
            operators,
            api,
            ldap,
            database,
            addresses,
            hosts,
            _stores: stores,
            _folder: folder,
            changes,
        };
        pair.resume(0);
        pair.resume(1);
        pair.cluster.wait_for("dgs/teams", "Synced");
        pair.database.sql(RECORD);
        pair.busy("the first writes", |writes| writes.len() >= 3);
        pair
    }

    /// Starts an operator, also again.
    pub(crate) fn resume(&mut self, number: usize) {
        let mut command = Command::new("unshare");
        // No process of its own in between, so that signals reach the operator.
        command.args(["--mount", "sh", "-c", "mount --bind \"$0\" /etc/hosts && exec \"$@\""]);
        command.arg(&self.hosts[number]).arg(binary::path()).env("XDG_STATE_HOME", folder::state());
        self.operators[number].resume_by(command);
    }

    /// Starts an operator that has ended by itself, as a cluster does.
    pub(crate) fn revive(&mut self, number: usize) {
        if self.operators[number].ended().is_some() {
            self.resume(number);
        }
    }

    /// Which operator works: the one that has written last.
    pub(crate) fn leader(&self) -> usize {
        self.writes().last().expect("one has written").operator
    }

    /// All writes so far, oldest first.
    pub(crate) fn writes(&self) -> Vec<Write> {
        let rows = self.database.sql("SELECT extract(epoch FROM at), host(client) FROM writes ORDER BY number");
        let writes = rows.lines().filter_map(|row| row.split_once('|')).map(|(at, client)| {
            let operator = self.addresses.iter().position(|address| address.to_string() == client);
            Write { at: at.parse().expect("a number"), operator: operator.expect("one of the two") }
        });
        writes.collect()
    }

    /// Makes a change in the directory and asks for a run. Returns what it asked.
    pub(crate) fn change(&self) -> String {
        self.edit();
        self.ask()
    }

    fn edit(&self) {
        let number = self.changes.replace(self.changes.get() + 1);
        let verb = if number.is_multiple_of(2) { "add" } else { "delete" };
        self.ldap
            .modify(&format!("dn: cn=Analysts,{BASE}\nchangetype: modify\n{verb}: member\nmember: uid=bob,{BASE}\n"));
    }

    fn ask(&self) -> String {
        let request = format!("change-{}", self.changes.get());
        self.cluster.ask("dgs/teams", &request);
        request
    }

    /// Makes changes until the writes are so, and returns them.
    pub(crate) fn busy(&self, what: &str, are_so: impl Fn(&[Write]) -> bool) -> Vec<Write> {
        let started = Instant::now();
        loop {
            let writes = self.writes();
            if are_so(&writes) {
                return writes;
            }
            assert!(started.elapsed() < PATIENCE, "{what}: not so within {PATIENCE:?}: {writes:?}\n{}", self.logs());
            self.change();
        }
    }

    /// Freezes the directory in the middle of a run's read.
    pub(crate) fn read_halfway(&self) {
        // No run is active, and no change from before is pending.
        let asked = self.change();
        self.cluster.wait("dgs/teams", "the change is handled", |status| {
            status["lastHandledReconcileAt"] == *asked && condition(status, "Ready")["status"] == "True"
        });
        self.edit();
        self.ldap.freeze();
        self.ask();
        self.cluster.wait("dgs/teams", "a run has started", |status| condition(status, "Ready")["status"] == "Unknown");
    }

    /// Waits until the lease is the operator's.
    pub(crate) fn wait_for_lease(&self, number: usize) {
        let name = format!("operator-{number}");
        wait::until(&format!("the lease is {name}'s"), PATIENCE, || self.holder().contains(&name));
    }

    /// Who holds the lease, as it says.
    pub(crate) fn holder(&self) -> String {
        let lease = ["get", "lease", "-n", "default", &self.cluster.namespace, "-o", "jsonpath={.spec.holderIdentity}"];
        self.cluster.api.kubectl(&lease)
    }

    /// What both have logged.
    pub(crate) fn logs(&self) -> String {
        [0, 1]
            .map(|number| {
                let operator = &self.operators[number];
                format!("operator {number}, process {:?}:\n{}", operator.id(), tail(&operator.log()))
            })
            .join("\n")
    }

    /// Asserts that in these writes each operator's are in one piece.
    pub(crate) fn assert_no_interleaving(&self, writes: &[Write]) {
        let mut turns: Vec<usize> = writes.iter().map(|write| write.operator).collect();
        turns.dedup();
        assert!(turns.len() <= 2, "{turns:?}: {writes:?}\n{}", self.logs());
    }
}

fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}
