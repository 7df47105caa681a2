//! The harness itself: each server starts and is what the other tests take it for.

use crate::harness::postgres::Statistics;
use crate::harness::{DirectoryServer389, KubernetesApi, OpenLdap, Postgres, Process, SambaAd, folder, wait};

#[test]
fn postgres_keeps_a_database_for_each_test_and_counts_its_writes() {
    let database = Postgres::shared().database("harness");
    let other = Postgres::shared().database("harness");
    assert_ne!(database.url(), other.url());
    database.sql("CREATE TABLE t (n int)");
    let before = database.statistics();
    database.sql("INSERT INTO t SELECT generate_series(1, 5)");
    database.sql("UPDATE t SET n = -n WHERE n < 3; DELETE FROM t WHERE n = 5");
    assert_eq!(database.sql("SELECT count(*), sum(n) FROM t").trim(), "4|4");
    let Statistics { inserted, updated, deleted } = database.statistics();
    assert_eq!((inserted - before.inserted, updated - before.updated, deleted - before.deleted), (5, 2, 1));
    let quiet = database.statistics();
    database.sql("SELECT * FROM t");
    assert_eq!(database.statistics(), quiet, "a read writes nothing");
}

#[test]
fn a_killed_postgres_comes_back_with_what_was_committed() {
    let mut server = Postgres::start(&["log_statement=all"]);
    let name = {
        let database = server.database("harness");
        database.sql("CREATE TABLE t (n int)");
        database.name().to_owned()
    };
    assert!(server.log().contains(&format!("{name} {name} LOG:  statement: CREATE TABLE t")), "{}", server.log());
    server.kill();
    assert!(std::net::TcpStream::connect(server.address()).is_err(), "nobody listens");
    server.resume();
    assert!(std::net::TcpStream::connect(server.address()).is_ok());
}

#[test]
fn open_ldap_serves_the_given_entries_over_tls_under_its_limits() {
    let mut server = OpenLdap::builder("dc=example,dc=test")
        .entries("dn: ou=people,dc=example,dc=test\nobjectClass: organizationalUnit")
        .entries(
            "dn: uid=reader,ou=people,dc=example,dc=test\nobjectClass: inetOrgPerson\ncn: r\nsn: r\nuserPassword: pw",
        )
        .overlay("memberof", "")
        .database("limits dn.exact=\"uid=reader,ou=people,dc=example,dc=test\" size=unlimited")
        .start();
    server.modify(
        "dn: cn=group,dc=example,dc=test\nobjectClass: groupOfNames\nmember: uid=reader,ou=people,dc=example,dc=test",
    );
    let reader = server.tools().bound_as("uid=reader,ou=people,dc=example,dc=test", "pw");
    let found = reader.search(&["-b", server.suffix(), "(uid=reader)", "memberOf"]);
    assert!(found.contains("memberOf: cn=group,dc=example,dc=test"), "{found}");
    assert!(!reader.bound_as(&reader.bind_dn, "wrong").answers());
    server.stop();
    assert!(!reader.answers());
    server.resume();
    assert!(reader.search(&["-b", server.suffix(), "(cn=group)", "1.1"]).contains("dn: cn=group,dc=example,dc=test"));
}

#[test]
fn several_389_directory_servers_serve_the_given_entries_over_tls_with_the_plug_ins_that_are_on() {
    let start = || {
        DirectoryServer389::builder("dc=example,dc=test")
            .entries("dn: ou=people,dc=example,dc=test\nobjectClass: organizationalUnit")
            .entries(
                "dn: uid=reader,ou=people,dc=example,dc=test\nobjectClass: inetOrgPerson\ncn: r\nsn: r\n\
                 userPassword: pw",
            )
            .plugin("MemberOf Plugin")
    };
    let (mut server, other) = (start().start(), start().setting("cn=config", "nsslapd-sizelimit", "1").start());
    assert_ne!(server.tls_address(), other.tls_address());
    let unit = "ou=people,dc=example,dc=test";
    assert_ne!(server.attribute(unit, "nsUniqueId"), other.attribute(unit, "nsUniqueId"));
    server.modify(
        "dn: cn=group,dc=example,dc=test\nobjectClass: groupOfNames\nmember: uid=reader,ou=people,dc=example,dc=test",
    );
    let person = "uid=reader,ou=people,dc=example,dc=test";
    let reader = server.tools().bound_as(person, "pw");
    let group = "cn=group,dc=example,dc=test";
    assert!(reader.search(&["-b", server.suffix(), "(uid=reader)", "memberOf"]).contains(group));
    assert!(!reader.bound_as(person, "wrong").answers());
    assert_eq!(server.attribute(group, "entryUUID"), None);
    server.stop();
    assert!(!reader.answers());
    server.turn_on("entryuuid");
    server.run_task("entryuuid task");
    let id = server.attribute(group, "entryUUID").unwrap();
    assert_eq!(id.len(), 36, "{id}");
    assert!(server.export(&["-r"]).contains(&id));
    assert!(reader.answers());
}

