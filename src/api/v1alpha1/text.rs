//! The kinds of text in a spec: the maximum length of each, and a rule whose message describes a valid value.
//!
//! Rules are CEL and not patterns, because the API server answers a pattern with the pattern.

use schemars::{Schema, SchemaGenerator, json_schema};

/// The longest name of a Kubernetes object and of a key in a Secret or `ConfigMap`.
const OBJECT_NAME: u32 = 253;
/// The longest group or account name. Active Directory's `cn` ends at 64, its `sAMAccountName` of groups at 256.
const NAME: u32 = 256;
/// The longest distinguished name. Directories have no bound of their own.
const DISTINGUISHED_NAME: u32 = 2048;
/// The longest URL.
const URL: u32 = 2048;
/// The longest key of a label: a prefix of 253, a slash and a name of 63.
const LABEL_KEY: u32 = 317;
const LABEL_KEY_PATTERN: &str = "([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?";
const LABEL_VALUE: u32 = 63;
const LABEL_VALUE_PATTERN: &str = "([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?";
/// The longest filter.
const FILTER: u32 = 4096;

fn text(max_length: u32, rule: &str, message: &str) -> Schema {
    json_schema!({
        "type": "string",
        "maxLength": max_length,
        "x-kubernetes-validations": [{"rule": rule, "message": message}],
    })
}

fn matching(max_length: u32, pattern: &str, message: &str) -> Schema {
    text(max_length, &format!("self.matches('^{pattern}$')"), message)
}

/// A distinguished name, RFC 4514. Only its outline is checked here. The parser of the directory reports everything else,
/// as a condition.
pub(super) fn distinguished_name(_: &mut SchemaGenerator) -> Schema {
    text(
        DISTINGUISHED_NAME,
        "self.contains('=') && self.trim() == self",
        "must be a distinguished name such as CN=BI Analysts,OU=Groups,DC=corp,DC=example, with no spaces around it",
    )
}

/// A filter, RFC 4515. Only its outline, as above.
pub(super) fn filter(_: &mut SchemaGenerator) -> Schema {
    text(
        FILTER,
        "self.startsWith('(') && self.endsWith(')')",
        "must be an LDAP filter in parentheses such as (cn=BI-*), with no spaces around it",
    )
}

/// A name of a group or an account.
pub(super) fn name(_: &mut SchemaGenerator) -> Schema {
    text(NAME, "self != '' && self.trim() == self", "must not be empty and must have no spaces around it")
}

/// A list in which each name occurs once.
pub(super) fn names(generator: &mut SchemaGenerator) -> Schema {
    set_of(&name(generator), 1000)
}

/// The names of the roles of a group, each once.
pub(super) fn roles(generator: &mut SchemaGenerator) -> Schema {
    set_of(&name(generator), 20)
}

/// An attribute's short name or object identifier, RFC 4512 section 2.5.
pub(super) fn attribute(_: &mut SchemaGenerator) -> Schema {
    matching(
        128,
        "([A-Za-z][A-Za-z0-9-]*|[0-9]+([.][0-9]+)+)",
        "must be the name of one attribute such as sAMAccountName, or its object identifier",
    )
}

/// The name of another object in the same namespace: a DNS subdomain, RFC 1123.
pub(super) fn object_name(_: &mut SchemaGenerator) -> Schema {
    matching(
        OBJECT_NAME,
        "[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*",
        "must be the name of an object in the same namespace: lower-case letters, digits, - and .",
    )
}

/// The URL of a server. Only its outline is checked here.
pub(super) fn url(_: &mut SchemaGenerator) -> Schema {
    matching(
        URL,
        "https?://[^/?#@ ]+(/[^?#@ ]*)?",
        "must be a URL such as https://bi.example, without a username, a query and #",
    )
}

/// The identifier of a site: one segment of a path.
pub(super) fn site(_: &mut SchemaGenerator) -> Schema {
    matching(253, "[A-Za-z0-9]([-._A-Za-z0-9]*[A-Za-z0-9])?", "must be the identifier of a site such as site1")
}

/// A key of a Secret or a `ConfigMap`.
pub(super) fn key(_: &mut SchemaGenerator) -> Schema {
    matching(OBJECT_NAME, "[-._a-zA-Z0-9]+", "must be a key such as ca.crt: letters, digits, -, _ and .")
}

