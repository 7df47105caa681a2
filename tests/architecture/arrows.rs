//! Who may use whom, and which crate only one adapter may name.

use crate::paths::{Content, Kind, content, from_the_root};
use crate::sources::{Source, sources};

/// Each module at the top of the crate, and those that it may use besides itself. `main` and `lib` may use all.
const ARROWS: &[(&str, &[&str])] = &[
    ("api", &[]),
    ("sync", &[]),
    ("runtime", &["sync", "memory"]),
    ("memory", &[]),
    ("traffic", &[]),
    ("ber", &[]),
    ("tls", &["ber"]),
    ("directory", &["sync", "tls", "ber", "memory", "traffic"]),
    ("store", &["sync", "tls", "memory", "traffic"]),
    ("manifest", &["api"]),
    ("run", &["api", "sync", "directory", "store", "runtime", "traffic"]),
    ("controller", &["run", "api", "sync", "directory", "store", "runtime", "memory", "traffic"]),
    ("standalone", &["run", "manifest", "api", "sync", "directory", "store", "runtime"]),
    ("cli", &["controller", "standalone", "run", "manifest", "api", "sync", "runtime"]),
];

/// Paths that one part of the crate has for itself.
const ONLY: &[(&str, &[&str])] = &[
    ("ldap3", &["directory::ldap"]),
    ("sqlx", &["store::sql"]),
    ("reqwest", &["store::remote"]),
    ("rustls", &["tls"]),
];

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
    let complaints: Vec<_> = sources().iter().flat_map(complaints).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn every_module_is_in_the_arrows_and_every_arrow_is_of_a_module() {
    let mut modules: Vec<String> = sources().iter().map(|source| source.module[0].clone()).collect();
    modules.dedup();
    modules.retain(|module| !["main", "lib"].contains(&module.as_str()));
    let mut arrows: Vec<&str> = ARROWS.iter().map(|(module, _)| *module).collect();
    arrows.sort_unstable();
    assert_eq!(modules, arrows);
}

#[test]
fn every_file_says_what_it_is_for_and_none_is_named_mod() {
    for source in sources() {
        assert!(source.text.starts_with("//!"), "{} does not begin with a `//!` comment", source.name());
        assert_ne!(source.module.last().map(String::as_str), Some("mod"), "write {}.rs", source.module.join("/"));
    }
}

#[test]
fn an_arrow_that_turns_round_is_found() {
    let cases = [
        ("sync::plan", "use crate::store::Error;", "sync may not use store"),
        ("sync", "fn f() -> crate::api::v1alpha1::Spec {}", "sync may not use api"),
        ("sync::plan", "use super::super::store;", "sync may not use store"),
        ("sync::plan", "mod tests {\n use super::super::super::store::Error;\n}", "sync may not use store"),
        ("sync::plan", "fn f() { assert_eq!(1, crate::store::one()); }", "sync may not use store"),
        ("api::v1alpha1", "use crate::{api::x, sync::{self}};", "api may not use sync"),
        ("store::sql", "use crate::directory::Query;", "store may not use directory"),
        ("controller::lease", "use crate::standalone::files;", "controller may not use standalone"),
        ("newcomer", "", "newcomer is in no line of ARROWS"),
        ("directory::ldif", "use ldap3::Ldap;", "only directory::ldap may name ldap3"),
        ("directory::ldapish", "use ldap3::Ldap;", "only directory::ldap may name ldap3"),
        ("store::superset", "use reqwest::Client;", "only store::remote may name reqwest"),
        ("run::apply", "static POOL: Option<sqlx::PgPool> = None;", "only store::sql may name sqlx"),
        (
            "sync::hold",
            "use std::{collections::BTreeMap, time::{Duration, SystemTime}};",
            "sync may not name std::time::SystemTime",
        ),
        ("sync::hold", "fn f() { let now = ::std::time::Instant::now(); }", "sync may not name std::time::Instant"),
        ("sync::hold", "fn f() { kube::Api::all(client) }", "sync may not name kube"),
        ("sync::hold", "pub async fn f() {}", "sync may not be async"),
        ("sync::hold", "fn f() { let wait = async || 1; }", "sync may not be async"),
        ("sync::hold", "fn f() { spawn!(async { 1 }); }", "sync may not be async"),
        ("directory::ldap", "extern crate kube;", "directory may not name kube"),
    ];
    for (module, text, expected) in cases {
        let found = complaints(&Source::new(module, text));
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
        ("run", "use crate::{directory::Directory, store::UserStore}; fn f() { let x = a.store::<u8>(); }"),
    ];
    for (module, text) in cases {
        assert_eq!(complaints(&Source::new(module, text)), Vec::<String>::new());
    }
}

/// What a file does that it may not.
fn complaints(source: &Source) -> Vec<String> {
    let top = source.module[0].as_str();
    if ["main", "lib"].contains(&top) {
        return Vec::new();
    }
    let Some((_, may_use)) = ARROWS.iter().find(|(name, _)| *name == top) else {
        return vec![format!("{top} is in no line of ARROWS: say what it may use")];
    };
    let place = source.name();
    let Content { named, is_async, .. } = content(&source.module, &source.syntax);
    let mut complaints = Vec::new();
    // One word alone is no path of another module.
    let paths = named.iter().filter(|named| named.kind != Kind::Other || named.path.len() > 1);
    for path in paths.map(|named| from_the_root(named).unwrap_or_else(|| named.path.clone())) {
        let written = path.join("::");
        if let ["crate", used, ..] = path.iter().map(String::as_str).collect::<Vec<_>>()[..]
            && used != top
            && ARROWS.iter().any(|(name, _)| *name == used)
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
    if top == "sync" && is_async {
        complaints.push(format!("{place}: sync may not be async"));
    }
    complaints
}

/// Whether a path is this one or goes on from it.
fn is_within(path: &str, start: &str) -> bool {
    path.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}
