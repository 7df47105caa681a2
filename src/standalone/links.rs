//! Where links are kept that a dashboard server cannot keep itself: the file of `--links`.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::link_file::LinkFile;
use crate::store::Error;
use crate::store::link_book::LinkBook;

/// A namespace and a name.
pub type Key = (String, String);

/// The file of this process, if the command line names one. It is only opened for a dashboard server that needs it.
#[derive(Debug)]
pub struct Links {
    file: Option<LinkFile>,
    /// The dashboard server whose links it has.
    of: Mutex<Option<Key>>,
}

impl Links {
    /// The file at this path. `is_new`: it does not exist yet.
    #[must_use]
    pub fn in_file(path: Option<PathBuf>, is_new: bool) -> Self {
        Self { file: path.map(|path| LinkFile::new(path, is_new)), of: Mutex::default() }
    }

    /// The book of a DashboardServer.
    ///
    /// # Errors
    /// When the command line names no file, or the file is of another DashboardServer.
    pub fn book(&self, server: &Key) -> Result<Arc<dyn LinkBook>, Error> {
        let named = |(namespace, name): &Key| format!("DashboardServer {namespace}/{name}");
        let Some(file) = &self.file else {
            let problem = format!(
                "{} cannot store the links between its groups and the directory: specify the file for them with \
                 `--links FILE`, and `--new-links` if no run has ever written to this dashboard server",
                named(server)
            );
            return Err(Error::configuration("--links", problem));
        };
        let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        match of.get_or_insert_with(|| server.clone()) {
            first if *first == *server => Ok(Arc::new(file.clone())),
            first => {
                let (first, second, path) = (named(first), named(server), file.path().display());
                let problem = format!(
                    "{path} cannot have the links of both {first} and {second}: run the syncs of each with `-f` and \
                     `--links` of its own"
                );
                Err(Error::configuration("--links", problem))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_has_the_links_of_one_dashboard_server() {
        let key = |name: &str| ("bi".to_owned(), name.to_owned());
        let refused = |links: &Links, name| links.book(&key(name)).err().map(|error| error.to_string());
        let none = refused(&Links::in_file(None, false), "a").unwrap();
        assert!(none.contains("bi/a") && none.contains("--links FILE") && none.contains("--new-links"), "{none}");
        let links = Links::in_file(Some("/links.json".into()), false);
        assert_eq!((refused(&links, "a"), refused(&links, "a")), (None, None));
        let both = refused(&links, "b").unwrap();
        assert!(both.contains("/links.json") && both.contains("bi/a") && both.contains("bi/b"), "{both}");
    }
}
