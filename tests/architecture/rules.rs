//! The rule book `docs/rules.md` and the sources agree: what is cited is there, and what is there is cited.
//!
//! A comment cites a rule as ``Rule `selection` ``, several as ``Rules `leaver` and `member-value` ``, a page by a link to
//! `rules.md#leaver`. Each rule is cited by a function of the product, in its doc comment or inside it, and by a test: in
//! its doc comment, or in the `//!` comment of a file that cites no other rule there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

use crate::imports::imports;
use crate::paths::is_for_tests;
use crate::sources::{files, sources};

/// Where people write, from the root of the repository.
const PLACES: &[&str] =
    &["src", "tests", "benches", "fuzz", "docs", "charts", "crds", "examples", "hack", "README.md", "CONTRIBUTING.md"];

/// The headings of the rule book that are not rules, as links name them.
const HEADINGS: &[&str] = &["a-picture", "words", "rules-of-synchronization", "rules-of-removal"];

/// Documents whose sections may be cited by their numbers.
const STANDARDS: &[&str] = &["RFC", "MS-", "Unicode", "X.690", "draft-"];

#[test]
fn every_rule_that_is_cited_is_in_the_rule_book() {
    let rules = rules();
    let unknown = texts().into_iter().flat_map(|(path, text)| {
        let mut cited = cited(&text);
        cited.append(&mut linked(&text).into_iter().filter(|anchor| !HEADINGS.contains(&anchor.as_str())).collect());
        let unknown: Vec<String> = cited.into_iter().filter(|name| !rules.contains(name)).collect();
        unknown.into_iter().map(move |name| format!("{}: the rule `{name}` is not in docs/rules.md", path.display()))
    });
    let unknown: Vec<String> = unknown.collect();
    assert!(unknown.is_empty(), "{}", unknown.join("\n"));
}

#[test]
fn nothing_is_cited_that_is_not_in_the_repository() {
    let complaints: Vec<String> = texts()
        .into_iter()
        .flat_map(|(path, text)| complaints(&text).into_iter().map(move |it| format!("{}: {it}", path.display())))
        .collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn every_rule_is_cited_by_a_function_and_by_a_test() {
    let (mut functions, mut tests) = (BTreeSet::new(), BTreeSet::new());
    let mut cite = |text: &str, syntax: &syn::File, in_tests| {
        let mut citing = Citing { text, in_tests, ..Citing::default() };
        citing.visit_file(syntax);
        functions.append(&mut citing.by_functions);
        tests.append(&mut citing.by_tests);
        let heading: Vec<&str> = text.lines().take_while(|line| line.starts_with("//!")).collect();
        if let (true, [only]) = (citing.has_tests, &Vec::from_iter(cited(&heading.join("\n")))[..]) {
            tests.insert(only.clone());
        }
    };
    let sources = sources();
    let product = imports(&sources);
    for source in &sources {
        cite(&source.text, &source.syntax, !product.contains_key(&source.module));
    }
    for path in files(&root().join("tests"), Some("rs")) {
        let text = fs::read_to_string(&path).unwrap();
        cite(&text, &syn::parse_file(&text).unwrap(), true);
    }
    let rules = rules();
    let missing = |cited: &BTreeSet<String>| rules.difference(cited).cloned().collect::<Vec<_>>();
    assert_eq!(missing(&functions), Vec::<String>::new(), "no function cites these rules");
    assert_eq!(missing(&tests), Vec::<String>::new(), "no test cites these rules");
}

#[test]
fn every_rule_says_why_it_is_and_where_it_is_applied() {
    let page = rule_book();
    for (name, text) in sections(&page) {
        for part in ["**Why.**", "**Code.**", "**Settings.**"] {
            assert!(text.contains(part), "{name} has no {part}");
        }
        let paths: Vec<&str> = text.split('`').filter(|code| code.starts_with("src/")).collect();
        assert!(!paths.is_empty(), "{name} names no file");
        for path in paths {
            assert!(root().join(path).is_file(), "{name} names {path}, which is not there");
        }
        assert!(page.contains(&format!("[{name}](#{name})")), "{name} is not in the list at the top");
    }
}

#[test]
fn a_citation_is_found_however_it_is_written() {
    let found = |text: &str| cited(text).into_iter().collect::<Vec<_>>().join(" ");
    assert_eq!(found("/// Rule `leaver`: whoever left."), "leaver");
    assert_eq!(found("//! Rules `a`, `b-c` and\n//! `d`: and `e`."), "a b-c d");
    assert_eq!(found("by the rule `leaver`, `other`"), "leaver other");
    assert_eq!(Vec::from_iter(linked("the [rule](rules.md#hold), (docs/rules.md#a-b)")), ["a-b", "hold"]);
    assert_eq!(found("a CEL rule `self == oldSelf`, rules, `not`"), "");
}

#[test]
fn numbers_and_lost_documents_are_found() {
    let check = |text: &str, count: usize| assert_eq!(complaints(text).len(), count, "{text}");
    check("// by rule 7", 1);
    check("//! Rules 7 and 8: names.", 1);
    check("// section 5 says so", 1);
    check("// as the design says", 1);
    check("/// RFC 4511 section\n/// 4.5.3", 0);
    check("/// MS-ADTS sections 3.1 and 4; the Unicode Standard (section 3.13)", 0);
    check("## House rules\n\n1. Read.", 0);
    check("// by design; the section above; rule `leaver`", 0);
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rule_book() -> String {
    fs::read_to_string(root().join("docs/rules.md")).unwrap()
}

/// The rules of the rule book, with what it says of them.
fn sections(page: &str) -> BTreeMap<&str, &str> {
    let sections = page.split("\n### ").skip(1).filter_map(|section| section.split_once('\n'));
    sections.map(|(name, text)| (name, text.split("\n## ").next().unwrap_or_default())).collect()
}

fn rules() -> BTreeSet<String> {
    let rules: BTreeSet<String> = sections(&rule_book()).into_keys().map(str::to_owned).collect();
    assert!(rules.len() > 20, "the rules were found: {rules:?}");
    rules
}

/// Every text of the repository, but for this file, whose examples are wrong on purpose.
fn texts() -> Vec<(PathBuf, String)> {
    let below = |place: &&str| {
        let place = root().join(place);
        if place.is_file() { vec![place] } else { files(&place, None) }
    };
    let paths = PLACES.iter().flat_map(below).filter(|path| !path.ends_with("tests/architecture/rules.rs"));
    paths.filter_map(|path| Some((path.clone(), fs::read_to_string(path).ok()?))).collect()
}

/// The words of a text, without the marks of comments.
fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().filter(|word| !["///", "//!", "//", "#"].contains(word)).collect()
}

fn is_word(word: &str, one: &str, several: &str) -> bool {
    let word = word.trim_start_matches(|c: char| !c.is_alphabetic()).to_lowercase();
    word == one || word == several
}

/// The rules that a text cites.
fn cited(text: &str) -> BTreeSet<String> {
    let words = words(text);
    let mut cited = BTreeSet::new();
    for (index, _) in words.iter().enumerate().filter(|(_, word)| is_word(word, "rule", "rules")) {
        for word in words[index + 1..].iter().filter(|word| **word != "and") {
            let Some((name, after)) = word.strip_prefix('`').and_then(|word| word.split_once('`')) else { break };
            if !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '-') {
                cited.insert(name.to_owned());
            }
            if ![",", ""].contains(&after) {
                break;
            }
        }
    }
    cited
}

