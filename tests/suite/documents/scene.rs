//! Where the commands of a document are tried: a folder with the program, the examples and, where a scene has them, real
//! servers. The servers' names in the documents are replaced by the addresses that they have here.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use super::OBJECTS;
use crate::harness::helm::program as helm;
use crate::harness::kubernetes::kubectl_program;
use crate::harness::{
    DirectoryServer389, FlaskAppBuilder, KubernetesApi, OpenLdap, Postgres, Process, binary, command, environment,
    folder,
};

/// The password of every account in the documents.
const PASSWORD: &str = "change-me-not-a-password";
const BIND_DN: &str = "cn=directory-group-sync,ou=services,dc=corp,dc=example";

/// A scene and everything in it.
pub(super) struct Scene {
    folder: TempDir,
    /// What a document says, and what it is here.
    names: Vec<(String, String)>,
    variables: Vec<(&'static str, String)>,
    /// The file whose objects a fragment of YAML changes; in a cluster there is none.
    objects: Option<PathBuf>,
    operator: Option<Process>,
    api: Option<KubernetesApi>,
    postgres: Option<Postgres>,
    open_ldap: Option<OpenLdap>,
    directory_server: Option<DirectoryServer389>,
    dashboard_server: Option<FlaskAppBuilder>,
}

impl Scene {
    /// Starts the scene of this name, which begins with its kind: `files`, `servers`, `database` (servers without the
    /// database's role), `389ds`, `superset` (files, and a dashboard server with the API of Superset), `installation` (servers and an empty cluster) or `cluster` (with everything applied).
    pub(super) fn start(name: &str) -> Self {
        let folder = folder::temporary("document");
        let mut scene = Self {
            folder,
            names: Vec::new(),
            variables: Vec::new(),
            objects: None,
            operator: None,
            api: None,
            postgres: None,
            open_ldap: None,
            directory_server: None,
            dashboard_server: None,
        };
        scene.fill_folder();
        match name.split_whitespace().next().unwrap_or_default() {
            "files" => scene.objects = Some(scene.path("examples/quickstart/quickstart.yaml")),
            "servers" => {
                scene.start_servers();
                scene.make_role();
                scene.write("corp.yaml", OBJECTS);
                scene.objects = Some(scene.path("corp.yaml"));
            }
            "database" => {
                scene.start_servers();
                scene.write("corp.yaml", OBJECTS);
                scene.objects = Some(scene.path("corp.yaml"));
            }
            "389ds" => scene.start_directory_server(),
            "superset" => scene.start_dashboard_server(),
            "installation" => {
                scene.start_servers();
                scene.make_role();
                scene.start_api();
            }
            "cluster" => {
                scene.start_servers();
                scene.make_role();
                scene.start_api();
                scene.fill_cluster();
            }
            kind => panic!("there is no scene {kind}"),
        }
        scene.write_trials();
        scene
    }

    /// Runs a script as the reader's shell does.
    pub(super) fn run(&self, script: &str) -> Output {
        let path = format!("{}:{}", self.path("bin").display(), environment::variable("PATH").unwrap_or_default());
        let mut shell = Command::new("/bin/sh");
        shell.args(["-euc", &self.here(script)]).current_dir(self.folder.path()).env("PATH", path);
        shell.env("HOME", self.folder.path()).env("XDG_STATE_HOME", self.path("state"));
        shell.envs(self.variables.iter().map(|(name, value)| (name, value)));
        let mut output = command::output(&mut shell, "");
        output.stdout = self.there(&output.stdout).into_bytes();
        output.stderr = self.there(&output.stderr).into_bytes();
        output
    }

    /// Runs statements as the database's administrator.
    pub(super) fn sql(&self, statements: &str) -> String {
        let postgres = self.postgres.as_ref().expect("a scene with a database");
        postgres.administrate("bi", &self.here(statements))
    }

    /// Writes a file that the document shows.
    pub(super) fn write(&self, name: &str, text: &str) {
        folder::write(self.folder.path(), name, &self.here(text));
    }

    /// Changes the spec of the one object of this kind, as a reader who edits it does.
    pub(super) fn patch(&self, kind: &str, change: &Value) {
        let change: Value = serde_json::from_str(&self.here(&change.to_string())).unwrap();
        let Some(file) = &self.objects else {
            let resource = format!("{}/{}", kind.to_lowercase(), if kind == "Directory" { "corp" } else { "bi" });
            self.api().kubectl(&["-n", "dashboards", "patch", &resource, "--type=merge", "-p", &change.to_string()]);
            return;
        };
        let mut objects = super::documents(&fs::read_to_string(file).unwrap());
        let object = objects.iter_mut().find(|object| object["kind"] == kind);
        super::merge(object.unwrap_or_else(|| panic!("the scene has a {kind}")), &change);
        let text: Vec<String> = objects.iter().map(|object| serde_yaml::to_string(object).unwrap()).collect();
        fs::write(file, text.join("---\n")).unwrap();
    }

