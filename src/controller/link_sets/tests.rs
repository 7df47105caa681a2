//! What the objects keep, refuse and survive, with an API server in memory and a process that may end at any call.

use std::collections::BTreeMap;
use std::sync::MutexGuard;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use super::layout::Listed;
use super::*;
use crate::store::link_book::sample::changes;
use crate::sync::identity::{DirectoryId, ExternalId, IdKind};

const SERVER: &str = "bi";
/// Small enough that a few links take several objects and are rewritten.
const SMALL: Sizes = Sizes { head: 1500, part: 1500, superfluous: 8 };

/// What an API server has.
#[derive(Debug, Clone, Default)]
struct Content {
    sets: BTreeMap<String, DashboardServerLinkSet>,
    record: Record,
    version: u64,
    calls: usize,
    /// The call at which the process ends, and whether the call still arrives.
    end: Option<(usize, bool)>,
}

/// An API server, and the process that asks it.
#[derive(Debug, Clone, Default)]
struct Cluster(Arc<std::sync::Mutex<Content>>);

impl Cluster {
    fn content(&self) -> MutexGuard<'_, Content> {
        self.0.lock().unwrap()
    }

    /// The same content for another process, which ends at this call.
    fn fork(&self, end: Option<(usize, bool)>) -> Self {
        let content = Content { calls: 0, end, ..self.content().clone() };
        Self(Arc::new(std::sync::Mutex::new(content)))
    }

    fn book(&self) -> LinkSets<Self> {
        LinkSets::new(self.clone(), SERVER, SMALL)
    }

    fn call<T>(&self, call: impl FnOnce(&mut Content) -> T) -> Result<T, Error> {
        let mut content = self.content();
        let number = content.calls;
        content.calls += 1;
        match content.end {
            Some((end, arrives)) if number == end && arrives => drop(call(&mut content)),
            Some((end, _)) if number >= end => {}
            _ => return Ok(call(&mut content)),
        }
        Err(Error::unreachable("asking", "the process has ended"))
    }

    fn links(&self) -> Result<Entries, Error> {
        run(self.book().read())
    }

    fn refusal(&self) -> String {
        let read = self.links().unwrap_err();
        assert!(matches!(read, Error::LinksLost { .. }), "{read}");
        let reserved = run(self.book().reserve()).map(drop);
        // A part is only read by who reads the links.
        if let Err(reserved) = reserved {
            assert_eq!(reserved.to_string(), read.to_string());
        }
        read.to_string()
    }
}

impl Content {
    fn put(&mut self, set: &DashboardServerLinkSet) -> Written {
        let mut set = set.clone();
        self.version += 1;
        set.metadata.resource_version = Some(self.version.to_string());
        self.sets.insert(set.name_any(), set.clone());
        Written::Done(Box::new(set))
    }
}

#[async_trait]
impl Objects for Cluster {
    async fn get(&self, name: &str) -> Result<Option<DashboardServerLinkSet>, Error> {
        self.call(|content| content.sets.get(name).cloned())
    }

    async fn list(&self) -> Result<Vec<Listed>, Error> {
        let listed = |set: &DashboardServerLinkSet| Listed {
            name: set.name_any(),
            links_id: set.labels()[layout::LINKS_LABEL].clone(),
            write: set.labels()[layout::WRITE_LABEL].parse().ok(),
        };
        self.call(|content| content.sets.values().map(listed).collect())
    }

    async fn create(&self, set: &DashboardServerLinkSet) -> Result<Written, Error> {
        self.call(
            |content| {
                if content.sets.contains_key(&set.name_any()) { Written::Conflict } else { content.put(set) }
            },
        )
    }

    async fn replace(&self, set: &DashboardServerLinkSet) -> Result<Written, Error> {
        self.call(|content| match content.sets.get(&set.name_any()) {
            Some(there) if there.metadata.resource_version == set.metadata.resource_version => content.put(set),
            _ => Written::Conflict,
        })
    }

    async fn delete(&self, name: &str) -> Result<(), Error> {
        self.call(|content| drop(content.sets.remove(name)))
    }

    async fn record(&self) -> Result<Record, Error> {
        self.call(|content| content.record.clone())
    }