#[test]
fn samba_is_an_active_directory_that_hides_tombstones_from_ordinary_accounts() {
    let ou = format!("OU=Staff,{}", SambaAd::BASE);
    let server = SambaAd::builder().entries(&format!("dn: {ou}\nobjectClass: organizationalUnit")).start();
    let ada = server.add_user(&ou, "Ada Lovelace", "ada", "mail: ada@example.test\nsn: Lovelace");
    let group = server.add_group(&ou, "Engineers", &[&ada.dn]);
    let account = server.add_service_account("sync");
    let reader = server.tools().bound_as(&account.principal, &account.password);
    let found = reader.search(&["-b", &ou, "(objectClass=group)", "member"]);
    assert!(found.contains(&format!("member: {}", ada.dn)), "{found}");

    server.add_access_rule(&group, "(OD;;RP;bf9679c0-0de6-11d0-a285-00aa003049e2;;SID)", &account.dn);
    let found = reader.search(&["-b", &ou, "(objectClass=group)", "member", "cn"]);
    assert!(found.contains("cn: Engineers") && !found.contains("member:"), "{found}");

    let guid = server.guid(&group);
    assert_eq!(guid.len(), 36, "{guid}");
    server.delete(&group);
    let tombstone = |tools: crate::harness::ldap_tools::LdapTools| {
        let filter = "(&(isDeleted=TRUE)(sAMAccountName=Engineers))";
        tools.search(&["-E", "!1.2.840.113556.1.4.417", "-b", SambaAd::BASE, filter, "isDeleted"])
    };
    assert!(tombstone(server.tools()).contains(&guid));
    assert!(!tombstone(reader).contains("isDeleted"));
}

#[test]
fn two_sambas_run_side_by_side_and_may_be_two_domains() {
    let first = SambaAd::builder().start();
    let second = SambaAd::builder().start();
    let other = SambaAd::builder().another_domain().start();
    assert_ne!(first.address(), second.address());
    assert_eq!(first.guid(SambaAd::BASE), second.guid(SambaAd::BASE));
    assert_ne!(first.guid(SambaAd::BASE), other.guid(SambaAd::BASE));
}

#[test]
fn the_api_server_checks_rights_and_logs_every_request() {
    let api = KubernetesApi::shared();
    let namespace = api.namespace("harness");
    api.apply(&format!("{{apiVersion: v1, kind: ServiceAccount, metadata: {{name: nobody, namespace: {namespace}}}}}"));
    let token = api.kubectl(&["create", "token", "nobody", "-n", &namespace]);
    let refusal = api.kubectl_fails(
        &["get", "secrets", "-n", &namespace, "--as", &format!("system:serviceaccount:{namespace}:nobody")],
        "",
    );
    assert!(refusal.contains("Forbidden") && token.split('.').count() == 3, "{refusal}");
    let requests = api.requests("kubectl", &namespace);
    let secrets: Vec<_> = requests.iter().filter(|request| request.object.resource == "secrets").collect();
    assert_eq!(secrets.len(), 1, "{requests:?}");
    assert_eq!((secrets[0].verb.as_str(), secrets[0].status.code), ("list", 403));
}

#[test]
fn a_process_takes_its_whole_group_with_it() {
    let folder = folder::temporary("process");
    let children = folder.path().join("child");
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "sleep 1000 & echo $! > child; wait"]).current_dir(folder.path());
    let mut process = Process::spawn("a shell", shell, &folder.path().join("log"));
    process.wait_until("has a child", || std::fs::read_to_string(&children).is_ok_and(|text| text.ends_with('\n')));
    let child = std::fs::read_to_string(&children).unwrap();
    let status = format!("/proc/{}/stat", child.trim());
    assert!(std::fs::exists(&status).unwrap());
    drop(process);
    // Whoever adopts it may take a while to bury it.
    let gone = || !std::fs::read_to_string(&status).is_ok_and(|text| !text.contains(") Z "));
    wait::until("the child is gone", std::time::Duration::from_secs(10), gone);
}
