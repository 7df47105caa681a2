//! `--links`: the file with the links of a dashboard server that cannot keep them itself. It grows while a run writes, so
//! that a small change of a large book is a small write, and it is rewritten when most of it is no longer true.

mod format;

use std::fmt::Debug;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use sha2::{Digest as _, Sha256};

use self::format::{Content, HEAD_LENGTH, head, parse};
use crate::store::link_book::line::lines_of;
use crate::store::link_book::{BookChange, Entries, LinkBook};
use crate::store::{Error, Interruption};

/// The largest file that is read: 1 GiB.
const MAX_OCTETS: u64 = 1 << 30;

/// The file.
#[derive(Debug, Clone)]
pub(super) struct LinkFile(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// `--new-links`, until the file is there.
    is_to_be_created: bool,
    /// While the right to write is reserved.
    writer: Option<Writer>,
}

/// The file while only this process may write it.
#[derive(Debug)]
struct Writer {
    /// Opened by the first write: a run that writes nothing changes nothing here either.
    file: Option<File>,
    content: Content,
    /// Whether it is known what the file says: not after the head could not be written.
    is_certain: bool,
}

/// The right to write, until it is dropped.
struct Reservation {
    inner: Arc<Inner>,
    _lock: File,
}

impl LinkFile {
    /// The file at this path. Nothing is opened yet.
    pub(super) fn new(path: PathBuf, is_to_be_created: bool) -> Self {
        Self(Arc::new(Inner { path, state: Mutex::new(State { is_to_be_created, writer: None }) }))
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.0.path
    }

    /// Runs what blocks on a thread where that is no harm. It goes on to its end, whatever becomes of the caller.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Arc<Inner>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let inner = Arc::clone(&self.0);
        let worked = tokio::task::spawn_blocking(move || work(&inner)).await;
        worked.map_err(|_| Interruption::TaskEnded { task: "uses the file of links" })?
    }
}

#[async_trait]
impl LinkBook for LinkFile {
    async fn read(&self) -> Result<Entries, Error> {
        self.blocking(|inner| {
            let state = inner.state();
            match &state.writer {
                Some(writer) if writer.is_certain => Ok(writer.content.ledger.entries()),
                _ => Ok(inner.load(state.is_to_be_created)?.map(|content| content.ledger.into()).unwrap_or_default()),
            }
        })
        .await
    }

    async fn write(&self, changes: Vec<BookChange>) -> Result<(), Error> {
        self.blocking(|inner| {
            let mut state = inner.state();
            let State { is_to_be_created, writer } = &mut *state;
            let writer = writer.as_mut().filter(|writer| writer.is_certain);
            let writer = writer.ok_or_else(|| inner.failed("writing", "an earlier write failed, or none was begun"))?;
            if writer.file.is_none() {
                if *is_to_be_created || writer.content.is_worth_rewriting() {
                    inner.replace(&mut writer.content)?;
                    *is_to_be_created = false;
                }
                writer.file = Some(inner.open_for_writing(&writer.content)?);
            }
            writer.append(changes).map_err(|error| inner.io("writing", error))
        })
        .await
    }

