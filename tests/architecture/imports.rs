//! Which file of the product imports which.
//!
//! An import is a path in one file that names something which another file defines, be it in a `use` or in the code.
//!
//! - What a module passes on (`pub use`) is imported from the file that defines it. To pass it on is not an import; to
//!   use it in that module's own code is one.
//! - The name of a module alone, as in `use crate::store;`, is not an import; `store::open()` is one.
//! - Tests and fuzzers are left out, because they may look at all.

use std::collections::{BTreeMap, BTreeSet};

use crate::paths::{Content, Kind, Named, content, from_the_root};
use crate::sources::Source;

/// How often a name may be passed on.
const LONGEST_CHAIN: usize = 8;

/// Imports between files, by the paths of their modules.
pub(crate) type Imports = BTreeMap<Vec<String>, BTreeSet<Vec<String>>>;

/// What a path can name.
#[derive(Debug, Default)]
struct Modules {
    by_path: BTreeMap<Vec<String>, Module>,
}

#[derive(Debug, Default)]
struct Module {
    /// The module of the file that has it.
    file: Vec<String>,
    in_tests: bool,
    defined: BTreeSet<String>,
    /// What its `use` trees name, by the names that they give.
    used: Vec<(String, Named)>,
}

/// The imports between files of the product, each of which has an entry.
pub(crate) fn imports(sources: &[Source]) -> Imports {
    let product = sources.iter().filter(|source| !["main", "lib"].contains(&source.module[0].as_str()));
    let contents: Vec<(&Source, Content)> =
        product.map(|source| (source, content(&source.module, &source.syntax))).collect();
    let modules = Modules::of(&contents);
    let mut imports = Imports::new();
    for (source, content) in contents.iter().filter(|(source, _)| !modules.is_for_tests(&source.module)) {
        let passes_on = |kind: &Kind| matches!(kind, Kind::Use { passes_on: true, .. });
        let named = content.named.iter().filter(|named| !named.in_tests && !passes_on(&named.kind));
        let files = named.filter_map(|named| modules.file_of(&modules.rooted(named, 0)?, 0));
        let others = files.filter(|file| *file != source.module && !modules.is_for_tests(file));
        imports.insert(source.module.clone(), others.collect());
    }
    imports
}

impl Modules {
    fn of(contents: &[(&Source, Content)]) -> Self {
        let mut modules = Self::default();
        for (source, _) in contents {
            modules.by_path.entry(source.module.clone()).or_default().file.clone_from(&source.module);
        }
        for (source, content) in contents {
            modules.define(&source.module, &source.syntax.items);
            for (path, in_tests) in &content.modules {
                let module = modules.by_path.entry(path.clone()).or_default();
                module.in_tests |= in_tests;
                if module.file.is_empty() {
                    module.file.clone_from(&source.module);
                }
            }
            for named in &content.named {
                if let Kind::Use { alias, .. } = &named.kind {
                    let module = modules.by_path.entry(named.scope.clone()).or_default();
                    module.used.push((alias.clone(), named.clone()));
                }
            }
        }
        modules
    }

    fn define(&mut self, module: &[String], items: &[syn::Item]) {
        for item in items {
            let name = match item {
                syn::Item::Const(item) => &item.ident,
                syn::Item::Enum(item) => &item.ident,
                syn::Item::Fn(item) => &item.sig.ident,
                syn::Item::Static(item) => &item.ident,
                syn::Item::Struct(item) => &item.ident,
                syn::Item::Trait(item) => &item.ident,
                syn::Item::Type(item) => &item.ident,
                syn::Item::Union(item) => &item.ident,
                syn::Item::Mod(inner) => {
                    if let Some((_, items)) = &inner.content {
                        self.define(&[module, &[inner.ident.to_string()]].concat(), items);
                    }
                    continue;
                }
                _ => continue,
            };
            self.by_path.entry(module.to_vec()).or_default().defined.insert(name.to_string());
        }
    }

    /// Whether this module, or one around it, is for tests only.
    fn is_for_tests(&self, module: &[String]) -> bool {
        (1..=module.len()).any(|length| self.by_path.get(&module[..length]).is_some_and(|module| module.in_tests))
    }

