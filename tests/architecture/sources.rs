//! The source files of the crate, parsed.

use std::fs;
use std::path::{Path, PathBuf};

/// A source file.
pub(crate) struct Source {
    /// The path of its module: `src/sync/plan.rs` is `sync::plan`.
    pub(crate) module: Vec<String>,
    /// As it is written.
    pub(crate) text: String,
    /// What it says.
    pub(crate) syntax: syn::File,
}

impl Source {
    /// A source of this text.
    pub(crate) fn new(module: &str, text: &str) -> Self {
        let syntax = syn::parse_file(text).unwrap_or_else(|error| panic!("{module}: {error}"));
        Self { module: module.split("::").map(str::to_owned).collect(), text: text.to_owned(), syntax }
    }

    /// Its module, as a path is written.
    pub(crate) fn name(&self) -> String {
        self.module.join("::")
    }
}

/// The sources of the crate, by their modules.
pub(crate) fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources: Vec<Source> = files(&root, Some("rs")).iter().map(|path| read(&root, path)).collect();
    assert!(sources.len() > 10, "the sources were found");
    sources.sort_by(|a, b| a.module.cmp(&b.module));
    sources
}

fn read(root: &Path, path: &Path) -> Source {
    let module = path.strip_prefix(root).unwrap().with_extension("");
    let module: Vec<&str> = module.iter().map(|part| part.to_str().unwrap()).collect();
    Source::new(&module.join("::"), &fs::read_to_string(path).unwrap())
}

/// The files below a folder, all or those with this extension. Links are not followed.
pub(crate) fn files(root: &Path, extension: Option<&str>) -> Vec<PathBuf> {
    let mut folders = vec![root.to_owned()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let (path, kind) = (entry.path(), entry.file_type().unwrap());
            if kind.is_dir() && path.file_name().is_some_and(|name| name != "target") {
                folders.push(path);
            } else if kind.is_file() && extension.is_none_or(|one| path.extension().is_some_and(|its| its == one)) {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}
