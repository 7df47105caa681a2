//! The cases of `Directory`.

use directory_group_sync::api::v1alpha1::Directory;
use serde_json::{Value, json};

use super::cases::{Case, Cases};

const DN: &str =
    "must be a distinguished name such as CN=BI Analysts,OU=Groups,DC=corp,DC=example, with no spaces around it";
const FILTER: &str = "must be an LDAP filter in parentheses such as (cn=BI-*), with no spaces around it";
const ATTRIBUTE: &str = "must be the name of one attribute such as sAMAccountName, or its object identifier";
const ONE_SOURCE: &str = "exactly one of ldap and ldif must be set";
const ONE_AUTH: &str = "exactly one of simple, external and anonymous must be set";
const ONE_FILE: &str = "exactly one of configMapKeyRef, secretKeyRef and path must be set";
const SERVER: &str = "must be a host, with a port if it is not the default one, such as dc1.corp.example or \
    dc2.corp.example:636; use tls.mode instead of ldap:// and ldaps://";
const SERVER_NAME: &str =
    "must be the host name or address in the certificate, without a port, such as dc.corp.example";
const IN_CLEAR: &str =
    "None would send the password unencrypted: use LDAPS or StartTLS, or set tls.allowPlaintextPassword to true";
const OBJECT_NAME: &str = "must be the name of an object in the same namespace: lower-case letters, digits, - and .";
const INTERVAL: &str = "must be at least 10s and at most 744h (31 days)";
const CONNECT: &str = "must be at least 1s and at most 5m";
const REQUEST: &str = "must be at least 1s and at most 1h";
const KEY: &str = "must be a key such as ca.crt: letters, digits, -, _ and .";

pub(super) fn cases() -> Vec<Case> {
    of_all(Cases::of::<Directory>(base())).all()
}

/// A good description of a directory.
pub(super) fn base() -> Value {
    json!({
        "baseDN": "DC=corp,DC=example",
        "ldap": {"servers": ["dc1.corp.example"], "auth": {"simple": {"secretRef": {"name": "corp-bind"}}}},
    })
}

/// The cases of the description of a directory.
pub(super) fn of_all(cases: Cases) -> Cases {
    ldif(auth(tls(servers(scopes(cases)))))
}

fn scopes(cases: Cases) -> Cases {
    cases
        .bounds(json!({"baseDN": null}), "spec.baseDN")
        .refuses(json!({"baseDN": "corp.example"}), "spec.baseDN", DN)
        .accepts(json!({"schema": "RFC2307bis", "interval": "10s"}))
        .accepts(json!({"schema": "ADLDS"}))
        .bounds(json!({"schema": "rfc2307bis"}), "spec.schema")
        .refuses(json!({"interval": "9s"}), "spec.interval", INTERVAL)
        .accepts(json!({"interval": "744h"}))
        .refuses(json!({"interval": "99999h99999h99999h99999h"}), "spec.interval", INTERVAL)
        .accepts(json!({
            "groups": {
                "baseDN": "OU=Groups,DC=corp,DC=example",
                "filter": "(objectClass=group)",
                "attributes": {"name": "cn", "description": "2.5.4.13"},
            },
            "users": {
                "baseDN": "OU=People,DC=corp,DC=example",
                "filter": "(objectClass=user)",
                "attributes": {
                    "username": "sAMAccountName", "email": "mail", "firstName": "givenName", "lastName": "sn",
                    "displayName": "displayName", "phone": "telephoneNumber",
                },
            },
        }))
        .refuses(json!({"groups": {"baseDN": "Groups"}}), "spec.groups.baseDN", DN)
        .refuses(json!({"users": {"filter": "objectClass=user"}}), "spec.users.filter", FILTER)
        .refuses(json!({"groups": {"attributes": {"name": ""}}}), "spec.groups.attributes.name", ATTRIBUTE)
        .refuses(json!({"users": {"attributes": {"email": "mail,cn"}}}), "spec.users.attributes.email", ATTRIBUTE)
        .refuses(json!({"users": {"attributes": {"phone": "2.5."}}}), "spec.users.attributes.phone", ATTRIBUTE)
        .bounds(json!({"users": {"attributes": {"mail": "mail"}}}), "spec.users.attributes.mail")
        .bounds(json!({"users": {"attributes": {"username": "a".repeat(129)}}}), "spec.users.attributes.username")
}

fn servers(cases: Cases) -> Cases {
    let with = |servers: Value| json!({"ldap": {"servers": servers}});
    let seventeen: Vec<_> = (0..17).map(|n| format!("dc{n}")).collect();
    cases
        .accepts(with(json!(["dc1", "dc2.corp.example:636", "10.0.0.1", "10.0.0.1:389", "[2001:db8::1]:65535"])))
        .bounds(with(Value::Null), "spec.ldap.servers")
        .bounds(with(json!([])), "spec.ldap.servers")
        .bounds(with(json!(seventeen)), "spec.ldap.servers")
        .bounds(with(json!(["a".repeat(262)])), "spec.ldap.servers[0]")
        .refuses(with(json!(["ldaps://dc1.corp.example"])), "spec.ldap.servers[0]", SERVER)
        .refuses(with(json!(["dc1", "dc2:0"])), "spec.ldap.servers[1]", SERVER)
        .refuses(with(json!(["dc1:65536"])), "spec.ldap.servers[0]", SERVER)
        .refuses(with(json!(["dc1:"])), "spec.ldap.servers[0]", SERVER)
        .refuses(with(json!(["2001:db8::1"])), "spec.ldap.servers[0]", SERVER)
        .refuses(with(json!(["dc1 dc2"])), "spec.ldap.servers[0]", SERVER)
        .refuses(with(json!([""])), "spec.ldap.servers[0]", SERVER)
        .refuses(with(json!(["dc1", "dc2", "dc1"])), "spec.ldap.servers", "must not list a server twice")
}

