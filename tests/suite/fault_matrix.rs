//! docs/internals/fault-matrix.md has a row for every fault that a test makes, and for nothing else.

use std::collections::BTreeSet;
use std::env;
use std::process::Command;

use directory_group_sync::api::v1alpha1::condition::Reason;
use directory_group_sync::api::v1alpha1::directory_group_sync::status::{ProblemKind, RunResult};

use crate::{ldap_attack, ldap_faults, sql_attack};

const DOCUMENT: &str = include_str!("../../docs/internals/fault-matrix.md");

/// The modules whose every test is a row. `ldap_faults` is not one of them: its tests run tables, whose rows are rows
/// here.
const MODULES: &[&str] = &[
    "ldap_certificates",
    "sql_certificates",
    "ldap_retcode",
    "ldap_silence",
    "ldap_fail_over",
    "ldap_attack",
    "sql_attack",
    "ldap_cut",
    "ldap_directory_server_389",
    "file_faults",
    "store_faults",
    "store_kill",
    "controller_outage",
    "controller_hanging",
    "controller_binding",
    "controller_fail_over",
    "controller_claim",
    "controller_moved_store",
    "holds",
    "check_files",
    "refused_binds",
];
/// They run tables too.
const ATTACKS: [&str; 3] = [
    "ldap_attack::no_attack_takes_more_than_a_little_memory_and_time",
    "sql_attack::no_attack_takes_more_than_a_little_memory_and_time",
    "sql_attack::a_database_that_fills_the_memory_fails_the_run_before_the_kernel_ends_it",
];

#[derive(Debug)]
struct Row {
    /// What leads to the test.
    key: &'static str,
    /// The fault, what happens, what the run reports, the store afterwards.
    cells: [&'static str; 4],
}

impl Row {
    fn parse(line: &'static str) -> Self {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let cells = <[&str; 4]>::try_from(cells).unwrap_or_else(|cells| panic!("not four cells: {cells:?}"));
        let key = cells[0].strip_prefix('`').and_then(|rest| rest.split_once('`'));
        Self { key: key.unwrap_or_else(|| panic!("a row begins with its key in backticks: {line}")).0, cells }
    }

    /// The names of the API that the run reports.
    fn reported(&self) -> impl Iterator<Item = &'static str> {
        quoted(self.cells[2]).filter(|word| {
            word.starts_with(|c: char| c.is_ascii_uppercase())
                && word.contains(|c: char| c.is_ascii_lowercase())
                && word.chars().all(|c| c.is_ascii_alphanumeric())
        })
    }

    fn reasons(&self) -> BTreeSet<Reason> {
        self.reported().filter_map(reason).collect()
    }
}

fn rows() -> Vec<Row> {
    let is_row = |line: &&str| line.starts_with('|') && !line.starts_with("|---") && !line.starts_with("| fault |");
    DOCUMENT.lines().filter(is_row).map(Row::parse).collect()
}

/// What is in backticks.
fn quoted(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.split('`').skip(1).step_by(2)
}

fn reason(word: &str) -> Option<Reason> {
    Reason::ALL.iter().copied().find(|reason| reason.as_str() == word)
}

/// The names of all tests of this program.
fn tests() -> BTreeSet<String> {
    let output = Command::new(env::current_exe().unwrap()).arg("--list").output().unwrap();
    let list = String::from_utf8(output.stdout).unwrap();
    let tests: BTreeSet<String> = list.lines().filter_map(|line| line.strip_suffix(": test")).map(Into::into).collect();
    assert!(ATTACKS.iter().all(|attack| tests.contains(*attack)), "{list}");
    tests
}

/// The keys of the rows that there have to be.
fn faults() -> BTreeSet<String> {
    let tests = tests();
    for module in MODULES {
        assert!(tests.iter().any(|test| is_of(test, module)), "{module} has no test");
    }
    let tests = tests
        .into_iter()
        .filter(|test| !ATTACKS.contains(&&**test) && MODULES.iter().any(|module| is_of(test, module)));
    let answers = ldap_faults::names().map(|name| format!("ldap_faults: {name}"));
    let attacks = ldap_attack::reasons().into_keys().map(|name| format!("ldap_attack: {name}"));
    let of_databases = sql_attack::reasons().into_keys().map(|name| format!("sql_attack: {name}"));
    tests.chain(answers).chain(attacks).chain(of_databases).collect()
}

