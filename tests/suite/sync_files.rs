//! What `sync -f` needs: the files of one sync of every group of an LDIF file into a SQL store.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::store_contract::Store;
use directory_group_sync::store::sql::{self, SqlSettings};
use tempfile::TempDir;

use crate::company::{BASE, closed, uuid};
use crate::harness::{binary, folder};

/// A person: the id, which never changes, and the username.
pub(crate) type Person<'a> = (&'a str, &'a str);

/// A group: the id, which never changes, the name, and the members' usernames.
pub(crate) type Group<'a> = (&'a str, &'a str, &'a [&'a str]);

/// A folder with the files.
pub(crate) struct SyncFiles {
    folder: TempDir,
}

impl SyncFiles {
    /// Files for the store at this URL, for a directory with nothing in it yet.
    pub(crate) fn new(url: &str) -> Self {
        let files = Self { folder: folder::temporary("sync-files") };
        files.name_store(url, "");
        files.write_directory(&[], &[]);
        files
    }

    /// Files for a SQLite file beside them.
    pub(crate) fn for_sqlite() -> Self {
        Self::new("sqlite:store.db")
    }

    /// Writes the manifest, with further fields of the sync's spec as YAML in flow style (`mode: Preview, …`).
    pub(crate) fn name_store(&self, url: &str, over: &str) {
        self.write_manifest(url, "groups: [{filter: (objectClass=groupOfNames)}]", over, "");
    }

    /// Writes it with these items, and further fields of the Directory's spec as YAML in block style.
    pub(crate) fn write_manifest(&self, url: &str, groups: &str, over: &str, directory: &str) {
        let manifest = format!(
            "apiVersion: directorysync.dev/v1alpha1\nkind: Directory\nmetadata: {{name: corp}}\nspec:\n  \
             baseDN: {BASE}\n  ldif: {{path: corp.ldif}}\n{directory}---\n\
             apiVersion: v1\nkind: Secret\nmetadata: {{name: bi}}\nstringData: {{url: '{url}'}}\n---\n\
             apiVersion: directorysync.dev/v1alpha1\nkind: DashboardServer\nmetadata: {{name: bi}}\nspec:\n  \
             sql: {{secretKeyRef: {{name: bi, key: url}}}}\n  allowAdoption: true\n---\n\
             apiVersion: directorysync.dev/v1alpha1\nkind: DirectoryGroupSync\nmetadata: {{name: teams}}\nspec: {{\n  \
             directoryRef: {{name: corp}}, dashboardServerRef: {{name: bi}},\n  \
             {groups},\n  {over}\n  }}\n"
        );
        folder::write(self.folder.path(), "sync.yaml", &manifest);
    }

    /// Writes what the directory holds.
    pub(crate) fn write_directory(&self, people: &[Person<'_>], groups: &[Group<'_>]) {
        let mut text = format!("dn: {BASE}\nobjectClass: domain\ndc: corp\nentryUUID: {}\n\n", uuid("directory_id"));
        for (id, username) in people {
            text.push_str(&format!(
                "dn: uid={username},{BASE}\nobjectClass: inetOrgPerson\nuid: {username}\ncn: {username}\n\
                 sn: {username}\nmail: {username}@corp.example\nentryUUID: {}\n\n",
                uuid(id)
            ));
        }
        for (id, name, members) in groups {
            let id = uuid(id);
            text.push_str(&format!("dn: cn={name},{BASE}\nobjectClass: groupOfNames\ncn: {name}\nentryUUID: {id}\n"));
            members.iter().for_each(|member| text.push_str(&format!("member: uid={member},{BASE}\n")));
            text.push('\n');
        }
        self.write_file(closed(text));
    }

    /// Writes the file that is the directory.
    pub(crate) fn write_file(&self, content: impl AsRef<[u8]>) {
        fs::write(self.folder.path().join("corp.ldif"), content).unwrap();
    }

    /// `sync -f` of the files.
    pub(crate) fn command(&self) -> Command {
        let files = self.folder.path().join("sync.yaml");
        binary::command(&["sync", "--exit-code", "-f", &files.display().to_string()])
    }

    /// Runs it: the exit code, and all that was printed.
    pub(crate) fn sync(&self) -> (Option<i32>, String) {
        printed(&self.command().output().unwrap())
    }

    /// `check -f` of the files: the exit code, and all that was printed.
    pub(crate) fn check(&self) -> (Option<i32>, String) {
        printed(&self.check_command().output().unwrap())
    }

    /// The command.
    pub(crate) fn check_command(&self) -> Command {
        let files = self.folder.path().join("sync.yaml");
        binary::command(&["check", "--exit-code", "-f", &files.display().to_string()])
    }

    /// Runs it and expects that it wrote (exit code 5, `--exit-code`).
    pub(crate) fn sync_writes(&self) {
        let (code, text) = self.sync();
        assert_eq!(code, Some(5), "{text}");
    }

    /// Where the files are.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The SQLite file of [`SyncFiles::for_sqlite`].
    pub(crate) fn sqlite(&self) -> PathBuf {
        self.folder.path().join("store.db")
    }

    /// The store in it.
    pub(crate) fn sqlite_store(&self) -> Store {
        let url = format!("sqlite:{}", self.sqlite().display()).into();
        sql::open(SqlSettings { url, authorities: None, allow_sqlite: true }).unwrap()
    }
}

/// The exit code and all that was printed.
pub(crate) fn printed(output: &Output) -> (Option<i32>, String) {
    let text = [String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)].concat();
    (output.status.code(), text)
}
