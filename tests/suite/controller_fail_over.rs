//! The operator goes on with the next server of a Directory, which its probes have known all along.

use serde_json::{Value, json};

use crate::cluster::{Cluster, condition, members};
use crate::company::{BASE, config_map, ldap_directory, ldif, reader, server, sync};
use crate::harness::{OpenLdap, Postgres};

/// A replica: the same entries, ids included.
fn replica() -> OpenLdap {
    let entries = ldif(&[("Analysts", &["ada", "bob"]), ("Editors", &["cy"])]);
    OpenLdap::builder(BASE).entries(&entries).entries(&reader("pw")).start()
}

#[test]
fn the_operator_goes_on_with_the_next_server_and_believes_it() {
    let (mut first, second) = (replica(), replica());
    let database = Postgres::shared().database("failover");
    let cluster = Cluster::start("failover");
    let [bind, _, mut corp] = ldap_directory("corp", &first, "pw");
    corp["spec"]["ldap"]["servers"] = json!([first.tls_address(), second.tls_address()]);
    let authorities = [first.certificates().ca(), second.certificates().ca()].join("\n");
    cluster.apply(&[bind, config_map("corp-ca", "ca.crt", &authorities), corp]);
    cluster.apply(&server(&database));
    cluster.apply(&[sync("teams", &["Analysts"], &json!({"interval": "1h"}))]);
    cluster.wait_for("dgs/teams", "Synced");
    assert_eq!(members(&database, "Analysts").unwrap(), ["ada", "bob"]);
    let known = |status: &Value| status["servers"].as_array().is_some_and(|servers| servers.len() == 2);
    cluster.wait("dir/corp", "knows both servers", known);

    first.stop();
    second.modify(&format!(
        "dn: cn=Analysts,{BASE}\nchangetype: modify\ndelete: member\nmember: uid=bob,{BASE}\n-\n\
         add: member\nmember: uid=cy,{BASE}\n"
    ));
    let status = cluster.run("dgs/teams");
    assert_eq!(condition(&status, "Ready")["reason"], "Synced", "{status:#}");
    assert_eq!(status["lastChange"]["members"], json!({"added": 1, "removed": 1}));
    assert_eq!(members(&database, "Analysts").unwrap(), ["ada", "cy"]);
}