    async fn remember(&self, links_id: &str) -> Result<(), Error> {
        self.call(|content| content.record.links_id = Some(links_id.to_owned()))
    }
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

/// What a run does.
async fn write(book: &LinkSets<Cluster>, changes: &[BookChange]) -> Result<(), Error> {
    let _reservation = book.reserve().await?;
    book.read().await?;
    book.write(changes.to_vec()).await
}

fn sample(count: usize) -> Vec<BookChange> {
    let strategy = changes(count).prop_filter("it has so many", move |changes| changes.len() == count);
    strategy.new_tree(&mut TestRunner::deterministic()).unwrap().current()
}

/// A change that changes nothing.
fn nothing() -> BookChange {
    let id = ExternalId::new(IdKind::EntryUuid, [9; 16]);
    BookChange::Forget(DirectoryId(id), id)
}

fn with(entries: &Entries, changes: &[BookChange]) -> Entries {
    let mut entries = entries.clone();
    changes.iter().cloned().for_each(|change| entries.change(change));
    entries
}

/// Links that take several parts.
fn filled() -> Cluster {
    let cluster = Cluster::default();
    for batch in sample(40).chunks(8) {
        run(write(&cluster.book(), batch)).unwrap();
    }
    assert!(cluster.content().sets.len() > 3, "there are parts");
    assert_ne!(cluster.links().unwrap(), Entries::default());
    cluster
}

fn part(cluster: &Cluster) -> String {
    cluster.content().sets.keys().find(|name| *name != SERVER).unwrap().clone()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    /// All of a batch is read back, or nothing of it, wherever the process ends; and the next run goes on from there.
    #[test]
    fn a_batch_counts_whole_or_not_at_all_wherever_the_process_ends(batches in vec(changes(10), 1..6)) {
        let cluster = Cluster::default();
        let mut entries = Entries::default();
        for batch in &batches {
            let (before, after) = (entries.clone(), with(&entries, batch));
            for end in 0.. {
                let mut ended = false;
                for arrives in [false, true] {
                    let process = cluster.fork(Some((end, arrives)));
                    let written = run(write(&process.book(), batch));
                    ended |= written.is_err() || process.content().calls > end;
                    let rest = process.fork(None);
                    let read = rest.links().unwrap();
                    let is_whole = read == after || (read == before && written.is_err());
                    prop_assert!(is_whole, "{:?}", written);
                    run(write(&rest.book(), batch)).unwrap();
                    prop_assert_eq!(rest.links().unwrap(), with(&read, batch));
                    // What the process left behind goes with the next write.
                    run(write(&rest.book(), &[nothing()])).unwrap();
                    let head = rest.content().sets[SERVER].clone();
                    prop_assert_eq!(rest.content().sets.len(), 1 + head.spec.head.unwrap().parts.len());
                }
                if !ended {
                    break;
                }
            }
            run(write(&cluster.book(), batch)).unwrap();
            entries = after;
            prop_assert_eq!(cluster.links().unwrap(), entries.clone());
        }
    }
}

#[test]
fn of_two_writers_one_fails() {
    let cluster = filled();
    let (one, other, changes) = (cluster.book(), cluster.book(), sample(4));
    for book in [&one, &other] {
        drop(run(book.reserve()).unwrap());
        run(book.read()).unwrap();
    }
    run(one.write(changes.clone())).unwrap();
    let entries = cluster.links().unwrap();
    assert!(matches!(run(other.write(sample(9))), Err(Error::Busy)));
    assert!(run(other.write(sample(9))).is_err(), "it does not know what it would change");
    assert_eq!(cluster.links().unwrap(), entries);
    run(one.write(changes)).unwrap();
}

/// The engine writes what it still has to record once more when a run ends early.
#[test]
fn a_write_whose_answer_was_lost_is_repeated_by_the_same_run() {
    for (lost, arrives) in (0..6).flat_map(|lost| [(lost, false), (lost, true)]) {
        let cluster = filled();
        let (book, changes) = (cluster.book(), sample(6));
        drop(run(book.reserve()).unwrap());
        let entries = run(book.read()).unwrap();
        let calls = cluster.content().calls;
        cluster.content().end = Some((calls + lost, arrives));
        let _ = run(book.write(changes.clone()));
        cluster.content().end = None;
        run(book.write(changes.clone())).unwrap();
        assert_eq!(cluster.links().unwrap(), with(&entries, &changes));
    }
}

#[test]
fn who_reads_while_the_links_are_rewritten_reads_them_again() {
    let cluster = filled();
    let entries = cluster.links().unwrap();
    let former = cluster.content().sets[SERVER].clone();
    let book = cluster.book();
    run(book.rewrite(&former)).unwrap();
    assert!(run(book.replay(&former)).unwrap().is_err(), "its parts are gone");
    assert_eq!(cluster.links().unwrap(), entries);
}

#[test]
fn an_object_that_is_missing_edited_or_of_another_time_is_never_fewer_links() {
    let cluster = filled();
    let head = cluster.content().sets[SERVER].clone();
    let part = part(&cluster);
    let check = |change: &dyn Fn(&mut Content), expected: &[&str]| {
        let damaged = cluster.fork(None);
        change(&mut damaged.content());
        let refusal = damaged.refusal();
        assert!(expected.iter().all(|words| refusal.contains(words)), "{expected:?}: {refusal}");
    };
    check(&|content| drop(content.sets.remove(&part)), &[&part, "is missing"]);
    check(&|content| drop(content.sets.remove(SERVER)), &["bi is missing", "directorysync.dev/dashboard-server=bi"]);
    check(
        &|content| content.sets.clear(),
        &["there are none", "kubectl annotate dashboardserver bi directorysync.dev/new-links="],
    );
    check(&|content| content.sets.get_mut(&part).unwrap().spec.changes.clear(), &[&part, "edited"]);
    check(&|content| content.sets.get_mut(SERVER).unwrap().spec.changes.push('\n'), &["bi does not fit", "edited"]);
    check(&|content| content.sets.get_mut(SERVER).unwrap().spec.version = 2, &["version of bi is 2"]);
    check(&|content| content.sets.get_mut(&part).unwrap().spec.dashboard_server = "sales".into(), &[&part, "sales"]);
    check(&|content| content.record.links_id = Some("others".into()), &["linksID others", "new-links=others"]);
    let foreign = filled();
    let other = self::part(&foreign);
    let (other_head, other_part) = {
        let content = foreign.content();
        (content.sets[SERVER].clone(), content.sets[&other].clone())
    };
    check(&|content| drop(content.sets.insert(SERVER.into(), other_head.clone())), &["linksID"]);
    check(&|content| content.sets.get_mut(&part).unwrap().spec = other_part.spec.clone(), &[&part, "restore all"]);
    check(&|content| content.sets.get_mut(SERVER).unwrap().spec = content.sets[&part].spec.clone(), &["not a head"]);
    // A head of an earlier time, with the parts of now.
    for batch in sample(40).chunks(8) {
        run(write(&cluster.book(), batch)).unwrap();
    }
    let old = cluster.fork(None);
    old.content().sets.insert(SERVER.into(), head);
    let refusals = [run(old.book().reserve()).map(drop).err(), old.links().err()];
    assert!(matches!(refusals[0], Some(Error::LinksLost { .. })), "{refusals:?}");
}

#[test]
fn links_that_an_administrator_gives_up_start_again() {
    let cluster = filled();
    let lost = cluster.content().record.links_id.clone().unwrap();
    cluster.content().sets.clear();
    cluster.content().record.given_up = Some("others".into());
    assert!(cluster.refusal().contains(&lost));
    cluster.content().record.given_up = Some(lost.clone());
    // Wherever the process ends.
    for end in 0..12 {
        let process = cluster.fork(Some((end, end % 2 == 0)));
        let _ = run(write(&process.book(), &sample(3)));
        let rest = process.fork(None);
        run(write(&rest.book(), &sample(3))).unwrap();
        assert_eq!(rest.links().unwrap(), with(&Entries::default(), &sample(3)));
        let links_id = rest.content().record.links_id.clone();
        assert!(links_id.is_some() && links_id.as_ref() != Some(&lost), "{links_id:?}");
        // The annotation gives up nothing else.
        rest.content().sets.clear();
        assert!(rest.refusal().contains(&links_id.unwrap()));
    }
}

#[test]
fn a_dashboard_server_that_is_created_again_keeps_its_links() {
    let cluster = filled();
    let entries = cluster.links().unwrap();
    cluster.content().record = Record::default();
    assert_eq!(cluster.links().unwrap(), entries);
    run(write(&cluster.book(), &[nothing()])).unwrap();
    assert_eq!(cluster.links().unwrap(), entries);
    let links_id = cluster.content().sets[SERVER].spec.links_id.clone();
    assert_eq!(cluster.content().record.links_id, Some(links_id));
}

#[test]
fn a_small_change_is_one_call_and_a_run_without_changes_writes_nothing() {
    let cluster = Cluster::default();
    let book = cluster.book();
    drop(run(book.reserve()).unwrap());
    run(book.read()).unwrap();
    run(book.write(vec![])).unwrap();
    let content = cluster.content().clone();
    assert!(content.sets.is_empty() && content.record == Record::default());
    run(book.write(vec![nothing()])).unwrap();
    let calls = cluster.content().calls;
    run(book.write(vec![nothing()])).unwrap();
    assert_eq!(cluster.content().calls, calls + 1);
}

#[test]
fn names_have_room_for_the_longest_dashboard_server() {
    for server in ["a".to_owned(), format!("{}.{}", "a".repeat(199), "b".repeat(53))] {
        let head = layout::first_head(&server, "id").unwrap();
        let next = layout::rewritten(&head, &["x".repeat(900) + "\n", "y".repeat(900) + "\n"], SMALL).unwrap();
        let names: std::collections::BTreeSet<_> = next.parts.iter().map(kube::ResourceExt::name_any).collect();
        assert_eq!(names.len(), 2);
        for name in names {
            let is_name = |name: &str| name.split('.').all(|part| !part.starts_with('-') && !part.ends_with('-'));
            assert!(name.len() <= 253 && is_name(&name) && !name.contains(".-"), "{name}");
        }
        assert!(next.parts.iter().all(|part| part.labels().values().all(|value| value.len() <= 63)));
    }
    let line = "x".repeat(2000) + "\n";
    let refused = layout::appended(&layout::first_head("a", "id").unwrap(), &[line], SMALL).unwrap_err();
    assert!(refused.to_string().contains("2001 octets, and 1500 are the most"), "{refused}");
}
