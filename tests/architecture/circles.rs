//! No files import each other in a circle, and no folders do.
//!
//! A module here is a file and all that is below it. A circle among the children of one module is one that no parent is
//! part of. A circle with the parent is one of the parent's own file and of children that import from it. There is no
//! third kind: the files of any circle have a nearest module in common, and its own file is part of the circle or not.

use std::collections::{BTreeMap, BTreeSet};

use crate::imports::{Imports, imports};
use crate::sources::sources;

#[test]
fn children_of_a_module_import_each_other_in_no_circle() {
    let imports = imports(&sources());
    assert_none(&all_circles(&imports, &among_children));
}

#[test]
fn no_child_imports_from_a_parent_that_imports_it() {
    let imports = imports(&sources());
    assert_none(&all_circles(&imports, &with_the_parent));
}

#[test]
fn a_circle_is_found() {
    let check = |arrows: &[(&str, &str)], children: &[&str], parent: &[&str]| {
        let path = |text: &str| text.split("::").map(str::to_owned).collect::<Vec<_>>();
        let mut imports = Imports::new();
        for (from, to) in arrows {
            imports.entry(path(to)).or_default();
            imports.entry(path(from)).or_default().insert(path(to));
        }
        let lines = |circles: &[(String, Vec<String>)]| {
            circles.iter().map(|(module, children)| format!("{module}: {}", children.join(", "))).collect::<Vec<_>>()
        };
        assert_eq!(lines(&all_circles(&imports, &among_children)), children, "{arrows:?}");
        assert_eq!(lines(&all_circles(&imports, &with_the_parent)), parent, "{arrows:?}");
    };
    check(&[("a::b", "a::c"), ("a::b", "a"), ("a::c::d", "a::c::e"), ("b", "a")], &[], &[]);
    check(&[("a::b", "a::c"), ("a::c", "a::b")], &["a: b, c"], &[]);
    check(&[("a::b::x", "a::c::x"), ("a::c::y", "a::b::y")], &["a: b, c"], &[]);
    check(&[("a::b", "a::c"), ("a::c", "a::d"), ("a::d", "a::b"), ("a::d", "a::e")], &["a: b, c, d"], &[]);
    check(&[("a", "a::b"), ("a::b", "a")], &[], &["a: b"]);
    check(&[("a", "a::b"), ("a::b::c::d", "a"), ("a", "a::e")], &[], &["a: b"]);
    check(&[("a", "a::b"), ("a::b", "a::c"), ("a::c", "a")], &[], &["a: b, c"]);
}

fn assert_none(circles: &[(String, Vec<String>)]) {
    let lines: Vec<String> =
        circles.iter().map(|(module, children)| format!("{module}: {}", children.join(", "))).collect();
    assert!(lines.is_empty(), "these children of a module are in a circle:\n{}", lines.join("\n"));
}

/// The circles of every module, by the graphs that are made of what its children import.
fn all_circles(imports: &Imports, graph: &dyn Fn(&[String], &Imports) -> Graph) -> Vec<(String, Vec<String>)> {
    let parents = imports.keys().flat_map(|module| (1..module.len()).map(|length| module[..length].to_vec()));
    let parents: BTreeSet<Vec<String>> = parents.collect();
    let circles = parents.iter().flat_map(|parent| {
        let circles = circles(&graph(parent, imports)).into_iter();
        let named = |circle: BTreeSet<String>| circle.into_iter().filter(|child| !child.is_empty()).collect();
        circles.map(move |circle| (parent.join("::"), named(circle)))
    });
    circles.collect()
}

/// By child what it imports; the parent's own file has no name.
type Graph = BTreeMap<String, BTreeSet<String>>;

fn among_children(parent: &[String], imports: &Imports) -> Graph {
    let mut graph = with_the_own_file(parent, imports);
    graph.remove("");
    for imported in graph.values_mut() {
        imported.remove("");
    }
    graph
}

/// Only the circle that the own file is part of.
fn with_the_parent(parent: &[String], imports: &Imports) -> Graph {
    let mut graph = with_the_own_file(parent, imports);
    let circle = circles(&graph).into_iter().find(|circle| circle.contains("")).unwrap_or_default();
    graph.retain(|child, _| circle.contains(child));
    graph
}

fn with_the_own_file(parent: &[String], imports: &Imports) -> Graph {
    let child = |module: &[String]| {
        let below = module.strip_prefix(parent)?;
        Some(below.first().cloned().unwrap_or_default())
    };
    let mut graph = Graph::new();
    for (from, to) in imports {
        let Some(from) = child(from) else { continue };
        let others = to.iter().filter_map(|to| child(to)).filter(|to| *to != from);
        graph.entry(from.clone()).or_default().extend(others);
    }
    graph
}

/// The sets of what reaches each other, of more than one.
fn circles(graph: &Graph) -> BTreeSet<BTreeSet<String>> {
    let reached: BTreeMap<&str, BTreeSet<&str>> = graph.keys().map(|start| (&**start, reach(start, graph))).collect();
    let circle = |(start, ends): (&&str, &BTreeSet<&str>)| {
        let returns = |end: &&&str| reached.get(**end).is_some_and(|back| back.contains(*start));
        ends.iter().filter(returns).map(|end| (*end).to_owned()).collect::<BTreeSet<String>>()
    };
    reached.iter().map(circle).filter(|circle| circle.len() > 1).collect()
}

fn reach<'a>(start: &'a str, graph: &'a Graph) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut ahead = vec![start];
    while let Some(next) = ahead.pop() {
        for to in graph.get(next).into_iter().flatten() {
            if reached.insert(&**to) {
                ahead.push(to);
            }
        }
    }
    reached
}
