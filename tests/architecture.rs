//! Holds the arrows between the modules of `src`: who may use whom, and which crate only one adapter may name. It reads
//! the sources, so that an arrow cannot turn round unnoticed.

#![allow(clippy::unwrap_used, reason = "these are tests")]

use std::fs;
use std::path::{Path, PathBuf};

/// Each module at the top of the crate, and those that it may use besides itself. `main` and `lib` may use all.
const ARROWS: &[(&str, &[&str])] = &[
    ("api", &[]),
    ("sync", &[]),
    ("runtime", &["sync"]),
    ("ber", &[]),
    ("tls", &["ber"]),
    ("directory", &["sync", "tls", "ber"]),
    ("store", &["sync", "tls"]),
    ("manifest", &["api"]),
    ("run", &["api", "sync", "directory", "store", "runtime"]),
    ("controller", &["run", "api", "sync", "directory", "store", "runtime"]),
    ("standalone", &["run", "manifest", "api", "sync", "directory", "store", "runtime"]),
    ("plugin", &["api"]),
    ("cli", &["controller", "standalone", "run", "manifest", "api", "sync", "runtime"]),
    ("bin", &["plugin"]),
];

/// Paths that one part of the crate has for itself.
const ONLY: &[(&str, &[&str])] = &[("ldap3", &["directory::ldap"]), ("sqlx", &["store::sql"]), ("rustls", &["tls"])];

/// Paths that a part may not name. The core knows no I/O, no clock and no wire format; adapters know no cluster.
const NEVER: &[(&str, &[&str])] = &[
    (
        "sync",
        &[
            "kube",
            "k8s_openapi",
            "ldap3",
            "reqwest",
            "tokio",
            "futures",
            "serde_json",
            "serde_yaml",
            "sqlx",
            "std::env",
            "std::fs",
            "std::io",
            "std::net",
            "std::process",
            "std::thread",
            "std::time::Instant",
            "std::time::SystemTime",
        ],
    ),
    ("directory", &["kube", "k8s_openapi"]),
    ("store", &["kube", "k8s_openapi"]),
];

#[test]
fn the_sources_hold_the_arrows() {
    let files = sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")));
    assert!(files.len() > 10, "the sources were found: {files:?}");
    let complaints: Vec<_> = files.iter().flat_map(|(module, text)| complaints(module, text)).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn every_file_says_what_it_is_for_and_none_is_named_mod() {
    for (module, text) in sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))) {
        assert!(text.starts_with("//!"), "{} does not begin with a `//!` comment", module.join("::"));
        assert_ne!(module.last().map(String::as_str), Some("mod"), "write {}.rs", module.join("/"));
    }
}

#[test]
fn an_arrow_that_turns_round_is_found() {
    let cases = [
        ("sync::plan", "use crate::store::Error;", "sync may not use store"),
        ("sync", "fn f() -> crate::api::v1alpha1::Spec {}", "sync may not use api"),
        ("sync::plan", "use super::super::store;", "sync may not use store"),
        ("sync::plan", "mod tests {\n use super::super::super::store::Error;\n}", "sync may not use store"),
        ("api::v1alpha1", "use crate::{api::x, sync::{self}};", "api may not use sync"),
        ("store::sql", "use crate::directory::Query;", "store may not use directory"),
        ("controller::lease", "use crate::standalone::files;", "controller may not use standalone"),
        ("plugin", "use crate::run;", "plugin may not use run"),
        ("newcomer", "", "newcomer is in no line of ARROWS"),
        ("directory::ldif", "use ldap3::Ldap;", "only directory::ldap may name ldap3"),
        ("directory::ldapish", "use ldap3::Ldap;", "only directory::ldap may name ldap3"),
        ("run::apply", "let pool: sqlx::PgPool = x;", "only store::sql may name sqlx"),
        (
            "sync::hold",
            "use std::{collections::BTreeMap, time::{Duration, SystemTime}};",
            "sync may not name std::time::SystemTime",
        ),
        ("sync::hold", "let now = ::std::time::Instant::now();", "sync may not name std::time::Instant"),
        ("sync::hold", "fn f() { kube::Api::all(client) }", "sync may not name kube"),
        ("sync::hold", "pub async fn f() {}", "sync may not be async"),
        ("directory::ldap", "extern crate kube;", "directory may not name kube"),
    ];
    for (module, text, expected) in cases {
        let module: Vec<String> = module.split("::").map(str::to_owned).collect();
        let found = complaints(&module, text);
        assert!(found.len() == 1 && found[0].contains(expected), "{module:?} {text:?}: {found:?}");
    }
}