/// Where the links of a text to the rule book lead.
fn linked(text: &str) -> BTreeSet<String> {
    let links = text.split("rules.md#").skip(1);
    links.map(|link| link.chars().take_while(|c| c.is_ascii_lowercase() || *c == '-').collect()).collect()
}

/// What a text cites by a number, or from a document that is not here.
fn complaints(text: &str) -> Vec<String> {
    text.split("\n\n").flat_map(complaints_of_paragraph).collect()
}

fn complaints_of_paragraph(text: &str) -> Vec<String> {
    let words = words(text);
    let is_number = |index: usize| words.get(index).is_some_and(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    let mut complaints = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let before = &words[index.saturating_sub(6)..index];
        let has_standard = before.iter().any(|word| STANDARDS.iter().any(|standard| word.contains(standard)));
        let cites_nothing = (is_word(word, "rule", "rules") && is_number(index + 1))
            || (is_word(word, "section", "sections") && is_number(index + 1) && !has_standard)
            || (is_word(word, "the", "the") && words.get(index + 1).is_some_and(|next| next.starts_with("design")));
        if cites_nothing {
            complaints.push(words[index..words.len().min(index + 4)].join(" "));
        }
    }
    complaints
}

/// Which rules the functions of a file cite.
#[derive(Default)]
struct Citing<'a> {
    text: &'a str,
    in_tests: bool,
    has_tests: bool,
    by_functions: BTreeSet<String>,
    by_tests: BTreeSet<String>,
}

impl Citing<'_> {
    fn function(&mut self, attributes: &[syn::Attribute], whole: proc_macro2::Span) {
        let is_test = |it: &syn::Attribute| it.path().segments.last().is_some_and(|word| word.ident == "test");
        let is_test = attributes.iter().any(is_test);
        self.has_tests |= is_test;
        let (start, end) = (whole.start().line, whole.end().line);
        let lines: Vec<&str> = self.text.lines().take(end).skip(start.saturating_sub(1)).collect();
        let cited = cited(&lines.join("\n"));
        if is_test {
            self.by_tests.extend(cited);
        } else if !self.in_tests && !is_for_tests(attributes) {
            self.by_functions.extend(cited);
        }
    }
}

impl<'ast> Visit<'ast> for Citing<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let outside = self.in_tests;
        self.in_tests |= is_for_tests(&item.attrs);
        visit::visit_item_mod(self, item);
        self.in_tests = outside;
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.attrs, item.span());
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.attrs, item.span());
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        self.function(&item.attrs, item.span());
    }
}
