//! Which files are meant, and their text.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Problem;

/// What `-f` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file, or a folder: then its files `*.yaml`, in the order of their names, and nothing below.
    Path(PathBuf),
    /// A text that the caller has read, such as standard input. Paths in it are relative to the working directory.
    Text {
        /// What problems call it, such as `-`.
        name: String,
        /// The text.
        text: String,
    },
}

/// The text of one file.
pub(super) struct Text {
    pub(super) file: String,
    pub(super) folder: PathBuf,
    pub(super) content: String,
}

/// Reads everything that can be read; the rest is a problem each.
pub(super) fn read(sources: &[Source], problems: &mut Vec<Problem>) -> Vec<Text> {
    let mut texts = Vec::new();
    for source in sources {
        match source {
            Source::Text { name, text } => {
                texts.push(Text { file: name.clone(), folder: PathBuf::new(), content: text.clone() });
            }
            Source::Path(path) if path.is_dir() => match files_of(path) {
                Ok(files) if files.is_empty() => {
                    problems.push(Problem::of_file(path.display().to_string(), "the folder holds no file *.yaml"));
                }
                Ok(files) => texts.extend(files.iter().filter_map(|file| read_file(file, problems))),
                Err(error) => problems.push(unreadable(path, &error)),
            },
            Source::Path(path) => texts.extend(read_file(path, problems)),
        }
    }
    texts
}

fn files_of(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "yaml") && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn read_file(path: &Path, problems: &mut Vec<Problem>) -> Option<Text> {
    match fs::read_to_string(path) {
        Ok(content) => {
            let folder = path.parent().unwrap_or(Path::new("")).to_owned();
            Some(Text { file: path.display().to_string(), folder, content })
        }
        Err(error) => {
            problems.push(unreadable(path, &error));
            None
        }
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Problem {
    Problem::of_file(path.display().to_string(), format!("cannot be read: {error}"))
}