fn tls(cases: Cases) -> Cases {
    let tls = |tls: Value| json!({"ldap": {"tls": tls}});
    cases
        .accepts(tls(json!({"mode": "StartTLS", "serverName": "dc.corp.example", "caRef": {"name": "corp-ca"}})))
        .accepts(tls(json!({"caRef": {"kind": "Secret", "name": "corp-ca", "key": "tls_ca.pem"}})))
        .accepts(tls(json!({"mode": "None", "allowPlaintextPassword": true})))
        .bounds(tls(json!({"mode": "ldaps"})), "spec.ldap.tls.mode")
        .bounds(tls(json!({"insecureSkipVerify": true})), "spec.ldap.tls.insecureSkipVerify")
        .bounds(tls(json!({"caRef": {"kind": "File", "name": "a"}})), "spec.ldap.tls.caRef.kind")
        .bounds(tls(json!({"caRef": {}})), "spec.ldap.tls.caRef.name")
        .refuses(tls(json!({"caRef": {"name": "Corp"}})), "spec.ldap.tls.caRef.name", OBJECT_NAME)
        .refuses(tls(json!({"caRef": {"name": "a", "key": "a/b"}})), "spec.ldap.tls.caRef.key", KEY)
        .refuses(tls(json!({"serverName": "dc.corp.example/"})), "spec.ldap.tls.serverName", SERVER_NAME)
        .refuses(tls(json!({"mode": "None"})), "spec.ldap.tls.mode", IN_CLEAR)
        .refuses(tls(json!({"mode": "None", "allowPlaintextPassword": false})), "spec.ldap.tls.mode", IN_CLEAR)
        .refuses(
            tls(json!({"mode": "None", "allowPlaintextPassword": true, "serverName": "dc"})),
            "spec.ldap.tls.serverName",
            "may not be set when mode is None: there is no certificate to compare it with",
        )
        .refuses(
            tls(json!({"mode": "None", "allowPlaintextPassword": true, "caRef": {"name": "a"}})),
            "spec.ldap.tls.caRef",
            "may not be set when mode is None: there is no certificate to verify",
        )
        .accepts(json!({"ldap": {"timeouts": {"connect": "1s", "request": "5m"}}}))
        .refuses(json!({"ldap": {"timeouts": {"connect": "999ms"}}}), "spec.ldap.timeouts.connect", CONNECT)
        .refuses(json!({"ldap": {"timeouts": {"connect": "5m1s"}}}), "spec.ldap.timeouts.connect", CONNECT)
        .accepts(json!({"ldap": {"timeouts": {"connect": "5m", "request": "1h"}}}))
        .refuses(json!({"ldap": {"timeouts": {"request": "0s"}}}), "spec.ldap.timeouts.request", REQUEST)
        .refuses(json!({"ldap": {"timeouts": {"request": "99999h"}}}), "spec.ldap.timeouts.request", REQUEST)
}

fn auth(cases: Cases) -> Cases {
    let auth = |change: Value| json!({"ldap": {"auth": change}});
    cases
        .bounds(auth(Value::Null), "spec.ldap.auth")
        .accepts(auth(json!({"simple": null, "anonymous": {}})))
        .accepts(auth(json!({"simple": null, "external": {"secretRef": {"name": "corp-tls"}}})))
        .refuses(auth(json!({"simple": null})), "spec.ldap.auth", ONE_AUTH)
        .refuses(auth(json!({"anonymous": {}})), "spec.ldap.auth", ONE_AUTH)
        .refuses(auth(json!({"external": {"secretRef": {"name": "a"}}})), "spec.ldap.auth", ONE_AUTH)
        .bounds(auth(json!({"simple": {"secretRef": null}})), "spec.ldap.auth.simple.secretRef")
        .bounds(auth(json!({"simple": {"password": "hunter2"}})), "spec.ldap.auth.simple.password")
        .bounds(auth(json!({"simple": null, "anonymous": {"name": "a"}})), "spec.ldap.auth.anonymous.name")
        .refuses(
            json!({"ldap": {
                "tls": {"mode": "None"},
                "auth": {"simple": null, "external": {"secretRef": {"name": "corp-tls"}}},
            }}),
            "spec.ldap.tls.mode",
            "None cannot carry the client certificate of auth.external: use LDAPS or StartTLS",
        )
        .accepts(json!({"ldap": {"tls": {"mode": "None"}, "auth": {"simple": null, "anonymous": {}}}}))
}

fn ldif(cases: Cases) -> Cases {
    let key = json!({"name": "company", "key": "company.ldif"});
    let ldif = |ldif: Value| json!({"ldap": null, "ldif": ldif});
    cases
        .refuses(json!({"ldap": null}), "spec", ONE_SOURCE)
        .refuses(json!({"ldif": {"path": "company.ldif"}}), "spec", ONE_SOURCE)
        .accepts(ldif(json!({"configMapKeyRef": key})))
        .accepts(ldif(json!({"secretKeyRef": key})))
        .accepts(ldif(json!({"path": "company.ldif"})))
        .refuses(ldif(json!({})), "spec.ldif", ONE_FILE)
        .refuses(ldif(json!({"configMapKeyRef": key, "path": "company.ldif"})), "spec.ldif", ONE_FILE)
        .refuses(ldif(json!({"path": ""})), "spec.ldif.path", "must not be empty: specify a file such as company.ldif")
        .bounds(ldif(json!({"configMapKeyRef": {"name": "company"}})), "spec.ldif.configMapKeyRef.key")
        .refuses(ldif(json!({"secretKeyRef": {"name": "company", "key": ""}})), "spec.ldif.secretKeyRef.key", KEY)
}