    /// Starts the operator, as its pod does.
    pub(super) fn start_operator(&mut self) {
        let mut operator = binary::command(&["operator", "--log-level", "warn,directory_group_sync=debug"]);
        operator.env("KUBECONFIG", self.api().kubeconfig());
        operator.envs(
            self.variables.iter().filter(|(name, _)| *name == "SSL_CERT_FILE").map(|(name, value)| (name, value)),
        );
        self.operator = Some(Process::spawn("operator", operator, &self.path("operator.log")));
    }

    /// The end of the operator's log, for what a failure prints.
    pub(super) fn log_tail(&self) -> String {
        self.operator.as_ref().map(Process::log_tail).unwrap_or_default()
    }

    fn fill_folder(&self) {
        fs::create_dir(self.path("bin")).unwrap();
        fs::create_dir(self.path("trials")).unwrap();
        symlink(binary::path(), self.path("bin/directory-group-sync")).unwrap();
        symlink(Path::new(env!("CARGO_MANIFEST_DIR")).join("charts"), self.path("charts")).unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        command::run(Command::new("cp").arg("-r").arg(root.join("examples")).arg(self.path("examples")));
        // What a quick start by hand may have left.
        for left in ["quickstart.db", "quickstart.db-journal", "company.ldif.new"] {
            let _ = fs::remove_file(self.path("examples/quickstart").join(left));
        }
    }

    /// Longer trials of what a document says, which no reader types.
    fn write_trials(&self) {
        let trials = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/documents/trials");
        for trial in fs::read_dir(trials).unwrap() {
            let trial = trial.unwrap();
            let name = format!("trials/{}", trial.file_name().to_string_lossy());
            self.write(&name, &fs::read_to_string(trial.path()).unwrap());
        }
    }

    /// OpenLDAP with the company of the quick start, and PostgreSQL with an empty database `bi`.
    fn start_servers(&mut self) {
        let company = fs::read_to_string(self.path("examples/quickstart/company.ldif")).unwrap();
        // 389 Directory Server has the attribute on every entry; OpenLDAP takes it with a class that allows it.
        let company = company.split("# search result").next().unwrap();
        let company =
            company.replace("objectClass: inetOrgPerson", "objectClass: inetOrgPerson\nobjectClass: lockable");
        let services = format!(
            "dn: ou=services,dc=corp,dc=example\nobjectClass: organizationalUnit\nou: services\n\n\
             dn: {BIND_DN}\nobjectClass: applicationProcess\nobjectClass: simpleSecurityObject\n\
             cn: directory-group-sync\nuserPassword: {PASSWORD}\n"
        );
        let lock = "attributetype ( 2.16.840.1.113730.3.1.610 NAME 'nsAccountLock' EQUALITY caseIgnoreMatch \
                    SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )\n\
                    objectclass ( 1.1.1.1 NAME 'lockable' AUXILIARY MAY nsAccountLock )";
        let configuration = format!("database config\nrootdn cn=config\nrootpw {PASSWORD}");
        let open_ldap = OpenLdap::builder("dc=corp,dc=example");
        // As Debian installs it.
        let open_ldap = open_ldap.database("access to attrs=userPassword by self write by anonymous auth by * none");
        let open_ldap = open_ldap.database("access to * by * read");
        let open_ldap = open_ldap.global(lock).global(&configuration).entries(&company).entries(&services).start();
        let postgres = Postgres::start(&[]);
        postgres.administrate("postgres", "CREATE DATABASE bi");

        let file = |name: &str, text: &str| folder::write(self.folder.path(), name, text).display().to_string();
        let (ldap_ca, postgres_ca) = (open_ldap.certificates().ca(), postgres.ca());
        self.variables = vec![
            ("SSL_CERT_FILE", file("authorities.pem", &format!("{ldap_ca}{postgres_ca}"))),
            ("LDAPTLS_CACERT", file("ldap.pem", ldap_ca)),
            ("PGSSLROOTCERT", file("postgres.pem", &postgres_ca)),
            ("LDAPCONF", "/dev/null".to_owned()),
        ];
        let ldap = open_ldap.tls_address();
        self.call("dc1.corp.example, dc2.corp.example", &ldap);
        self.call("-Y EXTERNAL -H ldapi:///", &format!("-x -D cn=config -w {PASSWORD} -H ldaps://{ldap}"));
        self.call("dc1.corp.example", &ldap);
        self.call("ldap.corp.example", &ldap);
        self.call("directory-group-sync@corp.example", BIND_DN);
        self.call("postgresql.corp.example", &postgres.address());
        for (name, password) in [("password.txt", PASSWORD), ("admin.txt", open_ldap.password())] {
            folder::write_private(self.folder.path(), name, password);
        }
        self.script(
            "ldap-administrator",
            &format!(
                "exec ldapmodify -x -H {} -D {} -w '{}' \"$@\" >/dev/null",
                open_ldap.tls_url(),
                open_ldap.administrator(),
                open_ldap.password()
            ),
        );
        (self.open_ldap, self.postgres) = (Some(open_ldap), Some(postgres));
    }

