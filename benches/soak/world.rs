//! The servers, the operators and the tenants, and life in them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use crate::cluster::members;
use crate::company::{BASE, ldif, reader};
use crate::harness::{KubernetesApi, Link, OpenLdap, Postgres, folder, wait};
use crate::memory::Memory;
use crate::operator::Operator;
use crate::oracle::{Counted, Oracle};
use crate::random::Random;
use crate::space::Space;
use crate::tenant::{MOVERS, Tenant, in_sync};

const TENANTS: usize = 3;
/// How long it may take until everything is in sync again: the rest of a transaction whose client was lost, and a run.
const SETTLING: Duration = Duration::from_mins(8);

/// Everything.
pub(crate) struct World {
    pub(crate) api: &'static KubernetesApi,
    pub(crate) ldap: OpenLdap,
    pub(crate) postgres: &'static Postgres,
    pub(crate) operators: [Operator; 2],
    pub(crate) api_links: [Link; 2],
    pub(crate) directory: Link,
    pub(crate) store: Link,
    pub(crate) tenants: Vec<Tenant>,
    /// Whether the directory can be changed now.
    pub(crate) directory_answers: bool,
    memory: Memory,
    oracle: Oracle,
    /// For each group and mover, whether they are a member.
    present: BTreeMap<(String, String), bool>,
    changes: usize,
    faults: BTreeMap<&'static str, usize>,
}

impl World {
    /// Starts everything and waits until all tenants are in sync.
    pub(crate) fn start() -> Self {
        let api: &'static KubernetesApi = Box::leak(Box::new(KubernetesApi::start()));
        let postgres: &'static Postgres = Box::leak(Box::new(Postgres::start(&[])));
        let people = Tenant::people();
        let people: Vec<&str> = people.iter().map(String::as_str).collect();
        let names: Vec<String> =
            (0..TENANTS).flat_map(|number| Tenant::groups(number).into_iter().chain([Tenant::brief(number)])).collect();
        let groups: Vec<(&str, &[&str])> = names.iter().map(|name| (name.as_str(), &*people)).collect();
        let ldap = OpenLdap::builder(BASE).entries(&ldif(&groups)).entries(&reader("pw")).start();
        let (directory, store) = (Link::to(&ldap.tls_address()), Link::to(&postgres.address()));
        let folders = [0, 1].map(|_| folder::temporary("operator").keep());
        let tenants = (0..TENANTS).map(|number| {
            let space = Space::new(api, &format!("tenant-{number}"), folders[0].join("log"));
            Tenant::new(number, space, postgres.database(&format!("tenant_{number}")))
        });
        let tenants: Vec<Tenant> = tenants.collect();
        let served: Vec<&str> = tenants.iter().map(|tenant| tenant.space.namespace.as_str()).collect();
        let api_links = [api.link(), api.link()];
        let operators = [0, 1].map(|number| {
            let folder = &folders[number];
            let kubeconfig = folder::write_private(folder, "kubeconfig", &api.kubeconfig_over(&api_links[number]));
            let pod = format!("operator-{number}");
            let operator = Operator::new(&kubeconfig, "soak", &pod, &folder.join("log"));
            let mut operator = operator.with(&["--namespaces", &served.join(",")]);
            operator.resume();
            operator
        });
        let memory = Memory::start();
        memory.watch([operators[0].id(), operators[1].id()]);
        for tenant in &tenants {
            tenant.start(&ldap, &directory, &store);
        }
        let present = names
            .iter()
            .flat_map(|group| (0..MOVERS).map(move |mover| ((group.clone(), Tenant::mover(mover)), true)))
            .collect();
        Self {
            api,
            ldap,
            postgres,
            operators,
            api_links,
            directory,
            store,
            tenants,
            directory_answers: true,
            memory,
            oracle: Oracle::default(),
            present,
            changes: 0,
            faults: BTreeMap::new(),
        }
    }

    /// Lets people come and go, and syncs, for a while. Operators that have ended by themselves are started again.
    pub(crate) fn live(&mut self, time: Duration, random: &mut Random) {
        let started = Instant::now();
        while started.elapsed() < time {
            if self.directory_answers {
                let keys: Vec<_> = self.present.keys().cloned().collect();
                let (group, person) = keys[random.below(keys.len())].clone();
                self.toggle(&group, &person);
            }
            self.revive();
            std::thread::sleep(Duration::from_millis(500));
        }
    }

