//! The paths that a source file names: in its `use` trees, in its types, patterns and expressions, and inside macros.

use syn::buffer::{Cursor, TokenBuffer};
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{
    Attribute, ExprAsync, ExprClosure, ItemExternCrate, ItemMod, ItemUse, Macro, Meta, Signature, Token, UseTree,
    Visibility,
};

/// A path as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    /// Its words. A `use` of everything in a module ends in `*`.
    pub(crate) path: Vec<String>,
    /// The module in which it is written: that of the file, or one inside it.
    pub(crate) scope: Vec<String>,
    /// Whether only tests and fuzzers are built with it.
    pub(crate) in_tests: bool,
    /// How it is written.
    pub(crate) kind: Kind,
}

/// How a path is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// In a `use`, which gives what it names this name, and may pass it on (`pub use`).
    Use { alias: String, passes_on: bool },
    /// Anywhere else. One word alone may be a name of this file, a local one, or what a `use` names.
    Other,
}

/// What a source file says.
#[derive(Debug, Default)]
pub(crate) struct Content {
    /// Every path that it names.
    pub(crate) named: Vec<Named>,
    /// The modules that it declares or contains, and whether only tests have them.
    pub(crate) modules: Vec<(Vec<String>, bool)>,
    /// Whether anything of it is async.
    pub(crate) is_async: bool,
    scope: Vec<String>,
    in_tests: bool,
    passes_on: bool,
}

/// Reads a file whose module this is.
pub(crate) fn content(module: &[String], syntax: &syn::File) -> Content {
    let mut content = Content { scope: module.to_vec(), ..Content::default() };
    content.visit_file(syntax);
    content
}

impl Content {
    fn name(&mut self, path: Vec<String>, kind: Kind) {
        self.named.push(Named { path, scope: self.scope.clone(), in_tests: self.in_tests, kind });
    }

    fn tree(&mut self, tree: &UseTree, before: &[String]) {
        let with = |word: &dyn ToString| before.iter().cloned().chain([word.to_string()]).collect::<Vec<_>>();
        match tree {
            UseTree::Path(path) => self.tree(&path.tree, &with(&path.ident)),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.tree(tree, before)),
            UseTree::Glob(_) => self.leaf(with(&"*"), Some("*".to_owned())),
            UseTree::Name(name) if name.ident == "self" => self.leaf(before.to_vec(), before.last().cloned()),
            UseTree::Name(name) => self.leaf(with(&name.ident), Some(name.ident.to_string())),
            UseTree::Rename(name) if name.ident == "self" => self.leaf(before.to_vec(), Some(name.rename.to_string())),
            UseTree::Rename(name) => self.leaf(with(&name.ident), Some(name.rename.to_string())),
        }
    }

    fn leaf(&mut self, path: Vec<String>, alias: Option<String>) {
        self.name(path, Kind::Use { alias: alias.unwrap_or_default(), passes_on: self.passes_on });
    }

    /// Macros are read word by word: only the macros themselves know their grammar.
    fn tokens(&mut self, mut rest: Cursor<'_>) {
        while !rest.eof() {
            if let Some((inside, _, _, after)) = rest.any_group() {
                self.tokens(inside);
                rest = after;
            } else if let Some((path, after)) = path(rest) {
                self.is_async |= path == ["async"];
                self.name(path, Kind::Other);
                rest = after;
            } else if let Some((_, after)) = rest.token_tree() {
                rest = after;
            } else {
                return;
            }
        }
    }
}

/// The words between `::` that begin here.
fn path(start: Cursor<'_>) -> Option<(Vec<String>, Cursor<'_>)> {
    let (word, mut rest) = start.ident()?;
    let mut path = vec![word.to_string()];
    while let Some((word, after)) = colons(rest).and_then(Cursor::ident) {
        path.push(word.to_string());
        rest = after;
    }
    Some((path, rest))
}

fn colons(rest: Cursor<'_>) -> Option<Cursor<'_>> {
    let (first, rest) = rest.punct()?;
    let (second, rest) = rest.punct()?;
    (first.as_char() == ':' && second.as_char() == ':').then_some(rest)
}

/// Whether what has these attributes is built for tests or fuzzers only.
pub(crate) fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => {
            let conditions = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
            conditions.is_ok_and(|all| all.iter().any(|it| it.path().is_ident("test") || it.path().is_ident("fuzzing")))
        }
        _ => false,
    })
}

impl<'ast> Visit<'ast> for Content {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        let outside = self.in_tests;
        self.in_tests |= is_for_tests(&item.attrs);
        self.scope.push(item.ident.to_string());
        self.modules.push((self.scope.clone(), self.in_tests));
        visit::visit_item_mod(self, item);
        self.scope.pop();
        self.in_tests = outside;
    }

    fn visit_item(&mut self, item: &'ast syn::Item) {
        let attributes = match item {
            syn::Item::Fn(item) => &item.attrs,
            syn::Item::Impl(item) => &item.attrs,
            syn::Item::Use(item) => &item.attrs,
            syn::Item::Const(item) => &item.attrs,
            syn::Item::Struct(item) => &item.attrs,
            syn::Item::Enum(item) => &item.attrs,
            _ => return visit::visit_item(self, item),
        };
        let outside = self.in_tests;
        self.in_tests |= is_for_tests(attributes);
        visit::visit_item(self, item);
        self.in_tests = outside;
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.passes_on = !matches!(item.vis, Visibility::Inherited);
        self.tree(&item.tree, &[]);
        self.passes_on = false;
    }

    fn visit_item_extern_crate(&mut self, item: &'ast ItemExternCrate) {
        self.leaf(vec![item.ident.to_string()], Some(item.ident.to_string()));
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.name(path.segments.iter().map(|segment| segment.ident.to_string()).collect(), Kind::Other);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, it: &'ast Macro) {
        visit::visit_macro(self, it);
        self.tokens(TokenBuffer::new2(it.tokens.clone()).begin());
    }

    fn visit_signature(&mut self, signature: &'ast Signature) {
        self.is_async |= signature.asyncness.is_some();
        visit::visit_signature(self, signature);
    }

    fn visit_expr_async(&mut self, block: &'ast ExprAsync) {
        self.is_async = true;
        visit::visit_expr_async(self, block);
    }

    fn visit_expr_closure(&mut self, closure: &'ast ExprClosure) {
        self.is_async |= closure.asyncness.is_some();
        visit::visit_expr_closure(self, closure);
    }
}

/// The path from the root of the crate, `crate::…`, if it begins with `crate`, `self` or `super`.
pub(crate) fn from_the_root(named: &Named) -> Option<Vec<String>> {
    let ups = named.path.iter().take_while(|word| *word == "super" || *word == "self").count();
    let supers = named.path.iter().take(ups).filter(|word| *word == "super").count();
    let base = match named.path.first().map(String::as_str) {
        Some("crate") => return Some(named.path.clone()),
        Some("self" | "super") => &named.scope[..named.scope.len().saturating_sub(supers)],
        _ => return None,
    };
    let rest = &named.path[ups..];
    Some(["crate".to_owned()].iter().chain(base).chain(rest).cloned().collect())
}
