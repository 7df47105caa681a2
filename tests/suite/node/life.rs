//! From `helm install` to groups in the database.

use std::time::Instant;

use serde_json::json;

use super::site::Site;
use crate::cluster::members;
use crate::company::BASE;

#[test]
fn the_installed_operator_synchronizes_by_names_and_then_writes_nothing() {
    let site = Site::enter();
    site.uninstall();
    let start = Instant::now();
    let said = site.install(&[]);
    assert!(said.contains("STATUS: deployed"), "{said}");
    let installed = start.elapsed();
    let team = site.team("life");
    team.synchronize("teams", &["Analysts"], &json!({}));
    println!("helm install --wait: {installed:.1?}; to the first synchronized group: {:.1?}", start.elapsed());
    assert_eq!(members(&team.database, "Analysts").unwrap(), ["ada", "bob"]);

    let before = team.database.statistics();
    let status = team.run("teams", "again");
    assert_eq!(status["lastRun"]["groups"]["unchanged"], 1, "{status:#}");
    assert_eq!(team.database.statistics(), before, "a run without a change writes nothing");

    site.ldap.modify(&format!("dn: cn=Analysts,{BASE}\nchangetype: modify\nadd: member\nmember: uid=cy,{BASE}\n"));
    let status = team.run("teams", "a joiner");
    assert_eq!(status["lastChange"]["members"], json!({"added": 1, "removed": 0}), "{status:#}");
    assert_eq!(members(&team.database, "Analysts").unwrap(), ["ada", "bob", "cy"]);
    site.ldap.modify(&format!("dn: cn=Analysts,{BASE}\nchangetype: modify\ndelete: member\nmember: uid=cy,{BASE}\n"));
}
