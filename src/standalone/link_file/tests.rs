//! What the file keeps, refuses and survives.

use std::os::unix::fs::PermissionsExt as _;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use super::*;
use crate::store::link_book::sample::changes;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("links.json")
    }

    /// A file that is there, or is to be created.
    fn book(&self) -> LinkFile {
        LinkFile::new(self.path(), !self.path().exists())
    }

    fn octets(&self) -> Vec<u8> {
        fs::read(self.path()).unwrap()
    }

    fn put(&self, octets: &[u8]) {
        fs::write(self.path(), octets).unwrap();
    }
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

/// Writes batches, each in a run of its own, and answers the content of the file after each.
async fn written(folder: &Folder, batches: &[Vec<BookChange>]) -> Vec<Vec<u8>> {
    let mut contents = Vec::new();
    if !folder.path().exists() {
        let book = folder.book();
        let _reservation = book.reserve().await.unwrap();
        book.write(vec![]).await.unwrap();
    }
    for batch in batches {
        let book = folder.book();
        let _reservation = book.reserve().await.unwrap();
        contents.push(folder.octets());
        book.write(batch.clone()).await.unwrap();
        contents.push(folder.octets());
    }
    contents
}

fn sample(count: usize) -> Vec<BookChange> {
    let mut runner = TestRunner::deterministic();
    let strategy = changes(count).prop_filter("it must change something", move |changes| changes.len() == count);
    strategy.new_tree(&mut runner).unwrap().current()
}

fn refusal(book: &LinkFile) -> String {
    let read = run(book.read()).unwrap_err();
    let reserved = run(book.reserve()).map(drop).unwrap_err();
    assert_eq!(read.to_string(), reserved.to_string());
    read.to_string()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// After each batch the file says what `Entries` says. A write that a crash cut off anywhere leaves what was there
    /// before, and a file that is cut by anybody is never read as fewer links.
    #[test]
    fn batches_are_read_back_and_cuts_are_noticed(batches in vec(changes(12), 1..5), cut in any::<prop::sample::Index>()) {
        let folder = Folder::new();
        let contents = run(written(&folder, &batches));
        let mut entries = Entries::default();
        for (batch, content) in batches.iter().zip(contents.chunks(2)) {
            let before = entries.clone();
            batch.iter().cloned().for_each(|change| entries.change(change));
            let [old, new] = content else { panic!("two contents for each batch") };
            folder.put(new);
            prop_assert_eq!(run(folder.book().read()).unwrap(), entries.clone());
            // Crashed before the head was written.
            let kept = cut.index(new.len() - old.len() + 1);
            folder.put(&[old, &new[old.len()..old.len() + kept]].concat());
            prop_assert_eq!(run(folder.book().read()).unwrap(), before);
            // The next run goes on from there.
            let book = folder.book();
            run(async {
                let _reservation = book.reserve().await.unwrap();
                book.write(batch.clone()).await.unwrap();
            });
            prop_assert_eq!(run(folder.book().read()).unwrap(), entries.clone());
            folder.put(&new[..cut.index(new.len())]);
            prop_assert!(run(folder.book().read()).is_err());
            folder.put(new);
        }
    }
}