    /// The path from the root of the crate. `None`: it is not a path of this crate, or begins with a name of its own file.
    fn rooted(&self, named: &Named, depth: usize) -> Option<Vec<String>> {
        if let Some(path) = from_the_root(named) {
            return Some(path[1..].to_vec());
        }
        let (first, rest) = named.path.split_first()?;
        let child = [&named.scope[..], std::slice::from_ref(first)].concat();
        if self.by_path.contains_key(&child) {
            return Some([child, rest.to_vec()].concat());
        }
        let module = self.by_path.get(&named.scope)?;
        let (_, used) = module.used.iter().find(|(alias, used)| alias == first && *used != *named)?;
        if depth == LONGEST_CHAIN {
            return None;
        }
        Some([self.rooted(used, depth + 1)?, rest.to_vec()].concat())
    }

    /// The file that defines what a path from the root names. `None`: it names a module.
    fn file_of(&self, path: &[String], depth: usize) -> Option<Vec<String>> {
        let length = (1..=path.len()).rev().find(|length| self.by_path.contains_key(&path[..*length]))?;
        let module = self.by_path.get(&path[..length])?;
        let name = path.get(length)?;
        let passed_on = |(alias, used): &(String, Named)| {
            let target = self.rooted(used, depth)?;
            if alias == name {
                return Some([target, path[length + 1..].to_vec()].concat());
            }
            let (star, target) = target.split_last()?;
            let has_it = || self.by_path.get(target).is_some_and(|module| module.defined.contains(name));
            (star == "*" && has_it()).then(|| [target, &path[length..]].concat())
        };
        if !module.defined.contains(name)
            && depth < LONGEST_CHAIN
            && let Some(origin) = module.used.iter().find_map(passed_on)
        {
            return self.file_of(&origin, depth + 1);
        }
        Some(module.file.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sources: &[(&str, &str)], expected: &[&str]) {
        let sources: Vec<Source> = sources.iter().map(|(module, text)| Source::new(module, text)).collect();
        let imports = imports(&sources);
        let lines = imports.iter().flat_map(|(from, to)| {
            to.iter().map(|to| format!("{} -> {}", from.join("::"), to.join("::"))).collect::<Vec<_>>()
        });
        assert_eq!(lines.collect::<Vec<_>>(), expected);
    }

    const PARENT: (&str, &str) = ("run", "mod apply; pub struct Outcome; fn run() { apply::apply() }");

    #[test]
    fn a_parent_that_calls_its_child_imports_it() {
        check(&[PARENT, ("run::apply", "pub fn apply() {}")], &["run -> run::apply"]);
    }

    #[test]
    fn a_child_imports_what_its_parent_defines() {
        for text in ["use super::Outcome;", "fn f(it: super::Outcome) {}", "use crate::run::{Outcome as Other};"] {
            check(&[PARENT, ("run::apply", text)], &["run -> run::apply", "run::apply -> run"]);
        }
    }

    #[test]
    fn what_a_module_passes_on_is_imported_from_the_file_that_defines_it() {
        let parent = ("a", "mod b; mod c; pub use b::B; pub use c::*;");
        let child = ("a::b", "pub struct B;");
        check(&[parent, child, ("a::c", "use super::B;")], &["a::c -> a::b"]);
        check(&[parent, child, ("a::c", "pub struct C;"), ("d", "fn f(c: crate::a::C) {}")], &["d -> a::c"]);
        let user = ("a", "mod b; pub use b::B; fn f() -> Vec<B> { Vec::new() }");
        check(&[user, child], &["a -> a::b"]);
    }

    #[test]
    fn a_module_is_imported_only_where_something_in_it_is_named() {
        check(&[("a", "pub fn f() {}"), ("b", "use crate::a;")], &[]);
        check(&[("a", "pub fn f() {}"), ("b", "use crate::a; fn g() { a::f() }")], &["b -> a"]);
        check(&[("a", "pub fn f() {}"), ("b", "use crate::a; fn g() { println!(\"{}\", a::f()) }")], &["b -> a"]);
    }

    #[test]
    fn tests_may_look_at_all() {
        let tests = "#[cfg(test)] mod tests; #[cfg(test)] mod inside { use crate::b::f; } pub fn g() {}";
        check(&[("a", tests), ("a::tests", "use crate::b::f;"), ("b", "use crate::a::g; pub fn f() {}")], &["b -> a"]);
    }
}