    fn make_role(&self) {
        self.sql(&format!("CREATE ROLE directory_group_sync LOGIN PASSWORD '{PASSWORD}'"));
        self.sql("GRANT CREATE ON SCHEMA public TO directory_group_sync");
    }

    fn start_directory_server(&mut self) {
        let server = DirectoryServer389::builder("dc=corp,dc=example");
        let services = format!(
            "dn: ou=services,dc=corp,dc=example\nobjectClass: organizationalUnit\nou: services\n\n\
             dn: uid=directory-group-sync,ou=services,dc=corp,dc=example\nobjectClass: inetOrgPerson\n\
             uid: directory-group-sync\ncn: directory-group-sync\nsn: directory-group-sync\nuserPassword: {PASSWORD}\n"
        );
        let server = server.entries(&services).start();
        let ca = folder::write(self.folder.path(), "authorities.pem", server.certificates().ca());
        self.variables.push(("LDAPTLS_CACERT", ca.display().to_string()));
        self.variables.push(("LDAPCONF", "/dev/null".to_owned()));
        self.call("ldap.corp.example", &server.tls_address());
        self.call("-y password.txt", &format!("-w '{}'", server.password()));
        self.directory_server = Some(server);
    }

    fn start_dashboard_server(&mut self) {
        let server = FlaskAppBuilder::start();
        self.call("127.0.0.1:8088", &server.address());
        let file = "examples/quickstart-superset/sync.yaml";
        let text = fs::read_to_string(self.path(file)).unwrap();
        self.write(file, &text);
        self.dashboard_server = Some(server);
    }

    fn start_api(&mut self) {
        let api = KubernetesApi::start();
        self.variables.push(("KUBECONFIG", api.kubeconfig().display().to_string()));
        self.variables.push(("HELM_CONFIG_HOME", "/nonexistent".to_owned()));
        symlink(kubectl_program(), self.path("bin/kubectl")).unwrap();
        symlink(helm(), self.path("bin/helm")).unwrap();
        self.api = Some(api);
    }

    fn fill_cluster(&mut self) {
        let api = self.api();
        api.install_crds();
        api.kubectl(&["create", "namespace", "dashboards"]);
        api.kubectl(&["config", "set-context", "--current", "--namespace", "dashboards"]);
        api.apply(&self.here(OBJECTS));
        self.start_operator();
        let mut operator = self.operator.take().expect("it was started");
        operator.wait_until("has synchronized", || {
            !self.api().kubectl(&["get", "dgs", "bi", "-o", "jsonpath={.status.lastSyncTime}"]).is_empty()
        });
        self.operator = Some(operator);
    }

    fn api(&self) -> &KubernetesApi {
        self.api.as_ref().expect("a scene with a cluster")
    }

    fn call(&mut self, name: &str, here: &str) {
        self.names.push((name.to_owned(), here.to_owned()));
    }

    fn here(&self, text: &str) -> String {
        self.names.iter().fold(text.to_owned(), |text, (there, here)| text.replace(there, here))
    }

    fn there(&self, output: &[u8]) -> String {
        let output = String::from_utf8_lossy(output).into_owned();
        self.names.iter().rev().fold(output, |text, (there, here)| text.replace(here, there))
    }

    /// A program for the notes of a document, which no reader sees.
    fn script(&self, name: &str, text: &str) {
        let path = folder::write(&self.path("bin"), name, &format!("#!/bin/sh\n{text}\n"));
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}