#[test]
fn an_arrow_that_is_allowed_is_not() {
    let cases = [
        ("store::sql::read", "use crate::sync::found::Found; use sqlx::Row; use super::super::Error;"),
        ("directory::ldap", "use ldap3::Ldap; // use crate::store\n/* crate::run /* nested */ crate::store */"),
        (
            "sync::plan",
            "const X: &str = \"crate::store\"; const Y: &str = r#\"\" tokio::spawn \"#; const C: char = '\"';",
        ),
        ("sync::plan", "fn f<'a>(kube: &'a str) { super::fold(kube); self::g::<u8>() }"),
        ("sync::plan", "mod tests { use super::super::fold; use super::*; }"),
        ("run", "use crate::{directory::Directory, store::UserStore}; let x = a.store::<u8>();"),
    ];
    for (module, text) in cases {
        let module: Vec<String> = module.split("::").map(str::to_owned).collect();
        assert_eq!(complaints(&module, text), Vec::<String>::new());
    }
}

/// Every source file with the path of its module: `src/sync/plan.rs` is `sync::plan`.
fn sources(root: &Path) -> Vec<(Vec<String>, String)> {
    let mut folders = vec![root.to_owned()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let module = path.strip_prefix(root).unwrap().with_extension("");
                let module = module.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
                files.push((module, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

/// What a file does that it may not.
fn complaints(module: &[String], text: &str) -> Vec<String> {
    let top = module[0].as_str();
    if ["main", "lib"].contains(&top) {
        return Vec::new();
    }
    let Some((_, may_use)) = ARROWS.iter().find(|(name, _)| *name == top) else {
        return vec![format!("{top} is in no line of ARROWS: say what it may use")];
    };
    let place = module.join("::");
    let names: Vec<&str> = ARROWS.iter().map(|(name, _)| *name).collect();
    let tokens = tokens(text);
    let mut complaints = Vec::new();
    for path in paths(module, &tokens) {
        let written = path.join("::");
        if let ["crate", used, ..] = path.iter().map(String::as_str).collect::<Vec<_>>()[..]
            && used != top
            && names.contains(&used)
            && !may_use.contains(&used)
        {
            complaints.push(format!("{place}: {top} may not use {used}: {written}"));
        }
        for (name, owners) in ONLY {
            if is_within(&written, name) && !owners.iter().any(|owner| is_within(&place, owner)) {
                complaints.push(format!("{place}: only {} may name {name}: {written}", owners.join(", ")));
            }
        }
        for name in NEVER.iter().filter(|(part, _)| *part == top).flat_map(|(_, names)| *names) {
            if is_within(&written, name) {
                complaints.push(format!("{place}: {top} may not name {name}: {written}"));
            }
        }
    }
    if top == "sync" && tokens.iter().any(|token| token == "async") {
        complaints.push(format!("{place}: sync may not be async"));
    }
    complaints
}

/// Whether a path is this one or goes on from it.
fn is_within(path: &str, start: &str) -> bool {
    path.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// Words, `::` and single characters; neither comments nor what is in quotes.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if let Some(length) = quoted(rest) {
            length
        } else {
            let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            let length = if word > 0 {
                word
            } else if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            if !first.is_whitespace() {
                tokens.push(rest[..length].to_owned());
            }
            length
        };
        rest = &rest[length..];
    }
    tokens
}

/// The length of the block comment at the start; they nest.
fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    loop {
        if text[at..].starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if text[at..].starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
        } else {
            at += text[at..].chars().next().map_or(0, char::len_utf8);
        }
        if depth == 0 || at == text.len() {
            return at;
        }
    }
}

