//! Objects for the controllers' tests: a small company in an LDIF file, and a database.

use serde_json::{Value, json};

use crate::harness::postgres::Database;
use crate::harness::{Link, OpenLdap};

/// The naming context.
pub(crate) const BASE: &str = "dc=corp,dc=example";

/// An LDIF file with these groups; each member is a person of that name.
pub(crate) fn ldif(groups: &[(&str, &[&str])]) -> String {
    let mut text = format!("dn: {BASE}\nobjectClass: domain\ndc: corp\nentryUUID: {}\n\n", uuid("directory_id"));
    let mut people: Vec<&str> = groups.iter().flat_map(|(_, members)| *members).copied().collect();
    people.sort_unstable();
    people.dedup();
    for name in people {
        text.push_str(&format!(
            "dn: uid={name},{BASE}\nobjectClass: inetOrgPerson\nuid: {name}\ncn: {name}\nsn: {name}\n\
             mail: {name}@corp.example\nentryUUID: {}\n\n",
            uuid(name)
        ));
    }
    for (name, members) in groups {
        text.push_str(&format!(
            "dn: cn={name},{BASE}\nobjectClass: groupOfNames\ncn: {name}\nentryUUID: {}\n",
            uuid(name)
        ));
        for member in *members {
            text.push_str(&format!("member: uid={member},{BASE}\n"));
        }
        text.push('\n');
    }
    text
}

/// A file with these groups, as `ldapsearch` exports it: by its closing lines it proves that it is whole.
pub(crate) fn exported(groups: &[(&str, &[&str])]) -> String {
    closed(ldif(groups))
}

/// A file of entries with the closing lines of `ldapsearch`.
pub(crate) fn closed(entries: String) -> String {
    let count = entries.lines().filter(|line| line.starts_with("dn:")).count();
    entries
        + &format!(
            "# search result\nsearch: 2\nresult: 0 Success\n\n# numResponses: {}\n# numEntries: {count}\n",
            count + 1
        )
}

/// Always the same for the same name.
pub(crate) fn uuid(name: &str) -> String {
    let octets: Vec<u8> = name.bytes().chain([b'-'; 16]).take(16).collect();
    let digits = octets.iter().fold(String::new(), |digits, octet| digits + &format!("{octet:02x}"));
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}

/// An object of one of our kinds.
pub(crate) fn object(kind: &str, name: &str, spec: Value) -> Value {
    json!({"apiVersion": "directorysync.dev/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec})
}

/// A ConfigMap with one text.
pub(crate) fn config_map(name: &str, key: &str, text: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {key: text}})
}

/// A Secret with these texts.
pub(crate) fn secret(name: &str, texts: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": texts})
}

/// The Directory `corp`, read from a ConfigMap with these groups.
pub(crate) fn directory(groups: &[(&str, &[&str])]) -> [Value; 2] {
    let spec = json!({"baseDN": BASE, "ldif": {"configMapKeyRef": {"name": "corp", "key": "company.ldif"}}});
    [config_map("corp", "company.ldif", &exported(groups)), object("Directory", "corp", spec)]
}

/// A Directory of this name that is read from a slapd over TLS, by an account that has to be among its entries as
/// [`reader`]. No test waits for one of its time-outs.
pub(crate) fn ldap_directory(name: &str, ldap: &OpenLdap, password: &str) -> [Value; 3] {
    let (bind, ca) = (format!("{name}-bind"), format!("{name}-ca"));
    let spec = json!({"baseDN": BASE, "interval": "10m", "ldap": {
        "servers": [ldap.tls_address()],
        "tls": {"caRef": {"name": ca}},
        "auth": {"simple": {"secretRef": {"name": bind}}},
        "timeouts": {"connect": "5m", "request": "5m"},
    }});
    [
        secret(&bind, json!({"username": format!("cn=reader,{BASE}"), "password": password})),
        config_map(&ca, "ca.crt", ldap.certificates().ca()),
        object("Directory", name, spec),
    ]
}

/// The same over a link to the slapd.
pub(crate) fn linked_directory(name: &str, ldap: &OpenLdap, link: &Link) -> [Value; 3] {
    let [bind, ca, mut directory] = ldap_directory(name, ldap, "pw");
    directory["spec"]["ldap"]["servers"] = json!([link.address()]);
    directory["spec"]["ldap"]["tls"]["serverName"] = "localhost".into();
    [bind, ca, directory]
}

/// A DashboardServer of this name on a database over a link to its server, without TLS.
pub(crate) fn linked_server(name: &str, database: &Database<'_>, link: &Link) -> [Value; 2] {
    let secret_name = format!("{name}-db");
    let reference = json!({"name": secret_name, "key": "url"});
    let url = database.url().replace(&database.server().address(), &link.address()) + "?sslmode=disable";
    let spec = json!({"sql": {"secretKeyRef": reference}});
    [secret(&secret_name, json!({"url": url})), object("DashboardServer", name, spec)]
}

/// How often a group has been searched for by its name, which each run does once and no probe does.
pub(crate) fn reads_of(group: &str, ldap: &OpenLdap) -> usize {
    let filter = format!("(cn={group})").to_lowercase();
    ldap.log().lines().filter(|line| line.contains(" SRCH ") && line.to_lowercase().contains(&filter)).count()
}

/// The bind account, as an entry.
pub(crate) fn reader(password: &str) -> String {
    format!(
        "dn: cn=reader,{BASE}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: reader\n\
         userPassword: {password}"
    )
}

/// The DashboardServer `bi` on this database, with what it refers to.
pub(crate) fn server(database: &Database<'_>) -> [Value; 3] {
    let tls = json!({"caRef": {"name": "bi-ca"}});
    let spec = json!({"sql": {"secretKeyRef": {"name": "bi-db", "key": "url"}, "tls": tls}});
    [
        secret("bi-db", json!({"url": database.url()})),
        config_map("bi-ca", "ca.crt", &database.server().ca()),
        object("DashboardServer", "bi", spec),
    ]
}

/// A DirectoryGroupSync of these groups from `corp` to `bi`; further fields of its spec are put over it.
pub(crate) fn sync(name: &str, groups: &[&str], over: &Value) -> Value {
    let groups: Vec<Value> = groups.iter().map(|name| json!({"name": name})).collect();
    let mut spec = json!({
        "directoryRef": {"name": "corp"}, "dashboardServerRef": {"name": "bi"}, "groups": groups, "retryInterval": "5s",
    });
    for (key, value) in over.as_object().into_iter().flatten() {
        spec[key] = value.clone();
    }
    object("DirectoryGroupSync", name, spec)
}