/// A host with an optional port.
pub(super) fn server(_: &mut SchemaGenerator) -> Schema {
    // A port is 1 to 65535.
    const PORT: &str = "[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]";
    matching(
        261,
        &format!("([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|\\\\[[0-9A-Fa-f:.]+\\\\])(:({PORT}))?"),
        "must be a host, with a port if it is not the default one, such as dc1.corp.example or dc2.corp.example:636; \
         use tls.mode instead of ldap:// and ldaps://",
    )
}

/// The servers of a directory, in order.
pub(super) fn servers(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array",
        "minItems": 1,
        "maxItems": 16,
        "items": server(generator),
        "x-kubernetes-list-type": "atomic",
        "x-kubernetes-validations": [
            {"rule": "self.all(s, self.exists_one(t, t == s))", "message": "must not list a server twice"},
        ],
    })
}

/// The name in the certificate of a server.
pub(super) fn server_name(_: &mut SchemaGenerator) -> Schema {
    matching(
        OBJECT_NAME,
        "[A-Za-z0-9]([A-Za-z0-9.:_-]*[A-Za-z0-9])?",
        "must be the host name or address in the certificate, without a port, such as dc.corp.example",
    )
}

/// A file, for use without a cluster.
pub(super) fn path(_: &mut SchemaGenerator) -> Schema {
    text(4096, "self != ''", "must not be empty: specify a file such as company.ldif")
}

/// A cron expression. The rules of the calendar are checked when it is parsed.
pub(super) fn schedule(_: &mut SchemaGenerator) -> Schema {
    matching(
        128,
        "[0-9A-Za-z*,/#?-]+( +[0-9A-Za-z*,/#?-]+){4}",
        "must be a cron expression with 5 fields (minute, hour, day of month, month, day of week) such as 0 2 * * *",
    )
}

/// The name of a time zone.
pub(super) fn time_zone(_: &mut SchemaGenerator) -> Schema {
    matching(
        64,
        "[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*",
        "must be the name of a time zone such as Europe/Berlin or UTC",
    )
}

/// The template for names of store groups.
pub(super) fn name_template(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "maxLength": NAME,
        "x-kubernetes-validations": [
            {"rule": "self.contains('{name}')", "message": "must contain {name}, as in corp-{name}"},
            {
                "rule": "!self.replace('{name}', '').matches('[{}]')",
                "message": "must have no braces other than those of {name}",
            },
        ],
    })
}

/// The owners whose groups a sync may adopt.
pub(super) fn owners(_: &mut SchemaGenerator) -> Schema {
    let owner = matching(
        512,
        "[^/ ]+/[^/ ]+/[^/ ]+",
        "must be an owner as the problem OwnedElsewhere prints it: installation/namespace/name",
    );
    set_of(&owner, 100)
}

/// The names of namespaces, each once: labels of the domain name system, RFC 1123.
pub(super) fn namespaces(_: &mut SchemaGenerator) -> Schema {
    let name = matching(
        63,
        "[a-z0-9]([-a-z0-9]*[a-z0-9])?",
        "must be the name of a namespace: lower-case letters, digits and -; to allow all namespaces, set selector to {}",
    );
    set_of(&name, 1000)
}

/// The key of a label, with an optional prefix.
pub(super) fn label_key(_: &mut SchemaGenerator) -> Schema {
    matching(LABEL_KEY, LABEL_KEY_PATTERN, "must be the key of a label such as team or corp.example/team")
}

/// Labels with their values.
pub(super) fn labels(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "maxProperties": 32,
        "additionalProperties": {"type": "string", "maxLength": LABEL_VALUE},
        "x-kubernetes-validations": [{
            "rule": format!(
                "self.all(key, key.size() <= {LABEL_KEY} && key.matches('^{LABEL_KEY_PATTERN}$') \
                 && self[key].matches('^{LABEL_VALUE_PATTERN}$'))"
            ),
            "message": "must be labels of namespaces such as team: bi or corp.example/team: bi",
        }],
    })
}

/// Values of a label, each once.
pub(super) fn label_values(_: &mut SchemaGenerator) -> Schema {
    let value = matching(LABEL_VALUE, LABEL_VALUE_PATTERN, "must be the value of a label: letters, digits, -, _ and .");
    set_of(&value, 100)
}

fn set_of(items: &Schema, max_items: u32) -> Schema {
    json_schema!({"type": "array", "maxItems": max_items, "items": items, "x-kubernetes-list-type": "set"})
}