#[test]
fn a_file_is_created_only_when_that_is_asked_for_and_only_once() {
    let folder = Folder::new();
    let absent = refusal(&LinkFile::new(folder.path(), false));
    assert!(absent.contains("links.json") && absent.contains("--links") && absent.contains("--new-links"), "{absent}");
    let new = LinkFile::new(folder.path(), true);
    assert_eq!(run(new.read()).unwrap(), Entries::default());
    assert!(!folder.path().exists(), "reading creates nothing");
    let reservation = run(new.reserve()).unwrap();
    assert!(!folder.path().exists(), "a run that writes nothing creates nothing");
    run(new.write(vec![])).unwrap();
    drop(reservation);
    assert_eq!(fs::metadata(folder.path()).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(run(new.read()).unwrap(), Entries::default(), "this process has created it");
    drop(run(new.reserve()).unwrap());
    let again = refusal(&LinkFile::new(folder.path(), true));
    assert!(again.contains("links.json exists already") && again.contains("--new-links"), "{again}");
}

#[test]
fn one_process_writes_at_a_time_and_others_read_meanwhile() {
    let folder = Folder::new();
    let (one, changes) = (folder.book(), sample(5));
    let reservation = run(one.reserve()).unwrap();
    run(one.write(vec![])).unwrap();
    let other = folder.book();
    assert!(matches!(run(other.reserve()), Err(Error::Busy)));
    assert!(run(other.write(changes.clone())).is_err(), "nothing is reserved");
    run(one.write(changes)).unwrap();
    assert_eq!(run(other.read()).unwrap(), run(one.read()).unwrap());
    assert_ne!(run(other.read()).unwrap(), Entries::default());
    drop(reservation);
    drop(run(other.reserve()).unwrap());
}

#[test]
fn a_file_that_is_not_what_was_written_is_refused_with_its_name() {
    let folder = Folder::new();
    let right = run(written(&folder, &[sample(5)])).pop().unwrap();
    assert_eq!(right.iter().position(|octet| *octet == b'\n').unwrap() as u64 + 1, HEAD_LENGTH);
    let text = String::from_utf8(right.clone()).unwrap();
    let digest = |lines: &str| head(lines.len() as u64, &Sha256::new_with_prefix(lines)) + lines;
    let lines = &text[usize::try_from(HEAD_LENGTH).unwrap()..];
    let cases = [
        (String::new(), "does not start"),
        ("{}\n".to_owned(), "does not start"),
        (text.replacen("\"version\":1", "\"version\":2", 1), "its version is 2"),
        (text.replacen("\"version\":1", "\"version\":2,\"more\":1", 1), "its version is 2"),
        (text.replacen("\"version\":1", "\"version\":1,\"more\":1", 1), "does not start"),
        (text.replacen("\"octets\":\"00", "\"octets\":\"09", 1), "it is cut"),
        (text.replacen("\"octets\":\"0", "\"octets\":\"", 1), "does not"),
        (text.replacen("origin", "0rigin", 1), "does not fit its digest"),
        (digest(&lines.replacen("\"origin\"", "\"more\":1,\"origin\"", 1)), "line 1"),
        (digest(&lines.replacen("objectGUID:0", "objectGUID:", 1)), "line 1"),
        (digest(lines.strip_suffix('\n').unwrap()), "its end is missing"),
    ];
    for (wrong, expected) in cases {
        assert_ne!(wrong, text);
        folder.put(wrong.as_bytes());
        let refusal = refusal(&folder.book());
        assert!(refusal.contains(expected) && refusal.contains("links.json"), "{expected}: {refusal}");
    }
    let mut encoding = lines.as_bytes().to_vec();
    encoding[20] = 0xff;
    folder.put(&[head(encoding.len() as u64, &Sha256::new_with_prefix(&encoding)).as_bytes(), &encoding].concat());
    assert!(refusal(&folder.book()).contains("not UTF-8"));
    folder.put(&right);
    assert!(run(folder.book().read()).is_ok());
}

#[test]
fn what_is_no_longer_true_leaves_the_file_when_a_run_begins_to_write() {
    let folder = Folder::new();
    let batches = vec![sample(20); 60];
    let contents = run(written(&folder, &batches));
    let longest = contents.iter().map(Vec::len).max().unwrap();
    let last = folder.octets().len();
    let entries = run(folder.book().read()).unwrap();
    assert!(last < longest / 2, "{last} of {longest}");
    fs::write(beside(&folder.path(), ".new"), "of a run that crashed while it rewrote the file").unwrap();
    assert_eq!(run(folder.book().read()).unwrap(), entries);
}

#[test]
fn a_link_to_the_file_stays_a_link() {
    let (folder, elsewhere) = (Folder::new(), Folder::new());
    run(written(&elsewhere, &[vec![]]));
    std::os::unix::fs::symlink(elsewhere.path(), folder.path()).unwrap();
    let batches = vec![sample(20); 60];
    run(written(&folder, &batches));
    assert!(fs::symlink_metadata(folder.path()).unwrap().is_symlink());
    assert_eq!(run(elsewhere.book().read()).unwrap(), run(folder.book().read()).unwrap());
}

#[test]
fn a_file_that_may_not_be_written_says_so() {
    let path = PathBuf::from("/proc/links.json");
    let refused = run(LinkFile::new(path, true).reserve()).map(drop).unwrap_err();
    assert!(refused.to_string().contains("/proc/links.json"), "{refused}");
}