    /// Starts operators again that have ended by themselves, as a cluster does.
    pub(crate) fn revive(&mut self) {
        for operator in &mut self.operators {
            if operator.ended().is_some() {
                operator.resume();
            }
        }
        self.memory.watch([self.operators[0].id(), self.operators[1].id()]);
    }

    /// Every network.
    pub(crate) const fn links(&self) -> [&Link; 4] {
        [&self.directory, &self.store, &self.api_links[0], &self.api_links[1]]
    }

    /// Counts a fault.
    pub(crate) fn count(&mut self, fault: &'static str) {
        *self.faults.entry(fault).or_default() += 1;
    }

    fn toggle(&mut self, group: &str, person: &str) {
        let key = (group.to_owned(), person.to_owned());
        let is_member = self.present[&key];
        let verb = if is_member { "delete" } else { "add" };
        if is_member {
            self.oracle.leaves(group, person, wait::clock());
        }
        self.ldap.modify(&format!(
            "dn: cn={group},{BASE}\nchangetype: modify\n{verb}: member\nmember: uid={person},{BASE}\n"
        ));
        if !is_member {
            self.oracle.returned(group, person, wait::clock());
        }
        self.present.insert(key, !is_member);
        self.changes += 1;
    }

    /// Waits until everything is in sync. Panics if an object is stuck, or a store is not what the directory is.
    pub(crate) fn settle(&mut self) {
        self.revive();
        for tenant in &self.tenants {
            for name in tenant.syncs() {
                let last = tenant.space.get(&name)["status"]["lastRun"]["startTime"].clone();
                tenant.space.wait_within(SETTLING, &name, "in sync after a new run", |status| {
                    in_sync(status) && status["lastRun"]["startTime"] != last
                });
            }
            // The Directory and the DashboardServer.
            let objects = tenant.syncs().len() + 2;
            wait::until("objects that were deleted are gone", SETTLING, || tenant.objects().len() == objects);
            for group in tenant.synchronized() {
                let wanted = self.wanted(&group);
                let mut found = Vec::new();
                let is_so = wait::poll(SETTLING, || {
                    found = members(&tenant.database, &group).unwrap_or_default();
                    (found == wanted).then_some(())
                });
                assert!(is_so.is_some(), "{group}: {found:?}, not {wanted:?}");
            }
            let others =
                format!("SELECT count(*) FROM groups WHERE name NOT IN ('{}')", tenant.synchronized().join("', '"));
            assert_eq!(
                tenant.database.sql(&others).trim(),
                "0",
                "groups of tenant {} that nobody wants",
                tenant.number()
            );
        }
        for operator in &self.operators {
            assert!(!operator.log().contains("panicked"), "{}", operator.log());
        }
    }

    /// Who is a member of a group now.
    fn wanted(&self, group: &str) -> Vec<String> {
        let is_present = |person: &String| self.present.get(&(group.to_owned(), person.clone())) != Some(&false);
        let mut wanted: Vec<String> = Tenant::people().into_iter().filter(is_present).collect();
        wanted.sort_unstable();
        wanted
    }

    /// The figures. Panics if something was removed wrongly, or the memory has grown.
    pub(crate) fn report(&self) -> String {
        let mut total = Counted::default();
        let people = Tenant::people();
        for tenant in &self.tenants {
            let rows =
                tenant.database.sql("SELECT extract(epoch FROM at), what, grp, person FROM record ORDER BY number");
            let brief = Tenant::brief(tenant.number());
            let groups = Tenant::groups(tenant.number());
            let is_known = |group: &str, person: &str| {
                (group == brief || groups.iter().any(|known| known == group))
                    && people.iter().any(|known| known == person)
            };
            let counted = self.oracle.check(&rows, |group| group == brief, is_known);
            total.added += counted.added;
            total.removed += counted.removed;
            total.groups += counted.groups;
        }
        let logs: String = self.operators.iter().map(Operator::log).collect();
        let mut text = String::new();
        let _ = writeln!(text, "runs: {}", logs.matches("report: ran").count());
        let _ = writeln!(text, "changes in the directory: {}", self.changes);
        let _ = writeln!(
            text,
            "memberships added {}, removed {}, groups deleted {}; none of them wrongly",
            total.added, total.removed, total.groups
        );
        let _ = writeln!(text, "memory of an operator: {}", self.memory.report());
        for (fault, times) in &self.faults {
            let _ = writeln!(text, "{fault}: {times}");
        }
        text
    }
}