fn is_of(test: &str, module: &str) -> bool {
    test.split_once("::").is_some_and(|(first, _)| first == module)
}

#[test]
fn every_fault_that_a_test_makes_has_one_row() {
    let mut keys = BTreeSet::new();
    for row in rows() {
        assert!(row.cells.iter().all(|cell| !cell.is_empty()), "an empty cell: {row:?}");
        assert!(keys.insert(row.key.to_owned()), "docs/internals/fault-matrix.md has two rows of `{}`", row.key);
    }
    let faults = faults();
    let missing: Vec<_> = faults.difference(&keys).collect();
    let too_many: Vec<_> = keys.difference(&faults).collect();
    assert!(missing.is_empty(), "docs/internals/fault-matrix.md has no row of {missing:#?}");
    assert!(too_many.is_empty(), "docs/internals/fault-matrix.md has rows without a test: {too_many:#?}");
    assert!(keys.len() >= 40, "{} rows", keys.len());
}

#[test]
fn rows_report_in_the_words_of_the_api() {
    for row in rows() {
        for word in row.reported() {
            let is_result = || RunResult::named(word).is_some();
            let is_problem = || ProblemKind::named(word).is_some();
            let is_known = reason(word).is_some() || is_result() || is_problem();
            assert!(is_known, "the row of `{}`: `{word}` is no reason, no result and no problem", row.key);
        }
    }
}

#[test]
fn rows_of_tables_report_the_reasons_that_the_tables_expect() {
    let (attacks, of_databases) = (ldap_attack::reasons(), sql_attack::reasons());
    for row in rows() {
        let expected = match row.key.split_once(": ") {
            Some(("ldap_faults", name)) => ldap_faults::reasons(name),
            Some(("sql_attack", name)) => of_databases.get(name).copied().into_iter().collect(),
            Some((_, name)) => attacks.get(name).copied().into_iter().collect(),
            None => continue,
        };
        assert_eq!(row.reasons(), expected, "the row of `{}`", row.key);
        assert!(row.reported().any(|word| word == "Failed"), "the row of `{}`", row.key);
    }
}

/// Their tests compare the store to what it was, or, where a run goes on, to what is true all the same.
#[test]
fn rows_of_tables_tell_what_their_tests_see_of_the_store() {
    for row in rows() {
        let goes_on = match row.key.split_once(": ") {
            Some(("ldap_faults", name)) => ldap_faults::goes_on(name),
            Some(_) => false,
            None => continue,
        };
        let [_, _, reports, store] = row.cells;
        assert!(store.starts_with("unchanged"), "the row of `{}`: {store}", row.key);
        assert_eq!(reports.contains("goes on"), goes_on, "the row of `{}`: {reports}", row.key);
        let is_told = store.contains("; by a run that goes on, changed where it is true: ");
        assert_eq!(is_told, goes_on, "the row of `{}`: {store}", row.key);
    }
}

/// What stands beside the tables leads to tests too; those of the library are in another program.
#[test]
fn tests_that_the_text_names_are_there() {
    let tests = tests();
    let text = DOCUMENT.lines().filter(|line| !line.starts_with('|'));
    let named = text.flat_map(quoted).filter(|word| word.contains("::"));
    let (library, suite): (Vec<&str>, Vec<&str>) = named.partition(|name| {
        ["sync::", "directory::", "run::", "store::", "standalone::", "controller::"]
            .iter()
            .any(|module| name.starts_with(module))
    });
    assert!(!library.is_empty() && !suite.is_empty(), "{library:?}, {suite:?}");
    for name in suite {
        assert!(tests.contains(name), "docs/internals/fault-matrix.md names {name}, which is no test");
    }
}