/// The length of the string or character literal at the start, if one is there; a lifetime is none.
fn quoted(text: &str) -> Option<usize> {
    let raw = text.strip_prefix('b').unwrap_or(text);
    if let Some(after) = raw.strip_prefix('r') {
        let hashes = after.len() - after.trim_start_matches('#').len();
        if after[hashes..].starts_with('"') {
            let start = text.len() - after.len() + hashes + 1;
            let end = format!("\"{}", "#".repeat(hashes));
            return Some(start + text[start..].find(&end)? + end.len());
        }
    }
    let quote = text.chars().next().filter(|c| ['"', '\''].contains(c))?;
    if quote == '\'' && !text[1..].starts_with('\\') && text[1..].chars().nth(1) != Some('\'') {
        return None;
    }
    let mut escaped = false;
    let end = text[1..].find(|c| {
        let closes = c == quote && !escaped;
        escaped = c == '\\' && !escaped;
        closes
    })?;
    Some(end + 2)
}

/// Every path that the file names, of its `use` trees each leaf, with `self` and `super` resolved to `crate::…`.
fn paths(module: &[String], tokens: &[String]) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    // The module at this point, and for each open brace whether it opened a module.
    let mut here = module.to_vec();
    let mut braces = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let token = tokens[at].as_str();
        let previous = at.checked_sub(1).map(|before| tokens[before].as_str());
        if token == "use" && previous != Some(".") {
            at = tree(&tokens[at + 1..], &[], &mut |path| paths.push(resolve(&here, path))) + at + 1;
            continue;
        }
        if token == "mod" && tokens.get(at + 2).is_some_and(|next| next == "{") {
            here.push(tokens[at + 1].clone());
            braces.push(true);
            at += 3;
            continue;
        }
        match token {
            "{" => braces.push(false),
            "}" if braces.pop() == Some(true) => drop(here.pop()),
            _ => {}
        }
        let names_a_crate = previous == Some("crate") && at >= 2 && tokens[at - 2] == "extern";
        let goes_on = tokens.get(at + 1).is_some_and(|next| next == "::");
        if is_word(token) && (goes_on || names_a_crate) {
            let mut path = vec![token.to_owned()];
            while tokens.get(at + 1).is_some_and(|next| next == "::")
                && tokens.get(at + 2).is_some_and(|next| is_word(next))
            {
                path.push(tokens[at + 2].clone());
                at += 2;
            }
            paths.push(resolve(&here, &path));
        }
        at += 1;
    }
    paths
}

/// Reads one `use` tree and reports its leaves; returns how many tokens it has.
fn tree(tokens: &[String], prefix: &[String], leaf: &mut dyn FnMut(&[String])) -> usize {
    let mut path = prefix.to_vec();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match token.as_str() {
            "::" => at += 1,
            "{" => {
                at += 1;
                while tokens.get(at).is_some_and(|token| token != "}") {
                    at += tree(&tokens[at..], &path, leaf);
                    at += usize::from(tokens.get(at).is_some_and(|token| token == ","));
                }
                return at + 1;
            }
            "as" => at += 2,
            "self" if !path.is_empty() => at += 1,
            word if is_word(word) || word == "*" => {
                path.push(word.to_owned());
                at += 1;
            }
            _ => break,
        }
    }
    leaf(&path);
    at
}

/// The path from the crate's root, if it begins with `self` or `super`.
fn resolve(here: &[String], path: &[String]) -> Vec<String> {
    let ups = path.iter().take_while(|part| *part == "super").count();
    let relative = ups > 0 || path.first().is_some_and(|part| part == "self");
    if !relative {
        return path.to_vec();
    }
    let base = &here[..here.len().saturating_sub(ups)];
    let rest = path.iter().skip_while(|part| ["super", "self"].contains(&part.as_str()));
    ["crate".to_owned()].into_iter().chain(base.iter().cloned()).chain(rest.cloned()).collect()
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}
