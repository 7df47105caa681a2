//! The files that were specified, and their text.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::bounds::{Excess, MAX_FILE};
use super::origin::FileVersion;
use super::problem::Problem;

/// The endings of the files that are read in a folder. They are those of `kubectl apply -f`.
const ENDINGS: [&str; 3] = ["yaml", "yml", "json"];
/// How much of a skipped file is read, in octets, to detect a manifest with another ending.
const DETECTED_WITHIN: u64 = 1 << 20;

/// A value of `-f`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file, or a folder. Of a folder, its files `*.yaml`, `*.yml` and `*.json` are read in the order of their names, but
    /// no folders in it.
    Path(PathBuf),
    /// A text that the caller has read, such as standard input. Paths in it are relative to the working directory.
    Text {
        /// The name for messages, such as `-`.
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
    pub(super) is_json: bool,
    pub(super) version: Option<FileVersion>,
}

/// Reads all files. Each file that cannot be read is a problem.
pub(super) fn read(sources: &[Source], problems: &mut Vec<Problem>) -> Vec<Text> {
    let mut texts = Vec::new();
    for source in sources {
        match source {
            Source::Text { name, text } => {
                let (file, content) = (name.clone(), text.clone());
                texts.push(Text { file, folder: PathBuf::new(), content, is_json: false, version: None });
            }
            Source::Path(path) if path.is_dir() => match files_of(path) {
                Ok(files) if files.is_empty() => {
                    problems.push(Problem::of_file(
                        path.display().to_string(),
                        "the folder contains no *.yaml, *.yml or *.json file",
                    ));
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
        if !path.is_file() {
            continue;
        }
        if has_ending(&path, &ENDINGS) {
            files.push(path);
        } else if looks_like_a_manifest(&path) {
            let path = path.display();
            tracing::warn!("{path} is skipped: of a folder only *.yaml, *.yml and *.json files are read; rename it");
        }
    }
    files.sort();
    Ok(files)
}

fn has_ending(path: &Path, endings: &[&str]) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    ending.is_some_and(|ending| endings.contains(&&*ending))
}

/// Whether a file has this API's `apiVersion`. Hidden files are ignored, because editors create them.
fn looks_like_a_manifest(path: &Path) -> bool {
    if path.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.')) {
        return false;
    }
    let mut content = Vec::new();
    let read = File::open(path).and_then(|file| file.take(DETECTED_WITHIN).read_to_end(&mut content));
    let has_field = |line: &str| line.trim_start().trim_start_matches('"').starts_with("apiVersion");
    let is_version = |line: &str| has_field(line) && line.contains("directorysync.dev/");
    read.is_ok() && String::from_utf8_lossy(&content).lines().any(is_version)
}

fn read_file(path: &Path, problems: &mut Vec<Problem>) -> Option<Text> {
    let read = || {
        let mut file = File::open(path)?;
        // Before the content is read, so that a change during the read results in another version.
        let version = FileVersion::from_metadata(&file.metadata()?);
        let mut content = String::new();
        // One octet more shows that there are more.
        if (&mut file).take(MAX_FILE + 1).read_to_string(&mut content)?
            > usize::try_from(MAX_FILE).unwrap_or(usize::MAX)
        {
            return Err(io::Error::other(Excess::Size));
        }
        Ok((content, version))
    };
    match read() {
        Ok((content, version)) => {
            let folder = path.parent().unwrap_or(Path::new("")).to_owned();
            let (file, is_json) = (path.display().to_string(), has_ending(path, &["json"]));
            Some(Text { file, folder, content, is_json, version })
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
