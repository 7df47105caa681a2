//! The servers of a data set: an OpenLDAP that holds it and a PostgreSQL that it goes to.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::population::{GROUPS, PEOPLE, Population, READER, READER_PASSWORD, SUFFIX};
use super::program::{Finished, run};
use crate::harness::ldap_tools::LdapTools;
use crate::harness::postgres::Database;
use crate::harness::{OpenLdap, Postgres, folder};

const RESOURCES: &str = include_str!("resources.yaml");

/// Both servers.
#[derive(Debug)]
pub struct Servers {
    /// Holds the data set.
    pub directory: OpenLdap,
    /// Logs every statement.
    pub postgres: Postgres,
    folder: tempfile::TempDir,
}

/// What one `sync -f` did.
#[derive(Debug)]
pub struct Run {
    /// How long it took and how much memory.
    pub finished: Finished,
    /// The `lastRun` of the status that it printed.
    pub last_run: Value,
    /// How many searches it sent to the directory.
    pub searches: usize,
    /// How many statements it sent to the database.
    pub statements: usize,
}

impl Servers {
    /// Loads the data set and starts both.
    #[must_use]
    pub fn start(population: &Population) -> Self {
        // An account that is not an administrator has a size limit unless the server says otherwise.
        let limits = format!("limits dn.exact=\"{READER}\" size=unlimited time=unlimited");
        Self {
            directory: OpenLdap::builder(SUFFIX).entries(&population.ldif()).database(&limits).start(),
            postgres: Postgres::start(&["log_statement=all"]),
            folder: folder::temporary("data-set"),
        }
    }

    /// Runs `sync -f` once, from this directory into that database.
    #[must_use]
    pub fn sync(&self, database: &Database<'_>) -> Run {
        let resources = self.resources(database);
        let (searches, statements) = (self.searches(), self.statements(database));
        let finished = run(&["sync", "-o", "json", "-f", path_text(&resources)]);
        let objects: Value = serde_json::from_str(&finished.output).expect("`-o json` prints JSON");
        let last_run = objects[0]["status"]["lastRun"].clone();
        assert_eq!(last_run["result"], "Synced", "the run went well: {}", finished.output);
        Run {
            finished,
            last_run,
            searches: self.searches() - searches,
            statements: self.statements(database) - statements,
        }
    }

    /// The directory's command-line tools, as the bind account.
    #[must_use]
    pub fn reader(&self) -> LdapTools {
        self.directory.tools().bound_as(READER, READER_PASSWORD)
    }

    /// A folder for what is thrown away with the servers.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn resources(&self, database: &Database<'_>) -> PathBuf {
        let directory = self.directory.tls_address();
        let store_url = database.url();
        let store_authority = self.postgres.ca();
        let values = [
            ("{reader}", READER),
            ("{reader_password}", READER_PASSWORD),
            ("{store_url}", &store_url),
            ("{directory_authority}", self.directory.certificates().ca()),
            ("{store_authority}", &store_authority),
            ("{suffix}", SUFFIX),
            ("{groups}", GROUPS),
            ("{people}", PEOPLE),
            ("{directory}", &directory),
        ];
        let text = values.iter().fold(RESOURCES.to_owned(), |text, (name, value)| text.replace(name, &quoted(value)));
        folder::write(self.folder(), "resources.yaml", &text)
    }

    /// The searches that slapd logged so far.
    fn searches(&self) -> usize {
        self.directory.log().lines().filter(|line| line.contains(" SRCH base=")).count()
    }

    /// The statements that PostgreSQL logged so far, simple and prepared ones, for this database.
    fn statements(&self, database: &Database<'_>) -> usize {
        let prefix = format!("{name} {name} LOG:  ", name = database.name());
        let log = self.postgres.log();
        let logged = log.lines().filter_map(|line| line.strip_prefix(&prefix));
        logged.filter(|line| line.starts_with("statement: ") || line.starts_with("execute ")).count()
    }
}

/// A JSON string, which is a YAML string too.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn path_text(path: &Path) -> &str {
    path.to_str().expect("the folder's name is ours")
}
