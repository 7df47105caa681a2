//! An operator with a namespace of the shared API server.

use std::ops::Deref;

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::postgres::Database;
use crate::harness::{KubernetesApi, folder};
use crate::operator::Operator;
use crate::space::Space;

/// An operator and its namespace.
pub(crate) struct Cluster {
    space: Space,
    pub(crate) operator: Operator,
    folder: TempDir,
}

impl Cluster {
    /// Starts an operator for a namespace of its own.
    pub(crate) fn start(test: &str) -> Self {
        Self::start_on(KubernetesApi::shared(), test)
    }

    /// The same on another API server.
    pub(crate) fn start_on(api: &'static KubernetesApi, test: &str) -> Self {
        Self::prepare_on(api, test).started()
    }

    /// A namespace, and an operator that is not started yet.
    pub(crate) fn prepare(test: &str) -> Self {
        Self::prepare_on(KubernetesApi::shared(), test)
    }

    /// The same on another API server.
    pub(crate) fn prepare_on(api: &'static KubernetesApi, test: &str) -> Self {
        let folder = folder::temporary("operator");
        let log = folder.path().join("log");
        let space = Space::new(api, test, log.clone());
        let operator = Operator::new(&api.kubeconfig(), &space.namespace, "operator", &log);
        let operator = operator.with(&["--namespaces", &space.namespace]);
        Self { space, operator, folder }
    }

    /// With further arguments of the operator.
    pub(crate) fn with(mut self, arguments: &[&str]) -> Self {
        self.operator = self.operator.with(arguments);
        self
    }

    /// With another kubeconfig of the operator, given as text.
    pub(crate) fn with_kubeconfig(mut self, text: &str) -> Self {
        let file = folder::write_private(self.folder.path(), "kubeconfig", text);
        self.operator.set("KUBECONFIG", file);
        self
    }

    /// With the account, the arguments and the lease that the chart gives to the pod of this release, which serves the
    /// namespace. Logs stay as tests need them.
    pub(crate) fn of_release(mut self, release: &str) -> Self {
        let fullname = format!("{release}-directory-group-sync");
        let deployment = self.api.kubectl(&["get", "deployment", &fullname, "-n", release, "-o", "json"]);
        let deployment: Value = serde_json::from_str(&deployment).unwrap();
        let arguments = deployment["spec"]["template"]["spec"]["containers"][0]["args"].as_array().unwrap();
        let arguments = arguments.iter().skip(1).map(|argument| argument.as_str().unwrap());
        // Several operators share the machine's ports.
        let is_of_pods = |argument: &&str| argument.starts_with("--log-") || argument.starts_with("--listen=");
        let arguments: Vec<&str> = arguments.filter(|argument| !is_of_pods(argument)).collect();
        let log = self.folder.path().join("log");
        self.operator = Operator::new(&self.api.kubeconfig(), &fullname, "operator", &log).with(&arguments);
        self.operator.set("POD_NAMESPACE", release);
        let token = self.api.kubectl(&["create", "token", "-n", release, &fullname]);
        let kubeconfig = self.api.kubeconfig_with(token.trim());
        self.with_kubeconfig(&kubeconfig)
    }

    /// With a started operator.
    pub(crate) fn started(mut self) -> Self {
        self.resume();
        self
    }

    /// Another operator for the same namespace with the same lease, which is not started yet.
    pub(crate) fn another(&self, pod: &str) -> Operator {
        let operator = Operator::new(&self.api.kubeconfig(), &self.namespace, pod, &self.folder.path().join(pod));
        operator.with(&["--namespaces", &self.namespace])
    }

    /// Another namespace, which this operator watches if it is told to.
    pub(crate) fn neighbor(&self, test: &str) -> Space {
        Space::new(self.api, test, self.folder.path().join("log"))
    }

    /// Starts the operator, also again.
    pub(crate) fn resume(&mut self) {
        self.operator.resume();
    }

    /// Ends the operator in good order; it must end by itself.
    pub(crate) fn stop(&mut self) {
        self.operator.stop();
    }

    /// Ends the operator by SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.operator.kill();
    }
}

impl Deref for Cluster {
    type Target = Space;

    fn deref(&self) -> &Space {
        &self.space
    }
}

/// A condition of a status; null if it has none of this type.
pub(crate) fn condition<'a>(status: &'a Value, name: &str) -> &'a Value {
    let conditions = status["conditions"].as_array().map(Vec::as_slice).unwrap_or_default();
    conditions.iter().find(|condition| condition["type"] == name).unwrap_or(&Value::Null)
}

/// The usernames in a store group; an empty text if there is no such group.
pub(crate) fn members(database: &Database<'_>, group: &str) -> Option<Vec<String>> {
    let id = database.sql(&format!("SELECT id FROM groups WHERE name = '{group}'"));
    let id = id.lines().next().filter(|id| !id.is_empty())?.to_owned();
    let members = database.sql(&format!(
        "SELECT u.username FROM users u JOIN group_members m ON m.user_id = u.id WHERE m.group_id = {id} ORDER BY 1"
    ));
    Some(members.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect())
}
