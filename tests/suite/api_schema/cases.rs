//! What a case is: a valid object, a change to it, and what is to be said of the result.

use kube::Resource;
use serde_json::{Value, json};

/// One case.
#[derive(Debug, Clone)]
pub(super) struct Case {
    /// The change, as a merge patch of the spec (RFC 7386).
    pub(super) change: Value,
    /// The whole object.
    pub(super) object: Value,
    /// Where the API server takes such objects.
    pub(super) url: String,
    /// What is to be said of it.
    pub(super) expected: Expected,
}

/// What is to be said of an object.
#[derive(Debug, Clone, Copy)]
pub(super) enum Expected {
    /// It is good.
    Accepted,
    /// A type or a bound is violated at this field.
    OutOfBounds { field: &'static str },
    /// The rule with this message is broken at this field.
    Broken { field: &'static str, message: &'static str },
}

/// The cases of one kind.
pub(super) struct Cases {
    kind: String,
    url: String,
    base: Value,
    all: Vec<Case>,
}

impl Cases {
    /// Cases that change this spec, which is good by itself.
    pub(super) fn of<K: Resource<DynamicType = ()>>(base: Value) -> Self {
        let kind = K::kind(&()).into_owned();
        let url = K::url_path(&(), (!kind.starts_with("Cluster")).then_some("default"));
        Self { kind, url, base, all: Vec::new() }.accepts(json!({}))
    }

    /// The change leaves a good object.
    pub(super) fn accepts(self, change: Value) -> Self {
        self.expect(change, Expected::Accepted)
    }

    /// The change breaks the rule with this message.
    pub(super) fn refuses(self, change: Value, field: &'static str, message: &'static str) -> Self {
        self.expect(change, Expected::Broken { field, message })
    }

    /// The change violates a type or a bound.
    pub(super) fn bounds(self, change: Value, field: &'static str) -> Self {
        self.expect(change, Expected::OutOfBounds { field })
    }

    /// All of them.
    pub(super) fn all(self) -> Vec<Case> {
        self.all
    }

    fn expect(mut self, change: Value, expected: Expected) -> Self {
        let mut spec = self.base.clone();
        merge(&mut spec, &change);
        let mut object = json!({
            "apiVersion": "directorysync.dev/v1alpha1",
            "kind": self.kind,
            "metadata": {"name": "case"},
            "spec": spec,
        });
        if self.url.contains("/namespaces/") {
            object["metadata"]["namespace"] = "default".into();
        }
        self.all.push(Case { change, object, url: self.url.clone(), expected });
        self
    }
}

impl Case {
    /// The same object with another spec.
    pub(super) fn with_spec(&self, spec: Value) -> Value {
        let mut object = self.object.clone();
        object["spec"] = spec;
        object
    }

    /// The message of the rule that the case breaks.
    pub(super) fn broken_rule(&self) -> Option<String> {
        match self.expected {
            Expected::Broken { message, .. } => Some(message.to_owned()),
            _ => None,
        }
    }
}

fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(changes) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    let fields = target.as_object_mut().unwrap();
    for (name, change) in changes {
        if change.is_null() {
            fields.remove(name);
        } else {
            merge(fields.entry(name.clone()).or_insert(Value::Null), change);
        }
    }
}