    async fn reserve(&self) -> Result<Box<dyn Send>, Error> {
        self.blocking(|inner| {
            let lock = inner.lock()?;
            let mut state = inner.state();
            let content = inner.load(state.is_to_be_created)?.unwrap_or_default();
            state.writer = Some(Writer { file: None, content, is_certain: true });
            Ok(Box::new(Reservation { inner: Arc::clone(inner), _lock: lock }) as _)
        })
        .await
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.inner.state().writer = None;
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the file says; `None`: it is to be created, and is not there yet.
    fn load(&self, is_to_be_created: bool) -> Result<Option<Content>, Error> {
        let path = self.path.display();
        let mut file = match (File::open(&self.path), is_to_be_created) {
            (Ok(_), true) => {
                let problem = format!(
                    "{path} exists already, and {} would create it: leave this option out",
                    "`--new-links` with `--links`"
                );
                return Err(Error::configuration("--new-links", problem));
            }
            (Err(error), true) if error.kind() == ErrorKind::NotFound => return Ok(None),
            (Err(error), false) if error.kind() == ErrorKind::NotFound => {
                let problem = format!(
                    "there is no file {path}: correct `--links`, restore the file from a backup, or add `--new-links` if \
                     no run has ever written to this dashboard server"
                );
                return Err(Error::links_lost("reading the links", problem));
            }
            (opened, _) => opened.map_err(|error| self.io("opening", error))?,
        };
        let length = file.metadata().map_err(|error| self.io("reading", error))?.len();
        if length > MAX_OCTETS {
            return Err(self.damaged(&format!("it has {length} octets, and {MAX_OCTETS} are the most")));
        }
        let mut octets = Vec::new();
        file.read_to_end(&mut octets).map_err(|error| self.io("reading", error))?;
        parse(&octets).map(Some).map_err(|damage| self.damaged(&damage.to_string()))
    }

    /// Writes the file anew, in one step, without what is no longer true.
    fn replace(&self, content: &mut Content) -> Result<(), Error> {
        let lines = content.ledger.lines().map_err(|error| self.failed("writing", &error.to_string()))?;
        let text = lines.concat();
        (content.lines, content.octets, content.digest) =
            (lines.len(), text.len() as u64, Sha256::new_with_prefix(&text));
        let written = || {
            // A link to the file stays a link.
            let path = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
            let beside = beside(&path, ".new");
            let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
            file.write_all(head(content.octets, &content.digest).as_bytes())?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&beside, &path)?;
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
        };
        written().map_err(|error| self.io("writing", error))
    }

    fn open_for_writing(&self, content: &Content) -> Result<File, Error> {
        let opened = || {
            let file = OpenOptions::new().write(true).open(&self.path)?;
            // What follows was never acknowledged.
            file.set_len(HEAD_LENGTH + content.octets)?;
            Ok(file)
        };
        opened().map_err(|error| self.io("opening", error))
    }

    /// The lock is a file of its own, because the file of links is replaced.
    fn lock(&self) -> Result<File, Error> {
        let path = beside(&self.path, ".lock");
        let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path);
        let file = file.map_err(|error| self.io("locking", error))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(Error::Busy),
            Err(TryLockError::Error(error)) => Err(self.io("locking", error)),
        }
    }

    fn io(&self, verb: &str, error: io::Error) -> Error {
        let (attempt, cause) = (format!("{verb} the links in {}", self.path.display()), error.to_string());
        match error.kind() {
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Error::access_denied(attempt, cause),
            _ => Error::unexpected(attempt, cause),
        }
        .caused_by(error)
    }

    fn failed(&self, verb: &str, cause: &str) -> Error {
        Error::unexpected(format!("{verb} the links in {}", self.path.display()), cause)
    }

    fn damaged(&self, damage: &str) -> Error {
        let cause = format!("{damage}; restore the file from a backup, because no link may be guessed");
        Error::links_lost(format!("reading the links in {}", self.path.display()), cause)
    }
}

impl Writer {
    /// The head is written last: before it, what follows the known content does not count.
    fn append(&mut self, changes: Vec<BookChange>) -> io::Result<()> {
        let Self { file: Some(file), content, is_certain } = self else { return Err(ErrorKind::NotFound.into()) };
        let text = lines_of(&changes)?.concat();
        file.write_all_at(text.as_bytes(), HEAD_LENGTH + content.octets)?;
        file.sync_data()?;
        *is_certain = false;
        content.octets += text.len() as u64;
        content.digest.update(&text);
        file.write_all_at(head(content.octets, &content.digest).as_bytes(), 0)?;
        file.sync_data()?;
        *is_certain = true;
        content.lines += changes.len();
        for change in changes {
            content.ledger.change(change);
        }
        Ok(())
    }
}

/// The path of another file in the same folder.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

#[cfg(test)]
mod tests;
